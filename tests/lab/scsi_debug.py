"""Inside the virtual machine: the kernel's own pretended SCSI disk, with any property that its module can give it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.usb import settle
from tests.lab.wait import until


@contextmanager
def scsi_debug(**parameters: int) -> Iterator[Path]:
    """Load scsi_debug with these module parameters (dev_size_mb=16, sector_size=4096, ...); yields the disk's node.

    There is one at a time: the module is removed at the end, which waits until nobody has the disk open any more.
    """
    words = [f"{key}={value}" for key, value in parameters.items()]
    subprocess.run(["modprobe", "scsi_debug", *words], check=True, timeout=60)
    try:
        disk = until(_disks, "the scsi_debug disk", 30)[0]
        settle()
        yield Path("/dev", disk)
    finally:
        until(_removed, "scsi_debug to be removed (is a descriptor still open?)", 30)


def _disks() -> list[str]:
    return [disk.name for disk in Path("/sys/bus/pseudo/devices").glob("adapter*/host*/target*/*/block/*")]


def _removed() -> bool:
    settle()
    subprocess.run(["rmmod", "scsi_debug"], capture_output=True, timeout=60)
    return not Path("/sys/module/scsi_debug").exists()
