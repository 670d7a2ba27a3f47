"""Finding the certificates of a folder. Nothing is passed over because of how it is named or because it can't be opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from certificates import attachments, canonical, consistency
from certificates.audit import kinds


def certificates_in(folder: Path) -> Iterator[Path]:
    """Every PDF, every record that has no PDF of its name, and every folder that can't be looked into (links are not followed)."""
    closed: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=lambda error: closed.append(Path(error.filename))):
        folders.sort()
        here = Path(place)
        yield from (here / name for name in folders if (here / name).is_symlink() or _suffix(name) == ".pdf")
        drawn = {Path(name).stem.lower() for name in files if _suffix(name) == ".pdf" and (here / name).is_file()}
        signed = {Path(name).stem.lower() for name in files if _suffix(name) == ".sig"}
        for name in sorted(files):
            stem = Path(name).stem.lower()
            lonely = _suffix(name) == ".json" and stem not in drawn
            if _suffix(name) == ".pdf" or (
                lonely and (stem in signed or kinds.looks_like_a_record(content(here / name) or b""))
            ):
                yield here / name
    yield from closed


def beside(path: Path) -> dict[str, bytes]:
    """Files of the same name with .json or .sig, in whatever case; one that is there but can't be read is as good as altered."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.name != path.name]
    except OSError:
        names = [path.with_suffix(suffix).name for suffix in (".json", ".sig") if path.with_suffix(suffix).exists()]
    same = [name for name in names if Path(name).stem.lower() == path.stem.lower()]
    return {_suffix(name): content(path.parent / name) or b"" for name in same if _suffix(name) in (".json", ".sig")}


def evidence(path: Path, record: Any) -> dict[str, str]:
    """The BLAKE3-256 of each file that is called as the record's evidence: in the folder `NUMBER` beside the certificate, else beside
    it; empty for one that can't be read."""
    found: dict[str, str | None] = {}
    for each in getattr(record, "evidence", ()):
        if each.name and Path(each.name).name == each.name and "\0" not in each.name:
            own = [path.parent / record.number] if consistency.NUMBER.fullmatch(record.number) else []
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


def content(path: Path) -> bytes | None:
    """The file's bytes, as many as an audit looks at; None if it can't be read."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(attachments.LARGEST_PDF + 1)
    except OSError:
        return None


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()
