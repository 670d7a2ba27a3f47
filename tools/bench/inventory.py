"""How long closing an inventory of 10,000 assets takes: the whole command, from a ledger of 20,000 entries, with its CSV and its page."""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import openpyxl

from certificates.ledger import Ended, Ledger, Started, entries, merkle
from certificates.ledger.stores.tables import Row
from tests.certificates.samples import STICK

ASSETS = 10_000
WANTED_SECONDS = 5.0
_AT = "2026-11-22T10:00:00+09:00"


@dataclass(frozen=True)
class Closing:
    """The median of several runs."""

    inventory: str
    seconds: float
    cpu_seconds: float

    def as_json(self) -> dict[str, object]:
        return {
            "type": "closing",
            "inventory": self.inventory,
            "assets": ASSETS,
            "seconds": f"{self.seconds:.2f}",
            "cpu_seconds": f"{self.cpu_seconds:.2f}",
            "wanted": f"< {WANTED_SECONDS:g} s",
            "met": "met" if self.seconds < WANTED_SECONDS else "MISSED",
        }


def measured(runs: int, say: Callable[[str], None]) -> Iterator[Closing]:
    """CSV in CP932, and XLSX."""
    with tempfile.TemporaryDirectory(prefix="bench-inventory-") as folder:
        place = Path(folder)
        say("inventory: a ledger of 20,000 entries")
        _ledger(place / "home" / "ledger.sqlite")
        for name, content in (("CSV (CP932)", _csv()), ("XLSX", _xlsx())):
            file = place / f"inventory.{name[:3].lower()}"
            file.write_bytes(content)
            say(f"inventory: {name}, {runs} runs")
            times = [_run(place, file, number) for number in range(runs)]
            walls, cpus = zip(*times, strict=True)
            yield Closing(name, statistics.median(walls), statistics.median(cpus))


def _run(place: Path, file: Path, number: int) -> tuple[float, float]:
    """Seconds and processor seconds of one `eraser reconcile`. Raises if it does not close."""
    out = [
        word for suffix in ("csv", "pdf") for word in (f"--{suffix}", str(place / f"{file.suffix}-{number}.{suffix}"))
    ]
    words = [sys.executable, "-m", "eraser", "reconcile", str(file), *out]
    before, began = os.times(), time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env=os.environ | {"ERASER_HOME": str(place / "home")})
    took, after = time.perf_counter() - began, os.times()
    return took, after.children_user + after.children_system - before.children_user - before.children_system


def _ledger(path: Path) -> None:
    """Ten thousand jobs that erased, in one transaction."""
    station, tree = "0123ABCD", merkle.Growing()
    with Ledger(path, station).store.writing() as tables:
        for job in range(1, ASSETS + 1):
            number = entries.number_of(station, job)
            medium = msgspec.structs.replace(STICK, serial=f"SER{job:06d}")
            begun = Started(seq=2 * job - 1, at=_AT, job=job, number=number, medium=medium, method="keyed")
            ended = Ended(
                seq=2 * job,
                at=_AT,
                job=job,
                number=number,
                certificate="ab" * 32,
                signature="cd" * 64,
                outcome="erased",
            )
            for entry in (begun, ended):
                body = entries.encode(entry)
                nodes = b"".join(tree.add(merkle.leaf_hash(body)))
                tables.add(Row(entry.seq, entries.kind(entry), station, job, body, nodes))


def _rows() -> Iterator[tuple[str, str]]:
    yield "資産番号", "シリアル番号"
    yield from ((f"市-{job:05d}", f"ser-{job:06d}") for job in range(1, ASSETS + 1))


def _csv() -> bytes:
    return "".join(f"{tag},{serial}\r\n" for tag, serial in _rows()).encode("cp932")


def _xlsx() -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("台帳")
    for row in _rows():
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
