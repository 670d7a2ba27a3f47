"""From what was seen and what happened to the record that is signed. Pure but for the station's clock and name."""

from __future__ import annotations

from datetime import datetime

import msgspec

from certificates import history, judgement
from certificates.errors import Problem
from certificates.identity import of_medium
from certificates.ledger import Custody
from certificates.people import CustodyEvent
from certificates.record import Claim as ClaimRecord
from certificates.record import Coverage, Health, Medium, Record, Sampling, Verification
from certificates.record import Finding as FindingRecord
from certificates.values import LbaRange
from eraser.account import Account, lbas
from eraser.clock import by, moved
from eraser.order import Planned
from eraser.station import Station
from verifier import claims
from verifier.crew import Span
from verifier.looking import Seen
from verifier.plans import Plan

MOST_CUSTODY = 200  # the newest; the earlier ones are on earlier certificates


def draft(planned: Planned, account: Account, health_after: Health | None, station: Station) -> Record:
    """The record: the facts and what they amount to."""
    medium, order = planned.medium, planned.order
    story, ahead = custody_of(medium, order.asset_tag, station), account.settle()
    now, health_after = by(ahead)(station.now()), moved(health_after, by(ahead))
    passes, interruptions = tuple(account.passes), tuple(account.interruptions)
    earlier = tuple(account.earlier_verifications)
    result = judgement.outcome(
        medium, planned.method, passes, account.challenge, account.verification, interruptions, earlier
    )
    coverage = Coverage(LbaRange(0, _last_lba(medium)), "not-examined")
    done = judgement.deed(medium, "host-overwrite", result, passes, account.verification, coverage)
    return Record(
        schema="eraser/record/1",
        number=account.entry.number,
        outcome=result,
        issued=now,
        started=account.began,
        ended=now,
        languages=order.languages,
        medium=medium,
        asset_tag=order.asset_tag,
        reason=order.reason,
        people=order.people,
        technique="host-overwrite",
        method=planned.method,
        coverage=coverage,
        challenge=account.challenge,
        passes=passes,
        verification=account.verification,
        interruptions=interruptions,
        verdicts=judgement.verdicts(done, dict(order.policies), order.data_class),
        residual_risks=judgement.residual_risks(medium, passes, account.challenge, account.verification),
        evidence=order.evidence,
        station=station.described(),
        continues=account.continues,
        earlier_verifications=earlier,
        health_before=account.health_before,
        health_after=health_after,
        replug=account.replug,
        reformat=planned.layout.record if planned.layout is not None and result == "erased" else None,
        handling=order.handling,
        issuer=order.issuer,
        custody=tuple(each for each in story if not is_after(each, now)),
        clock_jumps=account.clock_jumps,
    )


def custody_of(medium: Medium, asset_tag: str | None, station: Station) -> tuple[CustodyEvent, ...]:
    """What the ledger knows of the medium's hands. A ledger that can't be read now costs no record: its end will say so."""
    try:
        told = history.from_ledger(station.ledger.of_kind(Custody))
    except Problem:
        return ()
    story = history.of_one(told, of_medium(medium, asset_tag).identity)[-MOST_CUSTODY:]
    return tuple(
        CustodyEvent(
            seq=entry.seq,
            event=entry.event,
            at=entry.happened or entry.at,
            entered=entry.at if entry.happened else None,
            person=entry.person,
            counterpart=entry.counterpart,
            place=entry.place,
            seal=entry.seal,
            note=entry.note,
        )
        for entry in (fact.custody for fact in story)
        if entry is not None
    )


def is_after(event: CustodyEvent, now: str) -> bool:
    """By this machine's clock it is still to come: another station's clock is ahead. The medium's next paper tells it."""
    return any(datetime.fromisoformat(at) > datetime.fromisoformat(now) for at in (event.at, event.entered or event.at))


def findings(seen: Seen, medium: Medium) -> tuple[FindingRecord, ...]:
    """What looking found, in the medium's logical sectors."""
    return tuple(FindingRecord(f.kind, lbas(Span(f.offset, f.length), medium), f.belongs_to) for f in seen.findings)


def verification(
    plan: Plan, seen: Seen, of_pass: int, started: str, ended: str, medium: Medium, *, gaps: bool
) -> Verification:
    """What looking brought, as the record tells it. A claim is made only for a clean result on a medium without unwritten gaps."""
    clean = seen.complete and not seen.different_sectors and not seen.unreadable_sectors and not gaps
    claim = claims.of_clean(plan) if clean else None
    told = Verification(
        plan=plan.name,
        of_pass=of_pass,
        seed=None if plan.seed is None else plan.seed.hex(),
        places=len(plan.places),
        bytes_to_read=plan.bytes_to_read,
        bytes_compared=seen.bytes_compared,
        started=started,
        ended=ended,
        complete=seen.complete,
        different_sectors=seen.different_sectors,
        unreadable_sectors=seen.unreadable_sectors,
        findings=findings(seen, medium),
        claim=None if claim is None else msgspec.convert(claim, ClaimRecord, from_attributes=True),
        sampling=sampling(plan),
    )
    return judgement.measured(told, medium)


def sampling(plan: Plan) -> Sampling | None:
    """The parameters of a sample; None for plans that have none."""
    if plan.size is None:
        return None
    return Sampling(plan.independent_places, plan.block_bytes, plan.size.confidence, plan.size.residual)


def _last_lba(medium: Medium) -> int:
    return -(-medium.capacity_bytes // medium.logical_sector_bytes) - 1
