"""The sheet of paper: drawing by points from the top left corner, in black and greys, on A4."""

from __future__ import annotations

import functools
from typing import Any, Literal

from reportlab.lib.rl_accel import escapePDF, fp_str
from reportlab.pdfgen.canvas import Canvas

from certificates.fonts import font
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
def _box(x: float, y: float, across: float, down: float) -> str:
    corners = (round(x, 2), round(HEIGHT - y - down, 2), round(across, 2), round(down, 2))
    return f"n {' '.join(map(number, corners))} re f*"


@functools.lru_cache(maxsize=1 << 16)
def _origin(x: float, y: float) -> str:
    return f"1 0 0 1 {number(round(x, 2))} {number(round(HEIGHT - y, 2))} Tm"


@functools.cache
def _size(style: Style) -> str:
    return f"{number(style.size)} Tf {number(style.leading)} TL"


@functools.lru_cache(maxsize=1 << 14)
def _escaped(codes: bytes) -> str:
    return str(escapePDF(codes))


class Sheet:
    """One document's pages, drawn one after the other. Every number is rounded to hundredths: the same bytes on every machine."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas: Any = canvas

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
        # The operators that reportlab's text object makes, without the object: half of a page's time went into those.
        size = _size(style)
        shown, current = [], None
        face, document = font(style.font), self.canvas._doc
        for subset, codes in face.splitString(text, document):
            if subset != current:
                current = subset
                shown.append(f"{face.getSubsetInternalName(subset, document)} {size}")
            shown.append(f"({_escaped(codes)}) Tj")
        spaced = f"{number(round(tracking, 2))} Tc " if tracking else ""
        line = f"BT {_origin(x, y)} {spaced}{' '.join(shown)}{' 0 Tc' if tracking else ''} ET"
        self.canvas._code += (f"{number(style.grey)} g", line)

    def rule(self, x: float, y: float, length: float, thickness: float = 0.4, grey: float = 0.6) -> None:
        """A line to the right. Filled, not stroked, so that it is as sharp on paper as on a screen."""
        self.fill(x, y - thickness / 2, length, thickness, grey)

    def fill(self, x: float, y: float, across: float, down: float, grey: float) -> None:
        self.canvas._code += (f"{number(grey)} g", _box(x, y, across, down))

    def frame(self, x: float, y: float, across: float, down: float, thickness: float = 0.5, grey: float = 0.5) -> None:
        self._pen(thickness, grey)
        self.canvas.rect(round(x, 2), round(HEIGHT - y - down, 2), round(across, 2), round(down, 2), stroke=1, fill=0)

    def ring(self, x: float, y: float, radius: float, thickness: float = 0.5, grey: float = 0.7) -> None:
        self._pen(thickness, grey)
        self.canvas.circle(round(x, 2), round(HEIGHT - y, 2), round(radius, 2), stroke=1, fill=0)

    def picture(self, name: str, x: float, y: float, across: float, down: float) -> None:
        """A picture that the file knows by `name` (`pdfa.add_image`)."""
        self.canvas.saveState()
        self.canvas.transform(round(across, 2), 0, 0, round(down, 2), round(x, 2), round(HEIGHT - y - down, 2))
        self.canvas.doForm(name)
        self.canvas.restoreState()

    def end_page(self) -> None:
        self.canvas.showPage()

    def _pen(self, thickness: float, grey: float) -> None:
        self.canvas.setLineWidth(thickness)
        self.canvas.setStrokeGray(grey)
