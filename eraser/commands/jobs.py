"""`eraser jobs`: what is under way, what can be resumed, and what never ended."""

from __future__ import annotations

import msgspec

from certificates import station_key
from certificates.ledger import Ledger, Started
from certificates.ledger.entries import station_of
from eraser import home, journal, progress, resuming, rows, station
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, json_option, option, said, tell
from eraser.events import JobEnded
from eraser.home import Home
from eraser.journal import State


@make_command("jobs")
@option("--close", "close", metavar="JOB")
@json_option
def command(close: str | None, json: bool) -> int:
    here = home.here()
    if close is not None:
        opened = station.open_station(here)
        with progress.shown(json=json) as show:
            for event in resuming.close(close, opened):
                show(event)
                if isinstance(event, JobEnded) and event.warnings:
                    return 1
        if not json:
            tell(said("jobs.closed", number=close))
        return 0
    states = list(journal.all_in(here.jobs))
    for state in states:
        _show(state, here, json=json)
    lost = [entry for entry in _open_entries(here) if entry.number not in {state.started.number for state in states}]
    for entry in lost:
        if json:
            emit(rows.Open(entry.number, entry.at, entry.medium.node))
        else:
            tell(said("jobs.open", number=entry.number, at=entry.at, medium=entry.medium.serial or entry.medium.node))
    if not states and not lost and not json:
        tell(said("jobs.none"))
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
        tell(said("jobs.row", **(msgspec.structs.asdict(row) | {"state": said(f"jobs.{row.state}")})))


def _open_entries(here: Home) -> list[Started]:
    """On a server, other stations' jobs under way are none of ours."""
    own = station_key.public_half(here.key) if here.server else None
    mine = station_key.key_id_of(own)[:8].upper() if own else None
    stories = Ledger(here.ledger, "").stories()
    started = [first for first, closing in stories if isinstance(first, Started) and closing is None]
    return [entry for entry in started if mine in (None, station_of(entry.number))]
