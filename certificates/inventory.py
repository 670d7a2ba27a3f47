"""An inventory: which of a table's columns say who a medium is, and its rows as identities. Pure.

Headings are found by themselves where only one column can be meant. Where two can, nobody guesses: the caller asks, or refuses.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import msgspec

from certificates import language
from certificates.errors import Usage
from certificates.identity import Identity, identity, plain
from certificates.values import whole

FIELDS = ("asset_tag", "serial", "wwn")
NONE = "-"  # what names no column
_HEADING_ROWS = 30  # a title, a date and an office may stand above the headings
# 4.02E+15, 2020-01-11T00:00:00: a number that a spreadsheet has shortened, or took for a date
_SPOILT = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+|[0-9]{4}(-[0-9]{2}){2}[T ][0-9]{2}(:[0-9]{2}){2}")

Cells = Sequence[str]


class Asset(msgspec.Struct, frozen=True):
    """One row. The texts are as they stand there; `identity` is what they mean. `spoilt`: a value that a spreadsheet has damaged."""

    row: int
    asset_tag: str | None
    serial: str | None
    wwn: str | None
    identity: Identity
    spoilt: str | None = None


class Columns(msgspec.Struct, frozen=True):
    """Where to look: the row of the headings (from 0), and a column number (from 0) for each field that has one."""

    heading_row: int
    headings: tuple[str, ...]
    found: dict[str, int]

    def named(self) -> dict[str, str]:
        """Field -> the heading that was taken for it."""
        return {name: self.headings[column] for name, column in self.found.items()}


class Ambiguous(Usage):
    """More than one column may be meant. `field` is one of FIELDS, `choices` the columns (numbers from 1) and their headings."""

    def __init__(self, field: str, choices: Sequence[tuple[int, str]]) -> None:
        self.field = field
        self.choices = tuple(choices)
        listed = ", ".join(f"#{number} {heading}" for number, heading in choices)
        super().__init__(
            "usage.headings", field=language.text(f"reconcile.field.{field}"), choices=listed, option=option_of(field)
        )


def option_of(field: str) -> str:
    """The option that names this field's column."""
    return f"--{field.removesuffix('_tag')}-column"


def columns(table: Sequence[Cells], named: Mapping[str, str]) -> Columns:
    """The columns of this table. `named`: field -> heading, `#3` for the third column, or `-` for none. Raises Usage, Ambiguous."""
    row = _heading_row(table, named)
    headings = tuple(plain(cell) for cell in table[row])
    found: dict[str, int] = {}
    for field in FIELDS:
        wanted = named.get(field)
        if wanted == NONE:
            continue
        at = _named(headings, field, wanted) if wanted else _candidates(headings, field)
        if len(at) > 1:
            raise Ambiguous(field, [(column + 1, headings[column]) for column in at])
        if at:
            found[field] = at[0]
    if not found:
        raise Usage("usage.no_headings", found=", ".join(filter(None, headings))[:200])
    if len(set(found.values())) < len(found):
        raise Usage("usage.same_column", columns=", ".join(headings[column] for column in found.values()))
    return Columns(row, headings, found)


def assets(table: Sequence[Cells], where: Columns, only: Mapping[str, str] | None = None) -> tuple[Asset, ...]:
    """The rows below the headings, but for blank ones. `only`: heading -> the value that a row must have there. Raises Usage."""
    wanted = {_named(where.headings, "where", heading)[0]: plain(value) for heading, value in (only or {}).items()}
    made = []
    for number, cells in enumerate(table[where.heading_row + 1 :], start=where.heading_row + 2):
        if not any(cell.strip() for cell in cells):
            continue
        if any(plain(_cell(cells, column)) != value for column, value in wanted.items()):
            continue
        made.append(_asset(number, {field: _cell(cells, column) for field, column in where.found.items()}))
    return tuple(made)


def _asset(row: int, told: Mapping[str, str]) -> Asset:
    texts = {field: unquoted(told.get(field, "")) or None for field in FIELDS}
    spoilt = next((text for text in texts.values() if text and _SPOILT.fullmatch(text)), None)
    return Asset(row, **texts, identity=identity(**texts) if spoilt is None else Identity(), spoilt=spoilt)


def column_of(headings: Sequence[str], field: str) -> int | None:
    """The column of a further field of the table of headings; None if there is none. Raises Ambiguous."""
    at = _candidates(headings, field)
    if len(at) > 1:
        raise Ambiguous(field, [(column + 1, headings[column]) for column in at])
    return at[0] if at else None


def told_in(cells: Cells, where: Columns, field: str) -> str | None:
    """What a row says in the columns of a field that identifies nothing (`vendor`, `model`): all of them, since none is better."""
    at = [column for column in _candidates(where.headings, field) if column not in where.found.values()]
    return " ".join(dict.fromkeys(filter(None, (unquoted(_cell(cells, column)) for column in at)))) or None


def unquoted(text: str) -> str:
    """A cell without what people put around a number so that a spreadsheet keeps its zeros: ="00123", '00123."""
    text = text.strip()
    if match := re.fullmatch(r'="(.*)"', text):
        text = match[1].strip()
    return text.removeprefix("'").strip()


def _cell(cells: Cells, column: int) -> str:
    return cells[column] if column < len(cells) else ""


def _heading_row(table: Sequence[Cells], named: Mapping[str, str]) -> int:
    """The first row that has a heading that was named, or one that is known. Raises Usage."""
    given = [plain(name) for name in named.values() if name != NONE and not name.startswith("#")]
    for number, cells in enumerate(table[:_HEADING_ROWS]):
        headings = tuple(plain(cell) for cell in cells)
        if given:
            if all(name in headings for name in given):
                return number
        elif any(_candidates(headings, field) for field in FIELDS):
            return number
    seen = next((cells for cells in table if any(cell.strip() for cell in cells)), ())
    told = ", ".join(plain(cell) for cell in seen if cell.strip())[:200]
    if given:
        raise Usage("usage.no_such_heading", heading=", ".join(given), found=told)
    if named and table:
        return next(number for number, cells in enumerate(table) if any(cell.strip() for cell in cells))
    raise Usage("usage.no_headings", found=told)


def _named(headings: Sequence[str], field: str, wanted: str) -> list[int]:
    """The columns that a person's words name. Raises Usage if there is none, Ambiguous if there are more than one."""
    if wanted.startswith("#") and (number := whole(wanted[1:])) is not None:
        column = number - 1
        if not 0 <= column < len(headings):
            raise Usage("usage.no_such_heading", heading=wanted, found=", ".join(headings)[:200])
        return [column]
    at = [column for column, heading in enumerate(headings) if heading == plain(wanted)]
    if not at:
        raise Usage("usage.no_such_heading", heading=wanted, found=", ".join(headings)[:200])
    if len(at) > 1:
        raise Ambiguous(field, [(column + 1, headings[column]) for column in at])
    return at


def _candidates(headings: Sequence[str], field: str) -> list[int]:
    names, exact = _known()[field]
    found = []
    for column, heading in enumerate(headings):
        key = _heading_key(heading)
        if key and (key in exact or any(name in key for name in names)):
            found.append(column)
    return found


@cache
def _known() -> dict[str, tuple[tuple[str, ...], frozenset[str]]]:
    told = tomllib.loads(resources.files("certificates").joinpath("inventory.toml").read_text(encoding="utf-8"))
    return {
        field: (
            tuple(_heading_key(name) for name in table["names"]),
            frozenset(_heading_key(name) for name in [*table["names"], *table["exact"]]),
        )
        for field, table in told.items()
    }


def _heading_key(heading: str) -> str:
    """Headings are words: here all compatibility forms may fold (№), and punctuation says nothing."""
    folded = unicodedata.normalize("NFKC", plain(heading)).casefold()
    return "".join(character for character in folded if character.isalnum())
