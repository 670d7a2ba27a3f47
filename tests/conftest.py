"""What all tests share: the disks of the labs as fixtures, and the rule for tests whose lab cannot run here."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.lab import available
from tests.lab.command import Eraser
from tests.lab.loop import LoopDisk
from tests.lab.loop import loop_disk as attach_loop_disk
from tests.lab.nbd import LyingDrive, Parameter
from tests.lab.nbd import lying_drive as attach_lying_drive

available.find_system_programs()
os.umask(0o022)  # where it is 002, a station's folder that a test makes would be open to others, and refused


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked vm run only inside the virtual machine; outside, tests/vm/test_boot.py runs them all in one boot.
    Tests marked soak take minutes each and run only when asked for (`make soak`)."""
    left_out = {"soak"} if not os.environ.get("ERASER_SOAK") else set()
    left_out |= set() if available.IN_VM else {"vm"}
    inner = [item for item in items if any(item.get_closest_marker(mark) for mark in left_out)]
    if inner:
        config.hook.pytest_deselected(items=inner)
        items[:] = [item for item in items if item not in inner]
    # The virtual machine is a machine of its own, and boots beside everything else. All others stay in one process: what one test
    # does to this machine (a hidden opener, an export) is rightly a refusal for every wipe on it.
    for item in items:
        item.add_marker(pytest.mark.xdist_group("vm" if item.path.name == "test_boot.py" else "host"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test whose lab or tools are not there is skipped and says why; where labs are required, it fails."""
    for lab in available.LABS:
        if item.get_closest_marker(lab):
            available.require(lab)
    for mark in item.iter_markers("tools"):
        available.needs(*mark.args)


class LoopDiskFactory(Protocol):
    def __call__(
        self, path_or_size: Path | int, *, sector_size: int = 512, direct: bool = True, read_only: bool = False
    ) -> LoopDisk: ...


class LyingDriveFactory(Protocol):
    def __call__(
        self,
        behaviour: str,
        *,
        size: int,
        sector_size: int = 512,
        rate: int | None = None,
        delay: float | None = None,
        largest: int | None = None,
        direct: bool = True,
        **params: Parameter,
    ) -> LyingDrive: ...


@pytest.fixture
def loop_disk() -> Iterator[LoopDiskFactory]:
    """Attach loop disks that last until the end of the test."""
    available.require("loop")
    with ExitStack() as stack:

        def attach(
            path_or_size: Path | int, *, sector_size: int = 512, direct: bool = True, read_only: bool = False
        ) -> LoopDisk:
            disk = attach_loop_disk(path_or_size, sector_size=sector_size, direct=direct, read_only=read_only)
            return stack.enter_context(disk)

        yield attach


@pytest.fixture
def lying_drive(tmp_path: Path) -> Iterator[LyingDriveFactory]:
    """Attach drives that lie or fail, which last until the end of the test."""
    available.require("nbd")
    with ExitStack() as stack:

        def attach(
            behaviour: str,
            *,
            size: int,
            sector_size: int = 512,
            rate: int | None = None,
            delay: float | None = None,
            largest: int | None = None,
            direct: bool = True,
            **params: Parameter,
        ) -> LyingDrive:
            return stack.enter_context(
                attach_lying_drive(
                    behaviour,
                    size=size,
                    tmp_path=tmp_path,
                    sector_size=sector_size,
                    rate=rate,
                    delay=delay,
                    largest=largest,
                    direct=direct,
                    **params,
                )
            )

        yield attach


@pytest.fixture
def eraser(tmp_path: Path) -> Eraser:
    """The command, on a station of its own."""
    return Eraser(tmp_path / "station")
