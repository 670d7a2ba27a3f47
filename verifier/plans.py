"""Where to look: the plans, and the places that a seed draws.

A place is a range of whole logical sectors. The same seed gives the same places in every version: the draw is specified in
docs/verification.md and held by test vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Literal

import msgspec

from verifier.pipeline import Span

PlanName = Literal["full", "nist-r1"]
SEED_BYTES = 32

# SP 800-88r1 4.7 (withdrawn): at least 1,000 equal subsections, two places in each, each covering at least 5 % of it.
STRATA = 1000
PLACES_PER_STRATUM = 2
PLACE_PERCENT = 5


class Plan(msgspec.Struct, frozen=True):
    """The places to read, ascending and disjoint (bytes), and how many of them were placed independently of each other."""

    name: PlanName
    seed: bytes | None
    places: tuple[Span, ...]
    independent_places: int
    medium_bytes: int

    @property
    def bytes_to_read(self) -> int:
        return sum(place.length for place in self.places)

    @property
    def longest_unseen_bytes(self) -> int:
        """The longest run that lies in no place: what could be missed, for certain, at most."""
        ends = [0, *(place.offset + place.length for place in self.places)]
        starts = [*(place.offset for place in self.places), self.medium_bytes]
        return max(start - end for start, end in zip(starts, ends, strict=True))

    def spans(self, block: int) -> Iterator[Span]:
        """The places in pieces of at most `block` bytes, ascending."""
        for place in self.places:
            for offset in range(place.offset, place.offset + place.length, block):
                yield Span(offset, min(block, place.offset + place.length - offset))


def full(medium_bytes: int) -> Plan:
    """Every addressable byte."""
    return Plan("full", None, (Span(0, medium_bytes),), 0, medium_bytes)


def nist_r1(medium_bytes: int, sector_bytes: int, seed: bytes) -> Plan:
    """Representative sampling after SP 800-88r1 4.7: 1,000 strata x 2 places of 5 %, and the first and last sector.

    A medium too small for two separate places in each stratum is read in full (and the plan says `full`).
    """
    sectors = medium_bytes // sector_bytes
    if sectors < STRATA * PLACES_PER_STRATUM * 2:
        return full(medium_bytes)
    runs = [(0, 1), (sectors - 1, 1)]
    for stratum in range(STRATA):
        start = stratum * sectors // STRATA
        length = (stratum + 1) * sectors // STRATA - start
        place = -(-length * PLACE_PERCENT // 100)
        room = length - PLACES_PER_STRATUM * place + 1
        # Two draws into what is left when both places are taken out, then pushed apart: they never overlap.
        low, high = sorted(draw(seed, stratum * PLACES_PER_STRATUM + i, room) for i in range(PLACES_PER_STRATUM))
        runs += [(start + low, place), (start + high + place, place)]
    places = _disjoint(runs, sector_bytes)
    # An image may end in part of a sector, which belongs to the last one.
    last = Span(places[-1].offset, medium_bytes - places[-1].offset)
    return Plan("nist-r1", seed, (*places[:-1], last), STRATA * PLACES_PER_STRATUM, medium_bytes)


def by_name(name: PlanName, medium_bytes: int, sector_bytes: int, seed: bytes) -> Plan:
    """The plan of that name for a medium of this size; `full` needs no seed."""
    return full(medium_bytes) if name == "full" else nist_r1(medium_bytes, sector_bytes, seed)


def draw(seed: bytes, index: int, below: int) -> int:
    """The `index`-th number in 0 .. `below` - 1: SHA-256(seed || index as 8 bytes big-endian), as a number, modulo `below`."""
    return int.from_bytes(hashlib.sha256(seed + index.to_bytes(8, "big")).digest(), "big") % below


def _disjoint(runs: list[tuple[int, int]], sector_bytes: int) -> tuple[Span, ...]:
    merged: list[list[int]] = []
    for first, count in sorted(runs):
        if merged and first <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], first + count)
        else:
            merged.append([first, first + count])
    return tuple(Span(first * sector_bytes, (end - first) * sector_bytes) for first, end in merged)
