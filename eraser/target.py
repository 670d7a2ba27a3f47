"""The medium, held open for writing. The only place where this tool can write to a device, and it holds the descriptor, not the name."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certificates.errors import Refused
from eraser import alone, devices, nodes
from eraser.devices import Attachment, Device, attachment
from eraser.sysfs import SYS_BLOCK
from verifier.crew import Queue
from verifier.reading import BLKGETSIZE64, Reader, bypass_cache_below, diskseq, ioctl_number

BLKROGET = 0x125E
CLOSING_PATIENCE_SECONDS = 1.0
_IDENTITY = ("node", "vendor", "model", "serial", "wwn", "bus", "capacity_bytes", "logical_sector_bytes", "diskseq")


class Changed(Exception):
    """The medium behind the descriptor is no longer the one that was confirmed."""


class _Calls:
    """Counts the calls under way on one descriptor; each enters it."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def have_ended(self, patience_seconds: float) -> bool:
        """Waits as long as that for all of them to end."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, patience_seconds)


class Target:
    """Holds one medium exclusively, from before the first write until after the record. Close it by leaving it."""

    def __init__(self, device: Device) -> None:
        """`device`: the first look. Raises Refused if somebody else holds it, if it is write-protected, or if it isn't that any more."""
        self._hold(device)

    def _hold(self, device: Device) -> None:
        self.medium = device.medium
        self.device = device
        self._calls = _Calls()
        self._retired = False
        self._written: alone.Written = ()
        self._others: list[int] = []
        self.path = Path(device.medium.path or "") if device.kind == "image" else Path(device.medium.node)
        is_image = device.kind == "image"
        flags = os.O_RDWR | os.O_CLOEXEC | (0 if is_image else os.O_EXCL | os.O_DIRECT)
        try:
            self.descriptor = os.open(self.path, flags)
        except OSError as error:
            raise _refusal(error, device) from error
        try:
            if is_image:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            elif ioctl_number(self.descriptor, BLKROGET, "i"):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            self._hold_other_paths()
            self.check_identity()
            self._same("attachment", device.attachment, attachment(self.descriptor))
            if is_image:  # what was written to it since it was looked at, nobody has seen
                self._same("last change", device.changed, os.fstat(self.descriptor).st_ctime_ns)
            self._check_no_cache_below()
        except OSError as error:
            self.close()
            raise _refusal(error, device) from error
        except Changed as error:
            self.close()
            raise Refused("refused.changed", node=device.medium.node, detail=error) from error
        except BaseException:
            self.close()
            raise

    def _hold_other_paths(self) -> None:
        """Nobody may mount the medium by another path while it is held by this one. Raises OSError."""
        for name in map(nodes.name_at, self.device.nodes_beside):
            self._others.append(nodes.opened(name, nodes.number_in(SYS_BLOCK / name), os.O_RDONLY | os.O_EXCL))

    def _check_no_cache_below(self) -> None:
        """A loop disk reads from its file's cache unless told otherwise. Raises Refused if it can't be."""
        if self.device.medium.bus == "loop" and not bypass_cache_below(self.descriptor):
            raise Refused("refused.cached", node=self.device.medium.node)

    def __enter__(self) -> Target:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the medium back. A call that hangs in the kernel keeps its descriptor until the process ends.

        Otherwise the number could be given to another file, and the hanging writer's next write would go there.
        """
        self._retired = True
        while self._others:
            os.close(self._others.pop())
        if self._calls.have_ended(CLOSING_PATIENCE_SECONDS):
            descriptor, self.descriptor = self.descriptor, -1
            if descriptor >= 0:
                os.close(descriptor)

    def take_up(self, device: Device) -> None:
        """Hold the medium again in a new attachment. Raises Changed if it is another medium, Refused if it can't be held."""
        if not devices.is_like(device.medium, self.medium):
            raise Changed(f"{device.medium.node} is another medium")
        self._hold(device)

    @property
    def is_held(self) -> bool:
        return not self._retired

    @property
    def queue(self) -> Queue:
        """What the device takes at once, where it says so."""
        return devices.queue(self.medium.node)

    def check_identity(self) -> None:
        """Raises Changed unless descriptor, node and identity all still mean the medium that was listed."""
        if not self.is_held:
            raise Changed(f"{self.path} was let go and is not back")
        status = os.fstat(self.descriptor)
        if self.device.kind == "image":
            self._same("inode", self.device.device_number, status.st_ino)
            self._same("size", self.medium.capacity_bytes, status.st_size)
            try:
                named = self.path.stat()
            except OSError as error:
                raise Changed(f"{self.path}: {error.strerror}") from error
            self._same("file of that name", (status.st_dev, status.st_ino), (named.st_dev, named.st_ino))
            return
        self._same("block device", True, stat.S_ISBLK(status.st_mode))
        self._same("device number", self.device.device_number, status.st_rdev)
        try:
            size = ioctl_number(self.descriptor, BLKGETSIZE64, "Q")
        except OSError as error:
            raise Changed(f"size: {error.strerror}") from error
        self._same("size", self.medium.capacity_bytes, size)
        self._same("diskseq", self.medium.diskseq, diskseq(self.descriptor) or self.medium.diskseq)
        try:
            now = devices.medium_at(self.medium.node)
        except Refused as error:
            raise Changed(f"{self.medium.node} is gone") from error
        for field in _IDENTITY:
            self._same(field, getattr(self.medium, field), getattr(now, field))

    def check_alone(self) -> None:
        """To be called when nothing more will be written. Raises Disturbed if somebody else could write to the medium."""
        alone.check(self.device, self.descriptor)
        self._written = alone.written(self.device)

    def check_still_alone(self) -> None:
        """Raises Disturbed if somebody else could write to the medium, or did since `check_alone`."""
        if self.is_held:
            alone.check(self.device, self.descriptor)
            if self._written:
                alone.check_nobody_wrote(self.device, self._written)

    def reader(self) -> Reader:
        """A second, read-only descriptor on the very medium that is held. Raises Changed if the name now means another one."""
        reader = Reader(self.path)
        if not self.is_same_as(reader.descriptor):
            reader.close()
            raise Changed(f"{self.path} now means another medium")
        return reader

    def attachment(self) -> Attachment:
        """Which attachment of the medium is held (as `resuming` compares it)."""
        return attachment(self.descriptor)

    def is_same_as(self, descriptor: int) -> bool:
        """True if another descriptor is open on this very medium, in this very attachment."""
        own, other = os.fstat(self.descriptor), os.fstat(descriptor)
        if self.device.kind == "image":
            return (own.st_dev, own.st_ino) == (other.st_dev, other.st_ino)
        return own.st_rdev == other.st_rdev and diskseq(self.descriptor) == diskseq(descriptor)

    def _same(self, what: str, listed: object, now: object) -> None:
        if listed != now:
            raise Changed(f"{what}: {listed} -> {now}")

    def write(self, offset: int, view: memoryview) -> None:
        """Write all of `view` at `offset`. Raises OSError; a write that takes nothing is ENOSPC. Several may be under way at once."""
        done = 0
        while done < len(view):
            with self._call() as descriptor:
                count = os.pwrite(descriptor, view[done:], offset + done)
            if count == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            done += count

    def flush(self) -> None:
        """Have the device write out its caches. Raises OSError if it can't say that it did."""
        with self._call() as descriptor:
            os.fsync(descriptor)

    @contextmanager
    def _call(self) -> Iterator[int]:
        """The descriptor, which stays open as long as this call is under way. Raises EBADF once the medium was given back."""
        with self._calls:
            if self._retired:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            yield self.descriptor

    def is_gone(self) -> bool:
        """True if the device went away. ENOSPC or a short write may mean a pulled stick: the size of the device tells."""
        if self.device.kind == "image" or not self.is_held:
            return False
        try:
            return ioctl_number(self.descriptor, BLKGETSIZE64, "Q") == 0
        except OSError:
            return True


def _refusal(error: OSError, device: Device) -> Refused:
    names = {errno.EBUSY: "busy", errno.EAGAIN: "busy", errno.EROFS: "read_only", errno.EACCES: "permission"}
    names |= {errno.EPERM: "permission", errno.ENOMEDIUM: "no_medium"}
    return Refused(f"refused.{names.get(error.errno or 0, 'open')}", node=device.medium.node, detail=error.strerror)
