"""Which headings are known (certificates/inventory.toml), and which row of a table holds them. Pure."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise

from certificates.identity import is_placeholder, plain
from certificates.tables.table import Row

FIELDS = ("asset_tag", "serial", "wwn")
LOOKED_AT = 30  # rows: a title, a date and an office may stand above the headings
_DIGIT = re.compile("[0-9]")
# Of a medium: not a date, and not a number of pages or items.
_NUMBER = re.compile(r"(?![0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}([T ].*)?\Z)[!-~ ]{4,}")
_LEVELS = 3  # headings may stand in groups, one row above the other


def key(heading: str) -> str:
    """Headings are words: here all compatibility forms may fold (№), and punctuation says nothing."""
    folded = unicodedata.normalize("NFKC", plain(heading)).casefold()
    return "".join(character for character in folded if character.isalnum())


def spelt(heading: str) -> str:
    """As it is told and named: in one line, though cells break theirs."""
    return " ".join(plain(heading).split())


@cache
def known() -> dict[str, tuple[tuple[str, ...], frozenset[str]]]:
    """Field -> what a heading may contain, and what it may be."""
    told = tomllib.loads(resources.files("certificates").joinpath("inventory.toml").read_text(encoding="utf-8"))
    return {
        field: (
            tuple(key(name) for name in table["names"]),
            frozenset(key(name) for name in [*table["names"], *table["exact"]]),
        )
        for field, table in told.items()
    }


def candidates(headings: Mapping[int, str], field: str) -> list[int]:
    """The columns that may be a field's."""
    names, exact = known()[field]
    found = []
    for column, heading in sorted(headings.items()):
        folded = key(heading)
        if folded and (folded in exact or any(name in folded for name in names)):
            found.append(column)
    return found


def exact(cells: Mapping[int, str], fields: Sequence[str] | None = None) -> list[int]:
    """The columns whose text is a heading and nothing else; of these fields, or of any."""
    whole = _whole(tuple(fields or known()))
    return [column for column, text in cells.items() if _may_be_heading(text) and key(text) in whole]


@cache
def _whole(fields: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(known()[field][1] for field in fields))


def _may_be_heading(text: str) -> bool:
    """Quickly, since it is asked of each cell: headings are short words (a digit has only EUI-64)."""
    return len(text) < 50 and (_DIGIT.search(text) is None or "64" in text)


def score(cells: Mapping[int, str]) -> tuple[int, int]:
    """How much like a row of headings this is: how many different columns say who a medium is, and how many are headings exactly."""
    columns = {column for field in FIELDS for column in candidates(cells, field)}
    return len(columns), len(exact(cells))


def looks_like_values(row: Row, columns: Sequence[int]) -> bool:
    """Does this row have, in the columns that say who a medium is, numbers of a medium, and something beside them?"""
    own = row.own
    told = [plain(own[column]) for column in columns if column in own and not is_placeholder(own[column])]
    if len(own) < 2 or not told or not all(map(_DIGIT.search, told)):
        return False
    return any(map(_NUMBER.fullmatch, told)) and not any(candidates(dict(enumerate(told)), field) for field in FIELDS)


def levels(rows: Sequence[Row], first: int) -> int:
    """How many rows, from the one at position `first`, are one row of headings (型番 and シリアル番号 below 媒体)."""
    count = 1
    while count < _LEVELS and first + count < len(rows) and _goes_on(rows[first + count - 1], rows[first + count]):
        count += 1
    return count


def _goes_on(upper: Row, lower: Row) -> bool:
    own = lower.own
    if lower.number != upper.number + 1 or not own or own == upper.own:
        return False
    free = [column for column in exact(own) if not exact({column: upper.text(column)})]
    # What stands below an exact heading is its first value; a joined row has its names only where the row above has none, or a group's.
    return bool(free) and all(column not in own for column in exact(upper.own))


def joined(rows: Sequence[Row]) -> dict[int, str]:
    """The headings of these rows, one below the other: column -> text. A group's name goes before the names below it."""
    texts = {column: [spelt(text)] for column, text in rows[0].cells.items()}
    for upper, lower in pairwise(rows):
        group: str | None = None
        below = lower.own
        for column in range(max([*upper.cells, *below]) + 1 if upper.cells or below else 0):
            if column in upper.own:
                group = spelt(upper.text(column)) if column in below else None
            elif column in below and group is not None and column not in upper.cells:
                texts.setdefault(column, []).append(group)
        for column, text in below.items():
            texts.setdefault(column, []).append(spelt(text))
    return {column: " ".join(dict.fromkeys(filter(None, parts))) for column, parts in texts.items()}
