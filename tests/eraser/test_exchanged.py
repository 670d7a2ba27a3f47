"""The medium that was looked at first is the one that is wiped: whatever takes its place while a prompt waits is refused, untouched."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from certificates.errors import Environment, Refused
from eraser import checking, devices, inspecting
from eraser.target import Target
from tests.conftest import LoopDiskFactory
from tests.eraser.test_terminal import at_a_terminal
from tests.lab.command import Eraser
from tests.lab.loop import LoopDisk
from tests.lab.wait import until
from verifier.faults import MediumGone

MiB = 1 << 20
PASSPHRASE = "見本の合言葉"


@pytest.fixture
def locked(eraser: Eraser, tmp_path: Path) -> Eraser:
    """A station whose key asks for a passphrase at the terminal."""
    secret = tmp_path / "secret"
    secret.write_text(PASSPHRASE)
    secret.chmod(0o600)
    knowing = Eraser(eraser.home)
    knowing.environment = dict(knowing.environment) | {"ERASER_KEY_PASSPHRASE_FILE": str(secret)}
    assert knowing("key", "create", "--passphrase").code == 0
    return eraser


def precious(file: Path, size: int) -> bytes:
    content = b"precious" * (size // 8)
    file.write_bytes(content)
    return content


def exchange(disk: LoopDisk, other: Path) -> None:
    """Another file behind the same node, as another stick gets the node of the one that was pulled."""
    subprocess.run(["losetup", "--detach", disk.node], check=True, timeout=30)
    backing = Path(f"/sys/block/{disk.node.name}/loop/backing_file")
    until(lambda: not backing.exists(), f"{disk.node} to be free")
    subprocess.run(["losetup", "--direct-io=on", disk.node, other], check=True, timeout=30)


@pytest.mark.loop
@pytest.mark.parametrize("size", [16 * MiB, 48 * MiB])
@pytest.mark.parametrize("asked_for", ["identity", "passphrase"])
def test_a_disk_that_is_exchanged_while_a_prompt_waits(
    asked_for: str, size: int, locked: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path
) -> None:
    disk = loop_disk(tmp_path / "first.img") if precious(tmp_path / "first.img", 16 * MiB) else None
    assert disk is not None
    other = tmp_path / "other.img"
    before = precious(other, size)
    confirm = locked.confirm(disk.node)
    asked, typed, prompt = ("--confirm", confirm), PASSPHRASE, "assphrase"
    if asked_for == "identity":
        locked.environment = dict(locked.environment) | {"ERASER_KEY_PASSPHRASE_FILE": str(tmp_path / "secret")}
        asked, typed, prompt = (), confirm, "go on: "  # type: ignore[assignment]
    code, shown = at_a_terminal(
        locked, "wipe", disk.node, *asked, typed=typed, prompt=prompt, meanwhile=lambda: exchange(disk, other)
    )
    assert code == 5, shown
    assert "no longer the medium that was listed" in shown
    assert other.read_bytes() == before and disk.backing.read_bytes() == before[: 16 * MiB]
    assert [line for line in locked("ledger", "show", "--json").lines if line["type"] == "started"] == []
    exchange(disk, disk.backing)  # so that it can be detached as it was attached


def replaced(image: Path) -> None:
    other = image.with_name("other")
    other.write_bytes(image.read_bytes())
    other.rename(image)


def made_anew(image: Path) -> None:
    content = image.read_bytes()
    image.unlink()
    image.write_bytes(content)


def grown(image: Path) -> None:
    os.truncate(image, image.stat().st_size + 4096)


def cut(image: Path) -> None:
    os.truncate(image, image.stat().st_size - 4096)


def written_to(image: Path) -> None:
    with image.open("r+b") as file:
        file.write(b"something new")


def gone(image: Path) -> None:
    image.rename(image.with_name("elsewhere"))


def a_link(image: Path) -> None:
    other = image.with_name("other")
    image.rename(other)
    image.symlink_to(other)


@pytest.mark.parametrize("change", [replaced, made_anew, grown, cut, written_to, gone])
def test_an_image_that_is_another_one_when_the_identity_is_typed(
    change: Callable[[Path], None], eraser: Eraser, tmp_path: Path
) -> None:
    image = tmp_path / "practice.img"
    precious(image, MiB)
    code, shown = at_a_terminal(eraser, "wipe", "--image", image, typed=image.name, meanwhile=lambda: change(image))
    assert code == 5, shown
    for file in (image, tmp_path / "other", tmp_path / "elsewhere"):
        assert not file.exists() or b"precious" * 1000 in file.read_bytes()


def test_of_several_only_the_exchanged_one_is_refused(locked: Eraser, tmp_path: Path) -> None:
    first, second = tmp_path / "first.img", tmp_path / "second.img"
    precious(first, MiB)
    before = precious(second, MiB)
    code, shown = at_a_terminal(
        locked,
        *("wipe", "--image", first, second, "--confirm", first.name, "--confirm", second.name),
        typed=PASSPHRASE,
        prompt="assphrase",
        meanwhile=lambda: replaced(second),
    )
    assert code == 5, shown
    assert second.read_bytes() == before and b"precious" not in first.read_bytes()


@pytest.mark.parametrize("change", [replaced, made_anew, grown, cut, gone, a_link])
def test_reading_keeps_to_the_first_look_too(change: Callable[[Path], None], tmp_path: Path) -> None:
    """Checks and inspections: their papers name the medium that was looked at first."""
    image = tmp_path / "practice.img"
    precious(image, MiB)
    device = devices.image(str(image))
    change(image)
    if change is a_link:  # the same file under its name still
        checking.opened(image, device).close()
        return
    with pytest.raises((MediumGone, OSError)):
        checking.opened(image, device)
    with pytest.raises(Environment):
        inspecting.opened(image, device)


@pytest.mark.loop
def test_a_held_disk_is_the_one_that_was_looked_at(loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """The same file behind the same node, attached again, is another attachment: between them it may have been anywhere."""
    precious(tmp_path / "first.img", MiB)
    disk = loop_disk(tmp_path / "first.img")
    device = devices.at(str(disk.node))
    assert devices.again(device) == device
    exchange(disk, disk.backing)
    with pytest.raises(Refused, match="no longer the medium"):
        devices.again(device)
    with pytest.raises(Refused, match="no longer the medium"), Target(device):
        pytest.fail("held")
    with pytest.raises(MediumGone):
        checking.opened(disk.node, device)


@pytest.mark.loop
def test_a_loop_disk_that_was_moved_to_another_part_of_its_file(loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """The attachment and the size are the same, the bytes are others."""
    precious(tmp_path / "first.img", 2 * MiB)
    disk = loop_disk(tmp_path / "first.img")
    move(disk, 0, MiB)
    device = devices.at(str(disk.node))
    assert device.medium.capacity_bytes == MiB
    move(disk, MiB, MiB)
    with pytest.raises(Refused, match="no longer the medium"):
        devices.again(device)
    with pytest.raises(Refused, match="no longer the medium"), Target(device):
        pytest.fail("held")


def move(disk: LoopDisk, start: int, size: int) -> None:
    """Another part of the same file behind a loop disk that stays attached (LOOP_SET_STATUS64)."""
    with disk.node.open("rb") as opened:
        status = bytearray(fcntl.ioctl(opened, 0x4C05, bytes(232)))
        struct.pack_into("=QQ", status, 24, start, size)
        fcntl.ioctl(opened, 0x4C04, bytes(status))
