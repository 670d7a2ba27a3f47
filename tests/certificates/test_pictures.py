"""Pictures that travel in a certificate: drawn as they are, bound by the record, and found out when they are others."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import msgspec
import pikepdf
import pytest
from PIL import Image

from certificates import canonical, page
from certificates.audit import Audit, audit_files, audit_json, audit_pdf
from certificates.people import Copy
from certificates.record import Record
from tests.certificates import samples
from tests.certificates.reading import pages, words
from tests.certificates.samples import Issued

TRUSTED = {samples.KEY.key_id: samples.KEY.public_pem}
SAMPLE, PICTURES = samples.photographed()
CONTENTS = (b"before", b"after", b"order")
RECORD = msgspec.structs.replace(
    SAMPLE,
    evidence=tuple(
        msgspec.structs.replace(each, bytes=len(content))
        for each, content in zip(SAMPLE.evidence, CONTENTS, strict=True)
    ),
)


@pytest.fixture(scope="module")
def issued() -> Issued:
    return samples.issue(RECORD, pictures=PICTURES)


def failed(result: Audit) -> list[int]:
    for check in result.checks:
        if check.state == "failed":
            assert all(check.message(lang) and check.hint(lang) for lang in ("ja", "en"))
    return [check.number for check in result.checks if check.state == "failed"]


@pytest.mark.tools("pdfimages")
def test_they_are_drawn_as_they_travel(issued: Issued, tmp_path: Path) -> None:
    (tmp_path / "page.pdf").write_bytes(issued.pdf)
    subprocess.run(["pdfimages", "-all", tmp_path / "page.pdf", tmp_path / "image"], check=True)
    assert {path.read_bytes() for path in tmp_path.glob("image-*")} == set(PICTURES.values())
    with pikepdf.open(BytesIO(issued.pdf)) as pdf:
        assert {name: pdf.attachments[name].get_file().read_bytes() for name in PICTURES} == PICTURES


def test_the_same_pictures_make_the_same_file(issued: Issued) -> None:
    assert samples.issue(RECORD, pictures=PICTURES).pdf == issued.pdf


def test_photographs_stand_in_the_annex_with_what_binds_the_originals() -> None:
    assert pages(RECORD) == 2
    said = words(RECORD)
    for text in ("消去前（銘板）", "before.jpg  6 B", "after.jpg", "指示書.pdf"):
        assert text in said
    for each in RECORD.evidence:
        assert all(each.blake3[start : start + 8] in said for start in range(0, 64, 8))


def test_what_was_issued_is_authentic(issued: Issued) -> None:
    assert audit_pdf(issued.pdf, TRUSTED).authentic
    assert audit_json(issued.json, issued.signature, TRUSTED).authentic


def exchanged(issued: Issued, pictures: dict[str, bytes]) -> bytes:
    """A careful forger: a page that goes with other pictures, the record and its signature left as they are."""
    assert issued.record.issuer is not None
    shown = tuple(
        msgspec.structs.replace(each, copy=_copy(each.copy.name, pictures)) if each.copy else each
        for each in issued.record.evidence
    )
    issuer = msgspec.structs.replace(issued.record.issuer, logo=_copy("logo.jpg", pictures))
    other = msgspec.structs.replace(issued.record, evidence=shown, issuer=issuer)
    return page.render(other, issued.json, issued.signature, issued.pem, pictures)


def _copy(name: str, pictures: dict[str, bytes]) -> Copy | None:
    if name not in pictures:
        return None
    content = pictures[name]
    with Image.open(BytesIO(content)) as picture:
        return Copy(name, len(content), canonical.digest(content), *picture.size)


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_another_picture_is_found(issued: Issued, name: str) -> None:
    _, other = samples.photograph(name, 77)
    assert failed(audit_pdf(exchanged(issued, {**PICTURES, name: other}), TRUSTED)) == [8, 10]


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_missing_picture_is_found(issued: Issued, name: str) -> None:
    left = {each: content for each, content in PICTURES.items() if each != name}
    assert failed(audit_pdf(exchanged(issued, left), TRUSTED)) == [8]


def test_a_picture_too_many_is_found() -> None:
    plain = samples.issue(samples.erased())
    pdf = page.render(RECORD, plain.json, plain.signature, plain.pem, PICTURES)
    assert failed(audit_pdf(pdf, TRUSTED)) == [8, 10]


def repacked(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as opened:
        change(opened)
        out = BytesIO()
        opened.save(out)
        return out.getvalue()


def adding(name: str, content: bytes) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.attachments[name] = content

    return change


def test_no_other_name_gets_in(issued: Issued) -> None:
    assert failed(audit_pdf(repacked(issued.pdf, adding("photo-3.jpg", b"more")), TRUSTED)) == [8, 10]
    for name in ("photo-0.jpg", "photo-100.jpg", "photo-1.jpg.exe", "Logo.jpg", "photo-4.jpg\n", "certificate.txt"):
        assert failed(audit_pdf(repacked(issued.pdf, adding(name, b"more")), TRUSTED)) == [8, 10], name

    def twice(pdf: pikepdf.Pdf) -> None:
        names = pdf.Root.Names.EmbeddedFiles.Names
        at = [str(each) for each in names].index("photo-1.jpg")
        names.append(names[at])
        names.append(names[at + 1])

    assert failed(audit_pdf(repacked(issued.pdf, twice), TRUSTED)) == [1]


def test_no_changed_byte_of_a_picture_passes(issued: Issued) -> None:
    rng = random.Random(5)
    for content in PICTURES.values():
        places = [at for at in range(len(issued.pdf)) if issued.pdf.startswith(content, at)]
        assert len(places) == 2, "once drawn, once attached"
        for start in places:
            changed = bytearray(issued.pdf)
            changed[start + rng.randrange(len(content))] ^= 1 << rng.randrange(8)
            assert 8 in failed(audit_pdf(bytes(changed), TRUSTED))


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n"])
def test_a_signed_picture_that_is_none_is_refused(content: bytes) -> None:
    """A station that lies could sign anything: nothing may raise."""
    copy = Copy("photo-1.jpg", len(content), canonical.digest(content), 64, 48)
    evidence = (msgspec.structs.replace(RECORD.evidence[0], copy=copy),)
    raw = canonical.encode(msgspec.structs.replace(RECORD, evidence=evidence, issuer=None))
    plain = samples.issue(samples.erased())
    pdf = plain.pdf.replace(b"/Length %d " % len(plain.json), b"/Length %d " % len(raw)).replace(plain.json, raw)
    assert 8 in failed(audit_pdf(repacked(pdf, adding("photo-1.jpg", content)), TRUSTED))
    with pytest.raises((ValueError, OSError)):
        page.render(msgspec.json.decode(raw, type=Record), raw, bytes(64), plain.pem, {"photo-1.jpg": content})


def test_files_beside_the_certificate_are_compared(issued: Issued, tmp_path: Path) -> None:
    (tmp_path / "c.pdf").write_bytes(issued.pdf)
    (tmp_path / "before.jpg").write_bytes(b"before")
    assert [each.authentic for each in audit_files(tmp_path, TRUSTED)] == [True]
    (tmp_path / "after.jpg").write_bytes(b"another file")
    (result,) = audit_files(tmp_path, TRUSTED)
    assert failed(result) == [11]
    assert "after.jpg" in result.checks[10].message("en") and "before.jpg" not in result.checks[10].message("en")
    # In a folder named by the number they are this certificate's own, whatever else lies beside.
    own = tmp_path / RECORD.number
    own.mkdir()
    (own / "after.jpg").write_bytes(b"after")
    assert [each.authentic for each in audit_files(tmp_path, TRUSTED)] == [True]


def test_evidence_beside_a_bare_record_is_compared(issued: Issued, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(issued.json)
    (tmp_path / "c.sig").write_bytes(issued.signature)
    assert [each.authentic for each in audit_files(tmp_path, TRUSTED)] == [True]
    (tmp_path / "before.jpg").write_bytes(b"else")
    assert [failed(each) for each in audit_files(tmp_path, TRUSTED)] == [[11]]


@pytest.mark.parametrize("name", ["../before.jpg", "/etc/passwd", "a/b.jpg", "x\0y", ""])
def test_evidence_with_a_path_for_a_name_is_not_looked_for(name: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "before.jpg").write_bytes(b"else")
    record = samples.erased(evidence=(msgspec.structs.replace(RECORD.evidence[2], name=name),))
    raw = canonical.encode(record)
    (tmp_path / "in" / "c.json").write_bytes(raw)
    (tmp_path / "in" / "c.sig").write_bytes(samples.KEY.sign(raw))
    (result,) = audit_files(tmp_path / "in" / "c.json", TRUSTED)
    assert result.checks[10].state == "passed"
