"""`eraser resume`: go on with an interrupted job."""

from __future__ import annotations

import click

from certificates.errors import Usage
from eraser import fleet, journal, progress, resuming, station
from eraser.commands.common import command as make_command
from eraser.commands.common import json_option, pace_options, station_home
from eraser.commands.stopping import stopping
from eraser.control import Control
from eraser.events import Event


@make_command("resume")
@click.argument("job", required=False, metavar="[JOB]")
@pace_options
@json_option
def command(job: str | None, json: bool, rate: int | None, total_rate: int | None, max_temperature: int | None) -> int:
    here = station_home()
    waiting = [
        state.started.number
        for state in journal.all_in(here.jobs)
        if not journal.is_running(here.jobs, state.started.number)
    ]
    if not waiting:
        raise Usage("resume.nothing")
    chosen = [number for number in waiting if job in (None, number)]
    if len(chosen) != 1:
        raise Usage("resume.which", numbers=", ".join(waiting))
    opened = station.open_station(here)
    control = Control(rate, total_rate, max_temperature)
    ended: list[Event] = []
    with stopping(control), progress.shown(json=json) as show:
        for event in fleet.run_each({chosen[0]: resuming.resume(chosen[0], opened, control)}):
            ended.append(event)
            show(event)
    return fleet.worst(fleet.codes_of(ended))
