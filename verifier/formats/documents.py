"""Checks for office documents: PDF, OLE compound files, the ZIP family, CAD drawings."""

import re
from collections.abc import Iterator

from verifier.formats.match import Match, Peek, u16, u32

_PDF = re.compile(rb"%PDF-([12]\.\d)[\r\n \t%]")

# Streams that only one program writes (MS-DOC, MS-XLS, MS-PPT, MS-OXMSG; Ichitaro's as its files show them).
_OLE_STREAMS = tuple(
    (name.encode("utf-16-le"), kind)
    for name, kind in (
        ("JSRV_SegmentInformation", "jtd"),
        ("JSRV_SummaryInformation", "jtd"),
        ("WordDocument", "doc"),
        ("Workbook", "xls"),
        ("PowerPoint Document", "ppt"),
        ("__properties_version1.0", "msg"),
        ("__nameid_version1.0", "msg"),
        ("VisioDocument", "vsd"),
        ("Book\0", "xls"),
    )
)

_MIMETYPES = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/vnd.oasis.opendocument.graphics": "odg",
    b"application/epub+zip": "epub",
}
_FOLDERS = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"), (b"visio/", "vsdx"))
_ZIP_METHODS = frozenset((0, 1, 6, 8, 9, 12, 14, 93, 95, 98, 99))  # APPNOTE 4.4.5, those in use
_ZIP_FLAGS = 0x284F  # APPNOTE 4.4.4: encryption, options, descriptor, strong encryption, UTF-8, masked headers
_HEADERS = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06")


def pdf(peek: Peek) -> Match | None:
    """ISO 32000-1, 7.5.2."""
    found = _PDF.match(peek(0, 16))
    return Match(f"PDF {found[1].decode()}") if found else None


def ole(peek: Peek) -> Match | None:
    """MS-CFB 2.2. The kind comes from the directory, if that lies where the header says."""
    head = peek(0, 512)
    if len(head) < 512 or u16(head, 28) != 0xFFFE or u16(head, 30) not in (9, 12):
        return None
    sector = 1 << u16(head, 30)
    directory = peek((u32(head, 48) + 1) * sector, 4096)
    kind = next((kind for name, kind in _OLE_STREAMS if name in directory), None)
    return Match(f"OLE, {sector}-byte sectors", kind, _ole_length(peek, head, sector))


def _ole_length(peek: Peek, head: bytes, sector: int) -> int | None:
    """Up to the last sector that the allocation table uses; only where the header itself lists that table whole."""
    tables = u32(head, 44)
    if not 1 <= tables <= 109:
        return None
    last = peek((u32(head, 76 + 4 * (tables - 1)) + 1) * sector, sector)
    used = len(last.rstrip(b"\xff"))
    return ((tables - 1) * (sector // 4) + (used + 3) // 4 + 1) * sector if used else None


def zip_family(peek: Peek) -> Match | None:
    """APPNOTE 4.3.7. 64 KiB are looked through for members that tell the document's kind."""
    head = peek(0, 30)
    if len(head) < 30:
        return None
    version, flags, method, name_bytes = head[4], u16(head, 6), u16(head, 8), u16(head, 26)
    if not 10 <= version <= 63 or flags & ~_ZIP_FLAGS or method not in _ZIP_METHODS or not 1 <= name_bytes <= 1024:
        return None
    name = peek(30, name_bytes)
    if len(name) < name_bytes or any(byte < 32 or byte == 127 for byte in name) or u16(head, 28) > 4096:
        return None
    kind = _zip_kind(peek(0, 65536))
    return Match(f"member header, method {method}", kind)


def _zip_kind(data: bytes) -> str | None:
    names = list(_zip_members(data))
    if not names:
        return None
    if names[0] == b"mimetype":
        at = 38 + u16(data, 28)
        return next((kind for text, kind in _MIMETYPES.items() if data.startswith(text, at)), None)
    for folder, kind in _FOLDERS:
        if any(name.startswith(folder) for name in names):
            return kind
    if names[0] == b"[Content_Types].xml":
        return "ooxml"
    return "jar" if names[0].startswith(b"META-INF/") else None


def _zip_members(data: bytes) -> Iterator[bytes]:
    """Names of the members, up to the directory. A member written as a stream (flag 8) does not tell its size."""
    at = 0
    while at >= 0 and data.startswith(b"PK\x03\x04", at) and at + 30 <= len(data):
        body = at + 30 + u16(data, at + 26) + u16(data, at + 28)
        yield data[at + 30 : at + 30 + u16(data, at + 26)]
        if data[at + 6] & 8:
            at = data.find(b"PK", body)
            while at >= 0 and not data.startswith(_HEADERS, at):
                at = data.find(b"PK", at + 1)
        else:
            at = body + u32(data, at + 18)


def jww(peek: Peek) -> Match | None:
    """Jw_cad: `JwwData.`, then the version (230 to 700 so far)."""
    head = peek(0, 12)
    return Match(f"version {u32(head, 8)}") if len(head) == 12 and 200 <= u32(head, 8) <= 2000 else None


def dwg(peek: Peek) -> Match | None:
    """Open Design specification for .dwg, version 2000 on."""
    head = peek(0, 11)
    return Match(head[:6].decode()) if head[4:6].isdigit() and head[6:] == bytes(5) else None
