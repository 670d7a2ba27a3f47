"""A map of the medium: what was written, what was read back, and where it was not as it should be. In shades that a copier keeps apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Literal

from certificates.page import figures
from certificates.page import typography as ty
from certificates.page.blocks import Block, Piece, prose
from certificates.page.sheet import Sheet
from certificates.page.writer import MAIN, Writer
from certificates.record import Pass, Record, Verification
from certificates.values import LbaRange, bytes_in

COLUMNS, ROWS = 64, 16
SIDE = MAIN / COLUMNS

State = Literal["read", "sampled", "written", "earlier", "untouched", "bad"]

# From what is well to what is not: the darker, the worse. `bad` has a white spot as well.
SHADES: dict[State, float] = {
    "read": 0.88,
    "sampled": 0.88,
    "written": 0.72,
    "earlier": 0.52,
    "untouched": 0.3,
    "bad": 0.0,
}
MARKED: frozenset[State] = frozenset({"bad", "sampled"})
WELL: frozenset[State] = frozenset({"read", "sampled"})


def cells(record: Record) -> tuple[State, ...]:
    """At most 1,024 states from the medium's beginning to its end; each the worst of its sectors."""
    medium = record.medium
    sectors = -(-medium.capacity_bytes // max(1, medium.logical_sector_bytes))
    each = per_cell(sectors)
    count = -(-sectors // each)

    def end(index: int) -> int:
        """In bytes from the medium's beginning."""
        return min(min((index + 1) * each, sectors) * medium.logical_sector_bytes, medium.capacity_bytes)

    # What a cell is depends on where it ends and changes only where something ended: most media are one shade.
    ends = {bisect_right(range(count), place, key=end) for place in _ends(record)}
    states: list[State] = []
    for first, beyond in pairwise(sorted({0, *ends, count})):
        states += [_state(record, end(first))] * (beyond - first)
    for extent in _bad(record):
        for index in range(extent.first // each, min(extent.last // each, len(states) - 1) + 1):
            states[index] = "bad"
    return tuple(states)


def per_cell(sectors: int) -> int:
    """How many sectors one square stands for."""
    return max(1, -(-sectors // (COLUMNS * ROWS)))


def tells(record: Record) -> bool:
    """Is there more to see than one shade?"""
    seen = set(cells(record))
    return not (len(seen) == 1 and seen <= WELL)


def _reached(record: Record, done: Pass) -> int:
    """The bytes that a pass wrote or found unwritable."""
    return done.bytes_written + bytes_in(done.unwritable, record.medium.logical_sector_bytes)


def _ends(record: Record) -> list[int]:
    """Where passes and the verification ended, in bytes."""
    check = record.verification
    return [*(_reached(record, each) for each in record.passes), *([check.bytes_compared] if check else [])]


def _state(record: Record, end: int) -> State:
    check = record.verification
    numbers = [each.number for each in record.passes if end <= _reached(record, each)]
    if not numbers:
        return "untouched"
    if max(numbers) < record.method.passes_asked:
        return "earlier"
    if check is None:
        return "written"
    if not _all_listed(check):  # what differs may be anywhere: no place is shown to be right
        return "written"
    if check.plan != "full":
        return "sampled" if check.complete else "written"
    return "read" if check.complete or end <= check.bytes_compared else "written"


def _all_listed(check: Verification) -> bool:
    listed = sum(finding.lbas.last - finding.lbas.first + 1 for finding in check.findings)
    return listed >= check.different_sectors + check.unreadable_sectors


def _bad(record: Record) -> Sequence[LbaRange]:
    checks = [check for check in (record.verification, *record.earlier_verifications) if check is not None]
    found = [extent for each in record.passes for extent in each.unwritable]
    return [*found, *(finding.lbas for check in checks for finding in check.findings)]


def blocks(writer: Writer) -> tuple[Block, ...]:
    record = writer.record
    states = cells(record)
    sectors = -(-record.medium.capacity_bytes // max(1, record.medium.logical_sector_bytes))
    each = per_cell(sectors)
    size = figures.size(each * record.medium.logical_sector_bytes)
    note = writer.say("page.medium-map.note", sectors=figures.count(each), size=size)
    legend = [state for state in SHADES if state in states]
    lines = [states[start : start + COLUMNS] for start in range(0, len(states), COLUMNS)]
    return (prose([note], MAIN, ty.NOTE), Block((_grid(lines),)), Block(tuple(_entry(writer, s) for s in legend)))


def _grid(lines: Sequence[Sequence[State]]) -> Piece:
    def draw(sheet: Sheet, x: float, y: float) -> None:
        for row, line in enumerate(lines):
            column = 0
            for state, run in groupby(line):
                count = len(list(run))
                sheet.fill(x + column * SIDE, y + row * SIDE, count * SIDE, SIDE, SHADES[state])
                if state in MARKED:
                    for index in range(column, column + count):
                        _spot(sheet, x + index * SIDE, y + row * SIDE, state)
                column += count
        for column in range(1, COLUMNS):
            sheet.fill(x + column * SIDE - 0.3, y, 0.6, len(lines) * SIDE, 1)
        for row in range(1, len(lines)):
            sheet.fill(x, y + row * SIDE - 0.3, MAIN, 0.6, 1)

    return Piece(len(lines) * SIDE + 6, draw)


def _spot(sheet: Sheet, x: float, y: float, state: State) -> None:
    side = 2.2 if state == "bad" else 1.4
    sheet.fill(x + (SIDE - side) / 2, y + (SIDE - side) / 2, side, side, 1 if state == "bad" else 0.45)


def _entry(writer: Writer, state: State) -> Piece:
    text = "  ".join(dict.fromkeys(writer.say(f"page.medium-map.{state}")))

    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.fill(x, y + 1, SIDE, SIDE, SHADES[state])
        if state in MARKED:
            _spot(sheet, x, y + 1, state)
        sheet.text(x + SIDE + 6, y + 7, text, ty.TEXT)

    return Piece(10.0, draw)
