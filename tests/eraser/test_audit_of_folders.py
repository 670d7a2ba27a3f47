"""`eraser audit DIR`: content decides, nothing hides by its name, nothing is passed over in silence, and nothing keeps it waiting."""

from __future__ import annotations

import base64
import gzip
import io
import os
import socket
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from certificates import canonical
from certificates.people import Evidence
from certificates.record import Record
from tests.certificates import samples
from tests.certificates.samples import Issued
from tests.lab.command import Eraser, Ran
from tests.lab.others import open_to_others

APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(60)


@pytest.fixture(scope="module")
def erased() -> Issued:
    return samples.issue(samples.erased())


@pytest.fixture(scope="module")
def other() -> Issued:
    """Another record under the same number, signed by the same key."""
    return samples.issue(samples.erased(asset_tag="R07-9999"))


@pytest.fixture
def auditor(tmp_path: Path) -> Eraser:
    eraser = Eraser(tmp_path / "auditor")
    folder = eraser.home / "trusted"
    folder.mkdir(parents=True, mode=0o700)
    (folder / f"{samples.KEY.key_id}.pem").write_bytes(samples.KEY.public_pem)
    return eraser


@pytest.fixture
def folder(tmp_path: Path, erased: Issued) -> Path:
    """One good certificate in it."""
    made = tmp_path / "papers"
    made.mkdir()
    (made / "good.pdf").write_bytes(erased.pdf)
    return made


def rows(ran: Ran, kind: str) -> dict[str, dict[str, object]]:
    return {Path(row["file"]).name: row for row in ran.lines if row["type"] == kind}


def forged(erased: Issued) -> bytes:
    return erased.pdf.replace(b"SMPL", b"SMPX")


def filed(folder: Path, name: str, record: Record) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    raw = canonical.encode(record)
    (folder / f"{name}.json").write_bytes(raw)
    (folder / f"{name}.sig").write_bytes(samples.KEY.sign(raw))


@pytest.mark.parametrize(
    "place", [("a.pdf", "b.pdf"), ("b.pdf", "a.pdf"), ("sub/x.pdf", "x.pdf"), ("x.pdf", "y/y/y.pdf")]
)
def test_of_two_papers_of_one_number_neither_is_authentic(
    auditor: Eraser, erased: Issued, other: Issued, tmp_path: Path, place: tuple[str, str]
) -> None:
    for name, issued in zip(place, (erased, other), strict=True):
        (tmp_path / "p" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / name).write_bytes(issued.pdf)
    ran = auditor("audit", tmp_path / "p", "--json")
    assert ran.code == 6 and [(row["authentic"], row["failed"]) for row in ran.lines] == [(False, [13])] * 2
    for row, name in zip(ran.lines, sorted(place, key=lambda name: ("/" in name, name)), strict=True):
        assert str(tmp_path / "p" / next(each for each in place if each != name)) in row["messages"][0]
    assert [line.split("\t")[0] for line in auditor("audit", tmp_path / "p", "--table").out.splitlines()[:2]] == [
        "NOT CONFIRMED"
    ] * 2


def test_nor_are_they_in_two_arguments_or_as_a_record_alone(
    auditor: Eraser, erased: Issued, other: Issued, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.pdf").write_bytes(erased.pdf)
    (tmp_path / "one" / "again.pdf").write_bytes(erased.pdf)
    filed(tmp_path / "two", "later", other.record)
    for arguments in (("one", "two"), ("two", "one"), ("one/a.pdf", "one/again.pdf", "two/later.json")):
        ran = auditor("audit", *(tmp_path / name for name in arguments), "--json")
        assert ran.code == 6 and not any(row["authentic"] for row in ran.lines) and len(ran.lines) == 3
    assert auditor("audit", tmp_path / "one").code == 0, "the same paper twice is one paper"
    filed(tmp_path / "one", "a", erased.record)
    filed(tmp_path / "one", "copy", erased.record)
    assert auditor("audit", tmp_path / "one").code == 0, "and so is its record without the page"


def test_a_page_that_was_altered_does_not_hide_that_two_were_signed(
    auditor: Eraser, erased: Issued, other: Issued, folder: Path
) -> None:
    (folder / "other.pdf").write_bytes(other.pdf + b"\n")
    ran = auditor("audit", folder, "--json")
    assert {name: row["failed"] for name, row in rows(ran, "audit").items()} == {"good.pdf": [13], "other.pdf": [8]}


HIDDEN: dict[str, Callable[[bytes], bytes]] = {
    "x.pdf ": bytes,
    "x.pdf.bak": bytes,
    "x.PDF": bytes,
    "x": bytes,
    ".x": bytes,
    "._x.pdf": bytes,
    "~$x.docx": bytes,
    "Thumbs.db": bytes,
    "x.txt": lambda pdf: b"junk\n" * 100 + pdf,
    "x.jpg": lambda pdf: b"\xff\xd8\xff\xe0" + bytes(3000) + pdf,
    "x.sig": bytes,
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_forgery_is_found_whatever_it_is_called(auditor: Eraser, erased: Issued, folder: Path, name: str) -> None:
    (folder / name).write_bytes(HIDDEN[name](forged(erased)))
    ran = auditor("audit", folder, "--json")
    assert ran.code == 6 and rows(ran, "audit")[name]["authentic"] is False and not rows(ran, "not-audited")


@pytest.mark.parametrize("name", ["x.txt", "x.json", "._good.json"])
@pytest.mark.parametrize("mark", ["", "\ufeff", " \n"])
def test_a_record_is_found_whatever_it_is_called(
    auditor: Eraser, erased: Issued, folder: Path, name: str, mark: str
) -> None:
    (folder / "._good.pdf").write_bytes(APPLE_DOUBLE)
    (folder / name).write_bytes(mark.encode() + erased.json)
    ran = auditor("audit", folder, "--json")
    assert ran.code == 6 and rows(ran, "audit")[name]["authentic"] is False


def packed(pdf: bytes) -> dict[str, bytes]:
    archive, plain, tar = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("deep/paper", pdf)
    with zipfile.ZipFile(plain, "w") as made:
        made.writestr("inner.zip", archive.getvalue())
    with tarfile.open(fileobj=tar, mode="w:gz") as made_tar:
        member = tarfile.TarInfo("x.pdf")
        member.size = len(pdf)
        made_tar.addfile(member, io.BytesIO(pdf))
    mail = b"Subject: papers\n\n" + base64.encodebytes(pdf)
    return {
        "x.zip": archive.getvalue(),
        "y.docx": plain.getvalue(),
        "x.tgz": tar.getvalue(),
        "x.gz": gzip.compress(pdf),
        "x.eml": mail,
    }


@pytest.mark.parametrize("name", ["x.zip", "y.docx", "x.tgz", "x.gz", "x.eml"])
def test_a_paper_inside_of_something_leaves_the_folder_in_doubt(
    auditor: Eraser, erased: Issued, folder: Path, name: str
) -> None:
    (folder / name).write_bytes(packed(erased.pdf)[name])
    ran = auditor("audit", folder, "--json")
    assert ran.code == 6 and rows(ran, "not-audited")[name]["doubtful"] is True
    told = auditor("audit", folder, "--lang", "en")
    assert f"{name}: NOT AUDITED" in told.out and "1 of them may hold certificates" in told.out


def test_what_is_no_certificate_is_listed_and_not_counted(auditor: Eraser, erased: Issued, folder: Path) -> None:
    (folder / "._good.pdf").write_bytes(APPLE_DOUBLE)
    (folder / ".DS_Store").write_bytes(b"\x00\x00\x00\x01Bud1")
    (folder / "~$list.xlsx").write_bytes(b"user")
    (folder / "README.txt").write_text("Certificates of 2026, in eraser/record/1, each a PDF file")
    (folder / "orphan.sig").write_bytes(bytes(64))
    (folder / "station.pem").write_bytes(samples.KEY.public_pem)
    (folder / "stranger.pem").write_bytes(samples.KEY.public_pem)
    (folder / "photos.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))
    (folder / "empty").touch()
    (folder / "good.json").write_bytes(erased.json)
    (folder / "good.sig").write_bytes(samples.KEY.sign(erased.json))
    (folder / "elsewhere").symlink_to("/")
    (folder / "loop").symlink_to(".")
    (folder / "gone").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(folder / "socket"))
    ran = auditor("audit", folder, "--json")
    assert ran.code == 0 and list(rows(ran, "audit")) == ["good.pdf"]
    assert {name: row["why"] for name, row in rows(ran, "not-audited").items()} == {
        "._good.pdf": "litter", ".DS_Store": "litter", "~$list.xlsx": "litter", "README.txt": "other", "orphan.sig": "alone",
        "stranger.pem": "key", "photos.7z": "sealed", "empty": "other", "elsewhere": "linked", "loop": "linked",
        "gone": "dangling", "pipe": "irregular", "socket": "irregular",
    }  # fmt: skip
    told = auditor("audit", folder, "--lang", "en")
    assert (
        "permission" not in told.out and "elsewhere: a link to a folder" in told.out and "Not audited: 13" in told.out
    )
    assert "13件" in auditor("audit", folder, "--lang", "ja", "--table").out


def test_evidence_that_a_certificate_binds_is_no_certificate(auditor: Eraser, folder: Path) -> None:
    """Even if it is a PDF: it was compared with the digest that was signed."""
    receipt = b"%PDF-1.4\nreceipt"
    bound = Evidence("receipt.pdf", "application/pdf", len(receipt), canonical.digest(receipt))
    record = samples.with_key(samples.erased(number=samples.number_of(samples.KEY, 9), evidence=(bound,)), "ab" * 32)
    filed(folder, "nine", record)
    (folder / record.number).mkdir()
    (folder / record.number / "receipt.pdf").write_bytes(receipt)
    ran = auditor("audit", folder, "--json")
    assert ran.code == 0 and rows(ran, "not-audited")["receipt.pdf"]["why"] == "evidence"
    (folder / record.number / "receipt.pdf").write_bytes(receipt + b"!")
    ran = auditor("audit", folder, "--json")
    assert ran.code == 6 and rows(ran, "audit")["nine.json"]["failed"] == [11]


def test_evidence_without_end_keeps_nobody_waiting(auditor: Eraser, folder: Path) -> None:
    """Eight terabytes of nothing, what the kernel has to say, a pipe, and a device: each is not the evidence, and that is known at once."""
    names = ("huge.bin", "kernel.bin", "pipe.bin", "zero.bin")
    sizes = (8 << 40, 10, 10, 10)
    bound = tuple(
        Evidence(name, "application/octet-stream", size, "ab" * 32) for name, size in zip(names, sizes, strict=True)
    )
    filed(
        folder,
        "many",
        samples.with_key(samples.erased(number=samples.number_of(samples.KEY, 9), evidence=bound), "ab" * 32),
    )
    with (folder / "huge.bin").open("wb") as huge:
        huge.truncate(8 << 40)
    (folder / "kernel.bin").symlink_to("/proc/kmsg")
    os.mkfifo(folder / "pipe.bin")
    (folder / "zero.bin").symlink_to("/dev/zero")
    (folder / "kernel.pdf").symlink_to("/proc/kmsg")
    (folder / "zero.pdf").symlink_to("/dev/zero")
    ran = auditor("audit", folder, "--json", seconds=120)
    failed = {name: row["failed"] for name, row in rows(ran, "audit").items()}
    expected = {"good.pdf": [], "kernel.pdf": [1], "many.json": [11], "zero.pdf": [1]}
    if not os.access("/proc/kmsg", os.R_OK):  # an ordinary user can't tell what kernel.bin is, so it may be a paper
        expected["kernel.bin"] = [1]
    assert ran.code == 6 and failed == expected
    assert "a device, no regular file" in str(
        rows(auditor("audit", folder, "--json", "--lang", "en"), "audit")["zero.pdf"]["messages"]
    )


def test_what_lies_beside_without_end_keeps_nobody_waiting_either(
    auditor: Eraser, folder: Path, erased: Issued
) -> None:
    """A signature, a proof, a statement, a key, a record: what is there and can't be read is as good as altered."""
    (folder / "good.json").symlink_to("/proc/kmsg")
    os.mkfifo(folder / "good.sig")
    (folder / "good.proof").symlink_to("/dev/zero")
    os.mkfifo(folder / "x.endorsement.json")
    (folder / "y.retirement.json").symlink_to("/dev/zero")
    (folder / "station.pem").symlink_to("good.sig")
    ran = auditor("audit", folder, "--json", seconds=60)
    assert ran.code == 6 and rows(ran, "audit")["good.pdf"]["failed"] == [4, 14], ran.out + ran.err
    for option in ("--key", "--policy"):
        ran = auditor("audit", folder / "good.pdf", option, folder / "good.sig", seconds=60)
        assert ran.code in (1, 2) and "Traceback" not in ran.err, (option, ran.err)


def test_a_folder_that_is_deeper_than_python(auditor: Eraser, folder: Path, erased: Issued) -> None:
    (folder / "x.bak").write_bytes(forged(erased))
    deep = "os.mkdir('d'); os.chdir('d')"
    code = f"import os; os.chdir({str(folder)!r})\nfor _ in range(1500): {deep}\nos.rename({str(folder / 'x.bak')!r}, 'x.bak')"
    try:
        subprocess.run([sys.executable, "-c", code], check=True)
        ran = auditor("audit", folder, "--json")
    finally:  # pytest can't remove it either
        subprocess.run(["rm", "-rf", folder / "d"], check=True)
    assert ran.code == 6 and [Path(row["file"]).name for row in ran.lines if not row["authentic"]] == ["x.bak"]


def test_a_folder_that_cannot_be_read_is_not_passed_over(auditor: Eraser, folder: Path) -> None:
    """As everybody but root finds it."""
    from certificates.audit import folder as folders

    closed = folder / "closed"
    closed.mkdir()
    if os.geteuid() == 0:
        code = (
            "import os, sys; from pathlib import Path; from certificates.audit import folder\n"
            f"os.seteuid(65534); print([p.path.name for p in folder.find(Path({str(folder)!r}))])"
        )
        closed.chmod(0)
        open_to_others(folder)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout.strip() == "['good.pdf', 'closed']", done.stderr
    else:
        closed.chmod(0)
        assert [each.path.name for each in folders.find(folder)] == ["good.pdf", "closed"]
    closed.chmod(0o700)


def test_two_copies_beside_that_differ_are_told(auditor: Eraser, folder: Path, erased: Issued) -> None:
    (folder / "good.json").write_bytes(erased.json)
    (folder / "good.JSON").write_bytes(erased.json.replace(b"keyed", b"kezed"))
    ran = auditor("audit", folder, "--json")
    assert ran.code == 6 and rows(ran, "audit")["good.pdf"]["failed"] == [4]


def test_records_and_pages_that_nest_without_end(auditor: Eraser, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "deep.json").write_bytes(b'{"schema":"eraser/record/1","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    (folder / "deep.sig").write_bytes(bytes(64))
    pages = b"%PDF-1.7\n1 0 obj\n<</Names 2 0 R>>\nendobj\n2 0 obj\n<</EmbeddedFiles 3 0 R>>\nendobj\n"
    pages += b"3 0 obj\n<</Kids [3 0 R 3 0 R]>>\nendobj\n"
    (folder / "loop.pdf").write_bytes(pages + b"trailer\n<</Root 1 0 R>>\n%%EOF")
    (folder / "deep.pdf").write_bytes(
        b"%PDF-1.7\n1 0 obj\n" + b"[" * 50_000 + b"]" * 50_000 + b"\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF"
    )
    ran = auditor("audit", folder, "--json", seconds=120)
    assert ran.code == 6 and len(rows(ran, "audit")) == 2 and not any(row["authentic"] for row in ran.lines)


def test_a_certificate_that_was_bound_is_not_hidden_as_evidence(auditor: Eraser, folder: Path, erased: Issued) -> None:
    """Whatever is authentic counts, also if another paper binds it."""
    bound = Evidence("good.pdf", "application/pdf", len(erased.pdf), canonical.digest(erased.pdf))
    record = samples.with_key(samples.erased(number=samples.number_of(samples.KEY, 9), evidence=(bound,)), "ab" * 32)
    filed(folder, "nine", msgspec.structs.replace(record))
    ran = auditor("audit", folder, "--json")
    assert ran.code == 0 and sorted(rows(ran, "audit")) == ["good.pdf", "nine.json"]
