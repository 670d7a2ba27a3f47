"""Taking up an interrupted job: find its medium, prove by reading that it is the one, and go on where it was left."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from certificates import canonical
from certificates.errors import Refused
from certificates.numbering import is_given_by
from certificates.record import ClockJump, Interruption, Record
from eraser import devices, job, journal, papers
from eraser.account import Account, latest
from eraser.challenge import places as challenge_places
from eraser.clock import MOST_JUMPS, by, moved
from eraser.control import Control
from eraser.devices import Device, attachment
from eraser.events import Event, JobEnded
from eraser.journal import Issued, Journal, KeptPass, State
from eraser.methods import Pass
from eraser.order import Order, Planned
from eraser.station import Station
from verifier.content import Content, Keyed, Repeated
from verifier.crew import Span
from verifier.findings import content_at
from verifier.plans import draw
from verifier.reading import Reader

REREAD_BYTES = 16 << 20
END_BYTES = 1 << 20
REREAD_PLACES = 64
PLACE_BYTES = 64 << 10


def resume(number: str, station: Station, control: Control) -> Iterator[Event]:
    """Go on with job `number`. Raises Refused if its medium isn't there, isn't the one, or if another process works on it."""
    with journal.held(station.home.jobs, number) as book:
        state = journal.read(book.path)
        if state.issued is not None and not state.ended:
            told = completed(state, state.issued, book, station)
            if told.warnings or not state.issued.resumable:
                yield told
                return
            state = journal.read(book.path)
        state = in_time(state, station)
        has_record(state, station)
        device = find(state)
        order = order_of(state, device, station)
        with job.guarded(order) as target:
            planned = planned_again(state, order, device)
            planned = msgspec.structs.replace(
                planned, layout=job.afterwards(order, device, planned.passes[-1], station.home)
            )
            papers.check_order(order, station.home)
            with _taken_up(state, book, station) as account:
                yield from job.carry_out(planned, target, account, station, control)


def find(state: State) -> Device:
    """The one medium that is the job's: by identity, and by what this job wrote to it. Raises Refused."""
    if state.order.is_image:
        candidates = [devices.image(state.medium.path or state.order.target)]
    else:
        candidates = [device for device in devices.attached() if device.kind == "disk"]
    same = [device for device in candidates if devices.is_like(device.medium, state.medium)]
    right = [device for device in same if is_the_one(device, state)]
    if len(right) == 1:
        return right[0]
    nodes = ", ".join(device.medium.node for device in (right or same)) or "-"
    key = "resume.ambiguous" if right else ("resume.other_content" if same else "resume.not_attached")
    named = state.medium.serial or state.medium.wwn or state.medium.node
    raise Refused(key, number=state.started.number, medium=named, nodes=nodes)


def is_the_one(device: Device, state: State) -> bool:
    """Everything that is re-read is as the job left it; and either that was a keyed stream, which only this job can have written,
    or the medium never left. A serial alone doesn't do: the job may have written nothing yet, and serials have twins."""
    path = Path(device.medium.path or "") if device.kind == "image" else Path(device.medium.node)
    try:
        with Reader(path) as reader:
            now = attachment(reader.descriptor)
            if now != device.attachment:
                return False
            never_left = now[-1] != "" and now == state.attachment
            proven = 0
            for place in places_to_reread(state, reader.size, reader.sector_bytes):
                held = _holds(reader, place, state)
                if held is False:
                    return False
                proven += held is True and all(isinstance(content, Keyed) for content in place.contents)
    except OSError:
        return False
    return never_left or proven > 0


class Place(NamedTuple):
    """Somewhere to re-read. Each sector there holds one of `contents`: what the pass under way writes, or what it found."""

    span: Span
    contents: tuple[Content, ...]


def places_to_reread(state: State, size: int, sector: int) -> Iterator[Place]:
    """What was written just before the break, both ends of the medium, the powers of two, and drawn places: a medium that was
    formatted meanwhile differs at its ends."""
    under_way = content_of(state.passes[state.pass_number - 1]) if state.pass_number <= len(state.passes) else None
    before = content_of(state.passes[state.pass_number - 2]) if state.pass_number > 1 else None
    durable = state.durable if under_way is not None else size
    kept = tuple(content for content in (under_way, before) if content is not None)
    for span in _spans(durable, size, sector):
        below = Span(span.offset, max(0, min(span.length, durable - span.offset)))
        above = Span(span.offset + below.length, span.length - below.length)
        if below.length:
            yield Place(below, kept[:1])
        if above.length and before is not None:
            yield Place(above, kept)
    if before is None and under_way is not None and state.challenge is not None:
        seed = bytes.fromhex(state.challenge.seed)
        wrong = {finding.lbas.first * sector for finding in state.challenge.wrong}
        for offset in challenge_places(size, state.challenge.place_bytes, seed):
            if offset >= durable and offset not in wrong:
                yield Place(Span(offset, state.challenge.place_bytes), (under_way, Keyed(seed)))


def _spans(durable: int, size: int, sector: int) -> Iterator[Span]:
    seed, sectors = secrets.token_bytes(32), size // sector
    starts = {*range(max(0, durable - REREAD_BYTES) // sector * sector, durable, PLACE_BYTES)}
    starts |= {*range(0, min(END_BYTES, size), PLACE_BYTES)}
    starts |= {*range(max(0, size - END_BYTES) // sector * sector, size, PLACE_BYTES)}
    starts |= {1 << bit for bit in range(sector.bit_length() - 1, size.bit_length()) if 1 << bit < size}
    starts |= {draw(seed, index, sectors) * sector for index in range(REREAD_PLACES) if sectors}
    for start in sorted(starts):
        yield Span(start, min(PLACE_BYTES, size - start))


def _holds(reader: Reader, place: Place, state: State) -> bool | None:
    """Does each sector hold one of the contents? None for a place that holds sectors known as bad, which says nothing."""
    span, sector = place.span, reader.sector_bytes
    bad = [(run.offset, run.length) for run in state.unwritable]
    bad += [(r.first * sector, (r.last - r.first + 1) * sector) for done in state.done for r in done.unwritable]
    if any(offset < span.offset + span.length and span.offset < offset + length for offset, length in bad):
        return None
    seen = reader.read(span.offset, span.length)
    expected = [content_at(content, span.offset, span.length) for content in place.contents]
    return all(
        any(seen[at : at + sector] == content[at : at + sector] for content in expected)
        for at in range(0, span.length, sector)
    )


def content_of(kept: KeptPass) -> Content:
    """The content of a kept pass."""
    if kept.key is not None:
        return Keyed(bytes.fromhex(kept.key))
    return Repeated(bytes.fromhex(kept.content.pattern or ""))


def order_of(state: State, device: Device, station: Station) -> Order:
    """What was asked for when the job began, for its medium where it is now."""
    kept = state.order
    return Order(
        target=kept.target if kept.is_image else device.medium.node,
        device=device,
        method=kept.method,
        plan=kept.plan,
        # The owner's word was given for this identity when the job began.
        confirmed=frozenset({device.precise}),
        attached=(),
        languages=tuple("ja" if language == "ja" else "en" for language in kept.languages),
        out=Path(kept.out),
        people=kept.people,
        asset_tag=kept.asset_tag,
        reason=kept.reason,
        evidence=kept.evidence,
        replug=kept.replug,
        reformat=kept.reformat,
        handling=kept.handling,
        issuer=kept.issuer,
        policies=kept.policies,
        data_class=kept.data_class,
        size=kept.size,
    )


def planned_again(state: State, order: Order, device: Device) -> Planned:
    """The job with the passes and keys that it began with."""
    passes = tuple(
        Pass(content_of(kept), kept.content, None if kept.key is None else bytes.fromhex(kept.key))
        for kept in state.passes
    )
    return Planned(order, device, state.method, passes)


@contextmanager
def _taken_up(state: State, book: Journal, station: Station) -> Iterator[Account]:
    """The account of a job that goes on: under its own number if that is still open, else under a new one that names the old."""
    station.check_key()
    since = station.now()
    if not has_ended(state, station) and not state.signed:
        check_number(state, station)
        state = msgspec.structs.replace(state, interruptions=(*state.interruptions, lost(state, station)))
        book.save(state)
        yield Account(state, book, station, since)
        return
    station.check_ledger()
    before = state.started.number
    started = station.ledger.start(station.now(), state.medium, state.method.id, state.order.asset_tag, before)
    state = msgspec.structs.replace(state, started=started, continues=before, ended=False, issued=None, signed=False)
    with journal.held(station.home.jobs, started.number) as new:
        new.save(state)
        book.remove()
        yield Account(state, new, station, since)


def completed(state: State, issued: Issued, book: Journal, station: Station) -> JobEnded:
    """The end of a job whose record was signed, but whose process was lost before every copy was where it belongs: that very record, in
    all its places. Raises Refused if the station's key is another one now."""
    check_number(state, station)
    record = canonical.decode(issued.record.encode(), Record)
    signed = papers.as_kept(job.certify(record, station), station.home)
    kept = papers.entered_and_kept(signed, state.started, Path(state.order.out), station)
    if kept.settled and issued.resumable:
        book.save(msgspec.structs.replace(state, ended=True))
    elif kept.settled:
        book.remove()
    return job.ended(kept, state.order.target, kept.warnings, resumable=issued.resumable)


def in_time(state: State, station: Station) -> State:
    """The job's times so far moved back, durations and all, if the machine's clock was set back since: it can't have been later then."""
    now = station.now()
    back = datetime.fromisoformat(now) - datetime.fromisoformat(latest(state))
    if back >= timedelta():
        return state
    jump = ClockJump(now, round(back.total_seconds()))
    state = moved(state, by(back))
    return msgspec.structs.replace(state, clock_jumps=(*state.clock_jumps, jump)[-MOST_JUMPS:])


def has_ended(state: State, station: Station) -> bool:
    """Whether the job has its record; the ledger's word counts where the journal could not be written to the end."""
    number = state.started.number
    return state.ended or station.ledger.ending(number) is not None


def has_record(state: State, station: Station) -> bool:
    """The same; an end that the ledger couldn't take when the record was issued is entered first. Raises Environment."""
    return has_ended(state, station) or papers.entered_late(state.started, station)


def check_number(state: State, station: Station) -> None:
    """A paper's number is one of the key's that signs it. Raises Refused for a job that began under another key."""
    if not is_given_by(state.started.number, station.key.key_id):
        raise Refused("resume.other_key", number=state.started.number)


def lost(state: State, station: Station) -> Interruption:
    """How the record tells that the process ended without a word (SIGKILL, power loss)."""
    all_written = state.pass_number > len(state.passes)
    return Interruption(station.now(), "verify" if all_written else "write", "process-lost", "", state.durable)
