"""Inside the virtual machine: are the devices there, and are they what the other tests take them for?"""

import errno
import fcntl
import mmap
import os
import struct
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab import usb
from tests.lab.wait import until

pytestmark = pytest.mark.vm

BLKGETSIZE64 = 0x80081272
MiB = 1 << 20


def properties(node: Path) -> dict[str, str]:
    """What udev knows about a node."""
    command = ["udevadm", "info", "--query=property", str(node)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


def attribute(node: Path, name: str) -> str:
    return Path(f"/sys/block/{node.name}/{name}").read_text().strip()


def size_of(descriptor: int) -> int:
    answer = fcntl.ioctl(descriptor, BLKGETSIZE64, bytes(8))
    return int(struct.unpack("Q", answer)[0])


def aligned(content: bytes) -> mmap.mmap:
    """A buffer that O_DIRECT accepts."""
    buffer = mmap.mmap(-1, len(content))
    buffer[:] = content
    return buffer


def error_of(call: Callable[[], object]) -> int:
    """The errno with which a call fails; 0 if it does not."""
    try:
        call()
    except OSError as error:
        return error.errno or 0
    return 0


def test_stick_is_a_removable_usb_disk(stick: Path) -> None:
    known = properties(stick)
    assert known["ID_BUS"] == "usb"
    assert known["ID_SERIAL_SHORT"] == "USB0001"
    assert attribute(stick, "removable") == "1"
    assert int(attribute(stick, "size")) * 512 == 32 * MiB


def test_stick_keeps_what_is_written_directly(stick: Path) -> None:
    content = os.urandom(MiB)
    descriptor = os.open(stick, os.O_RDWR | os.O_DIRECT | os.O_EXCL)
    try:
        assert os.pwrite(descriptor, aligned(content), 3 * MiB) == MiB
        read = mmap.mmap(-1, MiB)
        assert os.preadv(descriptor, [read], 3 * MiB) == MiB
        assert read[:] == content
    finally:
        os.close(descriptor)


def test_two_sticks_share_a_serial_and_one_link(same_serial_sticks: tuple[Path, Path]) -> None:
    first, second = same_serial_sticks
    assert first != second
    assert properties(first)["ID_SERIAL_SHORT"] == properties(second)["ID_SERIAL_SHORT"] == "SAME0001"
    assert properties(first)["ID_PATH"] != properties(second)["ID_PATH"]
    links = [link for link in Path("/dev/disk/by-id").iterdir() if "SAME0001" in link.name]
    assert len(links) == 1


def test_read_only_stick_refuses_writes(read_only_stick: Path) -> None:
    assert attribute(read_only_stick, "ro") == "1"
    descriptor = os.open(read_only_stick, os.O_RDONLY)
    os.close(descriptor)

    def write() -> None:
        descriptor = os.open(read_only_stick, os.O_WRONLY)
        try:
            os.write(descriptor, bytes(512))
        finally:
            os.close(descriptor)

    assert error_of(write) in (errno.EROFS, errno.EACCES, errno.EPERM)


def test_card_reader_has_no_medium(empty_card_reader: Path) -> None:
    assert attribute(empty_card_reader, "removable") == "1"
    assert attribute(empty_card_reader, "size") == "0"
    assert error_of(lambda: os.open(empty_card_reader, os.O_RDONLY)) == errno.ENOMEDIUM


def test_optical_drive_has_no_medium_whatever_its_size_says(empty_optical: Path) -> None:
    assert properties(empty_optical)["ID_TYPE"] == "cd"
    assert attribute(empty_optical, "size") != "0"
    assert error_of(lambda: os.open(empty_optical, os.O_RDONLY)) == errno.ENOMEDIUM


def test_nvme_disk(nvme_disk: Path) -> None:
    assert properties(nvme_disk)["ID_SERIAL_SHORT"] == "NV0001"
    assert int(attribute(nvme_disk, "size")) * 512 == 32 * MiB
    with nvme_disk.open("r+b", buffering=0) as disk:
        disk.write(b"x" * 4096)
        os.fsync(disk.fileno())
    subprocess.run(["nvme", "format", str(nvme_disk), "--ses=1", "--force"], check=True, timeout=300)
    usb.settle()
    descriptor = os.open(nvme_disk, os.O_RDONLY | os.O_DIRECT)
    try:
        read = mmap.mmap(-1, 4096)
        assert os.preadv(descriptor, [read], 0) == 4096
        assert read[:] == bytes(4096)
    finally:
        os.close(descriptor)


def test_debug_disk_wants_4096_bytes_at_a_time(debug_disk_4k: Path) -> None:
    assert attribute(debug_disk_4k, "queue/logical_block_size") == "4096"
    descriptor = os.open(debug_disk_4k, os.O_RDWR | os.O_DIRECT)
    try:
        assert error_of(lambda: os.pwrite(descriptor, aligned(bytes(4096))[:512], 0)) == errno.EINVAL
        assert os.pwrite(descriptor, aligned(bytes(4096)), 4096) == 4096
    finally:
        os.close(descriptor)


def test_scsi_debug_can_be_loaded_again_with_other_properties(scsi_debug: Callable[..., Path]) -> None:
    node = scsi_debug(dev_size_mb=8, wp=1)
    assert attribute(node, "queue/logical_block_size") == "512"
    assert attribute(node, "ro") == "1"


def test_settle_really_waits() -> None:
    """In a chroot, where these tests run, it would not without SYSTEMD_IGNORE_CHROOT; then it says so."""
    settle = subprocess.run(["udevadm", "settle"], capture_output=True, text=True, timeout=300)
    assert (settle.returncode, settle.stderr) == (0, "")


def test_pulling_the_stick_while_it_is_written(
    stick: Path, unplug: Callable[[Path], Path], replug: Callable[[Path], Path]
) -> None:
    """The errors that a writer meets: ENOSPC and a read of nothing mean "gone" here, and only the size tells."""
    sequence = int(attribute(stick, "diskseq"))
    descriptor = os.open(stick, os.O_RDWR | os.O_DIRECT)
    buffer = aligned(os.urandom(MiB))
    written: list[int] = []
    failed: list[int] = []

    def write_round_and_round() -> None:
        while not failed:
            try:
                written.append(os.pwrite(descriptor, buffer, len(written) % 32 * MiB))
            except OSError as error:
                failed.append(error.errno or 0)

    writer = threading.Thread(target=write_round_and_round)
    try:
        assert size_of(descriptor) == 32 * MiB
        writer.start()
        until(lambda: written, "the first write", 300)
        port = unplug(stick)
        writer.join(timeout=300)
        assert not writer.is_alive()
        assert failed[0] in (errno.ENODEV, errno.ENOSPC, errno.EIO)

        assert size_of(descriptor) == 0
        assert error_of(lambda: os.pwrite(descriptor, buffer, 0)) == errno.ENOSPC
        assert os.preadv(descriptor, [buffer], 0) == 0
        assert error_of(lambda: os.fsync(descriptor)) == errno.EIO

        again = replug(port)
        assert int(attribute(again, "diskseq")) > sequence
        assert properties(again)["ID_SERIAL_SHORT"] == "USB0001"
        assert size_of(descriptor) == 0, "the old descriptor never revives"
    finally:
        failed.append(0)
        os.close(descriptor)
