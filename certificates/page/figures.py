"""Numbers as the page writes them. Rounded only towards the cautious side, or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from certificates.values import LbaRange

_FRACTION = re.compile(r"(0|1)(\.[0-9]{1,12})?")


def count(number: int) -> str:
    return f"{number:,}"


def size(number: int) -> str:
    """In the units that media are sold in, three digits, cut and never rounded up: 1.00 TB, 31.9 GB, 512 B."""
    for power, unit in ((12, "TB"), (9, "GB"), (6, "MB"), (3, "kB")):
        if number >= 10**power:
            hundredths = number * 100 // 10**power
            text = f"{hundredths // 100:,}.{hundredths % 100:02}"
            return f"{text[:-3] if hundredths >= 10_000 else text[:-1] if hundredths >= 1_000 else text} {unit}"
    return f"{number} B"


def size_at_most(number: int) -> str:
    """The same, rounded up: for a run that could go unnoticed."""
    step: int = 10 ** max(0, len(str(number)) - 3)
    return size(-(-number // step) * step)


def percent(part: int, whole: int) -> str:
    """Cut to hundredths: 100 % is printed only when all of it is there."""
    hundredths = min(part, whole) * 10_000 // whole if whole else 0
    return "100 %" if hundredths == 10_000 else f"{hundredths // 100}.{hundredths % 100:02} %"


def fraction_as_percent(text: str) -> str:
    """ "0.99" as 99 %, "0.00230" as 0.230 %. Raises ValueError for anything but a plain decimal fraction."""
    if not _FRACTION.fullmatch(text):
        raise ValueError(f"{text!r} is not a decimal fraction")
    return f"{Decimal(text).scaleb(2):f} %"


def lbas(extent: LbaRange) -> str:
    return str(extent.first) if extent.first == extent.last else f"{extent.first}–{extent.last}"


def sectors(extents: Sequence[LbaRange]) -> int:
    return sum(max(0, extent.last - extent.first + 1) for extent in extents)


def grouped(digits: str, each: int) -> str:
    return " ".join(digits[start : start + each] for start in range(0, len(digits), each))


def pattern(digits: str) -> str:
    """The bytes of a fixed pass, or their beginning and number."""
    return f"0x{digits.upper()}" if len(digits) <= 16 else f"0x{digits[:16].upper()}… ({len(digits) // 2} bytes)"
