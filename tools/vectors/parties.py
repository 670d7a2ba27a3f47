"""Who signs in the vectors. These keys are published: they prove nothing, and must be trusted nowhere else."""

from __future__ import annotations

from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates import canonical, statements
from certificates.page import render
from certificates.record import Record
from certificates.statements import Endorsement, Retirement
from certificates.station_key import StationKey
from tests.certificates import samples

Files = dict[str, bytes]


def _key(seed: int) -> StationKey:
    return StationKey(Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)))


STATION = samples.KEY  # trusted
RETIRED = _key(1)  # trusted, but out of service since noon of the day on which the sample was issued
ENDORSED = _key(2)  # endorsed by the organisation for the year up to March 2026
LAPSED = _key(3)  # endorsed for the year before
ORGANISATION = _key(4)  # trusted to speak for stations
STRANGER = _key(5)
FOREIGN = _key(6)  # endorsed, by an organisation that nobody trusts
PAST = "2025-03-20T09:00:00+09:00"
NOON = "2025-11-22T12:00:00+09:00"


def endorsement(by: StationKey, of: StationKey, until: str) -> bytes:
    first = f"{int(until[:4]) - 1}-04-01T00:00:00+09:00"
    pem = of.public_pem.decode()
    return statements.sign(Endorsement("見本市", "見本倉庫", pem, first, until, PAST, by.key_id), by)


def trust() -> Files:
    """The files that an auditor of the vectors trusts, and nothing else."""
    gone = Retirement(RETIRED.key_id, NOON, "見本", NOON, RETIRED.key_id)
    return {
        "station.pem": STATION.public_pem,
        "retired.pem": RETIRED.public_pem,
        "organisation.pem": ORGANISATION.public_pem,
        "retired.retirement.json": statements.sign(gone, RETIRED),
        "endorsed.endorsement.json": endorsement(ORGANISATION, ENDORSED, "2026-03-31T23:59:59+09:00"),
        "lapsed.endorsement.json": endorsement(ORGANISATION, LAPSED, "2025-03-31T23:59:59+09:00"),
    }


def by(key: StationKey, record: Record | None = None, **more: Any) -> Record:
    """A record that names the key."""
    record = record or samples.erased()
    station = msgspec.structs.replace(record.station, key_id=key.key_id)
    return msgspec.structs.replace(record, **{"station": station, "number": samples.number_of(key, 123), **more})


def papers(
    record: Record,
    key: StationKey = STATION,
    *,
    raw: bytes | None = None,
    signature: bytes | None = None,
    pem: bytes | None = None,
    drawn: Record | None = None,
    **more: Any,
) -> bytes:
    """A PDF, as a careful forger makes it: whatever is exchanged, the page is drawn so that it goes with the rest."""
    raw = canonical.encode(record) if raw is None else raw
    signature = key.sign(raw) if signature is None else signature
    return render(drawn or record, raw, signature, pem or key.public_pem, **more)


def alone(record: Record, key: StationKey = STATION, name: str = "certificate") -> Files:
    """A record with its signature beside it, without a page."""
    raw = canonical.encode(record)
    return {f"{name}.json": raw, f"{name}.sig": key.sign(raw)}
