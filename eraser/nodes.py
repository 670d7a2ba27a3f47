"""Block devices as the kernel has them (/sys), by number and never by a name in /dev: what lies on what, and which lead to one medium."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from eraser.sysfs import SYS_BLOCK

UBI = Path("/sys/class/ubi")
LOOP_GET_STATUS64 = 0x4C05
LOOP_PATIENCE_SECONDS = 2.0
PLACES_FOR_A_NODE = ("/dev", "/run", "/tmp")  # noqa: S108 - a folder of our own is made there
_LOOP_INFO_BYTES = 232  # struct loop_info64 of linux/loop.h; device, inode and rdevice come first
_FEWEST_SERIAL_CHARACTERS = 4

# What can be open: ("block" or "character", its number, 0), or ("file", device, inode).
Thing = tuple[str, int, int]


class Loop(msgspec.Struct, frozen=True):
    """What an attached loop disk lies on, as the kernel knows it: a file (device, inode; None if that can't be told), or a block device.

    `path`: the kernel's name of it, which may be gone or mean something else by now.
    """

    file: tuple[int, int] | None
    on_device: int
    path: str
    is_sure: bool


class Node(msgspec.Struct, frozen=True):
    """One block device. `disk`: of a partition, the name of its disk, else its own. `holders`: what the kernel says is built on it.

    `leads_to`: what says which medium it is; two nodes that share one of these lead to the same. `characters`: the character nodes that
    reach the same medium, by number.
    """

    name: str
    number: int
    disk: str
    holders: tuple[str, ...] = ()
    leads_to: frozenset[str] = frozenset()
    characters: tuple[tuple[int, str], ...] = ()
    loop: Loop | None = None


def all_nodes() -> dict[str, Node]:
    """Every block device, by the kernel's name."""
    return {entry.name: _node(entry) for entry in sorted(SYS_BLOCK.iterdir())}


def number_in(folder: Path) -> int:
    """The device number that a folder of /sys tells, 0 if none."""
    try:
        major, minor = (folder / "dev").read_text().split(":")
    except OSError:
        return 0
    return os.makedev(int(major), int(minor))


def name_of(number: int) -> str | None:
    """The kernel's name of the block device with this number, None if there is none."""
    link = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    return link.resolve().name if link.exists() else None


def name_at(node: str) -> str:
    """The kernel's name of what stands at /dev/..."""
    return node.removeprefix("/dev/").replace("/", "!")


def partitions_of(name: str) -> list[str]:
    """The kernel's names of a disk's partitions."""
    return sorted(entry.parent.name for entry in (SYS_BLOCK / name).glob("*/partition"))


def label(name: str) -> str:
    """As people know it: /dev/mapper/data instead of /dev/dm-3."""
    mapper = _text(SYS_BLOCK / name / "dm/name")
    return f"/dev/mapper/{mapper}" if mapper else f"/dev/{name.replace('!', '/')}"


def opened(name: str, number: int, flags: int) -> int:
    """A descriptor on the block device of that number. Where /dev has no such node, one is made for the moment. Raises OSError."""
    flags |= os.O_CLOEXEC | os.O_NONBLOCK
    node = Path("/dev", name.replace("!", "/"))
    if _is(node, number):
        return os.open(node, flags)
    problem: OSError = FileNotFoundError(str(node))
    for place in PLACES_FOR_A_NODE:
        try:
            with tempfile.TemporaryDirectory(prefix="eraser-", dir=place) as folder:
                own = Path(folder, name)
                os.mknod(own, stat.S_IFBLK | 0o600, number)
                return os.open(own, flags)
        except OSError as error:  # no right to, or a file system without devices
            problem = error
    raise problem


def _is(node: Path, number: int) -> bool:
    try:
        status = node.stat()
    except OSError:
        return False
    return stat.S_ISBLK(status.st_mode) and status.st_rdev == number


def _node(entry: Path) -> Node:
    name, number, real = entry.name, number_in(entry), entry.resolve()
    holders = tuple(each.name for each in (*sorted((entry / "holders").glob("*")), *_ubi_on(name)))
    if (entry / "partition").exists():
        return Node(name, number, real.parent.name, holders)
    loop = _loop(name, number) if (entry / "loop/backing_file").exists() else None
    return Node(name, number, name, holders, frozenset(_leads_to(real, loop)), tuple(_characters(real)), loop)


def _ubi_on(name: str) -> Iterator[Path]:
    """Of raw flash: UBI takes it without a claim, and isn't among the holders."""
    if name.startswith("mtdblock"):
        yield from (each.parent for each in UBI.glob("*/mtd_num") if _text(each) == name.removeprefix("mtdblock"))


def _leads_to(disk: Path, loop: Loop | None) -> Iterator[str]:
    """Numbers that a medium has once in the world. Placeholders are none: cheap bridges give the same to all."""
    if loop is not None and loop.file is not None:
        yield f"file {loop.file}"
    told = [_text(disk / place) for place in ("device/wwid", "wwid", "nguid", "eui", "uuid")]
    worldwide = [each for each in told if each is not None and not _is_placeholder(each)]
    yield from worldwide
    for holder in (disk / "holders").glob("*"):
        uuid = _text(holder / "dm/uuid") or ""
        if uuid.startswith("mpath-"):
            yield uuid
    serial = _serial(disk)
    # Without a worldwide number, the same serial of the same model: on USB that is two cheap sticks, elsewhere two paths to one disk.
    if not worldwide and serial and "/usb" not in str(disk):
        model = (_text(disk / "device/vendor"), _text(disk / "device/model"), _text(disk / "size"))
        yield f"serial {model} {serial}"


def _is_placeholder(wwid: str) -> bool:
    digits = wwid.split(".")[-1].replace("-", "").replace(" ", "")
    return len(set(digits[1:])) < 2


def _serial(disk: Path) -> str | None:
    told = _text(disk / "device/serial") or _text(disk / "serial")
    if told is None:
        try:
            told = (disk / "device/vpd_pg80").read_bytes()[4:].decode("ascii", "replace").strip(" \0")
        except OSError:
            return None
    return told if len(told) >= _FEWEST_SERIAL_CHARACTERS and len(set(told)) > 1 else None


def _characters(disk: Path) -> Iterator[tuple[int, str]]:
    """SCSI generic and bsg nodes, an NVMe controller and the namespace's own character node, a memory card's, raw flash."""
    device = disk / "device"
    for place in ("dev", "*/dev", "*/*/dev"):
        for entry in device.glob(place):
            folder = entry.parent
            is_other_namespace = folder.name.startswith("ng") and folder.name != disk.name.replace("nvme", "ng", 1)
            if (folder / "subsystem").resolve().name != "block" and not is_other_namespace:
                yield number_in(folder), f"/dev/{_text_of(folder / 'uevent', 'DEVNAME') or folder.name}"


def _loop(name: str, number: int) -> Loop | None:
    """None if it was detached meanwhile. A file system that gives no answer (a network share that is gone) isn't waited for."""
    path = (_text(SYS_BLOCK / name / "loop/backing_file") or "").removesuffix(" (deleted)")
    told: list[Loop | None] = []
    asking = threading.Thread(target=lambda: told.append(_asked(name, number, path)), daemon=True)
    asking.start()
    asking.join(LOOP_PATIENCE_SECONDS)
    return told[0] if told else Loop(None, 0, path, False)


def _asked(name: str, number: int, path: str) -> Loop | None:
    try:
        descriptor = opened(name, number, os.O_RDONLY)
    except OSError:
        return _by_name(path)
    try:
        told = fcntl.ioctl(descriptor, LOOP_GET_STATUS64, bytes(_LOOP_INFO_BYTES))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    device, inode, on_device = struct.unpack_from("=QQQ", told)
    # Older kernels name the disk of its file system for a loop disk over a file.
    return Loop((device, inode), 0 if on_device == device else on_device, path, True)


def _by_name(path: str) -> Loop:
    """What bears the name now: good enough to speak against a medium, never to clear one."""
    try:
        status = Path(path).stat()
    except OSError:
        return Loop(None, 0, path, False)
    if stat.S_ISBLK(status.st_mode):
        return Loop(None, status.st_rdev, path, False)
    return Loop((status.st_dev, status.st_ino), 0, path, False)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or None
    except OSError:
        return None


def _text_of(path: Path, key: str) -> str | None:
    lines = (_text(path) or "").splitlines()
    return next((line.partition("=")[2] for line in lines if line.startswith(f"{key}=")), None)
