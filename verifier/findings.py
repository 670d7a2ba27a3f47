"""What was seen: sectors that aren't as expected, and what they hold instead. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from verifier.content import Content, Keyed
from verifier.keystream import AES_BLOCK

Kind = Literal["different", "zeros", "another-address", "stale", "unreadable"]
LISTED_AT_MOST = 200


class Finding(msgspec.Struct, frozen=True):
    """Bytes `offset` to `offset + length` are of one kind. `belongs_to`: the byte offset whose content stands here instead."""

    kind: Kind
    offset: int
    length: int
    belongs_to: int | None = None

    def continues(self, other: Finding) -> bool:
        """True if `other` begins where this ends and is of the same kind (and, for another address, goes on there too)."""
        if (other.kind, other.offset) != (self.kind, self.offset + self.length):
            return False
        return self.belongs_to is None or other.belongs_to == self.belongs_to + self.length


class Findings:
    """The first LISTED_AT_MOST findings, merged where they touch, and the count of all sectors by kind."""

    def __init__(self, sector_bytes: int) -> None:
        self.sector_bytes = sector_bytes
        self.listed: list[Finding] = []
        self.sectors: dict[Kind, int] = {}
        self._last: Finding | None = None

    def add(self, finding: Finding) -> None:
        self.sectors[finding.kind] = self.sectors.get(finding.kind, 0) + -(-finding.length // self.sector_bytes)
        last = self._last
        if last is not None and last.continues(finding):
            merged = Finding(last.kind, last.offset, last.length + finding.length, last.belongs_to)
            if self.listed and self.listed[-1] is last:
                self.listed[-1] = merged
            self._last = merged
            return
        self._last = finding
        if len(self.listed) < LISTED_AT_MOST:
            self.listed.append(finding)

    @property
    def different_sectors(self) -> int:
        """Sectors that were read and hold something else."""
        return sum(count for kind, count in self.sectors.items() if kind != "unreadable")

    @property
    def unreadable_sectors(self) -> int:
        return self.sectors.get("unreadable", 0)


def classify(
    offset: int, seen: bytes, expected: Content, stale: Sequence[Content], medium_bytes: int
) -> Finding | None:
    """What one sector holds; None if it holds what it should."""
    return next(iter(classify_all(offset, seen, len(seen), expected, stale, medium_bytes)), None)


def classify_all(
    offset: int, seen: bytes, unit: int, expected: Content, stale: Sequence[Content], medium_bytes: int
) -> list[Finding]:
    """What the sectors of `unit` bytes hold that don't hold what they should, merged where they touch. `seen` begins at `offset`.

    Content is made for many of them at once: a whole medium may be another one, and telling so should take no longer than reading it.
    """
    wanted = content_at(expected, offset, len(seen))
    starts = [at for at in range(0, len(seen), unit) if seen[at : at + unit] != wanted[at : at + unit]]
    elsewhere = _Elsewhere(seen, unit, starts, expected, medium_bytes) if isinstance(expected, Keyed) else None
    left: list[bytes] = []
    found: list[Finding] = []
    for number, at in enumerate(starts):
        sector = seen[at : at + unit]
        length, address = len(sector), None
        kind: Kind = "different"
        if sector.count(0) == length:
            kind = "zeros"
        elif elsewhere is not None and (address := elsewhere.address_of(number, sector)) is not None:
            kind = "another-address"
        else:
            left = left or [content_at(old, offset, len(seen)) for old in stale]
            if any(sector == old[at : at + length] for old in left):
                kind = "stale"
        finding = Finding(kind, offset + at, length, address)
        if found and found[-1].continues(finding):
            found[-1] = Finding(kind, found[-1].offset, found[-1].length + length, found[-1].belongs_to)
        else:
            found.append(finding)
    return found


class _Elsewhere:
    """Tells of sectors whether they hold what belongs at another address."""

    def __init__(self, seen: bytes, unit: int, starts: Sequence[int], expected: Keyed, medium_bytes: int) -> None:
        self._unit, self._expected, self._medium_bytes = unit, expected, medium_bytes
        heads = (seen[at : at + min(unit, AES_BLOCK)].ljust(AES_BLOCK, b"\0") for at in starts)
        self._addresses = expected.addresses_of(b"".join(heads))
        self._run, self._run_at = b"", 0

    def address_of(self, number: int, sector: bytes) -> int | None:
        """The address whose content the `number`-th sector holds, None if it is no other's."""
        address, length = self._addresses[number], len(sector)
        if address + length > self._medium_bytes or length < AES_BLOCK:
            return None
        at = address - self._run_at
        if at < 0 or at + length > len(self._run):
            self._run, self._run_at, at = self._made(number, length), address, 0
        return address if sector == self._run[at : at + length] else None

    def _made(self, number: int, length: int) -> bytes:
        """The content of the sector's address, and of those behind it as far as the next sectors seem to go on with it."""
        address, following = self._addresses[number], number + 1
        while (
            following < len(self._addresses)
            and self._addresses[following] == self._addresses[following - 1] + self._unit
        ):
            following += 1
        end = min(self._medium_bytes, address + length + (following - number - 1) * self._unit)
        return content_at(self._expected, address, end - address)


def content_at(content: Content, offset: int, length: int) -> bytes:
    out = bytearray(length)
    content.stream(offset, length)(memoryview(out))
    return bytes(out)
