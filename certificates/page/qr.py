"""The QR code: binds the printed page to its record.

Its text is `eraser:1:NUMBER:DIGEST:OUTCOME`: the form's version, the certificate's number, the BLAKE3-256 of certificate.json as
b3sum prints it, and the outcome. A phone shows it without an application; two papers with one digest are copies of one record.
"""

from __future__ import annotations

import functools
from typing import Any

from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel, QRUtil

from certificates.page.sheet import Sheet
from certificates.paper import Paper

QUIET_MODULES = 4


def content(paper: Paper, digest: str) -> str:
    return f"eraser:1:{paper.number}:{digest}:{paper.outcome}"


class _Code(QRCode):
    """The same code, its mask chosen in a hundredth of the time: the scores of ISO/IEC 18004 as reportlab counts them (a test compares),
    on all modules at once, as bits of one integer. Bit `row * count + column` is dark."""

    def make(self) -> None:
        if self.version is None:
            self.version = self.calculate_version()  # type: ignore[no-untyped-call]
        self._dataPosList = _places(self.version)
        self.makeImpl(True, 0)
        count, masks = self.moduleCount, _masks(self.version)
        drawn = _bits(self.modules) ^ masks[0]
        best = min(range(8), key=lambda mask: _score(drawn ^ masks[mask], count))
        dark = f"{drawn ^ masks[best]:0{count * count}b}"[::-1]
        self.modules = [[module == "1" for module in dark[row * count :][:count]] for row in range(count)]
        self.setupTypeInfo(False, best)
        if self.version >= 7:
            self.setupTypeNumber(False)


_POLYNOMIAL = "getErrorCorrectPolynomial"
# The same few polynomials for every code; reportlab works them out each time.
setattr(QRUtil, _POLYNOMIAL, staticmethod(functools.cache(getattr(QRUtil, _POLYNOMIAL))))


def _bits(rows: list[list[bool]]) -> int:
    return int("".join("01"[dark] for row in reversed(rows) for dark in reversed(row)), 2)


@functools.cache
def _places(version: int) -> list[tuple[int, int]]:
    """Where data goes, as (column, row)."""
    return list(_sized(version).dataPosIterator())


def _sized(version: int) -> Any:
    code: Any = QRCode(version, QRErrorCorrectLevel.M)
    code.moduleCount = 4 * version + 17
    return code


@functools.cache
def _masks(version: int) -> tuple[int, ...]:
    """The eight masks, over the places where data goes."""
    masks: list[Any] = [QRUtil.getMask(number) for number in range(8)]  # type: ignore[no-untyped-call]
    count = 4 * version + 17
    return tuple(
        sum(1 << (row * count + column) for column, row in _places(version) if mask(row, column)) for mask in masks
    )


@functools.cache
def _columns(count: int, kept: int) -> int:
    """The first `kept` columns of every row."""
    return sum(((1 << kept) - 1) << (row * count) for row in range(count))


def _score(dark: int, count: int) -> int:
    whole = (1 << count * count) - 1
    across = ~(dark ^ dark >> 1) & _columns(count, count - 1)  # the same as its neighbour to the right
    down = ~(dark ^ dark >> count) & (whole >> count)  # the same as its neighbour below
    score = _runs(across, 1) + _runs(down, count)
    score += 3 * (across & across >> count & down).bit_count()
    # The finder's pattern, dark and light, with four light modules after it; as reportlab looks: along rows, not at their very end.
    found = _columns(count, count - 11)
    for place, is_dark in enumerate((True, False, True, True, True, False, True, False, False, False, False)):
        found &= (dark if is_dark else whole ^ dark) >> place
    score += 40 * found.bit_count()
    return score + 10 * (abs(100 * dark.bit_count() // (count * count) - 50) // 5)


def _runs(same: int, step: int) -> int:
    """Runs of five and more: 3 points, and one for each module past the fifth. `same` has a bit for each pair of equals."""
    five = same & same >> step & same >> 2 * step & same >> 3 * step
    return five.bit_count() + 2 * (five & ~(five << step)).bit_count()


def draw(sheet: Sheet, x: float, y: float, side: float, text: str) -> None:
    """A square of `side`, its quiet zone included, as runs of dark modules."""
    code: Any = _Code(None, QRErrorCorrectLevel.M)
    code.addData(QR8bitByte(text.encode("utf-8").decode("latin-1")))
    code.make()
    count = code.getModuleCount()
    module = side / (count + 2 * QUIET_MODULES)
    for row, modules in enumerate(code.modules):
        start = None
        for column, dark in enumerate((*modules, False)):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                left, top = x + (QUIET_MODULES + start) * module, y + (QUIET_MODULES + row) * module
                sheet.fill(left, top, (column - start) * module, module, 0)
                start = None
