"""Opens media for reading, and only for reading, past every cache that the host controls."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import stat
import struct
from pathlib import Path
from types import TracebackType

BLKFLSBUF = 0x1261
BLKGETSIZE64 = 0x80081272
BLKGETDISKSEQ = 0x80081280
BLKSSZGET = 0x1268
LOOP_MAJOR = 7
LOOP_SET_DIRECT_IO = 0x4C08
LOOP_GET_STATUS64 = 0x4C05
LOOP_INFO_BYTES = 232  # struct loop_info64 of linux/loop.h; the device number of the file comes first
IMAGE_SECTOR_BYTES = 512


class Reader:
    """One open medium: a block device (O_DIRECT) or an image file (through the page cache, which is dropped first)."""

    def __init__(self, path: Path) -> None:
        mode = path.stat().st_mode
        is_block = stat.S_ISBLK(mode)
        if not is_block and not stat.S_ISREG(mode):  # a directory, or a pipe that would keep us waiting
            raise OSError(errno.ENOTBLK, os.strerror(errno.ENOTBLK), str(path))
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | (os.O_DIRECT if is_block else 0))
        status = os.fstat(self.descriptor)
        self.is_block = stat.S_ISBLK(status.st_mode)
        self.device_number = status.st_rdev if self.is_block else status.st_ino
        if self.is_block:
            self.size = ioctl_number(self.descriptor, BLKGETSIZE64, "Q")
            self.sector_bytes = ioctl_number(self.descriptor, BLKSSZGET, "i")
        else:
            self.size, self.sector_bytes = status.st_size, IMAGE_SECTOR_BYTES
        self.drop_caches()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        os.close(self.descriptor)

    @property
    def diskseq(self) -> int | None:
        """The kernel's number of this attachment; None for a file and before Linux 5.15."""
        return diskseq(self.descriptor) if self.is_block else None

    def drop_caches(self) -> None:
        """Make the next read come from the medium. Without the right to (CAP_SYS_ADMIN), O_DIRECT alone has to do."""
        if not self.is_block:
            os.posix_fadvise(self.descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            return
        bypass_cache_below(self.descriptor)
        try:
            fcntl.ioctl(self.descriptor, BLKFLSBUF, 0)
        except PermissionError:
            return

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill `view` from `offset`. Raises OSError; an end of the medium before its end is ENODEV (a pulled stick reads as 0 bytes)."""
        done = 0
        while done < len(view):
            count = os.preadv(self.descriptor, [view[done:]], offset + done)
            if count == 0:
                raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
            done += count

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, aligned or not."""
        first = offset // self.sector_bytes * self.sector_bytes
        end = min(-(-(offset + length) // self.sector_bytes) * self.sector_bytes, self.size)
        # Not closed by hand: after a failed read the error's traceback still holds the view, and closing would raise another error.
        view = memoryview(mmap.mmap(-1, max(end - first, 1)))
        self.read_into(first, view[: end - first])
        return bytes(view[offset - first : offset - first + length])

    def is_gone(self) -> bool:
        """True if the device behind the descriptor went away: its size reads 0 or not at all."""
        if not self.is_block:
            return False
        try:
            return ioctl_number(self.descriptor, BLKGETSIZE64, "Q") == 0
        except OSError:
            return True


def ioctl_number(descriptor: int, request: int, form: str) -> int:
    """The number that an ioctl of the _IOR kind answers; `form` is its struct format."""
    answer = fcntl.ioctl(descriptor, request, bytes(struct.calcsize(form)))
    return int(struct.unpack(form, answer)[0])


def bypass_cache_below(descriptor: int) -> bool:
    """Have a loop disk read past the cache of the file that it lies on; False if it can't be had. Any other device has no such cache.

    A file in memory needs none: its cache is where it is.
    """
    number = os.fstat(descriptor).st_rdev
    if os.major(number) != LOOP_MAJOR:
        return True
    state = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/loop/dio")
    try:
        if state.read_text().strip() == "1":
            return True
        fcntl.ioctl(descriptor, LOOP_SET_DIRECT_IO, 1)
        return state.read_text().strip() == "1"
    except OSError:
        return _lies_in_memory(descriptor)


def _lies_in_memory(loop: int) -> bool:
    try:
        device = struct.unpack_from("=Q", fcntl.ioctl(loop, LOOP_GET_STATUS64, bytes(LOOP_INFO_BYTES)))[0]
    except OSError:
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    lines = (line.split() for line in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines())
    kinds = [fields[fields.index("-") + 1] for fields in lines if fields[2] == number]
    return bool(kinds) and all(kind in ("tmpfs", "ramfs", "devtmpfs") for kind in kinds)


def diskseq(descriptor: int) -> int | None:
    """BLKGETDISKSEQ, or None where the kernel doesn't know it."""
    try:
        return ioctl_number(descriptor, BLKGETDISKSEQ, "Q")
    except OSError:
        return None
