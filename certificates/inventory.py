"""An inventory: which of a table's columns say who a medium is, and its rows as identities. Pure.

Headings are found by themselves where only one column can be meant. Where two can, nobody guesses: the caller asks, or refuses.
No row is dropped: each is an asset (perhaps one that can't be read, and why), or is named among those that are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Literal

import msgspec

from certificates import language
from certificates.errors import Usage
from certificates.identity import Identity, identity, plain
from certificates.tables import headings, values
from certificates.tables.headings import FIELDS
from certificates.tables.table import Fault, Row, Table, cell_name

NONE = "-"  # what names no column
_LEVELS_OF_TOTALS = 50

Why = Literal["headings", "total", "end", "where", "after"]


class Asset(msgspec.Struct, frozen=True):
    """One row. The texts are as they stand there; `identity` is what they mean.

    `spoilt`: a text that can't be what identifies the medium; `cell`: where it stands (C7, or the row's number); `why`: why not.
    """

    row: int
    asset_tag: str | None
    serial: str | None
    wwn: str | None
    identity: Identity
    spoilt: str | None = None
    cell: str | None = None
    why: Fault | None = None


class Aside(msgspec.Struct, frozen=True):
    """A row below the headings that is no asset: headings again, a total, the list's end, not asked for, or below the last row."""

    row: int
    why: Why


class Columns(msgspec.Struct, frozen=True):
    """Where to look.

    `first_row`, `last_row`: of the headings (from 1). `headings`: column (from 0) -> heading. `found`: field -> its column.
    `further`: columns with the serial numbers of further media in the same row.
    `quantities`: columns that say how many media a row stands for.
    """

    first_row: int
    last_row: int
    headings: dict[int, str]
    found: dict[str, int]
    further: tuple[int, ...] = ()
    quantities: tuple[int, ...] = ()

    def named(self) -> dict[str, str]:
        """Field -> the heading that was taken for it."""
        told = {name: self.headings.get(column, f"#{column + 1}") for name, column in self.found.items()}
        more = [self.headings.get(column, f"#{column + 1}") for column in self.further]
        return told | ({"serial": " + ".join([told["serial"], *more])} if more else {})


class Reading(msgspec.Struct, frozen=True):
    """A list, row by row. `hidden`: the rows among the assets' that a spreadsheet doesn't show. `nameless`: columns (from 0) that have
    no heading, and something in one of these rows."""

    assets: tuple[Asset, ...]
    aside: tuple[Aside, ...] = ()
    hidden: tuple[int, ...] = ()
    nameless: tuple[int, ...] = ()


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


def columns(
    table: Table, named: Mapping[str, str | Sequence[str]], heading_row: tuple[int, int] | None = None
) -> Columns:
    """The columns of this table. Raises Usage, Ambiguous.

    `named`: field -> heading, `#3` for the third column, or `-` for none; for `serial` also several, each of media of its own.
    `heading_row`: the first and the last row of the headings, if a person named them.
    """
    wanted = {field: (names,) if isinstance(names, str) else tuple(names) for field, names in named.items()}
    rows = _heading_rows(table, [name for names in wanted.values() for name in names], heading_row)
    texts = headings.joined(rows)
    found: dict[str, int] = {}
    further: list[int] = []
    for field in FIELDS:
        names = wanted.get(field, ())
        if NONE in names:
            continue
        at = [_one(texts, field, name) for name in names] if names else headings.candidates(texts, field)
        if len(at) > 1 and not names:
            raise Ambiguous(field, [(column + 1, texts[column]) for column in at])
        if at:
            found[field], *more = at
            further += more
    if not found:
        raise Usage("usage.no_headings", found=_listed(texts))
    taken = [*found.values(), *further]
    if heading_row is None:
        _refuse_rows_of_the_list(table, rows, taken)
    if len(set(taken)) < len(taken) and not any(wanted.values()):
        raise Usage("usage.one_column", found=_listed(texts))
    if len(set(taken)) < len(taken):
        raise Usage("usage.same_column", columns=", ".join(texts.get(column, f"#{column + 1}") for column in taken))
    quantities = tuple(column for column in headings.candidates(texts, "quantity") if column not in taken)
    return Columns(rows[0].number, rows[-1].number, texts, found, tuple(further), quantities)


def read(table: Table, where: Columns, only: Mapping[str, str] | None = None, last_row: int | None = None) -> Reading:
    """The rows below the headings. Raises Usage.

    `only`: heading -> the value that a row must have there. `last_row`: the last one of the list, if a person named it.
    """
    wanted = {_one(where.headings, "where", heading): plain(value) for heading, value in (only or {}).items()}
    named = {*where.headings, *_identifying(where)}
    made: list[Asset] = []
    aside: list[Aside] = []
    hidden: list[int] = []
    nameless: set[int] = set()
    groups = [0]  # rows of assets between one total and the next
    for row in table.rows:
        if row.number <= where.last_row:
            continue
        why, fault = (
            _aside(row, where, _sums(groups)) if last_row is None or row.number <= last_row else ("after", None)
        )
        if why is None and fault is None and wanted:
            why, fault = _unwanted(row, wanted)
        if why is not None:
            aside.append(Aside(row.number, why))
            if why == "total" and groups[-1]:
                groups.append(0)
            groups[-1] += why == "where"
            continue
        made += _assets(row, where) if fault is None else [_unread(row, where, fault)]
        groups[-1] += 1
        nameless.update(row.own.keys() - named)
        if row.is_hidden:
            hidden.append(row.number)
    return Reading(tuple(made), tuple(aside), tuple(hidden), tuple(sorted(nameless)))


def told_in(row: Row, where: Columns, field: str) -> str | None:
    """What a row says in the columns of a field that identifies nothing (`vendor`, `model`): all of them, since none is better."""
    at = [column for column in headings.candidates(where.headings, field) if column not in where.found.values()]
    texts = (unquoted(row.text(column)) for column in at if column not in row.faults)
    return " ".join(dict.fromkeys(filter(None, texts))) or None


def column_of(where: Columns, field: str) -> int | None:
    """The column of a further field; None if there is none. Raises Ambiguous."""
    at = headings.candidates(where.headings, field)
    if len(at) > 1:
        raise Ambiguous(field, [(column + 1, where.headings[column]) for column in at])
    return at[0] if at else None


def unquoted(text: str) -> str:
    """A cell without what people put around a number so that a spreadsheet keeps its zeros: ="00123", '00123."""
    text = text.strip()
    if text[:1] not in ("=", "'"):
        return text
    if match := re.fullmatch(r'="(.*)"', text):
        text = match[1].strip()
    return text.removeprefix("'").strip() if text.strip("'") else text


def _heading_rows(table: Table, names: Sequence[str], at: tuple[int, int] | None) -> Sequence[Row]:
    """The rows of the headings: those that a person named, else the first that has the headings named, else the one most like it."""
    rows = table.rows
    if at is not None:
        named = [row for row in rows if at[0] <= row.number <= at[1]]
        if not named:
            raise Usage("usage.no_such_row", row=at[0])
        return named
    top = rows[: headings.LOOKED_AT]
    given = [headings.spelt(name) for name in names if name != NONE and not name.startswith("#")]
    if given:
        for first in range(len(top)):
            for count in range(1, headings.levels(rows, first) + 1):
                if set(given) <= set(headings.joined(rows[first : first + count]).values()):
                    return rows[first : first + headings.levels(rows, first)] if count > 1 else rows[first : first + 1]
        raise Usage("usage.no_such_heading", heading=", ".join(given), found=_listed(rows[0].cells))
    spans: list[Sequence[Row]] = []
    while (first := sum(map(len, spans))) < len(top):
        spans.append(rows[first : first + headings.levels(rows, first)])
    scores = [headings.score(headings.joined(span)) for span in spans]
    best = max(scores)
    if best[0] == 0:
        if names:
            return rows[:1]
        raise Usage("usage.no_headings", found=_listed(rows[0].cells))
    chosen = spans[scores.index(best)]
    for row in rows[: rows.index(chosen[0])]:
        if headings.exact(row.cells, FIELDS):  # rows between the two would belong to nobody
            raise Usage("usage.two_tables", first=row.number, second=chosen[0].number)
    return chosen


def _refuse_rows_of_the_list(table: Table, rows: Sequence[Row], taken: Sequence[int]) -> None:
    """Whoever sorts a list together with its headings has rows above them, and a list without headings has one in their
    place: none of these may be passed over as a title. Raises Usage."""
    for row in table.rows:
        if row.number > rows[-1].number:
            return
        if headings.looks_like_values(row, taken):
            told = [each.number for each in rows if not headings.looks_like_values(each, taken)] or [row.number + 1]
            raise Usage(
                "usage.row_above",
                row=row.number,
                value=" / ".join(row.own.values())[:80],
                heading=f"{told[0]}" + (f"-{told[-1]}" if len(told) > 1 else ""),
            )


def _one(texts: Mapping[int, str], field: str, wanted: str) -> int:
    """The column that a person's words name. Raises Usage if there is none, Ambiguous if there are more than one."""
    if re.fullmatch("#[0-9]{1,5}", wanted):
        column = int(wanted[1:]) - 1
        if not 0 <= column <= max(texts):
            raise Usage("usage.no_such_heading", heading=wanted, found=_listed(texts))
        return column
    at = [column for column, heading in sorted(texts.items()) if heading == headings.spelt(wanted)]
    if not at:
        raise Usage("usage.no_such_heading", heading=wanted, found=_listed(texts))
    if len(at) > 1:
        raise Ambiguous(field, [(column + 1, texts[column]) for column in at])
    return at[0]


def _listed(texts: Mapping[int, str]) -> str:
    return ", ".join(plain(text) for _, text in sorted(texts.items()) if text.strip())[:200]


def _sums(groups: Sequence[int]) -> Iterator[int]:
    """What a total may be of: the rows since one of the totals before it (小計, 課計), or all."""
    yield sum(groups)
    yield from islice(accumulate(reversed(groups)), _LEVELS_OF_TOTALS)


def _aside(row: Row, where: Columns, counts: Iterable[int]) -> tuple[Why | None, Fault | None]:
    """Why a row is no asset, or why it isn't understood. Raises Usage where another table begins."""
    own = {column: plain(text) for column, text in row.own.items()}
    if row.faults or not own:
        return None, None
    # The last level of the headings, or the whole of them, may stand there again, as on each page of a print.
    known = headings.exact(own)
    if known and all(where.headings.get(column, "").endswith(headings.spelt(text)) for column, text in own.items()):
        return "headings", None
    if len(known) > 1 and headings.score(own)[0]:
        raise Usage("usage.two_tables", first=where.first_row, second=row.number)
    if values.is_end(own.values()):
        return "end", None
    identifying = [own[column] for column in _identifying(where) if column in own]
    quantities = [own[column] for column in where.quantities if column in own]
    total = values.is_total(own.values(), identifying, counts, quantities)
    return "total" if total else None, "miscounted" if total is None else None


def _unwanted(row: Row, wanted: Mapping[int, str]) -> tuple[Why | None, Fault | None]:
    """`where` if the row is not asked for; a fault if that can't be told."""
    for column, value in wanted.items():
        text = row.text(column)
        is_lost = column in row.covered and not text
        if (
            column in row.faults
            or is_lost
            or (text and values.fault_of(unquoted(text)) in ("ditto", "error", "formula"))
        ):
            return None, "condition"
        if plain(text) != value:
            return "where", None
    return None, None


def _identifying(where: Columns) -> list[int]:
    return [*where.found.values(), *where.further]


def _assets(row: Row, where: Columns) -> Iterator[Asset]:
    """The asset of a row; where it lists several media, one for each of them."""
    fault = _row_fault(row, where)
    serials: list[int | None] = [where.found.get("serial"), *where.further]
    filled = [column for column in serials if column is not None and (row.text(column).strip() or column in row.faults)]
    for serial in filled or serials[:1]:
        at = {name: column for name, column in where.found.items() if name != "serial"}
        yield _asset(row, at | ({} if serial is None else {"serial": serial}), where, fault)


def _asset(row: Row, at: Mapping[str, int], where: Columns, fault: tuple[str, str, Fault] | None) -> Asset:
    tag, serial, wwn = (unquoted(row.text(at[field])) or None if field in at else None for field in FIELDS)
    if fault is None:
        fault = next(_cell_faults(row, at, where), None)
    if fault is not None:
        spoilt, cell, why = fault
        return Asset(row.number, tag, serial, wwn, Identity(), spoilt=spoilt, cell=cell, why=why)
    return Asset(row.number, tag, serial, wwn, identity(tag, serial, wwn))


def _unread(row: Row, where: Columns, why: Fault) -> Asset:
    return _asset(row, where.found, where, (" / ".join(row.own.values())[:80] or "-", str(row.number), why))


def _row_fault(row: Row, where: Columns) -> tuple[str, str, Fault] | None:
    """What makes a whole row no asset that can be told: its text, its place, and why."""
    if row.fault is not None:
        return " / ".join(row.cells.values())[:80], str(row.number), row.fault
    for column in where.quantities:
        text = row.text(column)
        if column in row.faults or (text and not values.is_one(text)):
            return text, cell_name(row.number, column), row.faults.get(column, "quantity")
    return None


def _cell_faults(row: Row, at: Mapping[str, int], where: Columns) -> Iterator[tuple[str, str, Fault]]:
    """The cells of those that should identify a medium which don't."""
    for field, column in at.items():
        text = unquoted(row.text(column))
        fault: Fault | None = row.faults.get(column)
        if fault is None and column in row.covered:
            # A computer's tag beside each of its disks is its tag; any other merged cell may mean one medium or several.
            others = [other for name, other in at.items() if name != "asset_tag"]
            has_own = any(row.text(other) and other not in row.covered for other in others)
            fault = None if field == "asset_tag" and text and has_own else "merged"
        if fault is None and text:
            fault = values.fault_of(text)
        if fault is not None:
            yield text or "-", cell_name(row.number, column), fault
