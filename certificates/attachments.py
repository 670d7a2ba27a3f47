"""Takes the attachments out of a PDF that may be anything. Whatever it is, the answer is the files or NotAuthentic.

Nothing is trusted that is found this way: the page is made again from these bytes, and the whole file compared.
"""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

from certificates.errors import NotAuthentic

LARGEST_PDF = 32 << 20
LARGEST_ATTACHMENT = 16 << 20
LARGEST_ATTACHMENTS = LARGEST_PDF
MOST_ATTACHMENTS = 64
MOST_NODES = 64
MOST_OBJECTS = 20_000

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is said by the audit


def read(pdf: bytes) -> list[tuple[str, bytes]]:
    """Every attachment, as (name, content) in the order of the file. Raises NotAuthentic; also if there is none."""
    if not pdf.startswith(b"%PDF-"):
        raise NotAuthentic("audit.file.not-pdf")
    if len(pdf) > LARGEST_PDF:
        raise NotAuthentic("audit.file.too-large", limit=LARGEST_PDF >> 20)
    if pdf.count(b" obj") > MOST_OBJECTS:
        raise NotAuthentic("audit.file.objects", limit=MOST_OBJECTS)
    # Past the last end mark there is nothing to read, and searching it backwards could take for ever.
    end = pdf.rfind(b"%%EOF")
    try:
        found = list(_embedded(PdfReader(BytesIO(pdf[: end + 5] if end >= 0 else pdf), strict=False)))
        contents, left = [], LARGEST_ATTACHMENTS
        for name, specification in found[: MOST_ATTACHMENTS + 1]:
            contents.append((name, _content(_dictionary(specification), left)))
            left -= len(contents[-1][1])
    except NotAuthentic:
        raise
    except (Exception, RecursionError) as error:  # pypdf raises nearly anything for a broken file
        raise NotAuthentic("audit.file.unreadable", detail=f"{type(error).__name__}: {error}"[:200]) from error
    if not contents:
        raise NotAuthentic("audit.file.no-certificate")
    return contents


_FILE = re.compile(
    rb"\n(\d+) 0 obj\n<<\n/Length (\d{1,8}) /Params <<\n[^<>]{1,80}\n>> /Subtype /[^ ]{1,40} /Type /EmbeddedFile\n>>\nstream\n\Z"
)
_NAME = re.compile(
    rb"\nendstream\nendobj\n\d+ 0 obj\n<<\n/AFRelationship /\w+ /Desc \(.{1,80}\) "
    rb"/EF <<\n/F (\d+) 0 R /UF \1 0 R\n>> /F \(([\w.-]{1,80})\) "
)
_STREAM = b" /Type /EmbeddedFile\n>>\nstream\n"


def guess(pdf: bytes) -> list[tuple[str, bytes]]:
    """The attachments where our own pages have them, without reading the PDF as a PDF: a fifth of an honest audit's time.

    Worth nothing by itself: only when a page that is made of them is the same file, byte for byte, was the guess right.
    """
    found: list[tuple[str, bytes]] = []
    at = 0
    while len(found) < MOST_ATTACHMENTS and (start := pdf.find(_STREAM, at)) >= 0:
        at = start + len(_STREAM)
        file = _FILE.search(pdf, max(0, start - 300), at)
        if file is None:
            return []
        content = pdf[at : at + int(file[2])]
        at += len(content)
        name = _NAME.match(pdf, at)
        if name is None or name[1] != file[1]:
            return []
        found.append((name[2].decode("ascii", "replace"), content))
    return found


def _embedded(reader: PdfReader) -> Iterator[tuple[str, object]]:
    """Name and specification of every embedded file in the catalog's name tree, and of associated files that it leaves out."""
    catalog = _dictionary(reader.trailer.get("/Root"))
    seen: set[tuple[int, int]] = set()
    for name, specification in _leaves(_dictionary(_dictionary(catalog.get("/Names")).get("/EmbeddedFiles")), [0]):
        seen.add(_place(specification))
        yield name, specification
    for specification in _array(catalog.get("/AF"))[:MOST_NODES]:
        if _place(specification) not in seen:
            yield str(_dictionary(specification).get("/UF", "")), specification


def _leaves(node: DictionaryObject, visited: list[int]) -> Iterator[tuple[str, object]]:
    visited[0] += 1
    if visited[0] > MOST_NODES:
        raise NotAuthentic("audit.file.unreadable", detail="name tree without end")
    pairs = _array(node.get("/Names"))[: 2 * MOST_NODES]
    for name, specification in zip(pairs[::2], pairs[1::2], strict=False):
        yield str(name.get_object() if isinstance(name, IndirectObject) else name), specification
    for kid in _array(node.get("/Kids"))[:MOST_NODES]:
        yield from _leaves(_dictionary(kid), visited)


def _content(specification: DictionaryObject, left: int) -> bytes:
    """The file itself, unpacked as far as an audit looks at it."""
    most = min(LARGEST_ATTACHMENT, left)
    stream = _resolved(_dictionary(specification.get("/EF")).get("/F"))
    if not isinstance(stream, StreamObject):
        raise NotAuthentic("audit.file.unreadable", detail="an attachment without content")
    raw: bytes = stream._data
    kind = stream.get("/Filter")
    if kind is None:
        content = raw
    elif kind in ("/FlateDecode", ["/FlateDecode"]):
        content = zlib.decompressobj().decompress(raw, most + 1)
    else:
        raise NotAuthentic("audit.file.unreadable", detail="an attachment in an unusual encoding")
    if len(content) > most:
        raise NotAuthentic("audit.file.too-large", limit=LARGEST_ATTACHMENT >> 20)
    return content


def _resolved(value: object) -> object:
    return value.get_object() if isinstance(value, PdfObject) else value


def _dictionary(value: object) -> DictionaryObject:
    resolved = _resolved(value)
    return resolved if isinstance(resolved, DictionaryObject) else DictionaryObject()


def _array(value: object) -> ArrayObject:
    resolved = _resolved(value)
    return resolved if isinstance(resolved, ArrayObject) else ArrayObject()


def _place(value: object) -> tuple[int, int]:
    return (value.idnum, value.generation) if isinstance(value, IndirectObject) else (id(value), -1)
