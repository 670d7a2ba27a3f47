"""Without udev's library the kernel alone tells of media. Run in a mount namespace of its own that hides the library."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.conftest import LoopDiskFactory
from tests.lab.command import Eraser, Ran

MiB = 1 << 20
pytestmark = [pytest.mark.loop, pytest.mark.skipif(os.geteuid() != 0, reason="only root can hide a library")]


def libraries() -> list[str]:
    """Every place where the loader would find it."""
    told = subprocess.run(["ldconfig", "-p"], check=True, capture_output=True, text=True, timeout=30).stdout
    return sorted({line.split()[-1] for line in told.splitlines() if "libudev.so" in line})


def hidden(eraser: Eraser, how: str, *arguments: object) -> Ran:
    places = {"not loadable": libraries(), "not known to the loader": ["/etc/ld.so.cache"], "not at all": []}[how]
    hide = " && ".join(f"mount --bind /dev/null {shlex.quote(str(Path(place).resolve()))}" for place in places)
    command = f"{hide or 'true'} && exec {shlex.join(eraser.command(*arguments))}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", command],
        env=eraser.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("how", ["not loadable", "not known to the loader"])
def test_media_are_listed_and_doctor_says_what_is_missing(how: str, eraser: Eraser, loop_disk: LoopDiskFactory) -> None:
    disk = loop_disk(MiB)
    listed = hidden(eraser, how, "devices", "--json")
    assert listed.code == 0, listed.err
    (row,) = [row for row in listed.lines if row["node"] == str(disk.node)]
    # In a mount namespace too: below a chroot, the kernel tells a loop disk's file by another path there.
    with_udev = hidden(eraser, "not at all", "devices", "--json").lines
    assert row == next(row for row in with_udev if row["node"] == str(disk.node))
    told = hidden(eraser, how, "doctor", "--json")
    (check,) = [line for line in told.lines if line["name"] == "libudev"]
    assert (check["ok"], check["needed"], check["mend"]) == (False, False, "apt install libudev1")
    assert told.code == 0 and "Traceback" not in told.err


def test_a_disk_is_wiped_and_checked(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    image.write_bytes(b"precious" * (MiB // 8))
    disk = loop_disk(image)
    ran = hidden(eraser, "not loadable", "wipe", disk.node, "--confirm", eraser.confirm(disk.node), "--json")
    assert ran.code == 0, ran.err
    assert b"precious" not in image.read_bytes()
    paper = ran.paper(".json")
    assert hidden(eraser, "not loadable", "verify", disk.node, "--certificate", paper).code == 0
    assert json.loads(paper.read_bytes())["medium"]["node"] == str(disk.node)
