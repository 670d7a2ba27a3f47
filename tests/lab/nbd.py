"""Drives that lie or fail, as block devices on this machine: nbdkit serves one, nbdfuse shows it as a file, losetup as a
disk. The behaviours and their parameters are in drives/drive.py."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.lab.loop import loop_disk
from tests.lab.wait import end, until

PLUGIN = Path(__file__).with_name("drives") / "drive.py"

Place = tuple[int, int]  # offset, length
Parameter = int | str | Place | list[Place]


class Lie(NamedTuple):
    """A write (for bad spots: any request) that did not do what the drive said, or failed."""

    offset: int
    length: int


class LyingDrive:
    """`node` is the block device, `backing` the file that shows what the medium holds in truth."""

    def __init__(self, backing: Path, size: int, state: Path, sector_size: int, direct: bool):
        self.backing = backing
        self.size = size
        self.node = Path()
        self._state = state
        self._sector_size = sector_size
        self._direct = direct
        self._attached = ExitStack()

    def lies(self) -> list[Lie]:
        """What the drive has not done, or done otherwise, so far; in order."""
        file = self._state / "lies"
        lines = file.read_text().splitlines() if file.exists() else []
        return [Lie(*map(int, line.split())) for line in lines]

    def reads(self) -> list[tuple[int, int]]:
        """`computed`: offset and length of every read so far, in order."""
        lines = (self._state / "reads").read_text().splitlines()
        return [(int(offset), int(length)) for offset, length in map(str.split, lines)]

    def wait_until_it_hangs(self) -> None:
        """`hangs`: return as soon as a write hangs."""
        until((self._state / "hanging").exists, "a write to hang")

    def release(self) -> None:
        """`hangs`: let the hanging write, and all later ones, go on."""
        (self._state / "release").touch()

    def reopen(self) -> None:
        """Pull the drive out and put it in again. `node` may be another one afterwards."""
        self.detach()
        self.attach()

    def attach(self) -> None:
        """Show the drive as a disk."""
        with ExitStack() as stack:
            file = stack.enter_context(_nbdfuse(self._state, self.size))
            self.node = stack.enter_context(loop_disk(file, sector_size=self._sector_size, direct=self._direct)).node
            self._attached = stack.pop_all()

    def detach(self) -> None:
        """Take the disk away."""
        self._attached.close()


@contextmanager
def lying_drive(
    behaviour: str,
    *,
    size: int,
    tmp_path: Path,
    sector_size: int = 512,
    rate: int | None = None,
    delay: float | None = None,
    largest: int | None = None,
    direct: bool = True,
    **params: Parameter,
) -> Iterator[LyingDrive]:
    """A drive of `size` bytes with one of the behaviours of drives/drive.py and its parameters.

    Ranges are (offset, length). `rate` is in bytes a second, `delay` in seconds for each request. `largest`: bytes of the
    largest request that reaches the drive; larger ones are cut. `direct`: as of a loop disk. The thread that calls
    this must outlive the drive: nbdkit ends with it, so that a killed test run leaves none behind.
    """
    backing = Path(tempfile.mkdtemp(prefix=f"{behaviour}-", dir=tmp_path)) / "backing.img"
    backing.touch()
    holds = params.get("holds", size)
    assert isinstance(holds, int)
    os.truncate(backing, holds)

    # Not in tmp_path: the path of a socket has to be short, and pytest keeps tmp_path when a mount could still be there.
    with tempfile.TemporaryDirectory(prefix="nbd-", ignore_cleanup_errors=True) as directory:
        state = Path(directory)
        filters = [*_rate_filter(rate), *_delay_filter(delay), *_size_filter(largest)]
        settings = {"behaviour": behaviour, "backing": backing, "size": size, "state": state}
        settings |= {key: _spell(value) for key, value in params.items()}
        server = _nbdkit(state, filters, settings)
        drive = LyingDrive(backing, size, state, sector_size, direct)
        try:
            until(lambda: _is_serving(server, state), f"nbdkit to serve {behaviour}")
            drive.attach()
            yield drive
        finally:
            # First of all: a request that hangs fails now, so nothing below can hang on it.
            end(server)
            drive.detach()
            shutil.copyfile(state / "nbdkit.log", backing.with_name("nbdkit.log"))


def _rate_filter(rate: int | None) -> list[str]:
    """The filter counts bits; without `burstiness` the first two seconds' worth would pass at once."""
    return [] if rate is None else ["--filter=rate", f"rate={rate * 8}", "burstiness=0.1"]


def _delay_filter(delay: float | None) -> list[str]:
    milliseconds = f"{round((delay or 0) * 1000)}ms"
    return [] if delay is None else ["--filter=delay", f"rdelay={milliseconds}", f"wdelay={milliseconds}"]


def _size_filter(largest: int | None) -> list[str]:
    return [] if largest is None else ["--filter=blocksize", f"maxdata={largest}"]


def _spell(value: Parameter) -> str:
    """A parameter as the plugin reads it: a range is OFFSET+LENGTH, several are joined by commas."""
    if isinstance(value, list):
        return ",".join(_spell(one) for one in value)
    return f"{value[0]}+{value[1]}" if isinstance(value, tuple) else str(value)


def _nbdkit(state: Path, filters: list[str], settings: dict[str, object]) -> subprocess.Popen[bytes]:
    options = [word for word in filters if word.startswith("--")]
    filter_settings = [word for word in filters if not word.startswith("--")]
    command = ["nbdkit", "--foreground", "--exit-with-parent", "--unix", str(state / "socket"), *options, "python"]
    command += [str(PLUGIN), *(f"{key}={value}" for key, value in settings.items()), *filter_settings]
    with (state / "nbdkit.log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _is_serving(server: subprocess.Popen[bytes], state: Path) -> bool:
    if server.poll() is not None:
        raise OSError(f"nbdkit ended with {server.returncode}:\n{(state / 'nbdkit.log').read_text()}")
    return _listens(state / "socket")


def _listens(socket: Path) -> bool:
    """The socket is there before anybody may connect to it; the kernel says when (flags of /proc/net/unix: __SO_ACCEPTCON)."""
    lines = (line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:])
    return any(line[-1] == str(socket) and int(line[3], 16) & 0x10000 for line in lines)


@contextmanager
def _nbdfuse(state: Path, size: int) -> Iterator[Path]:
    """The drive as a file."""
    file = state / "disk"
    file.touch()
    with (state / "nbdfuse.log").open("wb") as log:
        command = ["nbdfuse", str(file), "--unix", str(state / "socket")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until(lambda: _is_mounted(process, state, size), "nbdfuse to show the drive")
        yield file
    finally:
        subprocess.run(["fusermount3", "-u", "-z", str(file)], capture_output=True, timeout=30)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            end(process)


def _is_mounted(process: subprocess.Popen[bytes], state: Path, size: int) -> bool:
    if process.poll() is not None:
        raise OSError(f"nbdfuse ended with {process.returncode}:\n{(state / 'nbdfuse.log').read_text()}")
    return (state / "disk").stat().st_size == size
