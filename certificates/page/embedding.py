"""Fonts inside the file: what reportlab makes of the characters of one paper, kept for the next paper that has the same."""

from __future__ import annotations

import functools
from typing import Any

from reportlab.pdfbase import pdfdoc

from certificates.fonts import Font

# The same few names and references on every paper; reportlab spells and encodes them anew each time.
_plain = pdfdoc.pdfdocEnc
_encoded = functools.lru_cache(maxsize=1 << 10)(pdfdoc.pdfdocEnc)
setattr(pdfdoc, "PDFName", functools.lru_cache(maxsize=1 << 10)(pdfdoc.PDFName))  # noqa: B010
setattr(pdfdoc, "pdfdocEnc", lambda text: _encoded(text) if isinstance(text, str) and len(text) < 40 else _plain(text))  # noqa: B010

_KEPT = 64  # fonts of papers with other characters; each may take half a megabyte


class Stream(pdfdoc.PDFStream):
    """A stream with its end on a line of its own, which PDF/A asks for and reportlab leaves out."""

    def format(self, document: Any) -> bytes:
        content = self.content if isinstance(self.content, bytes) else self.content.encode("latin-1")
        dictionary = pdfdoc.PDFDictionary({**self.dictionary.dict, "Length": len(content)})
        return b"%b\nstream\n%b\nendstream\n" % (dictionary.format(document), content)


class _Written(pdfdoc.PDFObject):
    """An object of the file, as it is written there."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def format(self, document: Any) -> bytes:
        return self._content


_Objects = tuple[tuple[str, bytes], ...]
_made: dict[tuple[object, ...], _Objects] = {}


def add_fonts(document: Any) -> None:
    """Adds the fonts that the pages are drawn with, each with the characters that they need."""
    for font in document.delayedFonts:
        _add(document, font)
    document.delayedFonts = []


def _add(document: Any, font: Font) -> None:
    state = font.state[document]
    # All that the objects depend on: the characters in their order, and what objects are called and numbered.
    key = (font.fontName, state.internalName, document.objectcounter, tuple(map(tuple, state.subsets)))
    known = _made.get(key)
    if known is None:
        if len(_made) >= _KEPT:
            _made.clear()
        _made[key] = _written(document, font)
        return
    for name, content in known:
        document.Reference(_Written(content), name)
    fonts = document.idToObject[pdfdoc.BasicFonts].dict
    for number in range(len(state.subsets)):
        name = f"{state.internalName}+{number}"
        fonts[name] = pdfdoc.PDFObjectReference(name)
    del font.state[document]


def _written(document: Any, font: Font) -> _Objects:
    first = document.objectcounter + 1
    font.addObjects(document)
    names = [document.numberToId[number] for number in range(first, document.objectcounter + 1)]
    for name in names:
        if type(document.idToObject[name]) is pdfdoc.PDFStream:
            document.idToObject[name].__class__ = Stream
    return tuple((name, pdfdoc.format(document.idToObject[name], document, toplevel=1)) for name in names)
