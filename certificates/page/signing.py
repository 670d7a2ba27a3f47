"""The people on the paper: to whom and by whom at the top, and the boxes to sign and seal at the end."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import msgspec

from certificates.page import typography as ty
from certificates.page.blocks import Piece
from certificates.page.say import Phrase, in_one_line
from certificates.page.sheet import ACROSS, Sheet
from certificates.page.writer import Pen
from certificates.paper import Paper
from certificates.people import Issuer

# What who validates may decide (SP 800-88r2 4.6): by hand, when the paper is there.
DECISIONS = ("accept", "repeat", "escalate")
GAP = 8.0
LINE = 6.8
BOX = (ACROSS - 2 * GAP) / 3
LOGO_ACROSS, LOGO_TALL = 92.0, 24.0
# A name's size, as a share of what a short one has, and the lines that it may take then.
STEPS = ((1.0, 1), (0.85, 1), (0.66, 2))
ADDRESSEE = (*STEPS, (0.5, 3))
SIGNER = ((1.0, 1), (0.85, 2), (0.74, 2))

# Whoever typed one of these has said how the addressee is to be called.
HONORIFICS = ("御中", "様", "殿", "先生", "各位", "さま", "宛")


def parties(pen: Pen) -> Piece:
    """To whom on the left, as a letter has it; by whom on the right."""
    people, say, issuer = pen.paper.people, pen.say, issuer_of(pen.paper)
    half, room = ACROSS * 0.54, ACROSS * 0.46
    to = _party(pen, "to", _addressed(pen), half - 24, ty.PARTY, ADDRESSEE)
    names = say.given(people.organisation) if issuer is None else say.in_languages(issuer.name)
    logo = issuer.logo if issuer else None
    beside = room - (LOGO_ACROSS + 8 if logo else 0)
    by = _party(pen, "issuer", names, beside, ty.PARTY_SMALL)
    operator = _party(
        pen, "operator", say.given(people.operator), room - 60, ty.VALUE, ((1.0, 1), (0.85, 1), (0.66, 1))
    )
    small = _particulars(pen, names, room)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.text(x, y + 7, to.label, ty.LABEL)
        _above(sheet, x, y + (27.5 if len(to.lines) == 1 else 28.5), to)
        sheet.rule(x, y + 33, half - 24, 0.6, 0)
        sheet.text(x + half, y + 7, by.label, ty.LABEL)
        _above(sheet, x + half, y + 21.5, by)
        if logo is not None:
            scale = min(LOGO_ACROSS / max(1, logo.width), LOGO_TALL / max(1, logo.height))
            across, down = logo.width * scale, logo.height * scale
            sheet.picture(logo.name, x + ACROSS - across, y + (LOGO_TALL - down) / 2, across, down)
        y += 21.5
        for line in small:
            y += ty.SMALL.leading
            sheet.text(x + half, y + 1, line, ty.SMALL)
        y += 11.5
        sheet.text(x + half, y, operator.label, ty.LABEL)
        _above(sheet, x + half + ty.width(operator.label, ty.LABEL) + 6, y, operator)

    return Piece(38.0 + len(small) * ty.SMALL.leading, draw)


def issuer_of(paper: Paper) -> Issuer | None:
    """The issuer as the organisation's configuration has it, on papers that say so."""
    found: Issuer | None = getattr(paper, "issuer", None)
    return found


def _addressed(pen: Pen) -> Phrase | None:
    """The name as a letter has it; nobody's honorific is said twice."""
    people = pen.paper.people
    if not people.customer:
        return None
    kind = "person" if people.customer_is_person else "organisation"
    if people.customer.rstrip().endswith(HONORIFICS):
        kind = "as-typed"
    return pen.say(f"page.addressed.{kind}", name=people.customer)[:1]


def _particulars(pen: Pen, names: Phrase | None, room: float) -> list[str]:
    """The issuer's name in the second language, address and contact, small."""
    issuer = issuer_of(pen.paper)
    if issuer is None:
        return []
    told = [*(names or ())[1:]] if names and names[0] not in names[1:] else []
    if issuer.address is not None:
        told += dict.fromkeys(pen.say.in_languages(issuer.address))
    told += pen.say.given(issuer.contact) or ()
    lines = [list(islice(ty.lines(text, ty.SMALL, room), 3)) for text in told]
    for text, wrapped in zip(told, lines, strict=True):
        if len(wrapped) > 2:
            pen.annexed.add(pen.label("issuer"), (text,))
            wrapped[:] = ty.wrap(pen.cut(text, ty.SMALL, room, 2), ty.SMALL, room)
    return [line for wrapped in lines for line in wrapped]


class _Party(msgspec.Struct, frozen=True):
    label: str
    lines: tuple[str, ...]
    style: ty.Style


def _above(sheet: Sheet, x: float, y: float, party: _Party) -> None:
    """The lines of a name, the last of them on `y`."""
    for below, line in zip(range(len(party.lines) - 1, -1, -1), party.lines, strict=True):
        sheet.text(x, y - below * party.style.size * 1.12, line, party.style)


def _party(
    pen: Pen, label: str, name: Phrase | None, room: float, style: ty.Style, steps: Sequence[tuple[float, int]] = STEPS
) -> _Party:
    """A name in one line; smaller, and in more lines, if it is long; if it is longer still, it goes on in the annex. `steps`: how much
    smaller, and in how many lines at most."""
    words = pen.say(f"page.label.{label}")
    head = "  ".join(dict.fromkeys(words))
    if name is None:
        return _Party(head, (in_one_line(pen.say("page.not-recorded")),), ty.ABSENT)
    for scale, most in steps:
        smaller = msgspec.structs.replace(style, size=round(style.size * scale, 2))
        if len(wrapped := ty.first_lines(name[0], smaller, room, most + 1)) <= most:
            return _Party(head, wrapped, smaller)
    pen.annexed.add(words, name)
    return _Party(head, ty.wrap(pen.cut(name[0], smaller, room, most), smaller, room), smaller)


def signatures(pen: Pen) -> tuple[Piece, ...]:
    """Rows of three boxes: who answers for the paper, who did the work, and one for each witness."""
    people = pen.paper.people
    issuer = (people.validator_title, people.validator_contact)
    operator = (people.operator_title, people.operator_contact)
    boxes = [
        _box(pen, "issuer", "validator", people.validator or people.organisation, issuer, decides=True),
        _box(pen, "operator", "operator", people.operator, operator),
        *(_box(pen, "witness", "witnesses", name) for name in people.witnesses or (None,)),
    ]
    rows = [boxes[start : start + 3] for start in range(0, len(boxes), 3)]
    return tuple(_row(row) for row in rows)


class _Box(msgspec.Struct, frozen=True):
    """Who signs here, under what role; lines about him; what he may decide. `seal`: the character in the ring for a seal, where papers
    are sealed."""

    role: str
    party: _Party | None
    lines: tuple[str, ...]
    decisions: tuple[str, ...]
    date: str
    seal: str | None

    @property
    def height(self) -> float:
        return 33.0 + LINE * len(self.lines) + (10.0 if self.decisions else 0.0)


def _row(boxes: list[_Box]) -> Piece:
    tall = max(45.0, *(box.height for box in boxes))

    def draw(sheet: Sheet, x: float, y: float) -> None:
        for box in boxes:
            _draw_box(sheet, x, y + 5, box, tall)
            x += BOX + GAP

    return Piece(tall + 8, draw)


def _box(
    pen: Pen,
    role: str,
    label: str,
    name: str | None,
    about: tuple[str | None, str | None] | None = None,
    *,
    decides: bool = False,
) -> _Box:
    """Printed name, title and contact (SP 800-88r1 4.8), and for who validates what he may decide."""
    lines: tuple[str, ...] = ()
    if about is not None:
        entries = (
            list(zip(("person-title", "contact"), about, strict=True)) if any(about) else [("title-and-contact", None)]
        )
        lines = tuple(line for entry in entries for line in _entry(pen, label, *entry))
    return _Box(
        role="  ".join(dict.fromkeys(pen.say(f"page.sign.{role}"))),
        party=_party(pen, label, pen.say.given(name), BOX - 56, ty.TEXT, SIGNER) if name else None,
        lines=lines,
        decisions=tuple(in_one_line(pen.say(f"page.sign.{each}")) for each in DECISIONS) if decides else (),
        date="  ".join(dict.fromkeys(pen.say("page.sign.date"))),
        seal=pen.say("page.sign.seal")[0] if "ja" in pen.say.languages else None,
    )


def _draw_box(sheet: Sheet, x: float, y: float, box: _Box, tall: float) -> None:
    """The box with a line to sign on and a ring for the seal."""
    sheet.frame(x, y, BOX, tall, 0.5, 0.45)
    sheet.text(x + 6, y + 9.5, box.role, ty.LABEL)
    two = box.party is not None and len(box.party.lines) > 1
    if box.party is not None:
        _above(sheet, x + 6, y + (23 if two else 19), box.party)
    for index, line in enumerate(box.lines):
        sheet.text(x + 6, y + (30 if two else 27) + LINE * index, line, ty.SMALL)
    left = x + 6
    for text in box.decisions:
        sheet.frame(left, y + tall - 17.6, 4.6, 4.6, 0.4, 0.3)
        sheet.text(left + 6.6, y + tall - 13.4, text, ty.SMALL)
        left += ty.width(text, ty.SMALL) + 12
    sheet.rule(x + 6, y + tall - 11, BOX - 58, 0.35, 0.6)
    sheet.text(x + BOX - 52, y + tall - 4, box.date, ty.SMALL, "right")
    if box.seal is not None:
        sheet.ring(x + BOX - 25, y + 16.2, 14.2, 0.5, 0.72)
        sheet.text(x + BOX - 25, y + 18.8, box.seal, ty.SEAL, "centre")


def _entry(pen: Pen, whose: str, label: str, value: str | None) -> tuple[str, ...]:
    """Label and value in a short line or two; what is longer goes on in the annex."""
    words = pen.label(label)
    text = (pen.say.given(value) or (in_one_line(pen.say("page.not-recorded")),))[0]
    for line in (f"{in_one_line(words)}: {text}", f"{words[0]}: {text}"):
        if ty.width(line, ty.SMALL) <= BOX - 52:
            return (line,)
    if len(lines := ty.first_lines(line, ty.SMALL, BOX - 58, 3)) > 2:
        pen.annexed.add(pen.together([pen.label(whose), words], ("・", ", ")), (text,))
        lines = ty.wrap(pen.cut(line, ty.SMALL, BOX - 58, 2), ty.SMALL, BOX - 58)
    return lines
