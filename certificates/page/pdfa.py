"""The PDF/A-3 dress of a page: metadata, output intent, attachments. reportlab has no calls for these, so its internals are touched
here and nowhere else.

Nothing is compressed (zlib's output differs between versions), nothing comes from the clock, the environment or reportlab's settings:
the same certificate is the same file on every machine.
"""

from __future__ import annotations

import contextlib
import functools
import struct
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import msgspec
from reportlab import rl_config
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from certificates.fonts import REGULAR, font
from certificates.page.dates import Moment
from certificates.page.embedding import Stream, add_fonts
from certificates.page.images import Image
from certificates.page.sheet import HEIGHT, WIDTH

# The form of the page: raised with any change to what the same record looks like, so that an audit can say which form a paper has.
FORM = 3
PRODUCER = f"eraser page {FORM}"


# sRGB without a profile: white point D65, the primaries of IEC 61966-2-1, and 2.2 in place of its tone curve.
SRGB = {
    "WhitePoint": "[0.9505 1 1.089]",
    "Gamma": "[2.2 2.2 2.2]",
    "Matrix": "[0.4124 0.2126 0.0193 0.3576 0.7152 0.1192 0.1805 0.0722 0.9505]",
}


class Attachment(msgspec.Struct, frozen=True):
    """A file inside the PDF. `relationship` is PDF/A-3's AFRelationship."""

    name: str
    content: bytes
    media_type: str
    relationship: str
    description: str


class About(msgspec.Struct, frozen=True):
    """What the file says about itself. `identity` makes the trailer's ID."""

    titles: dict[str, str]
    language: str
    author: str
    number: str
    tool: str
    issued: Moment
    identity: bytes


class _Catalog(pdfdoc.PDFCatalog):
    __NoDefault__ = [*pdfdoc.PDFCatalog.__NoDefault__, "AF", "OutputIntents"]  # noqa: RUF012 (reportlab's form)


def open_canvas(about: About) -> Any:
    """A canvas for A4 pages that writes nothing but what it is told."""
    font(REGULAR)
    canvas: Any = Canvas(
        BytesIO(),
        pagesize=(WIDTH, HEIGHT),
        pageCompression=0,
        invariant=1,
        initialFontName=REGULAR,  # type: ignore[arg-type]  # the stub says float
        pdfVersion=(1, 7),
        lang=about.language,
    )
    canvas.setTitle(about.titles[about.language])
    canvas.setAuthor(about.author)
    canvas.setSubject(about.number)
    canvas.setCreator(about.tool)
    canvas.setProducer(PRODUCER)
    canvas.setDateFormatter(lambda *_: about.issued.pdf)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


def add_image(canvas: Any, image: Image) -> None:
    """Makes a picture known to the file; `Sheet.picture` draws it by its name."""
    entries = {
        "Type": "/XObject",
        "Subtype": "/Image",
        "Width": image.width,
        "Height": image.height,
        "ColorSpace": "/DeviceGray" if image.grey else pdfdoc.PDFArray(["/CalRGB", pdfdoc.PDFDictionary(SRGB)]),
        "BitsPerComponent": 8,
        "Filter": "/DCTDecode",
    }
    canvas._doc.Reference(_stream(entries, image.content), pdfdoc.xObjectName(image.name))


def close(canvas: Any, about: About, attachments: tuple[Attachment, ...]) -> bytes:
    """The whole file, once the last page is drawn."""
    document = canvas._doc
    identity = about.identity.hex().upper().encode("ascii")
    document._ID = b"\n[<%b><%b>]\n" % (identity, identity)
    catalog = document.Catalog
    catalog.__class__ = _Catalog
    catalog.Metadata = _stream({"Type": "/Metadata", "Subtype": "/XML"}, _xmp(about).encode("utf-8"))
    catalog.OutputIntents = pdfdoc.PDFArray([_output_intent(document)])
    files = [(each.name, document.Reference(_file(document, each, about))) for each in attachments]
    catalog.AF = pdfdoc.PDFArray([reference for _, reference in files])
    names = [item for name, reference in sorted(files, key=lambda file: file[0]) for item in (_string(name), reference)]
    catalog.Names = pdfdoc.PDFDictionary({"EmbeddedFiles": pdfdoc.PDFDictionary({"Names": pdfdoc.PDFArray(names)})})
    add_fonts(document)
    for index in range(1, document.pageCounter):
        page = document.idToObject[f"Page{index}"]
        page.Contents = _stream({}, page.stream.rstrip("\n").encode("latin-1"))
    return bytes(document.GetPDFData(canvas))


@contextlib.contextmanager
def own_settings() -> Iterator[None]:
    """reportlab's settings can be changed by files and environment variables; these are the ones that would show."""
    ours = {"pdfMultiLine": 0, "pdfComments": 0, "canvas_baseColor": None, "documentLang": None, "invariant": 1}
    theirs = {name: getattr(rl_config, name) for name in ours}
    try:
        for name, value in ours.items():
            setattr(rl_config, name, value)
        yield
    finally:
        for name, value in theirs.items():
            setattr(rl_config, name, value)


@functools.lru_cache(maxsize=1 << 10)
def _string(text: str) -> bytes:
    return bytes(pdfdoc.PDFString(text).format(pdfdoc.DummyDoc()))


def _stream(entries: dict[str, object], content: bytes) -> Stream:
    return Stream(pdfdoc.PDFDictionary(entries), content)


def _file(document: Any, attachment: Attachment, about: About) -> Any:
    entries = {
        "Type": "/EmbeddedFile",
        "Subtype": "/" + attachment.media_type.replace("/", "#2F"),
        "Params": pdfdoc.PDFDictionary({"ModDate": _string(about.issued.pdf), "Size": len(attachment.content)}),
    }
    stream = document.Reference(_stream(entries, attachment.content))
    return pdfdoc.PDFDictionary(
        {
            "Type": "/Filespec",
            "F": _string(attachment.name),
            "UF": _string(attachment.name),
            "Desc": _string(attachment.description),
            "AFRelationship": "/" + attachment.relationship,
            "EF": pdfdoc.PDFDictionary({"F": stream, "UF": stream}),
        }
    )


def _output_intent(document: Any) -> Any:
    return pdfdoc.PDFDictionary(
        {
            "Type": "/OutputIntent",
            "S": "/GTS_PDFA1",
            "OutputConditionIdentifier": _string("Grey, gamma 2.2, D50"),
            "Info": _string("Grey, gamma 2.2, D50"),
            "DestOutputProfile": document.Reference(_stream({"N": 1}, grey_profile())),
        }
    )


@functools.cache
def grey_profile() -> bytes:
    """An ICC profile (version 2) for greys: white point D50, gamma 2.2."""
    d50 = struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    words = b"Grey, gamma 2.2\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(words)) + words + bytes(8 + 3 + 67),
        b"cprt": b"text\0\0\0\0" + b"No copyright, use freely\0",
        b"wtpt": b"XYZ \0\0\0\0" + d50,
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, 0x0233),
    }
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    size = 128 + len(table) + len(body)
    created = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    header = struct.pack(">I4xI", size, 0x02100000) + b"mntrGRAYXYZ " + created + b"acsp" + bytes(28) + d50
    return header.ljust(128, b"\0") + table + body


def _xmp(about: About) -> str:
    titles = "".join(
        f'<rdf:li xml:lang="{language}">{escape(title)}</rdf:li>' for language, title in about.titles.items()
    )
    default = f'<rdf:li xml:lang="x-default">{escape(about.titles[about.language])}</rdf:li>'
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:identifier>{escape(about.number)}</dc:identifier>
<dc:title><rdf:Alt>{default}{titles}</rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{escape(about.author)}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(about.number)}</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>{about.language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{about.issued.iso}</xmp:CreateDate>
<xmp:ModifyDate>{about.issued.iso}</xmp:ModifyDate>
<xmp:CreatorTool>{escape(about.tool)}</xmp:CreatorTool>
<pdf:Producer>{PRODUCER}</pdf:Producer>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
