"""Puts the parts on pages. An ordinary certificate is one page; lists that would not fit go to the annex, step by step."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import msgspec

from certificates.page import forms, frame, signing
from certificates.page import typography as ty
from certificates.page.blocks import Piece
from certificates.page.front import Section
from certificates.page.say import Phrase
from certificates.page.sheet import LEFT, RIGHT, Sheet
from certificates.page.writer import MAIN, Limits, Pen
from certificates.paper import Paper

RAIL = RIGHT - LEFT - MAIN
AIRY, TIGHT = 1.75, 0.1
ABOVE, BETWEEN, BELOW = 6.5, 3.0, 4.5

# From generous to terse; the first that fits on one page is taken.
STEPS = (
    Limits(),
    Limits(small=True),
    Limits(small=True, lines=2, ranges=4, interruptions=2, evidence=2, boxes=3, seed=False),
    Limits(small=True, lines=2, ranges=2, interruptions=1, evidence=0, passes=2, boxes=3, seed=False),
    Limits(small=True, lines=2, ranges=2, interruptions=1, evidence=0, passes=2, boxes=3, seed=False, reasons=False),
    Limits(
        small=True,
        lines=2,
        ranges=2,
        interruptions=1,
        evidence=0,
        passes=2,
        boxes=3,
        seed=False,
        reasons=False,
        why=False,
        details=False,
    ),
)


class Placed(msgspec.Struct, frozen=True):
    piece: Piece
    x: float
    y: float


class Plan(msgspec.Struct, frozen=True):
    """The pages of one certificate, ready to draw."""

    pen: Pen
    pages: tuple[tuple[Placed, ...], ...]


def plan(paper: Paper, digest: str) -> Plan:
    """Where everything goes. What fits on no single page flows over two, with nothing held back."""
    drafts = (_Draft(paper, digest, limits) for limits in STEPS)
    draft = next((draft for draft in drafts if draft.fits), None) or _Draft(paper, digest)
    pen, title, say = draft.pen, draft.title, draft.pen.say
    flow = _Flow(frame.TOP, draft.spread, frame.running_head(pen, title, say("page.title.continued")))
    flow.place(draft.head, LEFT)
    flow.sections(draft.sections)
    if draft.fits:
        flow.y = frame.FOOT - sum(box.height for box in draft.boxes)
    for box in draft.boxes:
        flow.keep(box, LEFT)
    listed = draft.form.annex(pen)
    if listed or draft.more_boxes:
        flow.running_head = frame.running_head(pen, title, say("page.title.annex"))
        flow.turn()
        flow.spread = 1.2
        flow.sections(listed)
        for box in draft.more_boxes:
            flow.keep(box, LEFT)
    return Plan(pen, tuple(tuple(page) for page in flow.pages))


class _Draft:
    """The first page with one set of limits: does it fit?"""

    def __init__(self, paper: Paper, digest: str, limits: Limits = STEPS[0]) -> None:
        self.form = forms.of(paper)
        self.pen = self.form.pen(paper, limits)
        self.title = self.form.title(self.pen)
        self.head = frame.head(self.pen, digest, self.title, self.form.statement(self.pen))
        boxes = signing.signatures(self.pen)
        self.boxes, self.more_boxes = boxes[: limits.boxes // 3], boxes[limits.boxes // 3 :]
        self.sections = self.form.sections(self.pen)
        fixed, air = _heights(self.sections)
        room = frame.FOOT - frame.TOP - self.head.height - sum(box.height for box in self.boxes) - fixed - 0.1
        self.fits = room >= air * TIGHT
        self.spread = min(AIRY, room / air) if self.fits else 1.0


def draw(plan: Plan, sheet: Sheet, digest: str) -> None:
    for number, page in enumerate(plan.pages, start=1):
        for placed in page:
            placed.piece.draw(sheet, placed.x, placed.y)
        frame.foot(sheet, plan.pen, digest, number, len(plan.pages))
        sheet.end_page()


def _heights(sections: Sequence[Section]) -> tuple[float, float]:
    """What the sections take, and the air between them that may shrink or grow."""
    fixed = sum(max(sum(block.height for block in section.blocks), _rail(section.title).height) for section in sections)
    air = sum(ABOVE + BELOW + BETWEEN * (len(section.blocks) - 1) for section in sections)
    return fixed, air


class _Flow:
    """Places pieces from the top down, page after page."""

    def __init__(self, top: float, spread: float, running_head: Piece) -> None:
        self.pages: list[list[Placed]] = [[]]
        self.y = top
        self.spread = spread
        self.running_head = running_head

    def place(self, piece: Piece, x: float) -> None:
        self.pages[-1].append(Placed(piece, x, self.y))
        self.y += piece.height

    def keep(self, piece: Piece, x: float) -> None:
        """Places a piece, on another page if this one is full."""
        if self.y + piece.height > frame.FOOT + 0.1:
            self.turn()
        self.place(piece, x)

    def turn(self) -> None:
        self.pages.append([])
        self.y = frame.TOP
        self.place(self.running_head, LEFT)

    def sections(self, sections: Sequence[Section]) -> None:
        for section in sections:
            first = section.blocks[0]
            start = (first.head.height if first.head else 0) + first.pieces[0].height if first.pieces else 0
            if self.y + ABOVE * self.spread + max(start, _rail(section.title).height) > frame.FOOT:
                self.turn()
            self._title(section.title)
            title_end = self.y + _rail(section.title).height
            for index, block in enumerate(section.blocks):
                if index:
                    self.y += BETWEEN * self.spread
                if block.head is not None:
                    self.place(block.head, LEFT + RAIL)
                for piece in block.pieces:
                    if self.y + piece.height > frame.FOOT:
                        self.turn()
                        self._title(section.title)
                        title_end = self.y + _rail(section.title).height
                        if block.head is not None:
                            self.place(block.head, LEFT + RAIL)
                    self.place(piece, LEFT + RAIL)
            self.y = max(self.y, title_end) + BELOW * self.spread

    def _title(self, title: Phrase) -> None:
        """The hairline above a section and its name in the rail to the left."""
        self.pages[-1].append(
            Placed(Piece(0, lambda sheet, x, y: sheet.rule(x, y, RIGHT - LEFT, 0.5, 0.35)), LEFT, self.y)
        )
        self.y += ABOVE * self.spread
        self.pages[-1].append(Placed(_rail(title), LEFT, self.y - 1))


@functools.lru_cache(maxsize=1 << 8)
def _rail(title: Phrase) -> Piece:
    lines = [
        (line, ty.HEADING if index == 0 else ty.HEADING_SECOND)
        for index, text in enumerate(title)
        for line in _wrapped(text, index)
    ]

    def draw(sheet: Sheet, x: float, y: float) -> None:
        for text, style in lines:
            sheet.text(x, y + style.size * 0.95, text, style)
            y += style.leading

    return Piece(sum(style.leading for _, style in lines), draw)


def _wrapped(text: str, index: int) -> tuple[str, ...]:
    return ty.wrap(text, ty.HEADING if index == 0 else ty.HEADING_SECOND, RAIL - 8)
