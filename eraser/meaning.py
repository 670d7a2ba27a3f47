"""What reading back proves and on what that rests, in sentences."""

from __future__ import annotations

import msgspec

from certificates import judgement, language, parts, sampling
from certificates.record import Claim, Content, Medium, Record
from verifier import claims
from verifier.plans import Plan


def of_record(record: Record) -> tuple[str, ...]:
    """What the record's verification shows; nothing where nothing is claimed."""
    check = record.verification
    if check is None or check.claim is None or record.outcome != "erased":
        return ()
    drawn = 0 if check.plan == "full" else sampling.independent_places(check)
    return _sentences(drawn, check.claim, record.medium, record.passes[-1].content)


def of_plan(plan: Plan, medium: Medium, content: Content) -> tuple[str, ...]:
    """What the plan shows after it found nothing but `content`, which the last pass wrote."""
    return _sentences(plan.independent_places, kept(claims.of_clean(plan)), medium, content)


def foretold(plan: Plan, medium: Medium, content: Content) -> tuple[str, ...]:
    """What such a plan would show, before its places are drawn."""
    shown, *assumed = _sentences(plan.independent_places, kept(claims.foretold(plan)), medium, content)
    return language.text("proof.would", shown=shown), *assumed


def kept(claim: claims.Claim) -> Claim:
    """The claim as a record holds it."""
    return msgspec.convert(claim, Claim, from_attributes=True)


def _sentences(drawn: int, claimed: Claim, medium: Medium, content: Content) -> tuple[str, ...]:
    from certificates.page import figures

    kind = "sample" if drawn else "full"
    shown = language.text(
        f"proof.{kind}",
        places=figures.count(drawn),
        confidence=figures.fraction_as_percent(claimed.confidence),
        residual=figures.fraction_as_percent(claimed.residual_at_most),
        run=figures.size_at_most(claimed.longest_unseen_bytes),
    )
    told = [shown, language.text(f"proof.assumed.{kind}")]
    if judgement.may_be_unmapped(medium, content):
        told.append(language.text("risk.zeros-unmapped"))
    return (*told, *parts.sentences(medium))
