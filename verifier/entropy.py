"""What kind of bytes fills a medium: zeros, one repeated byte, structured data, or what looks random. Pure.

`zeros` and `repeated` are claims about every byte and are checked on every byte. `low` and `high` are told from a sample,
and `high` is all that can be said of wiped, encrypted and compressed data alike.
"""

import math
from collections import Counter
from typing import Literal

from msgspec import Struct

Kind = Literal["zeros", "repeated", "low", "high", "unread", "mixed"]
"""`mixed` only for a cell that holds several of the others."""

PIECE = 1 << 18
"""Bytes that are classified together."""
SAMPLE = 2048
"""Bytes of a piece whose entropy is taken, in four places."""
HIGH = 7.5
"""Bits a byte. A random sample of n bytes is expected at 8 - 255 / (2 n ln 2) (Miller 1955): 7.91 for SAMPLE, and a test
finds a standard deviation near 0.01. Japanese text has 5 to 6.5, programs 6 to 7."""
CELLS = 256
"""At most so many cells on a map."""
SMALLEST_CELL = 1 << 16
"""Bytes: a smaller medium has fewer cells."""

_ZEROS = bytes(PIECE)
_ALL = bytes(range(256))
_N_LOG_N = (0.0, *(n * math.log2(n) for n in range(1, SAMPLE + 1)))


class Cell(Struct, frozen=True):
    """A part of the map: `offset` and `length` in bytes, `shares` bytes by kind, `found` how many findings begin in it."""

    offset: int
    length: int
    kind: Kind
    shares: dict[Kind, int]
    found: int


def entropy(data: bytes) -> float:
    """Shannon entropy in bits a byte, 0.0 for no data."""
    total = len(data)
    if total > SAMPLE:
        return math.log2(total) - sum(n * math.log2(n) for n in Counter(data).values()) / total
    return math.log2(total) - sum(map(_N_LOG_N.__getitem__, Counter(data).values())) / total if total else 0.0


def classify(data: bytes, start: int = 0, end: int | None = None) -> Kind:
    """The kind of `data[start:end]`, at least one byte: zeros, repeated, low or high. What is too short to judge is low."""
    stop = len(data) if end is None else end
    if is_uniform(data, start, stop):
        return "zeros" if data[start] == 0 else "repeated"
    sample = _sample(data, start, stop)
    # In few bytes even random ones have less entropy, so the bar sinks with what can be expected.
    bar = min(HIGH, 8 - 255 / (2 * len(sample) * math.log(2)) - 0.4)
    if len(sample) < 512:
        return "low"
    # Those values that are missing leave the others too little, and to look for them is quicker than to count all.
    if len(_ALL.translate(None, sample)) > 256 - 2**bar + 1:
        return "low"
    return "high" if entropy(sample) >= bar else "low"


def is_uniform(data: bytes, start: int, end: int) -> bool:
    """Whether all bytes of `data[start:end]` are equal. Compares in C, and gives up at the first difference."""
    first, length = data[start : start + 1], end - start
    if not data.startswith(first * min(64, length), start):
        return False
    return data.startswith(_ZEROS if first == b"\0" and length == PIECE else first * length, start)


def _sample(data: bytes, start: int, end: int) -> bytes:
    if end - start <= SAMPLE:
        return data[start:end]
    part = SAMPLE // 4
    last = end - start - part
    return b"".join(data[start + at : start + at + part] for at in (0, last // 3, 2 * last // 3, last))


class Map:
    """Gathers pieces and findings into at most CELLS cells of whole sectors, in whatever order they come."""

    def __init__(self, size_bytes: int, sector: int = 512) -> None:
        sectors = -(-size_bytes // sector)
        self.cell_bytes = max(SMALLEST_CELL, -(-sectors // CELLS) * sector)
        self._size = size_bytes
        count = -(-size_bytes // self.cell_bytes)
        self._shares: list[dict[Kind, int]] = [{} for _ in range(count)]
        self._found = [0] * count

    def add(self, offset: int, length: int, kind: Kind) -> None:
        """A piece, in bytes; it may cross cells."""
        end = offset + length
        while offset < end:
            cell = offset // self.cell_bytes
            part = min(end, (cell + 1) * self.cell_bytes) - offset
            self._shares[cell][kind] = self._shares[cell].get(kind, 0) + part
            offset += part

    def found(self, offset: int) -> None:
        """A finding that begins at this byte."""
        self._found[offset // self.cell_bytes] += 1

    def cells(self) -> tuple[Cell, ...]:
        """The map so far. A cell is of one kind only if all of its pieces are."""
        rows = []
        for index, (shares, found) in enumerate(zip(self._shares, self._found, strict=True)):
            offset = index * self.cell_bytes
            length = min(self.cell_bytes, self._size - offset)
            missing = length - sum(shares.values())
            known = shares | ({"unread": shares.get("unread", 0) + missing} if missing > 0 else {})
            kind: Kind = next(iter(known)) if len(known) == 1 else "mixed"
            rows.append(Cell(offset, length, kind, known, found))
        return tuple(rows)
