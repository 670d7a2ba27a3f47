"""The whole ledger for other programs: JSON lines, a table for Excel, and the tree as c2sp.org/tlog-tiles lays it out in files.

Every entry is checked on its way out. Raises LedgerInconsistent.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from certificates import foreign, language
from certificates.errors import Usage
from certificates.ledger import checking, words
from certificates.ledger.checking import Wall
from certificates.ledger.entries import DestructionEnded, Entry
from certificates.ledger.stores.tables import Row

TILE = 256
LONGEST = 65535  # bytes of an entry in a bundle
_LEVELS = 8
COLUMNS = (
    *("seq", "at", "kind", "number", "asset_tag", "vendor", "model", "serial", "wwn"),
    *("capacity_bytes", "node", "method", "outcome", "certificate"),
)


def lines(rows: Iterable[Row], wall: Wall = checking.stop) -> Iterator[bytes]:
    """One entry a line, in the very bytes that are the leaf of the tree."""
    for _, row in checking.checked(rows, wall):
        yield row.body + b"\n"


def table(rows: Iterable[Row], methods: Mapping[str, str], wall: Wall = checking.stop) -> Iterator[bytes]:
    """CSV as Excel opens it in Japan without asking: UTF-8 with its mark, and nothing that Excel would take for a formula.

    In words of the language in force. `methods`: the names of the overwrite methods by id.
    """
    yield b"\xef\xbb\xbf" + _csv([language.text(f"ledger.column.{column}") for column in COLUMNS])
    for entry, _ in checking.checked(rows, wall):
        yield _csv([_cell(value) for value in _columns(entry, methods)])


def tiles(rows: Iterable[Row], folder: Path) -> None:
    """The files `tile/LEVEL/N` and `tile/entries/N` below `folder`; the last of each may be partial. Raises OSError, and Usage for an
    entry that is too long for that layout."""
    hashes: list[list[bytes]] = [[] for _ in range(_LEVELS)]
    bundle: list[bytes] = []
    size = 0
    for _, row in checking.checked(rows):
        size += 1
        if len(row.body) > LONGEST:
            raise Usage("ledger.too_long", entry=row.seq, bytes=len(row.body), most=LONGEST)
        bundle.append(len(row.body).to_bytes(2, "big") + row.body)
        for level in range(_LEVELS):
            at = level * 8 * 32  # a tile is eight levels high
            if at < len(row.nodes):
                hashes[level].append(row.nodes[at : at + 32])
        if size % TILE == 0:
            _write(folder, "entries", size // TILE - 1, bundle)
        for level, tile in enumerate(hashes):
            if len(tile) == TILE:
                _write(folder, str(level), (size >> 8 * (level + 1)) - 1, tile)
    if bundle:
        _write(folder, "entries", size // TILE, bundle)
    for level, tile in enumerate(hashes):
        if tile:
            _write(folder, str(level), size >> 8 * (level + 1), tile)


def _write(folder: Path, level: str, number: int, parts: list[bytes]) -> None:
    """Empties `parts` into its file."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    file = folder.joinpath("tile", level, *(f"x{group}" for group in groups[:-1]), groups[-1])
    if len(parts) < TILE:
        file = file.with_name(f"{file.name}.p") / str(len(parts))
    file.parent.mkdir(parents=True, exist_ok=True)
    foreign.check_replaceable(file)
    file.unlink(missing_ok=True)
    with file.open("xb") as new:
        new.write(b"".join(parts))
    parts.clear()


def _columns(entry: Entry, methods: Mapping[str, str]) -> list[Any]:
    told = msgspec.structs.asdict(entry)
    medium = msgspec.to_builtins(told.get("medium")) or {}
    told = medium | told | {"kind": words.kind(entry), "outcome": words.outcome(entry)}
    told["method"] = words.way(entry, methods)
    if isinstance(entry, DestructionEnded):  # a box of media in one entry
        for name in ("asset_tag", "vendor", "model", "serial", "wwn"):
            values = [getattr(each.medium, name) for each in entry.media]
            told[name] = (
                "; ".join(value or "–" for value in values) if any(values) else None
            )  # the n-th is the n-th medium's
    return [told.get(column) for column in COLUMNS]


def _cell(value: object) -> str:
    """As text. A cell that begins like a formula gets an apostrophe, which Excel takes for text; control characters go."""
    text = "" if value is None else "".join(c if c.isprintable() else " " for c in str(value))
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) else text


def _csv(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()
