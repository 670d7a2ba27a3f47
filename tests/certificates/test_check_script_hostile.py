"""docs/check.sh on files made to do harm: refused with words, within bounds, and without a trace."""

from __future__ import annotations

import json
import os
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pikepdf import Pdf

from certificates import canonical
from certificates.page import render
from tests.certificates import other_keys, samples, special_points
from tests.certificates.carrying import bomb, carrying
from tests.certificates.samples import KEY, Issued
from tests.certificates.test_check_script import SCRIPT, TOOLS
from tests.certificates.test_documented_commands import CODE, JSON, PATHS, imitation

pytestmark = pytest.mark.tools(*TOOLS)


def check(
    folder: Path, pdf: bytes, *more: str, name: str = "C.pdf", shell: str = "sh"
) -> subprocess.CompletedProcess[str]:
    """Run in a folder of its own, its temporary files in another; after it both are as they were."""
    work, temporary = folder / "work", folder / "temporary"
    for each in (work, temporary):
        each.mkdir(exist_ok=True)
    (work / name).write_bytes(pdf)
    done = subprocess.run(
        [shell, SCRIPT, name, *more],
        cwd=work, env=os.environ | {"TMPDIR": str(temporary)}, capture_output=True, text=True, errors="replace", timeout=120,
    )  # fmt: skip
    assert [path.name for path in work.iterdir()] == [name] and list(temporary.iterdir()) == []
    (work / name).unlink()
    assert sorted(path.name for path in folder.iterdir()) == ["temporary", "work"], "something was written outside"
    assert "\x1b" not in done.stdout + done.stderr
    return done


def refused(folder: Path, pdf: bytes, *more: str, code: int = 6, shell: str = "sh") -> None:
    done = check(folder, pdf, *more, shell=shell)
    assert done.returncode == code, done.stdout + done.stderr
    assert "FAILED" in done.stderr or code != 6


def three(issued: Issued) -> list[tuple[str, bytes]]:
    return [("certificate.json", issued.json), ("certificate.sig", issued.signature), ("station.pem", issued.pem)]


@pytest.mark.parametrize("name", ["-x.pdf", "a b*\n$(touch canary).pdf", "ends with\n"])
def test_a_file_may_have_any_name(name: str, erased: Issued, tmp_path: Path) -> None:
    done = check(tmp_path, erased.pdf, KEY.key_id, name=name, shell="dash")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "told", [KEY.key_id[:16], KEY.key_id[:63], KEY.key_id + "0", "", "zz", "z" + KEY.key_id[1:], ".*"]
)
def test_a_part_of_a_fingerprint_confirms_nothing(told: str, erased: Issued, tmp_path: Path) -> None:
    refused(tmp_path, erased.pdf, told, code=2)


def test_a_fingerprint_may_stand_in_groups(erased: Issued, tmp_path: Path) -> None:
    groups = [KEY.key_id[at : at + 8].upper() for at in range(0, 64, 8)]
    for told in (groups, ["-".join(groups) + "\n"]):
        assert check(tmp_path, erased.pdf, *told, shell="bash").returncode == 0, told


@pytest.mark.parametrize("name", PATHS)
def test_no_attachment_is_unpacked_but_those_of_a_certificate(name: str, erased: Issued, tmp_path: Path) -> None:
    refused(tmp_path, carrying([(name, b"x"), *three(erased)], erased.pdf))


def test_attachments_that_are_twice_or_missing_or_too_many_are_refused(erased: Issued, tmp_path: Path) -> None:
    good = three(erased)
    many = [(f"photo-{number}.jpg", b"x") for number in range(10_000)]
    two_kinds = [*good, ("check.json", b"{}"), ("check.sig", bytes(64))]
    hidden = [("certificate.json\n2: certificate.sig\n3: station.pem", erased.json)]
    for files in ([*good, good[0]], [good[0], *good], good[:2], [], many, [*many, *good], two_kinds, hidden):
        refused(tmp_path, carrying(files, erased.pdf))


def test_what_unpacks_to_gigabytes_is_bounded(erased: Issued, tmp_path: Path) -> None:
    refused(tmp_path, carrying([bomb(), *three(erased)[1:]], erased.pdf))
    refused(tmp_path, carrying([*three(erased)[:2], bomb("station.pem")], erased.pdf))


def test_what_is_no_pdf_is_refused(erased: Issued, tmp_path: Path) -> None:
    objects = (
        b"%PDF-1.7\n"
        + b"".join(b"%d 0 obj\n<<>>\nendobj\n" % number for number in range(1, 20_001))
        + b"trailer\n<</Root 1 0 R>>\n"
    )
    for pdf in (b"", b"%PDF-1.7\n", bytes(1000), erased.pdf[:9000], objects, erased.pdf + bytes(32 << 20)):
        refused(tmp_path, pdf)
    (tmp_path / "work").mkdir(exist_ok=True)
    for path in ("/dev/zero", "/nonexistent", str(tmp_path), "-", ""):
        done = subprocess.run(["sh", SCRIPT, path], capture_output=True, timeout=30, stdin=subprocess.DEVNULL)
        assert done.returncode == 2 and done.stderr, path
    assert subprocess.run(["sh", SCRIPT], capture_output=True, timeout=30).returncode == 2


def made(
    record: Any = None, raw: bytes | None = None, pem: bytes | None = None, signature: bytes | None = None
) -> bytes:
    """A certificate as a careful forger makes it: whatever is exchanged, the page goes with the rest."""
    record = record or samples.erased()
    raw = canonical.encode(record) if raw is None else raw
    return render(record, raw, KEY.sign(raw) if signature is None else signature, pem or KEY.public_pem)


KEYS = {
    **other_keys.pems(KEY),
    **{n: special_points.pem_of_point(bytes.fromhex(p)) for n, p in special_points.EVERY.items()},
}


@pytest.mark.parametrize("name", KEYS)
def test_no_other_key_signs(name: str, erased: Issued, tmp_path: Path) -> None:
    files = [*three(erased)[:2], ("station.pem", KEYS[name])]
    refused(tmp_path, carrying(files, erased.pdf))


def test_a_key_that_imitates_the_issuers_is_refused(tmp_path: Path) -> None:
    private, pem, issuer = imitation()
    record = samples.erased()
    record = msgspec.structs.replace(record, station=msgspec.structs.replace(record.station, key_id=issuer.key_id))
    raw = canonical.encode(record)
    refused(tmp_path, made(record, raw, pem, private.sign(raw, padding.PKCS1v15(), hashes.SHA256())), issuer.key_id)


def test_a_point_that_signs_for_everybody_is_refused(tmp_path: Path) -> None:
    point = bytes.fromhex(special_points.SMALL_ORDER["1"])
    pem = special_points.pem_of_point(point)
    refused(tmp_path, made(pem=pem, signature=point + bytes(32)))


@pytest.mark.parametrize("name", JSON)
def test_json_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    content = JSON[name][: 20 << 20]
    files = [("certificate.json", content), ("certificate.sig", KEY.sign(content)), ("station.pem", KEY.public_pem)]
    refused(tmp_path, carrying(files))


@pytest.mark.parametrize("field", ["number", "outcome"])
def test_no_value_of_the_record_is_more_than_a_value(field: str, erased: Issued, tmp_path: Path) -> None:
    plain = json.loads(erased.json)
    values: tuple[Any, ...] = (
        *CODE,
        "-n",
        "../x",
        "%s%n",
        "\x1b[2J",
        "erased\n",
        ".*",
        "",
        1,
        None,
        [],
        {"a": 1},
        "x" * 100_000,
    )
    for value in values:
        raw = canonical.encode({**plain, field: value})
        files = [("certificate.json", raw), ("certificate.sig", KEY.sign(raw)), ("station.pem", KEY.public_pem)]
        refused(tmp_path, carrying(files, erased.pdf))


def test_a_page_without_the_digest_is_found_however_many_there_are(erased: Issued, tmp_path: Path) -> None:
    out = BytesIO()
    with Pdf.open(BytesIO(erased.pdf)) as pdf:
        pdf.add_blank_page()
        pdf.docinfo["/Title"] = "x\nPages: 1"
        pdf.save(out)
    refused(tmp_path, out.getvalue())
