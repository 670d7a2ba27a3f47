"""The job, told once: identify, guard, plan, wipe, verify, judge, certify, record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from certificates import judgement, language
from certificates.errors import Refused
from certificates.ledger import Started
from certificates.record import Claim as ClaimRecord
from certificates.record import Coverage, Evidence, LbaRange, Medium, People, Reason, Record, Verification
from certificates.record import Finding as FindingRecord
from certificates.record import Method as MethodRecord
from eraser import devices, guard, methods, papers
from eraser.account import Account, lbas
from eraser.challenge import challenge
from eraser.control import Control
from eraser.devices import Device
from eraser.events import Event, Interrupted, JobEnded, JobStarted, PhaseDone, Progress
from eraser.papers import Papers
from eraser.station import Station
from eraser.target import Changed, Target
from eraser.writing import Writing
from verifier import claims, plans
from verifier.looking import Looking, Seen
from verifier.pipeline import Span
from verifier.plans import SEED_BYTES, Plan, PlanName
from verifier.reading import Reader


class Order(msgspec.Struct, frozen=True):
    """What the user asked for, for one target."""

    target: str
    is_image: bool
    method: str
    plan: PlanName
    confirmed: frozenset[str]
    attached: tuple[Device, ...]
    languages: tuple[language.Language, ...]
    out: Path
    people: People
    asset_tag: str | None = None
    reason: Reason | None = None
    evidence: tuple[Evidence, ...] = ()


class Planned(msgspec.Struct, frozen=True):
    """What will be done to this medium."""

    order: Order
    device: Device
    method: MethodRecord
    passes: tuple[methods.Pass, ...]

    @property
    def medium(self) -> Medium:
        return self.device.medium


def run(order: Order, station: Station, control: Control) -> Iterator[Event]:
    """Wipe one medium and prove it. Raises Problem only before the number is taken; after that, whatever happens ends in a record."""
    device = identify(order)
    with guarded(device, order) as target:
        planned = plan(order, device, station)
        account = begin(planned, station)
        yield JobStarted(
            order.target,
            account.entry.number,
            planned.method.id,
            len(planned.passes),
            planned.medium.capacity_bytes,
            order.plan,
        )
        with account.telling_everything(target):
            yield from challenged(planned, target, account, station, control)
            yield from wipe(planned, target, account, control)
            yield from verify(planned, target, account, station, control)
        for interruption in account.interruptions:
            yield Interrupted(order.target, account.entry.number, interruption.cause, interruption.detail)
        same_to_the_end(target, account)
        record = judge(planned, account, station)
        issued = certify(record, station)
        yield recorded(issued, order, account.entry, station)


def identify(order: Order) -> Device:
    """Who is this medium? Raises Refused if there is none."""
    return devices.image(order.target) if order.is_image else devices.at(order.target)


def guarded(device: Device, order: Order) -> Target:
    """The medium, held exclusively, if it may be wiped. Raises Refused with every reason against it; nothing was written."""
    others = tuple(other for other in order.attached if other.medium.node != device.medium.node)
    against = guard.reasons_against(device) + guard.identity_reasons(device, order.confirmed, others)
    if against:
        raise Refused("refused.guard", node=order.target, reasons=" ".join(reason.text() for reason in against))
    return Target(device)


def plan(order: Order, device: Device, station: Station) -> Planned:
    """Method and passes with fresh keys. Raises Usage, and Environment if the papers could not be written afterwards."""
    papers.check_ready(order.out, station.home, _names(order, device.medium))
    method = methods.resolve(order.method, device.medium)
    return Planned(order, device, method, methods.passes(method.id, station.entropy))


def begin(planned: Planned, station: Station) -> Account:
    """Take the number: from here on there will be a paper. Raises Environment if the ledger can't."""
    return Account(station.ledger.start(station.now(), planned.medium, planned.method.id), station)


def challenged(
    planned: Planned, target: Target, account: Account, station: Station, control: Control
) -> Iterator[Event]:
    """The capacity challenge, on devices; a file has no address lines that could lie."""
    if planned.device.kind == "image":
        return
    account.begin("challenge")
    with opened(target) as reader, closing(challenge(target, reader, station.entropy(SEED_BYTES))) as steps:
        while True:
            try:
                account.bytes_done = next(steps)
            except StopIteration as result:
                account.challenge = result.value
                break
            control.check()
    yield PhaseDone(
        planned.order.target, account.entry.number, "challenge", 0, account.bytes_done, account.phase_seconds
    )


def wipe(planned: Planned, target: Target, account: Account, control: Control) -> Iterator[Event]:
    """Every pass over the whole medium, unless the challenge already showed that the medium lies."""
    if account.challenge is not None and judgement.lies(account.challenge):
        return
    total = planned.medium.capacity_bytes
    for number, each in enumerate(planned.passes, start=1):
        started = account.begin("write")
        writing = Writing(target, each.content)
        try:
            with closing(writing.__iter__()) as steps:
                for done in steps:
                    account.bytes_done = done
                    control.check()
                    yield Progress(planned.order.target, "write", number, len(planned.passes), done, total)
        finally:
            account.add_pass(number, each, writing, started, planned.medium)
        yield PhaseDone(
            planned.order.target, account.entry.number, "write", number, writing.passed, account.phase_seconds
        )


def verify(planned: Planned, target: Target, account: Account, station: Station, control: Control) -> Iterator[Event]:
    """Read back what the last pass should have left. The places are drawn now, after the wipe, from fresh chance."""
    if len(account.passes) < len(planned.passes):
        return
    medium, last = planned.medium, len(planned.passes)
    asked = draw_places(planned.order.plan, medium, station.entropy(SEED_BYTES))
    started = account.begin("verify")
    with opened(target) as reader:
        stale = [each.content for each in planned.passes[:-1]]
        looking = Looking(reader, asked, planned.passes[-1].content, stale=stale, excused=account.unwritable)
        try:
            with closing(looking.__iter__()) as steps:
                for done in steps:
                    account.bytes_done = done
                    control.check()
                    yield Progress(planned.order.target, "verify", last, last, done, asked.bytes_to_read)
        finally:
            account.verification = as_record(asked, looking.seen, last, started, station.now(), medium)
    yield PhaseDone(
        planned.order.target, account.entry.number, "verify", last, account.bytes_done, account.phase_seconds
    )


def draw_places(name: PlanName, medium: Medium, seed: bytes) -> Plan:
    """The plan of that name for this medium."""
    if name == "full":
        return plans.full(medium.capacity_bytes)
    return plans.nist_r1(medium.capacity_bytes, medium.logical_sector_bytes, seed)


def opened(target: Target) -> Reader:
    """A second, read-only descriptor on the very medium that is held. Raises Changed if the name now means another one."""
    reader = Reader(target.path)
    if not target.is_same_as(reader.descriptor):
        reader.close()
        raise Changed(f"{target.path} now means another medium")
    return reader


def as_record(asked: Plan, seen: Seen, of_pass: int, started: str, ended: str, medium: Medium) -> Verification:
    """What looking brought, as the record tells it. A claim is made only for a clean result."""
    clean = seen.complete and not seen.different_sectors and not seen.unreadable_sectors
    claim = claims.of_clean(asked) if clean else None
    return Verification(
        plan=asked.name,
        of_pass=of_pass,
        seed=None if asked.seed is None else asked.seed.hex(),
        places=len(asked.places),
        bytes_to_read=asked.bytes_to_read,
        bytes_compared=seen.bytes_compared,
        started=started,
        ended=ended,
        complete=seen.complete,
        different_sectors=seen.different_sectors,
        unreadable_sectors=seen.unreadable_sectors,
        findings=tuple(
            FindingRecord(f.kind, lbas(Span(f.offset, f.length), medium), f.belongs_to) for f in seen.findings
        ),
        claim=None if claim is None else msgspec.convert(claim, ClaimRecord, from_attributes=True),
    )


def same_to_the_end(target: Target, account: Account) -> None:
    """Before anything is signed: is it still the medium that was confirmed?"""
    try:
        target.check_identity()
    except Changed as error:
        if not account.interruptions:
            account.stop_for(error, target)


def judge(planned: Planned, account: Account, station: Station) -> Record:
    """The record: the facts and what they amount to."""
    medium, order, now = planned.medium, planned.order, station.now()
    passes, interruptions = tuple(account.passes), tuple(account.interruptions)
    asked = len(planned.passes)
    result = judgement.outcome(medium, asked, passes, account.challenge, account.verification, interruptions)
    return Record(
        schema="eraser/record/1",
        number=account.entry.number,
        outcome=result,
        issued=now,
        started=account.started,
        ended=now,
        languages=order.languages,
        medium=medium,
        asset_tag=order.asset_tag,
        reason=order.reason,
        people=order.people,
        technique="host-overwrite",
        method=planned.method,
        coverage=Coverage(
            LbaRange(0, max(0, -(-medium.capacity_bytes // medium.logical_sector_bytes) - 1)), "not-examined"
        ),
        challenge=account.challenge,
        passes=passes,
        verification=account.verification,
        interruptions=interruptions,
        verdicts=judgement.verdicts(medium, "host-overwrite", result),
        residual_risks=judgement.residual_risks(medium, passes, account.challenge, account.verification),
        evidence=order.evidence,
        station=station.described(),
    )


def certify(record: Record, station: Station) -> Papers:
    """Signed and drawn."""
    return papers.issue(record, station.key)


def recorded(issued: Papers, order: Order, entry: Started, station: Station) -> JobEnded:
    """In the ledger and on disk; what could not be kept where it belongs is kept elsewhere and said loudly."""
    files, warnings = papers.keep(issued, order.out, station.home, entry, station)
    record = issued.record
    code = judgement.exit_code(record.outcome, record.interruptions)
    return JobEnded(
        target=order.target,
        number=record.number,
        outcome=record.outcome,
        exit_code=code if code or not warnings else 1,
        digest=issued.digest,
        files=tuple(str(file) for file in files),
        verdicts=record.verdicts,
        warnings=warnings,
    )


def _names(order: Order, medium: Medium) -> tuple[str, ...]:
    people = order.people
    given = [
        people.customer,
        people.organisation,
        people.operator,
        people.validator,
        people.location,
        *people.witnesses,
    ]
    given += [order.asset_tag, medium.vendor, medium.model, medium.serial, medium.node]
    return tuple(name for name in given if name)
