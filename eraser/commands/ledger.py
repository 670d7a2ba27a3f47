"""`eraser ledger`: what happened on this station, and whether the book still tells it as it was written."""

from __future__ import annotations

import click
import msgspec

from certificates import canonical
from certificates.ledger import Checked, CheckStarted, Ended, Inspected, InspectionStarted, Ledger, Started, checking
from eraser import home, rows
from eraser.commands import ledger_life, ledger_report
from eraser.commands.common import emit, json_option, lang_option, said, tell

_READING = {InspectionStarted: "inspect", CheckStarted: "verify"}


@click.group("ledger", help=said("help.ledger.text"))
@lang_option
def command() -> None:
    """The group has no action of its own."""


command.add_command(ledger_life.command)
command.add_command(ledger_report.command)


@command.command("show", help=said("help.ledger_show.text"))
@lang_option
@json_option
def show(json: bool) -> None:
    entries = list(_ledger().entries())
    if json:
        for entry in entries:
            emit(msgspec.to_builtins(entry))
        return
    ended = {entry.number: entry for entry in entries if isinstance(entry, Ended | Inspected | Checked)}
    for entry in entries:
        if isinstance(entry, Started | InspectionStarted | CheckStarted):
            end = ended.get(entry.number)
            outcome = said("say.ledger_open") if end is None else said(f"outcome.{end.outcome}")
            medium = entry.medium
            what = entry.method if isinstance(entry, Started) else _READING[type(entry)]
            tell(f"{entry.number}  {entry.at}  {medium.node}  {medium.serial or '-'}  {what}  {outcome}")
    if not entries:
        tell(said("say.no_jobs"))


@command.command("verify", help=said("help.ledger_verify.text"))
@lang_option
@json_option
def verify(json: bool) -> None:
    here = home.here()
    # Every paper that this station issued has its entry, with its very digest; a ledger that is gone has none.
    papers = {file.stem: canonical.digest(file.read_bytes()) for file in sorted(here.certificates.glob("*.json"))}
    with _ledger().store.reading() as tables:
        head = checking.verify(tables.rows(), papers)
    if json:
        emit(rows.LedgerState(head.size, head.root.hex(), consistent=True))
    else:
        tell(said("say.ledger_ok", count=head.size, head=head.root.hex()))


def _ledger() -> Ledger:
    return Ledger(home.here().ledger, "")
