"""The job, told once: identify, guard, plan, wipe, verify, judge, certify, record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from certificates import judgement
from certificates.errors import Refused
from certificates.record import Medium, Record
from eraser import devices, drafting, guard, health, journal, methods, papers
from eraser.account import Account, kept_passes
from eraser.challenge import challenge
from eraser.control import Control
from eraser.devices import Device
from eraser.events import Event, Interrupted, JobEnded, JobStarted, PhaseDone, Progress
from eraser.journal import State
from eraser.order import Order, Planned
from eraser.papers import Papers
from eraser.station import Station
from eraser.target import Changed, Target
from eraser.writing import Writing
from verifier import plans
from verifier.looking import Looking
from verifier.pipeline import Span
from verifier.plans import SEED_BYTES, Plan, PlanName
from verifier.reading import Reader


def run(order: Order, station: Station, control: Control) -> Iterator[Event]:
    """Wipe one medium and prove it. Raises Problem only before the number is taken; after that, whatever happens ends in a record."""
    device = identify(order)
    with guarded(device, order) as target:
        planned = plan(order, device, station)
        with begun(planned, station) as account:
            yield from carry_out(planned, target, account, station, control)


def carry_out(
    planned: Planned, target: Target, account: Account, station: Station, control: Control
) -> Iterator[Event]:
    """Everything after the number is taken, for a new job and for one that is taken up again."""
    order, number = planned.order, account.entry.number
    yield JobStarted(
        order.target, number, planned.method.id, len(planned.passes), planned.medium.capacity_bytes, order.plan
    )
    with account.telling_everything(target):
        yield from challenged(planned, target, account, station, control)
        yield from wipe(planned, target, account, station, control)
        yield from verify(planned, target, account, station, control)
    for interruption in account.new_interruptions:
        yield Interrupted(order.target, number, interruption.cause, interruption.detail)
    same_to_the_end(target, account)
    record = judge(planned, account, station)
    issued = certify(record, station)
    yield recorded(issued, order, account, station)


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
    papers.check_ready(order.out, station.home, order.names)
    table = methods.table(station.home.root)
    method = methods.resolve(order.method, device.medium, table)
    chosen = table[method.id]
    return Planned(order, device, method, methods.passes(chosen, station.entropy), chosen.check == "each")


@contextmanager
def begun(planned: Planned, station: Station) -> Iterator[Account]:
    """Take the number: from here on there will be a paper. Raises Environment if ledger or journal can't be written."""
    started = station.ledger.start(station.now(), planned.medium, planned.method.id)
    state = State(
        started=started,
        continues=None,
        began=station.now(),
        order=planned.order.kept(),
        medium=planned.medium,
        method=planned.method,
        passes=kept_passes(planned.passes),
        challenge=None,
        done=(),
        earlier_verifications=(),
        interruptions=(),
        health_before=health.ask(planned.device, station),
        pass_number=1,
        pass_started=None,
        durable=0,
        unwritable=(),
        ended=False,
    )
    with journal.held(station.home.jobs, started.number) as book:
        book.save(state)
        yield Account(state, book, station)


def challenged(
    planned: Planned, target: Target, account: Account, station: Station, control: Control
) -> Iterator[Event]:
    """The capacity challenge, on devices; a file has no address lines that could lie. It writes, so it comes before everything else."""
    if planned.device.kind == "image" or account.challenge is not None:
        return
    account.begin("challenge")
    with opened(target) as reader, closing(challenge(target, reader, station.entropy(SEED_BYTES))) as steps:
        while True:
            try:
                account.bytes_done = next(steps)
            except StopIteration as result:
                account.challenged(result.value)
                break
            control.check()
    yield PhaseDone(
        planned.order.target, account.entry.number, "challenge", 0, account.bytes_done, account.phase_seconds
    )


def wipe(planned: Planned, target: Target, account: Account, station: Station, control: Control) -> Iterator[Event]:
    """Every pass over the whole medium, unless the challenge already showed that the medium lies."""
    if account.challenge is not None and judgement.lies(account.challenge):
        return
    total, count = planned.medium.capacity_bytes, len(planned.passes)
    for number in range(len(account.passes) + 1, count + 1):
        each = planned.passes[number - 1]
        started, checkpoint = account.pass_began(number)
        writing = Writing(target, each.content, checkpoint.durable, checkpoint.unwritable)
        try:
            with closing(writing.__iter__()) as steps:
                for done in steps:
                    account.bytes_done = done
                    account.came_to(writing.checkpoint)
                    control.check()
                    yield Progress(planned.order.target, "write", number, count, done, total)
        finally:
            account.pass_ended(number, each, writing, started, planned.medium)
        written = writing.passed - checkpoint.durable
        yield PhaseDone(planned.order.target, account.entry.number, "write", number, written, account.phase_seconds)
        if planned.check_each and number < count:
            yield from read_back(planned, target, account, number, station, control)


def verify(planned: Planned, target: Target, account: Account, station: Station, control: Control) -> Iterator[Event]:
    """Read back what the last pass should have left."""
    if len(account.passes) == len(planned.passes):
        yield from read_back(planned, target, account, len(planned.passes), station, control)


def read_back(
    planned: Planned, target: Target, account: Account, number: int, station: Station, control: Control
) -> Iterator[Event]:
    """Compare the medium with pass `number`. The places are drawn now, after the pass, from fresh chance."""
    medium, last = planned.medium, len(planned.passes)
    places = draw_places(planned.order.plan, medium, station.entropy(SEED_BYTES))
    expected, stale = planned.passes[number - 1].content, [each.content for each in planned.passes[: number - 1]]
    excused: list[Span] = account.unwritable_spans(number, medium.logical_sector_bytes)
    started = account.begin("verify")
    with opened(target) as reader:
        looking = Looking(reader, places, expected, stale=stale, excused=excused)
        try:
            with closing(looking.__iter__()) as steps:
                for done in steps:
                    account.bytes_done = done
                    control.check()
                    yield Progress(planned.order.target, "verify", number, last, done, places.bytes_to_read)
        finally:
            told = drafting.verification(places, looking.seen, number, started, station.now(), medium)
            if number == last:
                account.verification = told
            else:
                account.verified_early(told)
    yield PhaseDone(
        planned.order.target, account.entry.number, "verify", number, account.bytes_done, account.phase_seconds
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


def same_to_the_end(target: Target, account: Account) -> None:
    """Before anything is signed: is it still the medium that was confirmed?"""
    try:
        target.check_identity()
    except Changed as error:
        if not account.new_interruptions:
            account.stop_for(error, target)


def judge(planned: Planned, account: Account, station: Station) -> Record:
    """What the facts amount to."""
    return drafting.draft(planned, account, health.ask(planned.device, station), station)


def certify(record: Record, station: Station) -> Papers:
    """Signed and drawn."""
    return papers.issue(record, station.key)


def recorded(issued: Papers, order: Order, account: Account, station: Station) -> JobEnded:
    """In the ledger and on disk; what could not be kept where it belongs is kept elsewhere and said loudly."""
    files, warnings = papers.keep(issued, order.out, station.home, account.entry, station)
    account.close()
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
        warnings=warnings if account.warning is None else (*warnings, account.warning),
    )
