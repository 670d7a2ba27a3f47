"""The QR code: binds the printed page to its record.

Its text is `eraser:1:NUMBER:DIGEST:OUTCOME`: the form's version, the certificate's number, the BLAKE3-256 of certificate.json as
b3sum prints it, and the outcome. A phone shows it without an application; two papers with one digest are copies of one record.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel, QRMath, QRRSBlock, QRUtil

from certificates.page.sheet import Sheet
from certificates.paper import Paper

QUIET_MODULES = 4


def content(paper: Paper, digest: str) -> str:
    return f"eraser:1:{paper.number}:{digest}:{paper.outcome}"


def modules(text: bytes) -> tuple[str, ...]:
    """The rows of the code for `text`, 1 for a dark module: those that reportlab makes (a test compares), in a fraction of the time.

    reportlab is asked once per size for all that is no data; a code is then one integer, whose bit `row * count + column` is dark.
    Raises ValueError for more than fits.
    """
    version = _version(len(text))
    count = 4 * version + 17
    bits = "".join(map("{:08b}".format, _codewords(text, version)))
    data = int("".join(_order(version)(bits + "0")), 2)
    drawn = min(_empty(version), key=lambda empty: _score(empty[0] ^ data, count))[1] ^ data
    dark = f"{drawn:0{count * count}b}"[::-1]
    return tuple(dark[start : start + count] for start in range(0, count * count, count))


@functools.lru_cache(maxsize=1 << 12)
def _version(length: int) -> int:
    code = _sized(None)
    code.addData(QR8bitByte("-" * length))
    return int(code.calculate_version())


def _sized(version: int | None) -> Any:
    return QRCode(version, QRErrorCorrectLevel.M)


def _codewords(text: bytes, version: int) -> bytes:
    """Mode, length, text and filling (ISO/IEC 18004, 7.4), in blocks with their error correction (7.5), a byte of each in turn."""
    sizes = _sizes(version)
    length_bytes = 1 if version < 10 else 2
    head = (4 << 8 * length_bytes | len(text)).to_bytes(length_bytes + 1, "big")
    # The mode has four bits, so everything stands half a byte further to the left, and four zeros end it.
    said = (int.from_bytes(head + text, "big") << 4).to_bytes(len(head) + len(text), "big")
    room = sum(data for data, _ in sizes)
    if len(said) > room:
        raise ValueError(f"{len(text)} bytes are more than a QR code holds")
    filled = said + (b"\xec\x11" * room)[: room - len(said)]
    blocks, rests, at = [], [], 0
    for data, check in sizes:
        blocks.append(filled[at : at + data])
        rests.append(_rest(blocks[-1], check))
        at += data
    return bytes(byte for part in (blocks, rests) for each in zip_longest(*part) for byte in each if byte is not None)


@functools.cache
def _sizes(version: int) -> tuple[tuple[int, int], ...]:
    """Of each block the bytes of data and of error correction."""
    blocks: list[Any] = QRRSBlock.getRSBlocks(version, QRErrorCorrectLevel.M)  # type: ignore[no-untyped-call]
    return tuple((block.dataCount, block.totalCount - block.dataCount) for block in blocks)


def _rest(block: bytes, length: int) -> bytes:
    """What is left of the block, divided by the polynomial of so many bytes of error correction."""
    products, top = _products(length), 8 * (length - 1)
    kept, rest = (1 << top) - 1, 0
    for byte in block:
        rest = (rest & kept) << 8 ^ products[rest >> top ^ byte]
    return rest.to_bytes(length, "big")


@functools.cache
def _products(length: int) -> tuple[int, ...]:
    """The polynomial, without its first coefficient, times each byte."""
    polynomial: Any = QRUtil.getErrorCorrectPolynomial(length)  # type: ignore[no-untyped-call]
    log: Callable[[int], int] = QRMath.glog
    exp: Callable[[int], int] = QRMath.gexp
    products = (bytes(exp(log(each) + log(byte)) for each in polynomial.num[1:]) for byte in range(1, 256))
    return (0, *(int.from_bytes(product, "big") for product in products))


@functools.cache
def _order(version: int) -> Callable[[str], tuple[str, ...]]:
    """Takes the bits of the code words, and a zero after the last of them, to their places from the last module to the first."""
    code, count = _sized(version), 4 * version + 17
    code.moduleCount = count
    zero = 8 * sum(map(sum, _sizes(version)))
    bits = {row * count + column: bit for bit, (column, row) in enumerate(code.dataPosIterator()) if bit < zero}
    return itemgetter(*(bits.get(place, zero) for place in reversed(range(count * count))))


@functools.cache
def _empty(version: int) -> tuple[tuple[int, int], ...]:
    """For each mask the code without data, masked: as it is scored (without the mask's number), and as it is drawn."""
    made = []
    for mask in range(8):
        code = _sized(version)
        code.dataCache = []
        both = []
        for test in (True, False):
            code.makeImpl(test, mask)
            both.append(_bits(code.modules))
        made.append((both[0], both[1]))
    return tuple(made)


def _bits(rows: list[list[bool]]) -> int:
    return int("".join("01"[dark] for row in reversed(rows) for dark in reversed(row)), 2)


@functools.cache
def _columns(count: int, kept: int) -> int:
    """The first `kept` columns of every row."""
    return sum(((1 << kept) - 1) << (row * count) for row in range(count))


def _score(dark: int, count: int) -> int:
    """The penalty of a code as reportlab counts it (ISO/IEC 18004, 7.8.3), on all modules at once."""
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
    rows = modules(text.encode("utf-8"))
    quiet = "0" * QUIET_MODULES
    sheet.squares(x, y, side / (len(rows) + 2 * QUIET_MODULES), [quiet] * QUIET_MODULES + [quiet + row for row in rows])
