"""The ledger with a million entries: appending, proving, verifying, and the memory that verifying needs. One run; not a disk of ours."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates.ledger import Ended, Ledger, Started, entries, merkle
from certificates.record import Medium
from certificates.station_key import StationKey

NOW = "2026-11-22T10:00:00+09:00"
STATION = "STATION"
KEY = StationKey(Ed25519PrivateKey.generate())
ROUNDS = 300
T = TypeVar("T")


@dataclass(frozen=True)
class Timing:
    """What was measured for one goal; `wanted` is its upper limit."""

    what: str
    entries: int
    measured: float
    worst: float
    wanted: float
    unit: str

    @property
    def met(self) -> bool:
        return self.measured <= self.wanted

    def as_json(self) -> dict[str, object]:
        told = {name: getattr(self, name) for name in ("what", "entries", "wanted", "unit", "met")}
        return {"type": "ledger", **told, "measured": round(self.measured, 3), "worst": round(self.worst, 3)}


def measure(count: int, say: Callable[[str], None]) -> Iterator[Timing]:
    """Append (flushed to the disk), prove, verify. `worst`: the 99th of a hundred; for memory, that of a small ledger."""
    with tempfile.TemporaryDirectory(prefix="bench-ledger-") as folder:
        small, large = Path(folder) / "small.sqlite", Path(folder) / "large.sqlite"
        _fill(small, 2)
        say(f"a ledger of {count} entries")
        _fill(large, count)
        book = Ledger(large, STATION)
        appended, proven = list[float](), list[float]()
        for _ in range(ROUNDS):
            started = _timed(appended, partial(book.start, NOW, _medium(0), "keyed-2"))
            _timed(appended, partial(book.end, started, NOW, "erased", "ab" * 32, "cd" * 64))
            _timed(proven, partial(book.prove, entries.number_of(STATION, count // 3), KEY))
        total = count + 2 * ROUNDS
        yield _summed("append", total, appended, 5)
        yield _summed("proof", total, proven, 10)
        say("verify")
        (seconds, peak), (_, floor) = _verify(large), _verify(small)
        yield Timing("verify", total, seconds, seconds, 60, "s")
        yield Timing("verify, peak memory", total, peak, floor, floor + 16, "MiB")


def _fill(path: Path, count: int) -> None:
    """Half as many jobs, each ended; rows as the book makes them, in one transaction."""
    Ledger(path, STATION).start(NOW, _medium(0), "keyed-2")
    tree = merkle.Growing()
    with sqlite3.connect(path) as connection:
        (body,) = connection.execute("SELECT body FROM entry").fetchone()
        tree.add(merkle.leaf_hash(body))
        connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", _rows(count, tree))


def _rows(count: int, tree: merkle.Growing) -> Iterator[tuple[object, ...]]:
    for seq in range(2, count + 1):
        job = (seq + 1) // 2
        number = entries.number_of(STATION, job)
        entry = (
            Started(seq=seq, at=NOW, job=job, number=number, medium=_medium(job), method="keyed-2")
            if seq % 2
            else Ended(
                seq=seq,
                at=NOW,
                job=job,
                number=number,
                certificate=f"{job:064x}",
                signature="0" * 128,
                outcome="erased",
            )
        )
        body = msgspec.json.encode(entry, order="sorted")
        yield seq, entries.kind(entry), STATION, job, body, b"".join(tree.add(merkle.leaf_hash(body)))


def _medium(job: int) -> Medium:
    return Medium(
        kind="block-device", node="/dev/sdb", vendor="Sample", model="Flash Drive 3.2", serial=f"{job:016X}", wwn=None,
        firmware="1.00", bus="usb", media_type="usb-flash", rotational=None, removable=True, capacity_bytes=64_000_000_000,
        logical_sector_bytes=512, physical_sector_bytes=512, path="pci-0000:00:14.0-usb-0:1:1.0", diskseq=job,
    )  # fmt: skip


def _timed(into: list[float], work: Callable[[], T]) -> T:
    began = time.perf_counter()
    made = work()
    into.append(time.perf_counter() - began)
    return made


def _verify(path: Path) -> tuple[float, float]:
    """Seconds, and MiB at the peak, of a process of its own."""
    code = (
        "import json, resource, sys, time; from pathlib import Path; from certificates.ledger import Ledger\n"
        "began = time.monotonic(); Ledger(Path(sys.argv[1]), '').verify()\n"
        "print(json.dumps([time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))"
    )
    done = subprocess.run([sys.executable, "-c", code, path], check=True, capture_output=True, env=dict(os.environ))
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


def _summed(what: str, total: int, seconds: list[float], wanted: float) -> Timing:
    each = [1000 * second for second in seconds]
    return Timing(what, total, median(each), quantiles(each, n=100)[98], wanted, "ms")
