"""Runs one command and measures it from outside: time, processor time, memory, and when its writing began and ended."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

LOOK_SECONDS = 0.005
LOOKS_PER_MEMORY_LOOK = 4
LIMIT_SECONDS = 900.0
SECTOR = 512


class Failed(Exception):
    """A command that should have worked did not."""


@dataclass(frozen=True)
class Ran:
    """What a finished command took. Memory is resident; `sum_bytes` adds up the peaks of all its processes."""

    out: str
    seconds: float
    cpu_seconds: float
    largest_bytes: int
    sum_bytes: int
    write_seconds: float | None


@dataclass
class Observer:
    """Looks at a running process and its children every few milliseconds, and at the disk that it writes.

    Tools differ in what they do before and after writing (nwipe takes seconds), so the clock of a write runs from the first
    write call until the disk has taken `expected` bytes, the same for all.
    """

    pid: int
    disk: Path | None
    expected: int
    peaks: dict[int, int] = field(default_factory=dict)
    first_write: float | None = None
    last_write: float | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.began = time.monotonic()
        self.written_before = written_by_disk(self.disk)
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def finish(self) -> None:
        self.ended.set()
        self.thread.join()

    @property
    def write_seconds(self) -> float | None:
        """None if the disk did not take everything. Who was done before the first look began to write when it started."""
        if self.last_write is None:
            return None
        return self.last_write - (self.first_write or self.began)

    def _look(self) -> None:
        looks = 0
        while not self.ended.wait(LOOK_SECONDS):
            if self.disk is not None:
                self._look_at_disk()
            if looks % LOOKS_PER_MEMORY_LOOK == 0:
                self._look_at_memory()
            looks += 1
        if self.disk is not None:
            self._look_at_disk()

    def _look_at_disk(self) -> None:
        now = time.monotonic()
        if self.first_write is None and written_by_process(self.pid) > 0:
            self.first_write = now
        if self.last_write is None and written_by_disk(self.disk) - self.written_before >= self.expected:
            self.last_write = now

    def _look_at_memory(self) -> None:
        for pid in family(self.pid):
            self.peaks[pid] = max(self.peaks.get(pid, 0), peak_memory(pid))


def run(
    command: list[str],
    *,
    environment: Mapping[str, str] | None = None,
    disk: Path | None = None,
    expected: int = 0,
    line: Callable[[int, str], None] | None = None,
    codes: tuple[int, ...] = (0,),
) -> Ran:
    """Run `command`. `line` gets the process number and each line of output as it comes. Raises Failed."""
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        began = time.monotonic()
        observer = Observer(process.pid, disk, expected)
        guard = threading.Timer(LIMIT_SECONDS, process.kill)
        guard.start()
        try:
            out = _read(process, line)
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
        finally:
            guard.cancel()
            observer.finish()
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{out[-2000:]}")
    largest, everything = _peaks(observer, used.ru_maxrss * 1024)
    cpu = used.ru_utime + used.ru_stime
    return Ran(out, seconds, cpu, largest, everything, observer.write_seconds)


def _read(process: subprocess.Popen[str], line: Callable[[int, str], None] | None) -> str:
    lines = []
    assert process.stdout is not None
    for each in process.stdout:
        lines.append(each)
        if line is not None:
            line(process.pid, each)
    return "".join(lines)


def _peaks(observer: Observer, told: int) -> tuple[int, int]:
    """The largest peak and the sum of all. What wait4 tells is exact, but starts at what this process had when it forked."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    seen = observer.peaks.get(observer.pid, 0)
    main = max(told, seen) if told > own else seen
    others = [peak for pid, peak in observer.peaks.items() if pid != observer.pid]
    return max([main, *others]), main + sum(others)


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    try:
        for file in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in file.read_text().split():
                found += family(int(child)) if _has_own_memory(int(child), pid) else []
    except OSError:
        pass
    return found


def _has_own_memory(child: int, parent: int) -> bool:
    """False between fork and exec, when what the child seems to have is its parent's."""
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in (child, parent)]
    return lines[0] != lines[1]


def peak_memory(pid: int) -> int:
    """The most that a process had resident so far, in bytes; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024


def cpu_seconds(pid: int) -> float:
    """Processor time of a running process so far, all its threads. The clock's number is made as clock_getcpuclockid does."""
    return time.clock_gettime((~pid) << 3 | 2)


def written_by_process(pid: int) -> int:
    """Whole mebibytes that a process gave to write calls: its log lines do not count."""
    try:
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    except OSError:
        return 0
    counts = dict(line.split(": ") for line in lines)  # none in the moment in which the process ends
    return int(counts.get("wchar", 0)) >> 20


def written_by_disk(disk: Path | None) -> int:
    """Bytes that a block device has taken since it is attached."""
    if disk is None:
        return 0
    return int(Path(f"/sys/block/{disk.name}/stat").read_text().split()[6]) * SECTOR
