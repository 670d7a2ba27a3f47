"""Finding the certificates of a folder. Content decides, not names; and nothing is passed over in silence: what is no certificate is
listed, with why."""

from __future__ import annotations

import contextlib
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from certificates import attachments, canonical, foreign, language, mailed, numbering, statements
from certificates.audit import kinds, sniffing
from certificates.errors import NotAuthentic
from certificates.statements import Statement

BESIDE = (".json", ".sig", ".proof")
MOST_STATEMENTS = 100
LARGEST_EVIDENCE = 256 << 20
_SAID = (".endorsement.json", ".retirement.json")
_KEY = ".pem"
_LITTER = (".ds_store", "thumbs.db", "desktop.ini", ".localized", ".directory")

Why = Literal["other", "litter", "evidence", "alone", "key", "linked", "irregular", "dangling", "holds", "sealed"]
"""Why a file is not audited. Only `holds` leaves a doubt: a paper is in there that has to be taken out first."""


class Found(msgspec.Struct, frozen=True):
    """A file to audit, the files of the same name with a suffix of BESIDE (in whatever case), and the statements that lie there."""

    path: Path
    beside: tuple[Path, ...] = ()
    statements: tuple[Path, ...] = ()


class Left(msgspec.Struct, frozen=True):
    """What lies in a folder and was not audited."""

    path: Path
    why: Why

    @property
    def doubtful(self) -> bool:
        return self.why == "holds"

    def message(self, lang: language.Language | None = None) -> str:
        return language.text(f"audit.left.{self.why}", lang)


def find(path: Path) -> Iterator[Found]:
    """The file itself; or every certificate in a folder and below."""
    return (each for each in survey(path) if isinstance(each, Found))


def survey(path: Path) -> Iterator[Found | Left]:
    """The file itself; or everything in a folder and below: what is to be audited, and what is not. Links to folders are not followed."""
    if path.is_dir():
        yield from _everything_in(path)
        return
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:  # a folder that may be entered but not listed
        names = [path.with_suffix(suffix).name for suffix in BESIDE if os.path.lexists(path.with_suffix(suffix))]
    yield _Place(path.parent, names).found(path.name)


def _everything_in(folder: Path) -> Iterator[Found | Left]:
    """A folder that can't be looked into counts as a certificate that can't be read."""
    waiting, visited = [folder], set()
    while waiting:
        here = waiting.pop()
        try:
            seen = here.stat()
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            yield Found(here)
            continue
        if (seen.st_dev, seen.st_ino) in visited:  # a file system that contains itself
            yield Left(here, "linked")
            continue
        visited.add((seen.st_dev, seen.st_ino))
        below = [here / entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        yield from _Place(here, [entry.name for entry in entries if not entry.is_dir(follow_symlinks=False)]).all()
        yield from (Found(each) for each in below if _suffix(each.name) == ".pdf")
        waiting += reversed(below)


class _Place:
    """One folder's files, by name."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self._names = sorted(names)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for name in self._names:
            self._by_stem[_stem(name)].append(name)
        # What takes trust away is heard before what gives it, if there is more than an audit hears.
        said = sorted((name for name in self._names if _is_said(name)), key=lambda name: (_grants(name), name))
        self._statements = tuple(folder / name for name in said[:MOST_STATEMENTS])

    def found(self, name: str) -> Found:
        same = (other for other in self._by_stem[_stem(name)] if other != name and _suffix(other) in BESIDE)
        return Found(self.folder / name, tuple(self.folder / other for other in sorted(same)), self._statements)

    def all(self) -> Iterator[Found | Left]:
        """Every file, as what it is. A record that has an audited page of its name is compared with that one."""
        looks = {name: self._look(name) for name in self._names}
        pages = {_stem(name) for name, look in looks.items() if look == "pdf"}
        for name, look in looks.items():
            if look in ("pdf", "audit") or (look == "record" and not self._is_beside(name, pages)):
                yield self.found(name)
        papers = pages | {_stem(name) for name, look in looks.items() if look in ("record", "audit")}
        for name, look in looks.items():
            why = None if look in ("pdf", "audit", "record") else self._left(name, look, papers)
            if why is not None:
                yield Left(self.folder / name, why)

    def _is_beside(self, name: str, pages: set[str]) -> bool:
        return _suffix(name) == ".json" and _stem(name) in pages

    def _look(self, name: str) -> str:
        """What the file is: a look of `sniffing`, a reason to leave it, or `audit` for what only an audit can tell more about."""
        path, named = self.folder / name, _suffix(name) == ".pdf"
        try:
            mode = path.stat().st_mode
        except OSError:
            return "audit" if named or not path.is_symlink() else "dangling"
        if stat.S_ISDIR(mode):
            return "audit" if named else "linked"
        if not stat.S_ISREG(mode):
            return "audit" if named else "irregular"
        try:
            look: str = _looked(path)
        except OSError:  # nobody knows what it is
            return "audit"
        if named and look not in ("apple", "holds"):
            return "pdf"
        if look in ("other", "holds") and _suffix(name) == ".json" and self._has_signature(name):
            return "record"
        return "audit" if named and look == "holds" else look

    def _has_signature(self, name: str) -> bool:
        return any(_suffix(other) == ".sig" for other in self._by_stem[_stem(name)])

    def _left(self, name: str, look: str, papers: set[str]) -> Why | None:
        """Why it is listed; None for what goes with a certificate."""
        if look in ("holds", "sealed", "linked", "irregular", "dangling"):
            return look  # type: ignore[return-value]
        if look == "apple" or name.lower() in _LITTER or name.startswith("~$"):
            return "litter"
        if _suffix(name) in BESIDE:
            if _stem(name) in papers or (_is_said(name) and papers):
                return None
            return "other" if _suffix(name) == ".json" else "alone"
        if _suffix(name) == _KEY:
            return None if _stem(name) in papers or (name.lower() == kinds.KEY_NAME and papers) else "key"
        return "other"


def _looked(path: Path) -> sniffing.Look:
    with foreign.opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(min(size, sniffing.HEAD))
        file.seek(max(0, size - sniffing.TAIL))
        tail = file.read(min(size, sniffing.TAIL))
        file.seek(0)
        return sniffing.look(head, tail, file)


def places(path: Path, record: Any) -> dict[str, tuple[Path, ...]]:
    """Where a record's evidence may lie, by name: in the folder `NUMBER` beside the certificate, else beside it."""
    found = {}
    for each in getattr(record, "evidence", ()):
        if each.name and Path(each.name).name == each.name and "\0" not in each.name:
            own = [path.parent / record.number] if numbering.NUMBER.fullmatch(record.number) else []
            found[each.name] = tuple(place / each.name for place in (*own, path.parent))
    return found


def evidence(path: Path, record: Any) -> dict[str, str]:
    """The BLAKE3-256 of each file that is called as the record's evidence; empty for one that can't be it: unreadable, of another
    size, or larger than evidence is."""
    sizes = {each.name: each.bytes for each in getattr(record, "evidence", ())}
    found: dict[str, str] = {}
    for name, candidates in places(path, record).items():
        digests = (_digest(place, sizes[name]) for place in candidates)
        digest = next((digest for digest in digests if digest is not None), None)
        if digest is not None:
            found[name] = digest
    return found


def _digest(path: Path, size: int) -> str | None:
    if not os.path.lexists(path):
        return None
    try:
        with foreign.opened(path) as file:
            if os.fstat(file.fileno()).st_size != size or size > LARGEST_EVIDENCE:
                return ""
            return canonical.digest_of(file)
    except OSError:
        return ""


def beside(found: Found) -> dict[str, bytes]:
    """What lies beside, by suffix; a file that is there but can't be read is as good as altered, and so are two that differ."""
    contents: dict[str, bytes] = {}
    for path in found.beside:
        suffix, read = _suffix(path.name), content(path) or b""
        contents[suffix] = read if contents.get(suffix, read) == read else b""
    return contents


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
        return foreign.head(path, most + 1)
    except OSError:
        return None


def _is_said(name: str) -> bool:
    return name.lower().endswith(_SAID)


def _grants(name: str) -> bool:
    return name.lower().endswith(_SAID[0])


def _stem(name: str) -> str:
    return Path(name).stem.lower()


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()
