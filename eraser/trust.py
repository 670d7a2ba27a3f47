"""Whose certificates are trusted here: this station's own, and those that `key trust` added."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from certificates import attachments, canonical, foreign, mailed, policy, statements, station_key
from certificates.audit.kinds import KEY_NAME
from certificates.errors import Environment, NotAuthentic, Usage
from certificates.statements import Retirement, Statement
from certificates.station_key import make_private_folder
from certificates.trust import Trust
from eraser import durable
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
    """A public key or a statement about one; it may have come by mail. Raises Usage."""
    try:
        return _read(path, statements.LARGEST)
    except OSError as error:
        raise Usage("usage.key", path=path, detail=error.strerror) from error
    except NotAuthentic as error:
        raise Usage("usage.key", path=path, detail=error.message()) from error


def read_to_trust(path: Path) -> bytes | Statement:
    """The same, or the key inside a certificate (PDF), whose fingerprint has to be compared like any other's. Raises Usage."""
    try:
        return _read(path, attachments.LARGEST_PDF)
    except OSError as error:
        raise Usage("usage.key", path=path, detail=error.strerror) from error
    except NotAuthentic as error:
        raise Usage("usage.key", path=path, detail=error.message()) from error


def _read(path: Path, most: int) -> bytes | Statement:
    """Raises OSError, NotAuthentic."""
    content = foreign.read(path, max(most, foreign.LARGEST_TEXT))
    if content.startswith(b"%PDF-") and most > statements.LARGEST:
        keys = [pem for name, pem in attachments.read(content) if name == KEY_NAME]
        if len(keys) != 1:
            raise NotAuthentic("audit.file.no-certificate")
        pem = keys[0]
    else:
        text = mailed.restored(content[: statements.LARGEST + 1])
        if text.startswith(b"{"):
            return statements.read(text)
        pem = text + b"\n"
    station_key.key_id_of(pem)
    return pem


def read_key(path: Path) -> bytes:
    """A public key. Raises Usage."""
    found = read(path)
    if isinstance(found, Statement):
        raise Usage("usage.key", path=path, detail=type(found.statement).__name__)
    return found


def add_key(home: Home, pem: bytes, *, organisation: bool) -> str:
    """Trust a key from now on; its id."""
    key_id = station_key.key_id_of(pem)
    folder = home.organisations if organisation else home.trusted
    make_private_folder(folder)
    durable.replaced(folder / f"{key_id}.pem", pem)  # the name is the whole fingerprint: nothing else can be there
    return key_id


def add_statement(home: Home, said: Statement) -> str:
    """Believe a statement from now on; the id of the key that it is about. Raises Usage if it comes from someone who has no say."""
    if said.statement.by not in here(home).organisations and not (
        isinstance(said.statement, Retirement) and said.statement.by == said.subject
    ):
        raise Usage("usage.no_say", by=said.statement.by)
    kind = type(said.statement).__name__.lower()
    raw = canonical.encode(said)
    make_private_folder(home.trusted)
    path = home.trusted / f"{said.subject}-{canonical.digest(raw)}.{kind}.json"
    try:
        durable.created(path, raw)
    except OSError as error:
        raise Environment("environment", path=path, detail=error.strerror) from error
    return said.subject


def digits(fingerprint: str) -> str:
    """A fingerprint as people write it (groups, colons, dashes, capitals, full width) in lower case without any of that; what is no
    hex digit stays in it."""
    folded = unicodedata.normalize("NFKC", fingerprint).lower()
    return "".join(character for character in folded if unicodedata.category(character)[0] not in "ZPC")


def check_fingerprint(path: Path, told: str, found: str) -> None:
    """Raises Usage unless what the issuer `told` is the whole fingerprint `found` of the key in the file."""
    given = digits(told)
    if len(given) != len(found) or set(given) - set("0123456789abcdef"):
        raise Usage("usage.fingerprint_form", path=path, count=len(given))
    if given != found:
        raise Usage("usage.fingerprint", path=path, found=found, given=given)


def _keys_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.glob("*.pem")):
        with contextlib.suppress(OSError, NotAuthentic):
            pem = mailed.restored(foreign.read(file)) + b"\n"
            if file.stem == station_key.key_id_of(pem):
                yield file.stem, pem


def _statements_in(folder: Path) -> Iterator[Statement]:
    for file in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, NotAuthentic):
            yield statements.read(mailed.restored(foreign.read(file)))
