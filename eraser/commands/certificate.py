"""`eraser certificate`: what is made of certificates that are there already. Works offline, from the files alone."""

from __future__ import annotations

from pathlib import Path

import click

from certificates.errors import Environment, NotAuthentic, Usage
from eraser import durable, home
from eraser.commands.common import Group, lang_option, option, said, shown, tell

FILE = click.Path(path_type=Path)
PER_SHEET = 27


@click.group("certificate", cls=Group, help=said("help.certificate.text"))
@lang_option
def command() -> None:
    """The group has no action of its own."""


@command.command("label", help=said("help.certificate_label.text"))
@lang_option
@click.argument("files", nargs=-1, required=True, metavar="CERT...", type=FILE)
@option("--sheet", "label_sheet", is_flag=True)
@option("--start", "label_start", type=click.IntRange(1, PER_SHEET), default=1, show_default=True)
@option("--out", "label_out", type=FILE, default=Path("labels.pdf"), show_default=True)
@option("--key", "key", multiple=True, type=FILE)
def label(files: tuple[Path, ...], sheet: bool, start: int, out: Path, key: tuple[Path, ...]) -> None:
    """No label for a certificate that is not authentic, and none at all if one of them isn't."""
    from certificates.page import label as labels
    from certificates.record import Record
    from eraser import auditing, trust
    from eraser.commands import audit

    if start != 1 and not sheet:
        raise Usage("label.start")
    here = home.here()
    records: list[Record] = []
    for audited in auditing.audits(files, trust.judging_by(trust.here(here, key, ()), here, ())):
        if not audited.authentic:
            tell(audit.text(audited), json=True)
            raise NotAuthentic("label.not_authentic", file=shown(audited.file))
        if not isinstance(audited.record, Record):
            raise Usage("label.kind", file=shown(audited.file))
        if audited.record not in records:
            records.append(audited.record)
    if not records:
        raise NotAuthentic("audit.nothing", files=", ".join(shown(file) for file in files))
    made = labels.sheets(records, start) if sheet else labels.roll(records)
    try:
        durable.new(out, made)
    except FileExistsError as error:
        raise Usage("label.exists", path=out) from error
    except OSError as error:
        raise Environment("environment", path=out, detail=error.strerror) from error
    tell(said("say.labels", count=len(records), path=out))
