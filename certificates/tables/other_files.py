"""Files that people give for a table and that are something else: named as what they are, with the way to a table. Pure."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS = (
    (rb"%PDF", "pdf"), (rb"\{\\rtf", "rtf"), (rb"\x1f\x8b|7z\xbc\xaf|Rar!\x1a|BZh9|\xfd7zXZ|\x28\xb5\x2f\xfd", "archive"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|II\*\x00|MM\x00\*|BM.{4}\x00{4}|RIFF.{4}WEBP|.{4}ftyp(heic|mif1|avif)", "picture"),
    (rb"SQLite format 3\x00|\x00\x01\x00\x00Standard", "database"),
    (rb"\x09\x08[\x08\x10]\x00\x00[\x05\x06]|\x09[\x02\x04]\x06\x00|\x09\x00\x04\x00[\x02\x07]\x00", "xls"),
    (rb"\x00\x00[\x02\x1a]\x00[\x04\x00]", "lotus"), (rb"ID;P[A-Z0-9;]*\r?\n[BCFPO];", "slk"), (rb"TABLE\r?\n0,1", "dif"),
)  # fmt: skip
_ENTRIES = (
    ("xl/workbook.bin", "xlsb"), ("word/document.xml", "docx"), ("ppt/presentation.xml", "pptx"), ("Index/Document.iwa", "numbers"),
    ("Index.zip", "numbers"), ("index.apxl", "numbers"), ("content.xml", "ods"),
)  # fmt: skip
_SHEETS = ("xl/", "_rels/.rels")


def kind(content: bytes) -> str | None:
    """What else than a table this is, as a key under [inventory.format] of the words; None if it may be one."""
    if content.startswith(_OLE):
        return _compound(content)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _archive(content)
    for start, name in _STARTS:
        if re.match(start, content, re.DOTALL):
            return name
    return _markup(content[:4096])


def _compound(content: bytes) -> str:
    """What Office writes as a file system of its own: an old .xls, or any of its files with a password."""

    def names(text: str) -> bool:
        return text.encode("utf-16-le") in content

    if names("EncryptedPackage"):
        return "encrypted"
    if names("Workbook") or names("Book"):
        return "xls"
    return "doc" if names("WordDocument") else "office"


def _archive(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as parts:
            names = {name.replace("\\", "/").casefold() for name in parts.namelist()}
            mime = parts.read("mimetype")[:200] if "mimetype" in names else b""
    except Exception:  # whatever is wrong with it, its reader tells
        return None
    if b"opendocument.spreadsheet" in mime:
        return "ods"
    if b"opendocument" in mime:
        return "odt"
    found = next((name for entry, name in _ENTRIES if entry.casefold() in names), None)
    if found is not None or any(name.startswith(_SHEETS) for name in names):
        return found
    return "archive"


def _markup(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\0", b"")
    text = head.decode("latin-1").removeprefix("ÿþ").removeprefix("þÿ").removeprefix("ï»¿").lstrip().casefold()
    if text.startswith("<?xml") or text.startswith("<workbook"):
        return (
            "xml-sheet"
            if "excel.sheet" in text or "office:spreadsheet" in text
            else "html"
            if "<html" in text
            else "xml"
        )
    if text.startswith(("<html", "<!doctype html", "<table", "<meta", "<head", "<body", "<style", "<div")):
        return "html"
    if text.startswith(("mime-version:", "from: <saved by")) and "content-type" in text:
        return "html"
    if text.startswith(('{"', "[{", "[\n", "{\n", "{\r\n")):
        return "json"
    return None
