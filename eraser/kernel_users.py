"""What the kernel itself does with disks and files for others, without a process: targets that export them, swap, hibernation."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from eraser import nodes
from eraser.nodes import Thing
from eraser.processes import Mounted, Unseen, unescape
from eraser.sysfs import SYS_BLOCK

MODULES = {
    "nvmet": "nvmet",
    "target_core_mod": "target",
    "libcomposite": "usb_gadget",
}  # each with its folder in configfs
_LIO_NUMBER = re.compile(r"Major: ([0-9]+)\s+Minor: ([0-9]+)")
_LIO_FILE = re.compile(r"File: (\S+)")
_LIO_ADDRESS = re.compile(r"Channel ID: ([0-9]+) Target ID: ([0-9]+) LUN: ([0-9]+) Host ID: ([0-9]+)")


class KernelUsers(msgspec.Struct, frozen=True):
    """`exports`: what is exported, and by what. `swaps`: by their name in /proc/swaps. `hibernation`: the device's number, or 0."""

    exports: dict[Thing, tuple[str, ...]]
    swaps: dict[Thing, str]
    hibernation: int
    unseen: tuple[Unseen, ...]


def found(mounts: Iterable[Mounted]) -> KernelUsers:
    """All of them, by /proc/swaps, /sys/power/resume, and configfs where it is mounted."""
    exports: dict[Thing, list[str]] = {}
    unseen = []
    roots = [Path(each.place) for each in mounts if each.kind == "configfs" and each.process is None]
    for module, folder in MODULES.items():
        if Path("/sys/module", module).exists() and not any((root / folder).is_dir() for root in roots):
            unseen.append(Unseen("unread-config", module))
    for who, path in [each for root in roots for each in _exported(root)] + list(_gadgets()):
        thing = _thing(path)
        if thing is None or _may_be_another_by_now(path, thing):
            unseen.append(Unseen("unread-config", f"{who}: {path}"))
        if thing is not None:
            exports.setdefault(thing, []).append(who)
    return KernelUsers(
        {thing: tuple(names) for thing, names in exports.items()}, _swaps(), _hibernation(), tuple(unseen)
    )


def _exported(config: Path) -> Iterator[tuple[str, str]]:
    """Who exports, and the path, or the number ("8:16"), of what is exported."""
    for space in config.glob("nvmet/subsystems/*/namespaces/*"):
        if _text(space / "enable") == "1":
            yield f"nvmet {space.parent.parent.name}", _text(space / "device_path")
    for passed in config.glob("nvmet/subsystems/*/passthru"):
        if _text(passed / "enable") == "1":
            yield f"nvmet {passed.parent.name}", _text(passed / "device_path")
    for store in config.glob("target/core/*/*"):
        if _text(store / "enable") != "1":
            continue
        who, told = f"LIO {store.parent.name}/{store.name}", _text(store / "info")
        if number := _LIO_NUMBER.search(told):
            yield who, f"{number[1]}:{number[2]}"
        elif file := _LIO_FILE.search(told):
            yield who, file[1]
        elif address := _LIO_ADDRESS.search(told):
            channel, target, unit, host = address.groups()
            for disk in Path(f"/sys/bus/scsi/devices/{host}:{channel}:{target}:{unit}/block").glob("*"):
                yield who, (disk / "dev").read_text().strip()
    for lun in config.glob("usb_gadget/*/functions/mass_storage.*/lun.*"):
        if path := _text(lun / "file"):
            yield f"usb_gadget {lun.parents[2].name}", path


def _gadgets() -> Iterator[tuple[str, str]]:
    """The older way to be a USB stick: a module with parameters instead of configfs."""
    for file in Path("/sys/class/udc").glob("*/device/gadget*/lun*/file"):
        if path := _text(file):
            yield "g_mass_storage", path


def _thing(path: str) -> Thing | None:
    if re.fullmatch("[0-9]+:[0-9]+", path):
        major, minor = path.split(":")
        return "block", os.makedev(int(major), int(minor)), 0
    try:
        status = Path(path).stat()
    except OSError:
        # The node is not in this /dev; the kernel's own name of the device is the last part of what it was called.
        number = nodes.number_in(SYS_BLOCK / Path(path).name) if path.startswith("/dev/") else 0
        return ("block", number, 0) if number else None
    if stat.S_ISBLK(status.st_mode):
        return "block", status.st_rdev, 0
    if stat.S_ISCHR(status.st_mode):
        return "character", status.st_rdev, 0
    return "file", status.st_dev, status.st_ino


def _may_be_another_by_now(path: str, thing: Thing) -> bool:
    """A link leads to one of several disks of the same label or UUID, and the export began when it may have been another. What is built on
    others (device mapper, RAID) is no such disk, and holds those."""
    name = nodes.name_of(thing[1]) or ""
    is_built = name.startswith(("dm-", "md")) and not path.startswith("/dev/disk/")
    return thing[0] != "file" and Path(path).is_symlink() and not is_built


def _swaps() -> dict[Thing, str]:
    lines = Path("/proc/swaps").read_text(errors="surrogateescape").split("\n")[1:]
    sources = [unescape(line.split()[0]) for line in lines if line]
    return {thing: source for source in sources if (thing := _thing(source)) is not None}


def _hibernation() -> int:
    major, _, minor = (_text(Path("/sys/power/resume")) or "0:0").partition(":")
    return os.makedev(int(major), int(minor))


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
