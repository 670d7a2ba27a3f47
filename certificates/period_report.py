"""What a period of the ledger looks like: as a report for the file, and as a list of every entry. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from certificates import csv_text, custody, language
from certificates.ledger import Custody, DestructionEnded, Entry, Opening, entries, words
from certificates.period import Period, started

CSV_COLUMNS = ("seq", "at", "kind", "number", "medium", "what", "person", "place", "detail")
OUTCOMES = (
    "erased", "erased-with-exceptions", "not-erased", "interrupted", "destroyed", "purged", "destruction-insufficient",
    "destruction-not-confirmed",
)  # fmt: skip


SHOWN = 3  # pairs of erasures at the same time that are told one by one


class Heading(msgspec.Struct, frozen=True):
    """`first` and `last`: the days of the period. `station`: whose ledger it is; `host`: the machine."""

    first: str
    last: str
    at: str
    tool: str
    station: str
    host: str


def as_csv(period: Period, methods: Mapping[str, str], lang: language.Language | None = None) -> bytes:
    """Every entry of the period, a row each; of a box every medium. `methods`: the names of the overwrite methods by id."""
    rows = [row for entry in period.entries for row in _rows(entry, methods, lang)]
    return csv_text.encode([language.text(f"report.column.{name}", lang) for name in CSV_COLUMNS], rows)


def _rows(entry: Entry, methods: Mapping[str, str], lang: language.Language | None) -> Iterator[tuple[object, ...]]:
    kind = language.text(f"ledger.kind.{entries.kind(entry)}", lang)
    head, way = (entry.seq, entry.at, kind, getattr(entry, "number", "")), words.way(entry, methods, lang)
    if isinstance(entry, Custody):
        what = words.event(entry.event, lang)
        detail = " / ".join(part for part in (entry.counterpart, entry.seal, entry.note, entry.happened) if part)
        yield (*head, entry.medium, what, entry.person, entry.place, detail)
    elif isinstance(entry, DestructionEnded):
        for each in entry.media:
            yield (*head, each.medium, language.text(f"fact.{each.outcome}", lang), "", "", way)
    else:
        medium = getattr(entry, "medium", None)
        who = (
            ""
            if medium is None
            else " / ".join(filter(None, (getattr(entry, "asset_tag", None), medium.serial, medium.node)))
        )
        yield (*head, who, words.outcome(entry, lang), "", "", way or getattr(entry, "certificate", ""))


def at_once(period: Period) -> list[dict[str, str]]:
    """What tells the pairs of erasures of one medium at the same time."""
    return [
        {"number": each.fact.number, "other": each.other.number, "who": str(each.fact.named)} for each in period.at_once
    ]


def as_page(period: Period, heading: Heading) -> bytes:
    """The report."""
    from certificates.page.report import Entry as Told
    from certificates.page.report import Listing, Report, render
    from certificates.page.say import Say

    say = Say(language.LANGUAGES)
    counts = [Told(f"fact.{name}", f"{period.counts.get(name, 0):,}", 3) for name in OUTCOMES]
    hands = [
        Told(f"report.custody.{name}", f"{period.counts.get(f'custody.{name}', 0):,}", 2) for name in custody.kinds()
    ]
    grid = [
        (Told("report.label.period", f"{heading.first} – {heading.last}", 4), Told("report.label.host", heading.host, 4),
         Told("report.label.jobs", f"{started(period):,}", 2), Told("report.label.entries", f"{len(period.entries):,}", 2)),
        (Told("report.label.before", f"{period.before.size:,}:  {period.before.root.hex()}", 12),),
        (Told("report.label.after", f"{period.after.size:,}:  {period.after.root.hex()}", 12),),
        *(tuple(counts[start : start + 4]) for start in range(0, len(counts), 4)),
        *(tuple(hands[start : start + 6]) for start in range(0, len(hands), 6)),
    ]  # fmt: skip
    notes = [say("report.meaning")] + ([say("report.strays", count=period.strays)] if period.strays else [])
    if period.steps:
        notes.append(say("report.steps", count=len(period.steps), **msgspec.structs.asdict(period.steps[0])))
    notes += [say("report.at-once", **values) for values in at_once(period)[:SHOWN]]
    if len(period.at_once) > SHOWN:
        notes.append(say("report.at-once-more", count=len(period.at_once) - SHOWN))
    failures = tuple(
        (
            failure.fact.number, failure.fact.at[:16].replace("T", " "), str(failure.fact.named),
            say(f"fact.{failure.fact.what}"), say(f"reconcile.status.{failure.status}"),
        )
        for failure in period.failures
    )  # fmt: skip
    unended = tuple((entry.number, entry.at[:16].replace("T", " "), _who(entry)) for entry in period.unended)
    destroyed = tuple(
        (
            entry.number,
            entry.done[:16].replace("T", " "),
            str(item.medium),
            tuple(words.technique(entry.technique, each) for each in language.LANGUAGES),
            say(f"fact.{item.outcome}"),
        )
        for entry in period.entries
        if isinstance(entry, DestructionEnded)
        for item in entry.media
    )
    listings = (
        Listing("report.label.unended", (("report.column.number", 24), ("report.column.at", 20), ("report.column.medium", 60)), unended),
        Listing("report.label.failures", (("report.column.number", 24), ("report.column.at", 20), ("report.column.medium", 34),
                ("report.column.what", 30), ("report.column.today", 30)), failures),
        Listing("report.label.destroyed", (("report.column.number", 24), ("report.column.at", 20), ("report.column.medium", 34),
                ("report.column.detail", 20), ("report.column.what", 30)), destroyed),
        Listing("report.label.custody", (("report.column.at", 20), ("report.column.what", 18), ("report.column.medium", 34),
                ("report.column.person", 24), ("report.column.place", 24)), _custody(period, say)),
    )  # fmt: skip
    return render(
        Report(
            title="report.title",
            issued=heading.at,
            number=heading.station,
            tool=heading.tool,
            author=heading.host,
            standing=say("report.open" if period.open_items else "report.closed", count=period.open_items),
            alarm=bool(period.open_items),
            entries=tuple(grid),
            notes=tuple(notes),
            listings=tuple(each for each in listings if each.rows),
            identity=period.after.root[:16],
        )
    )


def _custody(period: Period, say: object) -> tuple[tuple[tuple[str, ...] | str, ...], ...]:
    return tuple(
        (
            (entry.happened or entry.at)[:16].replace("T", " "), _both(entry.event), str(entry.medium), entry.person,
            " / ".join(part for part in (entry.place, entry.seal, entry.counterpart) if part) or "–",
        )
        for entry in period.entries
        if isinstance(entry, Custody)
    )  # fmt: skip


def _both(event: str) -> tuple[str, ...] | str:
    kind = custody.kinds().get(event)
    return event if kind is None else (kind.name.ja, kind.name.en)


def _who(entry: Opening) -> str:
    medium = getattr(entry, "medium", None)
    return "–" if medium is None else " / ".join(filter(None, (medium.serial, medium.model, medium.node)))
