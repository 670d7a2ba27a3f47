"""Two paths to one disk, character nodes, and what the kernel does with a disk for others: none of it shows at the node that is asked."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.lab.command import Ran
from tests.lab.forked import ForkedEraser
from tests.lab.loop import loop_disk
from tests.lab.usb import settle
from tests.lab.wait import until

pytestmark = pytest.mark.vm
MiB = 1 << 20
CONFIG = Path("/sys/kernel/config")


def run(*command: object) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (command, done.stdout, done.stderr)


def row_of(eraser: ForkedEraser, node: Path) -> dict[str, object]:
    return next(row for row in eraser("devices", "--json").lines if row["node"] == str(node))


def refused(ran: Ran, *words: str) -> None:
    assert ran.code == 5, ran.out + ran.err
    (event,) = ran.of("refused")
    for word in words:
        assert word in event["message"], event


@pytest.fixture
def two_paths() -> Iterator[tuple[Path, Path]]:
    """One disk of 16 MiB at two SCSI hosts: two nodes, one WWN, one content."""
    run("modprobe", "sg")
    run("modprobe", "scsi_debug", "dev_size_mb=16", "add_host=2", "vpd_use_hostno=0")  # one name at both hosts
    places = "adapter*/host*/target*/*/block/*"
    try:
        names = until(lambda: _both(sorted(Path("/sys/bus/pseudo/devices").glob(places))), "two disks", 300)
        settle()
        yield Path("/dev", names[0]), Path("/dev", names[1])
    finally:
        until(_removed, "scsi_debug to be removed", 300)


def _both(found: list[Path]) -> list[str]:
    return [each.name for each in found] if len(found) == 2 else []


def _removed() -> bool:
    settle()
    subprocess.run(["rmmod", "scsi_debug"], capture_output=True, timeout=300)
    return not Path("/sys/module/scsi_debug").exists()


@contextmanager
def held(node: str) -> Iterator[int]:
    """A process that has the node open and does nothing with it; its pid."""
    process = subprocess.Popen(["sh", "-c", f"exec sleep 600 <>{node}"], stdin=subprocess.DEVNULL)
    try:
        until(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n", "the node to be held")
        yield process.pid
    finally:
        process.kill()
        process.wait(timeout=10)


@contextmanager
def made(*folders: Path) -> Iterator[None]:
    """Folders of configfs, which are objects of the kernel; removed in the opposite order."""
    with ExitStack() as stack:
        for folder in folders:
            if not folder.exists():
                folder.mkdir()
                stack.callback(folder.rmdir)
        yield


@pytest.fixture
def config() -> Path:
    run("modprobe", "configfs")
    if not CONFIG.is_mount():
        run("mount", "-t", "configfs", "none", CONFIG)
    return CONFIG


def test_a_disk_that_is_mounted_by_its_other_path(
    eraser: ForkedEraser, two_paths: tuple[Path, Path], tmp_path: Path
) -> None:
    one, other = two_paths
    run("mkfs.ext4", "-q", "-F", one)
    place = tmp_path / "mnt"
    place.mkdir()
    run("mount", "-o", "ro", one, place)
    try:
        row = row_of(eraser, other)
        assert not row["may_be_wiped"] and row["same_medium"] == [str(one)]
        assert f"the same medium as {one}" in eraser("devices").out + eraser("devices").err
        confirm = row["confirm"]
        refused(eraser("wipe", other, "--confirm", confirm, "--json"), str(one), str(place))
    finally:
        run("umount", place)
    both = eraser("wipe", one, other, "--confirm", confirm, "--json")
    assert both.code == 2, both.out + both.err
    generic = next(Path(f"/sys/class/block/{one.name}/device/scsi_generic").iterdir()).name
    with held(f"/dev/{generic}") as pid:
        refused(eraser("wipe", other, "--confirm", confirm, "--json"), generic, f"sleep ({pid})")
    ran = eraser("wipe", other, "--confirm", confirm, "--json", "--method", "keyed", seconds=300)
    assert ran.code == 0, ran.out + ran.err


def test_paths_that_are_one_multipath_map(eraser: ForkedEraser, two_paths: tuple[Path, Path]) -> None:
    run("modprobe", "-a", "dm-multipath", "dm-round-robin")
    numbers = [f"{os.major(each.stat().st_rdev)}:{os.minor(each.stat().st_rdev)}" for each in two_paths]
    groups = " ".join(f"round-robin 0 1 1 {number} 1000" for number in numbers)
    run("dmsetup", "create", "mp", "--uuid", "mpath-eraser", "--table", f"0 32768 multipath 0 0 2 1 {groups}")
    try:
        for node in two_paths:
            row = row_of(eraser, node)
            assert not row["may_be_wiped"]
            refused(eraser("wipe", node, "--confirm", row["confirm"], "--json"), "/dev/mapper/mp", "multipath -f")
    finally:
        run("dmsetup", "remove", "--retry", "mp")


@pytest.mark.parametrize("character", ["/dev/nvme0", "/dev/ng0n1"])
def test_an_nvme_disk_whose_character_node_somebody_holds(
    eraser: ForkedEraser, nvme_disk: Path, character: str
) -> None:
    with held(character) as pid:
        refused(eraser("wipe", nvme_disk, "--confirm", "NV0001", "--json"), character, f"sleep ({pid})")


def test_a_disk_that_is_exported_over_nvme(eraser: ForkedEraser, stick: Path, config: Path) -> None:
    run("modprobe", "nvmet")
    subsystem = config / "nvmet/subsystems/test"
    space = subsystem / "namespaces/1"
    with made(subsystem, space):
        (space / "device_path").write_text(str(stick))
        (space / "enable").write_text("1")
        try:
            assert not row_of(eraser, stick)["may_be_wiped"]
            refused(eraser("wipe", stick, "--confirm", "USB0001", "--json"), "given to others", "nvmet test")
        finally:
            (space / "enable").write_text("0")
    run("rmmod", "nvmet")


def test_a_target_whose_configuration_nobody_can_read(eraser: ForkedEraser, stick: Path, config: Path) -> None:
    run("modprobe", "nvmet")
    run("umount", CONFIG)
    try:
        refused(eraser("wipe", stick, "--confirm", "USB0001", "--json"), "nvmet", "mount -t configfs")
    finally:
        run("mount", "-t", "configfs", "none", CONFIG)
        run("rmmod", "nvmet")


def test_a_disk_and_a_file_that_are_exported_by_lio(
    eraser: ForkedEraser, stick: Path, config: Path, tmp_path: Path
) -> None:
    run("modprobe", "-a", "target_core_mod", "target_core_iblock", "target_core_file", "loop")
    file = tmp_path / "image.img"
    file.write_bytes(bytes(8 * MiB))
    block, backed = config / "target/core/iblock_0", config / "target/core/fileio_0"
    with made(block, block / "one", backed, backed / "two"):
        (block / "one/control").write_text(f"udev_path={stick}")
        (block / "one/enable").write_text("1")
        (backed / "two/control").write_text(f"fd_dev_name={file},fd_dev_size={8 * MiB}")
        (backed / "two/enable").write_text("1")
        refused(eraser("wipe", stick, "--confirm", "USB0001", "--json"), "LIO iblock_0/one")
        refused(eraser("wipe", "--image", file, "--confirm", file.name, "--json"), "LIO fileio_0/two")
        with loop_disk(file, direct=False) as disk:
            row = row_of(eraser, disk.node)
            refused(eraser("wipe", disk.node, "--confirm", row["confirm"], "--json"), "LIO fileio_0/two")


def test_a_disk_that_this_machine_lends_as_a_usb_stick(eraser: ForkedEraser, stick: Path, config: Path) -> None:
    run("modprobe", "-a", "libcomposite", "usb_f_mass_storage")
    gadget = config / "usb_gadget/test"
    function = gadget / "functions/mass_storage.0"
    with made(gadget, function):
        (function / "lun.0/file").write_text(str(stick))
        try:
            refused(eraser("wipe", stick, "--confirm", "USB0001", "--json"), "usb_gadget test")
        finally:
            (function / "lun.0/file").write_text("\n")


def test_members_of_a_raid_that_runs_and_that_is_stopped(eraser: ForkedEraser, tmp_path: Path) -> None:
    run("modprobe", "-a", "md-mod", "raid1", "loop")
    files = [
        tmp_path / "one.img",
        tmp_path / "two.img",
    ]  # in memory: this kernel knows no direct I/O there, and needs none
    for file in files:
        file.write_bytes(bytes(16 * MiB))
    with loop_disk(files[0], direct=False) as one, loop_disk(files[1], direct=False) as two:
        run("mdadm", "--create", "/dev/md77", "--run", "--level=1", "--raid-devices=2", one.node, two.node)
        confirm = row_of(eraser, one.node)["confirm"]
        refused(eraser("wipe", one.node, "--confirm", confirm, "--json"), "md77", "mdadm --stop")
        run("mdadm", "--stop", "/dev/md77")
        row = row_of(eraser, one.node)
        assert row["may_be_wiped"], row
        assert "linux_raid_member" in str(row["signatures"])
        ran = eraser("wipe", one.node, "--confirm", confirm, "--json", "--method", "keyed", seconds=300)
        assert ran.code == 0 and "one of several media" in ran.err, ran.out + ran.err
