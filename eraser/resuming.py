"""Taking up an interrupted job: find its medium, prove by reading that it is the one, and go on where it was left."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from certificates.errors import Refused
from certificates.record import Interruption, Medium
from eraser import devices, drafting, job, journal, methods, papers
from eraser.account import Account
from eraser.control import Control
from eraser.devices import Device
from eraser.events import Event
from eraser.journal import Journal, KeptPass, State
from eraser.methods import Pass
from eraser.order import Order, Planned
from eraser.station import Station
from verifier.content import Content, Keyed, Repeated
from verifier.findings import content_at
from verifier.pipeline import Span
from verifier.plans import draw
from verifier.reading import Reader

# What stays the same when a medium is plugged in again, perhaps elsewhere.
_LASTING = ("kind", "vendor", "model", "serial", "wwn", "bus", "capacity_bytes", "logical_sector_bytes")
REREAD_BYTES = 16 << 20
REREAD_PLACES = 32
PLACE_BYTES = 64 << 10


def resume(number: str, station: Station, control: Control) -> Iterator[Event]:
    """Go on with job `number`. Raises Refused if its medium isn't there, isn't the one, or if another process works on it."""
    with journal.held(station.home.jobs, number) as book:
        state = journal.read(book.path)
        station.clock.not_before(_latest(state))
        device = find(state)
        order = _order(state, device, station)
        with job.guarded(device, order) as target:
            planned = _planned(state, order, device)
            papers.check_ready(order.out, station.home, order.names)
            with _taken_up(state, book, station) as account:
                yield from job.carry_out(planned, target, account, station, control)


def find(state: State) -> Device:
    """The one medium that is the job's: by identity, and by content where any was written. Raises Refused."""
    if state.order.is_image:
        candidates = [devices.image(state.medium.path or state.order.target)]
    else:
        candidates = [device for device in devices.attached() if device.kind == "disk"]
    same = [device for device in candidates if _is_like(device.medium, state.medium)]
    right = [device for device in same if _is_known(device.medium, state) and holds_what_was_written(device, state)]
    if len(right) == 1:
        return right[0]
    nodes = ", ".join(device.medium.node for device in (right or same)) or "-"
    key = "resume.ambiguous" if right else ("resume.other_content" if same else "resume.not_attached")
    named = state.medium.serial or state.medium.wwn or state.medium.node
    raise Refused(key, number=state.started.number, medium=named, nodes=nodes)


def _is_like(now: Medium, then: Medium) -> bool:
    return all(getattr(now, field) == getattr(then, field) for field in _LASTING)


def _is_known(now: Medium, state: State) -> bool:
    """A medium without a number of its own is known by its attachment, or by keyed content that only this job can have written."""
    if now.kind == "image-file" or now.serial or now.wwn:
        return True
    if now.diskseq is not None and now.diskseq == state.medium.diskseq:
        return True
    under_way = state.passes[state.pass_number - 1] if state.pass_number <= len(state.passes) else None
    before = state.passes[state.pass_number - 2] if state.pass_number > 1 else None
    kept = (under_way if state.durable else None) or before
    return kept is not None and kept.key is not None


def holds_what_was_written(device: Device, state: State) -> bool:
    """Re-reads what was written just before the break, and places all over what this and the last pass left."""
    path = Path(device.medium.path or "") if device.kind == "image" else Path(device.medium.node)
    try:
        with Reader(path) as reader:
            return all(
                _holds(reader, span, content, [Span(run.offset, run.length) for run in state.unwritable])
                for span, content in _to_reread(state, reader)
            )
    except OSError:
        return False


def _to_reread(state: State, reader: Reader) -> Iterator[tuple[Span, Content]]:
    seed, sector = secrets.token_bytes(32), reader.sector_bytes
    if state.pass_number <= len(state.passes):
        content = content_of(state.passes[state.pass_number - 1])
        first = max(0, state.durable - REREAD_BYTES)
        for offset in range(first, state.durable, PLACE_BYTES):
            yield Span(offset, min(PLACE_BYTES, state.durable - offset)), content
        for place in _places(seed, 0, first, sector):
            yield place, content
    if state.pass_number > 1:
        left = content_of(state.passes[state.pass_number - 2])
        # A pass under way may have written more than it could vouch for, so the last one is only sought when it is complete.
        if state.pass_number > len(state.passes) or not state.pass_started:
            for place in _places(seed, 0, reader.size, sector):
                yield place, left


def _places(seed: bytes, start: int, end: int, sector: int) -> Iterator[Span]:
    sectors = (end - start) // sector
    for index in range(REREAD_PLACES if sectors > 0 else 0):
        offset = start + draw(seed, index, sectors) * sector
        yield Span(offset, min(PLACE_BYTES, end - offset))


def _holds(reader: Reader, span: Span, content: Content, excused: list[Span]) -> bool:
    if any(bad.offset < span.offset + span.length and span.offset < bad.offset + bad.length for bad in excused):
        return True
    return reader.read(span.offset, span.length) == content_at(content, span.offset, span.length)


def content_of(kept: KeptPass) -> Content:
    """The content of a kept pass."""
    if kept.key is not None:
        return Keyed(bytes.fromhex(kept.key))
    return Repeated(bytes.fromhex(kept.content.pattern or ""))


def _order(state: State, device: Device, station: Station) -> Order:
    kept = state.order
    return Order(
        target=kept.target if kept.is_image else device.medium.node,
        is_image=kept.is_image,
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
    )


def _planned(state: State, order: Order, device: Device) -> Planned:
    passes = tuple(
        Pass(content_of(kept), kept.content, None if kept.key is None else bytes.fromhex(kept.key))
        for kept in state.passes
    )
    known = methods.built_in().get(state.method.id)
    return Planned(order, device, state.method, passes, known is not None and known.check == "each")


@contextmanager
def _taken_up(state: State, book: Journal, station: Station) -> Iterator[Account]:
    """The account of a job that goes on: under its own number if that is still open, else under a new one that names the old."""
    if not state.ended:
        state = msgspec.structs.replace(state, interruptions=(*state.interruptions, lost(state, station)))
        book.save(state)
        yield Account(state, book, station)
        return
    started = station.ledger.start(station.now(), state.medium, state.method.id)
    state = msgspec.structs.replace(state, started=started, continues=state.started.number, ended=False)
    with journal.held(station.home.jobs, started.number) as new:
        new.save(state)
        book.remove()
        yield Account(state, new, station)


def _latest(state: State) -> str:
    """The last time that the job noted."""
    told = [state.began, *(each.ended for each in state.done), *(each.at for each in state.interruptions)]
    return max((*told, state.pass_started or state.began), key=datetime.fromisoformat)


def lost(state: State, station: Station) -> Interruption:
    """How the record tells that the process ended without a word (SIGKILL, power loss)."""
    all_written = state.pass_number > len(state.passes)
    return Interruption(station.now(), "verify" if all_written else "write", "process-lost", "", state.durable)


def close(number: str, station: Station) -> Iterator[Event]:
    """Give a job up: one that never ended gets its record (NOT ERASED); the journal goes, and its keys with it."""
    with journal.held(station.home.jobs, number) as book:
        state = journal.read(book.path)
        if state.ended:
            book.remove()
            return
        station.clock.not_before(_latest(state))
        told = (lost(state, station), Interruption(station.now(), "write", "given-up", "", state.durable))
        state = msgspec.structs.replace(state, interruptions=(*state.interruptions, *told))
        account = Account(state, book, station)
        device = Device(state.medium, 0, "image" if state.order.is_image else "disk", False, ())
        order = _order(state, device, station)
        record = drafting.draft(_planned(state, order, device), account, None, station)
        yield job.recorded(job.certify(record, station), order, account, station)
