"""The page: one record as a PDF that prints well, archives well (PDF/A-3b) and is the same file whenever it is made again.

The signed JSON is the truth and lies inside; the page is its rendering and adds nothing. `audit` makes it again and compares.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from certificates import canonical
from certificates.page import bounds, forms, images, layout, pdfa
from certificates.page.dates import moment
from certificates.page.glyphs import MissingGlyph, missing, readable, spelt
from certificates.page.pdfa import FORM
from certificates.page.sheet import Sheet
from certificates.page.writer import Pen
from certificates.paper import Paper, copies

# reportlab keeps fonts and settings in module state: one page at a time.
_DRAWING = threading.Lock()


def render(
    paper: Paper,
    record_bytes: bytes,
    signature: bytes,
    station_pem: bytes,
    pictures: Mapping[str, bytes] | None = None,
    *,
    endorsement: bytes | None = None,
) -> bytes:
    """The PDF of a signed record. `pictures`: those that the record names (`paper.copies`), by name. `endorsement` of the station's key
    travels with it, if there is one.

    Raises MissingGlyph, and ValueError or KeyError for a record that the page has no words for, or whose pictures are others.
    """
    bounds.check(paper)
    shown = [images.checked(copy, (pictures or {})[copy.name]) for copy in copies(paper)]
    with _DRAWING, pdfa.own_settings():
        digest = canonical.digest(record_bytes)
        plan = layout.plan(paper, digest)
        about = _about(paper, record_bytes, plan.pen)
        canvas = pdfa.open_canvas(about)
        for image in shown:
            pdfa.add_image(canvas, image)
        layout.draw(plan, Sheet(canvas), digest)
        attached = _attachments(plan.pen.attachment, record_bytes, signature, station_pem) + tuple(map(_picture, shown))
        return pdfa.close(canvas, about, attached + _endorsement(endorsement))


def _about(paper: Paper, record_bytes: bytes, pen: Pen) -> pdfa.About:
    titles: dict[str, str] = dict(zip(paper.languages, forms.of(paper).title(pen).texts, strict=True))
    return pdfa.About(
        titles=titles,
        language=paper.languages[0],
        author=readable(spelt(paper.people.organisation or paper.station.host)),
        number=spelt(paper.number),
        tool=spelt(f"{paper.station.tool} {paper.station.tool_version}"),
        issued=moment(paper.issued),
        identity=bytes.fromhex(canonical.digest(record_bytes))[:16],
    )


def _attachments(name: str, record_bytes: bytes, signature: bytes, station_pem: bytes) -> tuple[pdfa.Attachment, ...]:
    """What the paper carries, so that one file is enough to check it."""
    return (
        pdfa.Attachment(f"{name}.json", record_bytes, "application/json", "Source", "The signed record (RFC 8785)"),
        pdfa.Attachment(
            f"{name}.sig", signature, "application/octet-stream", "Supplement", f"Ed25519 signature of {name}.json"
        ),
        pdfa.Attachment(
            "station.pem", station_pem, "application/x-pem-file", "Supplement", "Public key of the station"
        ),
    )


def _picture(image: images.Image) -> pdfa.Attachment:
    return pdfa.Attachment(image.name, image.content, "image/jpeg", "Supplement", "A picture as it is printed")


def _endorsement(content: bytes | None) -> tuple[pdfa.Attachment, ...]:
    if content is None:
        return ()
    said = "An organisation's endorsement of the station's key"
    return (pdfa.Attachment("endorsement.json", content, "application/json", "Supplement", said),)


__all__ = ["FORM", "MissingGlyph", "missing", "render"]
