"""The QR code is the one that reportlab makes; it only is made quicker."""

from __future__ import annotations

import random
from typing import Any

import pytest
from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel

from certificates.page import qr


# One block and several, of one size and of two, a length of one byte and of two, full to the last byte.
@pytest.mark.parametrize("length", [1, 14, 15, 40, 84, 85, 100, 106, 107, 110, 122, 123, 150, 180, 181, 300, 600])
def test_the_modules_are_those_of_reportlab(length: int) -> None:
    rng = random.Random(length)
    for alphabet in (b"0123456789abcdef:-", b"\x00\xff", b"\x00", bytes(range(256))):
        text = bytes(rng.choice(alphabet) for _ in range(length))
        code: Any = QRCode(None, QRErrorCorrectLevel.M)
        code.addData(QR8bitByte(text))
        code.make()
        assert qr.modules(text) == tuple("".join("01"[dark] for dark in row) for row in code.modules)


def test_what_does_not_fit_is_not_cut_off() -> None:
    with pytest.raises(ValueError, match="more than a QR code holds"):
        qr.modules(bytes(4000))
