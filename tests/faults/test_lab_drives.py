"""Does each drive of the lab lie, or fail, as it says? Looked at with plain reads and writes, and at the backing file."""

import errno
import mmap
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import LyingDriveFactory
from tests.lab.nbd import LyingDrive
from tests.lab.nbd import lying_drive as attach

pytestmark = pytest.mark.nbd

KiB, MiB = 1 << 10, 1 << 20


class Disk:
    """Direct reads and writes on a node, which no cache on this machine answers."""

    def __init__(self, node: Path):
        self.descriptor = os.open(node, os.O_RDWR | os.O_DIRECT)

    def read(self, offset: int, length: int) -> bytes:
        with mmap.mmap(-1, length) as buffer:
            assert os.preadv(self.descriptor, [buffer], offset) == length
            return buffer[:]

    def write(self, offset: int, content: bytes) -> None:
        with mmap.mmap(-1, len(content)) as buffer:
            buffer[:] = content
            assert os.pwrite(self.descriptor, buffer, offset) == len(content)


@contextmanager
def opened(drive: LyingDrive) -> Iterator[Disk]:
    disk = Disk(drive.node)
    try:
        yield disk
    finally:
        os.close(disk.descriptor)


def fill(drive: LyingDrive, block: bytes) -> bytes:
    """Put old content on the medium, past the drive's lies."""
    content = block * (drive.backing.stat().st_size // len(block))
    drive.backing.write_bytes(content)
    return content


def test_honest_drive_keeps_every_byte(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=4 * MiB)
    content = os.urandom(4 * MiB)
    with opened(drive) as disk:
        disk.write(0, content)
        assert disk.read(0, 4 * MiB) == content
    assert drive.backing.read_bytes() == content
    assert drive.lies() == []


def test_honest_drive_can_have_sectors_of_4096_bytes(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=MiB, sector_size=4096)
    with opened(drive) as disk:
        disk.write(4096, b"x" * 4096)
        with pytest.raises(OSError, match="Invalid argument"):
            disk.write(0, b"x" * 512)
    assert drive.backing.read_bytes()[4096:8192] == b"x" * 4096


def test_wraps(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("wraps", size=4 * MiB, holds=MiB)
    early, late = os.urandom(64 * KiB), os.urandom(64 * KiB)
    with opened(drive) as disk:
        assert os.lseek(disk.descriptor, 0, os.SEEK_END) == 4 * MiB
        disk.write(0, early)
        assert disk.read(3 * MiB, 64 * KiB) == early
        disk.write(2 * MiB, late)
        assert disk.read(0, 64 * KiB) == late
        disk.write(MiB - 4096, b"x" * 8192)
        assert disk.read(0, 4096) == disk.read(MiB - 4096, 4096) == b"x" * 4096
    assert drive.backing.stat().st_size == MiB
    assert drive.lies() == [(2 * MiB, 64 * KiB), (MiB, 4096)]


def test_zeros_past_the_end(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("zeros-past-the-end", size=4 * MiB, holds=MiB)
    with opened(drive) as disk:
        disk.write(MiB - 4096, b"x" * 8192)
        disk.write(3 * MiB, b"x" * 4096)
        assert disk.read(MiB - 4096, 8192) == b"x" * 4096 + bytes(4096)
        assert disk.read(3 * MiB, 4096) == bytes(4096)
    assert drive.backing.stat().st_size == MiB
    assert drive.lies() == [(MiB, 4096), (3 * MiB, 4096)]


def test_ignores_writes(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("ignores-writes", size=MiB)
    old = fill(drive, b"old!")
    with opened(drive) as disk:
        disk.write(4096, os.urandom(8192))
        assert disk.read(0, MiB) == old
    assert drive.backing.read_bytes() == old
    assert drive.lies() == [(4096, 8192)]


def test_ignores_writes_and_reads_zeros(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("ignores-writes-reads-zeros", size=MiB)
    old = fill(drive, b"old!")
    with opened(drive) as disk:
        disk.write(0, bytes(MiB))
        assert disk.read(0, MiB) == bytes(MiB)
    assert drive.backing.read_bytes() == old


def test_drops_one_region(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("drops-region", size=MiB, region=(12288, 8192))
    fill(drive, b"old!")
    with opened(drive) as disk:
        for offset in range(0, 32768, 16384):
            disk.write(offset, b"x" * 16384)
        assert disk.read(0, 32768) == b"x" * 12288 + b"old!" * 2048 + b"x" * 12288
    assert drive.lies() == [(12288, 4096), (16384, 4096)]


def test_drops_every_997th_write(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("drops-every-nth", size=2000 * 512)
    with opened(drive) as disk:
        for number in range(2000):
            disk.write(number * 512, b"x" * 512)
        lost = [number for number in range(2000) if disk.read(number * 512, 512) == bytes(512)]
    assert lost == [996, 996 + 997]
    assert drive.lies() == [(number * 512, 512) for number in lost]


def test_drops_every_third_write(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("drops-every-nth", size=MiB, nth=3)
    with opened(drive) as disk:
        for number in range(9):
            disk.write(number * 4096, b"x" * 4096)
    assert [lie.offset // 4096 for lie in drive.lies()] == [2, 5, 8]


def test_flips_one_bit(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("flips-bit", size=MiB, at=5000, bit=3)
    with opened(drive) as disk:
        disk.write(0, bytes(MiB))
        assert disk.read(0, MiB) == bytes(5000) + b"\x08" + bytes(MiB - 5001)
    assert drive.lies() == [(5000, 1)]


def test_caches_until_reopened(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("caches-until-reopened", size=MiB)
    old = fill(drive, b"old!")
    new = os.urandom(64 * KiB)
    with opened(drive) as disk:
        disk.write(4096, new)
        os.fsync(disk.descriptor)
        assert disk.read(0, 128 * KiB) == old[:4096] + new + old[4096 + 64 * KiB : 128 * KiB]
    with opened(drive) as disk:
        assert disk.read(4096, 64 * KiB) == new, "closing the node alone does not show the lie"
    assert drive.backing.read_bytes() == old
    drive.reopen()
    with opened(drive) as disk:
        assert disk.read(0, MiB) == old


def test_dies(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("dies", size=MiB, after=10240)
    with opened(drive) as disk:
        disk.write(0, b"x" * 8192)
        assert disk.read(0, 8192) == b"x" * 8192
        with pytest.raises(OSError) as failure:
            disk.write(8192, b"x" * 8192)
        assert failure.value.errno == errno.EIO
        for attempt in (lambda: disk.read(0, 4096), lambda: disk.write(0, bytes(4096))):
            with pytest.raises(OSError) as failure:
                attempt()
            assert failure.value.errno == errno.EIO
    assert drive.backing.read_bytes() == b"x" * 10240 + bytes(MiB - 10240)


@pytest.mark.parametrize("fails", ["reads", "writes", "both"])
def test_bad_spots(lying_drive: LyingDriveFactory, fails: str) -> None:
    drive = lying_drive("bad-spots", size=MiB, spots=[(8192, 512), (65536, 4096)], fails=fails)
    with opened(drive) as disk:
        for offset in (8192, 65536 + 3584):
            if fails == "writes":
                disk.read(offset, 512)
            else:
                with pytest.raises(OSError, match="Input/output error"):
                    disk.read(offset, 512)
            if fails == "reads":
                disk.write(offset, b"x" * 512)
            else:
                with pytest.raises(OSError, match="Input/output error"):
                    disk.write(offset, b"x" * 512)
        for offset in (8192 - 512, 8192 + 512, 65536 - 512, 65536 + 4096):
            disk.write(offset, b"y" * 512)
            assert disk.read(offset, 512) == b"y" * 512
        if fails != "writes":
            with pytest.raises(OSError, match="Input/output error"):
                disk.read(0, 128 * KiB)


def test_bad_spots_heal_after_some_tries(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("bad-spots", size=MiB, spots=[(8192, 4096)], fails="reads", heals_after=3)
    with opened(drive) as disk:
        for _ in range(3):
            with pytest.raises(OSError, match="Input/output error"):
                disk.read(8192, 4096)
        assert disk.read(8192, 4096) == bytes(4096)
    assert drive.lies() == [(8192, 4096)] * 3


def test_hangs_until_released(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("hangs", size=MiB, at=8192)
    with opened(drive) as disk:
        disk.write(0, b"x" * 8192)
        writer = threading.Thread(target=disk.write, args=(8192, b"x" * 4096))
        writer.start()
        drive.wait_until_it_hangs()
        assert writer.is_alive()
        assert drive.backing.read_bytes() == b"x" * 8192 + bytes(MiB - 8192)
        drive.release()
        writer.join(timeout=10)
        assert not writer.is_alive()
        assert disk.read(8192, 4096) == b"x" * 4096


def test_hanging_drive_does_not_hang_its_removal(tmp_path: Path) -> None:
    """What the writer sees is an error."""
    errors: list[int | None] = []

    def write(disk: Disk) -> None:
        try:
            disk.write(8192, b"x" * 4096)
        except OSError as error:
            errors.append(error.errno)
        finally:
            os.close(disk.descriptor)

    with attach("hangs", size=MiB, tmp_path=tmp_path, at=8192) as drive:
        writer = threading.Thread(target=write, args=(Disk(drive.node),))
        writer.start()
        drive.wait_until_it_hangs()
    writer.join(timeout=10)
    assert errors == [errno.EIO]


def test_slow_drive_takes_its_time(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=8 * MiB, rate=8 * MiB)
    started = time.monotonic()
    with opened(drive) as disk:
        for number in range(8):
            disk.write(number * MiB, bytes(MiB))
    assert time.monotonic() - started > 0.8


def test_each_request_can_be_delayed(lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=MiB, delay=0.1)
    with opened(drive) as disk:
        started = time.monotonic()
        for number in range(3):
            disk.read(number * 4096, 4096)
        assert time.monotonic() - started >= 0.3


def test_unknown_behaviour_says_so(lying_drive: LyingDriveFactory) -> None:
    with pytest.raises(OSError, match="nbdkit ended"):
        lying_drive("flies", size=MiB)
