"""The kinds of signed records, one line each: what an audit has to know of a kind stands here and nowhere else.

A new kind of record is a schema of its own, rules for its contradictions, and a line in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from certificates import (
    canonical,
    check,
    check_consistency,
    consistency,
    destruction,
    destruction_consistency,
    inspection,
    inspection_consistency,
    numbering,
)
from certificates.check import CheckRecord
from certificates.consistency import Contradiction
from certificates.destruction import DestructionRecord
from certificates.inspection import InspectionRecord
from certificates.paper import Paper, copies
from certificates.policy import Deed
from certificates.record import SCHEMA, Record, Verdict

KEY_NAME = "station.pem"
ENDORSEMENT_NAME = "endorsement.json"  # of any kind of record: see certificates.statements


class Parts(msgspec.Struct, frozen=True):
    """What a file holds: the record's bytes, their signature, the key if it comes along, and other attachments by name."""

    raw: bytes
    signature: bytes
    pem: bytes | None
    more: Mapping[str, bytes] = {}


class Kind(msgspec.Struct, frozen=True):
    """One kind of signed record.

    `attachment`: the record's name inside a PDF; its signature is called the same with .sig. `record`: its strict shape, a Struct with
    `schema`, `issued` (Time) and `station` (Station). `contradictions`: everything in it that can't be true together.
    `judged`: the verdicts in it, each with what was done.
    """

    schema: str
    attachment: str
    record: type[Any]
    contradictions: Callable[[Any], tuple[Contradiction, ...]]
    judged: Callable[[Any], Iterable[tuple[Verdict, Deed]]] = lambda record: ()

    @property
    def names(self) -> tuple[str, str, str]:
        """The attachments that a PDF of this kind has at least: record, signature, key."""
        return self.attachment, self.attachment.removesuffix(".json") + ".sig", KEY_NAME


def page_of(record: Paper, parts: Parts) -> bytes:
    """The page of a record of any kind, made again from the parts."""
    from certificates import page  # fonts and reportlab: only an audit of a page needs them

    assert parts.pem is not None  # a page carries its key
    endorsement = parts.more.get(ENDORSEMENT_NAME)
    return page.render(record, parts.raw, parts.signature, parts.pem, parts.more, endorsement=endorsement)


def is_bound(record: Paper, name: str, content: bytes) -> bool:
    """Does the record vouch for this attachment, as one of its pictures?"""
    return any(copy.name == name and copy.blake3 == canonical.digest(content) for copy in copies(record))


def number_of(record: Paper) -> str | None:
    """What the audit tells as its number; None for what can't be one."""
    return record.number if numbering.NUMBER.fullmatch(record.number) else None


ERASURE = Kind(
    schema=SCHEMA,
    attachment="certificate.json",
    record=Record,
    contradictions=consistency.contradictions,
    judged=consistency.judged,
)

INSPECTION = Kind(
    schema=inspection.SCHEMA,
    attachment="inspection.json",
    record=InspectionRecord,
    contradictions=inspection_consistency.contradictions,
)

DESTRUCTION = Kind(
    schema=destruction.SCHEMA,
    attachment="certificate.json",
    record=DestructionRecord,
    contradictions=destruction_consistency.contradictions,
    judged=destruction_consistency.verdicts,
)

CHECK = Kind(
    schema=check.SCHEMA,
    attachment="check.json",
    record=CheckRecord,
    contradictions=check_consistency.contradictions,
)

KINDS = {kind.schema: kind for kind in (ERASURE, INSPECTION, DESTRUCTION, CHECK)}


class _Head(msgspec.Struct):
    schema: str


def of(raw: bytes) -> Kind:
    """The kind that the record says it is; what says nothing of the sort is held against an erasure's shape, and fails it."""
    try:
        return KINDS.get(msgspec.json.decode(raw, type=_Head).schema, ERASURE)
    except Exception:  # not JSON at all: the checks say so
        return ERASURE


def carried_by(names: set[str]) -> Kind:
    """The kind whose attachments a PDF has."""
    return next((kind for kind in KINDS.values() if kind.attachment in names), ERASURE)


def looks_like_a_record(content: bytes) -> bool:
    """Is it worth auditing a JSON file that has no signature beside it? Every version of every kind counts."""
    return any(kind.schema.rpartition("/")[0].encode() in content for kind in KINDS.values())
