"""Delimited text (CSV): its delimiter, and its rows. A quotation mark that was not meant as one swallows no row. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from certificates.errors import Usage
from certificates.identity import plain
from certificates.tables import headings
from certificates.tables.table import LONGEST_CELL, MOST_CELLS, MOST_ROWS, Fault, Row, Table

DELIMITERS: Mapping[str, str] = {"comma": ",", "tab": "\t", "semicolon": ";", "pipe": "|"}
_LINE = re.compile("\r\n|\r|\n")
_HEAD = 65536  # characters that are looked at to find the delimiter


class _Stray(Exception):
    """A quotation mark that would swallow something: the lines (from 1) where it stands and where it would end."""

    def __init__(self, first: int, last: int | None) -> None:
        super().__init__()
        self.first, self.last = first, last


def table(text: str, name: str, delimiter: str | None = None, named: Sequence[str] = ()) -> Table:
    """The rows of a text. `delimiter`: one character, else it is found. `named`: headings that a person named. Raises Usage."""
    lines = _LINE.split(text)
    if said := re.fullmatch(r'"?sep=(.)"?\1*\s*', lines[0], re.IGNORECASE):
        delimiter = delimiter or said[1]
        lines = lines[1:]
    delimiter = delimiter or _delimiter(lines, named)
    try:
        records = list(_records(lines, delimiter))
    except _Stray as stray:
        key = "usage.quote" if stray.last else "usage.quote_open"
        raise Usage(key, path=name, first=stray.first, last=stray.last) from None
    rows = [
        Row(number, cells, fault=fault)
        for number, (record, fault) in enumerate(records, start=1)
        if (cells := _cells(record)) or fault
    ]
    if len(rows) > MOST_ROWS or sum(len(row.cells) for row in rows) > MOST_CELLS:
        raise Usage("usage.inventory_large", path=name, most=f"{MOST_ROWS:,}")
    return Table(tuple(rows))


def _delimiter(lines: Sequence[str], named: Sequence[str]) -> str:
    """The one under which headings are known (those that were named, above all); else the one that makes most rows equally wide."""
    head, size = [], 0
    for line in lines:
        size += len(line)
        head.append(line[:_HEAD])
        if size > _HEAD:
            break
    wanted = {plain(name) for name in named}

    def fit(delimiter: str) -> tuple[int, int, int, float, int]:
        records = list(_tolerant(head, delimiter))
        found = max((len(wanted & {plain(cell) for cell in record}) for record in records), default=0)
        scores = [headings.score(dict(enumerate(record)))[::-1] for record in records[: headings.LOOKED_AT]]
        exact, columns = max(scores, default=(0, 0))
        widths = [len(record) for record in records if any(cell.strip() for cell in record)]
        usual = max(set(widths), key=widths.count) if widths else 1
        alike = widths.count(usual) / len(widths) if usual > 1 else 0.0
        # Where headings are known, how wide they are counts: a stray | in one value makes no second column.
        widest = len(records[scores.index((exact, columns))]) if exact or columns else max(widths, default=0)
        return found, exact, columns, round(alike, 2), widest

    return max(DELIMITERS.values(), key=fit)


def _tolerant(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    """Lines as records, quotation marks taken as far as they go: only to find the delimiter."""
    for line in lines:
        try:
            yield _fields(line, delimiter)[0]
        except (_Open, _Stray):
            yield line.split(delimiter)


class _Open(Exception):
    """A quoted field goes on in the next line."""


def _records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[list[str], Fault | None]]:
    """Each record, and why it isn't understood. Raises _Stray."""
    if lines and not lines[-1].strip():
        lines = lines[:-1]
    width = _width(lines, delimiter)
    number = 0
    while number < len(lines):
        first, line = number, lines[number]
        number += 1
        if '"' not in line:
            record, whole = line.split(delimiter), False
        else:
            pieces = [line]
            while True:
                try:
                    record, whole = _fields("\n".join(pieces), delimiter)
                    break
                except _Open:
                    if number == len(lines) or len(pieces) > 500:
                        raise _Stray(first + 1, None) from None
                    pieces.append(lines[number])
                    number += 1
                except _Stray:
                    raise _Stray(first + 1, number) from None
            # A record of quoted fields only is meant so, unless marks in two lines made fewer fields of them than there are headings.
            if (not whole or len(record) < width) and _swallows(record, pieces, delimiter, width):
                raise _Stray(first + 1, number)
        ragged = width and any(cell.strip() for cell in record[width:])
        yield record, "columns" if ragged else None


def _width(lines: Sequence[str], delimiter: str) -> int:
    """How many columns the headings have, where a row of headings is known and lies in one line; else 0."""
    records = list(_tolerant(lines[: headings.LOOKED_AT], delimiter))
    rows = [Row(number, _cells(record)) for number, record in enumerate(records)]
    scores = [headings.score(row.cells) for row in rows]
    best = max(scores, default=(0, 0))
    if best == (0, 0):
        return 0
    at = scores.index(best)
    return max(len(record) for record in records[at : at + headings.levels(rows, at)])


def _cells(record: Sequence[str]) -> dict[int, str]:
    return {column: cell[:LONGEST_CELL] for column, cell in enumerate(record) if cell.strip()}


def _swallows(record: Sequence[str], pieces: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a quoted field holds what looks like other fields or rows.

    Lone marks (ditto marks, inches) come in pairs as well, and what lies between two of them reads as one field: it begins or ends
    with a delimiter or a line's end, or its lines have as many columns as the headings.
    """
    for field in record:
        body = field.strip(" ")
        if delimiter not in body and "\n" not in body:
            continue
        at_edge = body.startswith((delimiter, "\n")) or body.endswith((delimiter, "\n"))
        if at_edge and ("\n" in body or (width and len(record) < width)):
            return True
    wide = width or len(record)
    return wide > 1 and any(line.count(delimiter) + 1 == wide for line in pieces[1:] if _begins_bare(line, delimiter))


def _begins_bare(line: str, delimiter: str) -> bool:
    """Whether the line's first field is no end of a quoted one, so that it may be a row by itself."""
    return not line.split(delimiter, 1)[0].rstrip(" ").endswith('"')


def _fields(line: str, delimiter: str) -> tuple[list[str], bool]:
    """The fields of a record, and whether each is quoted (but for an empty one at the end).

    Raises _Open, and _Stray where text follows a closing mark.
    """
    fields, at, whole = [], 0, True
    while True:
        start = at
        while start < len(line) and line[start] == " " and delimiter != " ":
            start += 1
        if start < len(line) and line[start] == '"':
            at, pieces = start + 1, []
            while True:
                end = line.find('"', at)
                if end < 0:
                    raise _Open
                pieces.append(line[at:end])
                if line[end + 1 : end + 2] != '"':
                    break
                pieces.append('"')
                at = end + 2
            fields.append("".join(pieces))
            at = end + 1
            while at < len(line) and line[at] == " " and delimiter != " ":
                at += 1
            if at < len(line) and line[at] != delimiter:
                raise _Stray(0, 0)
        else:
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            fields.append(line[at:end])
            whole = whole and end == at == len(line) and len(fields) > 1
            at = end
        if at >= len(line):
            return fields, whole
        at += 1
