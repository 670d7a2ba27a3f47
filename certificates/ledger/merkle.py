"""RFC 6962 2.1: tree head, inclusion proof, consistency proof. Pure.

A tree is known by a function `node(level, position)`: the hash of the whole subtree over the leaves from position * 2**level on,
2**level of them. Nothing else is asked of it, so a proof costs as many look-ups as the tree is high.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

NodeAt = Callable[[int, int], bytes]

HASH_BYTES = 32
EMPTY = hashlib.sha256().digest()


def leaf_hash(body: bytes) -> bytes:
    """SHA-256(00 || entry)."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def completed(index: int, leaf: bytes, node: NodeAt) -> tuple[bytes, ...]:
    """The nodes that leaf number `index` (from 0) completes: itself, then every whole subtree that ends with it, upwards."""
    made = [leaf]
    level, position = 0, index
    while position % 2:
        made.append(node_hash(node(level, position - 1), made[-1]))
        level, position = level + 1, position // 2
    return tuple(made)


def are_due(nodes: bytes, size: int) -> bool:
    """Are these as many nodes as the last leaf of `size` completes?"""
    return len(nodes) == HASH_BYTES * (size & -size).bit_length()


def head(size: int, node: NodeAt) -> bytes:
    """The head of the tree over the first `size` leaves."""
    return _over(0, size, node) if size else EMPTY


def inclusion(index: int, size: int, node: NodeAt) -> tuple[bytes, ...]:
    """PATH(index, D[size]): from the leaf's sibling up. Raises ValueError unless index < size."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start = 0
    while size > 1:
        split = _split(size)
        if index < split:
            path.append(_over(start + split, size - split, node))
            size = split
        else:
            path.append(_over(start, split, node))
            index, start, size = index - split, start + split, size - split
    return tuple(reversed(path))


def consistency(old: int, new: int, node: NodeAt) -> tuple[bytes, ...]:
    """PROOF(old, D[new]). Raises ValueError unless 0 < old <= new."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new}")
    path: list[bytes] = []
    start, size, whole = 0, new, True
    while old < size:
        split = _split(size)
        if old <= split:
            path.append(_over(start + split, size - split, node))
            size = split
        else:
            path.append(_over(start, split, node))
            old, start, size, whole = old - split, start + split, size - split, False
    if not whole:
        path.append(_over(start, size, node))
    return tuple(reversed(path))


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The head that the proof leads to (RFC 9162 2.1.3.2); None if it has not the length that a proof in this tree has."""
    if not 0 <= index < size:
        return None
    position, last, root = index, size - 1, leaf
    for each in path:
        if last == 0:
            return None
        if position % 2 or position == last:
            root = node_hash(each, root)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            root = node_hash(root, each)
        position, last = position // 2, last // 2
    return root if last == 0 else None


def shown_by_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Each stretch of leaves whose hash the proof tells, as (first leaf, how many, hash): all trees that grew from one another agree on
    them. The proof must lead to its head (`root_from_inclusion`)."""
    beside: list[tuple[int, int]] = []
    start, length = 0, size
    while length > 1:
        split = _split(length)
        if index < start + split:
            beside.append((start + split, length - split))
            length = split
        else:
            beside.append((start, split))
            start, length = start + split, length - split
    found, first, count = leaf, index, 1
    yield first, count, found
    for (start, length), each in zip(reversed(beside), path, strict=True):
        yield start, length, each
        found = node_hash(each, found) if start < first else node_hash(found, each)
        first, count = min(first, start), count + length
        yield first, count, found


def is_consistent(old: int, new: int, old_head: bytes, new_head: bytes, path: Sequence[bytes]) -> bool:
    """Does the proof show that the first `old` leaves of both trees are the same (RFC 9162 2.1.4.2)?"""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_head == new_head
    steps = list(path) if old & (old - 1) else [old_head, *path]
    if not steps:
        return False
    position, last = old - 1, new - 1
    while position % 2:
        position, last = position // 2, last // 2
    first = second = steps[0]
    for each in steps[1:]:
        if last == 0:
            return False
        if position % 2 or position == last:
            first, second = node_hash(each, first), node_hash(each, second)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            second = node_hash(second, each)
        position, last = position // 2, last // 2
    return last == 0 and first == old_head and second == new_head


class Growing:
    """A tree that grows leaf by leaf and remembers only what its head needs: as many hashes as it is high."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # of the whole subtrees, the largest first

    def add(self, leaf: bytes) -> tuple[bytes, ...]:
        """Take a leaf; returns the nodes that it completes, as `completed` does."""
        made = [leaf]
        count = self.size
        while count % 2:
            made.append(node_hash(self._peaks.pop(), made[-1]))
            count //= 2
        self._peaks.append(made[-1])
        self.size += 1
        return tuple(made)

    def adopt(self, nodes: bytes) -> None:
        """Take the nodes that the last leaf completed as somebody wrote them, right or not: those who came later built on them."""
        if are_due(nodes, self.size):
            self._peaks[-1] = nodes[-HASH_BYTES:]

    def head(self) -> bytes:
        """The head over the leaves so far."""
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _over(start: int, size: int, node: NodeAt) -> bytes:
    """MTH(D[start:start + size]); `start` lies where a subtree of that size may begin."""
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    split = _split(size)
    return node_hash(_over(start, split, node), _over(start + split, size - split, node))
