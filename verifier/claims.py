"""What a clean result proves, in exact numbers. Pure."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction

import msgspec

from verifier import chances
from verifier.plans import PLACES_PER_STRATUM, STRATA, Plan

CONFIDENCE = "0.99"
"""Of the claim for `nist-r1`, which has no confidence of its own."""
_ROUNDED_UP = Context(prec=3, rounding=ROUND_CEILING)
_ROUNDED_DOWN = Context(prec=3, rounding=ROUND_FLOOR)


class Claim(msgspec.Struct, frozen=True):
    """Had more than the fraction `residual_at_most` of the medium not been as expected, wherever it lay, such a plan would have met some
    of it with a probability of at least `confidence`; both are decimal strings. `longest_unseen_bytes`: no run longer than this can have
    been missed."""

    confidence: str
    residual_at_most: str
    longest_unseen_bytes: int


def of_clean(plan: Plan) -> Claim:
    """The claim that `plan`, read completely and without a finding, supports."""
    if plan.name == "full":
        return Claim("1", "0", 0)
    if plan.name == "sample" and plan.size is not None:
        confidence, strata, times = plan.size.confidence, plan.independent_places, 1
        wanted = plan.size.residual
    else:
        # Two places in a stratum that don't overlap are met by a residue at least as often as one that is drawn twice.
        confidence, strata, times, wanted = CONFIDENCE, STRATA, PLACES_PER_STRATUM, None
    residual = wanted or residual_bound(plan.blocks, confidence, strata, times)
    return Claim(confidence, residual, plan.longest_unseen_bytes)


def foretold(plan: Plan) -> Claim:
    """The same for a draw that is still to come: every seed has its own longest run."""
    return msgspec.structs.replace(of_clean(plan), longest_unseen_bytes=plan.longest_unseen_bytes_of_any_draw)


def residual_bound(blocks: int, confidence: str, strata: int, times: int = 1) -> str:
    """The greatest share of bad blocks that a clean sample leaves open at that confidence, rounded up to three digits.

    For large media it comes to 1 - a^(1/n), a = 1 - confidence: 0.00230 for 2,000 places and 99 %. A place or two may leave so much open
    that it would be rounded up to all, of which nobody can have more: then the digits are those of the rest.
    """
    left, of = chances.most_left(blocks, Fraction(confidence), strata, times=times), Decimal(blocks)
    share = _ROUNDED_UP.divide(Decimal(left), of)
    return f"{share if share < 1 else (1 - _ROUNDED_DOWN.divide(of - left, of)).normalize():f}"
