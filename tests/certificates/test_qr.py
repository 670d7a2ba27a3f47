"""The QR code is the one that reportlab makes; only its mask is chosen quicker."""

from __future__ import annotations

import random
from typing import Any

import pytest
from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel

from certificates.page.qr import _Code


@pytest.mark.parametrize("length", [1, 40, 100, 110, 150, 300])
def test_the_modules_are_those_of_reportlab(length: int) -> None:
    rng = random.Random(length)
    for alphabet in ("0123456789abcdef:-", "\x00\xff", "a"):
        text = "".join(rng.choice(alphabet) for _ in range(length))
        drawn = []
        for kind in (QRCode, _Code):
            code: Any = kind(None, QRErrorCorrectLevel.M)
            code.addData(QR8bitByte(text))
            code.make()
            drawn.append(code.modules)
        assert drawn[0] == drawn[1]
