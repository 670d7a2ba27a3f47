"""How fast certificates are issued and audited on one processor. Each is another one: number, medium, key and time of its own."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from certificates import audit
from certificates.audit import folder
from certificates.record import Record
from certificates.trust import Trust
from eraser import papers
from eraser.home import Home
from tests.certificates import samples

CERTIFICATES = 1000


@dataclass(frozen=True)
class Rate:
    """`count` times the same, one after the other, on one processor."""

    what: str
    count: int
    seconds: float
    cpu_seconds: float
    wanted: float | None = None

    @property
    def each_second(self) -> float:
        return self.count / self.seconds

    def as_json(self) -> dict[str, object]:
        return {
            "type": "rate",
            "what": self.what,
            "count": self.count,
            "per_s": f"{self.each_second:.1f}",
            "cpu_ms_each": f"{self.cpu_seconds / self.count * 1000:.1f}",
            "wanted": "-" if self.wanted is None else f">= {self.wanted:g}",
            "met": "-" if self.wanted is None else ("met" if self.each_second >= self.wanted else "MISSED"),
        }


def measured(say: Callable[[str], None]) -> Iterator[Rate]:
    """Issuing, keeping and auditing. The process stays on one processor; other load on it counts against the figures."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        with tempfile.TemporaryDirectory(prefix="bench-papers-") as place:
            yield from _rates(Path(place), say)
    finally:
        os.sched_setaffinity(0, allowed)


def _rates(place: Path, say: Callable[[str], None]) -> Iterator[Rate]:
    records = [_record(number) for number in range(CERTIFICATES)]
    papers.issue(records[0], samples.KEY)  # fonts are read once
    say(f"issuing {CERTIFICATES} certificates")
    issued: list[papers.Papers[Record]] = []
    yield _timed("issue: sign and draw", lambda: issued.extend(papers.issue(each, samples.KEY) for each in records), 20)
    assert all(each.pdf for each in issued)
    home, out = Home(place / "home"), place / "out"
    for each in (home.certificates, out):
        each.mkdir(parents=True)
    yield _timed(
        "keep two copies, durably",
        lambda: [[papers.write(each, place) for place in (out, home.certificates)] for each in issued],
        None,
    )
    say(f"auditing {CERTIFICATES} certificates")
    whom = Trust({samples.KEY.key_id: samples.KEY.public_pem})
    yield _timed("audit: PDF, JSON and signature", lambda: _audit(out, whom), 100)
    for pdf in out.glob("*.pdf"):
        pdf.unlink()
    yield _timed("audit: JSON and signature, no page", lambda: _audit(out, whom), None)


def _audit(place: Path, whom: Trust) -> None:
    good = [audit.audit_file(found, whom).authentic for found in folder.find(place)]
    assert good == [True] * CERTIFICATES


def _timed(what: str, work: Callable[[], object], wanted: float | None) -> Rate:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return Rate(what, CERTIFICATES, time.perf_counter() - began, time.process_time() - cpu, wanted)


def _record(number: int) -> Record:
    """One of a batch, as a contractor wipes it: the same model for the same customer."""
    sample = samples.erased()
    medium = msgspec.structs.replace(sample.medium, serial=f"SMPL-WX31A{number:08X}", diskseq=number)
    key = number.to_bytes(4, "big").hex() * 8
    last = msgspec.structs.replace(sample.passes[-1], content=msgspec.structs.replace(samples.LAST, key=key))
    more = {"medium": medium, "passes": (last,), "asset_tag": f"見本-R07-{number:04}"}
    return msgspec.structs.replace(sample, number=samples.number_of(samples.KEY, number + 1), **more)
