"""Takes the attachments out of a PDF that may be anything. Whatever it is, the answer is the files or NotAuthentic.

Nothing is trusted that is found this way: the page is made again from these bytes, and the whole file compared.
"""

from __future__ import annotations

import re

from certificates import causes
from certificates.errors import NotAuthentic

LARGEST_PDF = 32 << 20
LARGEST_ATTACHMENT = 16 << 20
LARGEST_ATTACHMENTS = LARGEST_PDF
MOST_ATTACHMENTS = 64
MOST_OBJECTS = 20_000


def read(pdf: bytes) -> list[tuple[str, bytes]]:
    """Every attachment, as (name, content) in the order of the file. Raises NotAuthentic; also if there is none."""
    from certificates import embedded  # pypdf: only a file that is not one of ours as it was issued needs it

    if not pdf.startswith(b"%PDF-"):  # also one behind something else, which a viewer would show
        raise NotAuthentic("audit.file.not-pdf")
    if len(pdf) > LARGEST_PDF:
        raise NotAuthentic("audit.file.too-large", limit=LARGEST_PDF >> 20)
    if pdf.count(b" obj") > MOST_OBJECTS:
        raise NotAuthentic("audit.file.objects", limit=MOST_OBJECTS)
    # Past the last end mark there is nothing to read, and searching it backwards could take for ever.
    end = pdf.rfind(b"%%EOF")
    try:
        found = list(embedded.files(pdf[: end + 5] if end >= 0 else pdf))
        contents, left = [], LARGEST_ATTACHMENTS
        for name, specification in found[: MOST_ATTACHMENTS + 1]:
            contents.append((name, embedded.content(specification, left)))
            left -= len(contents[-1][1])
    except NotAuthentic:
        raise
    except (Exception, RecursionError) as error:  # pypdf raises nearly anything for a broken file
        raise NotAuthentic("audit.file.unreadable", detail=causes.in_words(error)) from error
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
