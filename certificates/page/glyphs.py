"""Every character or none: what the page can draw, and the spelling of what it can't.

A name that people gave has to be right, so it is checked before a wipe starts (`missing`) and drawing raises if it isn't. What a
machine said (a serial number with a control character in it) must not stop a paper that is due: its odd characters are spelt out.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from certificates.fonts import BOLD, REGULAR, SELECTORS, face_of, font
from certificates.identity import BLANK_LETTERS

# Marks that sit on the character before them. Fonts place them by shaping, which is not done here; composed characters need none.
_MARKS = frozenset([*range(0x300, 0x370), *range(0x20D0, 0x2100), *range(0x302A, 0x3030), 0x3099, 0x309A])
_PRIVATE = re.compile("[\U000f0000-\U0010ffff]")
_CLUSTER = re.compile(
    "[\u0041-\u024f\u0391-\u03ff\u0400-\u052f\u1e00-\u1fff\u3041-\u30ff][\u0300-\u036f\u3099\u309a]+"
    "|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?"  # Hangul in its parts, as macOS writes names
)


# Spaces of other widths and ones where no line breaks: a page has one of each width that its font has.
_SPACES = str.maketrans(
    dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " ")
)


class MissingGlyph(ValueError):
    """The text holds a character that the page can't draw."""


def missing(text: str) -> tuple[str, ...]:
    """The characters of `text` that a certificate can't show, each once."""
    absent = [
        *_PRIVATE.findall(text),
        *(character for character in _joined(_PRIVATE.sub("", text)) if not _drawable(character)),
    ]
    return tuple(dict.fromkeys(absent))


@functools.lru_cache(maxsize=1 << 13)
def checked(text: str) -> str:
    """`text` as it is drawn. Raises MissingGlyph rather than leave a gap."""
    if absent := missing(text):
        raise MissingGlyph(f"the page can't draw {' '.join(map(_code, absent))} of {text!r}")
    return _joined(text)


@functools.lru_cache(maxsize=1 << 13)
def spelt(text: str) -> str:
    """`text` as it is drawn, with characters that can't be as [U+0007]."""
    text = _PRIVATE.sub(lambda character: _code(character[0]), text)
    return "".join(character if _drawable(character) else _code(character) for character in _joined(text))


def readable(drawn: str) -> str:
    """What `checked` and `spelt` return, as Unicode text again."""
    return "".join(font(REGULAR).spelling.get(ord(character), character) for character in drawn)


def _code(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def _joined(text: str) -> str:
    """Kana and letters with separate marks composed (macOS writes が as two), kanji and their variation selectors as one character."""
    text = _CLUSTER.sub(lambda cluster: unicodedata.normalize("NFC", cluster[0]), text)
    text = text.translate(_SPACES)
    if SELECTORS.isdisjoint(map(ord, text)):
        return text
    variants = font(REGULAR).variants
    joined: list[str] = []
    for character in text:
        variant = variants.get((ord(joined[-1]), ord(character))) if ord(character) in SELECTORS and joined else None
        if variant is None:
            joined.append(character)
        else:
            joined[-1] = variant
    return "".join(joined)


def _drawable(character: str) -> bool:
    code = ord(character)
    return (
        code >= 0x20
        and code != 0xAD
        and code not in _MARKS
        and code not in BLANK_LETTERS
        and all(font(face_of(character, name)).has(character) for name in (REGULAR, BOLD))
    )
