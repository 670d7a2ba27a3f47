"""Does a destruction record contradict itself? Verdicts and outcomes are worked out again from what was told. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from certificates import destruction, policy
from certificates.consistency import Contradiction, numbered
from certificates.destruction import DestructionRecord
from certificates.people import PICTURE, pictures_of
from certificates.record import MediaType, Verdict

_DIGEST = re.compile("[0-9a-f]{64}")


def contradictions(record: DestructionRecord) -> tuple[Contradiction, ...]:
    """Everything in the record that can't be true together."""
    rules = (_form, _times, _way, _items, _judged, _evidence)
    return tuple(found for rule in rules for found in rule(record))


def verdicts(record: DestructionRecord) -> tuple[tuple[Verdict, policy.Deed], ...]:
    """Each verdict with what it was given on."""
    witnessed = destruction.is_witnessed(record.people, record.evidence, record.before, record.after)
    return tuple(
        (verdict, destruction.deed(judged.media_type, record.way, witnessed=witnessed))
        for judged in record.judged
        for verdict in judged.verdicts
    )


def _against(key: str, **values: object) -> Contradiction:
    return Contradiction(key, {name: str(value) for name, value in values.items()})


def _form(record: DestructionRecord) -> Iterator[Contradiction]:
    yield from numbered(record.number, record.station.key_id)
    if not record.languages or len(set(record.languages)) < len(record.languages):
        yield _against("consistency.languages")
    digests = [record.station.key_id, *(each.blake3 for each in record.evidence)]
    if record.supplements is not None:
        digests.append(record.supplements.digest)
        if record.supplements.number == record.number:
            yield _against("consistency.continues", number=record.supplements.number)
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        yield _against("consistency.digest")


def _times(record: DestructionRecord) -> Iterator[Contradiction]:
    try:
        late = datetime.datetime.fromisoformat(record.done) > datetime.datetime.fromisoformat(record.issued)
    except (ValueError, TypeError):  # no such day, or no zone
        yield _against("consistency.time")
        return
    if late:
        yield _against("consistency.order")


def _way(record: DestructionRecord) -> Iterator[Contradiction]:
    """The technique is one that acts on matter, under its own name, with the figures that it has and no others."""
    way = record.way
    asked = destruction.ways().get(way.technique)
    known = policy.techniques().get(way.technique)
    if asked is None or known is None or known.acts != "physical" or way.name != known.name:
        yield _against("contradiction.destruction.way", technique=way.technique)
        return
    told = {"particle": way.particle_mm, "holes": way.holes, "field": way.field_gauss}
    wrong = any((value is not None) != (name in asked) for name, value in told.items())
    few = way.technique == "drill-multiple" and (way.holes or 0) < 2
    if wrong or few:
        yield _against("contradiction.destruction.figures", technique=way.technique)


def _items(record: DestructionRecord) -> Iterator[Contradiction]:
    if not record.items:
        yield _against("contradiction.destruction.empty")
        return
    seen = [item.medium.identity for item in record.items]
    if not all(who.is_known for who in seen) or len(set(seen)) < len(seen):
        yield _against("contradiction.destruction.media")


def _judged(record: DestructionRecord) -> Iterator[Contradiction]:
    """Each kind of medium once, its verdicts worked out again, and the outcome the worst of them."""
    kinds = [each.media_type for each in record.judged]
    if not record.items or record.way.technique not in destruction.ways():
        return  # told already
    if sorted(kinds) != sorted({item.media_type for item in record.items}):
        yield _against("contradiction.destruction.kinds")
        return
    witnessed = destruction.is_witnessed(record.people, record.evidence, record.before, record.after)
    for judged in record.judged:
        for each in judged.verdicts:
            if not _is_right(each, judged.media_type, record, witnessed=witnessed):
                yield _against("consistency.verdict", policy=each.edition, category=each.category)
        if judged.outcome != (facts := destruction.outcome(judged.verdicts, witnessed=witnessed)):
            yield _against("consistency.outcome", stated=judged.outcome, facts=facts)
    if record.outcome != (facts := destruction.of_all(record.judged)):
        yield _against("consistency.outcome", stated=record.outcome, facts=facts)


def _is_right(verdict: Verdict, kind: MediaType, record: DestructionRecord, *, witnessed: bool) -> bool:
    """A known table is asked again; any other is somebody's own, and grants nothing (`destruction.outcome`)."""
    name, table = policy.by_digest().get(verdict.table_digest or "", ("", None))
    if table is not None and name == verdict.policy:
        done = destruction.deed(kind, record.way, witnessed=witnessed)
        return verdict == policy.judge(verdict.policy, table, done, record.data_class)
    most = policy.ceiling(record.way.technique, kind)
    return verdict.category in most and verdict.data_class == record.data_class and verdict.sure == "own"


def _evidence(record: DestructionRecord) -> Iterator[Contradiction]:
    names = [each.name for each in record.evidence]
    shown = (*record.before, *record.after)
    if len(set(names)) < len(names) or len(set(shown)) < len(shown) or not set(shown) <= set(names):
        yield _against("consistency.evidence")
    pictures = [each.name for each in pictures_of(record.issuer, record.evidence)]
    if len(set(pictures)) < len(pictures) or not all(PICTURE.fullmatch(name) for name in pictures):
        yield _against("consistency.picture")
