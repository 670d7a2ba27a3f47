"""`eraser inspect`: what would a recovery tool find on this medium? Reads only; leaves a signed record if it is asked to."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from certificates import language
from certificates.errors import Environment
from certificates.inspection import InspectionRecord
from eraser import block_map, inspecting, journal, rows, station
from eraser.commands.common import command as make_command
from eraser.commands.common import (
    emit,
    human_bytes,
    json_option,
    option,
    people_of,
    people_options,
    said,
    shown,
    station_home,
    tag_option,
    tell,
    warn_of_no_issuer,
)
from eraser.commands.stopping import stopping
from eraser.control import Control
from eraser.inspecting import Asked, Look
from eraser.papers import Recorded
from verifier.carving import kinds
from verifier.inspection import Inspection
from verifier.reading import Reader

_PIPE_COLUMNS = 80


@make_command("inspect")
@click.argument("target", type=click.Path(path_type=Path))
@option("--record", "record", is_flag=True, default=False)
@people_options
@tag_option
@json_option
def command(target: Path, record: bool, json: bool, **asked: Any) -> int:
    quiet = json or not sys.stderr.isatty()
    # Whoever says for whom, or where to put it, wants the paper; what the configuration says asks for nothing.
    source = click.get_current_context().get_parameter_source
    wanted = record or any(source(name) is ParameterSource.COMMANDLINE for name in asked)
    control = Control()
    with stopping(control, told="inspect.stopping"):
        if wanted:
            look, recorded = _recorded(target, asked, station.open_station(station_home()), control, quiet=quiet)
        else:
            with inspecting.opened(target) as reader:
                look, recorded = _looked(reader, target, control, quiet=quiet), None
    if json:
        emit(row(target, look, recorded))
    else:
        tell(as_text(target, look.seen))
    _tell_of(target, look, recorded, json=json)
    return look.exit_code or (1 if recorded and recorded.warnings else 0)


def looked_at(target: Path, *, quiet: bool) -> Inspection:
    """The inspection of a device or image file. Raises Environment if it can't be opened or goes away."""
    control = Control()
    with stopping(control, told="inspect.stopping"), inspecting.opened(target) as reader:
        look = _looked(reader, target, control, quiet=quiet)
    if look.stopped is not None:
        raise Environment("inspect.failed", target=target, detail=said(f"interruption.{look.stopped.cause}"))
    return look.seen


def _looked(reader: Reader, target: Path, control: Control, *, quiet: bool) -> Look:
    from tqdm import tqdm

    ended: list[Look] = []
    with tqdm(total=reader.size, unit="B", unit_scale=True, disable=quiet) as bar:
        for done in inspecting.look(reader, target, control, ended):
            control.is_at(str(target), "inspect", done, reader.size)
            bar.update(done - bar.n)
    return ended[0]


def _recorded(
    target: Path, asked: dict[str, Any], opened: station.Station, control: Control, *, quiet: bool
) -> tuple[Look, Recorded[InspectionRecord]]:
    """Once the number is taken, a record follows, also if it is stopped before the first byte."""
    wanted = Asked(
        people=people_of(asked),
        languages=("ja", "en") if asked["paper"] == "both" else (asked["paper"],),
        out=(asked["out"] or opened.home.certificates).absolute(),
        asset_tag=asked["asset_tag"],
        reason=asked["reason"],
    )
    warn_of_no_issuer(wanted.people, opened.home)
    device = inspecting.identify(target)
    with inspecting.opened(target, device) as reader:
        entry = inspecting.begin(device, wanted, opened)
        with journal.at_work(opened.home.jobs, entry.number):
            look = _looked(reader, target, control, quiet=quiet)
            return look, inspecting.record(look, device, wanted, entry, opened)


def row(target: Path, look: Look, recorded: Recorded[InspectionRecord] | None) -> rows.Inspected:
    """The result for machines."""
    seen = {name: getattr(look.seen, name) for name in look.seen.__struct_fields__}
    return rows.Inspected(
        target=str(target),
        **seen,
        stopped=look.stopped.cause if look.stopped else None,
        number=recorded.record.number if recorded else None,
        papers=tuple(str(file) for file in recorded.files) if recorded else (),
    )


def _tell_of(target: Path, look: Look, recorded: Recorded[InspectionRecord] | None, *, json: bool) -> None:
    """What went wrong, and where the record is."""
    if look.stopped is not None:
        left = human_bytes(look.seen.bytes_not_reached)
        cause = said(f"interruption.{look.stopped.cause}")
        tell(said("inspect.stopped", target=shown(target), cause=cause, left=left), json=json)
    if recorded is not None:
        number, outcome = recorded.record.number, said(f"outcome.{recorded.record.outcome}")
        tell(said("say.ended", target=shown(target), outcome=outcome, number=number), json=json)
        for line in (*(said("say.file", file=file) for file in recorded.files), *recorded.warnings):
            tell(line, json=json)


def as_text(target: Path, seen: Inspection) -> str:
    """The result for people: first the answer, then what it rests on."""
    answer = "inspect.answer.some" if seen.recoverable else "inspect.answer.none"
    out = [said(answer, target=shown(target), n=seen.recoverable)]
    known = kinds()
    for kind, count in sorted(seen.counts.items()):
        name = known[kind].ja if language.in_force() == "ja" else known[kind].en
        out.append("  " + said("inspect.kind", count=count, kind=kind, name=name))
    for encoding, count in sorted(seen.texts.items()):
        out.append("  " + said("inspect.text", count=count, encoding=encoding))
    for structure in seen.layout.structures:
        out.append("  " + said("inspect.structure", name=structure.name, offset=structure.offset))
    out.append(said("inspect.read", read=human_bytes(seen.bytes_read), unreadable=human_bytes(seen.unreadable_bytes)))
    for gap in seen.unreadable[:10]:
        out.append("  " + said("inspect.gap", offset=gap.offset, length=gap.length))
    if seen.unreadable_places > 10:
        out.append("  " + said("inspect.gaps", count=seen.unreadable_places))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_COLUMNS
    out += block_map.lines(seen.map, width, [human_bytes(cell.offset) for cell in seen.map])
    out.append(said("inspect.legend", cell=human_bytes(seen.map[0].length)))
    return "\n".join(out)
