"""Whose certificates are trusted here: this station's own, and those that `key trust` added."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from certificates import policy, statements, station_key
from certificates.errors import NotAuthentic, Usage
from certificates.statements import Retirement, Statement
from certificates.station_key import make_private_folder
from certificates.trust import Trust
from eraser.home import Home


def here(home: Home, keys: Iterable[Path] = (), organisations: Iterable[Path] = ()) -> Trust:
    """Whom this station trusts, and whom the files given for this run add. A file in its folders that is no key or statement, or lies
    under another key's name, counts for nothing; one that was given raises Usage."""
    own = station_key.public_half(home.key)
    stations = dict(_keys_in(home.trusted)) | ({station_key.key_id_of(own): own} if own else {})
    said = list(_statements_in(home.trusted))
    for path in keys:
        found = read(path)
        if isinstance(found, Statement):
            said.append(found)
        else:
            stations[station_key.key_id_of(found)] = found
    companies = dict(_keys_in(home.organisations))
    companies |= {station_key.key_id_of(pem): pem for pem in map(read_key, organisations)}
    return Trust(stations, companies, tuple(said))


def judging_by(whom: Trust, home: Home, files: Iterable[Path]) -> Trust:
    """The same trust with the owners' policies that this station has, and those in files. Raises Environment for a file that is none."""
    named = [*policy.table(home.root).items(), *(each for file in files for each in policy.own(file).items())]
    return replace(whom, policies={table.digest: (name, table) for name, table in named})


def read(path: Path) -> bytes | Statement:
    """A public key or a statement about one. Raises Usage."""
    try:
        with path.open("rb") as file:
            content = file.read(statements.LARGEST + 1)
        if content.lstrip().startswith(b"{"):
            return statements.read(content)
        station_key.key_id_of(content)
    except OSError as error:
        raise Usage("usage.key", path=path, detail=error.strerror) from error
    except NotAuthentic as error:
        raise Usage("usage.key", path=path, detail=error.message()) from error
    return content


def read_key(path: Path) -> bytes:
    """A public key. Raises Usage."""
    found = read(path)
    if isinstance(found, Statement):
        raise Usage("usage.key", path=path, detail=type(found.statement).__name__)
    return found


def add_key(home: Home, pem: bytes, *, organisation: bool) -> str:
    """Trust a key from now on; its id."""
    key_id = station_key.key_id_of(pem)
    _put(home.organisations if organisation else home.trusted, f"{key_id}.pem", pem)
    return key_id


def add_statement(home: Home, said: Statement, raw: bytes) -> str:
    """Believe a statement from now on; the id of the key that it is about. Raises Usage if it comes from someone who has no say."""
    if said.statement.by not in here(home).organisations and not (
        isinstance(said.statement, Retirement) and said.statement.by == said.subject
    ):
        raise Usage("usage.no_say", by=said.statement.by)
    kind = type(said.statement).__name__.lower()
    _put(home.trusted, f"{said.subject[:16]}-{said.signature[:8]}.{kind}.json", raw)
    return said.subject


def bare(fingerprint: str) -> str:
    """A fingerprint as people copy it (groups, colons, capitals) -> 64 hex digits."""
    return "".join(c for c in fingerprint.lower() if c in "0123456789abcdef")


def _keys_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.glob("*.pem")):
        with contextlib.suppress(OSError, NotAuthentic):
            pem = file.read_bytes()
            if file.stem == station_key.key_id_of(pem):
                yield file.stem, pem


def _statements_in(folder: Path) -> Iterator[Statement]:
    for file in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, NotAuthentic):
            yield statements.read(file.read_bytes())


def _put(folder: Path, name: str, content: bytes) -> None:
    make_private_folder(folder)
    draft = folder / f".{name}.{os.getpid()}"
    draft.write_bytes(content)
    draft.replace(folder / name)
