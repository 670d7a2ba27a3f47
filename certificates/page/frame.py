"""What surrounds the sections: the title at the top of the first page, the heads of further pages, the digest at every foot."""

from __future__ import annotations

import msgspec

from certificates.page import qr, signing
from certificates.page import typography as ty
from certificates.page.blocks import Piece, prose
from certificates.page.dates import moment
from certificates.page.heading import Title
from certificates.page.say import Phrase, in_one_line
from certificates.page.sheet import ACROSS, HEIGHT, LEFT, RIGHT, Sheet
from certificates.page.writer import Pen

TOP = 28.0
FOOT = HEIGHT - 52.0
QR_SIDE = 65.0
BAND = 0.08
# Not the single commands: by hand it is easily forgotten what kind of key it is that signed.
COMMANDS = "eraser audit FILE.pdf  |  sh check.sh FILE.pdf FINGERPRINT  |  b3sum {0}.json"
WHITE = 1.0


def head(pen: Pen, digest: str, words: Title, sentence: Phrase) -> Piece:
    """Number and date, the title with the QR code, what is certified, to whom and by whom."""
    statement = prose([sentence], ACROSS, ty.STATEMENT)
    second = len(words.large) > 1
    title_height = QR_SIDE + 6
    lacking = words.lacking or ()
    lacking_height = ty.TITLE_SECOND.leading * len(lacking) + 5 if lacking else 0.0
    parties = signing.parties(pen)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        _number_and_date(sheet, pen, y)
        y += 16
        sheet.fill(x, y, ACROSS, 2.2, 0)
        y += 2.2
        qr.draw(sheet, RIGHT - QR_SIDE + 4, y + 5, QR_SIDE, qr.content(pen.paper, digest))
        room = ACROSS - QR_SIDE - 8
        if words.alarm is None:
            _large(sheet, x, y + (39 if second else 48), words.large, room, 0)
        else:
            sheet.fill(x, y + 5, room, title_height - 4, BAND)
            name = msgspec.structs.replace(ty.HEADING, grey=WHITE)
            sheet.text(x + 12, y + 18.5, "   ".join(words.name), name)
            _large(sheet, x + 12, y + (47.5 if second else 55), words.large, room - 24, WHITE)
        y += title_height + 4
        if lacking:
            sheet.fill(x, y - 1, ACROSS, lacking_height - 3, BAND)
        for index, text in enumerate(lacking):
            line = _fitting(text, ty.TITLE_SECOND, ACROSS - 24)
            baseline = y + ty.TITLE_SECOND.leading * (index + 0.75)
            sheet.text(x + 12, baseline, text, msgspec.structs.replace(line, bold=index == 0, grey=WHITE))
        y += lacking_height
        statement.pieces[0].draw(sheet, x, y)
        parties.draw(sheet, x, y + statement.height + 5)

    return Piece(16 + 2.2 + title_height + 4 + lacking_height + statement.height + 5 + parties.height, draw)


def _number_and_date(sheet: Sheet, pen: Pen, y: float) -> None:
    paper, say = pen.paper, pen.say
    label = "  ".join(dict.fromkeys(say("page.label.number")))
    sheet.text(LEFT, y + 9, label, ty.LABEL)
    sheet.text(LEFT + ty.width(label, ty.LABEL) + 6, y + 9, (say.given(paper.number) or ("–",))[0], ty.VALUE_BOLD)
    dates = [moment(paper.issued).date(language) for language in say.languages]
    end = RIGHT
    for index, text in reversed(list(enumerate(dates))):
        style = ty.VALUE_BOLD if index == 0 else ty.SECOND
        sheet.text(end, y + 9, text, style, "right")
        end -= ty.width(text, style) + 6
    sheet.text(end, y + 9, "  ".join(dict.fromkeys(say("page.label.issued"))), ty.LABEL, "right")


def _large(sheet: Sheet, x: float, y: float, texts: Phrase, room: float, grey: float) -> None:
    """The largest words of the page; the second language below in its own, smaller size, the same for every outcome."""
    for index, text in enumerate(texts):
        style = _fitting(text, ty.TITLE if index == 0 else ty.TITLE_SECOND, room)
        tracking = 0.05 * style.size if index == 0 and ord(text[0]) > 0x2E80 else 0.0
        sheet.text(x, y, text, msgspec.structs.replace(style, grey=grey), tracking=tracking)
        y += ty.TITLE_SECOND.leading + (3 if grey == 0 else 0)


def _fitting(text: str, style: ty.Style, room: float) -> ty.Style:
    """The style, smaller if the text would not fit."""
    wide = ty.width(text, style)
    return style if wide <= room else msgspec.structs.replace(style, size=int(style.size * room / wide * 10) / 10)


def running_head(pen: Pen, words: Title, part: Phrase) -> Piece:
    """The top of every further page: which paper it belongs to, what that paper says, and which part this is."""
    name = in_one_line(part)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        _number_and_date(sheet, pen, y)
        sheet.fill(x, y + 16, ACROSS, 2.2, 0)
        large = in_one_line(words.large)
        room = ACROSS - ty.width(name, ty.HEADING) - 12
        scale = min(1.0, room / ty.width(large, ty.ANNEX))
        sheet.text(x, y + 39, large, msgspec.structs.replace(ty.ANNEX, size=int(ty.ANNEX.size * scale * 10) / 10))
        sheet.text(RIGHT, y + 39, name, ty.HEADING, "right")

    return Piece(52.0, draw)


def foot(sheet: Sheet, pen: Pen, digest: str, number: int, of: int) -> None:
    """On every page: the digest that binds it to its record, the key that signed it, how to check, and n / m."""
    say, y = pen.say, FOOT + 8
    sheet.rule(LEFT, y - 4, ACROSS, 0.5, 0.35)
    columns = ((pen.digest_label, digest), ("fingerprint", pen.paper.station.key_id))
    for label, digits in columns:
        sheet.text(LEFT, y + 6, "  ".join(dict.fromkeys(say(f"page.label.{label}"))), ty.LABEL)
        x = LEFT + 134
        for start in range(0, len(digits), 8):
            sheet.text(x, y + 6, digits[start : start + 8], ty.CODE)
            x += 41
        y += 10
    sheet.text(LEFT, y + 6, f"{in_one_line(say('page.check'))}:  {COMMANDS.format(pen.attachment)}", ty.COMMAND)
    sheet.text(RIGHT, FOOT + 14, f"{number} / {of}", ty.VALUE_BOLD, "right")
