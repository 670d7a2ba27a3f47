"""`eraser ledger report`: a period of the ledger, for the regular audit."""

from __future__ import annotations

import os
from datetime import date, datetime, time, timedelta
from pathlib import Path

import click
import msgspec

from certificates import period_report
from certificates.errors import LedgerInconsistent, Usage
from certificates.ledger import Opening, merkle
from certificates.ledger.entries import station_of
from certificates.period import Period, of, started
from certificates.period_report import Heading
from certificates.values import when
from eraser import __version__, ledger_rows, methods, proofs, trust
from eraser.commands.common import (
    Command,
    emit,
    json_option,
    lang_option,
    option,
    said,
    shown,
    station_home,
    tell,
    walled_off,
)


@click.command("report", cls=Command, help=said("help.ledger_report.text"))
@lang_option
@option("--from", "report.from", metavar="DAY", required=True)
@option("--to", "report.to", metavar="DAY", required=True)
@option("--csv", "csv", type=click.Path(path_type=Path, dir_okay=False))
@option("--pdf", "pdf", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def command(json: bool, csv: Path | None, pdf: Path | None, **days: str) -> int:
    first, last = _day(days["from"]), _day(days["to"])
    if last < first:
        raise Usage("usage.period", first=first, last=last)
    here = station_home()
    book, papers = proofs.verified(here), proofs.own(here, trust.here(here))
    entries = book.entries
    with proofs.ledger(here).store.reading() as tables:
        period = of(
            entries,
            _midnight(first),
            _midnight(last + timedelta(days=1)),
            lambda size: merkle.head(size, tables.node),
            papers.facts,
            papers.checks,
        )
    stations = {station_of(entry.number) for entry in entries if isinstance(entry, Opening)}
    heading = Heading(
        str(first),
        str(last),
        proofs.now(),
        f"eraser {__version__}",
        ", ".join(sorted(stations)) or "-",
        os.uname().nodename,
    )
    if csv is not None:
        proofs.write_new(csv, period_report.as_csv(period, methods.names(here.root)))
    if pdf is not None:
        proofs.write_new(pdf, period_report.as_page(period, heading))
    _show(period, heading, json=json)
    walled_off(book.walled)
    return LedgerInconsistent.exit_code if book.walled else 0


def _show(period: Period, heading: Heading, *, json: bool) -> None:
    if json:
        emit(
            ledger_rows.PeriodRow(
                first=heading.first,
                last=heading.last,
                entries=len(period.entries),
                jobs=started(period),
                counts=period.counts,
                open_items=period.open_items,
                strays=period.strays,
                at_once=tuple((each.fact.number, each.other.number) for each in period.at_once),
                steps_back=period.steps,
                unended=tuple(entry.number for entry in period.unended),
                failures=tuple(
                    ledger_rows.FailureRow(each.fact.number, each.fact.what, each.fact.named, each.status)
                    for each in period.failures
                ),
                size_before=period.before.size,
                head_before=period.before.root.hex(),
                size_after=period.after.size,
                head_after=period.after.root.hex(),
            )
        )
        return
    tell(
        said(
            "report.say.head", first=heading.first, last=heading.last, entries=len(period.entries), jobs=started(period)
        )
    )
    for name, count in sorted(period.counts.items()):
        key = f"report.{name}" if name.startswith("custody.") else f"fact.{name}"
        tell(f"  {said(key)}: {count}")
    for entry in period.unended:
        tell("  " + said("report.say.unended", number=entry.number, at=entry.at))
    for each in period.failures:
        status, what = said(f"reconcile.status.{each.status}"), said(f"fact.{each.fact.what}")
        tell(
            "  "
            + shown(said("report.say.failure", number=each.fact.number, who=each.fact.named, what=what, status=status))
        )
    if period.strays:
        tell("  " + said("report.strays", count=period.strays))
    if period.steps:
        tell("  " + said("report.steps", count=len(period.steps), **msgspec.structs.asdict(period.steps[0])))
    for values in period_report.at_once(period):
        tell("  " + shown(said("report.at-once", **values)))
    ends = {"before": period.before.size, "root": period.before.root.hex(), "after": period.after.size}
    tell(said("report.say.ends", head=period.after.root.hex(), **ends))
    tell(said("report.open" if period.open_items else "report.closed", count=period.open_items))


def _day(text: str) -> date:
    try:
        found = when(text)
        if len(text) > 10:
            raise ValueError(text)
        return found.date()
    except ValueError as error:
        raise Usage("usage.day", given=text) from error


def _midnight(day: date) -> datetime:
    """When the day begins by the station's clock."""
    return datetime.combine(day, time()).astimezone()
