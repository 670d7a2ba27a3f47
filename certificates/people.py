"""Who took part, for whom, on which machine; and what goes with a record: pictures, documents, hands that the medium went through."""

from __future__ import annotations

import re

from certificates.values import Count, Hex, Time, Value, Words

# The names under which pictures travel in a certificate.
PICTURE = re.compile(r"logo\.jpg|photo-[1-9][0-9]?\.jpg")


class Station(Value, frozen=True):
    """The machine and key that issued the record. `key_id`: SHA-256 of the raw Ed25519 public key."""

    key_id: Hex
    host: str
    tool: str
    tool_version: str
    kernel: str
    python: str


class People(Value, frozen=True):
    """Who, for whom and why. Verification is the tool's; validation is a named person's (r2 4.6).

    Title and contact of those who sanitize and of those who validate: SP 800-88r1 4.8. `customer_is_person`: the letter says 様 and
    not 御中.
    """

    customer: str | None
    organisation: str | None
    operator: str | None
    witnesses: tuple[str, ...]
    validator: str | None
    location: str | None
    customer_is_person: bool = False
    operator_title: str | None = None
    operator_contact: str | None = None
    validator_title: str | None = None
    validator_contact: str | None = None


class Handling(Value, frozen=True):
    """Where the medium comes from and goes to, and what it held (SP 800-88r1 4.8; 個人情報保護委員会 on 特定個人情報).

    `source`: the user or computer it comes from. `data`: kind and name of the files that were on it, never the personal data itself;
    `responsible`: the person and department that answer for them. The confidentialities are the organisation's own words.
    """

    source: str | None = None
    data: str | None = None
    responsible: str | None = None
    confidentiality_before: str | None = None
    confidentiality_after: str | None = None
    destination: str | None = None


class Copy(Value, frozen=True):
    """A picture as it is printed: a JPEG of `width` x `height` pixels that travels in the certificate as the attachment `name`."""

    name: str
    bytes: Count
    blake3: Hex
    width: Count
    height: Count


class Issuer(Value, frozen=True):
    """The organisation that issues the paper, as its configuration names it."""

    name: Words
    address: Words | None = None
    contact: str | None = None
    logo: Copy | None = None


class Evidence(Value, frozen=True):
    """A file that goes with the record, bound by its BLAKE3-256. `copy`: a photograph, smaller and without its metadata, on the paper."""

    name: str
    media_type: str
    bytes: Count
    blake3: Hex
    caption: str | None = None
    copy: Copy | None = None


class CustodyEvent(Value, frozen=True):
    """Who had the medium, as the ledger's entry `seq` tells it. `event`: an id of the table of kinds (custody.toml); `at`: when it
    happened; `entered`: when it was entered, if that was later."""

    seq: Count
    event: str
    at: Time
    entered: Time | None
    person: str
    counterpart: str | None
    place: str | None
    seal: str | None
    note: str | None


def pictures_of(issuer: Issuer | None, evidence: tuple[Evidence, ...]) -> tuple[Copy, ...]:
    """The issuer's logo, and the photographs."""
    logo = issuer.logo if issuer else None
    return tuple(copy for copy in (logo, *(each.copy for each in evidence)) if copy is not None)
