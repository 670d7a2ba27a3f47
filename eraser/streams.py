"""The standard streams in a locale that is not UTF-8 (EUC-JP, Shift_JIS, POSIX): a character that it lacks is replaced, and no message is
lost for it."""

from __future__ import annotations

import codecs
import io
import sys

# What character sets of old lack and our sentences have, in what every one has.
_PLAIN = str.maketrans(
    {"—": "-", "–": "-", "·": "-", "“": '"', "”": '"', "’": "'", "…": "...", "×": "x", "÷": "/", "→": "->", "℃": "C"}
)


def write_what_can_be_shown(*, json: bool) -> None:
    """From now on. `json`: standard output holds JSON, where such a character is escaped."""
    codecs.register_error("eraser.replaced", _replaced)
    codecs.register_error("eraser.escaped", _escaped)
    _set(sys.stdin, "replace")
    _set(sys.stderr, "eraser.replaced")
    _set(sys.stdout, "eraser.escaped" if json else "eraser.replaced", as_ascii=json)


def _set(stream: object, errors: str, *, as_ascii: bool = False) -> None:
    """JSON is UTF-8; where the terminal is not, ASCII with escapes is both."""
    if isinstance(stream, io.TextIOWrapper):
        other = as_ascii and codecs.lookup(stream.encoding).name != "utf-8"
        stream.reconfigure(encoding="ascii" if other else None, errors=errors)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(_PLAIN)
    return "".join(character if character.isascii() else "?" for character in lacking), error.end


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), error.end
