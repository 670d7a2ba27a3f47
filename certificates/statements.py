"""What is said about keys, and signed: an organisation endorses a station's key; a key leaves service.

A statement is a small JSON file: `statement` (what is said), `signature` (Ed25519 over the RFC 8785 bytes of `statement`) and
`signer_pem` (by whose key). Reading one shows that its signer said it; whether the signer counts is `certificates.trust`.
"""

from __future__ import annotations

from datetime import datetime

from certificates import canonical, station_key
from certificates.errors import NotAuthentic
from certificates.station_key import StationKey
from certificates.values import Hex, Time, Value

LARGEST = 16 << 10
LONGEST_NAME = 300


class Endorsement(Value, frozen=True, tag_field="schema", tag="eraser/endorsement/1"):
    """`station_pem` signs for `organisation`, as `station`, what is issued from `valid_from` to `valid_until` (both included).

    `by`: key id of the organisation, which said so at `issued`.
    """

    organisation: str
    station: str
    station_pem: str
    valid_from: Time
    valid_until: Time
    issued: Time
    by: Hex


class Retirement(Value, frozen=True, tag_field="schema", tag="eraser/retirement/1"):
    """The key `key_id` is out of service from `retired` on. `by`: the key itself, or an organisation's."""

    key_id: Hex
    retired: Time
    reason: str
    issued: Time
    by: Hex


class Statement(Value, frozen=True):
    """A statement as it is filed: what is said, and the proof of who said it."""

    statement: Endorsement | Retirement
    signature: Hex
    signer_pem: str

    @property
    def subject(self) -> str:
        """The id of the key that it is about."""
        said = self.statement
        return said.key_id if isinstance(said, Retirement) else station_key.key_id_of(said.station_pem.encode())


def sign(said: Endorsement | Retirement, key: StationKey) -> bytes:
    """The file of a statement, signed. Raises NotAuthentic for one that nobody could accept."""
    signature = key.sign(canonical.encode(said)).hex()
    raw = canonical.encode(Statement(said, signature, key.public_pem.decode("ascii")))
    read(raw)
    return raw


def read(raw: bytes) -> Statement:
    """The statement in a file, its signature verified and its parts sensible. Raises NotAuthentic."""
    if len(raw) > LARGEST:
        raise NotAuthentic("statement.senseless", detail=f"larger than {LARGEST >> 10} KiB")
    found = canonical.decode(raw, Statement)
    said, pem = found.statement, found.signer_pem.encode("utf-8")
    station_key.verify(pem, canonical.encode(said), bytes.fromhex(found.signature))
    if said.by != station_key.key_id_of(pem):
        raise NotAuthentic("statement.senseless", detail="by")
    if isinstance(said, Endorsement):
        if station_key.key_id_of(said.station_pem.encode("utf-8")) == said.by:
            raise NotAuthentic("statement.senseless", detail="station_pem = by")  # a key's word for itself says nothing
        names, times = [said.organisation, said.station], [said.valid_from, said.valid_until, said.issued]
    else:
        names, times = [said.key_id], [said.retired, said.issued]
    if not all(len(name.strip()) > 0 and len(name) <= LONGEST_NAME and name.isprintable() for name in names):
        raise NotAuthentic("statement.senseless", detail="names")
    try:
        moments = [moment(time) for time in times]
    except ValueError as error:
        raise NotAuthentic("statement.senseless", detail=str(error)[:200]) from error
    if isinstance(said, Endorsement) and moments[0] > moments[1]:
        raise NotAuthentic("statement.senseless", detail="valid_from > valid_until")
    return found


def moment(time: str) -> datetime:
    """A time of a record as an instant. Raises ValueError if there is no such time, or it has no zone."""
    found = datetime.fromisoformat(time)
    if found.tzinfo is None:
        raise ValueError(f"{time} has no zone")
    return found
