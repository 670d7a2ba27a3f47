"""While a medium is held: does anybody else write to it? Looked at before the first write, before verifying, and before signing."""

from __future__ import annotations

from pathlib import Path

from eraser import devices, lease, nodes, usage
from eraser.devices import Device
from eraser.sysfs import SYS_BLOCK
from eraser.usage import BLIND, Use

# Somebody who only reads can spoil nothing once the job has begun.
HARMLESS = BLIND | {"read"}
# Where a file's time of change comes from somewhere else, and may come late.
DISTANT = ("fuse", "nfs", "cifs", "smb3", "9p", "virtiofs", "ceph", "afs")
_WRITTEN = (4, 6, 11, 13)  # writes, sectors written, discards, sectors discarded (Documentation/block/stat.rst)

# How much was written so far, by whomever, path by path; equal at two times: nobody wrote in between.
Written = tuple[int, ...]


class Disturbed(Exception):
    """Somebody else writes to the medium, or could."""


def as_it_is_now(device: Device) -> Device:
    """The same medium with what uses it now, once those that come and go are gone. Raises Refused if it is another one."""
    looks = [device]

    def ask() -> tuple[Use, ...]:
        looks.append(devices.again(device))
        return looks[-1].uses

    usage.settled(ask)
    return looks[-1]


def uses_while_held(device: Device, descriptor: int) -> tuple[Use, ...]:
    """What uses a medium that this process holds by `descriptor`, once those that come and go are gone."""
    return usage.settled(lambda: _of_held(device, descriptor))


def check(device: Device, descriptor: int) -> None:
    """Raises Disturbed if somebody else could write to the medium that this process holds by `descriptor`."""
    uses = usage.settled(lambda: tuple(use for use in _of_held(device, descriptor) if use.kind not in HARMLESS))
    if uses:
        told = dict.fromkeys(f"{use.where or '?'} ({use.kind}, {use.part})" for use in uses)
        raise Disturbed("; ".join(told).encode("ascii", "replace").decode())


def written(device: Device) -> Written:
    """What the kernel counts, of every path. Of an image file, or the file of a loop disk, its size and when it was changed."""
    if device.kind == "image":
        return _changed(Path(device.medium.path or ""))
    names = [nodes.name_at(node) for node in (device.medium.node, *device.paths)]
    counted = tuple(count for name in names for count in _counted(SYS_BLOCK / name / "stat"))
    return (*counted, *_changed_below(device))


def check_nobody_wrote(device: Device, before: Written) -> None:
    """Raises Disturbed if the counts are other ones than `before`. This process must not have written in between."""
    now = written(device)
    if now != before:
        raise Disturbed(f"written: {before} -> {now}")


def _of_held(device: Device, descriptor: int) -> tuple[Use, ...]:
    if device.kind != "image":
        return usage.of_node(device.device_number)
    answer = lease.of_descriptor(descriptor)
    if answer == "alone":
        return ()
    found = usage.openers_of_file(Path(device.medium.path or ""))
    if answer == "shared" and all(use.kind in BLIND for use in found):
        return (Use("shared", device.medium.node, ""),)
    return found


def _counted(file: Path) -> Written:
    try:
        fields = file.read_text().split()
    except OSError:
        return ()
    return tuple(int(fields[place]) for place in _WRITTEN if place < len(fields))


def _changed_below(device: Device) -> Written:
    """The kernel doesn't count for a loop disk what is written to its file by the file's name."""
    if device.medium.bus != "loop" or device.medium.path is None:
        return ()
    file = Path(device.medium.path)
    try:
        status = file.stat()
    except OSError:
        return ()
    is_below = usage.file_below(device.device_number) == (status.st_dev, status.st_ino)
    return _changed(file) if is_below else ()


def _changed(file: Path) -> Written:
    """The time of the last write can be set back by who wrote; the time of change can't."""
    try:
        status = file.stat()
    except OSError:
        return ()
    kind = usage.file_system_of(status.st_dev)
    is_distant = kind is None or kind.startswith(DISTANT)
    return () if is_distant else (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
