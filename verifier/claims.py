"""What a clean result proves, in exact numbers. Pure."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, localcontext

import msgspec

from verifier.plans import Plan

CONFIDENCE = Decimal("0.99")


class Claim(msgspec.Struct, frozen=True):
    """With `confidence`, at most the fraction `residual_at_most` of the medium is not as expected; both are decimal strings.

    `longest_unseen_bytes`: no run longer than this can have been missed.
    """

    confidence: str
    residual_at_most: str
    longest_unseen_bytes: int


def of_clean(plan: Plan) -> Claim:
    """The claim that `plan`, read completely and without a finding, supports."""
    if plan.name == "full":
        return Claim("1", "0", 0)
    return Claim(str(CONFIDENCE), str(residual_bound(plan.independent_places, CONFIDENCE)), plan.longest_unseen_bytes)


def residual_bound(places: int, confidence: Decimal) -> Decimal:
    """1 - a^(1/n), a = 1 - confidence, rounded up to five places.

    P(n clean places | fraction p is bad) <= (1 - p)^n, also without replacement and with equal strata (facts: concavity of log), so
    every p above the bound would have been seen with at least that confidence. For n = 2000 and 99 %: 0.00230.
    """
    with localcontext() as context:
        context.prec = 40
        bound = 1 - ((1 - confidence).ln() / places).exp()
    return bound.quantize(Decimal("0.00001"), rounding=ROUND_CEILING)
