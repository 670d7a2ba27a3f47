"""A table as it was read: the rows that are not blank, what stands in their cells, and what of it isn't known."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

MOST_ROWS = 200_000
MOST_CELLS = 4_000_000
LONGEST_CELL = 1000  # characters; nothing that identifies a medium is as long

# Why it isn't known what a cell says. The words for people stand in reconcile.toml under [reconcile.unreadable].
Fault = Literal[
    "uncalculated", "error", "unknown", "shortened", "number", "format", "date", "boolean", "long", "merged", "ditto",
    "formula", "several", "quote", "invisible", "encoding", "columns", "quantity", "miscounted", "condition",
]  # fmt: skip


class Row(msgspec.Struct, frozen=True):
    """A row that has something in it.

    `number`: from 1, as a spreadsheet counts. `cells`: column (from 0) -> text, never blank.
    `faults`: column -> why it isn't known what stands there. `covered`: columns whose cell belongs to a merged one that begins
    above or to the left; the text of one that begins above is in `cells`. `fault`: why the whole row isn't understood.
    """

    number: int
    cells: dict[int, str]
    faults: dict[int, Fault] = {}
    covered: Collection[int] = frozenset()
    is_hidden: bool = False
    fault: Fault | None = None

    def text(self, column: int) -> str:
        return self.cells.get(column, "")

    @property
    def own(self) -> dict[int, str]:
        """The cells that are this row's own."""
        return {column: text for column, text in self.cells.items() if column not in self.covered}


class Table(msgspec.Struct, frozen=True):
    """The rows that are not blank, in order."""

    rows: tuple[Row, ...]


def cell_name(row: int, column: int) -> str:
    """C7: as a spreadsheet names a cell. `row` from 1, `column` from 0."""
    return f"{column_name(column)}{row}"


def column_name(column: int) -> str:
    """C: as a spreadsheet names a column. `column` from 0."""
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
