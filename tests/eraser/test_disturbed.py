"""Somebody else at the medium while it is wiped: who reads is harmless, who writes, or could, spoils the proof and is named."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LoopDiskFactory, LyingDriveFactory
from tests.lab.command import Eraser
from tests.lab.loop import loop_disk as attached
from tests.lab.wait import until

pytestmark = pytest.mark.loop
MiB = 1 << 20
SIZE = 8 * MiB


def begun(eraser: Eraser, node: Path) -> "subprocess.Popen[str]":
    """A wipe that has written everything and begins to read it back, at one MiB a second."""
    words = ("wipe", node, "--confirm", eraser.confirm(node), "--json", "--method", "keyed", "--rate", "1M")
    running = eraser.start(*words)
    assert running.stdout is not None
    line = ""
    while '"type":"phase"' not in line or '"phase":"write"' not in line:
        line = running.stdout.readline()
        assert line, running.communicate()
    return running


def read_so_far(node: Path) -> int:
    return int(Path(f"/sys/class/block/{node.name}/stat").read_text().split()[2]) * 512


def ended(running: "subprocess.Popen[str]") -> tuple[dict[str, Any], dict[str, Any]]:
    """The end of the job, and its record."""
    out, _ = running.communicate(timeout=120)
    (event,) = [json.loads(line) for line in out.splitlines() if '"job-ended"' in line]
    files: list[str] = event["files"]
    record = json.loads(Path(next(file for file in files if file.endswith(".json"))).read_bytes())
    return event, record


def interruption(record: dict[str, Any]) -> dict[str, str]:
    """The only one."""
    interruptions: list[dict[str, str]] = record["interruptions"]
    assert len(interruptions) == 1, interruptions
    return interruptions[0]


def test_a_process_that_opens_the_disk_for_writing_meanwhile_and_stays(
    eraser: Eraser, loop_disk: LoopDiskFactory
) -> None:
    """Not erased; the record names it; and when it is gone, resuming verifies again."""
    disk = loop_disk(SIZE)
    running = begun(eraser, disk.node)
    with disk.node.open("r+b", buffering=0):
        event, record = ended(running)
    assert (event["outcome"], event["exit_code"]) == ("not-erased", 4)
    told = interruption(record)
    assert told["cause"] == "in-use" and f"({os.getpid()})" in told["detail"] and disk.node.name in told["detail"]
    assert event["resumable"]
    ran = eraser("resume", "--json")
    assert ran.code == 0, ran.out + ran.err


def test_a_write_behind_the_verification_by_a_process_that_is_gone_again(
    eraser: Eraser, loop_disk: LoopDiskFactory
) -> None:
    """The kernel counts what is written to a disk, by whatever way."""
    disk = loop_disk(SIZE)
    running = begun(eraser, disk.node)
    start = read_so_far(disk.node)
    until(lambda: read_so_far(disk.node) > start + 3 * MiB, "the verification to be under way", 60)
    descriptor = os.open(disk.node, os.O_RDWR | os.O_SYNC)
    os.pwrite(descriptor, b"SECRET" * 100, 0)
    os.close(descriptor)
    event, record = ended(running)
    assert event["outcome"] == "not-erased"
    assert interruption(record)["cause"] == "in-use"


def test_a_write_to_the_file_of_a_loop_disk_behind_the_verification(eraser: Eraser, loop_disk: LoopDiskFactory) -> None:
    """Nothing counts that for the disk, and who wrote set the time of the last write back."""
    disk = loop_disk(SIZE)
    running = begun(eraser, disk.node)
    start = read_so_far(disk.node)
    until(lambda: read_so_far(disk.node) > start + 3 * MiB, "the verification to be under way", 60)
    before = disk.backing.stat()
    with disk.backing.open("r+b") as file:
        file.write(b"SECRET" * 100)
    os.utime(disk.backing, ns=(before.st_atime_ns, before.st_mtime_ns))
    event, record = ended(running)
    assert event["outcome"] == "not-erased"
    assert interruption(record)["cause"] == "in-use"


def test_a_reader_that_comes_meanwhile_spoils_nothing(eraser: Eraser, loop_disk: LoopDiskFactory) -> None:
    disk = loop_disk(SIZE)
    running = begun(eraser, disk.node)
    with disk.node.open("rb", buffering=0) as reader:
        assert reader.read(4096)
        event, record = ended(running)
    assert event["outcome"] == "erased" and record["interruptions"] == []


def test_a_process_that_writes_to_an_image_meanwhile(eraser: Eraser, tmp_path: Path) -> None:
    image = tmp_path / "image.img"
    image.write_bytes(bytes(SIZE))
    words = ("wipe", "--image", image, "--confirm", image.name, "--json", "--method", "keyed", "--rate", "1M")
    running = eraser.start(*words)
    assert running.stdout is not None
    while '"phase":"write"' not in running.stdout.readline():
        assert running.poll() is None
    with image.open("r+b"):
        event, record = ended(running)
    assert event["outcome"] == "not-erased" and interruption(record)["cause"] == "in-use"


@pytest.mark.nbd
def test_a_loop_disk_that_would_answer_from_the_cache_of_its_file(
    eraser: Eraser, lying_drive: LyingDriveFactory
) -> None:
    """The drive below keeps nothing; only the cache of this machine would say that it does."""
    drive = lying_drive("ignores-writes", size=SIZE, direct=False)
    dio = Path(f"/sys/class/block/{drive.node.name}/loop/dio")
    assert dio.read_text().strip() == "0"
    ran = eraser.wipe(drive.node, "--method", "keyed")
    assert ran.code in (4, 5) and '"erased"' not in ran.out, ran.out
    assert eraser("inspect", drive.node, "--json").code in (0, 3, 4)


def test_a_loop_disk_in_memory_needs_no_way_past_a_cache(eraser: Eraser, tmp_path: Path) -> None:
    place = tmp_path / "memory"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True, timeout=30)
    try:
        (place / "disk.img").write_bytes(bytes(4 * MiB))
        with attached(place / "disk.img", direct=False) as disk:
            ran = eraser.wipe(disk.node, "--method", "keyed")
            assert ran.code == 0, ran.out + ran.err
    finally:
        subprocess.run(["umount", place], check=True, timeout=30)
