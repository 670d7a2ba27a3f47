"""docs/check.sh confirms a certificate without our code, and refuses what was changed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates import canonical
from certificates.page import render
from tests.certificates import checks, inspections, samples
from tests.certificates.samples import Issued

SCRIPT = Path(__file__).parents[2] / "docs" / "check.sh"
TOOLS = ("pdfdetach", "pdftotext", "pdftoppm", "b3sum", "openssl", "jq", "zbarimg", "dash", "bash")
pytestmark = pytest.mark.tools(*TOOLS)


def check(pdf: bytes, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "C.pdf").write_bytes(pdf)
    return subprocess.run(["sh", SCRIPT, folder / "C.pdf", *more], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("outcome", ["erased-with-exceptions", "not-erased"])
def test_a_certificate_is_confirmed(outcome: str, tmp_path: Path) -> None:
    issued = samples.issue(samples.OUTCOMES[outcome]())
    done = check(issued.pdf, tmp_path, samples.KEY.key_id.upper())
    assert done.returncode == 0, done.stdout + done.stderr
    assert issued.record.outcome in done.stdout and "the issuer's" in done.stdout
    assert "NOT compared" in done.stdout.splitlines()[-1], "another page with this record in it passes, too"


@pytest.mark.parametrize("make", [checks.confirmed, inspections.with_files])
def test_so_are_the_records_of_a_check_and_of_an_inspection(make: Callable[[], Any], tmp_path: Path) -> None:
    issued = samples.issue(make())
    done = check(issued.pdf, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert issued.record.outcome in done.stdout


CHANGED: dict[str, Callable[[Issued], bytes]] = {
    "attachments": lambda made: made.pdf.replace(b"(station.pem)", b"(station.pen)"),
    "signature": lambda made: made.pdf.replace(b"SMPL-WX31A80K7742", b"SMPL-WX31A80K7743"),
    "key": lambda made: render(
        made.record,
        (raw := canonical.encode(msgspec.structs.replace(made.record, station=_other(made)))),
        samples.KEY.sign(raw),
        made.pem,
    ),
    "page": lambda made: made.pdf.replace(made.json, _renamed(made)).replace(
        made.signature, samples.KEY.sign(_renamed(made))
    ),
}


def _other(made: Issued) -> object:
    return msgspec.structs.replace(made.record.station, key_id="ab" * 32)


def _renamed(made: Issued) -> bytes:
    return made.json.replace(b"SMPL-WX31A80K7742", b"SMPL-WX31A80K7743")


@pytest.mark.parametrize("what", CHANGED)
def test_what_was_changed_is_refused(what: str, erased: Issued, tmp_path: Path) -> None:
    done = check(CHANGED[what](erased), tmp_path)
    assert done.returncode == 6, done.stdout + done.stderr
    assert done.stderr.startswith(what)


def test_another_key_than_the_issuers_is_refused(erased: Issued, tmp_path: Path) -> None:
    assert check(erased.pdf, tmp_path, "00" * 32).returncode == 6
