"""What surrounds the sections: title and parties at the top of the first page, boxes to sign at its end, the digest on every page."""

from __future__ import annotations

import msgspec

from certificates.judgement import is_complete
from certificates.page import figures, qr
from certificates.page import typography as ty
from certificates.page.blocks import Piece, prose
from certificates.page.dates import moment
from certificates.page.say import Phrase, in_one_line
from certificates.page.sheet import HEIGHT, LEFT, RIGHT, Sheet
from certificates.page.writer import Writer

TOP = 28.0
FOOT = HEIGHT - 52.0
ACROSS = RIGHT - LEFT
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
    parties = _parties(writer)

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
        parties.draw(sheet, x, y + statement.height + 3)

    return Piece(16 + 2.2 + title_height + 4 + statement.height + 3 + parties.height, draw)


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


def _parties(writer: Writer) -> Piece:
    """To whom on the left, as a letter has it; by whom on the right."""
    people, say = writer.record.people, writer.say
    half = ACROSS * 0.56
    customer = None if people.customer is None else say("page.addressed", name=people.customer)[0]
    to = _party(writer, "to", customer, half - 24, ty.PARTY)
    issuer = _party(writer, "issuer", people.organisation, ACROSS - half, ty.PARTY_SMALL)
    operator = _party(writer, "operator", people.operator, ACROSS - half - 60, ty.VALUE, lines=1)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.text(x, y + 7, to.label, ty.LABEL)
        _above(sheet, x, y + (27.5 if len(to.lines) == 1 else 28.5), to)
        sheet.rule(x, y + 33, half - 24, 0.6, 0)
        sheet.text(x + half, y + 7, issuer.label, ty.LABEL)
        _above(sheet, x + half, y + 21.5, issuer)
        sheet.text(x + half, y + 33, operator.label, ty.LABEL)
        _above(sheet, x + half + ty.width(operator.label, ty.LABEL) + 6, y + 33, operator)

    return Piece(41.0, draw)


class _Party(msgspec.Struct, frozen=True):
    label: str
    lines: tuple[str, ...]
    style: ty.Style


def _above(sheet: Sheet, x: float, y: float, party: _Party) -> None:
    """The lines of a name, the last of them on `y`."""
    for index, line in enumerate(reversed(party.lines)):
        sheet.text(x, y - index * party.style.size * 1.12, line, party.style)


def _party(writer: Writer, label: str, name: str | None, room: float, style: ty.Style, lines: int = 2) -> _Party:
    """A name in one line; smaller, in as many lines as it may have, if it is long; cut, with the whole in the annex, if it is longer."""
    words = writer.say(f"page.label.{label}")
    head = "  ".join(dict.fromkeys(words))
    given = writer.say.given(name)
    if given is None:
        return _Party(head, (in_one_line(writer.say("page.not-recorded")),), ty.ABSENT)
    for scale, most in ((1.0, 1), (0.85, 1), (0.66, lines)):
        smaller = msgspec.structs.replace(style, size=round(style.size * scale, 2))
        if len(wrapped := ty.wrap(given[0], smaller, room)) <= most:
            return _Party(head, wrapped, smaller)
    writer.annexed.add(words, given)
    kept = ty.wrap(given[0], smaller, room - smaller.size)[:lines]
    return _Party(head, (*kept[:-1], kept[-1] + "…"), smaller)


def signatures(writer: Writer) -> tuple[Piece, ...]:
    """Rows of three boxes: who answers for the paper, who did the work, and one for each witness."""
    people, say = writer.record.people, writer.say
    boxes = [("issuer", people.validator or people.organisation), ("operator", people.operator)]
    boxes += [("witness", name) for name in people.witnesses] or [("witness", None)]
    rows = [boxes[start : start + 3] for start in range(0, len(boxes), 3)]
    wide, tall, gap, above = (ACROSS - 16) / 3, 45.0, 8.0, 5.0

    def piece(row: list[tuple[str, str | None]]) -> Piece:
        names = [
            _party(writer, kind if kind == "operator" else "witnesses", name, wide - 56, ty.TEXT) if name else None
            for kind, name in row
        ]

        def draw(sheet: Sheet, x: float, y: float) -> None:
            y += above
            for (kind, _), name in zip(row, names, strict=True):
                sheet.frame(x, y, wide, tall, 0.5, 0.45)
                sheet.text(x + 6, y + 9.5, "  ".join(dict.fromkeys(say(f"page.sign.{kind}"))), ty.LABEL)
                if name is not None:
                    _above(sheet, x + 6, y + (20.5 if len(name.lines) == 1 else 24), name)
                sheet.rule(x + 6, y + tall - 11, wide - 58, 0.35, 0.6)
                sheet.text(
                    x + wide - 52, y + tall - 4, "  ".join(dict.fromkeys(say("page.sign.date"))), ty.SMALL, "right"
                )
                sheet.ring(x + wide - 25, y + tall / 2, 17, 0.5, 0.72)
                sheet.text(x + wide - 25, y + tall / 2 + 2.6, say("page.sign.seal")[0], ty.SEAL, "centre")
                x += wide + gap

        return Piece(above + tall + 3, draw)

    return tuple(piece(row) for row in rows)


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
