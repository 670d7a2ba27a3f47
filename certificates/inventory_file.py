"""An inventory's file as a table: delimited text as offices save it, or XLSX. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from certificates import language
from certificates.errors import Usage
from certificates.tables import delimited, encoding, other_files, sheet, workbook
from certificates.tables.table import Fault, Row, Table

LARGEST = 64 << 20


def table(
    content: bytes,
    name: str,
    *,
    sheet_name: str | None = None,
    delimiter: str | None = None,
    encoded: str | None = None,
    named: Sequence[str] = (),
) -> Table:
    """The rows of a file. Raises Usage.

    `name`: what to call the file in messages. `sheet_name`: the sheet of an XLSX. `delimiter`: the character between the cells of a text,
    and `encoded` its encoding (one of `encoding.ENCODINGS`), if a person says so. `named`: headings that a person named.
    """
    if len(content) > LARGEST:
        raise Usage("usage.inventory_large_file", path=name, most=LARGEST >> 20)
    if (kind := other_files.kind(content)) is not None:
        special = {"encrypted": "usage.inventory_encrypted", "xls": "usage.old_excel"}
        raise Usage(
            special.get(kind, "usage.inventory_format"), path=name, what=language.text(f"inventory.format.{kind}")
        )
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        found = _sheet(content, name, sheet_name)
    else:
        decoded = encoding.decoded(content, name, encoded)
        found = delimited.table(decoded.text, name, delimiter, named)
        if not decoded.is_certain:
            found = Table(tuple(map(_doubted, found.rows)))
    if not found.rows:
        raise Usage("usage.inventory_empty", path=name)
    return found


def _sheet(content: bytes, name: str, wanted: str | None) -> Table:
    """The one sheet that has anything in it, or the one that was named."""
    with workbook.opened(content, name) as parts:
        book = workbook.workbook(parts, name)
        named = [each for each in book.sheets if wanted in (None, each.name)]
        tables = [(each.name, sheet.table(parts, each.part, book, name)) for each in named]
    filled = [found for _, found in tables if found.rows]
    if len(filled) > 1 or (not filled and wanted is not None):
        raise Usage("usage.sheets", path=name, choices=", ".join(each.name for each in book.sheets))
    return filled[0] if filled else Table(())


def _doubted(row: Row) -> Row:
    """A row of a text whose encoding isn't certain: what isn't ASCII may be other characters."""
    faults: dict[int, Fault] = {column: "encoding" for column, text in row.cells.items() if not text.isascii()}
    return Row(row.number, row.cells, faults | row.faults, row.covered, row.is_hidden, row.fault)
