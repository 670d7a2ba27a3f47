"""Sample records of checks. Every name in them says that it is a sample."""

from __future__ import annotations

from typing import Any

import msgspec

from certificates import canonical, check, judgement
from certificates.check import CheckRecord
from certificates.people import People
from certificates.record import Finding, Record
from certificates.values import LbaRange
from tests.certificates import samples

CHECKER = People("見本市", "見本監査法人", "照合 見本", (), None, "見本市役所 1階 受付")
FAR = Finding("different", LbaRange(1_000_000, 1_000_007), None)


def of(certified: Record, *, trusted: bool = True, **more: Any) -> CheckRecord:
    """A check against this certificate, with all that follows from its facts."""
    told = check.checked(certified, canonical.digest(canonical.encode(certified)), trusted=trusted)
    gaps = bool(told.exceptions or told.reformat)
    seen = samples.full(certified.medium, certified.method.passes_asked, claim=None) if gaps else None
    missing = sum(each.last - each.first + 1 for each in told.exceptions) * certified.medium.logical_sector_bytes
    if seen is not None:
        seen = msgspec.structs.replace(seen, bytes_compared=seen.bytes_to_read - missing)
    made = CheckRecord(
        schema="eraser/check/1",
        number=samples.number_of(samples.KEY, 7),
        outcome="not-confirmed",
        issued="2025-12-01T10:05:12+09:00",
        started="2025-11-22T14:00:00+09:00",
        ended="2025-12-01T10:05:10+09:00",
        languages=("ja", "en"),
        certificate=told,
        medium=msgspec.structs.replace(certified.medium, node="/dev/sde", diskseq=77, path="pci-0000:00:14.0-usb-0:1"),
        same_identity=None,
        differences=(),
        verification=seen or samples.full(certified.medium, certified.method.passes_asked),
        format="as-certified" if told.reformat else None,
        format_sectors=7 if told.reformat else None,
        against=(),
        halt=None,
        replug=None,
        people=CHECKER,
        asset_tag="見本-R07-0042",
        reason="return",
        station=msgspec.structs.replace(samples.erased().station, host="uketsuke-01"),
    )
    return check.named(msgspec.structs.replace(made, **more))


def confirmed(**more: Any) -> CheckRecord:
    return of(samples.erased(), **more)


def with_exceptions(**more: Any) -> CheckRecord:
    return of(samples.exceptions(), **more)


def formatted(**more: Any) -> CheckRecord:
    return of(samples.reformatted(), **more)


def differs(**more: Any) -> CheckRecord:
    """Another serial, another issuer, another content."""
    seen = samples.full(samples.DISK, 1, different_sectors=8, findings=(FAR,), claim=None)
    seen = judgement.measured(seen, samples.DISK)
    other = msgspec.structs.replace(samples.DISK, serial="SMPL-OTHER-0001", node="/dev/sdf")
    return of(samples.erased(), trusted=False, verification=seen, medium=other, **more)


def another_size(**more: Any) -> CheckRecord:
    return of(samples.erased(), medium=samples.STICK, verification=None, **more)


OUTCOMES = {
    "confirmed": confirmed,
    "with-exceptions": with_exceptions,
    "formatted": formatted,
    "differs": differs,
    "another-size": another_size,
}
