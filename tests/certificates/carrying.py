"""PDF files that carry any files under any names, as nobody's software would make them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

Named = tuple[str, bytes]


class Packed(bytes):
    """Content that is compressed already."""


def bomb(name: str = "certificate.json", size: int = 1 << 30) -> Named:
    """A megabyte that unpack to a gigabyte."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 24)
    parts = [packer.compress(block) for _ in range(size >> 24)]
    return name, Packed(b"".join([*parts, packer.flush()]))


def carrying(files: Sequence[Named], page: bytes | None = None) -> bytes:
    """A PDF of one page (those of `page`, if it is given) with just these attachments, in this order."""
    pdf = Pdf.new() if page is None else Pdf.open(BytesIO(page))
    if page is None:
        pdf.add_blank_page()
    names: list[pikepdf.Object] = []
    for name, content in files:
        stream = pdf.make_stream(content)
        if isinstance(content, Packed):
            stream = pikepdf.Stream(pdf, b"")
            stream.write(bytes(content), filter=Name.FlateDecode)
        stream.Type = Name.EmbeddedFile
        told = Dictionary(Type=Name.Filespec, F=String(name), UF=String(name), EF=Dictionary(F=stream))
        names.extend([String(name), pdf.make_indirect(told)])
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array(names)))
    if "/AF" in pdf.Root:
        del pdf.Root.AF
    out = BytesIO()
    pdf.save(out, compress_streams=False)
    return out.getvalue()
