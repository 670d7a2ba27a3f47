"""The cells of an XLSX sheet. A cell whose content isn't known is never blank. Pure."""

from __future__ import annotations

import bisect
import re
import zipfile
from collections.abc import Callable
from functools import partial

from certificates.errors import Usage
from certificates.tables import number_format
from certificates.tables.table import LONGEST_CELL, MOST_CELLS, MOST_ROWS, Fault, Row, Table
from certificates.tables.workbook import Attributes, Text, Workbook, parse, unescaped

_NAME = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_LAST_ROW, _LAST_COLUMN = 1 << 20, 1 << 14
_FALSE = ("0", "false", "off")


def table(parts: zipfile.ZipFile, part: str, book: Workbook, name: str) -> Table:
    """The rows of a sheet. Raises Usage, and what `workbook.opened` takes."""
    reader = _Reader(book, name)
    parse(parts, part, reader.start, reader.end, reader.data)
    return Table(tuple(reader.rows()))


class _Reader:
    """Takes a sheet's elements as they come. Cells that only have a format are passed over."""

    def __init__(self, book: Workbook, name: str) -> None:
        self._book, self._name = book, name
        self._cells: dict[int, dict[int, str]] = {}
        self._faults: dict[int, dict[int, Fault]] = {}
        self._covered: dict[int, set[int]] = {}
        self._hidden: set[int] = set()
        self._merges: list[tuple[int, int, int, int]] = []
        self._spilled: list[tuple[int, int, int, int]] = []  # what one formula fills besides its own cell
        self._row, self._column, self._count = 0, -1, 0
        self._attributes: Attributes = {}
        self._text, self._value = Text(), [""]
        self._in_value = self._has_value = self._has_formula = self._has_text = False

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "row":
            self._row = _bounded(int(attributes.get("r", self._row + 1)), _LAST_ROW)
            self._column = -1
            if attributes.get("hidden", "0") not in _FALSE:
                self._hidden.add(self._row)
        elif tag == "c":
            if "r" in attributes:
                self._row, self._column = _position(attributes["r"])
            else:
                self._column += 1
            self._attributes = attributes
            self._text, self._value = Text(), []
            self._in_value = self._has_value = self._has_formula = self._has_text = False
        elif tag == "v":
            self._in_value = self._has_value = True
        elif tag == "f":
            self._has_formula = True
            if "ref" in attributes and attributes.get("t") == "array":
                self._spilled.append(_range(attributes["ref"]))
        elif tag == "mergeCell":
            self._merges.append(_range(attributes["ref"]))
            if len(self._merges) > MOST_ROWS:
                raise self._too_large()
        elif tag == "is":
            self._has_text = True
        else:
            self._text.start(tag)

    def end(self, tag: str) -> None:
        if tag == "c":
            self._take()
        elif tag == "v":
            self._in_value = False
        else:
            self._text.end(tag)

    def data(self, data: str) -> None:
        if self._in_value:
            if len(self._value) < LONGEST_CELL:
                self._value.append(data)
        elif self._has_text:
            self._text.data(data)

    def rows(self) -> list[Row]:
        """The rows that have anything in them, merged cells and what one formula filled worked out."""
        known = sorted(self._cells.keys() | self._faults.keys())
        if self._book.is_uncalculated:
            for top, left, bottom, right in self._spilled:
                self._each(known, (top, left, bottom, right), self._doubt)
        for merge in self._merges:
            self._each(known, merge, partial(self._cover, merge[:2]))
        return [
            Row(
                row,
                self._cells.get(row, {}),
                self._faults.get(row, {}),
                frozenset(self._covered.get(row, ())),
                row in self._hidden,
            )
            for row in known
        ]

    def _take(self) -> None:
        """The cell that ended. A formula's result counts, unless it has none or the workbook is still to be calculated."""
        if not (self._has_value or self._has_formula or self._has_text):
            return
        text, fault = self._content()
        # A result may be an empty text, never an empty number: that is how a formula is written by what can't calculate.
        is_result = self._has_value and bool("".join(self._value) or self._attributes.get("t") == "str")
        if self._has_formula and (self._book.is_uncalculated or not is_result):
            text, fault = text.strip() or "=", "uncalculated"
        if len(text) > LONGEST_CELL:
            text, fault = text[:LONGEST_CELL], "long"
        if not text.strip() and fault is None:
            return
        self._put(self._row, self._column, text, fault)

    def _content(self) -> tuple[str, Fault | None]:
        kind, value = self._attributes.get("t", "n"), "".join(self._value)
        if kind == "inlineStr":
            return self._text.whole(), None
        if kind == "str":
            return unescaped(value), None
        if kind == "s":
            if re.fullmatch("[0-9]{1,9}", value.strip()) and int(value) < len(self._book.texts):
                return self._book.texts[int(value)], None
            return f"?{value[:20]}", "unknown"
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value.strip(), value), "boolean"
        if kind == "e":
            return value.strip() or "#?", "error"
        if kind == "d":
            return value, "date"
        if kind == "n":
            return self._number(value.strip())
        return value.strip() or "?", "unknown"

    def _number(self, value: str) -> tuple[str, Fault | None]:
        if not value:
            return ("?", "unknown") if self._has_text else ("", None)
        style = int(self._attributes.get("s", "0"))
        formats = self._book.formats
        code = formats[style] if style < len(formats) else 0
        try:
            return number_format.shown(value, code)
        except ValueError:
            return value[:20], "unknown"

    def _put(self, row: int, column: int, text: str, fault: Fault | None) -> None:
        cells = self._cells.setdefault(row, {})
        if column in cells and cells[column] != text:
            fault = "unknown"  # a cell that is there twice
        cells[column] = text
        if fault is not None:
            self._faults.setdefault(row, {})[column] = fault
        self._count += 1
        if self._count > MOST_CELLS or len(self._cells) > MOST_ROWS:
            raise self._too_large()

    def _each(self, known: list[int], area: tuple[int, int, int, int], do: Callable[[int, int], None]) -> None:
        """Do something with each cell of an area that lies in a row with anything in it."""
        top, left, bottom, right = area
        for row in known[bisect.bisect_left(known, top) : bisect.bisect_right(known, bottom)]:
            for column in range(left, min(right, left + 255) + 1):
                self._count += 1
                if self._count > 2 * MOST_CELLS:
                    raise self._too_large()
                do(row, column)

    def _doubt(self, row: int, column: int) -> None:
        if column in self._cells.get(row, {}):
            self._faults.setdefault(row, {})[column] = "uncalculated"

    def _cover(self, origin: tuple[int, int], row: int, column: int) -> None:
        """A cell below the first one of a merged area has its text; one beside it has none."""
        if (row, column) == origin:
            return
        self._covered.setdefault(row, set()).add(column)
        cells, faults = self._cells.setdefault(row, {}), self._faults.setdefault(row, {})
        if column == origin[1] and (text := self._cells.get(origin[0], {}).get(column)):
            cells[column] = text
            if fault := self._faults.get(origin[0], {}).get(column):
                faults[column] = fault

    def _too_large(self) -> Usage:
        return Usage("usage.inventory_large", path=self._name, most=f"{MOST_ROWS:,}")


def _bounded(number: int, last: int) -> int:
    if not 1 <= number <= last:
        raise ValueError(number)
    return number


def _position(name: str) -> tuple[int, int]:
    """C7 -> row 7, column 2."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(name)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return _bounded(int(match[2]), _LAST_ROW), _bounded(column, _LAST_COLUMN) - 1


def _range(reference: str) -> tuple[int, int, int, int]:
    """B2:C4 -> top, left, bottom, right."""
    first, _, last = reference.partition(":")
    top, left = _position(first)
    bottom, right = _position(last or first)
    return min(top, bottom), min(left, right), max(top, bottom), max(left, right)
