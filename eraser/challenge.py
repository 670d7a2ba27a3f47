"""The capacity challenge: keyed blocks at many places, all written before the first is read back. It shows within seconds a stick whose
addresses wrap, one that drops what it is given, and one that answers zeros; content of fixed bytes could show none of these.

Wherever addresses wrap, some of them lead into the first `window` bytes. Those are written as a whole, and then the medium is read in
steps no longer than they are: whatever the true capacity is, one step meets a block of the window, and that block says where it belongs.
A step that is one of the places, and was written itself, then stands in the window instead of what belongs there: so that is read back too.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Generator, Iterator

from certificates import judgement
from certificates.record import Challenge
from certificates.record import Finding as FindingRecord
from certificates.values import LbaRange
from eraser.target import Target
from verifier.content import KEY_BYTES, Keyed
from verifier.crew import Span, blocks, in_background
from verifier.faults import MediumGone
from verifier.findings import classify, content_at
from verifier.keystream import AES_BLOCK
from verifier.plans import draw
from verifier.reading import Reader

RANDOM_PLACES = 64
PLACE_BYTES = 4096
SMALLEST_WINDOW = 64 << 10
LARGEST_WINDOW = 32 << 20  # with so many probes, no wrap of a medium up to 137 GB can be missed
MOST_PROBES = 4096
PROBING_SECONDS = 15.0
ENOUGH = 16  # wrong blocks of the window, probes that met it, or that could not be read
WRITE_BYTES = 1 << 20


def places(capacity_bytes: int, place_bytes: int, seed: bytes) -> tuple[int, ...]:
    """Byte offsets, ascending: the first and last place, each power of two (where addresses tend to wrap), and drawn ones."""
    count = capacity_bytes // place_bytes
    chosen = {0, count - 1} | {1 << bit for bit in range(count.bit_length()) if 1 << bit < count}
    chosen |= {draw(seed, index, count) for index in range(RANDOM_PLACES)}
    return tuple(place * place_bytes for place in sorted(chosen))


def window_bytes(capacity_bytes: int, place_bytes: int) -> int:
    """How much is written in one piece at the start: as much as one step of the probes, if that is not too much."""
    step = -(-capacity_bytes // MOST_PROBES)
    wanted = min(max(SMALLEST_WINDOW, step), LARGEST_WINDOW, capacity_bytes // 2)
    return -(-wanted // place_bytes) * place_bytes


def probes(capacity_bytes: int, place_bytes: int, seed: bytes) -> Iterator[int]:
    """Byte offsets to read, ascending: steps of one window; on a medium too large for that, one drawn place in each of MOST_PROBES."""
    window = window_bytes(capacity_bytes, place_bytes)
    step = max(window, -(-capacity_bytes // MOST_PROBES // place_bytes) * place_bytes)
    for index, start in enumerate(range(step, capacity_bytes - place_bytes + 1, step)):
        room = min(step, capacity_bytes - start) // place_bytes
        jump = draw(seed, RANDOM_PLACES + index, room) if step > window else 0
        yield start + jump * place_bytes


def challenge(target: Target, seed: bytes) -> Generator[int, None, Challenge]:
    """Yields bytes written and read back so far; returns the Challenge. Raises MediumGone, OSError at the flush, Stalled.

    The key of the blocks is the seed: whoever has the record can draw the same places and content.
    """
    attempt = _Attempt(target, seed)
    for _ in in_background(attempt.run):
        yield attempt.done
    yield attempt.done
    told = Challenge(
        seed=seed.hex(),
        places=attempt.written,
        place_bytes=attempt.size,
        wrong=tuple(sorted(attempt.wrong, key=lambda finding: finding.lbas.first)),
        window_bytes=attempt.window,
        probes=attempt.probed,
    )
    return judgement.with_true_capacity(told, target.medium.logical_sector_bytes)


class _Attempt:
    """The challenge itself, in a thread of its own: a medium that hangs holds up nobody else."""

    def __init__(self, target: Target, seed: bytes) -> None:
        capacity = target.medium.capacity_bytes
        self.size = max(PLACE_BYTES, target.medium.logical_sector_bytes)
        self.places = places(capacity, self.size, seed)
        self.window = window_bytes(capacity, self.size)
        self.wrong: list[FindingRecord] = []
        self.written = 0
        self.probed = 0
        self.done = 0
        self._in_window = 0
        self._told = frozenset(self.places)
        self._probes = probes(capacity, self.size, seed)
        self._target, self._content = target, Keyed(seed[:KEY_BYTES])
        self._sector = target.medium.logical_sector_bytes

    def run(self) -> None:
        with mmap.mmap(-1, WRITE_BYTES) as memory, memoryview(memory) as view, view[: self.size] as block:
            pieces = []
            for span in self._window_pieces():
                with view[: span.length] as piece:
                    if self._writes(span.offset, piece):
                        pieces.append(span)
                        continue
                singly = blocks(span.offset, span.end, self.size)  # a bad sector costs its own block and no more
                pieces += [each for each in singly if self._writes(each.offset, block)]
            written = [offset for offset in self.places if self._writes(offset, block)]
            self.written = len(written)
            self._target.flush()
            with self._target.reader() as reader:  # opening it drops the caches
                for offset in written:
                    self._read_back(reader, offset, block)
                for span in pieces:
                    with view[: span.length] as piece:
                        self._read_window(reader, span, piece)
                self._probe(reader, block)

    def _window_pieces(self) -> Iterator[Span]:
        """The window, and one place more: a step may meet the window's last sector, and its block reaches beyond."""
        whole = self._target.medium.capacity_bytes // self.size * self.size
        return blocks(0, min(self.window + self.size, whole), WRITE_BYTES)

    def _writes(self, offset: int, view: memoryview) -> bool:
        self._content.stream(offset, len(view))(view)
        try:
            self._target.write(offset, view)
        except OSError as error:
            self._stop_if_gone(error)
            return False  # the pass itself will find it and list it
        self.done += len(view)
        return True

    def _read_back(self, reader: Reader, offset: int, view: memoryview) -> None:
        try:
            reader.read_into(offset, view)
        except OSError as error:
            self._stop_if_gone(error)
            self.wrong.append(FindingRecord("unreadable", self._lbas(offset), None))
            return
        self.done += self.size
        found = classify(offset, bytes(view), self._content, (), reader.size)
        if found is not None:
            self.wrong.append(FindingRecord(found.kind, self._lbas(offset), found.belongs_to))

    def _read_window(self, reader: Reader, piece: Span, view: memoryview) -> None:
        """Does the window still hold what was written to it first? A few blocks that don't are enough to tell."""
        try:
            reader.read_into(piece.offset, view)
        except OSError as error:
            self._stop_if_gone(error)
            return  # the pass itself will find it and list it
        self.done += piece.length
        seen = bytes(view)
        if seen == content_at(self._content, piece.offset, piece.length):
            return
        for start in range(0, piece.length, self.size):
            offset, block = piece.offset + start, seen[start : start + self.size]
            if self._in_window >= ENOUGH:
                return
            if offset not in self._told and (found := classify(offset, block, self._content, (), reader.size)):
                self._in_window += 1
                self.wrong.append(FindingRecord(found.kind, self._lbas(offset), found.belongs_to))

    def _probe(self, reader: Reader, view: memoryview) -> None:
        """Does an address that was not written show what was written elsewhere? What else it shows says nothing."""
        deadline, met, unread = time.monotonic() + PROBING_SECONDS, 0, 0
        for offset in self._probes:
            if met >= ENOUGH or unread >= ENOUGH or time.monotonic() > deadline:
                return
            if offset in self._told:
                continue
            try:
                reader.read_into(offset, view)
            except OSError as error:
                self._stop_if_gone(error)
                unread += 1
                continue
            self.probed += 1
            self.done += self.size
            address = self._content.address_of(bytes(view[:AES_BLOCK]))
            fits = address != offset and address + self.size <= reader.size
            if fits and view == content_at(self._content, address, self.size):
                met += 1
                self.wrong.append(FindingRecord("another-address", self._lbas(offset), address))

    def _lbas(self, offset: int) -> LbaRange:
        return LbaRange(offset // self._sector, (offset + self.size) // self._sector - 1)

    def _stop_if_gone(self, error: OSError) -> None:
        if self._target.is_gone():
            raise MediumGone(error.strerror) from error
