"""The last step of a job, if it was asked for: the medium gets an empty file system, now that its certificate is issued."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from certificates import language
from certificates.errors import Problem
from certificates.ledger import Reformatted
from certificates.record import Record
from eraser import formatting
from eraser.events import Event, Formatted, JobEnded
from eraser.formatting import FormatFailed, Layout
from eraser.station import Station
from eraser.target import Target
from eraser.troubles import in_words
from verifier.crew import Stalled, in_background


def made_ready(
    layout: Layout | None, target: Target, record: Record, ended: JobEnded, station: Station
) -> Iterator[Event]:
    """Ends with `ended`. A format that failed changes nothing of the erasure, but it is told, entered into the ledger, and exits with 1."""
    if layout is None:
        yield ended
        return
    trouble, warnings = _written(layout, target, record, ended), ended.warnings
    told = Formatted(ended.target, ended.number, layout.record.file_system, trouble is None, trouble or "")
    try:
        station.ledger.append(
            lambda place: Reformatted(
                seq=place.seq, at=station.now(), number=told.number, file_system=told.file_system, ok=told.ok
            )
        )
    except Problem as problem:
        warnings = (*warnings, problem.message())
    yield told
    failed = not told.ok or len(warnings) > len(ended.warnings)
    yield msgspec.structs.replace(ended, warnings=warnings, exit_code=ended.exit_code or int(failed))


def _written(layout: Layout, target: Target, record: Record, ended: JobEnded) -> str | None:
    """Write it, unless the record doesn't promise it; returns what went wrong. A medium that hangs is given up."""
    if record.reformat is None:
        return language.text("format.not_erased")
    if not ended.files:
        return language.text("format.no_papers")
    try:
        for _ in in_background(lambda: formatting.carry_out(layout, target)):
            pass
    except (FormatFailed, Stalled) as error:
        return str(error)
    except Exception as error:  # the erasure stands; that its format failed is told
        return in_words(error)
    return None
