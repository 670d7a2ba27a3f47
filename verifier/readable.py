"""Finds sectors that read as text, as offices write it: ASCII, UTF-8, CP932, EUC-JP, ISO-2022-JP, UTF-16LE. Pure.

How seldom random data reads as text. 166 of the 256 byte values are a whole character of CP932 (control characters
aside), and 9,604 of the 65,536 pairs are a two-byte one. So the share of random strings that parse shrinks by x a byte,
x^2 = 166/256 x + 9604/65536, x = 0.826; EUC-JP (0.57) and UTF-8 (0.47) shrink faster. UNPADDED bytes without an end
parse once in 0.826^-192 = 9e15 sectors, a few in a million media of 20 TB. A shorter text counts only if zeros fill its
sector, as a file system leaves the end of a file: 320 zeros in a row don't occur in random data. A test computes these
numbers from the codecs.
"""

import codecs
import re

from msgspec import Struct

from verifier.carving import SECTOR

SHORTEST = 24
"""Bytes of text, the rest of the sector being zeros."""
UNPADDED = 192
"""Bytes of text at a sector's start, whatever stands behind them."""
BLOCK = 4096
"""Bytes that are judged at once where all of their sectors begin like text."""

_TOGETHER = BLOCK // SECTOR
_NOTHING = bytes(SHORTEST)
_JUDGED = 1024  # bytes that are decoded; the rest of a BLOCK must only be free of control characters

_TEXT = b"\t\n\f\r\x1b" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0xFE))
_WIDE_HIGH = b"\x00\x30" + bytes(range(0x4E, 0xA0)) + b"\xfe\xff"
_LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WIDE_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


def _all_but(kept: bytes) -> bytes:
    return bytes(set(range(256)) - set(kept))


_NOT_LETTERS = _all_but(_LETTERS)
_NOT_SEPARATORS = _all_but(b" \t\r\n,.;:/-_=<>\"'|&()[]{}")
_NOT_KANJI = _all_but(bytes(range(0x4E, 0xA0)))

# What a byte rules out at an even and at an odd place: 1 text by bytes, 2 UTF-16.
_RULES_OUT = tuple(bytes((b not in _TEXT) | (odd and b not in _WIDE_HIGH) << 1 for b in range(256)) for odd in (0, 1))
_STILL_POSSIBLE = re.compile(rb"[^\x03]")
_STRIDE = 1 << 20  # what the columns of one step touch stays in the cache


class TextRegion(Struct, frozen=True):
    """Neighbouring sectors of text. `offset` and `length` in bytes, whole sectors."""

    offset: int
    length: int
    encoding: str


def find_text(window: bytes, base: int = 0) -> list[TextRegion]:
    """The text in `window`, in order: a region a sector, or a BLOCK, so that the caller can join what belongs together.

    `base` is the window's own offset on the medium. Whole BLOCKs of the medium are judged together and all else by the
    sector, so the answer does not depend on how the medium was cut, if it was cut between BLOCKs.
    """
    possible = _candidates(window)
    found: list[TextRegion] = []
    at = 0
    while at < len(possible):
        start = possible[at]
        if window.startswith(_NOTHING, start):  # zeros could be halves of UTF-16 characters, but not all of them
            at += 1
            continue
        is_block = (base + start) % BLOCK == 0 and possible[at : at + _TOGETHER][-1:] == [start + BLOCK - SECTOR]
        encoding = encoding_of(window[start : start + BLOCK], entire=True) if is_block else None
        if encoding:
            found.append(TextRegion(base + start, BLOCK, encoding))
        else:
            for part in possible[at : at + _TOGETHER] if is_block else (start,):
                if alone := encoding_of(window[part : part + SECTOR]):
                    found.append(TextRegion(base + part, SECTOR, alone))
        at += _TOGETHER if is_block else 1
    return found


def _candidates(window: bytes) -> list[int]:
    """Offsets of the sectors whose first SHORTEST bytes can be text. Columns are combined as big integers, in C."""
    found: list[int] = []
    for block in range(0, len(window), _STRIDE):
        end = min(block + _STRIDE, len(window))
        ruled_out = 0
        for place in range(SHORTEST):
            column = window[block + place : end : SECTOR].translate(_RULES_OUT[place & 1])
            ruled_out |= int.from_bytes(column, "little")
        count = len(range(block, end - SHORTEST + 1, SECTOR))
        sectors = ruled_out.to_bytes(-(-_STRIDE // SECTOR), "little")[:count]
        found += [block + match.start() * SECTOR for match in _STILL_POSSIBLE.finditer(sectors)]
    return found


def encoding_of(sector: bytes, *, entire: bool = False) -> str | None:
    """The encoding in which these bytes are text, None if in none.

    One of ascii, utf-8, cp932, euc-jp, iso-2022-jp, utf-16-le. With `entire` all of them must be text, else what the
    module's text says of endings holds.
    """
    if _is_periodic(sector) or not sector:
        return None
    if _is_wide_text(_run(sector, 1, _WIDE_HIGH, entire)[:_JUDGED]):
        return "utf-16-le"
    text = _run(sector, 0, _TEXT, entire)[:_JUDGED]
    if not text or len(set(text[:UNPADDED])) < 8:
        return None
    if text.isascii():
        if not _is_ascii_text(text):
            return None
        return "iso-2022-jp" if b"\x1b$B" in text or b"\x1b$@" in text else "ascii"
    if _decodes_as_utf8(text):
        return "utf-8"
    scores = {name: _japanese_score(text, name) for name in ("cp932", "euc-jp")}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else None


def _is_periodic(sector: bytes) -> bool:
    """Overwrite patterns of one or three bytes, some of which are characters."""
    return sector[:192] == sector[:3] * 64


def _run(sector: bytes, odd: int, allowed: bytes, entire: bool) -> bytes:
    """The bytes that `sector` begins with and that may be text, empty unless they end as text may.

    With `odd` only every second byte is looked at, the high one of UTF-16LE.
    """
    head = sector[odd : UNPADDED : 1 + odd].translate(None, allowed)
    # Most of random data ends here: something stands in the first bytes that is neither text nor padding.
    if head.strip(b"\0"):
        return b""
    text = sector if entire else sector.rstrip(b"\0")
    text += sector[len(text) : len(text) + len(text) % 2] if odd else b""
    if len(text) >= SHORTEST and not text[odd :: 1 + odd].translate(None, allowed) and not (odd and _has_nul(text)):
        return text
    return sector[:UNPADDED] if not entire and not head and len(text) >= UNPADDED else b""


def _has_nul(raw: bytes) -> bool:
    """Whether UTF-16LE has a character 0, which is padding; two zero bytes in a row may also be halves of two others."""
    return b"\0\0" in raw and "\0" in raw.decode("utf-16-le", "replace")


def _is_wide_text(raw: bytes) -> bool:
    """Letters with some kana or ASCII, and characters that recur: allocation tables count upwards through the codes."""
    high = raw[1::2]
    if not high or (high.count(0x30) + high.count(0)) * 20 < len(high):
        return False
    try:
        text = raw[: len(high) * 2].decode("utf-16-le")
    except UnicodeDecodeError:
        return False
    if _WIDE_CONTROL.search(text):
        return False
    ascii_letters = len(raw[0::2].translate(None, _NOT_LETTERS)) * high.count(0) // len(high)
    letters = high.count(0x30) + len(high.translate(None, _NOT_KANJI)) + ascii_letters
    varied = set(text[:UNPADDED])
    return 8 <= len(varied) <= max(16, len(text[:UNPADDED]) * 4 // 5) and letters * 10 >= len(text) * 3


def _is_ascii_text(text: bytes) -> bool:
    """Letters and digits, and something between them: smooth image data or a table has not both."""
    letters = len(text.translate(None, _NOT_LETTERS))
    separators = len(text.translate(None, _NOT_SEPARATORS))
    return letters * 100 >= len(text) * 15 and separators * 100 >= len(text)


def _decodes_as_utf8(text: bytes) -> bool:
    """The bytes may begin and end inside a character."""
    start = 0
    while start < 3 and text[start] & 0xC0 == 0x80:
        start += 1
    try:
        plain, _ = codecs.utf_8_decode(text[start:], "strict", False)
    except UnicodeDecodeError:
        return False
    high = plain.encode("utf-16-le", "replace")[1::2]
    known = high.count(0x30) + len(high.translate(None, _NOT_KANJI)) + high.count(0)
    return known * 2 >= len(plain)


def _japanese_score(text: bytes, encoding: str) -> float:
    """Share of characters that Japanese text is made of, 0 if it does not decode; half-width katakana count little."""
    plain = _decode_cut(text, encoding)
    if not plain:
        return 0.0
    high = plain.encode("utf-16-le", "replace")[1::2]
    kana, kanji, plain_ascii = high.count(0x30), len(high.translate(None, _NOT_KANJI)), high.count(0)
    # In CP932 all that is neither ASCII nor two bytes long is half-width katakana.
    half = max(0, 2 * len(plain) - plain_ascii - len(text)) if encoding == "cp932" else 0
    # Half-width katakana stand with spaces, digits or kanji; a run of them alone is more often binary data.
    if half * 5 > len(plain) * 4 or kana + kanji + half == 0:
        return 0.0
    # Kanji without kana are names and addresses, and those have separators or digits.
    if kana * 20 < kanji and plain_ascii * 50 < len(plain):
        return 0.0
    return (2 * kana + kanji + 0.2 * half + 0.5 * plain_ascii) / len(plain)


def _decode_cut(text: bytes, encoding: str) -> str | None:
    """Decodes text whose first or last character may have lost a byte to the neighbouring sector."""
    for start in (0, 1):
        try:
            return codecs.getincrementaldecoder(encoding)().decode(text[start:], False)
        except UnicodeDecodeError:
            continue
    return None
