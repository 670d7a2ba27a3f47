"""What a check says, on paper and on the terminal, for every state of the medium and every standing of the certificate's issuer: what was
found, and no advice that does not follow from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates import check
from certificates.check import CheckRecord, Halt
from certificates.check_consistency import contradictions
from certificates.record import Finding
from certificates.values import LbaRange
from tests.certificates import checks, samples
from tests.certificates.reading import words
from tests.lab.command import Eraser, Ran

UNREAD = Finding("unreadable", LbaRange(64, 71), None)
PART = samples.full(samples.DISK, 1, bytes_compared=4096, complete=False, claim=None)
OTHER = msgspec.structs.replace(samples.DISK, serial="SMPL-OTHER-0001")
MEDIUM: dict[str, dict[str, Any]] = {
    "confirmed": {},
    "content": {"verification": samples.full(samples.DISK, 1, different_sectors=8, findings=(checks.FAR,), claim=None)},
    "unreadable": {
        "verification": samples.full(
            samples.DISK,
            1,
            unreadable_sectors=8,
            findings=(UNREAD,),
            claim=None,
            bytes_compared=samples.DISK.capacity_bytes - 4096,
        )
    },
    "other-medium": {"medium": OTHER},
    "stopped": {"verification": PART, "halt": Halt("ctrl-c", "")},
    "incomplete": {"verification": PART, "halt": Halt("device-vanished", "")},
}
ISSUER: dict[str, dict[str, bool]] = {
    "trusted": {"trusted": True},
    "unknown": {"trusted": False},
    "out-of-service": {"trusted": False, "out_of_service": True},
}
WRITTEN = "was written to since"
HOLDING = "holding data"


def record(medium: str, issuer: str) -> CheckRecord:
    standing = ISSUER[issuer]
    made = checks.of(
        samples.erased(languages=("en",)), trusted=standing["trusted"], **MEDIUM[medium], languages=("en",)
    )
    told = msgspec.structs.replace(made.certificate, out_of_service=standing.get("out_of_service", False))
    return check.named(msgspec.structs.replace(made, certificate=told))


@pytest.mark.parametrize("issuer", ISSUER)
@pytest.mark.parametrize("medium", MEDIUM)
def test_a_check_says_what_it_found_and_nothing_else(medium: str, issuer: str) -> None:
    made = record(medium, issuer)
    text = words(made)
    found = check.finding(made)
    assert not contradictions(made)
    if medium == "confirmed":
        assert found == ("confirmed" if issuer == "trusted" else "issuer")
    else:
        assert found == medium
    assert (WRITTEN in text) == (medium == "content")
    assert (HOLDING in text) == (medium in ("content", "unreadable", "other-medium"))
    assert ("CONTENT MATCHES, ISSUER NOT CONFIRMED" in text) == (medium == "confirmed" and issuer != "trusted")
    assert ("NOT CONFIRMED" in text) == (made.outcome == "not-confirmed")
    assert ("who issued it is unknown" in text) == (issuer == "unknown")
    assert ("was not in service" in text) == (issuer == "out-of-service")
    assert check.exit_code(made) == {"stopped": 130, "incomplete": 1}.get(medium, 0 if found == "confirmed" else 6)


def verified(eraser: Eraser, image: Path, paper: Path, *more: object) -> Ran:
    return eraser("verify", image, "--certificate", paper, "--lang", "en", *more)


def test_a_medium_that_matches_a_strangers_certificate_is_not_said_to_hold_data(tmp_path: Path) -> None:
    image = tmp_path / "stick.img"
    image.write_bytes(os.urandom(4 << 20))
    issuer, stranger = Eraser(tmp_path / "issuer"), Eraser(tmp_path / "stranger")
    paper = issuer("wipe", "--image", image, "--confirm", image.name, "--json").paper(".pdf")
    ran = verified(stranger, image, paper)
    assert ran.code == 6
    assert "holds what certificate" in ran.out and "nothing different" in ran.out
    assert WRITTEN not in ran.out and HOLDING not in ran.out and "key trust" in ran.out
    image.write_bytes(bytes(4096) + image.read_bytes()[4096:])
    ran = verified(stranger, image, paper)
    assert ran.code == 6 and WRITTEN in ran.out and HOLDING in ran.out
    assert "who issued it is unknown" in ran.out
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(paper.read_bytes().replace(b"%PDF", b"%PDX", 1))
    ran = verified(stranger, image, altered)
    assert ran.code == 6 and HOLDING not in ran.out + ran.err and "Nothing speaks against" not in ran.out
