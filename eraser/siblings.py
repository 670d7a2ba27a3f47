"""The other parts of the drive that a medium belongs to: namespaces, logical units, the areas of a memory card. Whoever wipes one of them
leaves the others as they are.

Read from sysfs alone. Not to be seen there: namespaces that are attached to no controller here, and what a drive keeps to itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from certificates.record import Medium, Sibling
from eraser import serials, sysfs

_AREA = re.compile(r"(mmcblk[0-9]+)(boot[0-9]+|gp[0-9]+|rpmb)?")
_UNIT = re.compile(r"[0-9]+:[0-9]+:[0-9]+:[0-9]+")
_RPMB_UNIT_BYTES = 128 << 10  # of RPMB_SIZE_MULT (JEDEC JESD84-B51, 7.4)


class Part(msgspec.Struct, frozen=True):
    """Which part of which drive a disk is. `drive`: equal for all parts of one drive; `name`: as in `Medium.part`."""

    kind: Literal["namespace", "unit", "area"]
    drive: str
    name: str


def part_of(disk: Path) -> Part | None:
    """Which part of which drive the disk in this folder of /sys is; None for one that has no others beside it."""
    area = _AREA.fullmatch(disk.name)
    if area is not None:
        return Part("area", area[1], area[2] or "user")
    space = sysfs.clean(sysfs.text(disk / "nsid"))
    if space is not None:
        subsystem = sysfs.clean(sysfs.text(disk / "device/subsysnqn")) or str((disk / "device").resolve())
        return Part("namespace", f"{subsystem} {sysfs.clean(sysfs.text(disk / 'device/serial'))}", space)
    unit = (disk / "device").resolve()
    if _UNIT.fullmatch(unit.name):
        # Of a USB device all units count, also those of another interface; else the logical units of one target.
        number, usb = unit.name.rpartition(":")[2], serials.usb_device(disk)
        if usb is None:
            return Part("unit", str(unit.parent), number)
        interface = unit.relative_to(usb).parts[0].rpartition(":")[2] if unit.is_relative_to(usb) else "1.0"
        return Part("unit", str(usb), number if interface == "1.0" else f"{interface}/{number}")
    return None


def completed(name: str, medium: Medium, describe: Callable[[str], Medium]) -> Medium:
    """The medium with its part and the other parts of its drive. `name`: the kernel's; `describe`: who is at another name."""
    disk = (sysfs.SYS_BLOCK / name).resolve()
    own = part_of(disk)
    if own is None or (sysfs.SYS_BLOCK / name / "partition").exists():
        return medium
    others = tuple(_others(own, medium, disk, describe))
    # What is alone at its target, or alone on its card, is the whole of it.
    is_whole = not others and (own.kind == "unit" or own.name == "user")
    return msgspec.structs.replace(medium, part=None if is_whole else own.name, siblings=others)


def _others(own: Part, medium: Medium, disk: Path, describe: Callable[[str], Medium]) -> Iterator[Sibling]:
    for entry in sorted(sysfs.SYS_BLOCK.iterdir()):
        if (entry / "partition").exists() or sysfs.flag(entry / "hidden"):
            continue
        part = part_of(entry.resolve())
        if part is None or part.drive != own.drive or part.name == own.name:
            continue
        beside = describe(entry.name)
        if not beside.capacity_bytes:  # an empty slot
            continue
        # Two disks behind one bridge or in one array: each has a number of its own.
        if own.kind == "unit" and medium.serial and beside.serial and medium.serial != beside.serial:
            continue
        is_slot = own.kind == "unit" and medium.bus == "usb" and bool(beside.removable)
        yield Sibling("slot" if is_slot else own.kind, part.name, beside.node, beside.wwn, beside.capacity_bytes)
    if own.kind == "area":
        yield from _replay_protected(own, disk)


def _replay_protected(own: Part, disk: Path) -> Iterator[Sibling]:
    """A card's area that only the holder of its key writes to; no block device."""
    for card in (parent for parent in disk.parents if (parent / "cid").exists()):
        told = sysfs.clean(sysfs.text(card / "raw_rpmb_size_mult")) or ""
        size = int(told, 16) * _RPMB_UNIT_BYTES if re.fullmatch("0x[0-9a-f]{1,4}", told) else 0
        if size:
            yield Sibling("replay-protected", "rpmb", f"/dev/{own.drive}rpmb", None, size)
