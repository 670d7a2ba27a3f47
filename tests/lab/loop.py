"""Loop disks: a file seen as a block device."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.wait import until


@dataclass(frozen=True)
class LoopDisk:
    """`node` is the block device; `backing` is the file in which its bytes are."""

    node: Path
    backing: Path


@contextmanager
def loop_disk(
    path_or_size: Path | int, *, sector_size: int = 512, direct: bool = True, read_only: bool = False
) -> Iterator[LoopDisk]:
    """Attach a file, or a new file of that many bytes, and detach it on exit.

    `direct` keeps the page cache of the backing file out of the way, so that its read errors reach the reader.
    """
    with ExitStack() as stack:
        if isinstance(path_or_size, int):
            backing = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="loop-"))) / "disk.img"
            backing.touch()
            os.truncate(backing, path_or_size)
        else:
            backing = path_or_size.resolve()
        node = _attach(backing, sector_size, direct, read_only)
        stack.callback(_detach, node, backing)
        yield LoopDisk(node, backing)


def _attach(backing: Path, sector_size: int, direct: bool, read_only: bool) -> Path:
    options = [f"--sector-size={sector_size}", f"--direct-io={'on' if direct else 'off'}"]
    if read_only:
        options.append("--read-only")
    command = ["losetup", "--find", "--show", *options, str(backing)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return Path(done.stdout.strip())


def _detach(node: Path, backing: Path) -> None:
    """Detach; where someone (often udev) still has the node open, wait: the kernel detaches at the last close."""
    subprocess.run(["losetup", "--detach", str(node)], check=True, capture_output=True, timeout=30)
    until(lambda: _backing_of(node) != str(backing), f"{node} to be free (is a descriptor still open?)")


def _backing_of(node: Path) -> str | None:
    """The file behind a loop node, None when detached. The number may at once belong to someone else's disk."""
    try:
        return Path(f"/sys/block/{node.name}/loop/backing_file").read_text().strip().removesuffix(" (deleted)")
    except OSError:
        return None
