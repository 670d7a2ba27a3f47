"""Ending what never ended: a job that is given up, a check whose process was killed, a number that led to nothing."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from certificates import station_key
from certificates.errors import Usage
from certificates.ledger import Abandoned, Ledger, Opening, checking
from certificates.ledger.entries import station_of
from certificates.numbering import is_given_by, station_of_key
from certificates.record import Interruption
from eraser import drafting, job, journal, papers, resuming
from eraser.account import Account
from eraser.devices import Device
from eraser.events import Event, GivenUp
from eraser.home import Home
from eraser.journal import Journal
from eraser.station import Station


def close(number: str, station: Station) -> Iterator[Event]:
    """Give `number` up. Whatever paper can be issued is issued, or entered if it was; else the ledger says that there will be none.

    Raises Usage if nothing of this station is open under it, Refused if a process works on it, Environment.
    """
    if (station.home.jobs / f"{number}.json").is_file():
        with journal.held(station.home.jobs, number) as book:
            yield from _close_job(book, station)
        return
    opened = next((entry for entry in unended(station.home) if entry.number == number), None)
    if opened is None:
        raise Usage("jobs.not_open", number=number)
    with journal.at_work(station.home.jobs, number):
        if not papers.entered_late(opened, station):
            yield _abandoned(opened, station)


def unended(home: Home) -> Iterator[Opening]:
    """What took a number here and has not ended; what runs now is among it. On a server, other stations' numbers are none of ours."""
    own = station_key.public_half(home.key) if home.server else None
    mine = station_of_key(station_key.key_id_of(own)) if own else None
    for entry, ending in Ledger(home.ledger, "").stories(checking.pass_over):
        if isinstance(entry, Opening) and ending is None and mine in (None, station_of(entry.number)):
            yield entry


def _abandoned(opened: Opening, station: Station) -> GivenUp:
    """Say in the ledger that there will be no paper under this number; not before it was taken, even if the clock was set back since."""
    station.clock.not_before(opened.at)
    station.ledger.append(
        lambda place: Abandoned(seq=place.seq, at=station.now(), job=opened.job, number=opened.number), closes=opened
    )
    return GivenUp(opened.number, opened.number)


def _close_job(book: Journal, station: Station) -> Iterator[Event]:
    """One that never ended gets its record (NOT ERASED); the journal goes, and its keys with it."""
    state = journal.read(book.path)
    if state.issued is not None and not state.ended and is_given_by(state.started.number, station.key.key_id):
        ended = resuming.completed(state, state.issued, book, station)
        yield ended
        if ended.resumable:
            book.remove()
        return
    if resuming.has_record(state, station):
        book.remove()
        return
    if state.signed:
        raise Usage("jobs.signed", number=state.started.number, folder=station.home.certificates)
    if not is_given_by(state.started.number, station.key.key_id):
        # The key is gone that could sign a paper of this number.
        yield _abandoned(state.started, station)
        book.remove()
        return
    state, since = resuming.in_time(state, station), station.now()
    given_up = Interruption(station.now(), "write", "given-up", "", state.durable)
    told = (*state.interruptions, resuming.lost(state, station), given_up)
    state = msgspec.structs.replace(state, interruptions=told)
    account = Account(state, book, station, since)
    device = Device(state.medium, 0, "image" if state.order.is_image else "disk", False, ())
    order = resuming.order_of(state, device, station)
    record = drafting.draft(resuming.planned_again(state, order, device), account, None, station)
    yield job.recorded(job.certify(record, station), order, account, station)
