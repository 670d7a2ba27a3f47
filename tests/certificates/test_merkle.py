"""The tree is RFC 6962's: against the standard's own words, and against an implementation that we did not write."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as their_consistency
from pymerkle import verify_inclusion as their_inclusion

from certificates.ledger import merkle

BODIES = [bytes([n]) * n for n in range(70)]


def naive(bodies: list[bytes]) -> bytes:
    """RFC 6962 2.1 word for word: split at the largest power of two below n."""
    if not bodies:
        return hashlib.sha256(b"").digest()
    if len(bodies) == 1:
        return hashlib.sha256(b"\x00" + bodies[0]).digest()
    split = 1 << (len(bodies) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + naive(bodies[:split]) + naive(bodies[split:])).digest()


def node(level: int, position: int) -> bytes:
    return naive(BODIES[position << level : (position + 1) << level])


# The tree of the examples in Certificate Transparency's own tests, with the heads published there.
PUBLISHED = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
PUBLISHED_HEADS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def test_the_published_heads() -> None:
    growing = merkle.Growing()
    for size, body in enumerate(PUBLISHED, start=1):
        growing.add(merkle.leaf_hash(body))
        assert growing.head().hex() == PUBLISHED_HEADS[size]


def test_heads_and_nodes_of_every_size() -> None:
    growing = merkle.Growing()
    nodes: dict[tuple[int, int], bytes] = {}

    def kept(level: int, position: int) -> bytes:
        return nodes[level, position]

    assert growing.head() == merkle.head(0, node) == naive([])
    for index, body in enumerate(BODIES):
        made = growing.add(merkle.leaf_hash(body))
        assert made == merkle.completed(index, merkle.leaf_hash(body), kept)
        nodes.update({(level, index >> level): each for level, each in enumerate(made)})
        assert growing.head() == merkle.head(index + 1, kept) == naive(BODIES[: index + 1])


def test_every_inclusion_proof_and_no_other() -> None:
    for size in range(1, len(BODIES) + 1):
        root = naive(BODIES[:size])
        for index in range(size):
            path, leaf = merkle.inclusion(index, size, node), merkle.leaf_hash(BODIES[index])
            assert merkle.root_from_inclusion(index, size, leaf, path) == root
            assert merkle.root_from_inclusion((index + 1) % size, size, leaf, path) != root or size == 1
            assert merkle.root_from_inclusion(index, size, leaf, (*path, root)) is None
            assert merkle.root_from_inclusion(index, size, leaf, path[:-1]) is None or not path
    for index, size in ((0, 0), (1, 1), (-1, 1)):
        assert merkle.root_from_inclusion(index, size, b"", ()) is None
        with pytest.raises(ValueError):
            merkle.inclusion(index, size, node)


def test_what_an_inclusion_proof_shows_of_other_entries() -> None:
    """Stretches of every length, each with the hash that the tree over just them has."""
    for size in range(1, 40):
        for index in range(size):
            leaf, path = merkle.leaf_hash(BODIES[index]), merkle.inclusion(index, size, node)
            told = list(merkle.shown_by_inclusion(index, size, leaf, path))
            assert all(found == naive(BODIES[start : start + count]) for start, count, found in told)
            assert {(index, 1), (0, size)} <= {(start, count) for start, count, _ in told}
            assert len({(start, count) for start, count, _ in told}) == 2 * len(path) + 1


def test_every_consistency_proof_and_no_other() -> None:
    heads = [naive(BODIES[:size]) for size in range(len(BODIES) + 1)]
    for new in range(1, len(BODIES) + 1):
        for old in range(1, new + 1):
            path = merkle.consistency(old, new, node)
            assert merkle.is_consistent(old, new, heads[old], heads[new], path)
            assert not merkle.is_consistent(old, new, heads[old - 1], heads[new], path)
            assert not merkle.is_consistent(old, new, heads[old], heads[new - 1], path)
            assert not merkle.is_consistent(old, new, heads[old], heads[new], (*path, heads[0]))
            assert not path or not merkle.is_consistent(old, new, heads[old], heads[new], path[:-1])
    for old, new in ((0, 1), (2, 1)):
        assert not merkle.is_consistent(old, new, heads[old], heads[new], ())
        with pytest.raises(ValueError):
            merkle.consistency(old, new, node)


@given(st.integers(1, len(BODIES)), st.data())
def test_another_implementation_agrees(size: int, data: st.DataObject) -> None:
    """pymerkle makes the same heads and the same proofs, and takes ours."""
    theirs = InmemoryTree(algorithm="sha256")
    for body in BODIES[:size]:
        theirs.append_entry(body)
    root = merkle.head(size, node)
    assert theirs.get_root() == root
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    proof = theirs.prove_inclusion(index + 1)
    assert proof.serialize()["path"][1:] == [each.hex() for each in merkle.inclusion(index, size, node)]
    their_inclusion(merkle.leaf_hash(BODIES[index]), root, proof)
    their_consistency(merkle.head(old, node), root, theirs.prove_consistency(old, size))
