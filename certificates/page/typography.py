"""Type: the few styles of the page, how wide a text is, and where its lines may break."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import islice

import msgspec

from certificates.fonts import BOLD, REGULAR, face_of, font


class Style(msgspec.Struct, frozen=True):
    """Size and leading in points; grey from 0 (black) to 1 (white)."""

    size: float
    leading: float
    bold: bool = False
    grey: float = 0.0

    @property
    def font(self) -> str:
        return BOLD if self.bold else REGULAR


TITLE = Style(27, 33, bold=True)
TITLE_SECOND = Style(14.5, 19)
ANNEX = Style(15, 19, bold=True)
PARTY = Style(12.5, 16, bold=True)
PARTY_SMALL = Style(9.5, 12.5, bold=True)
HEADING = Style(9, 11.5, bold=True)
HEADING_SECOND = Style(6.6, 8.6, grey=0.35)
STATEMENT = Style(7.8, 10.8)
LABEL = Style(5.8, 7.6, grey=0.35)
VALUE = Style(7.8, 9.8)
VALUE_BOLD = Style(7.8, 9.8, bold=True)
STRONG = Style(10, 12.4, bold=True)
TEXT = Style(6.9, 9.2)
TEXT_BOLD = Style(7.2, 9.6, bold=True)
NOTE = Style(6.4, 8.4, grey=0.15)
SECOND = Style(6.5, 8.6, grey=0.3)
ABSENT = Style(6.2, 9.8, grey=0.4)
CODE = Style(6.8, 9)
SMALL = Style(5.8, 7.8, grey=0.3)
SMALLEST = Style(6, 7.6)  # what people typed gets no smaller than this in a field; it goes on in the annex instead
COMMAND = Style(5.3, 7.2, grey=0.3)
SEAL = Style(7, 9, grey=0.72)

# Japanese line breaking (JIS X 4051, the rules that matter here): what may not begin a line, and what may not end one.
_NEVER_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー）］｝〕〉》」』】〙〗’”ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ…‥,.:;?!)]}%％℃〜～"
)
_NEVER_LAST = frozenset("（［｛〔〈《「『【〘〖‘“([{")
_BREAK_AFTER = frozenset("-/_,;–—")
_LONGEST_WORD = 160
_SHORT = 1000


def width(text: str, style: Style) -> float:
    return _thousandths(text, style.font) * style.size / 1000


@functools.lru_cache(maxsize=1 << 16)  # the same labels stand on every paper
def _thousandths(text: str, name: str) -> float:
    widths = font(name).face.charWidths
    try:
        return float(sum(widths[ord(character)] for character in text))
    except KeyError:  # a letter that only a supplement has
        return float(sum(_advance(character, name) for character in text))


def _advance(character: str, name: str) -> float:
    return float(font(face_of(character, name)).face.charWidths[ord(character)])


def wrap(text: str, style: Style, limit: float) -> tuple[str, ...]:
    """The lines of `text`, none wider than `limit` (but for a single character that is). At least one line."""
    return (_short_lines if len(text) < _SHORT else _all_lines)(text, style, limit)


def _all_lines(text: str, style: Style, limit: float) -> tuple[str, ...]:
    return tuple(lines(text, style, limit)) or ("",)


_short_lines = functools.lru_cache(maxsize=1 << 12)(_all_lines)


def first_lines(text: str, style: Style, limit: float, most: int) -> tuple[str, ...]:
    """At most so many of them: whoever needs three lines of a long text waits for no more."""
    return wrap(text, style, limit)[:most] if len(text) < _SHORT else tuple(islice(lines(text, style, limit), most))


def lines(text: str, style: Style, limit: float) -> Iterator[str]:
    """The same, one by one."""
    line, used, begun = "", 0.0, False
    for atom in _short_atoms(text) if len(text) < _SHORT else _atoms(text):
        wide = width(atom, style)
        if line and used + width(atom.rstrip(" "), style) > limit:
            yield line.rstrip(" ")
            line, used, begun = "", 0.0, True
        if not line and begun:
            atom = atom.lstrip(" ")
            wide = width(atom, style)
        line, used = line + atom, used + wide
        while used > limit and width(line.rstrip(" "), style) > limit and len(line) > 1:
            fits = _fitting(line, style, limit)
            yield line[:fits]
            line, begun = line[fits:], True
            used = width(line, style)
    if line.strip(" "):
        yield line.rstrip(" ")


def _fitting(text: str, style: Style, limit: float) -> int:
    """How many characters of an unbreakable text fit; at least one."""
    room = limit * 1000 / style.size
    for index, character in enumerate(text):
        room -= _advance(character, style.font)
        if room < 0:
            return max(1, index)
    return len(text)


@functools.lru_cache(maxsize=1 << 14)
def _short_atoms(text: str) -> tuple[str, ...]:
    return tuple(_atoms(text))


def _atoms(text: str) -> Iterator[str]:
    """The pieces between which a line may break."""
    start = 0
    for index in range(1, len(text)):
        if _may_break(text[index - 1], text[index]) or index - start == _LONGEST_WORD:
            yield text[start:index]
            start = index
    if text[start:]:
        yield text[start:]


def _may_break(before: str, after: str) -> bool:
    if after in _NEVER_FIRST or before in _NEVER_LAST or after == " ":
        return False
    if before == "," and after in "0123456789":  # 6,905 is one word
        return False
    return before == " " or before in _BREAK_AFTER or _is_ideographic(before) or _is_ideographic(after)


def _is_ideographic(character: str) -> bool:
    """Kana, kanji and full-width signs: a line may break on either side. Ranges of our own, since Python's tables change by version."""
    code = ord(character)
    return (
        0x2E80 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xFE30 <= code <= 0xFE4F
        or 0xFF00 <= code <= 0xFFEF
        or code >= 0x20000
    )
