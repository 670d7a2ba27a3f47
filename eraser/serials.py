"""Serial number and WWN of a disk: from which of several sources, by its transport.

The serial number is the one that stands on the drive's label. The kernel's own account goes first: it doesn't change while udev is at
work, and is there without udev.

| transport | serial number | WWN |
|---|---|---|
| nvme | the controller's (`device/serial`); all namespaces of a drive share it | the namespace's (`wwid`: EUI64, NGUID, UUID) |
| ata | VPD page 80h, which the kernel fills from IDENTIFY DEVICE; else udev's | VPD page 83h, else udev's |
| scsi, sas | VPD page 80h, the unit serial number; else udev's of that page; never the WWN | VPD page 83h, else udev's |
| usb, a bridge | of the disk behind it, if the bridge lets it be asked (udev's ata_id, VPD page 80h); else the bridge's own | likewise |
| usb, a stick | iSerial of the USB device | |
| mmc | the card's, from its CID; its boot areas share it | |
| virtio | what the host set | |
| loop, nbd | none: what lies below has one | |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from eraser import sysfs

_WWID = re.compile(r"(naa|eui)\.([0-9a-f]{16,32})")


def serial(disk: Path, bus: str | None, udev: Mapping[str, str]) -> str | None:
    """The serial number of the disk whose folder in /sys is `disk`; None where it has none to tell."""
    for source in _sources(disk, bus, udev):
        if found := sysfs.clean(source):
            return found
    return None


def _sources(disk: Path, bus: str | None, udev: Mapping[str, str]) -> tuple[str | None, ...]:
    """What may be the serial number, best first."""
    told = udev.get("ID_SERIAL_SHORT")
    if bus in ("loop", "nbd"):
        return ()
    if bus == "usb":
        behind_bridge = told if udev.get("ID_BUS") == "ata" else None
        unit = unit_serial(disk)
        if sysfs.flag(disk / "removable"):
            return (behind_bridge, _of_usb_device(disk), told, unit)
        return (behind_bridge, unit, _of_usb_device(disk), told)
    if bus == "scsi":
        # For scsi_id, ID_SERIAL_SHORT is the designator of page 83h: a WWN as a rule.
        return (unit_serial(disk), udev.get("ID_SCSI_SERIAL"), None if _is_wwn(told, disk, udev) else told)
    if bus == "mmc":
        return (sysfs.text(disk / "device/serial"), *(sysfs.text(card / "serial") for card in _cards(disk)), told)
    return (
        unit_serial(disk),
        sysfs.text(disk / "device/serial"),
        sysfs.text(disk / "serial"),
        told,
        udev.get("ID_SCSI_SERIAL"),
    )


def wwn(disk: Path, udev: Mapping[str, str]) -> str | None:
    """The world wide name of the disk whose folder in /sys is `disk`, written as udev writes it; None where it has none."""
    of_namespace = sysfs.clean(sysfs.text(disk / "wwid"))
    of_unit = _WWID.fullmatch(sysfs.clean(sysfs.text(disk / "device/wwid")) or "")
    if of_namespace is None and of_unit is not None:
        return f"0x{of_unit[2]}"
    return of_namespace or sysfs.clean(udev.get("ID_WWN_WITH_EXTENSION") or udev.get("ID_WWN"))


def unit_serial(disk: Path) -> str | None:
    """What VPD page 80h says, as long as its header says that it is."""
    try:
        page = (disk / "device/vpd_pg80").read_bytes()
    except OSError:
        return None
    if len(page) < 4 or page[1] != 0x80:
        return None
    return page[4 : 4 + int.from_bytes(page[2:4], "big")].decode("ascii", "replace")


def usb_device(disk: Path) -> Path | None:
    """The folder in /sys of the USB device that the disk is part of."""
    return next((parent for parent in disk.parents if (parent / "idVendor").exists()), None)


def _of_usb_device(disk: Path) -> str | None:
    device = usb_device(disk)
    return None if device is None else sysfs.text(device / "serial")


def _cards(disk: Path) -> tuple[Path, ...]:
    """The folder of the memory card that a disk or a boot area is part of."""
    return tuple(parent for parent in disk.parents if (parent / "cid").exists())


def _is_wwn(told: str | None, disk: Path, udev: Mapping[str, str]) -> bool:
    names = (udev.get("ID_WWN"), udev.get("ID_WWN_WITH_EXTENSION"), wwn(disk, udev))
    return told is not None and told.lower().removeprefix("0x") in {
        name.lower().removeprefix("0x") for name in names if name
    }
