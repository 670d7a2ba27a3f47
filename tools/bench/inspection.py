"""How fast an inspection reads what offices keep, mix by mix: image files in memory, each looked at by a process of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.bench.disks import MEMORY
from tools.bench.mixes import MIXES
from tools.bench.process import peak_memory
from tools.bench.samples import GB, MIB
from verifier.inspection import inspect
from verifier.reading import Reader

SIZE = 256 * MIB
"""Bytes of a mix; smaller ones have a finer map, which costs more."""


@dataclass(frozen=True)
class Look:
    """All runs over one mix: bytes a second, processor seconds for each GB (medians), the greatest memory."""

    mix: str
    rates: tuple[float, ...]
    cpu_per_gb: float
    peak_bytes: int
    found: int

    def as_json(self) -> dict[str, object]:
        return {
            "type": "inspected",
            "mix": self.mix,
            "gb_per_s": f"{statistics.median(self.rates) / GB:.3f}",
            "gb_per_s_min": f"{min(self.rates) / GB:.3f}",
            "gb_per_s_max": f"{max(self.rates) / GB:.3f}",
            "cpu_s_per_gb": f"{self.cpu_per_gb:.2f}",
            "peak_mib": f"{self.peak_bytes / MIB:.0f}",
            "found": self.found,
        }


def measured(runs: int, size: int, say: Callable[[str], None]) -> Iterator[Look]:
    """One mix after the other. Nothing here is a goal."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=MEMORY) as folder:
        image = Path(folder) / "medium.img"
        for name, make in MIXES.items():
            say(f"inspection: {name}, {runs} runs")
            image.write_bytes(make(size))
            looks = [_looked(image) for _ in range(runs)]
            yield Look(
                mix=name,
                rates=tuple(size / float(look["seconds"]) for look in looks),
                cpu_per_gb=statistics.median(float(look["cpu"]) for look in looks) * GB / size,
                peak_bytes=max(int(look["peak"]) for look in looks),
                found=int(looks[0]["found"]),
            )


def _looked(image: Path) -> dict[str, float]:
    words = [sys.executable, "-m", "tools.bench.inspection", str(image)]
    told: dict[str, float] = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return told


def main(image: Path) -> None:
    """In the process that is measured. The clocks run while the medium is read, not while Python starts."""
    with Reader(image) as reader:
        began, used = time.perf_counter(), time.process_time()
        seen = inspect(reader)
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak_memory(os.getpid()), "found": seen.recoverable}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
