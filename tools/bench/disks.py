"""The disks that are measured: loop disks over memory, and a stick that is held to a rate."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.lab.loop import loop_disk
from tests.lab.nbd import lying_drive

MEMORY = Path("/dev/shm")  # noqa: S108
GIB = 1 << 30
MOST_DISKS = 8


def comfortable_size() -> int:
    """1 GiB, or less where eight disks of that size would fill more than half of the memory file system."""
    half = shutil.disk_usage(MEMORY).free // 2
    return min(GIB, half // MOST_DISKS >> 22 << 22)


@contextmanager
def memory_disks(count: int, size: int) -> Iterator[list[Path]]:
    """`count` block devices whose bytes are in memory. Every page is written once before, so that nobody pays for getting it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=MEMORY)))
        nodes = []
        for number in range(count):
            backing = folder / f"disk{number}.img"
            _fill(backing, size)
            nodes.append(stack.enter_context(loop_disk(backing, direct=True)).node)
        yield nodes


def _fill(file: Path, size: int) -> None:
    block = bytes(4 << 20)
    with file.open("wb") as out:
        for offset in range(0, size, len(block)):
            out.write(block[: size - offset])


@contextmanager
def throttled_stick(size: int, rate: int) -> Iterator[Path]:
    """A block device that takes and gives `rate` bytes a second."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=MEMORY) as folder,
        lying_drive("honest", size=size, tmp_path=Path(folder), rate=rate) as drive,
    ):
        yield drive.node


def nothing_but(nodes: Sequence[Path], command: list[str]) -> list[str]:
    """`command` in a mount namespace whose /dev holds these disks and no other.

    nwipe started without a usable device argument would take every disk that it finds; here it can find none but ours.
    """
    script = "set -e; mount -t tmpfs -o mode=755 bench /dev; "
    for name, major, minor in (("null", 1, 3), ("zero", 1, 5), ("random", 1, 8), ("urandom", 1, 9)):
        script += f"mknod -m 666 /dev/{name} c {major} {minor}; "
    for node in nodes:
        number = os.stat(node).st_rdev  # noqa: PTH116
        script += f"mknod -m 600 {node} b {os.major(number)} {os.minor(number)}; "
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script + 'exec "$@"', "sh", *command]
