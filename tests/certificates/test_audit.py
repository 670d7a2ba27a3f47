"""Whatever was done to a certificate, the audit finds it, at the check that says so; and no file makes it raise."""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certificates import audit, canonical, page
from certificates.audit import Audit, audit_files, audit_json, audit_pdf
from certificates.record import Record, Verdict
from certificates.station_key import StationKey
from tests.certificates import samples
from tests.certificates.samples import Issued
from tests.certificates.strategies import any_record

TRUSTED = {samples.KEY.key_id: samples.KEY.public_pem}
STRANGER = StationKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))
MUTATIONS = int(os.environ.get("ERASER_MUTATIONS", "500"))


@pytest.fixture(autouse=True, scope="module")
def pages_drawn_once() -> Iterator[None]:
    """The same record is drawn again and again here; drawing is tested elsewhere."""
    drawn: dict[str, bytes] = {}
    patch = pytest.MonkeyPatch()
    render = page.render

    def once(record: Record, *parts: Any, **more: Any) -> bytes:
        this = repr((parts, more))
        if this not in drawn:
            drawn[this] = render(record, *parts, **more)
        return drawn[this]

    patch.setattr(page, "render", once)
    yield
    patch.undo()


def failed(result: Audit) -> list[int]:
    assert not result.authentic
    for check in result.checks:
        if check.state == "failed":
            for lang in ("ja", "en"):
                assert check.title(lang) and check.message(lang) and check.hint(lang)
    return [check.number for check in result.checks if check.state == "failed"]


def test_what_was_issued_is_authentic(each_outcome: Issued) -> None:
    result = audit_pdf(each_outcome.pdf, TRUSTED, "NUMBER.pdf")
    assert result.authentic and result.unaltered and result.trusted
    assert (result.number, result.outcome) == (each_outcome.record.number, each_outcome.record.outcome)
    # Nothing else is audited with it, and nothing lies beside it that would prove its place in the ledger.
    others = {"single", "logged"}
    assert {check.name for check in result.checks if check.state == "passed"} == set(audit.NAMES) - others
    assert [check.number for check in result.checks] == list(range(1, len(audit.NAMES) + 1))


def test_an_unknown_key_is_told_apart_from_an_alteration(erased: Issued) -> None:
    result = audit_pdf(erased.pdf, {})
    assert failed(result) == [7]
    assert result.unaltered and not result.trusted
    assert "eraser key trust" in result.checks[6].hint("en")
    assert samples.KEY.key_id in result.checks[6].message("ja")


def repacked(issued: Issued, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(BytesIO(issued.pdf)) as pdf:
        change(pdf)
        out = BytesIO()
        pdf.save(out)
        return out.getvalue()


def with_parts(
    issued: Issued, *, raw: bytes | None = None, signature: bytes | None = None, pem: bytes | None = None
) -> bytes:
    """A careful forger: exchanges parts and draws a page that goes with them."""
    parts = (raw or issued.json, signature or issued.signature, pem or issued.pem)
    try:
        record = msgspec.json.decode(parts[0], type=Record)
    except msgspec.DecodeError:
        record = issued.record
    return page.render(record, *parts)


def test_a_changed_record_fails_the_signature(erased: Issued) -> None:
    raw = erased.json.replace(b'"asset_tag":', b'"asset_tag":"X-1","old":', 1).replace(
        b',"old":"\xe8', b',"old":"\xe8', 1
    )
    changed = msgspec.structs.replace(erased.record, asset_tag="X-1")
    raw = canonical.encode(changed)
    assert failed(audit_pdf(with_parts(erased, raw=raw), TRUSTED)) == [5]
    assert failed(audit_pdf(erased.pdf.replace(b"SMPL-WX31A80K7742", b"SMPL-WX31A80K7743"), TRUSTED)) == [5, 8]


def test_another_spelling_of_the_same_record_is_refused(erased: Issued) -> None:
    raw = json.dumps(json.loads(erased.json), ensure_ascii=False).encode()
    assert failed(audit_pdf(with_parts(erased, raw=raw, signature=samples.KEY.sign(raw)), TRUSTED)) == [2]


def test_a_key_that_stands_twice_is_refused(erased: Issued) -> None:
    raw = erased.json.replace(b'"number":', b'"number":"S-2025-000001","number":', 1)
    assert 2 in failed(audit_pdf(with_parts(erased, raw=raw, signature=samples.KEY.sign(raw)), TRUSTED))


def test_a_field_that_the_schema_lacks_is_refused(erased: Issued) -> None:
    raw = canonical.encode({**json.loads(erased.json), "note": "really erased"})
    assert failed(audit_pdf(with_parts(erased, raw=raw, signature=samples.KEY.sign(raw)), TRUSTED)) == [3]


def test_a_changed_signature_fails(erased: Issued) -> None:
    for signature in (bytes([erased.signature[0] ^ 1]) + erased.signature[1:], erased.signature[:-1], bytes(64)):
        assert failed(audit_pdf(with_parts(erased, signature=signature), TRUSTED)) == [5]


def test_an_exchanged_key_fails(erased: Issued) -> None:
    pem, signature = STRANGER.public_pem, STRANGER.sign(erased.json)
    assert failed(audit_pdf(with_parts(erased, pem=pem), TRUSTED)) == [5, 6, 7]
    assert failed(audit_pdf(with_parts(erased, pem=pem, signature=signature), TRUSTED)) == [6, 7]
    assert 5 in failed(audit_pdf(with_parts(erased, pem=erased.pem + b"\n"), TRUSTED))


def test_a_stranger_who_makes_everything_anew_is_of_unknown_origin(erased: Issued) -> None:
    station = msgspec.structs.replace(erased.record.station, key_id=STRANGER.key_id)
    mine = samples.number_of(STRANGER, 123)
    forged = samples.issue(msgspec.structs.replace(erased.record, station=station, number=mine), STRANGER)
    assert failed(audit_pdf(forged.pdf, TRUSTED)) == [7]
    # With the victim's number left on it, the file is wrong whomever the auditor trusts.
    kept = samples.issue(msgspec.structs.replace(erased.record, station=station), STRANGER)
    assert failed(audit_pdf(kept.pdf, TRUSTED | {STRANGER.key_id: STRANGER.public_pem})) == [9]


def test_a_page_that_says_something_else_is_found(erased: Issued) -> None:
    other = samples.issue(samples.erased(asset_tag="X-2")).pdf
    for part in (b"certificate.json", b"certificate.sig"):
        assert part in other
    changed = other.replace(canonical.encode(samples.erased(asset_tag="X-2")), erased.json)
    assert 8 in failed(audit_pdf(changed, TRUSTED))
    offset = erased.pdf.index(b" Tj")
    assert failed(audit_pdf(erased.pdf[:offset] + b" TJ" + erased.pdf[offset + 3 :], TRUSTED)) == [8]


def test_bytes_behind_the_end_are_found(erased: Issued) -> None:
    for more in (b"\n", b"%", b"1 0 obj\n<<>>\nendobj\n", bytes(1000)):
        result = audit_pdf(erased.pdf + more, TRUSTED)
        assert failed(result) == [8]
        assert result.checks[7].key == "audit.page.appended"


def test_an_incremental_update_is_found(erased: Issued) -> None:
    """A new catalog in front of the old one, as editors append it."""
    start = erased.pdf.rindex(b"startxref\n") + 10
    previous = int(erased.pdf[start : erased.pdf.index(b"\n", start)])
    update = b"99 0 obj\n<</Type /Annot>>\nendobj\n"
    xref = len(erased.pdf) + len(update)
    trailer = b"xref\n99 1\n%010d 00000 n \ntrailer\n<</Size 100 /Prev %d /Root %b>>\nstartxref\n%d\n%%%%EOF\n"
    root = erased.pdf[erased.pdf.rindex(b"/Root ") + 6 :].split(b"\n")[0]
    assert failed(audit_pdf(erased.pdf + update + trailer % (len(erased.pdf), previous, root, xref), TRUSTED)) == [8]


def test_a_file_that_was_saved_again_is_found(erased: Issued) -> None:
    assert failed(audit_pdf(repacked(erased, lambda pdf: None), TRUSTED)) == [8]


def test_other_attachments_are_refused(erased: Issued) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["more.txt"] = b"more"

    def drop(pdf: pikepdf.Pdf) -> None:
        del pdf.attachments["station.pem"]
        del pdf.Root.AF

    def double(pdf: pikepdf.Pdf) -> None:
        names = pdf.Root.Names.EmbeddedFiles.Names
        names.append(names[0])
        names.append(names[1])

    def empty(pdf: pikepdf.Pdf) -> None:
        del pdf.Root.Names
        del pdf.Root.AF

    for change in (drop, double, empty):
        assert failed(audit_pdf(repacked(erased, change), TRUSTED)) == [1]
    assert failed(audit_pdf(repacked(erased, add), TRUSTED)) == [8, 10]


def test_a_page_of_another_form_says_so(erased: Issued) -> None:
    result = audit_pdf(erased.pdf.replace(f"(eraser page {page.FORM})".encode(), b"(eraser page 7)"), TRUSTED)
    assert failed(result) == [8]
    assert result.checks[7].key == "audit.page.form"


def test_a_record_that_this_version_has_no_words_for_is_not_drawn(erased: Issued) -> None:
    record = msgspec.structs.replace(erased.record, residual_risks=(*erased.record.residual_risks, "from-the-future"))
    raw = canonical.encode(record)
    pdf = erased.pdf.replace(b"/Length %d" % len(erased.json), b"/Length %d" % len(raw)).replace(erased.json, raw)
    pdf = pdf.replace(erased.signature, samples.KEY.sign(raw))
    result = audit_pdf(pdf, TRUSTED)
    assert failed(result) == [8]
    assert result.checks[7].key == "audit.page.unrenderable"


def test_a_contradiction_is_found_although_all_is_signed() -> None:
    lying = msgspec.structs.replace(samples.not_erased(), outcome="erased")
    result = audit_pdf(samples.issue(lying).pdf, TRUSTED)
    assert failed(result) == [9]
    assert "not-erased" in result.checks[8].message("ja")


def written(folder: Path, issued: Issued, name: str = "56475AA7-000123") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, content in ((".pdf", issued.pdf), (".json", issued.json), (".sig", issued.signature)):
        (folder / f"{name}{suffix}").write_bytes(content)
    return folder / f"{name}.pdf"


def test_files_beside_the_pdf_are_compared(erased: Issued, stick: Issued, tmp_path: Path) -> None:
    path = written(tmp_path, erased)
    (result,) = audit_files(path, TRUSTED)
    assert result.authentic
    path.with_suffix(".json").write_bytes(stick.json)
    (result,) = audit_files(path, TRUSTED)
    assert failed(result) == [4]
    assert "*.json" in result.checks[3].message("en")
    path.with_suffix(".json").unlink()
    path.with_suffix(".sig").write_bytes(b"")
    assert [failed(each) for each in audit_files(path, TRUSTED)] == [[4]]


def test_a_folder_is_audited_file_by_file(erased: Issued, stick: Issued, tmp_path: Path) -> None:
    written(tmp_path / "a", erased)
    written(tmp_path / "b", stick, "S-2")
    (tmp_path / "b" / "S-2.pdf").unlink()
    (tmp_path / "b" / "inventory.json").write_text("{}")
    (tmp_path / "b" / "letter.PDF").write_bytes(b"%PDF-1.4\n%%EOF\n")
    (tmp_path / "b" / "orphan.json").write_bytes(erased.json)
    results = {Path(each.file).name: each for each in audit_files(tmp_path, TRUSTED)}
    assert set(results) == {"S-2.json", f"{erased.record.number}.pdf", "letter.PDF", "orphan.json"}
    assert results["S-2.json"].authentic and results[f"{erased.record.number}.pdf"].authentic
    assert failed(results["letter.PDF"]) == [1]
    assert failed(results["orphan.json"]) == [1]
    assert next(audit_files(tmp_path / "a" / f"{erased.record.number}.sig", TRUSTED)).checks[0].state == "failed"


def test_what_cannot_be_opened_is_a_failed_check(tmp_path: Path) -> None:
    (result,) = audit_files(tmp_path / "nothing.pdf", TRUSTED)
    assert failed(result) == [1]
    os.mkfifo(tmp_path / "pipe.pdf")
    assert [failed(each) for each in audit_files(tmp_path / "pipe.pdf", TRUSTED)] == [[1]]
    assert [failed(each) for each in audit_files(tmp_path, TRUSTED)] == [[1]], "and in a folder it is not passed over"


@pytest.mark.parametrize("hide", ["dangling link", "folder called x.pdf", "upper case copy"])
def test_nothing_in_a_folder_hides_by_its_name(hide: str, erased: Issued, tmp_path: Path) -> None:
    """A good certificate lies beside; the folder as a whole must not pass."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "good.pdf").write_bytes(erased.pdf)
    if hide == "dangling link":
        (folder / "bad.pdf").symlink_to(tmp_path / "nowhere")
    elif hide == "folder called x.pdf":
        (folder / "bad.pdf").mkdir()
    else:
        (folder / "good.JSON").write_bytes(erased.json.replace(b"keyed", b"kezed"))
    assert not all(each.authentic for each in audit_files(folder, TRUSTED))


def test_a_record_is_audited_without_its_page(erased: Issued) -> None:
    result = audit_json(erased.json, erased.signature, TRUSTED)
    assert result.authentic
    assert [check.name for check in result.checks if check.state == "not-applicable"] == [
        "beside",
        "page",
        "bound",
        "single",
        "logged",
    ]
    assert failed(audit_json(erased.json, erased.signature, {})) == [7]
    assert failed(audit_json(erased.json, bytes(64), TRUSTED)) == [5]
    assert failed(audit_json(erased.json, None, TRUSTED)) == [1]
    assert failed(audit_json(erased.json + b" ", erased.signature, TRUSTED)) == [2, 5]


NASTY = {
    "nothing": b"",
    "text": b"certificate",
    "head only": b"%PDF-1.7\n",
    "zeros": b"%PDF-1.7\n" + bytes(1 << 20),
    "ends": b"%PDF-1.7\n" + b"%%EOF" * 200_000,
    "spaces": b"%PDF-1.7\n" + b" " * (1 << 20) + b"startxref\n0\n%%EOF",
    "objects": b"%PDF-1.7\n" + b"1 0 obj\n" * 100_000 + b"%%EOF",
    "brackets": b"%PDF-1.7\n1 0 obj\n" + b"[" * 100_000 + b"\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
    b"trailer\n<</Size 2 /Root 1 0 R>>\nstartxref\n100026\n%%EOF",
    "dictionaries": b"%PDF-1.7\ntrailer\n" + b"<</Root " * 50_000 + b"startxref\n9\n%%EOF",
    "self": b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1 /Prev 9 /Root 1 0 R>>\nstartxref\n9\n%%EOF",
    "name tree": b"%PDF-1.7\n1 0 obj\n<</Names <</EmbeddedFiles 2 0 R>>>>\nendobj\n2 0 obj\n<</Kids [2 0 R 2 0 R]>>\nendobj\n"
    b"trailer\n<</Size 3 /Root 1 0 R>>\nstartxref\n0\n%%EOF",
    "length": b"%PDF-1.7\n1 0 obj\n<</Length 1 0 R>>\nstream\nx\nendstream\nendobj\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF",
    "reference": b"%PDF-1.7\n1 0 obj\n1 0 R\nendobj\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF",
}


@pytest.mark.parametrize("name", sorted(NASTY))
def test_odd_files_are_refused_soon(name: str) -> None:
    began = time.monotonic()
    assert failed(audit_pdf(NASTY[name], TRUSTED)) == [1]
    assert time.monotonic() - began < 10


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert failed(audit_pdf(b"%PDF-" + bytes(32 << 20), TRUSTED)) == [1]


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"a":' * 50_000, b"1" * 100_000, b'"\\ud800"', b"\xff", b"NaN", b"-0", b"1e400", b""]
)
def test_odd_records_are_refused(raw: bytes, erased: Issued) -> None:
    assert 3 in failed(audit_json(raw, erased.signature, TRUSTED))
    assert {3, 5} <= set(failed(audit_pdf(with_parts(erased, raw=raw or b" "), TRUSTED)))


def test_a_message_cannot_steer_the_terminal(erased: Issued) -> None:
    raw = erased.json.replace(b'"outcome":"erased"', '"outcome":"\x1b[2J\u202e"'.encode())
    result = audit_json(raw.replace(b"\x1b", b"\\u001b"), erased.signature, TRUSTED)
    assert all(check.message(lang).isprintable() for check in result.checks for lang in ("ja", "en"))
    number = msgspec.structs.replace(erased.record, number="S-1\x1b[2J")
    assert audit_json(canonical.encode(number), b"", TRUSTED).number is None


def test_no_random_change_passes_and_none_raises(each_outcome: Issued) -> None:
    rng = random.Random(each_outcome.record.outcome)
    for _ in range(MUTATIONS // len(samples.OUTCOMES)):
        changed = mutated(each_outcome.pdf, rng)
        if changed != each_outcome.pdf:
            assert failed(audit_pdf(changed, TRUSTED))


def mutated(pdf: bytes, rng: random.Random) -> bytes:
    changed = bytearray(pdf)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.choice([rng.randrange(len(changed)), rng.randrange(len(changed) * 9 // 10, len(changed))])
        length = rng.choice([1, 1, 1, 4, 64, 1024])
        match rng.randrange(5):
            case 0:
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = rng.randbytes(length)
            case 3:
                changed[at:at] = changed[at : at + length]
            case _:
                start = rng.randrange(len(changed))
                changed[at : at + length] = changed[start : start + length]
    return bytes(changed)


@given(st.binary(max_size=400), st.integers(0, 10**6), st.integers(0, 2000))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_spliced_bytes_pass(erased: Issued, middle: bytes, place: int, removed: int) -> None:
    at = place % len(erased.pdf)
    changed = erased.pdf[:at] + middle + erased.pdf[at + removed :]
    assert audit_pdf(changed, TRUSTED).authentic == (changed == erased.pdf)


@given(st.binary(max_size=2000))
@settings(max_examples=100, deadline=None)
def test_no_bytes_raise(content: bytes) -> None:
    assert not audit_pdf(content, TRUSTED).authentic
    assert not audit_pdf(b"%PDF-1.7\n" + content, TRUSTED).authentic
    assert not audit_json(content, content[:64], TRUSTED).authentic


@given(any_record())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_record_that_the_schema_lets_pass_makes_it_raise(record: Record) -> None:
    raw = canonical.encode(record)
    signature = samples.KEY.sign(raw)
    for result in (audit_json(raw, signature, TRUSTED), audit_pdf(carrying(raw, signature), TRUSTED)):
        assert not result.authentic
        for check in result.checks:
            assert check.message("ja").isprintable() and check.hint("en").isprintable()


def carrying(raw: bytes, signature: bytes) -> bytes:
    """A PDF with this record inside and the page of another."""
    issued = samples.issue(samples.erased())
    return issued.pdf.replace(b"/Length %d " % len(issued.json), b"/Length %d " % len(raw)).replace(issued.json, raw)


@pytest.mark.parametrize(
    "more",
    [
        {"residual_risks": ("sample",) * 100_000},
        {"verdicts": (Verdict("p", "e", "clear", ("not-completed",) * 100_000),)},
        {"languages": ("ja", "en") * 100_000},
        {"people": msgspec.structs.replace(samples.PEOPLE, witnesses=("見本",) * 100_000)},
        {"people": msgspec.structs.replace(samples.PEOPLE, customer="見" * 1_000_000)},
    ],
    ids=["risks", "reasons", "languages", "witnesses", "name"],
)
def test_a_record_made_to_keep_the_auditor_waiting_is_refused_soon(more: dict[str, Any], erased: Issued) -> None:
    raw = canonical.encode(msgspec.structs.replace(erased.record, **more))
    began = time.monotonic()
    assert 8 in failed(audit_pdf(carrying(raw, samples.KEY.sign(raw)), TRUSTED))
    assert time.monotonic() - began < 10


def test_the_numbered_checks_are_those_of_the_text() -> None:
    expected = [[str(number), name] for number, name in enumerate(audit.NAMES, start=1)]
    listed = [line.split()[:2] for line in (audit.__doc__ or "").splitlines() if line.strip()[:1].isdigit()]
    assert listed == expected
    told = (Path(__file__).parents[2] / "docs" / "certificate.md").read_text(encoding="utf-8")
    assert [list(each) for each in re.findall(r"^\| (\d+) \| ([a-z-]+) \|", told, re.MULTILINE)] == expected
