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
    length = len(seen)
    if seen == content_at(expected, offset, length):
        return None
    if seen.count(0) == length:
        return Finding("zeros", offset, length)
    if isinstance(expected, Keyed):
        address = expected.address_of(seen[:AES_BLOCK])
        if address + length <= medium_bytes and seen == content_at(expected, address, length):
            return Finding("another-address", offset, length, address)
    if any(seen == content_at(old, offset, length) for old in stale):
        return Finding("stale", offset, length)
    return Finding("different", offset, length)


def content_at(content: Content, offset: int, length: int) -> bytes:
    out = bytearray(length)
    content.stream(offset, length)(memoryview(out))
    return bytes(out)
