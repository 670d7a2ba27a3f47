"""The capacity challenge: keyed blocks at many places, all written before the first is read back. It shows within seconds a stick whose
addresses wrap, one that drops what it is given, and one that answers zeros; content of fixed bytes could show none of these."""

from __future__ import annotations

import mmap
from collections.abc import Generator

from certificates.record import Challenge, LbaRange
from certificates.record import Finding as FindingRecord
from eraser.target import Target
from verifier.content import KEY_BYTES, Keyed
from verifier.faults import MediumGone
from verifier.findings import classify
from verifier.pipeline import in_background
from verifier.plans import draw
from verifier.reading import Reader

RANDOM_PLACES = 64
PLACE_BYTES = 4096


def places(capacity_bytes: int, place_bytes: int, seed: bytes) -> tuple[int, ...]:
    """Byte offsets, ascending: the first and last place, each power of two (where addresses tend to wrap), and drawn ones."""
    count = capacity_bytes // place_bytes
    chosen = {0, count - 1} | {1 << bit for bit in range(count.bit_length()) if 1 << bit < count}
    chosen |= {draw(seed, index, count) for index in range(RANDOM_PLACES)}
    return tuple(place * place_bytes for place in sorted(chosen))


def challenge(target: Target, seed: bytes) -> Generator[int, None, Challenge]:
    """Yields bytes written and read back so far; returns the Challenge. Raises MediumGone, OSError at the flush, Stalled.

    The key of the blocks is the seed: whoever has the record can draw the same places and content.
    """
    attempt = _Attempt(target, seed)
    for _ in in_background(attempt.run):
        yield attempt.done
    yield attempt.done
    return Challenge(seed.hex(), len(attempt.places), attempt.size, tuple(attempt.wrong))


class _Attempt:
    """The challenge itself, in a thread of its own: a medium that hangs holds up nobody else."""

    def __init__(self, target: Target, seed: bytes) -> None:
        self.size = max(PLACE_BYTES, target.medium.logical_sector_bytes)
        self.places = places(target.medium.capacity_bytes, self.size, seed)
        self.wrong: list[FindingRecord] = []
        self.done = 0
        self._target, self._content = target, Keyed(seed[:KEY_BYTES])
        self._sector = target.medium.logical_sector_bytes

    def run(self) -> None:
        with mmap.mmap(-1, self.size) as memory, memoryview(memory) as view:
            written = [offset for offset in self.places if self._writes(offset, view)]
            self._target.flush()
            with self._target.reader() as reader:  # opening it drops the caches
                for offset in written:
                    self._read_back(reader, offset, view)

    def _writes(self, offset: int, view: memoryview) -> bool:
        self._content.fill(offset, view)
        try:
            self._target.write(offset, view)
        except OSError as error:
            self._stop_if_gone(error)
            return False  # the pass itself will find it and list it
        self.done += self.size
        return True

    def _read_back(self, reader: Reader, offset: int, view: memoryview) -> None:
        lbas = LbaRange(offset // self._sector, (offset + self.size) // self._sector - 1)
        try:
            reader.read_into(offset, view)
        except OSError as error:
            self._stop_if_gone(error)
            self.wrong.append(FindingRecord("unreadable", lbas, None))
            return
        self.done += self.size
        found = classify(offset, bytes(view), self._content, (), reader.size)
        if found is not None:
            self.wrong.append(FindingRecord(found.kind, lbas, found.belongs_to))

    def _stop_if_gone(self, error: OSError) -> None:
        if self._target.is_gone():
            raise MediumGone(error.strerror) from error
