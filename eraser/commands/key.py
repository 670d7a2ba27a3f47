"""`eraser key`: the station's own key, and the keys of others whose certificates are trusted here."""

from __future__ import annotations

import os
from pathlib import Path

import click

from certificates import station_key
from certificates.errors import NotAuthentic, Usage
from eraser import home, rows, station, trust
from eraser.commands.common import emit, json_option, lang_option, option, said, tell


@click.group("key", help=said("help.key.text"))
@lang_option
def command() -> None:
    """The group has no action of its own."""


@command.command("create", help=said("help.key_create.text"))
@lang_option
@json_option
def create(json: bool) -> None:
    _show(json)


@command.command("show", help=said("help.key_show.text"))
@lang_option
@json_option
def show(json: bool) -> None:
    _show(json)


def _show(json: bool) -> None:
    key = station.open_station(home.here()).key
    if json:
        emit(rows.Key(key.key_id, key.public_pem.decode()))
    else:
        tell(said("say.key", key_id=key.key_id, pem=key.public_pem.decode().strip()))


@command.command("trust", help=said("help.key_trust.text"))
@lang_option
@click.argument("file", type=click.Path(path_type=Path))
@option("--fingerprint", "fingerprint")
def trust_key(file: Path, fingerprint: str | None) -> None:
    """Adds the key to the station's `trusted` folder under its fingerprint."""
    try:
        pem = file.read_bytes()
        key_id = station_key.key_id_of(pem)
    except (OSError, NotAuthentic) as error:
        raise Usage("usage.key", path=file, detail=str(error)) from error
    if fingerprint is not None and trust.bare(fingerprint) != key_id:
        raise Usage("usage.fingerprint", path=file, found=key_id, given=fingerprint)
    folder = home.here().trusted
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{key_id}.{os.getpid()}"
    draft.write_bytes(pem)
    draft.replace(folder / f"{key_id}.pem")
    tell(said("say.trusted", key_id=key_id))
