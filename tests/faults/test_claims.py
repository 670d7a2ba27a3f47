"""What is said when something was not done, not compared, or lost on the way: never more than is true."""

import shutil
import subprocess
from pathlib import Path

import pytest

from certificates.errors import Environment
from certificates.ledger import Ledger
from tests.certificates.samples import IMAGE as MEDIUM
from tests.certificates.test_ledger import NOW
from tests.conftest import LoopDiskFactory, LyingDriveFactory
from tests.faults.test_resume import written
from tests.lab.command import Eraser

pytestmark = [pytest.mark.nbd, pytest.mark.loop]
MiB = 1 << 20


def begun(eraser: Eraser, image: Path, rate: str) -> subprocess.Popen[str]:
    """A wipe of an image that takes some seconds and has its number."""
    asked = ("--image", image, "--confirm", image.name, "--json", "--method", "keyed", "--rate", rate)
    running = eraser.start("wipe", *asked)
    assert running.stdout is not None
    assert '"job-started"' in running.stdout.readline()
    return running


def test_verify_claims_nothing_about_sectors_that_it_did_not_compare(
    eraser: Eraser, lying_drive: LyingDriveFactory
) -> None:
    drive = lying_drive("bad-spots", size=8 * MiB, spots=[(MiB, 65536)], fails="writes")
    drive.backing.write_bytes(b"SECRET!!" * MiB)
    wiped = eraser.wipe(drive.node, "--method", "keyed")
    assert wiped.code == 3
    for plan in ("full", "nist-r1"):
        ran = eraser("verify", drive.node, "--certificate", wiped.paper(".pdf"), "--verify", plan)
        assert ran.code == 3, ran.err
        assert "128 sectors" in ran.out and "were not compared" in ran.out
        assert "Every addressable byte" not in ran.out and "99 %" not in ran.out


def test_zeros_elsewhere_are_not_the_certificates_medium(
    eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path
) -> None:
    paper = eraser.wipe(loop_disk(MiB).node, "--method", "zero").paper(".pdf")
    other = loop_disk(MiB)
    copy = tmp_path / "copy.img"
    copy.write_bytes(bytes(MiB))
    for target in (other.node, copy):
        ran = eraser("verify", target, "--certificate", paper)
        assert ran.code == 6
        assert "NOT confirmed" in ran.out and "matches its certificate" not in ran.out


def test_a_ledger_that_vanished_during_a_job_is_no_success(eraser: Eraser, tmp_path: Path) -> None:
    image = tmp_path / "image.img"
    image.write_bytes(bytes(12 * 10**6))
    running = begun(eraser, image, "4M")
    for file in eraser.home.glob("ledger.sqlite*"):
        file.unlink()
    out, _ = running.communicate(timeout=120)
    assert running.returncode == 1, out
    assert "ledger" in out
    # And nobody gets the same number again.
    assert eraser("wipe", "--image", image, "--confirm", image.name, "--json").code == 1
    assert eraser("ledger", "verify").code == 7


def test_an_image_replaced_under_its_name_is_not_certified(eraser: Eraser, tmp_path: Path) -> None:
    image, other = tmp_path / "image.img", tmp_path / "other.img"
    image.write_bytes(bytes(12 * 10**6))
    other.write_bytes(b"SECRET DATA!" * 10**6)
    running = begun(eraser, image, "4M")
    shutil.move(other, image)
    out, _ = running.communicate(timeout=120)
    assert running.returncode == 4, out
    assert '"outcome":"not-erased"' in out and '"cause":"device-replaced"' in out


def test_an_image_that_grew_meanwhile_is_not_certified_and_the_user_hears_why(eraser: Eraser, tmp_path: Path) -> None:
    image = tmp_path / "image.img"
    image.write_bytes(bytes(8 * 10**6))
    running = begun(eraser, image, "8M")
    with image.open("ab") as file:
        file.write(b"NEW")
    out, _ = running.communicate(timeout=120)
    assert running.returncode == 4, out
    assert '"outcome":"not-erased"' in out and "size: 8000000 -> 8000003" in out


def test_the_end_goes_into_the_ledger_of_the_start(tmp_path: Path) -> None:
    book, other = Ledger(tmp_path / "one.sqlite", "A"), Ledger(tmp_path / "two.sqlite", "A")
    entry = book.start(NOW, MEDIUM, "keyed")
    other.start(NOW.replace("10:", "11:"), MEDIUM, "zero")
    for wrong in (other, Ledger(tmp_path / "none.sqlite", "A")):
        with pytest.raises(Environment):
            wrong.end(entry, NOW, "erased", "ab" * 32, "cd" * 64)
    assert not (tmp_path / "none.sqlite").exists()


@pytest.mark.tools("sfdisk", "mkfs.fat", "mkfs.exfat")
def test_a_format_that_fails_is_told_and_changes_nothing_of_the_erasure(
    eraser: Eraser, lying_drive: LyingDriveFactory
) -> None:
    """The drive dies while the file system is written to it."""
    size = 24 * MiB
    first = lying_drive("honest", size=size)
    before = written(first.node)
    assert eraser.wipe(first.node, "--method", "keyed").code == 0
    needed = written(first.node) - before
    # The places of the challenge are drawn: a few blocks more or less are written each time. A format writes two MiB.
    drive = lying_drive("dies", size=size, after=needed + MiB)
    ran = eraser.wipe(drive.node, "--method", "keyed", "--reformat", "exfat")
    assert ran.code == 1, ran.out + ran.err
    assert ran.job["outcome"] == ran.record["outcome"] == "erased"
    (formatted,) = ran.of("formatted")
    assert not formatted["ok"] and formatted["detail"]
    assert eraser("audit", ran.paper(".pdf")).code == 0
    assert [line["ok"] for line in eraser("ledger", "show", "--json").lines if line["type"] == "reformatted"] == [False]


@pytest.mark.tools("sfdisk", "mkfs.fat", "mkfs.exfat")
def test_what_was_not_erased_is_not_made_ready_for_use(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("flips-bit", size=24 * MiB, at=5 * MiB)
    ran = eraser.wipe(drive.node, "--method", "keyed", "--reformat", "fat32")
    assert ran.code == 4 and ran.record["reformat"] is None
    assert not ran.of("formatted")[0]["ok"]
    assert drive.backing.read_bytes()[510:512] != b"\x55\xaa"
