"""The chance that a sample misses everything that it looks for, exactly, wherever that lies. Pure.

A medium is so many blocks, some of them bad. It is cut into strata as equal as can be, and in each stratum the same number of different
blocks is drawn. One stratum is simple random sampling, and the chance of a miss is the hypergeometric

    P = C(good, n) / C(blocks, n) = product over i < n of (blocks - bad - i) / (blocks - i)

With several strata P is the product over them and depends on where the bad blocks lie; what is computed here is its greatest value.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from fractions import Fraction

_DIGITS = 60  # of every intermediate result; what is decided by them differs in the first thirty


def missed(blocks: int, bad: int, strata: int, each: int = 1) -> Decimal:
    """The chance that none of `each` blocks drawn in each of `strata` is one of `bad` ones, for the layout in which it is greatest.

    Per stratum, log C(good, each) is concave in the number of good blocks, so P is greatest where the good blocks are spread as evenly
    as the strata allow. With fewer bad blocks than larger strata (those that hold the remainder), each lies in a larger one of its own.
    """
    if not 0 <= bad <= blocks or not 0 < strata <= blocks:
        raise ValueError(f"{bad} bad of {blocks} blocks in {strata} strata")
    size, larger = divmod(blocks, strata)
    with localcontext(Context(prec=_DIGITS)):
        if bad <= larger:
            return _one_stratum(size + 1, 1, each) ** bad
        good, richer = divmod(blocks - bad, strata)
        # P depends only on how many strata have each size and each number of good blocks, not on which size meets which number.
        kinds = (
            (min(larger, richer), size + 1, good + 1),
            (max(0, richer - larger), size, good + 1),
            (max(0, larger - richer), size + 1, good),
            (strata - max(larger, richer), size, good),
        )
        chance = Decimal(1)
        for count, of, left in kinds:
            chance *= _one_stratum(of, of - left, each) ** count if count else 1
        return chance


def _one_stratum(blocks: int, bad: int, places: int) -> Decimal:
    """The hypergeometric chance of no bad block; bad blocks and places may change parts, so that the shorter product is taken."""
    fewer, more = sorted((bad, places))
    chance = Decimal(1)
    for i in range(fewer):
        chance *= Decimal(max(0, blocks - more - i)) / (blocks - i)
    return chance


def most_left(blocks: int, confidence: Fraction, strata: int, each: int = 1, times: int = 1) -> int:
    """The greatest number of bad blocks with which a clean sample still has a chance of 1 - `confidence` or more.

    `times`: how often the sample is drawn, each time anew (and perhaps the same blocks again).
    """
    allowed = _decimal(1 - confidence)
    return _least(lambda bad: missed(blocks, bad, strata, each) ** times < allowed, 1, blocks) - 1


def places_needed(blocks: int, confidence: Fraction, residual: Fraction) -> int:
    """The least number of strata, a place in each, for which a clean sample shows with `confidence` that less than `residual` is bad.

    Less than: had as many as `residual` x `blocks` of them (rounded up) been bad, the chance of a miss would be below 1 - `confidence`.
    """
    bad, allowed = -(-residual.numerator * blocks // residual.denominator), _decimal(1 - confidence)
    return _least(lambda strata: missed(blocks, bad, strata) < allowed, 1, blocks)


def _least(is_enough: Callable[[int], bool], low: int, high: int) -> int:
    """The least number of `low` .. `high` that is enough, `high` being so."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    return low


def _decimal(fraction: Fraction) -> Decimal:
    with localcontext(Context(prec=_DIGITS)):
        return Decimal(fraction.numerator) / fraction.denominator
