"""The people on the paper: to whom and by whom at the top, and the boxes to sign and seal at the end."""

from __future__ import annotations

from itertools import islice

import msgspec

from certificates.page import typography as ty
from certificates.page.blocks import Piece
from certificates.page.say import Phrase, in_one_line
from certificates.page.sheet import ACROSS, Sheet
from certificates.page.writer import Pen

GAP = 8.0
BOX = (ACROSS - 2 * GAP) / 3
TALL = 45.0


def parties(pen: Pen) -> Piece:
    """To whom on the left, as a letter has it; by whom on the right."""
    people, say = pen.paper.people, pen.say
    half = ACROSS * 0.56
    customer = say("page.addressed", name=people.customer)[:1] if people.customer else None
    to = _party(pen, "to", customer, half - 24, ty.PARTY)
    issuer = _party(pen, "issuer", say.given(people.organisation), ACROSS - half, ty.PARTY_SMALL)
    operator = _party(pen, "operator", say.given(people.operator), ACROSS - half - 60, ty.VALUE, lines=1)

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


def _party(pen: Pen, label: str, name: Phrase | None, room: float, style: ty.Style, lines: int = 2) -> _Party:
    """A name in one line; smaller, in as many lines as it may have, if it is long; cut, with the whole in the annex, if it is longer."""
    words = pen.say(f"page.label.{label}")
    head = "  ".join(dict.fromkeys(words))
    if name is None:
        return _Party(head, (in_one_line(pen.say("page.not-recorded")),), ty.ABSENT)
    for scale, most in ((1.0, 1), (0.85, 1), (0.66, lines)):
        smaller = msgspec.structs.replace(style, size=round(style.size * scale, 2))
        if len(wrapped := tuple(islice(ty.lines(name[0], smaller, room), most + 1))) <= most:
            return _Party(head, wrapped, smaller)
    pen.annexed.add(words, name)
    kept = tuple(islice(ty.lines(name[0], smaller, room - smaller.size), lines))
    return _Party(head, (*kept[:-1], kept[-1] + "…"), smaller)


def signatures(pen: Pen) -> tuple[Piece, ...]:
    """Rows of three boxes: who answers for the paper, who did the work, and one for each witness."""
    people = pen.paper.people
    boxes = [
        _box(pen, "issuer", "validator", people.validator or people.organisation),
        _box(pen, "operator", "operator", people.operator),
        *(_box(pen, "witness", "witnesses", name) for name in people.witnesses or (None,)),
    ]
    rows = [boxes[start : start + 3] for start in range(0, len(boxes), 3)]
    return tuple(_row(row) for row in rows)


def _row(boxes: list[Piece]) -> Piece:
    def draw(sheet: Sheet, x: float, y: float) -> None:
        for box in boxes:
            box.draw(sheet, x, y + 5)
            x += BOX + GAP

    return Piece(boxes[0].height + 8, draw)


def _box(pen: Pen, role: str, label: str, name: str | None) -> Piece:
    """Printed name, a line to sign on, a ring for the seal."""
    role_words = "  ".join(dict.fromkeys(pen.say(f"page.sign.{role}")))
    date = "  ".join(dict.fromkeys(pen.say("page.sign.date")))
    seal = pen.say("page.sign.seal")[0]
    party = _party(pen, label, pen.say.given(name), BOX - 56, ty.TEXT) if name else None

    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.frame(x, y, BOX, TALL, 0.5, 0.45)
        sheet.text(x + 6, y + 9.5, role_words, ty.LABEL)
        if party is not None:
            _above(sheet, x + 6, y + (20.5 if len(party.lines) == 1 else 24), party)
        sheet.rule(x + 6, y + TALL - 11, BOX - 58, 0.35, 0.6)
        sheet.text(x + BOX - 52, y + TALL - 4, date, ty.SMALL, "right")
        sheet.ring(x + BOX - 25, y + TALL / 2, 17, 0.5, 0.72)
        sheet.text(x + BOX - 25, y + TALL / 2 + 2.6, seal, ty.SEAL, "centre")

    return Piece(TALL, draw)
