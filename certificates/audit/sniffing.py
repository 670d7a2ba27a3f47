"""What a file is by its content, whatever it is called: a paper, something that holds one, or neither. Pure, and bounded.

A viewer opens a PDF whose header is not the first thing in the file, or that has none but an end, so those are PDFs, too.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Literal

from certificates.audit import kinds

HEAD = 4 << 20
TAIL = 64 << 10
"""Bytes at a file's beginning and end that are looked at."""
MOST_UNPACKED = 64 << 20
"""Bytes that are unpacked of one archive, with all that is in it."""
MOST_MEMBERS = 10_000
_DEEPEST = 3

Look = Literal["pdf", "record", "holds", "sealed", "apple", "other"]
"""`holds`: has a paper inside, which has to be taken out to be audited. `sealed`: packed in a way that can't be looked into.
`apple`: what macOS keeps beside a file that it copied."""

_HEADER = re.compile(rb"%PDF-|%!PS-Adobe-\d\.\d PDF-")
_END = re.compile(rb"startxref\s{1,4}\d{1,12}\s{1,4}%%EOF")
_INSIDE = re.compile(rb"%PDF-\d\.\d|JVBERi0[xy]")  # as it is, or in base 64 as a mail has it
_KINDS = b"|".join(re.escape(schema.rpartition("/")[0].encode()) for schema in kinds.KINDS)
_RECORD = re.compile(rb'\\?"schema\\?"\s{0,9}:\s{0,9}\\?"(?:' + _KINDS + rb")/")  # also as a text within a JSON
_APPLE = (b"\x00\x05\x16\x07", b"\x00\x05\x16\x00")  # AppleDouble, AppleSingle
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_SEALED = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x28\xb5\x2f\xfd")
_STREAMS: tuple[tuple[bytes, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31)),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(memlimit=256 << 20)),
)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def look(head: bytes, tail: bytes, whole: io.BufferedIOBase | Any = None) -> Look:
    """`head` and `tail`: the file's first HEAD and last TAIL bytes. `whole`: the file, open, for archives."""
    if _HEADER.search(head, 0, 1024 + 16) or _END.search(tail):
        return "pdf"
    text = _text(head)
    if text.startswith(b"{") and kinds.looks_like_a_record(text):
        return "record"
    if head.startswith(_SEALED):
        return "sealed"
    if _holds(head, whole, _Budget(), 0) or _holds(tail, None, _Budget(), _DEEPEST):
        return "holds"
    return "apple" if head.startswith(_APPLE) else "other"


class _Budget:
    """How much may still be unpacked."""

    def __init__(self) -> None:
        self.left = MOST_UNPACKED

    def spend(self, content: bytes) -> bytes:
        self.left -= len(content)
        return content


def _text(head: bytes) -> bytes:
    """The content as UTF-8 without a mark and space before it."""
    if head.startswith(_MARKS[1:]):
        head = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
    return head.removeprefix(_MARKS[0]).lstrip()


def _holds(content: bytes, whole: Any, budget: _Budget, depth: int) -> bool:
    if _INSIDE.search(content) or _RECORD.search(content):
        return True
    if depth >= _DEEPEST or budget.left <= 0:
        return False
    if content.startswith(_ZIP):
        return _zip_holds(whole or io.BytesIO(content), budget, depth)
    for mark, unpacker in _STREAMS:
        if content.startswith(mark):
            try:
                unpacked = budget.spend(unpacker().decompress(content, min(budget.left, HEAD)))
            except Exception:  # not what it seemed, or broken: then nobody gets a paper out of it
                return False
            return _is_paper(unpacked) or _holds(unpacked, None, budget, depth + 1)
    return False


def _zip_holds(file: Any, budget: _Budget, depth: int) -> bool:
    try:
        with zipfile.ZipFile(file) as packed:
            members = packed.infolist()
            if len(members) > MOST_MEMBERS:
                return True  # nobody can tell
            for member in members:
                if budget.left <= 0:
                    return True  # made to keep an audit busy
                if member.filename.lower().endswith((".pdf", ".proof")):
                    return True
                if member.is_dir() or member.flag_bits & 1:
                    continue
                with packed.open(member) as opened:
                    content = budget.spend(opened.read(min(HEAD, budget.left)))
                if _is_paper(content) or _holds(content, None, budget, depth + 1):
                    return True
    except Exception:  # zipfile raises nearly anything for a broken file
        return False
    return False


def _is_paper(content: bytes) -> bool:
    return bool(_HEADER.search(content, 0, 1024 + 16) or _END.search(content[-TAIL:]))
