"""The devices of the virtual machine, for tests marked `vm`. Devices are shared by all tests: leave them plugged in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.lab import usb, vm
from tests.lab.forked import ForkedEraser
from tests.lab.scsi_debug import scsi_debug as load_scsi_debug


class ScsiDebugFactory(Protocol):
    def __call__(self, **parameters: int) -> Path: ...


@pytest.fixture
def stick() -> Path:
    """A USB stick of 32 MiB, serial USB0001."""
    return usb.wait_for_usb_disks(vm.STICK)[0]


@pytest.fixture
def same_serial_sticks() -> tuple[Path, Path]:
    """Two USB sticks of 16 MiB that both say serial SAME0001."""
    first, second = usb.wait_for_usb_disks(vm.SAME_SERIAL, count=2)
    return first, second


@pytest.fixture
def read_only_stick() -> Path:
    """A write-protected USB stick of 16 MiB."""
    return usb.wait_for_usb_disks(vm.READ_ONLY_STICK)[0]


@pytest.fixture
def empty_card_reader() -> Path:
    """A USB card reader without a card: the node is there, opening it says ENOMEDIUM."""
    return usb.wait_for_usb_disks(vm.CARD_READER)[0]


@pytest.fixture
def empty_optical() -> Path:
    """A USB optical drive without a disc; sysfs shows a size for it all the same."""
    return usb.wait_for_usb_disks(vm.OPTICAL)[0]


@pytest.fixture
def nvme_disk() -> Path:
    """An NVMe disk of 32 MiB, serial NV0001. It can be formatted; QEMU's cannot be sanitized."""
    return usb.nvme_disk(vm.NVME)


@pytest.fixture
def scsi_debug() -> Iterator[ScsiDebugFactory]:
    """Load the pretended SCSI disk with any of its module parameters, until the end of the test; one at a time."""
    with ExitStack() as stack:
        yield lambda **parameters: stack.enter_context(load_scsi_debug(**parameters))


@pytest.fixture
def debug_disk_4k(scsi_debug: ScsiDebugFactory) -> Path:
    """A SCSI disk of 16 MiB with sectors of 4096 bytes."""
    return scsi_debug(sector_size=4096, dev_size_mb=16)


@pytest.fixture
def unplug() -> Iterator[Callable[[Path], Path]]:
    """unplug(node) -> port. What is still unplugged at the end of the test is put back."""
    ports: list[Path] = []

    def pull(node: Path) -> Path:
        ports.append(usb.unplug(node))
        return ports[-1]

    yield pull
    for port in ports:
        if (port / "authorized").read_text().strip() == "0":
            usb.replug(port)


@pytest.fixture
def replug() -> Callable[[Path], Path]:
    """replug(port) -> the node, which may be another one than before."""
    return usb.replug


@pytest.fixture
def eraser(tmp_path: Path) -> ForkedEraser:
    """The command, on a station of its own."""
    return ForkedEraser(tmp_path / "station")
