"""An inventory's file as a table of texts: CSV as offices save it (UTF-8, CP932, UTF-16; comma, tab or semicolon), or XLSX. Pure."""

from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile
from datetime import date, datetime, time
from typing import Any

from certificates.errors import Usage

LARGEST = 64 << 20
MOST_ROWS = 200_000
MOST_COLUMNS = 500
_DELIMITERS = (",", "\t", ";")
_END = "\ue000end"  # no cell says so
_ZEROS = re.compile(r"0{1,40}")
_EXACT = 10**15  # above it a spreadsheet no longer keeps every digit


def table(content: bytes, name: str, sheet: str | None = None) -> list[list[str]]:
    """Rows of cells. `name`: what to call the file in messages; `sheet`: the sheet of an XLSX. Raises Usage."""
    if len(content) > LARGEST:
        raise Usage("usage.inventory", path=name, detail=f"> {LARGEST >> 20} MiB")
    if content.startswith(b"PK\x03\x04"):
        rows = _xlsx(content, name, sheet)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Usage("usage.old_excel", path=name)
    else:
        rows = _csv(text(content, name), name)
    if not any(cell.strip() for row in rows for cell in row):
        raise Usage("usage.inventory_empty", path=name)
    return rows


def text(content: bytes, name: str) -> str:
    """The text of a CSV, in the encoding that it can only have. Raises Usage."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    # What is valid UTF-8 is UTF-8: Japanese text in CP932 hardly ever is.
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Usage("usage.encoding", path=name)


def _csv(content: str, name: str) -> list[list[str]]:
    if "\0" in content:
        raise Usage("usage.inventory", path=name, detail="NUL")
    head = content[:65536]
    try:
        # The delimiter is the one that makes the widest row at the top; a single column has none.
        delimiter = max(_DELIMITERS, key=lambda each: max((len(row) for row in _some_rows(head, each)), default=0))
        # A quotation mark without its end swallows every row after it, this last one too: they would be missed by nobody.
        closed = content if not content or content.endswith(("\r", "\n")) else f"{content}\n"
        rows = list(csv.reader(io.StringIO(f"{closed}{_END}", newline=""), delimiter=delimiter, strict=False))
    except csv.Error as error:
        raise Usage("usage.inventory", path=name, detail=error) from error
    if rows.pop() != [_END]:
        raise Usage("usage.inventory", path=name, detail='a " is never closed')
    return _bounded(rows, name)


def _some_rows(head: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    return [row for row, _ in zip(reader, range(30), strict=False)]


def _xlsx(content: bytes, name: str, sheet: str | None) -> list[list[str]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > 8 * LARGEST:
                raise Usage("usage.inventory", path=name, detail=f"> {8 * LARGEST >> 20} MiB")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        wanted = [each for each in book.sheetnames if sheet in (None, each)]
        pages = {each: _page(book[each]) for each in wanted}
        filled = {each: rows for each, rows in pages.items() if any(map(any, rows))}
        if len(filled) > 1 or (not filled and sheet is not None):
            raise Usage("usage.sheets", path=name, choices=", ".join(book.sheetnames))
        return _bounded(next(iter(filled.values()), []), name)
    except Usage:
        raise
    except Exception as error:  # openpyxl raises nearly anything for a broken file
        raise Usage("usage.inventory", path=name, detail=f"{type(error).__name__}: {error}"[:200]) from error


def _page(sheet: Any) -> list[list[str]]:
    """The cells of a sheet; what a file says of its own size may be wrong."""
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()
    rows: Any = getattr(sheet, "iter_rows", tuple)()  # a sheet that is only a chart has none
    return [[_shown(cell) for cell in row] for row in itertools.islice(rows, MOST_ROWS + 1)]


def _shown(cell: object) -> str:
    """A cell's value as the sheet shows it, as far as identifiers need it: 42 in the format 00000 is 00042."""
    value = getattr(cell, "value", None)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if abs(value) >= _EXACT:
            return f"{value:.2E}"  # its last digits are lost; shown so that it is told, never matched
        if value == int(value):
            width = str(getattr(cell, "number_format", "") or "")
            digits = len(width) if _ZEROS.fullmatch(width) else 0
            return f"{int(value):0{digits}d}"
        return repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _bounded(rows: list[list[str]], name: str) -> list[list[str]]:
    if len(rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in rows):
        raise Usage("usage.inventory", path=name, detail=f"> {MOST_ROWS} x {MOST_COLUMNS}")
    return rows
