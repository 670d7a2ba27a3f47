"""The QR code: binds the printed page to its record.

Its text is `eraser:1:NUMBER:DIGEST:OUTCOME`: the form's version, the certificate's number, the BLAKE3-256 of certificate.json as
b3sum prints it, and the outcome. A phone shows it without an application; two papers with one digest are copies of one record.
"""

from __future__ import annotations

from typing import Any

from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel

from certificates.page.sheet import Sheet
from certificates.paper import Paper

QUIET_MODULES = 4


def content(paper: Paper, digest: str) -> str:
    return f"eraser:1:{paper.number}:{digest}:{paper.outcome}"


def draw(sheet: Sheet, x: float, y: float, side: float, text: str) -> None:
    """A square of `side`, its quiet zone included, as runs of dark modules."""
    code: Any = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(QR8bitByte(text.encode("utf-8").decode("latin-1")))
    code.make()
    count = code.getModuleCount()
    module = side / (count + 2 * QUIET_MODULES)
    for row in range(count):
        start = None
        for column in range(count + 1):
            dark = column < count and code.isDark(row, column)
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                left, top = x + (QUIET_MODULES + start) * module, y + (QUIET_MODULES + row) * module
                sheet.fill(left, top, (column - start) * module, module, 0)
                start = None
