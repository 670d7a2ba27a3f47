"""`eraser destroy`: records that media were physically destroyed, and says whether that way suffices. Touches no device."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from certificates import destruction, inventory, language, policy, reconciled
from certificates.audit import audit_files
from certificates.destruction import DestructionRecord, Way
from certificates.errors import Refused, Usage
from certificates.identity import Named
from certificates.inventory import Ambiguous
from certificates.record import DataClass, MediaType
from certificates.tables.table import column_name
from eraser import destroying, evidence, rows, station, trust
from eraser.commands import sheet as order_sheet
from eraser.commands.common import command as make_command
from eraser.commands.common import (
    emit,
    is_terminal,
    json_option,
    option,
    people_of,
    people_options,
    said,
    shown,
    station_home,
    tag_option,
    tell,
    unless_blank,
    warn_of_no_issuer,
)
from eraser.commands.custody import when
from eraser.commands.lists import content_of, heading_rows, list_options, table_of
from eraser.destroying import Told
from eraser.papers import Recorded
from eraser.station import Station

NOT_DESTROYED = 4


@make_command("destroy")
@option("--serial", "custody.serial")
@option("--wwn", "custody.wwn")
@option("--model", "custody.model")
@option("--box", "destroy.box", metavar="LIST", type=click.Path(path_type=Path))
@list_options
@option("--media-type", "destroy.media_type", type=click.Choice(get_args(MediaType)))
@option("--method", "destroy.method", type=click.Choice(tuple(destruction.ways())))
@option("--particle", "destroy.particle", metavar="MM")
@option("--holes", "destroy.holes", type=click.IntRange(1, 1000))
@option("--field", "destroy.field", metavar="FIELD")
@option("--equipment", "destroy.equipment")
@option("--no-witness", "destroy.no_witness", metavar="REASON")
@option("--add-witness", "destroy.add_witness", metavar="NUMBER")
@option("--photo-before", "destroy.before", multiple=True, metavar="[CAPTION=]FILE")
@option("--photo-after", "destroy.after", multiple=True, metavar="[CAPTION=]FILE")
@option("--document", "document", multiple=True, type=click.Path(path_type=Path))
@option("--policy", "destroy.policy", multiple=True, metavar="POLICY")
@option("--data-class", "destroy.data_class", type=click.Choice(get_args(DataClass)))
@option("--at", "custody.at", metavar="TIME")
@people_options
@tag_option
@json_option
def command(json: bool, **asked: Any) -> int:
    opened = station.open_station(station_home())
    told = _told(asked, opened) if asked["add_witness"] is None else _told_later(asked, opened)
    warn_of_no_issuer(told.people, opened.home)
    recorded = destroying.record(_seen_by_somebody(told), opened)
    _show(recorded, json=json)
    if recorded.record.outcome not in destruction.SUFFICES:
        return NOT_DESTROYED
    return 1 if recorded.warnings else 0


def _seen_by_somebody(told: Told) -> Told:
    """What nobody else saw is not confirmed, and can't be done again: asked for on a terminal. Raises Refused."""
    if told.unwitnessed or destruction.is_witnessed(told.people, told.evidence, told.before, told.after):
        return told
    if not is_terminal():
        raise Refused("refused.unwitnessed")
    if name := click.prompt(said("destruction.ask.witness"), default="", show_default=False, err=True).strip():
        people = msgspec.structs.replace(told.people, witnesses=(*told.people.witnesses, name))
        return _seen_by_somebody(msgspec.structs.replace(told, people=people))
    why = click.prompt(said("destruction.ask.why"), default="", show_default=False, err=True).strip()
    if not why:
        raise Refused("refused.unwitnessed")
    return msgspec.structs.replace(told, unwitnessed=why)


def _told_later(asked: dict[str, Any], opened: Station) -> Told:
    """A destruction that this station recorded, with those who say later that they saw it. Raises Usage."""
    number = asked["add_witness"]
    # All that was said of it stands in its record; a second telling could only contradict it.
    given = [
        name for name in ("serial", "wwn", "model", "asset_tag", "box", "method", "at", "no_witness") if asked[name]
    ]
    witnesses = tuple(filter(unless_blank, asked["witness"]))
    if given or not witnesses:
        raise Usage("usage.add_witness", number=shown(number))
    path = opened.home.certificates / f"{Path(number).name}.json"
    found = audit_files(path, trust.here(opened.home)) if path.is_file() else ()
    earlier = next((each.record for each in found if each.authentic), None)
    if not isinstance(earlier, DestructionRecord):
        raise Usage("usage.no_destruction", number=shown(number))
    names = tuple(dict.fromkeys(verdict.policy for judged in earlier.judged for verdict in judged.verdicts))
    policies = policy.chosen(names, earlier.data_class, policy.table(opened.home.root))
    out = (asked["out"] or opened.home.certificates).absolute()
    return destroying.with_witnesses(earlier, witnesses, policies, out)


def _told(asked: dict[str, Any], opened: Station) -> Told:
    """The order as it was typed. Raises Usage."""
    if asked["method"] is None:
        raise Usage("usage.destroy_method")
    bound = evidence.gathered((*asked["photo_before"], *asked["photo_after"]), asked["document"])
    names = [each.name for each in bound.evidence]
    split = len(asked["photo_before"])
    issuer, logo = order_sheet.issuer(asked)
    return Told(
        media=_media(asked),
        way=_way(asked),
        done=when(asked["at"], opened) or opened.now(),
        policies=policy.chosen(
            asked["policy"] or destruction.USUAL_POLICIES, asked["data_class"], policy.table(opened.home.root)
        ),
        data_class=asked["data_class"],
        reason=asked["reason"],
        people=people_of(asked),
        evidence=bound.evidence,
        pictures=(*logo, *bound.pictures),
        before=tuple(names[:split]),
        after=tuple(names[split : split + len(asked["photo_after"])]),
        languages=language.LANGUAGES if asked["paper"] == "both" else (asked["paper"],),
        out=(asked["out"] or opened.home.certificates).absolute(),
        issuer=issuer,
        unwitnessed=unless_blank(asked["no_witness"]),
    )


def _media(asked: dict[str, Any]) -> tuple[tuple[Named, MediaType | None], ...]:
    """The one medium that was named, or all of a box. Raises Usage."""
    typed = Named(asked["asset_tag"], asked["serial"], asked["wwn"], None, asked["model"])
    if asked["box"] is None:
        if not typed.identity.is_known:
            raise Usage("usage.who")
        return ((typed, asked["media_type"]),)
    if any((typed.asset_tag, typed.serial, typed.wwn, typed.model)):
        raise Usage("usage.box_or_one")
    table = table_of(content_of(asked["box"]), asked["box"], asked)
    try:
        columns = inventory.columns(table, {}, heading_rows(asked))
        kinds = inventory.column_of(columns, "kind")
    except Ambiguous as problem:  # here no option names a column
        raise Usage("usage.destroy_columns", detail=problem.message()) from problem
    read = inventory.read(table, columns, last_row=asked["last_row"])
    if read.hidden:  # a record is of what somebody looked at
        raise Usage("usage.destroy_hidden", rows=", ".join(map(str, read.hidden[:20])))
    if read.nameless:  # a second table beside the first would go unrecorded
        told = ", ".join(map(column_name, read.nameless[:20]))
        raise Usage("usage.destroy_nameless", count=len(read.nameless), columns=told)
    rows_by_number = {row.number: row for row in table.rows}
    found = []
    for asset in read.assets:
        if not asset.identity.is_known:
            raise Usage("usage.destroy_row", row=asset.row, why=reconciled.unreadable(asset))
        row = rows_by_number[asset.row]
        text = row.text(kinds).strip() if kinds is not None else ""
        kind = destruction.kind_of(text) if text else None
        if (text and kind is None) or kinds in row.faults or (not text and kinds in row.covered):
            raise Usage("usage.destroy_kind", row=asset.row, kind=text or "-")
        vendor, model = (inventory.told_in(row, columns, field) for field in ("vendor", "model"))
        found.append((Named(asset.asset_tag, asset.serial, asset.wwn, vendor, model), kind or asked["media_type"]))
    if not found:
        raise Usage("usage.inventory_empty", path=asked["box"])
    return tuple(found)


def _way(asked: dict[str, Any]) -> Way:
    """The technique with its figures: all that it has, and no others. Raises Usage."""
    method, needed = asked["method"], destruction.ways()[asked["method"]]
    given = {name: asked[name] for name in ("particle", "holes", "field")}
    wrong = any((value is not None) != (name in needed) for name, value in given.items())
    particle = given["particle"]
    if wrong and not needed:
        raise Usage("usage.destroy_no_figure", method=method)
    if wrong or (particle is not None and not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", particle)):
        raise Usage("usage.destroy_figure", method=method, needed=", ".join(f"--{name}" for name in needed))
    if method == "drill-multiple" and given["holes"] < 2:
        raise Usage("usage.destroy_figure", method=method, needed="--holes 2...")
    return Way(
        method, policy.techniques()[method].name, particle, given["holes"], _gauss(given["field"]), asked["equipment"]
    )


def _gauss(text: str | None) -> int | None:
    """1.3T, 13000G, 13,000 Oe (in air the same figure) -> 13000. Raises Usage."""
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,4})?)(mT|T|kG|G|kOe|Oe)", text.replace(",", "").replace(" ", ""))
    if match is None:
        raise Usage("usage.destroy_figure", method="degauss", needed="--field 1.3T")
    return round(float(match[1]) * {"T": 10_000, "mT": 10, "kG": 1000, "kOe": 1000}.get(match[2], 1))


def _show(recorded: Recorded[DestructionRecord], *, json: bool) -> None:
    record = recorded.record
    if json:
        emit(
            rows.Destroyed(
                number=record.number,
                outcome=record.outcome,
                digest=recorded.issued.digest,
                media=tuple(
                    rows.DestroyedRow(item.medium, item.media_type, record.outcome_of(item)) for item in record.items
                ),
                judged=record.judged,
                files=tuple(str(file) for file in recorded.files),
                warnings=recorded.warnings,
            )
        )
    tell(
        said(
            "destruction.say.done",
            number=record.number,
            outcome=said(f"outcome.{record.outcome}"),
            count=len(record.items),
        ),
        json=json,
    )
    for judged in record.judged:
        why = ("" if language.in_force() == "ja" else " ").join(
            dict.fromkeys(said(f"verdict.{reason}") for each in judged.verdicts for reason in each.reasons)
        )
        kind, outcome = said(f"page.medium.{judged.media_type}"), said(f"outcome.{judged.outcome}")
        tell(said("destruction.say.kind", kind=kind, outcome=outcome, why=why), json=json)
        if judged.media_type == "unknown":
            tell(said("destruction.say.unknown_kind"), json=json)
    if not destruction.is_witnessed(record.people, record.evidence, record.before, record.after):
        tell(said("destruction.say.unwitnessed", number=record.number), json=json)
    if record.outcome == "destruction-insufficient":
        tell(said("destruction.say.next"), json=json)
    for file in recorded.files[:1]:
        tell(f"  {shown(file)}", json=json)
    for warning in recorded.warnings:
        tell(warning, json=json)
