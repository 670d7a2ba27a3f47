"""An XLSX file: its sheets, the texts that they share, and how they show numbers (ISO/IEC 29500). Pure.

Read here and not by a library, because what matters is what libraries smooth over: a formula without its result, a type that isn't
known, a text that isn't there. Parts are read as a stream, so that a part may be large but never makes anything else so.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from xml.parsers import expat

import msgspec

from certificates.errors import Usage
from certificates.tables.table import LONGEST_CELL, MOST_CELLS

LARGEST = 512 << 20  # bytes of all parts, unpacked
_MOST_STYLES = 100_000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

Attributes = Mapping[str, str]


class SheetPart(msgspec.Struct, frozen=True):
    """A sheet's name and the part that holds it."""

    name: str
    part: str
    is_hidden: bool = False


class Workbook(msgspec.Struct, frozen=True):
    """`texts`: those that cells name by number. `formats`: for each style, a built-in format's number or a format.

    `is_uncalculated`: what its formulas show is to be worked out by whoever opens it; the results in it are stand-ins.
    """

    sheets: tuple[SheetPart, ...]
    texts: tuple[str, ...]
    formats: tuple[int | str, ...]
    is_uncalculated: bool


@contextmanager
def opened(content: bytes, name: str) -> Iterator[zipfile.ZipFile]:
    """The parts of a file; whatever is wrong with them is told in words. Raises Usage."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts:
            if sum(each.file_size for each in parts.infolist()) > LARGEST:
                raise Usage("usage.inventory_unpacked", path=name, most=LARGEST >> 20)
            yield parts
    except (
        zipfile.BadZipFile, zlib.error, expat.ExpatError, struct.error, EOFError, KeyError, IndexError, ValueError, RuntimeError,
        NotImplementedError, OSError, OverflowError,
    ) as error:  # fmt: skip
        raise Usage("usage.inventory_broken", path=name) from error


def workbook(parts: zipfile.ZipFile, name: str) -> Workbook:
    """What stands above the sheets. Raises Usage, and what `opened` takes."""
    main = next(
        (target for kind, target in _relations(parts, "").values() if kind == "officeDocument"), "xl/workbook.xml"
    )
    related = _relations(parts, main)
    sheets: list[SheetPart] = []
    uncalculated = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal uncalculated
        if tag == "sheet":
            kind, part = related.get(attributes.get("id", ""), ("", ""))
            if kind == "worksheet":
                sheets.append(SheetPart(attributes["name"], part, attributes.get("state", "visible") != "visible"))
        elif tag == "calcPr":
            uncalculated = attributes.get("fullCalcOnLoad", "0") in ("1", "true", "on")

    parse(parts, main, start)
    kinds = dict(related.values())
    texts = tuple(_texts(parts, kinds["sharedStrings"], name)) if "sharedStrings" in kinds else ()
    formats = tuple(_formats(parts, kinds["styles"])) if "styles" in kinds else ()
    return Workbook(tuple(sheets), texts, formats, uncalculated)


class Text:
    """A text in pieces (`si`, `is`), with the readings of its characters (furigana) left out, and no longer than a cell needs to be."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = self._readings = 0
        self._inside = False

    def start(self, tag: str) -> None:
        if tag == "rPh":
            self._readings += 1
        elif tag == "t":
            self._inside = not self._readings

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._readings -= 1
        elif tag == "t":
            self._inside = False

    def data(self, data: str) -> None:
        if self._inside and self._length <= LONGEST_CELL:
            self._pieces.append(data)
            self._length += len(data)

    def whole(self) -> str:
        return unescaped("".join(self._pieces))


def unescaped(text: str) -> str:
    """A character that XML can't hold is written _x000D_."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def parse(
    parts: zipfile.ZipFile,
    part: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] = lambda tag: None,
    data: Callable[[str], None] | None = None,
) -> None:
    """Reads a part as a stream; names come without their namespaces. A document type (entities!) is refused with ValueError."""

    def no_doctype(*_: object) -> None:
        raise ValueError("DOCTYPE")

    def local(name: str) -> str:
        return name.rpartition(":")[2]

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = no_doctype
    parser.StartElementHandler = lambda name, attributes: start(
        local(name), {local(key): value for key, value in attributes.items()}
    )
    parser.EndElementHandler = lambda name: end(local(name))
    if data is not None:
        parser.CharacterDataHandler = data
    with parts.open(_member(parts, part)) as stream:
        parser.ParseFile(stream)


def _member(parts: zipfile.ZipFile, part: str) -> str:
    """The name of a part in the archive; some writers spell it in another case. Raises KeyError."""
    names = parts.NameToInfo
    if part in names:
        return part
    found = [name for name in names if name.replace("\\", "/").casefold() == part.casefold()]
    if not found:
        raise KeyError(part)
    return found[0]


def _relations(parts: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Id -> the last word of the kind, and the part."""
    folder, file = posixpath.split(part)
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes["Target"].replace("\\", "/")
            where = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[attributes["Id"]] = attributes["Type"].rpartition("/")[2], where

    parse(parts, posixpath.join(folder, "_rels", f"{file}.rels"), start)
    return found


def _texts(parts: zipfile.ZipFile, part: str, name: str) -> list[str]:
    found: list[str] = []
    text = Text()

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal text
        if tag == "si":
            text = Text()
            if len(found) > MOST_CELLS:
                raise Usage("usage.inventory_unpacked", path=name, most=LARGEST >> 20)
        text.start(tag)

    def end(tag: str) -> None:
        text.end(tag)
        if tag == "si":
            found.append(text.whole())

    parse(parts, part, start, end, lambda data: text.data(data))
    return found


def _formats(parts: zipfile.ZipFile, part: str) -> list[int | str]:
    own: dict[int, str] = {}
    found: list[int | str] = []
    inside = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal inside
        if tag == "numFmt" and len(own) < _MOST_STYLES:
            own[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside and len(found) < _MOST_STYLES:
            number = int(attributes.get("numFmtId", "0"))
            found.append(own.get(number, number))

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and tag != "cellXfs"

    parse(parts, part, start, end)
    return found
