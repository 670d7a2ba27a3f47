"""Can it have happened at all? Times and counts that contradict nothing in the record, but no clock, drive or day allows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from certificates.check import CheckRecord
from certificates.consistency import Contradiction
from certificates.inspection import InspectionRecord
from certificates.record import Medium, Record, Verification
from certificates.values import bytes_in

EARLIEST = datetime(
    2025, 1, 1, tzinfo=UTC
)  # before the first version there was nothing to issue with; a dead clock says 1970
SKEW = timedelta(days=1)  # a clock may be wrong by so much, or its zone forgotten
FASTEST_DISK = 1_200_000_000  # bytes/s: twice the fastest magnetic disk (two actuators, 554 MB/s as its maker says)
FASTEST = 256 << 30  # bytes/s: beyond any bus (PCIe 6.0 x16 carries 128 GB/s)


def contradictions(record: Any, now: datetime) -> tuple[Contradiction, ...]:
    """What is implausible in a record of any kind, judged at `now` (with zone). Raises ValueError for times that are none."""
    found = list(_dates(record, now))
    found += _speeds(record)
    if isinstance(record, Record):
        found += _counts(record)
    if isinstance(record, CheckRecord):
        found += [*_counts_of(record.verification, record.medium), *_before_its_certificate(record)]
    return tuple(found)


def is_faster_than_a_disk(record: Record) -> bool:
    """No contradiction, for a RAID or a virtual machine may call itself a magnetic disk; but it is not one that was wiped so fast."""
    checks = [each for each in (record.verification, *record.earlier_verifications) if each is not None]
    spans = [(each.started, each.ended, each.bytes_written) for each in record.passes]
    spans += [(each.started, each.ended, each.bytes_compared) for each in checks]
    if record.medium.media_type != "magnetic-disk":
        return False
    return any(amount > _seconds(started, ended) * FASTEST_DISK for started, ended, amount in spans)


def _seconds(started: str, ended: str) -> float:
    """Times are whole seconds, so a span may be a second longer than it looks."""
    return max(1.0, (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds() + 1)


def _dates(record: Any, now: datetime) -> Iterator[Contradiction]:
    issued = datetime.fromisoformat(record.issued)
    if issued > now + SKEW:
        yield Contradiction("implausible.future", {"issued": record.issued})
    # A record is issued when its job is over. What people destroyed has no such end: it is recorded when they come to it.
    if issued - datetime.fromisoformat(getattr(record, "ended", record.issued)) > SKEW:
        yield Contradiction("implausible.late", {"ended": record.ended, "issued": record.issued})
    if datetime.fromisoformat(getattr(record, "started", record.issued)) < EARLIEST:
        yield Contradiction("implausible.past", {"year": str(EARLIEST.year)})


def _before_its_certificate(record: CheckRecord) -> Iterator[Contradiction]:
    """Nobody can compare a medium with a certificate that is still to come; two stations' clocks may differ."""
    issued = record.certificate.issued
    if datetime.fromisoformat(record.started) < datetime.fromisoformat(issued) - SKEW:
        yield Contradiction("implausible.early", {"started": record.started, "issued": issued})


def _speeds(record: Any) -> Iterator[Contradiction]:
    spans = [(each.started, each.ended, each.bytes_written) for each in getattr(record, "passes", ())]
    checks = (getattr(record, "verification", None), *getattr(record, "earlier_verifications", ()))
    spans += [(each.started, each.ended, each.bytes_compared) for each in checks if each is not None]
    if isinstance(record, InspectionRecord):
        spans.append((record.started, record.ended, record.reading.bytes_read))
    for started, ended, amount in spans:
        seconds = _seconds(started, ended)
        if amount > seconds * FASTEST:
            yield Contradiction("implausible.speed", {"bytes": str(amount), "seconds": f"{seconds:.0f}"})


def _counts(record: Record) -> Iterator[Contradiction]:
    """No more of anything than the medium has."""
    medium = record.medium
    capacity, sector = medium.capacity_bytes, max(1, medium.logical_sector_bytes)
    for done in record.passes:
        if done.bytes_written + bytes_in(done.unwritable, sector) > capacity + sector - 1:
            yield Contradiction("implausible.count", {"what": f"passes[{done.number}].unwritable"})
    for check in (record.verification, *record.earlier_verifications):
        yield from _counts_of(check, medium)
    challenge = record.challenge
    if challenge is not None and (
        challenge.places * challenge.place_bytes > capacity or challenge.window_bytes > capacity
    ):
        yield Contradiction("implausible.count", {"what": "challenge.places"})
    if any(each.bytes_done > capacity for each in record.interruptions):
        yield Contradiction("implausible.count", {"what": "interruptions.bytes_done"})
    if record.method.passes_asked == 0 or medium.physical_sector_bytes % sector:
        yield Contradiction("implausible.count", {"what": "method.passes_asked, medium.physical_sector_bytes"})


def _counts_of(check: Verification | None, medium: Medium) -> Iterator[Contradiction]:
    if check is None:
        return
    sectors = -(-medium.capacity_bytes // max(1, medium.logical_sector_bytes))
    if check.different_sectors + check.unreadable_sectors > sectors:
        yield Contradiction("implausible.count", {"what": "verification.different_sectors"})
    if check.places > sectors or (check.bytes_compared and not check.places):
        yield Contradiction("implausible.count", {"what": "verification.places"})
