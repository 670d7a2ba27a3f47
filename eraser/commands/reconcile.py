"""`eraser reconcile`: closes an inventory against the ledger and against certificates. Touches no device."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from certificates import canonical, inventory, reconcile, reconciled
from certificates.errors import LedgerInconsistent, Usage
from certificates.inventory import Ambiguous, Columns, Reading
from certificates.proving import Known, Terms
from certificates.reconcile import Line, Result
from certificates.reconciled import Heading
from certificates.tables import headings
from certificates.tables.table import Table, column_name
from eraser import __version__, home, ledger_rows, proofs, trust
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, is_terminal, json_option, option, said, shown, station_home, tell, walled_off
from eraser.commands.lists import content_of, heading_rows, list_options, table_of


@make_command("reconcile")
@click.argument("file", metavar="INVENTORY", type=click.Path(path_type=Path))
@option("--certificates", "certificates", multiple=True, type=click.Path(path_type=Path))
@option("--key", "key", multiple=True, type=click.Path(path_type=Path))
@option("--no-ledger", "no_ledger", is_flag=True, default=False)
@option("--asset-column", "asset_column", metavar="HEADING")
@option("--serial-column", "serial_column", metavar="HEADING", multiple=True)
@option("--wwn-column", "wwn_column", metavar="HEADING")
@option("--where", "where", multiple=True, metavar="HEADING=VALUE")
@list_options
@option("--accept-exceptions", "accept_exceptions", is_flag=True, default=False)
@option("--part", "part", is_flag=True, default=False)
@option("--images", "images", is_flag=True, default=False)
@option("--csv", "csv", type=click.Path(path_type=Path, dir_okay=False))
@option("--pdf", "pdf", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def command(file: Path, json: bool, **asked: Any) -> int:
    here = home.here() if asked["no_ledger"] else station_home()
    for wanted in (asked["csv"], asked["pdf"]):
        if wanted is not None and wanted.exists():
            raise Usage("usage.exists", path=wanted)
    content = content_of(file)
    named = {field: _names(asked[f"{field.removesuffix('_tag')}_column"]) for field in headings.FIELDS}
    table = table_of(content, file, asked, [name for names in named.values() for name in names])
    columns = _columns(table, named, heading_rows(asked))
    read = inventory.read(table, columns, dict(map(_condition, asked["where"])), asked["last_row"])
    assets = read.assets
    if not assets:
        raise Usage("usage.inventory_empty", path=file)
    sources = () if asked["no_ledger"] else (proofs.ledger(here).store.name,)
    trusted = trust.here(here, asked["key"])
    handed_in = proofs.authentic(asked["certificates"], trusted)
    if asked["no_ledger"]:
        known, book = Known(handed_in.facts, handed_in.checks), proofs.Book()
    else:
        known, book = proofs.known(here, trusted, handed_in)
    result = reconcile.reconcile(assets, known, Terms(**{name: asked[name] for name in Terms.__struct_fields__}))
    heading = Heading(
        inventory=file.name,
        digest=canonical.digest(content),
        columns=columns.named(),
        sources=(*sources, *map(str, asked["certificates"])),
        certificates=handed_in.certificates,
        refused=tuple(name for name, _ in handed_in.refused),
        walled=len(book.walled),
        at=proofs.now(),
        tool=f"eraser {__version__}",
        station=os.uname().nodename,
        aside=read.aside,
    )
    if not json:
        _show_reading(read, columns)
    _show(result, heading, handed_in.refused, json=json, walled=len(book.walled))
    _save(result, heading, asked["csv"], asked["pdf"])
    walled_off(book.walled)
    return LedgerInconsistent.exit_code if result.gaps or handed_in.refused or book.walled else 0


def _names(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given or ()


def _columns(table: Table, named: dict[str, tuple[str, ...]], rows: tuple[int, int] | None) -> Columns:
    """The columns; where several may be meant, the user is asked if there is a terminal. Raises Ambiguous, Usage."""
    given = {field: names for field, names in named.items() if names}
    while True:
        try:
            return inventory.columns(table, given, rows)
        except Ambiguous as open_question:
            if not is_terminal() or open_question.field not in headings.FIELDS:
                raise
            given[open_question.field] = (_asked(open_question),)


def _asked(question: Ambiguous) -> str:
    for number, heading in question.choices:
        click.echo(f"  {number}  {shown(heading)}", err=True)
    numbers = ["0", *(str(number) for number, _ in question.choices)]
    field = said(f"reconcile.field.{question.field}")
    answer = click.prompt(said("reconcile.say.which", field=field), type=click.Choice(numbers), err=True)
    return inventory.NONE if answer == "0" else f"#{answer}"


def _condition(given: str) -> tuple[str, str]:
    heading, separator, value = given.partition("=")
    if not separator or not heading:
        raise Usage("usage.where", given=given)
    return heading, value


def _show_reading(read: Reading, columns: Columns) -> None:
    """What was taken for assets and what wasn't, so that nothing is left out unsaid."""
    rows = f"{columns.first_row}" + (f"-{columns.last_row}" if columns.last_row > columns.first_row else "")
    levels = columns.last_row - columns.first_row + 1
    tell(said("reconcile.say.rows", heading=rows, rows=levels, read=len({asset.row for asset in read.assets})))
    for text in reconciled.aside(read.aside):
        tell(text)
    if read.hidden:
        tell(said("reconcile.say.hidden", count=len(read.hidden), rows=reconciled.the_first(read.hidden)))
    if read.nameless:
        letters = [column_name(column) for column in read.nameless]
        tell(said("reconcile.say.nameless", count=len(letters), columns=reconciled.the_first(letters)))
    used = columns.found.get("serial")
    for column in headings.candidates(columns.headings, "serial"):
        if used is not None and column not in (*columns.found.values(), *columns.further):
            unused = shown(columns.headings[column])
            tell(said("reconcile.say.unused", heading=unused, first=f"#{used + 1}", second=f"#{column + 1}"))


def _show(result: Result, heading: Heading, refused: Sequence[tuple[str, str]], *, json: bool, walled: int) -> None:
    if json:
        for line in result.lines:
            emit(_row(line, result))
        for fact in result.strangers:
            emit(ledger_rows.Stranger(fact.number, fact.at, reconciled.what(fact), fact.source, fact.named))
        for name, message in refused:
            emit(ledger_rows.RefusedProof(name, message))
        emit(
            ledger_rows.Reconciled(
                inventory=heading.inventory,
                digest=heading.digest,
                columns=heading.columns,
                assets=len(result.lines),
                counts={str(status): count for status, count in result.counts.items()},
                strangers=len(result.strangers),
                certificates=heading.certificates,
                not_authentic=len(refused),
                gaps=result.gaps + len(refused) + walled,
                walled_off=walled,
                closed=not (result.gaps or refused or walled),
                aside=heading.aside,
            )
        )
        return
    columns = ", ".join(f"{said(f'reconcile.field.{name}')} = {text}" for name, text in heading.columns.items())
    tell(said("reconcile.say.columns", inventory=heading.inventory, assets=len(result.lines), columns=columns))
    for text in reconciled.lines(result):
        tell(shown(text))
    for name, message in refused:
        tell(said("reconcile.say.refused", file=shown(name), message=message))
    tell(reconciled.standing(result, heading))


def _row(line: Line, result: Result) -> ledger_rows.Asset:
    asset, fact = line.asset, line.fact
    return ledger_rows.Asset(
        row=asset.row,
        asset_tag=asset.asset_tag,
        serial=asset.serial,
        wwn=asset.wwn,
        status=line.status,
        gap=result.is_gap(line),
        number=fact.number if fact else None,
        at=fact.at if fact else None,
        source=fact.source if fact else None,
        matched_by=line.matched_by,
        differs=line.differs,
        lacks=line.lacks,
        times=line.times,
        left=line.left.at if line.left else None,
        cell=asset.cell,
        why=asset.why,
        message=reconciled.said(line),
    )


def _save(result: Result, heading: Heading, csv: Path | None, pdf: Path | None) -> None:
    """Files that people keep."""
    if csv is not None:
        proofs.write_new(csv, reconciled.as_csv(result))
    if pdf is not None:
        proofs.write_new(pdf, reconciled.as_page(result, heading))
