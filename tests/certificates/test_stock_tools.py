"""The paper can be checked with tools that are not ours: pdfdetach, b3sum, openssl."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from certificates.page.frame import COMMANDS
from tests.certificates import samples
from tests.certificates.reading import pdftotext
from tests.certificates.samples import Issued
from tests.documented import DOCS

pytestmark = pytest.mark.tools("pdfdetach", "pdftotext", "pdftoppm", "b3sum", "openssl", "jq", "zbarimg")


def run(folder: Path, command: str) -> str:
    return subprocess.run(command.split(), cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_commands_on_the_paper_do_what_they_say(stick: Issued, tmp_path: Path) -> None:
    (tmp_path / "FILE.pdf").write_bytes(stick.pdf)
    _, script, digest = COMMANDS.format("certificate").split("  |  ")
    shutil.copy(DOCS / "check.sh", tmp_path)
    assert "the issuer's" in run(tmp_path, script.replace("FINGERPRINT", samples.KEY.key_id))
    run(tmp_path, "pdfdetach -savefile certificate.json FILE.pdf")
    printed = run(tmp_path, digest).split()[0]
    text = pdftotext(stick.pdf, tmp_path, "-layout")
    (line,) = (line for line in text.splitlines() if "BLAKE3 of certificate.json" in line)
    assert "".join(line.split("certificate.json")[1].split()[:8]) == printed


def test_the_fingerprint_on_the_paper_is_the_keys(stick: Issued, tmp_path: Path) -> None:
    (tmp_path / "station.pem").write_bytes(stick.pem)
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", tmp_path / "station.pem", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    text = pdftotext(stick.pdf, tmp_path, "-layout")
    (line,) = (line for line in text.splitlines() if "Station key, SHA-256" in line)
    assert "".join(line.split("SHA-256")[2].split()[:8]) == hashlib.sha256(der[-32:]).hexdigest()
