"""The check record: a second person compared a medium with its certificate, in the shape that is signed (schema eraser/check/1).

It binds to the certificate by its digest, and repeats from it what the check rests on, so that it can be read alone. What it says of the
medium is what was seen, by the checker's own plan and seed; his station may be another than the one that wiped. Values are as in `record`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from certificates import sampling
from certificates.people import People, Station
from certificates.record import ClockJump, Content, Medium, Outcome, Reason, Record, Reformat, Replug, Verification
from certificates.values import Count, Hex, LbaRange, Time, Value

SCHEMA = "eraser/check/1"

CheckOutcome = Literal["confirmed", "confirmed-with-exceptions", "not-confirmed"]
Against = Literal["untrusted", "out-of-service", "capacity", "identity", "identity-unknown", "incomplete", "content"]
Finding = Literal[
    "confirmed", "other-medium", "content", "unreadable", "incomplete", "stopped", "unidentified", "issuer"
]
FormatState = Literal["as-certified", "absent", "changed", "not-empty"]
IDENTITY = ("vendor", "model", "serial", "wwn", "capacity_bytes")
# Ends of a check that say nothing of the medium: somebody stopped it, or nobody plugged the medium in again.
BY_PEOPLE = frozenset({"ctrl-c", "sigterm", "sigquit", "not-replugged"})
_NUMBERED = ("serial", "wwn")


class Checked(Value, frozen=True):
    """The certificate that was checked against, and what of it the check rests on. `digest`: BLAKE3-256 of its certificate.json.

    `trusted`: the checker trusts the key that signed it; `out_of_service`: he knows the key, but it was not in service when the
    certificate says that it was issued. `content`: what the last pass left. `exceptions`: the sectors that it lists as
    unwritable or unreadable, ascending and disjoint; they can't be compared.
    """

    number: str
    digest: Hex
    key_id: Hex
    trusted: bool
    outcome: Outcome
    issued: Time
    medium: Medium
    content: Content
    exceptions: tuple[LbaRange, ...]
    reformat: Reformat | None
    out_of_service: bool = False


class Difference(Value, frozen=True):
    """A field of the identity in which the certificate and the medium in hand differ; null where one of them says nothing."""

    field: str
    certificate: str | None
    medium: str | None


class Halt(Value, frozen=True):
    """The check ended early. `cause` is a key of the words table (`interruption.*`)."""

    cause: str
    detail: str


class CheckRecord(Value, frozen=True):
    """All that is known about one check. Its RFC 8785 bytes are what is signed.

    `medium`: the one in hand, as it is attached now. `same_identity`: it bears the certificate's serial and WWN; null if neither is told.
    `verification`: null where nothing was compared, for the capacity is another; ranges count the certificate's logical sectors.
    `format`: what stands in the sectors of the certificate's `reformat`: the empty file system as it was certified, something else since,
    the last pass's content (it was never made), or more than an empty file system has, whatever the certificate says of its digest.
    `format_sectors`: so many of these sectors hold anything but zeros; null where it was never made, or not looked at.
    `against`: everything that speaks against confirming, in a fixed order.
    """

    schema: Literal["eraser/check/1"]
    number: str
    outcome: CheckOutcome
    issued: Time
    started: Time
    ended: Time
    languages: tuple[Literal["ja", "en"], ...]
    certificate: Checked
    medium: Medium
    same_identity: bool | None
    differences: tuple[Difference, ...]
    verification: Verification | None
    format: FormatState | None
    against: tuple[Against, ...]
    halt: Halt | None
    replug: Replug | None
    people: People
    asset_tag: str | None
    reason: Reason | None
    station: Station
    format_sectors: Count | None = None
    clock_jumps: tuple[ClockJump, ...] = ()


def checked(record: Record, digest: str, *, trusted: bool, out_of_service: bool = False) -> Checked:
    """The certificate as a check tells it. For a record of erasure only: its last pass is what should be on the medium."""
    listed = list(record.passes[-1].unwritable)
    if record.verification is not None:
        listed += [finding.lbas for finding in record.verification.findings if finding.kind == "unreadable"]
    return Checked(
        number=record.number,
        digest=digest,
        key_id=record.station.key_id,
        trusted=trusted,
        outcome=record.outcome,
        issued=record.issued,
        medium=record.medium,
        content=record.passes[-1].content,
        exceptions=disjoint(listed),
        reformat=record.reformat,
        out_of_service=out_of_service,
    )


def disjoint(ranges: list[LbaRange]) -> tuple[LbaRange, ...]:
    """The same sectors in as few ranges as it takes, ascending."""
    joined: list[LbaRange] = []
    for each in sorted(ranges, key=lambda one: one.first):
        if joined and each.first <= joined[-1].last + 1:
            joined[-1] = LbaRange(joined[-1].first, max(joined[-1].last, each.last))
        else:
            joined.append(each)
    return tuple(joined)


def same_identity(told: Medium, now: Medium) -> bool | None:
    """Does the medium bear the certificate's own numbers? None where nobody says one: a file, or a medium without a number."""
    if now.kind != "block-device":
        return None
    pairs = [(getattr(told, field), getattr(now, field)) for field in _NUMBERED]
    if any(one != other for one, other in pairs if one or other):
        return False
    return True if any(one for one, _ in pairs) else None


def differences(told: Medium, now: Medium) -> tuple[Difference, ...]:
    """Where the two differ in what names a medium. A copy in a file has no identity, but a size."""
    fields = IDENTITY if now.kind == "block-device" else ("capacity_bytes",)
    pairs = [(field, getattr(told, field), getattr(now, field)) for field in fields]
    return tuple(Difference(field, _text(one), _text(other)) for field, one, other in pairs if one != other)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def against(
    certificate: Checked,
    medium: Medium,
    same: bool | None,
    verification: Verification | None,
    halt: Halt | None,
    state: FormatState | None,
) -> tuple[Against, ...]:
    """Everything that speaks against confirming."""
    found: list[Against] = []
    if certificate.out_of_service:
        found.append("out-of-service")
    elif not certificate.trusted:
        found.append("untrusted")
    if medium.capacity_bytes != certificate.medium.capacity_bytes:
        return (*found, "capacity")
    if same is False:
        found.append("identity")
    # A keyed stream is known by itself, unless the medium says that it is another one; zeros could be anybody's.
    if same is None and certificate.content.kind != "keyed":
        found.append("identity-unknown")
    enough = verification is not None and verification.complete and sampling.confirms(verification)
    if halt is not None or not enough:
        found.append("incomplete")
    other = verification is not None and (verification.different_sectors or verification.unreadable_sectors)
    if other or state == "not-empty":
        found.append("content")
    elif verification is not None and enough and not verification.bytes_compared:
        found.append("incomplete")
    return tuple(found)


def outcome(certificate: Checked, state: FormatState | None, found: tuple[Against, ...]) -> CheckOutcome:
    """Confirmed only if nothing speaks against it; and without exceptions only if there was nothing that could not be compared."""
    if found:
        return "not-confirmed"
    return "confirmed-with-exceptions" if certificate.exceptions or state == "changed" else "confirmed"


def finding(record: CheckRecord) -> Finding:
    """What the check found, in a word: the gravest of what speaks against confirming. `issuer`: all that was compared is as the certificate
    says, and only who issued that is open; nothing then says that the medium was written to."""
    against, seen = set(record.against), record.verification
    if against & {"capacity", "identity"}:
        return "other-medium"
    if "content" in against:
        only_unread = seen is not None and not seen.different_sectors and record.format != "not-empty"
        return "unreadable" if only_unread else "content"
    if "incomplete" in against:
        return "stopped" if record.halt is not None and record.halt.cause in BY_PEOPLE else "incomplete"
    if "identity-unknown" in against:
        return "unidentified"
    return "issuer" if against else "confirmed"


def doubts(record: CheckRecord) -> bool:
    """Does what was seen speak against the certificate or its medium? Not so a check that people stopped before anything was found, nor one
    that could only not tell whose certificate or medium it is: it proved nothing, neither good nor bad."""
    if {"capacity", "identity", "content"} & {*record.against}:
        return True
    return record.halt is not None and record.halt.cause not in BY_PEOPLE


def exit_code(record: CheckRecord) -> int:
    """As `eraser verify` ends: 0, 3, 6; 130 or 143 when it was stopped, 1 when it could not be finished."""
    if record.halt is not None:
        return {"ctrl-c": 130, "sigterm": 143, "sigquit": 131}.get(record.halt.cause, 1)
    return {"confirmed": 0, "confirmed-with-exceptions": 3, "not-confirmed": 6}[record.outcome]


def named(record: CheckRecord) -> CheckRecord:
    """The record with all that follows from its facts worked out again."""
    same = same_identity(record.certificate.medium, record.medium)
    speaks = against(record.certificate, record.medium, same, record.verification, record.halt, record.format)
    return msgspec.structs.replace(
        record,
        same_identity=same,
        differences=differences(record.certificate.medium, record.medium),
        against=speaks,
        outcome=outcome(record.certificate, record.format, speaks),
    )
