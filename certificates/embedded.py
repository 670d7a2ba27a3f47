"""The files inside a PDF as pypdf finds them. For `attachments`, which sets the bounds and turns whatever is raised into NotAuthentic."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

from certificates.attachments import LARGEST_ATTACHMENT
from certificates.errors import NotAuthentic

MOST_NODES = 64

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is said by the audit


def files(pdf: bytes) -> Iterator[tuple[str, object]]:
    """Name and specification of every embedded file in the catalog's name tree, and of associated files that it leaves out."""
    catalog = _dictionary(PdfReader(BytesIO(pdf), strict=False).trailer.get("/Root"))
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


def content(specification: object, left: int) -> bytes:
    """The file itself, unpacked as far as an audit looks at it."""
    most = min(LARGEST_ATTACHMENT, left)
    stream = _resolved(_dictionary(_dictionary(specification).get("/EF")).get("/F"))
    if not isinstance(stream, StreamObject):
        raise NotAuthentic("audit.file.unreadable", detail="an attachment without content")
    raw: bytes = stream._data
    kind = stream.get("/Filter")
    if kind is None:
        unpacked = raw
    elif kind in ("/FlateDecode", ["/FlateDecode"]):
        unpacked = zlib.decompressobj().decompress(raw, most + 1)
    else:
        raise NotAuthentic("audit.file.unreadable", detail="an attachment in an unusual encoding")
    if len(unpacked) > most:
        raise NotAuthentic("audit.file.too-large", limit=LARGEST_ATTACHMENT >> 20)
    return unpacked


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
