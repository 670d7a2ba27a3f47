"""Checks for mail, databases and text with a structure."""

import re

from verifier.formats.match import Match, Peek, is_printable, u16

_WIDE_HIGH = b"\x00\x30" + bytes(range(0x4E, 0xA0)) + b"\xff"
_HTML = re.compile(rb"<(?:!DOCTYPE\s+html|html)[\s>]", re.IGNORECASE)
_RTF = re.compile(rb"\{\\rtf1[\\ \r\n{]")
_FROM_LINE = re.compile(
    rb"From [!-~]{1,200} (?:[A-Z][a-z]{2},? ){1,2}[ \d]?\d[ :][ -~]{4,60}\r?\n>?([A-Za-z][A-Za-z0-9-]{1,60}):"
)
_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t\r\n]", re.MULTILINE)
_MAIL_HEADERS = frozenset(
    b"return-path received from to cc subject date message-id mime-version delivered-to content-type reply-to".split()
)


def printable(peek: Peek) -> Match | None:
    """For long textual magics, whose first lines are ASCII: that must go on for 16 bytes."""
    tail = peek(16, 16)
    return Match("text") if len(tail) == 16 and tail.isascii() and is_printable(tail) else None


def wide_text(peek: Peek) -> Match | None:
    """Unicode 3.10: the mark, then big-endian. By their high bytes at most 85 of 256 characters are such as offices in Japan write."""
    text = peek(2, 510).rstrip(b"\0")[:192]
    if len(text) < 24 or len(text) % 2 or text[0::2].translate(None, _WIDE_HIGH):
        return None
    plain = text.decode("utf-16-be", "replace")
    controls = [character for character in plain if character < " " and character not in "\t\n\f\r"]
    return Match("UTF-16BE") if len(set(plain)) >= 8 and not controls else None


def html(peek: Peek) -> Match | None:
    """<!DOCTYPE html or <html, and text behind it."""
    head = peek(0, 64)
    found = _HTML.match(head)
    tail = head[found.end() : found.end() + 32] if found else b""
    return Match("HTML") if tail.isascii() and is_printable(tail) else None


def rtf(peek: Peek) -> Match | None:
    """RTF 1.9.1: control words are ASCII."""
    head = peek(0, 40)
    return Match("RTF 1") if _RTF.match(head) and head[7:].isascii() and is_printable(head[7:].rstrip(b"\0")) else None


def mbox(peek: Peek) -> Match | None:
    """RFC 4155: `From `, an address, a date as asctime writes it; then a header line."""
    return Match("From line") if _FROM_LINE.match(peek(0, 512)) else None


def eml(peek: Peek) -> Match | None:
    """RFC 5322: at least three header lines from the start, two of them well known, in printable text."""
    block = peek(0, 2048).partition(b"\0")[0]
    for end in (b"\n\n", b"\n\r\n"):
        block = block.partition(end)[0].removesuffix(b"\r")
    names = {name.lower() for name in _HEADER.findall(block)}
    if not _HEADER.match(block) or len(names) < 3 or len(names & _MAIL_HEADERS) < 2 or not is_printable(block[:256]):
        return None
    return Match(f"{len(names)} header fields")


def pst(peek: Peek) -> Match | None:
    """MS-PST 2.2.2.6: wMagicClient, wVer, wVerClient, bPlatformCreate, bPlatformAccess."""
    head = peek(0, 16)
    if len(head) < 16 or head[8:10] not in (b"SM", b"SO", b"AB") or head[14:16] != b"\x01\x01":
        return None
    version = u16(head, 10)
    return (
        Match(f"version {version}") if version in (14, 15, 20, 21, 23, 36, 37) and u16(head, 12) in (19, 12) else None
    )


def sqlite(peek: Peek) -> Match | None:
    """SQLite file format 1.3. The page count holds only if the change counter was written with it."""
    head = peek(0, 100)
    if len(head) < 100 or head[21:24] != b"\x40\x20\x20" or head[18] not in (1, 2):
        return None
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page
    if page < 512 or page & (page - 1):
        return None
    pages = int.from_bytes(head[28:32], "big") if head[24:28] == head[92:96] else 0
    return Match(f"{page}-byte pages", length=pages * page or None)
