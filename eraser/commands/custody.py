"""`eraser custody`: who had a medium, when and where. One subcommand for each kind of the table, and `show`."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from certificates import custody, history, identity, values
from certificates.errors import LedgerInconsistent, Usage
from certificates.history import Fact
from certificates.identity import Identity, Named
from certificates.language import in_force
from certificates.ledger import Custody, checking
from eraser import devices, ledger_rows, papers, proofs, station
from eraser.commands.common import (
    Command,
    Group,
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
from eraser.station import Station


@click.group("custody", cls=Group, help=said("help.custody.text"))
@lang_option
def command() -> None:
    """The group has no action of its own."""


def medium_options(function: Any) -> Any:
    """How a medium is named without its device: as its label says."""
    for name in ("model", "wwn", "serial", "asset-tag"):
        function = option(f"--{name}", f"custody.{name.replace('-', '_')}")(function)
    return function


def _subcommand(event: str, kind: custody.Kind) -> click.Command:
    @click.command(event, cls=Command, help=getattr(kind.help, in_force()))
    @lang_option
    @click.argument("target", required=False, metavar="[TARGET]")
    @medium_options
    @option("--person", "custody.person", required=True)
    @click.option("--from", "--to", "counterpart", help=said("help.option.custody.from"))
    @option("--place", "custody.place")
    @option("--seal", "custody.seal")
    @option("--note", "custody.note")
    @option("--at", "custody.at", metavar="TIME")
    @json_option
    def record(target: str | None, json: bool, **asked: Any) -> None:
        if not asked["person"].strip():
            raise Usage("usage.person")
        named = medium_of(target, asked)
        texts = {name: asked[name] for name in ("person", "counterpart", "place", "seal", "note")}
        papers.check_names([text for text in (*texts.values(), *msgspec.structs.astuple(named)) if text])
        here = station.open_station(station_home())
        happened = when(asked["at"], here)
        known = history.of_one(history.from_ledger(here.ledger.entries(checking.pass_over)), named.identity)
        here.check_may_issue()
        entry = here.ledger.append(
            lambda place: Custody(seq=place.seq, at=here.now(), event=event, medium=named, happened=happened, **texts)
        )
        if json:
            emit(entry)
            return
        tell(said("custody.recorded", seq=entry.seq, what=getattr(kind.name, in_force()), who=shown(named)))
        if not known:
            tell(said("custody.new"))

    return record


for _event, _kind in custody.kinds().items():
    command.add_command(_subcommand(_event, _kind))


@command.command("show", help=said("help.custody_show.text"))
@lang_option
@click.argument("who", metavar="SERIAL")
@json_option
def show(who: str, json: bool) -> int:
    book = proofs.verified(station_home())
    facts = history.of_one(book.facts, _any(who))
    if not facts and not json:
        tell(said("custody.unknown", who=shown(who)))
    for fact in facts:
        if json:
            emit(_row(fact))
        else:
            tell(shown(told(fact)))
    walled_off(book.walled)
    return LedgerInconsistent.exit_code if book.walled else 0


def medium_of(target: str | None, asked: dict[str, Any]) -> Named:
    """The medium, from its device and from what was typed; the two may not contradict each other. Raises Usage, Refused."""
    typed = Named(asked["asset_tag"], asked["serial"], asked["wwn"], None, asked["model"])
    if target is None:
        if not typed.identity.is_known:
            raise Usage("usage.who")
        return typed
    medium = devices.at(target).medium
    found = identity.of_medium(medium, asked["asset_tag"])
    for field in found.identity.contradicts(typed.identity):
        told = said(f"reconcile.field.{field}")
        raise Usage("usage.who_differs", node=medium.node, field=told, found=getattr(found, field), given=asked[field])
    merged = Named(
        found.asset_tag, found.serial or typed.serial, found.wwn or typed.wwn, found.vendor, found.model or typed.model
    )
    if not merged.identity.is_known:
        raise Usage("usage.who")
    return merged


def when(given: str | None, here: Station) -> str | None:
    """The time that was told, None for now. Raises Usage."""
    if given is None:
        return None
    try:
        told = values.when(given)
    except ValueError as error:
        raise Usage("usage.when", given=given) from error
    offset = told.utcoffset()
    if offset is None or told.microsecond or offset.seconds % 60:
        raise Usage("usage.when", given=given)
    if told > here.clock.now():
        raise Usage("usage.future", given=given)
    return told.isoformat(timespec="seconds").replace("+00:00", "Z")


def told(fact: Fact) -> str:
    """One line of a timeline."""
    lang = in_force()
    event = fact.custody
    if event is None:
        return f"{fact.at}  {fact.number}  {said(f'fact.{fact.what}')}  {fact.named}"
    parts = [f"{fact.at}  {getattr(custody.kinds().get(event.event, custody.UNKNOWN).name, lang)}  {fact.named}"]
    for name in ("person", "counterpart", "place", "seal", "note"):
        if value := getattr(event, name):
            parts.append(f"{said(f'custody.label.{name}')}: {value}")
    if event.happened is not None:
        parts.append(said("custody.later", at=event.at))
    return "  ".join(parts)


def _any(who: str) -> Identity:
    """It may be a serial number, an asset tag or a WWN: whoever asks need not know which."""
    return identity.identity(who, who, who)


def _row(fact: Fact) -> ledger_rows.Happened:
    event = fact.custody
    return ledger_rows.Happened(
        at=fact.at,
        what=fact.what if event is None else event.event,
        number=fact.number,
        medium=fact.named,
        person=event.person if event else None,
        counterpart=event.counterpart if event else None,
        place=event.place if event else None,
        seal=event.seal if event else None,
        note=event.note if event else None,
        entered=event.at if event and event.happened else None,
    )
