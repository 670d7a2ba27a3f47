"""The kinds of entries. A new kind is a class here with a tag of its own, added to `KINDS`.

Three sorts: an `Opening` takes the station's next number, so numbers have no gaps and nothing that took one can vanish; an `Ending` ends
one, and as a rule it is a `Closing`, with the digest of the paper that was issued; any other `Entry` is an event without a number.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from certificates import canonical
from certificates.check import CheckOutcome
from certificates.errors import NotAuthentic
from certificates.identity import Named
from certificates.inspection import InspectionOutcome
from certificates.record import FileSystem, MediaType, Medium, Outcome
from certificates.values import Count, Hex, Time, Value


class Place(msgspec.Struct, frozen=True):
    """What an entry learns only when it is appended: its position from 1, and the station's next number, if it takes one.

    `number` is STATION-JOB, JOB with six digits or more.
    """

    seq: int
    job: int
    number: str


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    """Something that happened. `seq`: its position in the ledger, from 1. `at`: by the station's clock."""

    seq: Count
    at: Time


class Opening(Entry, frozen=True):
    """Takes a number. `job` counts a station's numbers from 1."""

    job: Count
    number: str


class Ending(Entry, frozen=True):
    """Ends what took the number, once. `opening`: what it may end."""

    opening: ClassVar[type[Opening]] = Opening
    job: Count
    number: str


class Closing(Ending, frozen=True):
    """Ends it with a paper. `certificate`: BLAKE3-256 of the paper's JSON; `signature`: the station's, over the same bytes."""

    certificate: Hex
    signature: Hex


class Abandoned(Ending, frozen=True, tag="abandoned"):
    """There will be no paper under this number: whoever took it was lost before there was one, and left nothing to go on with."""


class Started(Opening, frozen=True, tag="job-started"):
    """A job took its number; nothing was written to the medium yet. `continues`: the number of the interrupted job that it takes up."""

    medium: Medium
    method: str
    asset_tag: str | None = None
    continues: str | None = None


class Ended(Closing, frozen=True, tag="job-ended"):
    """The job's record was issued."""

    opening: ClassVar[type[Opening]] = Started
    outcome: Outcome


class DestructionStarted(Opening, frozen=True, tag="destruction-started"):
    """The record of a destruction took its number."""

    technique: str
    media: Count


class DestroyedMedium(Value, frozen=True):
    """One medium of a destruction, and what came of it."""

    medium: Named
    media_type: MediaType
    outcome: str


class DestructionEnded(Closing, frozen=True, tag="destruction-ended"):
    """The record of a destruction was issued. `done`: when it was done, as told; `media`: all of them."""

    opening: ClassVar[type[Opening]] = DestructionStarted
    outcome: str
    technique: str
    done: Time
    media: tuple[DestroyedMedium, ...]


class Custody(Entry, frozen=True, tag="custody"):
    """A medium changed hands or place. `event`: an id of the table of kinds. `happened`: when it did, where it was entered later than
    that; None if it is entered as it happens. `counterpart`: from whom or to whom."""

    event: str
    medium: Named
    happened: Time | None
    person: str
    counterpart: str | None
    place: str | None
    seal: str | None
    note: str | None


class Reformatted(Entry, frozen=True, tag="reformatted"):
    """After the certificate `number` was issued, its medium got a new file system; or that failed (`ok` is false)."""

    number: str
    file_system: FileSystem
    ok: bool


class InspectionStarted(Opening, frozen=True, tag="inspection-started"):
    """An inspection that is to leave a record took its number. It only reads."""

    medium: Medium
    asset_tag: str | None = None


class Inspected(Closing, frozen=True, tag="inspection-ended"):
    """The inspection's record was issued. `recoverable`: the regions that a recovery tool would find."""

    opening: ClassVar[type[Opening]] = InspectionStarted
    outcome: InspectionOutcome
    recoverable: Count


class CheckStarted(Opening, frozen=True, tag="check-started"):
    """A check against a certificate took its number. It only reads. `of`: the certificate's number; `checked`: BLAKE3-256 of its JSON."""

    medium: Medium
    of: str
    checked: Hex
    asset_tag: str | None = None


class Checked(Closing, frozen=True, tag="check-ended"):
    """The check's record was issued. `doubts`: what was seen speaks against the certificate or its medium."""

    opening: ClassVar[type[Opening]] = CheckStarted
    outcome: CheckOutcome
    doubts: bool


KINDS = (
    Started
    | Ended
    | InspectionStarted
    | Inspected
    | CheckStarted
    | Checked
    | DestructionStarted
    | DestructionEnded
    | Abandoned
    | Custody
    | Reformatted
)

_decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(KINDS)


def kind(entry: Entry) -> str:
    """The tag under which the entry is kept."""
    return str(entry.__struct_config__.tag)


def encode(entry: Entry) -> bytes:
    """RFC 8785 bytes: a leaf of the tree."""
    return canonical.encode(entry)


def decode(body: bytes) -> Entry:
    """The entry whose canonical bytes `body` is. Raises NotAuthentic for any other bytes."""
    try:
        entry = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotAuthentic("authentic.schema", detail=str(error)) from error
    # For what entries hold (no fractions, ASCII names) msgspec's sorted form is RFC 8785's, and quick; a test compares the two.
    if msgspec.json.encode(entry, order="sorted") != body:
        raise NotAuthentic("authentic.canonical", detail="bytes differ from their RFC 8785 form")
    return entry


def station_of(number: str) -> str:
    """The station part of a number."""
    return number.rpartition("-")[0]


def number_of(station: str, job: int) -> str:
    """STATION-000001 and so on."""
    return f"{station}-{job:06d}"
