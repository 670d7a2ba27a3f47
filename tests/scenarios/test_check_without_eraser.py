"""S12 without our code: the commands of docs/check-without-eraser.md, as they stand there, on a medium that was wiped."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import LoopDiskFactory
from tests.documented import CHECKING, snippet
from tests.lab.available import needs
from tests.lab.command import Eraser
from tests.lab.forked import ForkedEraser
from tests.lab.loop import LoopDisk

pytestmark = pytest.mark.loop
MiB = 1 << 20
SIZE = 24 * MiB
# Blocks of commands, by words that only one of them has.
ONE_MEBIBYTE, ALL, ZEROS = "skip=10", "0000000000 -in /dev/zero", "/dev/zero /dev/sdX"
THE_FORMAT, BESIDE_THE_FORMAT, THE_RECORD = "DIGEST", "-i 0:", "check.sig"


@pytest.fixture
def eraser(tmp_path: Path) -> Eraser:
    """Forked: most of what these tests would cost is starting Python."""
    return ForkedEraser(tmp_path / "station")


def says_the_same(words: str, disk: LoopDisk, folder: Path) -> bool:
    # What was written through another descriptor has to come from the medium, as after plugging it in again.
    subprocess.run(["blockdev", "--flushbufs", str(disk.node)], check=True)
    script = snippet(CHECKING, words).replace("/dev/sdX", str(disk.node))
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120)
    return done.returncode == 0 and done.stdout.splitlines()[-1:] == ["the same"]


def put_back(disk: LoopDisk, offset: int) -> None:
    with disk.node.open("r+b", buffering=0) as medium:
        os.pwrite(medium.fileno(), b"put back", offset)
        os.fsync(medium.fileno())


def unpacked(paper: Path, folder: Path) -> None:
    """The record and its papers, by their names."""
    needs("pdfdetach")
    for name in ("certificate", "check"):
        wanted = [f"{name}.json", f"{name}.sig", "station.pem"]
        for each in wanted:
            command = ["pdfdetach", "-savefile", each, "-o", str(folder / each), str(paper)]
            subprocess.run(command, check=False, capture_output=True)


def test_s12_stock_tools_confirm_the_medium_and_find_what_was_put_back(
    eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path
) -> None:
    disk = loop_disk(SIZE)
    unpacked(eraser.wipe(disk.node, "--method", "keyed").paper(".pdf"), tmp_path)
    for changed in (False, True):
        for words in (ONE_MEBIBYTE, ALL):
            assert says_the_same(words, disk, tmp_path) is not changed, words
        put_back(disk, 10 * MiB + 77)


def test_s12_stock_tools_confirm_zeros(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    disk = loop_disk(SIZE)
    unpacked(eraser.wipe(disk.node, "--method", "zero").paper(".pdf"), tmp_path)
    assert says_the_same(ZEROS, disk, tmp_path)
    put_back(disk, SIZE - 512)
    assert not says_the_same(ZEROS, disk, tmp_path)


@pytest.mark.tools("sfdisk", "mkfs.fat", "mkfs.exfat")
def test_s12_stock_tools_tell_a_format_from_the_rest(
    eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path
) -> None:
    disk = loop_disk(SIZE)
    unpacked(eraser.wipe(disk.node, "--method", "keyed", "--reformat", "exfat").paper(".pdf"), tmp_path)
    assert says_the_same(THE_FORMAT, disk, tmp_path) and says_the_same(BESIDE_THE_FORMAT, disk, tmp_path)
    put_back(disk, MiB + 65536)
    assert not says_the_same(THE_FORMAT, disk, tmp_path) and says_the_same(BESIDE_THE_FORMAT, disk, tmp_path)
    put_back(disk, 20 * MiB)
    assert not says_the_same(BESIDE_THE_FORMAT, disk, tmp_path)


def test_s12_stock_tools_confirm_the_record_of_a_check(
    eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path
) -> None:
    disk = loop_disk(MiB)
    paper = eraser.wipe(disk.node).paper(".pdf")
    ran = eraser("verify", disk.node, "--certificate", paper, "--json")
    own = next(file for file in ran.of("verification")[0]["papers"] if file.endswith(".pdf"))
    for file in (paper, own):
        unpacked(file, tmp_path)
    assert says_the_same(THE_RECORD, disk, tmp_path)
    (tmp_path / "certificate.json").write_bytes(b"{}")
    assert not says_the_same(THE_RECORD, disk, tmp_path)
