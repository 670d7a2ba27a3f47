"""What a sample can show, worked out a second time and in another way: an auditor's machine has this package alone. Pure.

docs/verification.md says how the places are drawn from the seed and why the chances are as they are.
"""

from __future__ import annotations

import functools
import hashlib
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from certificates.record import Medium, Verification

STRATA_OF_NIST_R1 = 1000
MOST_STRATA = 1_500_000
LEAST_PLACES = 2 * STRATA_OF_NIST_R1
"""A sample of fewer independent places confirms nothing: so many SP 800-88r1 4.7 asks for, and no other standard names a number."""
_SEED = re.compile("[0-9a-f]{64}")
_FRACTION = re.compile(r"(0|1)(\.[0-9]{1,12})?")


class Drawn(NamedTuple):
    """The places that a seed draws: how many (touching ones count as one), their bytes, and the longest run between them."""

    places: int
    bytes: int
    longest_unseen_bytes: int


def independent_places(check: Verification) -> int:
    """Places that were placed independently of each other."""
    return check.sampling.strata if check.sampling is not None else 2 * STRATA_OF_NIST_R1


def confirms(check: Verification) -> bool:
    """Is it enough of the medium to say anything at all, if it was clean?"""
    return check.sampling is None or check.sampling.strata >= LEAST_PLACES


def at_least_as_strong(check: Verification, other: Verification) -> bool:
    """Would a clean result of `check` say as much as one of `other` would have? A full reading says more than any sample, and a sample the
    more, the more places were drawn independently of each other. Neither is asked what it found, nor whether it came to its end."""
    if "full" in (check.plan, other.plan):
        return check.plan == "full"
    return independent_places(check) >= independent_places(other)


def can_clear(check: Verification, finding: Verification) -> bool:
    """Can a clean result of `check` clear what `finding` found? A sample never clears: it says how much may be left at most, and that
    something was left is known."""
    return check.plan == "full" or not (finding.different_sectors or finding.unreadable_sectors)


@functools.lru_cache(maxsize=8)
def drawn_again(check: Verification, medium: Medium) -> Drawn | None:
    """What the record's seed and parameters draw on this medium; None if they make no sense."""
    size, sector = medium.capacity_bytes, medium.logical_sector_bytes
    if not check.seed or not _SEED.fullmatch(check.seed) or (check.plan == "sample") is (check.sampling is None):
        return None
    seed = bytes.fromhex(check.seed)
    if check.sampling is None:
        ends = list(_nist_r1(seed, size, sector))
    else:
        block, strata = check.sampling.block_bytes, check.sampling.strata
        if block != max(4096, sector) or not 0 < strata <= min(MOST_STRATA, size / block):
            return None
        ends = list(_sample(seed, size, block, strata))
    last = max(0, size // sector - 1) * sector  # with what an image may have beyond it
    seen = past = longest = places = 0
    # The last sector of an image, with what it has beyond it, may begin before the last block.
    for first, end in sorted([(0, sector), *ends, (last, size)]):
        longest = max(longest, first - past)
        places += places == 0 or first > past
        seen += max(0, min(end, size) - max(first, past))
        past = max(past, min(end, size))
    return Drawn(places, seen, longest)


def _draw(seed: bytes, index: int, below: int) -> int:
    return int(hashlib.sha256(seed + index.to_bytes(8, "big")).hexdigest(), 16) % below


def _sample(seed: bytes, size: int, block: int, strata: int) -> Iterator[tuple[int, int]]:
    blocks = (size + block - 1) // block
    for s in range(strata):
        first, end = s * blocks // strata, (s + 1) * blocks // strata
        at = first + _draw(seed, s, end - first)
        yield at * block, (at + 1) * block


def _nist_r1(seed: bytes, size: int, sector: int) -> Iterator[tuple[int, int]]:
    sectors = size // sector
    for s in range(STRATA_OF_NIST_R1 if sectors >= 4 * STRATA_OF_NIST_R1 else 0):
        first, end = s * sectors // STRATA_OF_NIST_R1, (s + 1) * sectors // STRATA_OF_NIST_R1
        length = (end - first + 19) // 20
        room = end - first - 2 * length + 1
        a, b = sorted((_draw(seed, 2 * s, room), _draw(seed, 2 * s + 1, room)))
        yield (first + a) * sector, (first + a + length) * sector
        yield (first + b + length) * sector, (first + b + 2 * length) * sector


def most_read_within(check: Verification, medium: Medium, length: int) -> int:
    """Bytes that the plan reads at most of any `length` neighbouring ones: of each part that they reach into, all of its places."""
    if check.plan == "full":
        return length
    size, sector = medium.capacity_bytes, medium.logical_sector_bytes
    if check.sampling is None:
        shortest, longest = size // sector // STRATA_OF_NIST_R1, -(-size // sector // STRATA_OF_NIST_R1)
        part, places = shortest * sector, 2 * ((longest + 19) // 20) * sector
    else:
        block = check.sampling.block_bytes
        part, places = -(-size // block) // max(1, check.sampling.strata) * block, block
    return (length // max(1, part) + 2) * places + 2 * sector


def supports(check: Verification, medium: Medium, confidence: str, residual: str) -> bool:
    """Had more than the residue been bad: is the chance that all places miss it, wherever it lies, below 1 - confidence?"""
    if not _FRACTION.fullmatch(confidence) or not _FRACTION.fullmatch(residual):
        return False
    sure, left = Decimal(confidence), Decimal(residual)
    if not 0 < sure < 1 or not 0 < left < 1:
        return False
    if check.sampling is None:
        blocks, strata, times = medium.capacity_bytes // medium.logical_sector_bytes, STRATA_OF_NIST_R1, 2
    else:
        blocks, strata, times = -(-medium.capacity_bytes // check.sampling.block_bytes), check.sampling.strata, 1
    bad = int(left * blocks) + 1
    return bad > blocks or times * _log_missed(blocks, bad, strata) <= math.log(1 - sure) + 1e-9


def _log_missed(blocks: int, bad: int, strata: int) -> float:
    """The logarithm of the greatest chance that one block drawn in each stratum misses all of the bad ones.

    The product of good / all over the strata is greatest where the good blocks are spread evenly.
    """
    size, larger = divmod(blocks, strata)
    if bad <= larger:  # each in a larger stratum of its own
        return bad * math.log1p(-1 / (size + 1)) if size else -math.inf
    good, richer = divmod(blocks - bad, strata)
    if not good:
        return -math.inf
    # Every stratum: good / size; those with one more: each (1 + 1 / good), and (1 + 1 / size) below the line.
    every = strata * math.log1p((good - size) / size)
    return every + richer * math.log1p(1 / good) - larger * math.log1p(1 / size)
