"""`eraser key`: the station's own key, statements about keys, and the keys of others that are trusted here."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from certificates.errors import Environment, NotAuthentic, Usage
from certificates.values import when
from eraser import durable, home
from eraser import passphrase as secret
from eraser.commands.common import Group, emit, is_terminal, json_option, lang_option, option, said, tell

if TYPE_CHECKING:
    from certificates.station_key import StationKey

FILE = click.Path(path_type=Path)


@click.group("key", cls=Group, help=said("help.key.text"))
@lang_option
def command() -> None:
    """The group has no action of its own."""


@command.command("create", help=said("help.key_create.text"))
@lang_option
@option("--file", "key_file", type=FILE)
@option("--passphrase", "passphrase", is_flag=True)
@json_option
def create(file: Path | None, passphrase: bool, json: bool) -> None:
    """A station has one key for ever: making it again shows it. A file that is there is never replaced."""
    from certificates import station_key

    path = file or home.of_station().key
    if file is None and path.exists():
        if passphrase and not station_key.is_encrypted(path):
            raise Usage("key.unprotected", path=path)
        tell(said("say.key_there"), json=json)
        return _show(path, json=json)
    station_key.create(path, secret.chosen(path) if passphrase else secret.given())
    if not json:
        tell(said("say.key_new", key_id=_public(path)[0], path=path, public=path.with_suffix(".pem")))
    _show(path, json=json)


@command.command("show", help=said("help.key_show.text"))
@lang_option
@json_option
def show(json: bool) -> None:
    _show(home.of_station().key, json=json)


@command.command("export", help=said("help.key_export.text"))
@lang_option
@option("--out", "key_out", type=FILE)
def export(out: Path | None) -> None:
    _, pem = _public(home.of_station().key)
    if out is None:
        click.echo(pem.decode("ascii"), nl=False)
    else:
        _write_new(out, pem)


def _show(path: Path, *, json: bool) -> None:
    from certificates.statements import Endorsement
    from eraser import rows, trust

    key_id, pem = _public(path)
    whom = trust.here(home.here())
    gone = whom.retired(key_id)
    endorsed = tuple(
        e.statement for e in whom.statements if e.subject == key_id and isinstance(e.statement, Endorsement)
    )
    if json:
        told = tuple(rows.Endorsed(e.organisation, e.station, e.valid_from, e.valid_until) for e in endorsed)
        return emit(rows.Key(key_id, pem.decode("ascii"), gone.retired if gone else None, told))
    which = "say.key" if path == home.here().key else "say.key_in_file"
    tell(said(which, key_id=key_id, pem=pem.decode("ascii").strip()))
    for each in endorsed:
        tell(said("say.key_endorsed", **msgspec.structs.asdict(each)))
    if gone is not None:
        tell(said("say.key_retired", retired=gone.retired, reason=gone.reason))


def _public(path: Path) -> tuple[str, bytes]:
    """Id and public half of a key, which needs no passphrase. Raises Environment if there is none; makes none."""
    from certificates import station_key

    pem = station_key.public_half(path)
    if pem is None:
        raise Environment("key.unreadable" if path.exists() else "key.none", path=path, detail="no public half")
    return station_key.key_id_of(pem), pem


@command.command("trust", help=said("help.key_trust.text"))
@lang_option
@click.argument("file", type=FILE)
@option("--fingerprint", "fingerprint")
@option("--organisation", "organisation_key", is_flag=True)
def trust_key(file: Path, fingerprint: str | None, organisation: bool) -> None:
    """Adds a key to the `trusted` folder under its fingerprint, or a statement about one."""
    from certificates import canonical, station_key
    from certificates.statements import Endorsement, Statement
    from eraser import trust

    here, found = home.here(), trust.read_to_trust(file)
    if isinstance(found, Statement):
        if fingerprint is not None:
            trust.check_fingerprint(file, fingerprint, found.statement.by)
        key_id = trust.add_statement(here, found)
        own = station_key.public_half(here.key)
        if own is not None and station_key.key_id_of(own) == key_id and isinstance(found.statement, Endorsement):
            durable.replaced(here.endorsement, canonical.encode(found))
        return tell(said("say.believed", key_id=key_id))
    key_id = station_key.key_id_of(found)
    # What the file says of itself proves nothing: so the digits are asked for before they are shown.
    trust.check_fingerprint(file, _told(file) if fingerprint is None else fingerprint, key_id)
    trust.add_key(here, found, organisation=organisation)
    tell(said("say.trusted_organisation" if organisation else "say.trusted", key_id=key_id))


def _told(file: Path) -> str:
    """The fingerprint as whoever sits there was told it. Raises Usage if nobody does."""
    if not is_terminal():
        raise Usage("usage.fingerprint_needed", path=file)
    told: str = click.prompt(said("key.ask_fingerprint"), prompt_suffix=" ", err=True)
    return told


@command.command("endorse", help=said("help.key_endorse.text"))
@lang_option
@click.argument("file", type=FILE)
@option("--with", "with_key", to="signer", type=FILE, required=True)
@option("--organisation", "organisation_name", required=True)
@option("--station", "station_name", required=True)
@option("--from", "valid_from", to="start")
@option("--until", "valid_until", required=True)
@option("--out", "key_out", type=FILE)
def endorse(
    file: Path, signer: Path, organisation: str, station: str, start: str | None, until: str, out: Path | None
) -> None:
    """Signs the statement and writes its file."""
    from certificates import statements, station_key
    from certificates.statements import Endorsement
    from eraser import dating, trust

    pem = trust.read_key(file)
    first, last = _when(start, time.min), _when(until, time(23, 59, 59))
    key, key_id = _opened(signer), station_key.key_id_of(pem)

    dating.check(home.here())
    said_by = Endorsement(organisation, station, pem.decode("ascii"), first, last, _when(None, time.min), key.key_id)
    try:
        raw = statements.sign(said_by, key)
    except NotAuthentic as error:
        raise Usage(error.key, **error.values) from error
    path = out or Path(f"{key_id}.endorsement.json")
    _write_new(path, raw)
    tell(said("say.endorsed", key_id=key_id, station=station, path=path))


@command.command("retire", help=said("help.key_retire.text"))
@lang_option
@click.argument("key")
@option("--with", "with_key", to="signer", type=FILE)
@option("--from", "retired_from", to="start")
@option("--reason", "retired_why", required=True)
@option("--out", "key_out", type=FILE)
def retire(key: str, signer: Path | None, start: str | None, reason: str, out: Path | None) -> None:
    """Signs the statement, by the key itself or by an organisation's, takes it up here and writes its file."""
    from certificates import statements, station_key
    from certificates.statements import Retirement
    from eraser import dating, trust

    here = home.here()
    if signer is not None:
        key_id, by = station_key.key_id_of(trust.read_key(Path(key))), _opened(signer)
    else:
        key_id, _ = _public(home.of_station().key)
        if len(trust.digits(key)) < 8 or not key_id.startswith(trust.digits(key)):
            raise Usage("usage.not_this_key", given=key, own=key_id)
        by = _opened(here.key)

    dating.check(here)
    gone = Retirement(key_id, _when(start, time.min), reason, _when(None, time.min), by.key_id)
    try:
        raw = statements.sign(gone, by)
    except NotAuthentic as error:
        raise Usage(error.key, **error.values) from error
    path = out or Path(f"{key_id}.retirement.json")
    _write_new(path, raw)
    if signer is None:
        trust.add_statement(here, statements.read(raw))
    tell(said("say.retired", key_id=key_id, retired=gone.retired, path=path))


def _opened(path: Path) -> StationKey:
    from certificates import station_key

    return station_key.load(path, lambda: secret.known(path))


def _when(given: str | None, of_day: time) -> str:
    """A day or a time as records write it: RFC 3339 with its zone, the local one if none is given. Raises Usage."""
    if given is None:
        return datetime.now().astimezone().isoformat(timespec="seconds")
    try:
        told = when(given)
        whole = told if len(given) > 10 else datetime.combine(told, of_day)
        return (whole if whole.tzinfo else whole.astimezone()).isoformat(timespec="seconds")
    except (ValueError, OverflowError) as error:
        raise Usage("usage.key_when", given=given) from error


def _write_new(path: Path, content: bytes) -> None:
    """Nothing that is there is replaced."""
    try:
        durable.new(path, content)
    except OSError as error:
        raise Environment("environment", path=path, detail=error.strerror) from error
