"""Where to look: the plans, and the places that a seed draws.

A place is a range of whole logical sectors. The same seed gives the same places in every version: the draw is specified in
docs/verification.md and held by test vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import msgspec

from verifier import chances
from verifier.crew import Span

PlanName = Literal["full", "nist-r1", "sample"]
SEED_BYTES = 32
SAMPLE_BLOCK_BYTES = 4096
MOST_PLACES = 1_000_000
"""That may be asked for."""

# SP 800-88r1 4.7 (withdrawn): at least 1,000 equal subsections, two places in each, each covering at least 5 % of it.
STRATA = 1000
PLACES_PER_STRATUM = 2
PLACE_PERCENT = 5

LEAST_PLACES = STRATA * PLACES_PER_STRATUM
"""Of a sample, to confirm anything at all: as many as SP 800-88r1 4.7 asks for. No other standard names a number."""


class SampleSize(msgspec.Struct, frozen=True):
    """How large a sample is wanted: `places`, or the least number that shows with `confidence` that less than `residual` is left.

    Fractions as decimal strings. Of `places` and `residual` one is None.
    """

    confidence: str = "0.999"
    residual: str | None = "0.001"
    places: int | None = None


class Plan(msgspec.Struct, frozen=True):
    """The places to read, ascending and disjoint (bytes), and how many of them were placed independently of each other.

    What a sample draws from are `blocks` blocks of `block_bytes` (the last one may be shorter); `size` is what was wanted.
    """

    name: PlanName
    seed: bytes | None
    places: tuple[Span, ...]
    independent_places: int
    medium_bytes: int
    blocks: int = 0
    block_bytes: int = 0
    size: SampleSize | None = None

    @property
    def bytes_to_read(self) -> int:
        return sum(place.length for place in self.places)

    @property
    def confirms(self) -> bool:
        """Is it enough to say anything of the medium, if it was clean?"""
        return self.name != "sample" or self.independent_places >= LEAST_PLACES

    @property
    def longest_unseen_bytes(self) -> int:
        """The longest run that lies in no place: what could be missed, for certain, at most."""
        ends = [0, *(place.offset + place.length for place in self.places)]
        starts = [*(place.offset for place in self.places), self.medium_bytes]
        return max(start - end for start, end in zip(starts, ends, strict=True))

    @property
    def longest_unseen_bytes_of_any_draw(self) -> int:
        """What no seed's places leave unread more of: from the first place of a stratum to the last one of the next."""
        if self.name == "full":
            return 0
        strata, places = (STRATA, PLACES_PER_STRATUM) if self.name == "nist-r1" else (self.independent_places, 1)
        shortest, longest = self.blocks // strata, -(-self.blocks // strata)
        place = -(-shortest * PLACE_PERCENT // 100) if self.name == "nist-r1" else 1
        return min(2 * (longest - places * place) * self.block_bytes, self.medium_bytes)

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
    places = _disjoint(Span(first * sector_bytes, count * sector_bytes) for first, count in runs)
    # An image may end in part of a sector, which belongs to the last one.
    last = Span(places[-1].offset, medium_bytes - places[-1].offset)
    independent = STRATA * PLACES_PER_STRATUM
    return Plan("nist-r1", seed, (*places[:-1], last), independent, medium_bytes, sectors, sector_bytes)


def sample(medium_bytes: int, sector_bytes: int, seed: bytes, size: SampleSize) -> Plan:
    """One block in each of as many equal strata as `size` needs, and the first and last sector. A block has 4,096 bytes, or a sector's.

    Where that would be more than every second block, the medium is read in full (and the plan says `full`).
    """
    block = max(SAMPLE_BLOCK_BYTES, sector_bytes)
    blocks = -(-medium_bytes // block)
    strata = size.places or chances.places_needed(blocks, Fraction(size.confidence), Fraction(size.residual or 1))
    if strata * 2 > blocks:
        return full(medium_bytes)
    starts = [stratum * blocks // strata for stratum in range(strata + 1)]
    drawn = [start + draw(seed, stratum, end - start) for stratum, (start, end) in enumerate(pairwise(starts))]
    spans = [Span(number * block, min(block, medium_bytes - number * block)) for number in drawn]
    last = max(0, medium_bytes // sector_bytes - 1) * sector_bytes  # and what an image may have beyond it
    spans += [Span(0, sector_bytes), Span(last, medium_bytes - last)]
    return Plan("sample", seed, _disjoint(spans), strata, medium_bytes, blocks, block, size)


def by_name(name: PlanName, medium_bytes: int, sector_bytes: int, seed: bytes, size: SampleSize | None = None) -> Plan:
    """The plan of that name for a medium of this size; `full` needs no seed, and only `sample` has a size."""
    if name == "sample":
        return sample(medium_bytes, sector_bytes, seed, size or SampleSize())
    return full(medium_bytes) if name == "full" else nist_r1(medium_bytes, sector_bytes, seed)


def draw(seed: bytes, index: int, below: int) -> int:
    """The `index`-th number in 0 .. `below` - 1: SHA-256(seed || index as 8 bytes big-endian), as a number, modulo `below`."""
    return int.from_bytes(hashlib.sha256(seed + index.to_bytes(8, "big")).digest(), "big") % below


def _disjoint(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Ascending; what touches or overlaps becomes one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.offset <= merged[-1].end:
            merged[-1] = Span(merged[-1].offset, max(merged[-1].end, span.end) - merged[-1].offset)
        else:
            merged.append(span)
    return tuple(merged)
