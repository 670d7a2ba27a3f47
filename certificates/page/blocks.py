"""What a section is made of: fields, tables, prose in parallel columns, keys, boxes to sign. Each knows its height before it is drawn."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import msgspec

from certificates.page import typography as ty
from certificates.page.say import Phrase
from certificates.page.sheet import Sheet
from certificates.page.typography import Style

_KEPT = 1 << 10  # pieces that are the same on many papers, and at every attempt to fit one on its page

GUTTER = 9.0
GROUP = 41.5  # the place of eight hex digits


class Piece(msgspec.Struct, frozen=True):
    """What stays together on one page."""

    height: float
    draw: Callable[[Sheet, float, float], None]


class Block(msgspec.Struct, frozen=True):
    """Pieces below one another. `head` is drawn again where the block goes on on another page."""

    pieces: tuple[Piece, ...]
    head: Piece | None = None

    @property
    def height(self) -> float:
        return sum(piece.height for piece in self.pieces) + (self.head.height if self.head else 0)


class Field(msgspec.Struct, frozen=True):
    """A label above its value, on `span` twelfths of the width. `value` None is printed as `absent`, never left out."""

    label: Phrase
    value: Phrase | None
    span: int
    absent: Phrase
    style: Style = ty.VALUE


class Column(msgspec.Struct, frozen=True):
    label: Phrase
    share: float


class Meter(msgspec.Struct, frozen=True):
    """How far something came: a bar, and the figure beside it."""

    fraction: float
    text: str


Cell = Phrase | Meter


def fields(rows: Sequence[Sequence[Field]], across: float) -> Block:
    return Block(tuple(_field_row(tuple(row), across) for row in rows))


@functools.lru_cache(maxsize=_KEPT)
def _field_row(row: tuple[Field, ...], across: float) -> Piece:
    unit = across / 12
    cells = [(field, _value_lines(field, field.span * unit - GUTTER)) for field in row]
    first = max(lines[0][1].leading for _, lines in cells)
    shifts = [(first - lines[0][1].leading) / 2 for _, lines in cells]
    height = (
        ty.LABEL.leading
        + max(_height(lines) + 2 * shift for (_, lines), shift in zip(cells, shifts, strict=True))
        + 3.0
    )

    def draw(sheet: Sheet, x: float, y: float) -> None:
        for (field, lines), shift in zip(cells, shifts, strict=True):
            _label(sheet, x, y + 6, field.label, field.span * unit - 3)
            _lines(sheet, x, y + ty.LABEL.leading + shift, lines)
            x += field.span * unit

    return Piece(height, draw)


def _value_lines(field: Field, across: float) -> list[tuple[str, Style]]:
    if field.value is None:
        return _fit_phrase(field.absent, ty.ABSENT, ty.ABSENT, across)
    return _fit_phrase(field.value, field.style, ty.SECOND, across)


def _fit_phrase(phrase: Phrase, style: Style, second: Style, across: float) -> list[tuple[str, Style]]:
    """Lines for a phrase; a second language stands in the same line if there is room ("first\\tsecond"), else below."""
    first, *others = phrase
    lines = [(line, style) for line in ty.wrap(first, style, across)]
    for other in others:
        if other in first:
            continue
        gap = second.size * 0.7
        if len(lines) == 1 and ty.width(lines[0][0], style) + gap + ty.width(other, second) <= across:
            lines = [(f"{lines[0][0]}\t{other}", style)]
        else:
            lines += [(line, second) for line in ty.wrap(other, second, across)]
    return lines


def _height(lines: Sequence[tuple[str, Style]]) -> float:
    return sum(style.leading for _, style in lines)


def _lines(sheet: Sheet, x: float, y: float, lines: Sequence[tuple[str, Style]]) -> None:
    for text, style in lines:
        baseline = y + style.leading * 0.5 + style.size * 0.37
        first, _, second = text.partition("\t")
        sheet.text(x, baseline, first, style)
        if second:
            other = ty.ABSENT if style == ty.ABSENT else ty.SECOND
            sheet.text(x + ty.width(first, style) + other.size * 0.7, baseline, second, other)
        y += style.leading


def _label(sheet: Sheet, x: float, y: float, label: Phrase, across: float) -> None:
    sheet.text(x, y, *_in_a_line(label, across))


@functools.lru_cache(maxsize=_KEPT)
def _in_a_line(label: Phrase, across: float) -> tuple[str, Style]:
    """The label in each language, in one line; letters are made narrower rather than left out."""
    text = "  ".join(dict.fromkeys(label))
    style = ty.LABEL
    if (wide := ty.width(text, style)) > across:
        style = msgspec.structs.replace(style, size=max(4.4, int(style.size * across / wide * 20) / 20))
    return text, style


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], across: float, style: Style = ty.TEXT) -> Block:
    """A table with hairlines between its rows; the head comes again on every page."""
    whole = sum(column.share for column in columns)
    widths = [across * column.share / whole for column in columns]
    # Where one label has no room for both languages in a line, all stand in two.
    stacked = any(
        ty.width("  ".join(column.label), ty.LABEL) > wide - 5 for column, wide in zip(columns, widths, strict=True)
    )
    lines = max(len(column.label) for column in columns) if stacked else 1
    tall = 3.4 + 7 * lines

    def head(sheet: Sheet, x: float, y: float) -> None:
        for column, wide in zip(columns, widths, strict=True):
            for index, text in enumerate(column.label if stacked else ("  ".join(dict.fromkeys(column.label)),)):
                _label(sheet, x, y + 6 + 7 * index, (text,), wide - 4)
            x += wide
        sheet.rule(x - across, y + tall - 1, across, 0.5, 0.35)

    return Block(tuple(_table_row(tuple(row), tuple(widths), style) for row in rows), Piece(tall, head))


@functools.lru_cache(maxsize=_KEPT)
def _table_row(row: tuple[Cell, ...], widths: tuple[float, ...], style: Style) -> Piece:
    second = msgspec.structs.replace(ty.SECOND, size=min(ty.SECOND.size, style.size - 0.4))
    cells = [
        cell if isinstance(cell, Meter) else _fit_phrase(cell, style, second, wide - 6)
        for cell, wide in zip(row, widths, strict=True)
    ]
    height = max(style.leading if isinstance(cell, Meter) else _height(cell) for cell in cells) + 2.2

    def draw(sheet: Sheet, x: float, y: float) -> None:
        start = x
        for cell, wide in zip(cells, widths, strict=True):
            if isinstance(cell, Meter):
                _meter(sheet, x, y + 1.1 + style.leading / 2, cell, wide - 6, style)
            else:
                _lines(sheet, x, y + 1.1, cell)
            x += wide
        sheet.rule(start, y + height, x - start, 0.25, 0.8)

    return Piece(height, draw)


def _meter(sheet: Sheet, x: float, y: float, meter: Meter, across: float, style: Style) -> None:
    bar = across - ty.width("100.00 %", style) - 5
    sheet.fill(x, y - 1.6, bar, 3.2, 0.85)
    if meter.fraction > 0:
        sheet.fill(x, y - 1.6, max(0.6, bar * min(1.0, meter.fraction)), 3.2, 0.1)
    sheet.text(x + across, y + style.size * 0.37, meter.text, style, "right")


def prose(
    paragraphs: Sequence[Phrase], across: float, style: Style = ty.TEXT, mark: str = "", gap: float = 1.6
) -> Block:
    """Paragraphs; two languages stand in parallel columns. `mark` hangs to the left of each."""
    return Block(tuple(_paragraph(paragraph, across, style, mark, gap) for paragraph in paragraphs))


@functools.lru_cache(maxsize=_KEPT)
def _paragraph(paragraph: Phrase, across: float, style: Style, mark: str, gap: float) -> Piece:
    count = len(paragraph)
    indent = ty.width(mark, style) + 3 if mark else 0
    wide = (across - GUTTER * (count - 1)) / count
    second = msgspec.structs.replace(style, size=style.size - 0.3, grey=0.25)
    styles = [style if index == 0 else second for index in range(count)]
    columns = [
        [(line, each) for line in ty.wrap(text, each, wide - indent)]
        for text, each in zip(paragraph, styles, strict=True)
    ]

    def draw(sheet: Sheet, x: float, y: float) -> None:
        for column, each in zip(columns, styles, strict=True):
            if mark:
                sheet.text(x, y + each.leading * 0.5 + each.size * 0.37, mark, each)
            _lines(sheet, x + indent, y, column)
            x += wide + GUTTER

    return Piece(max(_height(column) for column in columns) + gap, draw)


def hexadecimal(label: Phrase, digits: str, across: float, note: Phrase | None = None) -> Block:
    """A key or digest in groups of eight, each in a place of its own, so that two papers can be compared group by group."""
    groups = [digits[start : start + 8] for start in range(0, len(digits), 8)]
    lines = [groups[start : start + 8] for start in range(0, len(groups), 8)]
    notes = _fit_phrase(note, ty.SMALL, ty.SMALL, across) if note else []
    first = across - 8 * GROUP

    def draw(sheet: Sheet, x: float, y: float) -> None:
        _label(sheet, x, y + 7, label, first - 4)
        for line in lines:
            for index, group in enumerate(line):
                sheet.text(x + first + index * GROUP, y + 7, group, ty.CODE)
            y += ty.CODE.leading
        _lines(sheet, x, y, notes)

    return Block((Piece(len(lines) * ty.CODE.leading + _height(notes) + 1.5, draw),))
