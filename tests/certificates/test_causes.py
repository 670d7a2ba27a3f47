"""Why something failed is told in words: no object in memory, no name of a class, no page of a library's, and never a dash for a path."""

from __future__ import annotations

import errno
import re
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, UnidentifiedImageError

from certificates import causes, language
from certificates.errors import Problem, Usage
from eraser import evidence
from tests.lab.command import Eraser
from verifier.faults import TooManyFaults

STRANGE = re.compile(r"<_?\w+\.|0x[0-9a-f]{6}|https?://|\b\w+(Error|Exception|Faults)\b|Traceback|object at")


def raised_by_pillow() -> Exception:
    try:
        Image.open(BytesIO(b"no picture"))
    except UnidentifiedImageError as error:
        return error
    raise AssertionError


ERRORS = [
    raised_by_pillow(),
    ValueError("Could not deserialize key data. See https://cryptography.io/en/latest/faq/#why for details."),
    OSError(errno.ENOSPC, "No space left on device", "/var/x"),
    OSError(),
    KeyError("never"),
    IndexError("list index out of range"),
    TypeError("'NoneType' object is not subscriptable"),
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    EOFError(),
    TooManyFaults(),
    ZeroDivisionError("division by zero"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    Exception("PdfReadError: <pypdf.generic._base.IndirectObject object at 0x7f12ab34cd56> is missing"),
    Usage("usage.who"),
    Problem("internal", detail="x"),
]


@pytest.mark.parametrize("lang", language.LANGUAGES)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_cause_is_words(error: BaseException, lang: language.Language) -> None:
    language.choose(lang)
    try:
        said = causes.in_words(error)
    finally:
        language.choose(None)
    assert len(said) > 3 and not STRANGE.search(said)


def test_a_file_that_is_no_picture_is_told_without_what_was_in_memory(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"\xff\xd8\xff no picture")
    with pytest.raises(Usage) as raised:
        evidence.gathered((str(tmp_path / "x.jpg"),), ())
    told = raised.value.message()
    assert str(tmp_path / "x.jpg") in told and not STRANGE.search(told)


def test_a_key_that_is_none_is_told_without_a_librarys_pages(tmp_path: Path) -> None:
    (tmp_path / "k.pem").write_text("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    ran = Eraser(tmp_path / "home")("key", "trust", tmp_path / "k.pem", "--fingerprint", "0" * 64)
    assert ran.code == 2 and not STRANGE.search(ran.err) and str(tmp_path / "k.pem") in ran.err
    home = tmp_path / "broken"
    home.mkdir(mode=0o700)
    (home / "station.key").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    (home / "station.key").chmod(0o600)
    ran = Eraser(home)("custody", "receive", "--serial", "SN-0001", "--person", "A")
    assert ran.code == 1 and not STRANGE.search(ran.err) and "station.key" in ran.err


def test_an_error_without_a_path_does_not_speak_of_a_dash(tmp_path: Path) -> None:
    """A full disk behind standard output has no name."""
    eraser = Eraser(tmp_path / "home")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            eraser.command("policies", "--json"), env=eraser.environment, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert "- can" not in done.stderr and not STRANGE.search(done.stderr)
