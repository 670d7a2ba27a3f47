"""Recording a destruction: from what people told to a signed record, its papers and its entries in the ledger. Touches no device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from certificates import canonical, destruction, history, language, policy
from certificates.destruction import DestructionRecord, Earlier, Item, Judged, Supplement, Way
from certificates.errors import Usage
from certificates.history import Fact
from certificates.identity import Named, plain
from certificates.ledger import DestructionStarted
from certificates.people import Evidence, Issuer, People
from certificates.policy import Policy
from certificates.record import DataClass, MediaType, Reason
from eraser import papers, proofs, trust
from eraser.papers import Recorded
from eraser.pictures import Pictures
from eraser.station import Station


class Told(msgspec.Struct, frozen=True):
    """What people told. `media`: who, and which kind if it was said. `pictures`: the copies that are printed."""

    media: tuple[tuple[Named, MediaType | None], ...]
    way: Way
    done: str
    policies: dict[str, Policy]
    data_class: DataClass | None
    reason: Reason | None
    people: People
    evidence: tuple[Evidence, ...]
    pictures: tuple[bytes, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    languages: tuple[language.Language, ...]
    out: Path
    issuer: Issuer | None
    unwitnessed: str | None = None
    supplements: Supplement | None = None


def with_witnesses(
    earlier: DestructionRecord, witnesses: tuple[str, ...], policies: dict[str, Policy], out: Path
) -> Told:
    """The same act, told again with those who say later that they saw it."""
    people = msgspec.structs.replace(earlier.people, witnesses=(*earlier.people.witnesses, *witnesses))
    return Told(
        media=tuple((item.medium, item.media_type) for item in earlier.items),
        policies=policies,
        pictures=(),  # they are kept already
        out=out,
        people=people,
        supplements=Supplement(earlier.number, canonical.digest(canonical.encode(earlier))),
        **{
            name: getattr(earlier, name)
            for name in ("way", "done", "data_class", "reason", "evidence", "before", "after", "languages", "issuer")
        },
    )


def record(told: Told, station: Station) -> Recorded[DestructionRecord]:
    """Number, judgement, signature, papers, ledger. Raises Usage, Refused, Environment before anything is recorded."""
    typed = [text for named, _ in told.media for text in msgspec.structs.astuple(named) if text]
    typed += [text for text in msgspec.structs.astuple(told.people) if isinstance(text, str)]
    typed += [
        *told.people.witnesses,
        *(text for each in told.evidence for text in (each.name, each.caption) if text),
        *(text for text in (told.way.equipment, told.unwitnessed) if text),
    ]
    papers.check_ready(told.out, station.home, typed)
    station.check_may_issue()
    items = _items(told, proofs.known(station.home, trust.here(station.home))[0].facts)
    store = Pictures(station.home.pictures)
    store.keep(told.pictures)
    started = station.ledger.append(
        lambda place: DestructionStarted(
            seq=place.seq,
            at=station.now(),
            job=place.job,
            number=place.number,
            technique=told.way.technique,
            media=len(items),
        )
    )
    issued = papers.issue(_record(told, items, started.number, station), station.key, store, station.endorsement())
    return papers.entered_and_kept(issued, started, told.out, station)


def _items(told: Told, facts: Sequence[Fact]) -> tuple[Item, ...]:
    """Each medium with what the ledger knows of it. Raises Usage for one that is listed twice, or destroyed already."""
    found, seen = [], set()
    for named, kind in told.media:
        if named.identity in seen:
            raise Usage("usage.destroy_twice", who=named)
        seen.add(named.identity)
        story = history.of_one(facts, named.identity)
        story = tuple(fact for fact in story if not _is_another(named, fact))
        for fact in story:
            if fact.what == "destroyed" and fact.has_paper:
                raise Usage("usage.destroyed_before", who=named, number=fact.number)
        jobs = [fact for fact in story if fact.began is not None]
        known: set[MediaType] = {fact.media_type for fact in jobs if fact.media_type and fact.media_type != "unknown"}
        if kind is not None and known and kind not in known:
            raise Usage(
                "usage.destroy_other_kind", who=named, told=_said(kind), known=", ".join(sorted(map(_said, known)))
            )
        media_type = kind or (known.pop() if len(known) == 1 else None) or "unknown"
        earlier = Earlier(jobs[-1].number, jobs[-1].what) if jobs else None
        found.append(Item(named, media_type, earlier))
    return tuple(found)


def _is_another(named: Named, fact: Fact) -> bool:
    """Docks and cheap sticks share their numbers: what has another tag, WWN or model under the same one is another medium."""
    models = [plain(each.model or "").casefold() for each in (named, fact.named)]
    return bool(named.identity.contradicts(fact.identity)) or (all(models) and models[0] != models[1])


def _said(kind: MediaType) -> str:
    return language.text(f"page.medium.{kind}")


def _record(told: Told, items: tuple[Item, ...], number: str, station: Station) -> DestructionRecord:
    witnessed = destruction.is_witnessed(told.people, told.evidence, told.before, told.after)
    judged = tuple(
        _judged(kind, told, witnessed=witnessed) for kind in dict.fromkeys(item.media_type for item in items)
    )
    return DestructionRecord(
        schema="eraser/destruction/1",
        number=number,
        outcome=destruction.of_all(judged),
        issued=station.now(),
        done=told.done,
        languages=told.languages,
        way=told.way,
        items=items,
        judged=judged,
        data_class=told.data_class,
        reason=told.reason,
        people=told.people,
        evidence=told.evidence,
        before=told.before,
        after=told.after,
        station=station.described(),
        issuer=told.issuer,
        unwitnessed=told.unwitnessed,
        supplements=told.supplements,
    )


def _judged(kind: MediaType, told: Told, *, witnessed: bool) -> Judged:
    deed = destruction.deed(kind, told.way, witnessed=witnessed)
    verdicts = tuple(policy.judge(name, table, deed, told.data_class) for name, table in told.policies.items())
    return Judged(kind, destruction.outcome(verdicts, witnessed=witnessed), verdicts)
