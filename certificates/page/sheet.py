"""The sheet of paper: drawing by points from the top left corner, in black and greys, on A4."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Literal

from reportlab.lib.rl_accel import escapePDF, fp_str
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from certificates.fonts import Coding, Font, font, runs
from certificates.page.typography import Style, width

WIDTH = 595.28
HEIGHT = 841.89

LEFT = 42.0
RIGHT = WIDTH - 42.0
ACROSS = RIGHT - LEFT


@functools.lru_cache(maxsize=1 << 16)  # the same places come on every page
def number(value: float) -> str:
    """As reportlab writes a number."""
    return str(fp_str(value))


@functools.lru_cache(maxsize=1 << 16)
def _corners(x: float, y: float, across: float, down: float) -> str:
    return " ".join(map(number, (round(x, 2), round(HEIGHT - y - down, 2), round(across, 2), round(down, 2))))


_RUN = re.compile("1+")
_Numbers = tuple[str, ...]


@functools.lru_cache(maxsize=1 << 6)
def _grid(x: float, y: float, side: float, columns: int, rows: int) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Of squares: where each column begins, how wide so many are, and where each row ends."""
    lefts = (x + column * side for column in range(columns))
    acrosses = (count * side for count in range(columns + 1))
    lows = (HEIGHT - (y + row * side) - side for row in range(rows))
    written = (tuple(number(round(place, 2)) for place in places) for places in (lefts, acrosses, lows))
    return next(written), next(written), next(written)


@functools.lru_cache(maxsize=1 << 12)
def _circle(x: float, y: float, radius: float) -> tuple[str, ...]:
    code: list[str] = []
    left, low, right, high = x - radius, y - radius, x + radius, y + radius
    PDFPathObject(code).ellipse(left, low, right - left, high - low)
    return (*code, "S")


@functools.lru_cache(maxsize=1 << 10)
def _pen(thickness: float, grey: float) -> tuple[str, str]:
    return f"{number(thickness)} w", f"{number(grey)} G"


@functools.lru_cache(maxsize=1 << 16)
def _origin(x: float, y: float) -> str:
    return f"1 0 0 1 {number(round(x, 2))} {number(round(HEIGHT - y, 2))} Tm"


@functools.cache
def _size(style: Style) -> str:
    return f"{number(style.size)} Tf {number(style.leading)} TL"


@functools.lru_cache(maxsize=1 << 10)
def _grey(grey: float) -> str:
    return f"{number(grey)} g"


@functools.lru_cache(maxsize=1 << 14)
def _shown(text: str, coding: Coding, name: str, size: str) -> str:
    """The operators that show a text in the font that the document calls `name`: each run of characters in the subset where it is."""
    operators = []
    for subset, run in groupby(map(ord, text.translate(coding.codes)), lambda code: code >> 8):
        operators.append(f"{name}+{subset} {size} ({escapePDF(bytes(code & 0xFF for code in run))}) Tj")
    return " ".join(operators)


class _Face:
    """A font in one new document: what it is called there, and the codes of the characters that the document had so far."""

    def __init__(self, font: Font, document: Any) -> None:
        self._font, self._document = font, document
        self._order = ""
        self.coding = font.coding("")
        font.splitString("", document)
        self.name = font.getSubsetInternalName(0, document).removesuffix("+0")

    def learn(self, text: str) -> None:
        if new := self.coding.after(text):
            self._order += new
            self.coding = self._font.coding(self._order)
            self.coding.give(self._font.state[self._document])


class Sheet:
    """One document's pages, drawn one after the other. Every number is rounded to hundredths: the same bytes on every machine."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas: Any = canvas
        self._faces: dict[str, _Face] = {}  # by the font's name
        # Texts, each with its place among the page's operators, its origin on the page, and its tracking.
        self._texts: list[tuple[int, str, Style, str, float]] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        style: Style,
        align: Literal["left", "right", "centre"] = "left",
        tracking: float = 0.0,
    ) -> None:
        """`text` on the baseline `y`. `x` is its left end, its right end or its middle."""
        if align != "left":
            x -= width(text, style) / (1 if align == "right" else 2)
        code = self.canvas._code
        code += (_grey(style.grey), "")
        self._face(style.font)
        self._texts.append((len(code) - 1, text, style, _origin(x, y), tracking))

    def _face(self, name: str) -> _Face:
        if name not in self._faces:
            self._faces[name] = _Face(font(name), self.canvas._doc)
        return self._faces[name]

    def _write_texts(self) -> None:
        """All at once, each in the place that was kept for it: then another paper's codes are found again by their characters."""
        pieces = [list(runs(text, style.font)) for _, text, style, _, _ in self._texts]
        for name in dict.fromkeys([*self._faces, *(name for piece in pieces for name, _ in piece)]):
            self._face(name).learn("".join([part for piece in pieces for face, part in piece if face == name]))
        code = self.canvas._code
        for (place, _, style, origin, tracking), piece in zip(self._texts, pieces, strict=True):
            # The operators that reportlab's text object makes, without the object: half of a page's time went into those.
            shown = " ".join(
                _shown(part, self._faces[name].coding, self._faces[name].name, _size(style)) for name, part in piece
            )
            if tracking:
                shown = f"{number(round(tracking, 2))} Tc {shown} 0 Tc"
            code[place] = f"BT {origin} {shown} ET"
        self._texts.clear()

    def rule(self, x: float, y: float, length: float, thickness: float = 0.4, grey: float = 0.6) -> None:
        """A line to the right. Filled, not stroked, so that it is as sharp on paper as on a screen."""
        self.fill(x, y - thickness / 2, length, thickness, grey)

    def fill(self, x: float, y: float, across: float, down: float, grey: float) -> None:
        self.canvas._code += (_grey(grey), f"n {_corners(x, y, across, down)} re f*")

    def squares(self, x: float, y: float, side: float, rows: Sequence[str]) -> None:
        """Black squares of this side, where a row has a 1; those that touch in a row are one box. (x, y) is the first row's corner."""
        lefts, acrosses, lows = _grid(x, y, side, max(map(len, rows)), len(rows))
        code, black, high = self.canvas._code, _grey(0), number(round(side, 2))
        for low, row in zip(lows, rows, strict=True):
            for run in _RUN.finditer(row):
                start, end = run.span()
                code += (black, f"n {lefts[start]} {low} {acrosses[end - start]} {high} re f*")

    def frame(self, x: float, y: float, across: float, down: float, thickness: float = 0.5, grey: float = 0.5) -> None:
        self.canvas._code += (*_pen(thickness, grey), f"n {_corners(x, y, across, down)} re S")

    def ring(self, x: float, y: float, radius: float, thickness: float = 0.5, grey: float = 0.7) -> None:
        self.canvas._code += (*_pen(thickness, grey), *_circle(round(x, 2), round(HEIGHT - y, 2), round(radius, 2)))

    def picture(self, name: str, x: float, y: float, across: float, down: float) -> None:
        """A picture that the file knows by `name` (`pdfa.add_image`)."""
        self.canvas.saveState()
        self.canvas.transform(round(across, 2), 0, 0, round(down, 2), round(x, 2), round(HEIGHT - y - down, 2))
        self.canvas.doForm(name)
        self.canvas.restoreState()

    def end_page(self) -> None:
        self._write_texts()
        self.canvas.showPage()
