"""Labels for the media themselves: number, serial, outcome and the certificate's QR code, 62 x 29 mm, on a roll or on A4 sheets.

A medium that is not erased says so in the same size as one that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import msgspec
from reportlab.pdfgen.canvas import Canvas

from certificates import canonical, judgement
from certificates.fonts import REGULAR, font
from certificates.language import Language
from certificates.page import _DRAWING, pdfa, qr
from certificates.page import typography as ty
from certificates.page.dates import moment
from certificates.page.glyphs import checked, spelt
from certificates.page.say import Phrase, Say
from certificates.page.sheet import HEIGHT, WIDTH, Sheet
from certificates.page.typography import Style
from certificates.record import Outcome, Record

MM = 72 / 25.4
ACROSS, DOWN = 62 * MM, 29 * MM
COLUMNS, ROWS = 3, 9
PER_SHEET = COLUMNS * ROWS
CODE_SIDE = 24 * MM
EDGE = 1.6 * MM
ROOM = ACROSS - CODE_SIDE - 2 * EDGE
LARGEST = 19.0
WHITE, BLACK = 1.0, 0.0
OUTCOMES: tuple[Outcome, ...] = ("erased", "erased-with-exceptions", "not-erased", "interrupted")
WELL = judgement.ERASED


def roll(records: Sequence[Record]) -> bytes:
    """A PDF with one label a page, for a label printer. Raises MissingGlyph."""
    with _DRAWING, pdfa.own_settings():
        canvas = _canvas(ACROSS, DOWN)
        sheet = Sheet(canvas)
        for record in records:
            canvas.translate(0, DOWN - HEIGHT)
            _draw(sheet, record, 0, 0)
            sheet.end_page()
        return bytes(canvas.getpdfdata())


def sheets(records: Sequence[Record], start: int = 1) -> bytes:
    """A4 sheets of 3 x 9 labels; the first goes to place `start` (from 1, row by row), so that a begun sheet can be used up."""
    left, top = (WIDTH - COLUMNS * ACROSS) / 2, (HEIGHT - ROWS * DOWN) / 2
    with _DRAWING, pdfa.own_settings():
        canvas = _canvas(WIDTH, HEIGHT)
        sheet = Sheet(canvas)
        for index, record in enumerate(records, start=start - 1):
            place = index % PER_SHEET
            if place == 0 and index >= start:
                sheet.end_page()
            x, y = left + place % COLUMNS * ACROSS, top + place // COLUMNS * DOWN
            _draw(sheet, record, x, y)
            sheet.frame(x, y, ACROSS, DOWN, 0.2, 0.85)
        sheet.end_page()
        return bytes(canvas.getpdfdata())


def _canvas(across: float, down: float) -> Any:
    font(REGULAR)
    made: Any = Canvas(
        BytesIO(),
        pagesize=(across, down),
        pageCompression=0,
        invariant=1,
        initialFontName=REGULAR,  # type: ignore[arg-type]  # the stub says float
    )
    return made


def _draw(sheet: Sheet, record: Record, x: float, y: float) -> None:
    digest = canonical.digest(canonical.encode(record))
    qr.draw(sheet, x + EDGE / 2, y + (DOWN - CODE_SIDE) / 2, CODE_SIDE, qr.content(record, digest))
    x += CODE_SIDE + EDGE
    _outcome(sheet, record, x, y + EDGE)
    y += EDGE + 29
    for text, style in _lines(record):
        y += style.leading
        sheet.text(x, y, text, style)


def _outcome(sheet: Sheet, record: Record, x: float, y: float) -> None:
    """The words in one size for every outcome; what is not erased stands white on black."""
    say = Say(record.languages)
    large = say(f"label.outcome.{record.outcome}")
    size = min(LARGEST, *(_fitting(word) for word in _all_words(record.languages)))
    grey = BLACK if record.outcome in WELL else WHITE
    if record.outcome not in WELL:
        sheet.fill(x, y, ROOM, 27, BLACK)
    inset = x + 3 if grey == WHITE else x
    sheet.text(inset, y + 17.4, large[0], Style(size, size, bold=True, grey=grey))
    second = "  ".join([*large[1:], *dict.fromkeys(say(f"label.more.{record.outcome}")), *_lacking(record)]).strip()
    text, style = _fitted(second, Style(6.2, 7, bold=True, grey=grey), ROOM - 6)
    sheet.text(inset, y + 24.6, text, style)


def _lacking(record: Record) -> Phrase:
    """What an erasure does not do for its data, in the label's first language."""
    short = judgement.shortfall(record.verdicts) if record.outcome in WELL else None
    if short is None:
        return ()
    data_class, sufficiency = short
    say = Say(record.languages)
    return say(f"label.lacking.{sufficiency}", data=say(f"page.data-class.{data_class}"))[:1]


def _all_words(languages: tuple[Language, ...]) -> list[str]:
    return [Say(languages)(f"label.outcome.{outcome}")[0] for outcome in OUTCOMES]


def _fitting(word: str) -> float:
    """The size at which a word fills the room."""
    return int((ROOM - 6) / ty.width(word, Style(1, 1, bold=True)) * 10) / 10


def _lines(record: Record) -> list[tuple[str, Style]]:
    """Number, medium and date; what is too long is made smaller, then cut."""
    say, medium = Say(record.languages), record.medium
    absent = say("page.not-recorded")[0]
    date = moment(record.issued).date(record.languages[0])
    serial = spelt(medium.serial or medium.wwn or "") or absent
    asset = checked(record.asset_tag) if record.asset_tag else absent
    texts = [
        (spelt(record.number), Style(7.6, 8.6, bold=True)),
        (f"S/N {serial}", Style(7.2, 8.4, bold=True)),
        (f"{say('label.asset')[0]} {asset}", Style(5.8, 7.2)),
        (spelt(medium.model or medium.node), Style(5.8, 7.2)),
        (date, Style(5.8, 7.2)),
    ]
    return [_fitted(text, style) for text, style in texts]


def _fitted(text: str, style: Style, room: float = ROOM) -> tuple[str, Style]:
    wide = ty.width(text, style)
    if wide <= room:
        return text, style
    smaller = msgspec.structs.replace(style, size=max(4.6, int(style.size * room / wide * 10) / 10))
    if ty.width(text, smaller) <= room:
        return text, smaller
    # The end of a serial number tells more than its beginning.
    while ty.width(f"…{text}", smaller) > room:
        text = text[1:]
    return f"…{text}", smaller
