"""Inside the virtual machine: find disks by what they are, pull USB devices out and put them in again."""

import subprocess
from pathlib import Path

from tests.lab.wait import until


def settle() -> None:
    """Wait until udev has dealt with all events."""
    subprocess.run(["udevadm", "settle", "--timeout=30"], check=True, timeout=60)


def usb_port(node: Path) -> Path:
    """The directory in sysfs of the USB device that a disk is part of."""
    directory = Path(f"/sys/class/block/{node.name}").resolve()
    for parent in directory.parents:
        if (parent / "idVendor").exists():
            return parent
    raise LookupError(f"{node} is not a USB device")


def usb_disks(serial: str) -> list[Path]:
    """The nodes of the disks (and optical drives) on USB devices with this serial number, in the order of their ports."""
    found = []
    for file in Path("/sys/bus/usb/devices").glob("*/serial"):
        if file.read_text().strip() == serial:
            found += [(file.parent.name, disk) for disk in _disks_on(file.parent)]
    return [Path("/dev", disk) for _, disk in sorted(found)]


def wait_for_usb_disks(serial: str, count: int = 1) -> list[Path]:
    """As `usb_disks`, once there are so many and udev knows them."""
    until(lambda: len(usb_disks(serial)) == count, f"{count} USB disk(s) with serial {serial}", 30)
    settle()
    return usb_disks(serial)


def nvme_disk(serial: str) -> Path:
    """The first name space of the NVMe controller with this serial number."""

    def find() -> list[Path]:
        controllers = [file.parent for file in Path("/sys/class/nvme").glob("*/serial") if _text(file) == serial]
        return [space for controller in controllers for space in controller.glob("nvme*n*")]

    space = until(find, f"an NVMe disk with serial {serial}", 30)[0]
    settle()
    return Path("/dev", space.name)


def unplug(node: Path) -> Path:
    """Pull the USB device of this disk, as far as the kernel can tell; returns the port, for `replug`."""
    port = usb_port(node)
    (port / "authorized").write_text("0")
    until(lambda: not _disks_on(port), f"{node} to go away", 30)
    settle()
    return port


def replug(port: Path) -> Path:
    """Put the device back; returns its node, which may be another one than before."""
    (port / "authorized").write_text("1")
    disks = until(lambda: _disks_on(port), f"a disk on {port.name} to come back", 30)
    settle()
    return Path("/dev", disks[0])


def _disks_on(port: Path) -> list[str]:
    return [disk.name for disk in port.glob("*/host*/target*/*/block/*")]


def _text(file: Path) -> str:
    return file.read_text().strip()
