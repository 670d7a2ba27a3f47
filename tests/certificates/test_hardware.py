"""What only looks like a disk is no hardware, whatever serial number it shows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from certificates.hardware import is_hardware
from tests.certificates.samples import DISK, IMAGE, STICK

NODES = [
    "/dev/loop0", "/dev/loop0p1", "/dev/nbd3", "/dev/rbd0", "/dev/zd16", "/dev/zvol/tank/disk", "/dev/ublkb0", "/dev/nullb0", "/dev/zram0",
    "/dev/ram1", "/dev/dm-3", "/dev/mapper/data", "/dev/md127", "/dev/drbd1", "/dev/bcache0", "/dev/vda", "/dev/xvda", "/dev/rnbd0",
]  # fmt: skip
TOLD: list[dict[str, Any]] = [
    {"vendor": "QEMU", "model": "QEMU HARDDISK"},
    {"vendor": "ATA", "model": "QEMU HARDDISK"},
    {"vendor": None, "model": "QEMU NVMe Ctrl", "bus": "nvme"},
    {"vendor": "VMware", "model": "Virtual disk"},
    {"vendor": "VMware,", "model": "VMware Virtual S"},
    {"vendor": "ATA", "model": "VBOX HARDDISK"},
    {"vendor": "Msft", "model": "Virtual Disk"},
    {"vendor": "Linux", "model": "scsi_debug"},
    {"vendor": "LIO-ORG", "model": "disk1"},
    {"vendor": "IET", "model": "VIRTUAL-DISK"},
    {"vendor": None, "model": "Linux", "bus": "nvme"},
    {"vendor": "Linux", "model": "File-Stor Gadget", "bus": "usb"},
    {"vendor": None, "model": "Amazon Elastic Block Store", "bus": "nvme"},
    {"vendor": "Google", "model": "PersistentDisk"},
    {"path": "ip-192.0.2.1:3260-iscsi-iqn.2026-01.example:disk-lun-0"},
    {"path": "virtio-pci-0000:00:04.0"},
    {"path": "acpi-VMBUS:00-scsi-0:0:0:0"},
    {"bus": "virtio"},
    {"bus": "xen"},
    {"vendor": None, "model": None, "serial": None, "wwn": None, "bus": None, "path": None},
]


@pytest.mark.parametrize("node", NODES)
def test_a_device_made_of_something_else_is_none(node: str) -> None:
    assert not is_hardware(msgspec.structs.replace(DISK, node=node))


@pytest.mark.parametrize("told", TOLD)
def test_a_disk_of_a_virtual_machine_or_of_another_computer_is_none(told: dict[str, Any]) -> None:
    assert not is_hardware(msgspec.structs.replace(DISK, **told))


def test_drives_are_and_files_are_not() -> None:
    assert is_hardware(DISK) and is_hardware(STICK) and not is_hardware(IMAGE)
    for node in ("/dev/sda", "/dev/nvme0n1", "/dev/mmcblk0", "/dev/mmcblk0boot0", "/dev/sdaa", "/dev/sr0"):
        assert is_hardware(msgspec.structs.replace(DISK, node=node)), node
    # Makers whose names begin like those of the table.
    for vendor, model in (("Linuxtech", "SD1"), ("IETronic", "X"), ("ATA", "Virtuoso 1000"), ("VDisk", "Linear SSD")):
        assert is_hardware(msgspec.structs.replace(DISK, vendor=vendor, model=model)), model
