"""One file, taken apart once for all checks. What can't be had is None, and the check that needs it says why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from certificates import attachments, causes, statements, station_key
from certificates.audit import kinds
from certificates.audit.kinds import Kind, Parts
from certificates.errors import NotAuthentic, Problem
from certificates.statements import Endorsement, Statement
from certificates.trust import Trust


class Case(msgspec.Struct, frozen=True):
    """What the checks look at. `pdf` is None for a record without its page; `beside` are the files of the same name, by suffix.

    `evidence`: the BLAKE3-256 of files beside that are called as the record's evidence. `now`: when it is audited.
    `drawn`: the page as it is made again from the parts; `undrawn`: why it can't be.

    `pem` is the file's own key, or for a record alone the trusted one that it names; `key_id` the id of either. `broken` and
    `senseless` are why there are no parts and no record.
    """

    trust: Trust
    pdf: bytes | None = None
    beside: Mapping[str, bytes] = {}
    parts: Parts | None = None
    broken: NotAuthentic | None = None
    kind: Kind = kinds.ERASURE
    record: Any = None
    senseless: NotAuthentic | None = None
    pem: bytes | None = None
    key_id: str | None = None
    evidence: Mapping[str, str] = {}
    now: datetime | None = None
    drawn: bytes | None = None
    undrawn: Problem | None = None


def of_pdf(pdf: bytes, beside: Mapping[str, bytes], trust: Trust) -> Case:
    """A PDF. One that is just what its own attachments make needs no reading as a PDF, which is slow, and dangerous if it is hostile."""
    guessed = _guessed(Case(trust, pdf, beside))
    if guessed is not None and guessed.drawn == pdf:
        return guessed
    try:
        parts = _sorted_out(attachments.read(pdf))
    except NotAuthentic as problem:
        return Case(trust, pdf, beside, broken=problem)
    if guessed is not None and guessed.parts == parts:
        return guessed
    return _with_page(_read(Case(trust, pdf, beside, parts)))


def _guessed(case: Case) -> Case | None:
    assert case.pdf is not None
    if len(case.pdf) > attachments.LARGEST_PDF:
        return None
    try:
        parts = _sorted_out(attachments.guess(case.pdf))
    except NotAuthentic:
        return None
    return _with_page(_read(msgspec.structs.replace(case, parts=parts)))


def _with_page(case: Case) -> Case:
    """The page that belongs to the record; or why there is none."""
    if case.record is None or case.parts is None or case.parts.pem is None:
        return case
    try:
        return msgspec.structs.replace(case, drawn=kinds.page_of(case.record, case.parts))
    except Problem as problem:
        return msgspec.structs.replace(case, undrawn=problem)
    except Exception as error:  # words that this version does not have, a day that no calendar has
        detail = causes.in_words(error)
        return msgspec.structs.replace(case, undrawn=NotAuthentic("audit.page.unrenderable", detail=detail))


def of_json(raw: bytes, beside: Mapping[str, bytes], trust: Trust) -> Case:
    """A record and the signature that lies beside it."""
    if len(raw) > attachments.LARGEST_ATTACHMENT:
        problem = NotAuthentic("audit.file.too-large", limit=attachments.LARGEST_ATTACHMENT >> 20)
        return Case(trust, beside=beside, broken=problem)
    if (signature := beside.get(".sig")) is None:
        return Case(trust, beside=beside, broken=NotAuthentic("audit.file.no-signature"))
    return _read(Case(trust, beside=beside, parts=Parts(raw, signature, None)))


def with_evidence(case: Case, evidence: Mapping[str, str]) -> Case:
    return msgspec.structs.replace(case, evidence=evidence)


def _sorted_out(found: list[tuple[str, bytes]]) -> Parts:
    """The record, its signature and its key among the attachments. Raises NotAuthentic."""
    kind = kinds.carried_by({name for name, _ in found})
    contents = dict(found)
    if len(contents) < len(found) or not contents.keys() >= set(kind.names):
        listed = ", ".join(repr(name)[1:-1][:60] for name, _ in found[:8])
        raise NotAuthentic("audit.file.attachments", found=listed, expected=", ".join(kind.names))
    raw, signature, pem = (contents.pop(name) for name in kind.names)
    return Parts(raw, signature, pem, contents)


def _read(case: Case) -> Case:
    assert case.parts is not None
    kind = kinds.of(case.parts.raw)
    record, senseless = None, None
    try:
        record = msgspec.json.decode(case.parts.raw, type=kind.record)
    except Exception as error:  # msgspec's own, and what deep nesting or odd Unicode raises
        senseless = NotAuthentic("authentic.schema", detail=str(error)[:200])
    trust = case.trust.hearing(endorsement_in(case.parts))
    pem, key_id = case.parts.pem, None
    if pem is not None:
        try:
            key_id = station_key.key_id_of(pem)
        except NotAuthentic:  # told by the check of the signature
            key_id = None
    elif record is not None:
        key_id = record.station.key_id
        pem = trust.pem(key_id)
    return msgspec.structs.replace(
        case, trust=trust, kind=kind, record=record, senseless=senseless, pem=pem, key_id=key_id
    )


def endorsement_in(parts: Parts) -> tuple[Statement, ...]:
    """The endorsement that travels with the record, if it is one."""
    try:
        found = statements.read(parts.more.get(kinds.ENDORSEMENT_NAME, b""))
    except NotAuthentic:
        return ()
    return (found,) if isinstance(found.statement, Endorsement) else ()
