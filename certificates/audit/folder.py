"""Finding the certificates of a folder. Nothing is passed over because of how it is named or because it can't be opened."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from certificates import attachments, canonical, mailed, numbering, statements
from certificates.audit import kinds
from certificates.errors import NotAuthentic
from certificates.statements import Statement

BESIDE = (".json", ".sig", ".proof")
MOST_STATEMENTS = 100
_SAID = (".endorsement.json", ".retirement.json")


class Found(msgspec.Struct, frozen=True):
    """A file to audit, the files of the same name with a suffix of BESIDE (in whatever case), and the statements that lie there."""

    path: Path
    beside: tuple[Path, ...] = ()
    statements: tuple[Path, ...] = ()


def find(path: Path) -> Iterator[Found]:
    """The file itself; or every certificate in a folder and below."""
    if path.is_dir():
        yield from _certificates_in(path)
        return
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:  # a folder that may be entered but not listed
        names = [path.with_suffix(suffix).name for suffix in BESIDE if path.with_suffix(suffix).exists()]
    yield _Place(path.parent, names).found(path.name)


def _certificates_in(folder: Path) -> Iterator[Found]:
    """Every PDF, every record that has no PDF of its name, and every folder that can't be looked into (links are not followed)."""
    closed: list[Path] = []
    for here, folders, files in os.walk(folder, onerror=lambda error: closed.append(Path(error.filename))):
        folders.sort()
        place = _Place(Path(here), files)
        yield from (
            Found(place.folder / name)
            for name in folders
            if (place.folder / name).is_symlink() or _suffix(name) == ".pdf"
        )
        yield from (place.found(name) for name in sorted(files) if place.is_certificate(name))
    yield from map(Found, closed)


class _Place:
    """One folder's files, by name."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for name in names:
            self._by_stem[_stem(name)].append(name)
        # What takes trust away is heard before what gives it, if there is more than an audit hears.
        said = sorted((name for name in names if name.lower().endswith(_SAID)), key=lambda name: (_grants(name), name))
        self._statements = tuple(folder / name for name in said[:MOST_STATEMENTS])

    def found(self, name: str) -> Found:
        same = (other for other in self._by_stem[_stem(name)] if other != name and _suffix(other) in BESIDE)
        return Found(self.folder / name, tuple(self.folder / other for other in sorted(same)), self._statements)

    def is_certificate(self, name: str) -> bool:
        if _suffix(name) != ".json":
            return _suffix(name) == ".pdf"
        others = [other for other in self._by_stem[_stem(name)] if other != name]
        if any(_suffix(other) == ".pdf" and (self.folder / other).is_file() for other in others):
            return False
        signed = any(_suffix(other) == ".sig" for other in others)
        return signed or kinds.looks_like_a_record(content(self.folder / name) or b"")


def evidence(path: Path, record: Any) -> dict[str, str]:
    """The BLAKE3-256 of each file that is called as the record's evidence: in the folder `NUMBER` beside the certificate, else beside
    it; empty for one that can't be read."""
    found: dict[str, str | None] = {}
    for each in getattr(record, "evidence", ()):
        if each.name and Path(each.name).name == each.name and "\0" not in each.name:
            own = [path.parent / record.number] if numbering.NUMBER.fullmatch(record.number) else []
            digests = (_digest(place / each.name) for place in (*own, path.parent))
            found[each.name] = next((digest for digest in digests if digest is not None), None)
    return {name: digest for name, digest in found.items() if digest is not None}


def _digest(path: Path) -> str | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return canonical.digest_of(file)
    except OSError:
        return ""


def beside(found: Found) -> dict[str, bytes]:
    """What lies beside, by suffix; a file that is there but can't be read is as good as altered."""
    return {_suffix(path.name): content(path) or b"" for path in found.beside}


def said(found: Found) -> tuple[Statement, ...]:
    """The statements that lie beside; what is none counts for nothing."""
    read = []
    for path in found.statements:
        with contextlib.suppress(NotAuthentic):
            read.append(statements.read(mailed.restored(content(path, statements.LARGEST) or b"")))
    return tuple(read)


def content(path: Path, most: int = attachments.LARGEST_PDF) -> bytes | None:
    """The file's bytes, as many as an audit looks at; None if it can't be read."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError:
        return None


def _grants(name: str) -> bool:
    return name.lower().endswith(_SAID[0])


def _stem(name: str) -> str:
    return Path(name).stem.lower()


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()
