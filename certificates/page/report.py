"""A report: a page about many media that is no certificate. Title, a sentence that says how things stand, fields, tables.

One page if it is asked for: what a table has no room for is counted on it and stands in the list that goes with the report.
"""

from __future__ import annotations

import msgspec

from certificates.language import LANGUAGES, Language
from certificates.page import pdfa
from certificates.page import typography as ty
from certificates.page.blocks import Block, Cell, Column, Field, Piece, fields, prose, table
from certificates.page.dates import moment
from certificates.page.glyphs import spelt
from certificates.page.say import Phrase, Say, in_one_line
from certificates.page.sheet import ACROSS, HEIGHT, LEFT, RIGHT, Sheet

TOP, FOOT = 30.0, HEIGHT - 44.0
GAP = 9.0
LANGUAGES_OF_REPORTS: tuple[Language, ...] = LANGUAGES


class Entry(msgspec.Struct, frozen=True):
    """A label with its value; `span` of twelve."""

    label: str
    value: Phrase | str | None
    span: int = 3


class Listing(msgspec.Struct, frozen=True):
    """A table of at least one row under a heading. `columns`: key of the words table and share of the width."""

    heading: str
    columns: tuple[tuple[str, float], ...]
    rows: tuple[tuple[Phrase | str, ...], ...]


class Report(msgspec.Struct, frozen=True):
    """Keys are of the words table. `standing` is said in the largest type; `alarm`: on a dark band."""

    title: str
    issued: str
    number: str
    tool: str
    author: str
    standing: Phrase
    alarm: bool
    entries: tuple[tuple[Entry, ...], ...]
    notes: tuple[Phrase, ...]
    listings: tuple[Listing, ...]
    identity: bytes
    one_page: bool = False


def render(report: Report) -> bytes:
    """The PDF. The same report is the same file. Raises MissingGlyph for a text of ours that the page can't draw."""
    from certificates.page import _DRAWING  # reportlab keeps its state in modules: one page at a time

    with _DRAWING, pdfa.own_settings():
        say = Say(LANGUAGES_OF_REPORTS)
        about = _about(report, say)
        canvas = pdfa.open_canvas(about)
        pages = _pages(report, say)
        sheet = Sheet(canvas)
        for number, page in enumerate(pages, start=1):
            for piece, y in page:
                piece.draw(sheet, LEFT, y)
            _foot(sheet, report, number, len(pages))
            sheet.end_page()
        return pdfa.close(canvas, about, ())


def _about(report: Report, say: Say) -> pdfa.About:
    return pdfa.About(
        titles=dict(zip(say.languages, say(report.title), strict=True)),
        language=say.languages[0],
        author=spelt(report.author),
        number=spelt(report.number),
        tool=spelt(report.tool),
        issued=moment(report.issued),
        identity=report.identity[:16],
    )


def _pages(report: Report, say: Say) -> list[list[tuple[Piece, float]]]:
    pages: list[list[tuple[Piece, float]]] = [[]]
    y = TOP

    def put(piece: Piece) -> None:
        nonlocal y
        if y + piece.height > FOOT and pages[-1]:
            pages.append([])
            y = TOP
        pages[-1].append((piece, y))
        y += piece.height

    put(_head(report, say))
    grid = [[_field(each, say) for each in row] for row in report.entries]
    for block in (fields(grid, ACROSS), prose(report.notes, ACROSS)):
        for piece in block.pieces:
            put(piece)
        y += GAP / 2
    for position, listing in enumerate(report.listings, start=1):
        block = _table(listing, say)
        heading = _heading(listing, say)
        # On the only page every listing has a line at least: how much of it there was no room for.
        bottom = FOOT - _MORE.height * (len(report.listings) - position + 1)
        start = y + GAP + heading.height + (block.head.height if block.head else 0)
        if report.one_page and start + block.pieces[0].height > bottom:
            put(_more(say, listing, len(block.pieces)))
            continue
        y += GAP
        put(heading)
        if block.head:
            put(block.head)
        for index, piece in enumerate(block.pieces):
            if report.one_page and y + piece.height > bottom:
                put(_more(say, listing, len(block.pieces) - index))
                break
            if y + piece.height > FOOT and block.head:
                pages.append([])
                y = TOP
                put(block.head)
            put(piece)
    return pages


def _field(entry: Entry, say: Say) -> Field:
    value = (spelt(entry.value),) if isinstance(entry.value, str) else entry.value
    return Field(say(entry.label), value, entry.span, say("page.not-recorded"), ty.VALUE)


def _head(report: Report, say: Say) -> Piece:
    names = say(report.title)
    stamp = moment(report.issued)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.text(x, y + 9, spelt(report.number), ty.VALUE_BOLD)
        dates = "  ".join(stamp.date(language) for language in say.languages)
        sheet.text(RIGHT, y + 9, f"{dates}  {stamp.stamp[11:]} {stamp.zone}", ty.SECOND, "right")
        sheet.fill(x, y + 16, ACROSS, 2.2, 0)
        sheet.text(x, y + 46, names[0], ty.TITLE, tracking=0.05 * ty.TITLE.size)
        sheet.text(RIGHT, y + 46, names[-1], ty.TITLE_SECOND, "right")
        grey = 1.0 if report.alarm else 0.0
        if report.alarm:
            sheet.fill(x, y + 58, ACROSS, 30, 0.08)
        else:
            sheet.frame(x, y + 58, ACROSS, 30, 1.0, 0.0)
        style = msgspec.structs.replace(ty.ANNEX, grey=grey)
        said = in_one_line(report.standing)
        if (wide := ty.width(said, style)) > ACROSS - 20:
            style = msgspec.structs.replace(style, size=int(style.size * (ACROSS - 20) / wide * 10) / 10)
        sheet.text(x + 10, y + 78, said, style)

    return Piece(98.0, draw)


def _heading(listing: Listing, say: Say) -> Piece:
    text = f"{in_one_line(say(listing.heading))}   {len(listing.rows):,}"

    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.rule(x, y, ACROSS, 0.5, 0.35)
        sheet.text(x, y + 13, text, ty.HEADING)

    return Piece(19.0, draw)


def _table(listing: Listing, say: Say) -> Block:
    columns = [Column(say(key), share) for key, share in listing.columns]
    cells: list[list[Cell]] = [
        [(spelt(cell),) if isinstance(cell, str) else cell for cell in row] for row in listing.rows
    ]
    return table(columns, cells, ACROSS)


_MORE = Piece(14.0, lambda sheet, x, y: None)


def _more(say: Say, listing: Listing, left_out: int) -> Piece:
    text = in_one_line(say("report.more", count=left_out, heading=say(listing.heading)))
    return Piece(_MORE.height, lambda sheet, x, y: sheet.text(x, y + 10, text, ty.TEXT_BOLD))


def _foot(sheet: Sheet, report: Report, number: int, of: int) -> None:
    sheet.rule(LEFT, FOOT + 6, ACROSS, 0.5, 0.35)
    sheet.text(LEFT, FOOT + 17, spelt(f"{report.number}   {report.tool}"), ty.COMMAND)
    sheet.text(RIGHT, FOOT + 18, f"{number} / {of}", ty.VALUE_BOLD, "right")
