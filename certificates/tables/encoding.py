"""The text of a file that does not say how it is encoded: decoded where only one encoding can be meant, else told as uncertain. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from certificates.errors import Usage
from certificates.tables import headings

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
# What --encoding takes. cp932 is what Windows calls Shift_JIS; it has the characters of NEC and IBM.
ENCODINGS = ("utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16", "cp1252", "gb18030", "big5", "cp949")
_ENOUGH = 0.9  # of the characters that aren't ASCII are such as the encoding's language uses
_HEAD = 200_000  # bytes that are looked at to tell encodings apart
_CELLS = re.compile(r'[,\t;|"\r\n]+')
_LATIN = re.compile("[À-ÖØ-öø-ÿ§°²³µ·–—‘’“”„‚…€•™ŠšŽžŒœŸ«»¡¿\u00a0]")
_NOTHING = re.compile("[\x80-\x84\x86-\x9f\uf8f0-\uf8ff]")
_KANA = re.compile("[ぁ-ゖァ-ヺー]")
_PUNCTUATION = re.compile("[、-〕〜Ａ-Ｚａ-ｚ０-９（）：；，．！？－／ー・々〆№①-⑳ｦ-ﾟ]")


class Decoded(msgspec.Struct, frozen=True):
    """`is_certain`: no other encoding can be meant, so that characters other than ASCII can be believed."""

    text: str
    encoding: str
    is_certain: bool


def decoded(content: bytes, name: str, encoding: str | None = None) -> Decoded:
    """The text of a file. `encoding`: what a person says that it is. Raises Usage."""
    found = _as_said(content, encoding) if encoding else _found(content)
    if found is None:
        raise Usage("usage.encoding", path=name)
    text = found.text.lstrip("\ufeff").rstrip("\x1a\r\n")  # marks may stand there twice; DOS ended its texts with 1A
    if (at := text.find("\0")) >= 0:
        raise Usage("usage.inventory_nul", path=name, line=len(re.findall("\r\n|\r|\n", text[:at])) + 1)
    return Decoded(text, found.encoding, found.is_certain)


def _as_said(content: bytes, encoding: str) -> Decoded | None:
    for mark, marked in _MARKS:
        if content.startswith(mark) and marked == encoding == "utf-8":
            encoding = "utf-8-sig"
    text = _strictly(content, encoding)
    return None if text is None else Decoded(text, encoding, True)


def _found(content: bytes) -> Decoded | None:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            text = _strictly(content.removeprefix(b"\xef\xbb\xbf"), encoding)
            return None if text is None else Decoded(text, encoding, True)
    if b"\0" in content:
        wide = [(text, each) for each in ("utf-16-le", "utf-16-be") if (text := _wide(content, each)) is not None]
        if len(wide) == 1:
            return Decoded(*wide[0], True)
    if b"\x1b$" in content or b"\x1b(" in content:
        for encoding in ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2004"):
            if (text := _strictly(content, encoding)) is not None and "\x1b" not in text:
                return Decoded(text, encoding, True)
        return None
    # What is valid UTF-8 is UTF-8: text in another encoding hardly ever is.
    if (text := _strictly(content, "utf-8")) is not None:
        return Decoded(text, "utf-8", True)
    return _guessed(content)


def _guessed(content: bytes) -> Decoded | None:
    """One byte or two for each character: by its headings where they are known, else by which characters come out."""
    possible = [
        (text, encoding, fits) for encoding, fits in _FITS if (text := _strictly(content, encoding)) is not None
    ]
    if not possible:
        return None
    by_headings = [(text, encoding) for text, encoding, _ in possible if _has_headings(text)]
    if len(by_headings) == 1:
        return Decoded(*by_headings[0], True)
    likely = [(text, encoding) for text, encoding, fits in possible if fits(text[:_HEAD])]
    with_kana = [each for each in likely if each[1] in ("cp932", "euc_jp") and len(_KANA.findall(each[0][:_HEAD])) > 2]
    for choice in (likely, with_kana):
        if len(choice) == 1:
            return Decoded(*choice[0], True)
    return Decoded(*(with_kana or likely or [possible[0][:2]])[0], False)


def _has_headings(text: str) -> bool:
    """Whether a heading that is known and isn't ASCII stands in the first lines."""
    cells = {cell for line in text.splitlines()[: headings.LOOKED_AT] for cell in _CELLS.split(line)[:500]}
    foreign = dict(enumerate(cell[:100] for cell in cells if not cell.isascii()))
    return any(headings.candidates(foreign, field) for field in headings.known())


def _strictly(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    # Bytes that an encoding has no character for, which some decoders let through.
    return None if not encoding.startswith("utf") and _NOTHING.search(text) else text


def _wide(content: bytes, encoding: str) -> str | None:
    """UTF-16 without a mark: the right order of bytes gives lines and delimiters, the wrong one none."""
    text = _strictly(content, encoding)
    plausible = text is not None and "\0" not in text and re.search(r"[,\t;|\r\n]", text)
    return text if plausible else None


def _foreign(text: str) -> Iterator[str]:
    return (character for character in text if character > "\x7f")


def _japanese(text: str) -> bool:
    return _share(
        text, lambda each: bool(_KANA.match(each) or _PUNCTUATION.match(each)) or _level(each, "euc_jp", 0xCF)
    )


def _chinese(text: str) -> bool:
    return _share(text, lambda each: bool(_PUNCTUATION.match(each)) or _level(each, "gb2312", 0xD7))


def _latin(text: str) -> bool:
    """Letters with marks, a few at a time between others; characters of two bytes come out as rows of signs."""
    return not re.search("[^\x00-\x7f]{4}", text) and _share(text, lambda each: bool(_LATIN.match(each)))


def _level(character: str, encoding: str, last: int) -> bool:
    """Whether it is one of the common ideographs, which stand first in these sets."""
    try:
        raw = character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return len(raw) == 2 and 0xB0 <= raw[0] <= last


def _share(text: str, usual: Callable[[str], bool]) -> bool:
    found = [usual(each) for each in _foreign(text)]
    return bool(found) and sum(found) >= _ENOUGH * len(found)


_FITS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("cp932", _japanese), ("euc_jp", _japanese), ("cp1252", _latin), ("gb18030", _chinese),
)  # fmt: skip
