"""A picture of the medium: every part of it as a cell whose filling says what is there, in patterns that any printer keeps apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from certificates.inspection import FILL, Region
from certificates.page import figures
from certificates.page import typography as ty
from certificates.page.blocks import Block, Piece
from certificates.page.sheet import Sheet
from certificates.page.writer import MAIN, Pen

ACROSS = 64  # cells in a row; twice as many where room is short
LABEL = 50.0  # points for the row's first byte
TALL = 12.0
FLAG = 6.0  # room above the cells, for what was found
GAP = 2.5
MARKS = ((1, 2.0), (10, 3.6), (100, 5.4))  # so many findings, so tall a mark


def block(pen: Pen, regions: Sequence[Region]) -> Block:
    """The map's rows, and what the patterns mean."""
    across = ACROSS * 2 if pen.limits.small else ACROSS
    rows = [regions[start : start + across] for start in range(0, len(regions), across)]
    return Block((*(_row(row, (MAIN - LABEL) / across) for row in rows), *_legend(pen, regions)))


def _row(regions: Sequence[Region], wide: float) -> Piece:
    label = figures.size(regions[0].first_byte) if regions[0].first_byte else "0 B"

    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.text(x + LABEL - 5, y + FLAG + TALL / 2 + 2.2, label, ty.SMALL, "right")
        left, top = x + LABEL, y + FLAG
        for index, region in enumerate(regions):
            _cell(sheet, left + index * wide, top, wide, region)
        sheet.frame(left, top, len(regions) * wide, TALL, 0.4, 0.3)

    return Piece(FLAG + TALL + GAP, draw)


def _cell(sheet: Sheet, x: float, y: float, wide: float, region: Region) -> None:
    """The kinds stand above one another in the height of their shares; something that is there is never too low to be seen."""
    shares = {kind: getattr(region, kind) / region.bytes for kind in FILL if getattr(region, kind)}
    heights = {kind: max(1.2, share * TALL) for kind, share in shares.items()}
    scale = TALL / sum(heights.values())
    edges = [0.0]
    for height in heights.values():
        edges.append(edges[-1] + height * scale)
    for kind, (top, bottom) in zip(heights, pairwise(edges), strict=True):
        _fill(sheet, kind, x, y + top, wide, bottom - top)
    if tall := max((height for least, height in MARKS if region.found >= least), default=0.0):
        sheet.fill(x + wide * 0.2, y - 0.8 - tall, wide * 0.6, tall, 0)


def _fill(sheet: Sheet, kind: str, x: float, y: float, across: float, down: float) -> None:
    """White, upright lines, dark, light, black bars: zeros, repeated, low, high, unread."""
    if kind == "repeated":
        lines = max(1, round(across / 2))
        for step in range(lines):
            sheet.fill(x + across * (step + 0.4) / lines, y, 0.4, down, 0.35)
    elif kind == "low":
        sheet.fill(x, y, across, down, 0.42)
    elif kind == "high":
        sheet.fill(x, y, across, down, 0.82)
    elif kind == "unread":
        at = 0.0
        while at < down:
            sheet.fill(x, y + at, across, min(0.9, down - at), 0)
            at += 1.7


def _legend(pen: Pen, regions: Sequence[Region]) -> tuple[Piece, ...]:
    """A sample of each pattern that occurs, with its name; and how much one cell is."""
    kinds = [kind for kind in FILL if any(getattr(region, kind) for region in regions)]
    if any(region.found for region in regions):
        kinds.append("found")
    entries = [(kind, "  ".join(dict.fromkeys(pen.say(f"page.map.{kind}")))) for kind in kinds]
    each = figures.size(max(region.bytes for region in regions)) if regions else "0 B"
    entries.append(("", "  ".join(dict.fromkeys(pen.say("page.map.cell", size=each)))))
    lines: list[list[tuple[float, str, str]]] = [[]]
    at = LABEL
    for kind, text in entries:
        wide = (14 if kind else 0) + ty.width(text, ty.SMALL) + 12
        if at + wide > MAIN and lines[-1]:
            lines.append([])
            at = LABEL
        lines[-1].append((at, kind, text))
        at += wide
    return tuple(_legend_line(line) for line in lines)


def _legend_line(entries: Sequence[tuple[float, str, str]]) -> Piece:
    def draw(sheet: Sheet, x: float, y: float) -> None:
        for at, kind, text in entries:
            left = x + at
            if kind == "found":
                sheet.fill(left + 3, y + 2.2, 3.7, 5.4, 0)
                left += 14
            elif kind:
                _fill(sheet, kind, left, y + 1.6, 10, 6.4)
                sheet.frame(left, y + 1.6, 10, 6.4, 0.4, 0.3)
                left += 14
            sheet.text(left, y + 7, text, ty.SMALL)

    return Piece(10.0, draw)
