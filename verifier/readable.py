"""Finds sectors that read as text, as offices write it: ASCII, UTF-8, CP932, EUC-JP, ISO-2022-JP, UTF-16LE. Pure.

How seldom random data reads as text. 166 of the 256 byte values are a whole character of CP932 (control characters
aside), and 9,604 of the 65,536 pairs are a two-byte one. So the share of random strings that parse shrinks by x a byte,
x^2 = 166/256 x + 9604/65536, x = 0.826; EUC-JP (0.57) and UTF-8 (0.47) shrink faster. UNPADDED bytes without an end
parse once in 0.826^-192 = 9e15 sectors, a few in a million media of 20 TB. A shorter text counts only if zeros fill its
sector, as a file system leaves the end of a file: 320 zeros in a row don't occur in random data. A test computes these
numbers from the codecs.

How it is quick where a medium is full of text. Sectors whose first SHORTEST bytes can be text are found by columns; where
they fill whole BLOCKs, runs of these are judged by their first and last one, and what lies between is text if its sectors
begin like text and it has no zero byte, no byte order mark and enough different values. Where the two differ, the run is
halved. So text is never missed for this, and random data has not even one of the two ends.
"""

import codecs
import operator
import re
from collections.abc import Iterator

from msgspec import Struct

from verifier.carving import SECTOR

SHORTEST = 24
"""Bytes of text, the rest of the sector being zeros."""
UNPADDED = 192
"""Bytes of text at a sector's start, whatever stands behind them."""
BLOCK = 4096
"""Bytes that are judged at once where all of their sectors begin like text."""
GROUP = 32 * BLOCK
"""Bytes: the longest run that is judged by its ends."""
FEWEST = 8
"""Different byte values in the beginning of a text."""
MARKS = (b"\xff\xfe", b"\xef\xbb\xbf")
"""Byte order marks: a text begins here."""

_JUDGED = 1024  # bytes that are decoded; the rest of a BLOCK that is judged must only be free of control characters

_TEXT = b"\t\n\f\r\x1b" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0xFF))
_WIDE_HIGH = b"\x00\x30" + bytes(range(0x4E, 0xA0)) + b"\xfe\xff"
_LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _all_but(kept: bytes) -> bytes:
    return bytes(set(range(256)) - set(kept))


_ALL = bytes(range(256))
_NOT_CONTROL = b"\t\n\f\r" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))
_NOT_LETTERS = _all_but(_LETTERS)
_NOT_SEPARATORS = _all_but(b" \t\r\n,.;:/-_=<>\"'|&()[]{}")
_NOT_KANJI = _all_but(bytes(range(0x4E, 0xA0)))

# What a byte rules out at an even and at an odd place: 1 text by bytes, 2 UTF-16, 4 nothing but zeros, which could be
# halves of UTF-16 characters, but not all of them.
_RULES_OUT = tuple(
    bytes((b not in _TEXT) | (odd and b not in _WIDE_HIGH) << 1 | (b > 0) << 2 for b in range(256)) for odd in (0, 1)
)
_SHIFTED = {"ascii", "iso-2022-jp"}  # a text in the one may begin in the other
_STILL_POSSIBLE = re.compile(rb"[\x04-\x06]+")
_NOT_UTF8 = re.compile(rb"[\x00-\x7f]*[\x80-\xc1\xf5-\xff]")
# Leads and trails of CP932 that EUC-JP has not; at a text's end they may be taken for a half of a character.
_MAY_BE_EUC = _all_but(bytes((*range(0x80, 0x8E), *range(0x90, 0xA1))))
_DECODERS = {name: codecs.getincrementaldecoder(name) for name in ("cp932", "euc-jp")}
_STRIDE = 1 << 20  # what the columns of one step touch stays in the cache


class TextRegion(Struct, frozen=True):
    """Neighbouring sectors of text. `offset` and `length` in bytes, whole sectors."""

    offset: int
    length: int
    encoding: str


def find_text(window: bytes, base: int = 0) -> list[TextRegion]:
    """The text in `window`, in order: regions of a sector or of some BLOCKs, so that the caller can join what belongs together.

    `base` is the window's own offset on the medium. Whole BLOCKs of the medium are judged together and all else by the
    sector, so the answer does not depend on how the medium was cut, if it was cut between GROUPs.
    """
    found: list[TextRegion] = []
    for start, end in _stretches(window):
        if end - start == SECTOR:  # most of what is found in random data
            found += _judged(window, base, start, SECTOR, SECTOR, {})
            continue
        first = min(start - (base + start) % -BLOCK, end)
        last = first + (end - first) // BLOCK * BLOCK
        for part, stop, unit in ((start, first, SECTOR), (first, last, BLOCK), (last, end, SECTOR)):
            for at, length in _alike(window, base, part, stop, unit):
                found += _judged(window, base, at, length, unit, {})
    return found


def _alike(window: bytes, base: int, start: int, end: int, unit: int) -> Iterator[tuple[int, int]]:
    """Cuts sectors or BLOCKs into runs that may be one text: offsets and lengths.

    What begins with few values is a run of its own, or none if it is a sector.
    """
    run, form, group = start, -1, GROUP if unit == BLOCK else BLOCK
    for at in range(start, end, unit):
        has_few = len(_ALL.translate(None, window[at : at + UNPADDED])) > 256 - FEWEST
        here = -1 if has_few else window.find(0, at, at + unit) >= 0
        if here != form or has_few or (base + at) % group == 0 or window.startswith(MARKS, at):
            if at > run:
                yield run, at - run
            run = at + unit if has_few and unit == SECTOR else at
        form = here
    if end > run:
        yield run, end - run


def _judged(window: bytes, base: int, at: int, length: int, unit: int, seen: dict[int, str]) -> list[TextRegion]:
    """A run of sectors or BLOCKs. What lies between two of the same text is text, too; else it is halved until that is so.

    `seen`: what single ones were found to be, by their offset; filled here.
    """
    ends = {at, at + length - unit}
    for end in ends - seen.keys():
        seen[end] = encoding_of(window[end : end + unit], entire=unit == BLOCK) or ""
    encodings = {seen[end] for end in ends}
    encoding = encodings.pop() if len(encodings) == 1 else "iso-2022-jp" if encodings == _SHIFTED else ""
    if encoding and (length == unit or _may_be(encoding, window[at : at + length])):
        return [TextRegion(base + at, length, encoding)]
    if length > unit:
        half = length // unit // 2 * unit
        left = _judged(window, base, at, half, unit, seen)
        return left + _judged(window, base, at + half, length - half, unit, seen)
    return _in_block(window, base, at) if unit == BLOCK else []


def _in_block(window: bytes, base: int, at: int) -> list[TextRegion]:
    """The text in the sectors of a BLOCK that is not text as a whole."""
    runs = _alike(window, base, at, at + BLOCK, SECTOR)
    return [region for run, size in runs for region in _judged(window, base, run, size, SECTOR, {})]


def _may_be(encoding: str, text: bytes) -> bool:
    """Whether nothing speaks against it that is quickly seen in all of the bytes."""
    if encoding == "utf-16-le":  # zeros at a sector's end would be the end of a file
        return all(map(operator.or_, text[SECTOR - 2 :: SECTOR], text[SECTOR - 1 :: SECTOR]))
    if b"\0" in text or (encoding in _SHIFTED and not text.isascii()):
        return False
    return encoding != "ascii" or b"\x1b" not in text


def _stretches(window: bytes) -> Iterator[tuple[int, int]]:
    """Where neighbouring sectors begin with SHORTEST bytes that can be text. Columns are combined as big integers, in C."""
    steps: list[bytes] = []
    for block in range(0, len(window), _STRIDE):
        end = min(block + _STRIDE, len(window))
        ruled_out = 0
        for place in range(SHORTEST):
            column = window[block + place : end : SECTOR].translate(_RULES_OUT[place & 1])
            ruled_out |= int.from_bytes(column, "little")
        count = len(range(block, end - SHORTEST + 1, SECTOR))
        steps.append(ruled_out.to_bytes(_STRIDE // SECTOR, "little")[:count])
    for match in _STILL_POSSIBLE.finditer(b"".join(steps)):
        yield match.start() * SECTOR, match.end() * SECTOR


def encoding_of(sector: bytes, *, entire: bool = False) -> str | None:
    """The encoding in which these bytes are text, None if in none.

    One of ascii, utf-8, cp932, euc-jp, iso-2022-jp, utf-16-le. With `entire` all of them must be text, else what the
    module's text says of endings holds.
    """
    head = sector[:UNPADDED]
    if not (head[1:SHORTEST:2].translate(None, _WIDE_HIGH) or head[1::2].translate(None, _WIDE_HIGH)):
        wide = b"" if _has_few_values(head) else _wide_run(sector, entire)
        if _is_wide_text(wide[:_JUDGED]):
            return "utf-16-le"
    text = _run(sector, entire)[:_JUDGED]
    if not text or _has_few_values(text[:UNPADDED]):
        return None
    if text.isascii():
        if not _is_ascii_text(text):
            return None
        is_shifted = b"\x1b" in text and (b"\x1b$B" in text or b"\x1b$@" in text)
        return "iso-2022-jp" if is_shifted else "ascii"
    if _decodes_as_utf8(text):
        return "utf-8"
    return _japanese_encoding(text)


def _run(sector: bytes, entire: bool) -> bytes:
    """The bytes that `sector` begins with and that may be text, empty unless they end as text may."""
    text = sector if entire else sector.rstrip(b"\0")
    if len(text) >= SHORTEST and b"\0" not in text and not text.translate(None, _TEXT):
        return text
    # Most of random data ends here: something stands in the first bytes that is neither text nor padding.
    head = b"" if entire or len(text) < UNPADDED else sector[:UNPADDED]
    return b"" if head.translate(None, _TEXT) else head


def _wide_run(sector: bytes, entire: bool) -> bytes:
    """The same for UTF-16LE, of which only every second byte is looked at, the high one."""
    text = sector if entire else sector.rstrip(b"\0")
    text += sector[len(text) : len(text) + len(text) % 2]
    if len(text) >= SHORTEST and not text[1::2].translate(None, _WIDE_HIGH) and not _has_nul(text):
        return text
    return b"" if entire or len(text) < UNPADDED else sector[:UNPADDED]


def _has_few_values(head: bytes) -> bool:
    """Fewer than any text has."""
    return len(_ALL.translate(None, head)) > 256 - FEWEST


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
    if text.encode("latin-1", "ignore").translate(None, _NOT_CONTROL):
        return False
    ascii_letters = len(raw[0::2].translate(None, _NOT_LETTERS)) * high.count(0) // len(high)
    letters = high.count(0x30) + len(high.translate(None, _NOT_KANJI)) + ascii_letters
    varied = set(text[:UNPADDED])
    return 8 <= len(varied) <= max(16, len(text[:UNPADDED]) * 4 // 5) and letters * 10 >= len(text) * 3


def _is_ascii_text(text: bytes) -> bool:
    """Letters and digits, and something between them: smooth image data or a table has not both."""
    return _has_of(_NOT_LETTERS, 15, text, 3) and _has_of(_NOT_SEPARATORS, 1, text, 8)


def _has_of(others: bytes, percent: int, text: bytes, part: int) -> bool:
    """Whether so much of the text is none of `others`. Mostly the first of so many parts of it has enough."""
    wanted = len(text) * percent
    some = text[: len(text) // part].translate(None, others)
    return len(some) * 100 >= wanted or len(text.translate(None, others)) * 100 >= wanted


def _decodes_as_utf8(text: bytes) -> bool:
    """The bytes may begin and end inside a character."""
    start = 0
    while start < 3 and text[start] & 0xC0 == 0x80:
        start += 1
    if _NOT_UTF8.match(text, start):  # quicker than the decoder's error
        return False
    try:
        plain, _ = codecs.utf_8_decode(text[start:], "strict", False)
    except UnicodeDecodeError:
        return False
    high = plain.encode("utf-16-le", "replace")[1::2]
    known = high.count(0x30) + len(high.translate(None, _NOT_KANJI)) + high.count(0)
    return known * 2 >= len(plain)


def _japanese_encoding(text: bytes) -> str | None:
    """The better of CP932 and EUC-JP, where neither is ruled out by bytes that no character of it has."""
    scores = {}
    if b"\xfe" not in text:
        scores["cp932"] = _japanese_score(text, "cp932")
    if not text[1:-2].translate(None, _MAY_BE_EUC):
        scores["euc-jp"] = _japanese_score(text, "euc-jp")
    best = max(scores, key=lambda name: scores[name], default=None)
    return best if best and scores[best] > 0 else None


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
            return _DECODERS[encoding]().decode(text[start:], False)
        except UnicodeDecodeError:
            continue
    return None
