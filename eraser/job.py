"""The job, told once: identify, guard, plan, wipe, verify, judge, certify, record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import msgspec

from certificates import judgement
from certificates.errors import Environment
from certificates.language import text
from certificates.record import Medium, Record
from eraser import (
    alone,
    drafting,
    foresight,
    formatting,
    guard,
    health,
    journal,
    meaning,
    methods,
    papers,
    readying,
    replugging,
)
from eraser.account import Account, kept_passes
from eraser.challenge import challenge
from eraser.control import Control
from eraser.cooling import Cooling
from eraser.devices import Device
from eraser.events import Event, Interrupted, JobEnded, JobStarted, Unrecorded
from eraser.formatting import Layout
from eraser.home import Home
from eraser.journal import State
from eraser.methods import Pass
from eraser.order import Order, Planned
from eraser.papers import Papers, Recorded
from eraser.pictures import Pictures
from eraser.station import Station
from eraser.target import Target
from eraser.troubles import in_words
from eraser.work import Work
from eraser.writing import Writing
from verifier import plans
from verifier.looking import Looking
from verifier.pacing import Pace
from verifier.plans import SEED_BYTES, Plan


def run(order: Order, station: Station, control: Control) -> Iterator[Event]:
    """Wipe one medium and prove it. Raises Problem only before the number is taken; after that, whatever happens ends in a record."""
    with guarded(order) as target:
        planned = plan(order, station)
        with begun(planned, target, station) as account:
            yield from carry_out(planned, target, account, station, control)


def carry_out(
    planned: Planned, target: Target, account: Account, station: Station, control: Control
) -> Iterator[Event]:
    """Everything after the number is taken, for a new job and for one that is taken up again."""
    order, number = planned.order, account.entry.number
    yield JobStarted(
        order.target, number, planned.method.id, len(planned.passes), planned.medium.capacity_bytes, order.plan
    )
    if not account.new_interruptions:
        with account.telling_everything(target):
            yield from worked(planned, target, account, station, control)
        same_to_the_end(target, account)
    for interruption in account.new_interruptions:
        yield Interrupted(order.target, number, interruption.cause, interruption.detail)
    try:
        record, ended = concluded(planned, account, target, station)
    except Exception as error:
        if not papers.lie_in((station.home.certificates, order.out), number):
            account.not_issued()  # no copy is out: its record will say what is told now
        told = Environment("job.unrecorded", target=order.target, number=number, detail=in_words(error))
        yield Unrecorded(order.target, number, judgement.EXIT_CODES["not-erased"], told.message(), told.hint())
        return
    yield from readying.made_ready(planned.layout, target, record, ended, station)


def worked(planned: Planned, target: Target, account: Account, station: Station, control: Control) -> Iterator[Event]:
    """All that is done to the medium."""
    pace = Pace(control.rate)
    if account.is_untouched:  # with its journal already there: the answer may take seconds
        account.in_health(health.ask(planned.device, station))
    with Cooling(target, station, pace, account.health_before, control.max_celsius) as cooling:
        work = Work(planned, target, account, station, control, (pace, control.total), cooling)
        yield from challenged(work)
        yield from wipe(work)
        yield from replug(work)
        yield from verify(work)


def concluded(planned: Planned, account: Account, target: Target, station: Station) -> tuple[Record, JobEnded]:
    """Judged, certified, recorded. What fails for want of descriptors or memory is tried once more without the medium; then it doesn't say
    erased any more. Raises whatever fails again, or what failed once the record was out."""
    try:
        record = judge(planned, account, target, station)
        issued = certify(record, station)
    except Exception as error:
        account.stop_for(error, target)
        target.close()
        record = judge(planned, account, target, station)
        issued = certify(record, station)
    return record, recorded(issued, planned.order, account, station)


def guarded(order: Order) -> Target:
    """The medium of the first look, held exclusively, if it may be wiped. Raises Refused with every reason against it, or if there is
    another medium in its place; nothing was written."""
    device = alone.as_it_is_now(order.device)
    guard.refuse(order.target, device, guard.identity_reasons(device, order.confirmed, order.attached))
    target = Target(device)
    try:
        # Held, nobody can mount it any more; whoever opened it in between would still be there.
        uses = alone.uses_while_held(device, target.descriptor)
        guard.refuse(order.target, msgspec.structs.replace(device, uses=uses))
    except BaseException:
        target.close()
        raise
    return target


def plan(order: Order, station: Station) -> Planned:
    """Method and passes with fresh keys. Raises Usage, and Environment if the papers could not be written afterwards."""
    papers.check_order(order, station.home)
    device = order.device
    table = methods.table(station.home.root)
    method = methods.resolve(order.method, device.medium, table)
    chosen = table[method.id]
    foresight.check_sample(draw_places(order, device.medium, bytes(SEED_BYTES)))
    passes = methods.passes(chosen, station.entropy)
    foresight.check(order, foresight.of_passes(order, device.medium, passes))
    return Planned(order, device, method, passes, afterwards(order, device, passes[-1], station.home))


def afterwards(order: Order, device: Device, last: Pass, home: Home) -> Layout | None:
    """Can what was asked for after the last pass be done? The format is worked out before anything is written.

    Raises Refused, Environment.
    """
    if order.replug:
        replugging.check_possible(device.medium, last.content)
    return None if order.reformat is None else formatting.prepare(order.reformat, device.medium, home)


@contextmanager
def begun(planned: Planned, target: Target, station: Station) -> Iterator[Account]:
    """Take the number: from here on there will be a paper. Raises Environment if ledger or journal can't be written."""
    station.check_may_issue()
    began, attachment = station.now(), target.attachment()  # what may fail comes before the number
    started = station.ledger.start(began, planned.medium, planned.method.id, planned.order.asset_tag)
    state = State(
        started=started,
        continues=None,
        began=began,
        order=planned.order.kept(),
        medium=planned.medium,
        method=planned.method,
        passes=kept_passes(planned.passes),
        challenge=None,
        done=(),
        earlier_verifications=(),
        interruptions=(),
        health_before=None,
        pass_number=1,
        pass_started=None,
        durable=0,
        unwritable=(),
        ended=False,
        attachment=attachment,
    )
    with journal.begun(station.home.jobs, state) as (book, trouble):
        account = Account(state, book, station)
        if trouble is not None:  # nothing is written that could not be taken up again; the number gets its paper
            account.stop_for(trouble, target)
        yield account


def challenged(work: Work) -> Iterator[Event]:
    """The capacity challenge, on devices; a file has no address lines that could lie. It writes, so it comes before everything else."""
    account, station = work.account, work.station
    if work.planned.device.kind == "image" or account.challenge is not None:
        return
    account.begin("challenge")
    steps = challenge(work.target, station.entropy(SEED_BYTES))
    with closing(steps):
        while True:
            try:
                account.bytes_done = next(steps)
            except StopIteration as result:
                account.challenged(result.value)
                break
            work.control.check()
    yield work.phase_done("challenge", 0, account.bytes_done)
    yield from work.found(account.challenge, 0)


def wipe(work: Work) -> Iterator[Event]:
    """Every pass over the whole medium, unless the challenge already showed that the medium lies; where the method demands it, each is read
    back before the next begins."""
    account, planned = work.account, work.planned
    if account.challenge is not None and judgement.lies(account.challenge):
        return
    if planned.check_each:
        account.back_to_the_last_check()
    for number in range(len(account.passes) + 1, len(planned.passes) + 1):
        if planned.check_each and account.lacks_check_of(number - 1):
            yield from read_back(work, number - 1)
        each = planned.passes[number - 1]
        started, checkpoint = account.pass_began(number)
        writing = Writing(
            work.target,
            each.content,
            work.paces,
            checkpoint.durable,
            checkpoint.unwritable,
            media=work.control.media,
        )
        try:
            with closing(writing.__iter__()) as steps:
                for done in steps:
                    account.came_to(writing.checkpoint)
                    yield from work.went_on("write", number, done, planned.medium.capacity_bytes)
        finally:
            account.pass_ended(number, each, writing, started, planned.medium)
        yield work.phase_done("write", number, writing.passed - checkpoint.durable)


def replug(work: Work) -> Iterator[Event]:
    """If asked for: no cache of the medium answers for it after it was without power."""
    if work.planned.order.replug and len(work.account.passes) == len(work.planned.passes):
        yield from replugging.replugged(work)


def verify(work: Work) -> Iterator[Event]:
    """Read back what the last pass should have left."""
    if len(work.account.passes) == len(work.planned.passes):
        yield from read_back(work, len(work.planned.passes))


def read_back(work: Work, number: int) -> Iterator[Event]:
    """Compare the medium with pass `number`. The places are drawn now, after the pass, from fresh chance."""
    work.target.check_alone()
    account, planned, medium = work.account, work.planned, work.planned.medium
    places = draw_places(planned.order, medium, work.station.entropy(SEED_BYTES))
    expected, stale = planned.passes[number - 1].content, [each.content for each in planned.passes[: number - 1]]
    excused = account.unwritable_spans(number, medium.logical_sector_bytes)
    started = account.begin("verify")
    with work.target.reader() as reader:
        looking = Looking(
            reader,
            places,
            expected,
            stale=stale,
            excused=excused,
            paces=work.paces,
            media=work.control.media,
            queue=work.target.queue,
        )
        try:
            with closing(looking.__iter__()) as steps:
                for done in steps:
                    yield from work.went_on("verify", number, done, places.bytes_to_read)
        finally:
            now, gaps = work.station.now(), bool(excused)
            told = drafting.verification(places, looking.seen, number, started, now, medium, gaps=gaps)
            if number == len(planned.passes):
                account.verification = told
            else:
                account.verified_early(told)
    yield work.phase_done("verify", number, account.bytes_done)
    yield from work.found(told, number)


def draw_places(order: Order, medium: Medium, seed: bytes) -> Plan:
    """The plan that was asked for, on this medium."""
    return plans.by_name(order.plan, medium.capacity_bytes, medium.logical_sector_bytes, seed, order.size)


def same_to_the_end(target: Target, account: Account) -> None:
    """Before anything is signed: is it still the medium that was confirmed, and did nobody else write to it since it was verified?"""
    try:
        target.check_identity()
        target.check_still_alone()
    except Exception as error:  # also where it can't be told: nothing is signed as erased then
        if not account.new_interruptions:
            account.stop_for(error, target)


def judge(planned: Planned, account: Account, target: Target, station: Station) -> Record:
    """What the facts amount to."""
    after = health.ask(target.device, station) if target.is_held else None
    return drafting.draft(planned, account, after, station)


def certify(record: Record, station: Station) -> Papers[Record]:
    """Signed and drawn."""
    return papers.issue(record, station.key, Pictures(station.home.pictures), station.endorsement())


def recorded(issued: Papers[Record], order: Order, account: Account, station: Station) -> JobEnded:
    """In the ledger and on disk; what could not be kept where it belongs is kept elsewhere and said loudly."""
    account.issued(issued.json)
    kept = papers.entered_and_kept(issued, account.entry, order.out, station)
    if kept.settled:
        account.close()
    warnings = kept.warnings if account.warning is None else (*kept.warnings, account.warning)
    return ended(kept, order.target, warnings, resumable=account.resumable and account.warning is None)


def ended(kept: Recorded[Record], target: str, warnings: tuple[str, ...], *, resumable: bool) -> JobEnded:
    """How the job's end is told."""
    record = kept.record
    if kept.entered and not kept.at_home:
        warnings = (*warnings, text("papers.home_later", number=record.number))
    code = judgement.exit_code(record.outcome, record.interruptions)
    return JobEnded(
        target=target,
        number=record.number,
        outcome=record.outcome,
        exit_code=code if code or not warnings else 1,
        digest=kept.issued.digest,
        files=tuple(str(file) for file in kept.files),
        verdicts=record.verdicts,
        warnings=warnings,
        proves=meaning.of_record(record),
        resumable=kept.settled and resumable,
    )
