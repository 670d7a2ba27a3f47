"""What uses a device: mounts, swap, mappers and RAID above it, and processes that hold it open for writing."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

SYS_BLOCK = Path("/sys/class/block")
SYSTEM_PLACES = frozenset(
    {"/", "/boot", "/boot/efi", "/usr", "/var", "/run/live/medium", "/run/initramfs/live", "/cdrom"}
)


class Use(msgspec.Struct, frozen=True):
    """One use. `where` is the mount point, the mapper's name, or process and pid; `unseen`: who has it open can't be told."""

    kind: Literal["system", "mounted", "swap", "holder", "open", "loop", "unseen"]
    part: str
    where: str


class Loop(msgspec.Struct, frozen=True):
    """An attached loop disk: the file under it (device and inode), or the block device, as the kernel knows them. Names may be gone."""

    name: str
    file: tuple[int, int]
    on_device: int


Opened = int | tuple[int, int]  # the number of a block device, or device and inode of a file


class Table(msgspec.Struct, frozen=True):
    """One look at the whole machine, so that every device is judged by the same moment."""

    numbers: dict[str, int]
    mounts: dict[int, tuple[str, ...]]
    swaps: dict[Opened, str]
    writers: dict[Opened, tuple[str, ...]]
    loops: tuple[Loop, ...]
    sees_all: bool

    def is_over_a_disk(self, name: str) -> bool:
        """True for a loop disk over a block device: whoever uses what lies below would lose it, and O_EXCL on the loop disk doesn't mind.

        Older kernels name the disk of its file system (`lo_device`) for a loop disk over a file.
        """
        return any(loop.name == name and loop.on_device not in (0, loop.file[0]) for loop in self.loops)

    def number_of(self, name: str) -> int:
        return self.numbers.get(name, 0)

    def uses_of(self, name: str) -> tuple[Use, ...]:
        """Everything that uses the device, its partitions, and whatever is built on them."""
        found: list[Use] = [] if self.sees_all else [Use("unseen", f"/dev/{name}", f"uid {os.geteuid()}")]
        for part in (name, *_partitions(name)):
            found += self._direct(part, f"/dev/{part}")
            for holder in self._above(part):
                label = _label(holder)
                found.append(Use("holder", f"/dev/{part}", label))
                found += self._direct(holder, f"/dev/{part} ({label})")
        own = next((loop for loop in self.loops if loop.name == name), None)
        for loop in self.loops:
            if own is not None and loop.name != name and loop.file == own.file:
                found.append(Use("loop", f"/dev/{name}", f"/dev/{loop.name}"))
        if own is not None and own.file in self.swaps:
            found.append(Use("swap", f"/dev/{name}", self.swaps[own.file]))
        for process in self.writers.get(own.file, ()) if own is not None else ():
            found.append(Use("open", f"/dev/{name}", process))
        return tuple(found)

    def _above(self, name: str) -> Iterator[str]:
        """Everything stacked on a device or partition, at any height: the kernel's holders, and loop disks, which it doesn't list."""
        number = self.number_of(name)
        loops = [loop.name for loop in self.loops if number and loop.on_device == number]
        for above in (*(entry.name for entry in sorted((SYS_BLOCK / name / "holders").glob("*"))), *loops):
            yield above
            yield from _partitions(above)
            yield from self._above(above)

    def _direct(self, name: str, part: str) -> Iterator[Use]:
        number = self.number_of(name)
        for place in self.mounts.get(number, ()):
            yield Use("system" if place in SYSTEM_PLACES else "mounted", part, place)
        if number in self.swaps:
            yield Use("swap", part, self.swaps[number])
        for process in self.writers.get(number, ()):
            yield Use("open", part, process)


NOTHING = Table({}, {}, {}, {}, (), True)
LOOP_GET_STATUS64 = 0x4C05
LOOP_PATIENCE_SECONDS = 2.0
_LOOP_INFO_BYTES = 232  # struct loop_info64 of linux/loop.h; device, inode and rdevice come first


def look() -> Table:
    """The machine as it is now. Only root sees what other users' processes have open."""
    numbers = {entry.name: _device_number(entry) for entry in SYS_BLOCK.iterdir()}
    loops = _loops()
    writers = _writers({*numbers.values(), *(loop.file for loop in loops)})
    return Table(numbers, _mounts(), _swaps(), writers, loops, os.geteuid() == 0)


def of_file(file: Path) -> tuple[Use, ...]:
    """What uses an image file: loop devices on it, swapping to it, and processes that write to it."""
    status = file.stat()
    own = (status.st_dev, status.st_ino)
    found = [Use("loop", str(file), f"/dev/{loop.name}") for loop in _loops() if loop.file == own]
    if (swap := _swaps().get(own)) is not None:
        found.append(Use("swap", str(file), swap))
    for pid, descriptor in _descriptors():
        try:
            opened = descriptor.stat()
        except OSError:
            continue
        if (opened.st_dev, opened.st_ino) == own and _writes(pid, descriptor.name):
            found.append(Use("open", str(file), _process(pid)))
    return tuple(found)


def _device_number(entry: Path) -> int:
    try:
        major, minor = (entry / "dev").read_text().split(":")
    except OSError:
        return 0
    return os.makedev(int(major), int(minor))


def _partitions(name: str) -> list[str]:
    return sorted(entry.parent.name for entry in (SYS_BLOCK / name).glob("*/partition"))


def _label(name: str) -> str:
    mapper = SYS_BLOCK / name / "dm/name"
    return f"/dev/mapper/{mapper.read_text().strip()}" if mapper.exists() else f"/dev/{name}"


def _mounts() -> dict[int, tuple[str, ...]]:
    """Mount points by device number. A file system over several disks has a number of its own, so its source is looked at too."""
    found: dict[int, list[str]] = {}
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").split("\n"):
        if not line:
            continue
        fields = line.split(" ")
        major, minor = fields[2].split(":")
        place = _unescape(fields[4])
        numbers = {os.makedev(int(major), int(minor))}
        source = _unescape(fields[fields.index("-") + 2])
        if source.startswith("/dev/"):
            with suppress(OSError):
                numbers.add(Path(source).stat().st_rdev)
        for number in numbers - {0}:
            found.setdefault(number, []).append(place)
    for device in Path("/sys/fs/btrfs").glob("*/devices/*"):
        number = _device_number(device)
        if number and number not in found:
            found[number] = [f"btrfs {device.parent.parent.name}"]
    return {number: tuple(dict.fromkeys(places)) for number, places in found.items()}


def _swaps() -> dict[Opened, str]:
    """Block devices and files that the kernel swaps to, each with its name in /proc/swaps."""
    found: dict[Opened, str] = {}
    for line in Path("/proc/swaps").read_text(errors="surrogateescape").split("\n")[1:]:
        if not line:
            continue
        source = _unescape(line.split()[0])
        try:
            status = Path(source).stat()
        except OSError:
            continue
        found[status.st_rdev or (status.st_dev, status.st_ino)] = source
    return found


def _writers(asked: Iterable[Opened]) -> dict[Opened, tuple[str, ...]]:
    """Processes other than this one that have a block device, or the file under a loop disk, open for writing (a virtual machine
    doesn't use O_EXCL)."""
    wanted = set(asked) - {0, (0, 0)}
    found: dict[Opened, list[str]] = {}
    for pid, descriptor in _descriptors():
        try:
            status = descriptor.stat()
        except OSError:
            continue
        opened = status.st_rdev if stat.S_ISBLK(status.st_mode) else (status.st_dev, status.st_ino)
        if opened in wanted and _writes(pid, descriptor.name):
            found.setdefault(opened, []).append(_process(pid))
    return {opened: tuple(dict.fromkeys(names)) for opened, names in found.items()}


def _descriptors() -> Iterator[tuple[int, Path]]:
    own = os.getpid()
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != own:
            try:
                yield from ((int(process.name), entry) for entry in (process / "fd").iterdir())
            except OSError:
                continue


def _writes(pid: int, descriptor: str) -> bool:
    try:
        info = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text()
    except OSError:
        return False
    flags = next(line.split()[1] for line in info.splitlines() if line.startswith("flags:"))
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY


def _loops() -> tuple[Loop, ...]:
    """Every attached loop disk. One that can't be asked is left out; only root can ask, and only root may wipe."""
    found = []
    for entry in SYS_BLOCK.glob("loop*/loop/backing_file"):
        name = entry.parent.parent.name
        told: list[Loop] = []
        asking = threading.Thread(target=lambda name=name, told=told: told.extend(_asked(name)), daemon=True)
        asking.start()
        asking.join(LOOP_PATIENCE_SECONDS)
        found += told if not asking.is_alive() else _by_name(name, entry)
    return tuple(found)


def _asked(name: str) -> list[Loop]:
    try:
        descriptor = os.open(f"/dev/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        told = fcntl.ioctl(descriptor, LOOP_GET_STATUS64, bytes(_LOOP_INFO_BYTES))
    except OSError:
        return []
    finally:
        os.close(descriptor)
    device, inode, on_device = struct.unpack_from("=QQQ", told)
    return [Loop(name, (device, inode), on_device)]


def _by_name(name: str, backing: Path) -> list[Loop]:
    """What lies under a loop device whose file system gives no answer (a network share that is gone): at least a disk can be told."""
    under = Path(backing.read_text().strip())
    on_device = under.stat().st_rdev if under.is_relative_to("/dev") and under.exists() else 0
    return [Loop(name, (0, 0), on_device)]


def _process(pid: int) -> str:
    try:
        return f"{Path(f'/proc/{pid}/comm').read_text().strip()} ({pid})"
    except OSError:
        return f"({pid})"


def _unescape(field: str) -> str:
    """Undo the octal escapes of /proc (a space is \\040)."""
    raw = field.encode("utf-8", "surrogateescape")
    return raw.decode("unicode_escape").encode("latin-1").decode("utf-8", "replace") if b"\\" in raw else field
