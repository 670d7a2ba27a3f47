"""S12 without our code: the commands of docs/check-without-eraser.md, as they stand there, on a medium that was wiped."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import LoopDiskFactory
from tests.lab.command import Eraser
from tests.lab.loop import LoopDisk

pytestmark = pytest.mark.loop
MiB = 1 << 20
SIZE = 48 * MiB
PAGE = (Path(__file__).parents[2] / "docs/check-without-eraser.md").read_text(encoding="utf-8")
# Blocks of commands, by words that only one of them has.
ONE_MEBIBYTE, ALL, ZEROS = "skip=10", "0000000000 -in /dev/zero", "/dev/zero /dev/sdX"
THE_FORMAT, BESIDE_THE_FORMAT, THE_RECORD = "reformat.blake3", "-i 0:", "check.sig"


def commands(words: str) -> str:
    """The only block of commands that has these words."""
    section = PAGE[PAGE.index("## The medium") :]
    blocks = re.findall(r"(?:^    .*\n|(?<=\n)\n(?=    ))+", section, re.MULTILINE)
    (found,) = [block for block in blocks if words in block]
    return str(found)


def says_the_same(words: str, disk: LoopDisk, folder: Path) -> bool:
    # What was written through another descriptor has to come from the medium, as after plugging it in again.
    subprocess.run(["blockdev", "--flushbufs", str(disk.node)], check=True)
    script = commands(words).replace("/dev/sdX", str(disk.node))
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120)
    return done.returncode == 0 and done.stdout.splitlines()[-1:] == ["the same"]


def put_back(disk: LoopDisk, offset: int) -> None:
    with disk.node.open("r+b", buffering=0) as medium:
        os.pwrite(medium.fileno(), b"put back", offset)
        os.fsync(medium.fileno())


@pytest.mark.parametrize(
    ("arguments", "blocks", "changed"),
    [
        (("--method", "keyed"), (ONE_MEBIBYTE, ALL), 10 * MiB + 77),
        (("--method", "zero"), (ZEROS,), SIZE - 512),
        (("--method", "keyed", "--reformat", "fat32"), (ONE_MEBIBYTE, BESIDE_THE_FORMAT), 10 * MiB + 77),
        (("--method", "keyed", "--reformat", "exfat"), (THE_FORMAT,), MiB + 65536),
    ],
    ids=["keyed", "zeros", "formatted", "the format"],
)
def test_s12_stock_tools_confirm_the_medium_and_find_what_was_put_back(
    arguments: tuple[str, ...],
    blocks: tuple[str, ...],
    changed: int,
    eraser: Eraser,
    loop_disk: LoopDiskFactory,
    tmp_path: Path,
) -> None:
    disk = loop_disk(SIZE)
    paper = eraser.wipe(disk.node, *arguments).paper(".pdf")
    subprocess.run(["pdfdetach", "-saveall", "-o", str(tmp_path), str(paper)], check=True, capture_output=True)
    for words in blocks:
        assert says_the_same(words, disk, tmp_path), words
    put_back(disk, changed)
    for words in blocks:
        assert not says_the_same(words, disk, tmp_path), words


def test_s12_stock_tools_confirm_the_record_of_a_check(
    eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path
) -> None:
    disk = loop_disk(MiB)
    paper = eraser.wipe(disk.node).paper(".pdf")
    ran = eraser("verify", disk.node, "--certificate", paper, "--json")
    own = next(file for file in ran.of("verification")[0]["papers"] if file.endswith(".pdf"))
    for file in (paper, own):
        subprocess.run(["pdfdetach", "-saveall", "-o", str(tmp_path), str(file)], check=True, capture_output=True)
    assert says_the_same(THE_RECORD, disk, tmp_path)
    (tmp_path / "certificate.json").write_bytes(b"{}")
    assert not says_the_same(THE_RECORD, disk, tmp_path)
