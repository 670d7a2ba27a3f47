"""An error names the first cause: the medium comes before what was said about it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from eraser.commands import wipe
from tests.conftest import LoopDiskFactory
from tests.lab.command import Eraser

MiB = 1 << 20


@pytest.fixture
def image(tmp_path: Path) -> Path:
    file = tmp_path / "practice.img"
    file.write_bytes(b"precious" * (MiB // 8))
    return file


def test_a_missing_device_is_missing_whatever_else_was_said(eraser: Eraser, image: Path, tmp_path: Path) -> None:
    for target, word in (
        ("/dev/loop999", "There is no device /dev/loop999"),
        (tmp_path / "nothing", "nothing"),
        (tmp_path, "is not a block device"),
        ("/dev/null", "is not a block device"),
        (image, "is not a block device"),
    ):
        ran = eraser("wipe", target, "--confirm", "x", "--asset-tag", "y=K-1", "--policy", "no-such")
        assert ran.code == 5, (target, ran.err)
        assert word in ran.err and "--confirm" not in ran.err and "no-such" not in ran.err
    assert "--image" in eraser("wipe", image, "--confirm", "x").err, "how an image file is named"


def test_a_device_or_a_folder_is_no_image(eraser: Eraser, tmp_path: Path) -> None:
    for target in ("/dev/null", tmp_path):
        ran = eraser("wipe", "--image", target, "--confirm", "x")
        assert ran.code == 5 and "regular file" in ran.err, ran.err


def test_one_missing_of_several_is_named_and_nothing_is_written(eraser: Eraser, image: Path) -> None:
    before = image.read_bytes()
    gone = [str(image.with_name(name)) for name in ("gone1.img", "gone2.img")]
    words = ("--confirm", image.name, "--confirm", "gone1.img", "--json")
    ran = eraser("wipe", "--image", image, *gone, *words)
    assert ran.code == 5
    assert [event["target"] for event in ran.of("refused")] == gone
    assert image.read_bytes() == before


def test_one_file_under_two_names_is_refused_once(eraser: Eraser, image: Path, tmp_path: Path) -> None:
    linked, hard = tmp_path / "linked.img", tmp_path / "hard.img"
    linked.symlink_to(image)
    hard.hardlink_to(image)
    before = image.read_bytes()
    for other in (linked, hard, tmp_path / "." / ".." / tmp_path.name / image.name):
        ran = eraser("wipe", "--image", image, other, "--confirm", image.name)
        assert ran.code == 2
        assert f"{other} is the same medium as {image}" in ran.err
    assert image.read_bytes() == before


@pytest.mark.loop
def test_one_disk_under_two_names_is_refused_once(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    disk = loop_disk(MiB)
    by_id = tmp_path / "by-id"
    by_id.symlink_to(disk.node)
    ran = eraser("wipe", by_id, disk.node, "--confirm", "x")
    assert ran.code == 2
    assert f"{disk.node} is the same medium as {by_id}" in ran.err and "--confirm" not in ran.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_may_not_open_it_is_told_that_first() -> None:
    """Somebody else, who may go where the file is: in a process of his own, which has this one's modules."""
    with tempfile.TemporaryDirectory() as name:
        image = Path(name) / "practice.img"
        image.parent.chmod(0o755)
        image.write_bytes(b"precious" * (MiB // 8))
        for mode in (0o600, 0o644):
            image.chmod(mode)
            reading, writing = os.pipe()
            if (child := os.fork()) == 0:
                try:
                    os.setgroups([])
                    os.setgid(65534)
                    os.setuid(65534)
                    _, refused = wipe.looked_up((str(image),), image=True)
                    os.write(writing, " ".join(each.reason for each in refused).encode())
                finally:
                    os._exit(0)
            os.close(writing)
            os.waitpid(child, 0)
            with os.fdopen(reading) as pipe:
                assert pipe.read() == "refused.permission"
