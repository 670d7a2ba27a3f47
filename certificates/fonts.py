"""The fonts that certificates are printed with: Noto Sans JP, weights 400 and 700; and for names what it lacks, in the same weights.

A page is compared byte for byte, so a font file counts only if its digest is the one in `fonts/SHA256SUMS` (which `sha256sum -c`
reads, too). What reportlab's own font class lacks is added here: the variants of a kanji that a name may ask for (a character and a
variation selector, as in 葛󠄀城), and a right map back to Unicode for characters past U+FFFF (𠮷).
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import struct
from collections.abc import Iterator
from importlib import resources
from io import BytesIO
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

from certificates.errors import Environment

REGULAR = "NotoSansJP-Regular"
BOLD = "NotoSansJP-Bold"

# What draws the letters of names that Noto Sans JP lacks, and where such letters lie (as hatch_build.py cuts them).
SUPPLEMENTS: dict[str, tuple[range, ...]] = {
    "NotoSans": (range(0xA0, 0x250), range(0x370, 0x530), range(0x1E00, 0x2000), range(0x20A0, 0x20C1)),
    "NotoSansKR": (range(0x3131, 0x318F), range(0xAC00, 0xD7A4)),
    "NotoSansSC": (range(0x4E00, 0xA000),),
}

SELECTORS = frozenset([*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])

# A kanji with its selector is one glyph, so it is drawn as one character of this private plane, which the fonts leave empty.
_PRIVATE = 0xF0000


class Font(TTFont):
    """A font that is embedded as a subset and never asks for shaping."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(name, BytesIO(content), asciiReadable=1, shapable=False)
        face: Any = self.face
        # Most papers need the same characters in the same order, so what is made of them is kept.
        face.get_table = functools.cache(face.get_table)
        make_subset = functools.lru_cache(maxsize=64)(face.makeSubset)
        face.makeSubset = lambda subset: make_subset(tuple(subset))
        self.coding = functools.lru_cache(maxsize=64)(functools.partial(Coding, self))
        self.spelling: dict[int, str] = {}  # of the characters that stand for a variant, once a text had one

    def has(self, character: str) -> bool:
        if ord(character) >= _PRIVATE:
            return bool(self.variants) and ord(character) in self.spelling
        return ord(character) in self.face.charToGlyph

    @functools.cached_property
    def variants(self) -> dict[tuple[int, int], str]:
        """By character and selector, the character that is drawn for the two. Few texts need it, and it takes 7 MiB."""
        face: Any = self.face
        variants = {}
        for private, (base, selector, glyph) in enumerate(_variants(face.get_table("cmap")), start=_PRIVATE):
            index = face.charToGlyph[base] if glyph is None else glyph
            face.charToGlyph[private] = index
            face.charWidths[private] = face.hmetrics[index][0]
            variants[base, selector] = chr(private)
            self.spelling[private] = chr(base) + chr(selector)
        return variants

    def addObjects(self, doc: Any) -> None:  # noqa: N802 (reportlab's name)
        """As reportlab does, but with maps to Unicode in UTF-16, at most 100 entries a block (as the CMap format asks)."""
        subsets = self.state[doc].subsets
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            base = (SUBSETN(number) + b"+" + self.face.name + self.face.subfontNameX).decode("ascii")
            doc.idToObject[f"toUnicodeCMap:{base}"].content = self._to_unicode(subset)

    def _to_unicode(self, subset: list[int]) -> str:
        entries = [
            f"<{code:02X}> <{self.spelling.get(character, chr(character)).encode('utf-16-be').hex().upper()}>"
            for code, character in enumerate(subset)
            if character
        ]
        blocks = [entries[start : start + 100] for start in range(0, len(entries), 100)]
        body = [line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")]
        return "\n".join([*_CMAP_HEAD, *body, *_CMAP_TAIL])


class Coding:
    """The codes of characters in a document whose first characters were `order`; ASCII has its own anyway.

    `codes` (for `str.translate`) has 256 times the number of a character's subset, and its place there.
    """

    def __init__(self, font: Font, order: str) -> None:
        document = _Document()
        runs = font.splitString(order, document)
        state: Any = font.state[document]
        places = (subset << 8 | place for subset, run in runs for place in run)
        self.codes: dict[int, int] = {**state.assignments, **dict(zip(map(ord, order), places, strict=True))}
        self._state = state

    def give(self, state: Any) -> None:
        """Brings reportlab's own account of a document to where it would be."""
        state.assignments = self._state.assignments.copy()
        state.subsets = [subset.copy() for subset in self._state.subsets]
        state.nextCode = self._state.nextCode

    def after(self, text: str) -> str:
        """The characters of the text that have no code yet, in their order."""
        return "".join(character for character in dict.fromkeys(text) if ord(character) not in self.codes)


class _Document:
    """Stands in for a document of reportlab's."""


_CMAP_HEAD = (
    "/CIDInit /ProcSet findresource begin",
    "12 dict begin",
    "begincmap",
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
    "/CMapName /Adobe-Identity-UCS def",
    "/CMapType 2 def",
    "1 begincodespacerange",
    "<00> <FF>",
    "endcodespacerange",
)
_CMAP_TAIL = ("endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end")


def _variants(cmap: bytes) -> Iterator[tuple[int, int, int | None]]:
    """(character, selector, glyph) from the font's table of variation sequences; glyph None is the character's usual one."""
    for index in range(struct.unpack_from(">H", cmap, 2)[0]):
        start = struct.unpack_from(">I", cmap, 4 + 8 * index + 4)[0]
        if struct.unpack_from(">H", cmap, start)[0] != 14:
            continue
        for record in range(struct.unpack_from(">I", cmap, start + 6)[0]):
            at = start + 10 + 11 * record
            selector = int.from_bytes(cmap[at : at + 3], "big")
            usual, other = struct.unpack_from(">II", cmap, at + 3)
            if usual:
                for entry in range(struct.unpack_from(">I", cmap, start + usual)[0]):
                    at = start + usual + 4 + 4 * entry
                    first = int.from_bytes(cmap[at : at + 3], "big")
                    for character in range(first, first + cmap[at + 3] + 1):
                        yield character, selector, None
            if other:
                for entry in range(struct.unpack_from(">I", cmap, start + other)[0]):
                    at = start + other + 4 + 5 * entry
                    yield (
                        int.from_bytes(cmap[at : at + 3], "big"),
                        selector,
                        int.from_bytes(cmap[at + 3 : at + 5], "big"),
                    )


@functools.cache
def face_of(character: str, name: str) -> str:
    """The font that draws this character in the weight of `name`: that one itself, unless only a supplement has it. Raises Environment."""
    if font(name).has(character):
        return name
    weight = name.partition("-")[2]
    for family, wanted in SUPPLEMENTS.items():
        if any(ord(character) in part for part in wanted) and font(f"{family}-{weight}").has(character):
            return f"{family}-{weight}"
    return name


def runs(text: str, name: str) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the font that draws it."""
    for face, characters in itertools.groupby(text, lambda character: face_of(character, name)):
        yield face, "".join(characters)


@functools.cache
def font(name: str) -> Font:
    """The font called `name`, registered with reportlab. Raises Environment if its file is missing or not the expected one."""
    folder = resources.files("certificates").joinpath("fonts")
    expected = dict(line.split()[::-1] for line in folder.joinpath("SHA256SUMS").read_text("ascii").splitlines())
    try:
        content = folder.joinpath(f"{name}.ttf").read_bytes()
    except OSError as error:
        raise Environment("fonts.missing", name=name) from error
    if hashlib.sha256(content).hexdigest() != expected[f"{name}.ttf"]:
        raise Environment("fonts.other", name=name)
    loaded = Font(name, content)
    pdfmetrics.registerFont(loaded)
    return loaded
