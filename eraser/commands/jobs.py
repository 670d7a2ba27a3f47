"""`eraser jobs`: what is under way, what can be resumed, and what never ended."""

from __future__ import annotations

import msgspec

from certificates.ledger import Opening, entries
from certificates.ledger.words import named
from eraser import closing, journal, methods, progress, rows, station
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, json_option, option, said, shown, station_home, tell
from eraser.events import JobEnded
from eraser.home import Home
from eraser.journal import State


@make_command("jobs")
@option("--close", "close", metavar="JOB")
@json_option
def command(close: str | None, json: bool) -> int:
    here = station_home()
    if close is not None:
        return _close(close, here, json=json)
    states = list(journal.all_in(here.jobs))
    for state in states:
        _show(state, here, json=json)
    known = {state.started.number for state in states}
    others = [entry for entry in closing.unended(here) if entry.number not in known]
    for entry in others:
        _show_other(entry, here, json=json)
    if not states and not others and not json:
        tell(said("jobs.none"))
    return 0


def _close(number: str, here: Home, *, json: bool) -> int:
    opened = station.open_station(here)
    with progress.shown(json=json) as show:
        for event in closing.close(number, opened):
            show(event)
            if isinstance(event, JobEnded) and event.warnings:
                return 1
    if not json:
        tell(said("jobs.closed", number=number))
    return 0


def _show(state: State, here: Home, *, json: bool) -> None:
    running = journal.is_running(here.jobs, state.started.number)
    row = rows.Job(
        state="running" if running else ("interrupted" if state.ended else "lost"),
        number=state.started.number,
        medium=state.medium.serial or state.medium.node,
        method=state.method.id,
        pass_number=min(state.pass_number, len(state.passes)),
        passes=len(state.passes),
        percent=state.durable * 100 // state.medium.capacity_bytes,
    )
    if json:
        emit(row)
    else:
        told = {"state": said(f"jobs.{row.state}"), "method": named(row.method, methods.names(here.root))}
        tell(said("jobs.row", **(msgspec.structs.asdict(row) | told)))


def _show_other(entry: Opening, here: Home, *, json: bool) -> None:
    """A number without a journal: a check or an inspection, or what was lost before it could have one."""
    running = journal.is_running(here.jobs, entry.number)
    medium = getattr(entry, "medium", None)
    row = rows.Open(
        entry.number, entry.at, None if medium is None else medium.node, kind=entries.kind(entry), running=running
    )
    if json:
        emit(row)
        return
    which = "-" if medium is None else medium.serial or medium.node
    state = said("jobs.running" if running else "jobs.never_ended", number=entry.number)
    tell(
        said(
            "jobs.open",
            number=entry.number,
            at=entry.at,
            medium=shown(which),
            kind=said(f"ledger.kind.{row.kind}"),
            state=state,
        )
    )
