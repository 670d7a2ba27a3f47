"""What surrounds the sections: the title at the top of the first page, the heads of further pages, the digest at every foot."""

from __future__ import annotations

import msgspec

from certificates.judgement import is_complete
from certificates.page import figures, qr, signing
from certificates.page import typography as ty
from certificates.page.blocks import Piece, prose
from certificates.page.dates import moment
from certificates.page.say import Phrase, in_one_line
from certificates.page.sheet import ACROSS, HEIGHT, LEFT, RIGHT, Sheet
from certificates.page.writer import Writer

TOP = 28.0
FOOT = HEIGHT - 52.0
QR_SIDE = 65.0
BAND = 0.08
COMMANDS = (
    "eraser audit FILE.pdf  |  pdfdetach -saveall FILE.pdf; b3sum certificate.json; "
    "openssl pkeyutl -verify -pubin -inkey station.pem -rawin -in certificate.json -sigfile certificate.sig"
)
WHITE = 1.0


class Title(msgspec.Struct, frozen=True):
    """The words of the title, each in the languages of the record. `alarm` is what a report says in a certificate's place."""

    name: Phrase
    exceptions: Phrase | None
    alarm: Phrase | None

    @property
    def texts(self) -> Phrase:
        """The title in one line per language, for the file's metadata."""
        if self.alarm is not None:
            return tuple(f"{name} – {alarm}" for name, alarm in zip(self.name, self.alarm, strict=True))
        return self.large

    @property
    def large(self) -> Phrase:
        """What stands in the largest type."""
        if self.alarm is not None:
            return self.alarm
        if self.exceptions is None:
            return self.name
        joined = zip(self.name, self.exceptions, strict=True)
        return tuple(f"{name}（{more}）" if ord(name[0]) > 0x2E80 else f"{name} {more}" for name, more in joined)


def title(writer: Writer) -> Title:
    """A certificate only for what was erased; anything else is a report."""
    say, outcome = writer.say, writer.record.outcome
    if outcome in ("erased", "erased-with-exceptions"):
        exceptions = say("page.title.exceptions") if outcome == "erased-with-exceptions" else None
        return Title(say("page.title.certificate"), exceptions, None)
    return Title(say("page.title.report"), None, say("page.title.not-erased"))


def head(writer: Writer, digest: str) -> Piece:
    """Number and date, the title with the QR code, what is certified, to whom and by whom."""
    record, words = writer.record, title(writer)
    statement = prose([_statement(writer, words)], ACROSS, ty.STATEMENT)
    second = len(words.large) > 1
    title_height = QR_SIDE + 6
    parties = signing.parties(writer)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        _number_and_date(sheet, writer, y)
        y += 16
        sheet.fill(x, y, ACROSS, 2.2, 0)
        y += 2.2
        qr.draw(sheet, RIGHT - QR_SIDE + 4, y + 5, QR_SIDE, qr.content(record, digest))
        room = ACROSS - QR_SIDE - 8
        if words.alarm is None:
            _large(sheet, x, y + (39 if second else 48), words.large, room, 0)
        else:
            sheet.fill(x, y + 5, room, title_height - 4, BAND)
            name = msgspec.structs.replace(ty.HEADING, grey=WHITE)
            sheet.text(x + 12, y + 18.5, "   ".join(words.name), name)
            _large(sheet, x + 12, y + (47.5 if second else 55), words.large, room - 24, WHITE)
        y += title_height + 4
        statement.pieces[0].draw(sheet, x, y)
        parties.draw(sheet, x, y + statement.height + 5)

    return Piece(16 + 2.2 + title_height + 4 + statement.height + 5 + parties.height, draw)


def _statement(writer: Writer, words: Title) -> Phrase:
    """What the paper certifies; in a report what went wrong, and how far the work came."""
    record, say = writer.record, writer.say
    asked = record.method.passes_asked
    if words.alarm is None:
        return say(f"page.statement.{record.outcome}")
    if len(record.passes) == asked and all(is_complete(each, record.medium) for each in record.passes):
        return say("page.statement.unproven")
    sentence = say(f"page.statement.{record.outcome}")
    if not record.passes:
        return writer.together([sentence, say("page.progress.none")])
    last = record.passes[-1]
    share = figures.percent(last.bytes_written, record.medium.capacity_bytes)
    return writer.together([sentence, say("page.progress.pass", number=last.number, asked=asked, share=share)])


def _number_and_date(sheet: Sheet, writer: Writer, y: float) -> None:
    record, say = writer.record, writer.say
    label = "  ".join(dict.fromkeys(say("page.label.number")))
    sheet.text(LEFT, y + 9, label, ty.LABEL)
    sheet.text(LEFT + ty.width(label, ty.LABEL) + 6, y + 9, (say.given(record.number) or ("–",))[0], ty.VALUE_BOLD)
    dates = [moment(record.issued).date(language) for language in say.languages]
    end = RIGHT
    for index, text in reversed(list(enumerate(dates))):
        style = ty.VALUE_BOLD if index == 0 else ty.SECOND
        sheet.text(end, y + 9, text, style, "right")
        end -= ty.width(text, style) + 6
    sheet.text(end, y + 9, "  ".join(dict.fromkeys(say("page.label.issued"))), ty.LABEL, "right")


def _large(sheet: Sheet, x: float, y: float, texts: Phrase, room: float, grey: float) -> None:
    """The largest words of the page; the second language below in its own, smaller size, the same for every outcome."""
    for index, text in enumerate(texts):
        style = ty.TITLE if index == 0 else ty.TITLE_SECOND
        if (wide := ty.width(text, style)) > room:
            style = msgspec.structs.replace(style, size=int(style.size * room / wide * 10) / 10)
        tracking = 0.05 * style.size if index == 0 and ord(text[0]) > 0x2E80 else 0.0
        sheet.text(x, y, text, msgspec.structs.replace(style, grey=grey), tracking=tracking)
        y += ty.TITLE_SECOND.leading + (3 if grey == 0 else 0)


def running_head(writer: Writer, part: Phrase) -> Piece:
    """The top of every further page: which paper it belongs to, what that paper says, and which part this is."""
    words = title(writer)
    name = in_one_line(part)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        _number_and_date(sheet, writer, y)
        sheet.fill(x, y + 16, ACROSS, 2.2, 0)
        large = in_one_line(words.large)
        room = ACROSS - ty.width(name, ty.HEADING) - 12
        scale = min(1.0, room / ty.width(large, ty.ANNEX))
        sheet.text(x, y + 39, large, msgspec.structs.replace(ty.ANNEX, size=int(ty.ANNEX.size * scale * 10) / 10))
        sheet.text(RIGHT, y + 39, name, ty.HEADING, "right")

    return Piece(52.0, draw)


def foot(sheet: Sheet, writer: Writer, digest: str, number: int, of: int) -> None:
    """On every page: the digest that binds it to its record, the key that signed it, how to check, and n / m."""
    say, y = writer.say, FOOT + 8
    sheet.rule(LEFT, y - 4, ACROSS, 0.5, 0.35)
    columns = (("digest", digest), ("fingerprint", writer.record.station.key_id))
    for label, digits in columns:
        sheet.text(LEFT, y + 6, "  ".join(dict.fromkeys(say(f"page.label.{label}"))), ty.LABEL)
        x = LEFT + 134
        for start in range(0, len(digits), 8):
            sheet.text(x, y + 6, digits[start : start + 8], ty.CODE)
            x += 41
        y += 10
    sheet.text(LEFT, y + 6, f"{in_one_line(say('page.check'))}:  {COMMANDS}", ty.COMMAND)
    sheet.text(RIGHT, FOOT + 14, f"{number} / {of}", ty.VALUE_BOLD, "right")
