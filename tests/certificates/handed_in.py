"""Papers as a contractor hands them in: records with their signatures, of drives that nobody has here."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from certificates import canonical
from certificates.paper import Paper
from certificates.record import Medium, Record
from certificates.station_key import StationKey
from eraser import clock
from tests.certificates import samples


def erasure(
    count: int = 1, tag: str | None = None, key: StationKey = samples.KEY, *, days: int = 0, **medium: Any
) -> Record:
    """A verified erasure of the sample disk by the station with this key, so many days later, the disk's fields changed as told."""
    return later(of(msgspec.structs.replace(samples.DISK, **medium), count, tag, key), days)


def later(made: Record, days: int) -> Record:
    """The same job on another day; so with another stream."""
    moved: Record = clock.moved(made, lambda at: (datetime.fromisoformat(at) + timedelta(days=days)).isoformat())
    return samples.with_key(moved, f"{days % 997:064x}") if days else moved


def of(medium: Medium, count: int = 1, tag: str | None = None, key: StationKey = samples.KEY, **more: Any) -> Record:
    made: Record = samples.record(
        medium, (samples.pass_of(1, medium, samples.LAST),), samples.full(medium, 1), asset_tag=tag
    )
    numbered: Record = issued_by(key, count, made, **more)
    return numbered


def issued_by(key: StationKey, count: int, made: Any, **more: Any) -> Any:
    """The same paper under a number of the station with this key."""
    station = msgspec.structs.replace(made.station, key_id=key.key_id)
    return msgspec.structs.replace(made, number=samples.number_of(key, count), station=station, **more)


def put(folder: Path, made: Paper, key: StationKey = samples.KEY, name: str | None = None) -> Path:
    """The record and its signature, in that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = canonical.encode(made)
    file = folder / f"{name or made.number}.json"
    file.write_bytes(raw)
    file.with_suffix(".sig").write_bytes(key.sign(raw))
    return file
