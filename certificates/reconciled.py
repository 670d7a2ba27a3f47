"""What a reconciliation looks like: as text lines, as a CSV, as one page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from certificates import csv_text, custody, language
from certificates.history import LEDGER, Fact
from certificates.inventory import Aside, Asset, option_of
from certificates.reconcile import STATUSES, Line, Result

if TYPE_CHECKING:
    from certificates.page.report import Listing

MOST_NAMED = 10  # rows or columns in one sentence
CSV_COLUMNS = (
    "status", "row", "asset_tag", "serial", "wwn", "number", "at", "source", "matched_by", "differs", "times", "left", "why"
)  # fmt: skip


class Heading(msgspec.Struct, frozen=True):
    """What stands above the result. `columns`: field -> heading that was taken for it; `refused`: files that are not authentic.
    `walled`: rows of the ledger that are not sound. `aside`: rows of the inventory that are no assets."""

    inventory: str
    digest: str
    columns: dict[str, str]
    sources: tuple[str, ...]
    certificates: int
    refused: tuple[str, ...]
    at: str
    tool: str
    station: str
    walled: int = 0
    aside: tuple[Aside, ...] = ()


def standing(result: Result, heading: Heading, lang: language.Language | None = None) -> str:
    """Closed, or what is open: assets, and whatever else is, each counted by itself."""
    counts = {
        "assets": result.open_assets,
        "strangers": 0 if result.terms.part else len(result.strangers),
        "torn": len({fact.number for fact in result.torn}),
        "refused": len(heading.refused),
        "walled": heading.walled,
    }
    if not any(counts.values()):
        return language.text("reconcile.closed", lang)
    told = [language.text(f"reconcile.count.{name}", lang, count=count) for name, count in counts.items() if count]
    return language.text("reconcile.open", lang, counts=language.text("reconcile.comma", lang).join(told))


def said(line: Line, lang: language.Language | None = None) -> str:
    """Why an asset stands as it does, in one sentence."""
    fact = line.fact
    values = {
        "number": fact.number if fact else "-",
        "at": fact.at if fact else "-",
        "differs": _fields(line.differs, lang),
        "lacks": _fields(line.lacks, lang),
        "options": " ".join(f"{option_of(part)} -" for part in line.lacks),
        "theirs": ", ".join(str(getattr(fact.named, name)) for name in line.differs) if fact else "-",
        "medium": str(msgspec.structs.replace(fact.named, asset_tag=None)) if fact else "-",
        "rows": ", ".join(map(str, line.rows)),
        "check": line.check.number if line.check else "-",
        "other": line.beside.number if line.beside else "-",
        "checked": line.check.at if line.check else "-",
    }
    key: str = line.status
    if line.status == "mismatch" and line.lacks and not line.differs:
        key = "untagged" if "asset_tag" in line.lacks else "lacking"
    unread = line.status == "unreadable"
    why = unreadable(line.asset, lang) if unread else language.text(f"reconcile.why.{key}", lang, **values)
    if line.left is None:
        return why
    left = language.text("reconcile.why.left", lang, at=line.left.at)
    return f"{left}{'' if (lang or language.in_force()) == 'ja' else ' '}{why}"


def unreadable(asset: Asset, lang: language.Language | None = None) -> str:
    """Why a row of a list names no medium, with the cell that it lies in."""
    if asset.why is None:
        return language.text("reconcile.why.unreadable", lang)
    return language.text(f"reconcile.unreadable.{asset.why}", lang, cell=asset.cell, value=asset.spoilt)


def aside(rows: Iterable[Aside], lang: language.Language | None = None) -> Iterator[str]:
    """The rows of an inventory that are no assets, by why: nothing is left out unsaid."""
    by: dict[str, list[int]] = {}
    for each in rows:
        by.setdefault(each.why, []).append(each.row)
    for why, numbers in by.items():
        name = language.text(f"reconcile.aside.{why}", lang)
        yield language.text("reconcile.say.aside", lang, why=name, count=len(numbers), rows=the_first(numbers))


def the_first(names: Sequence[object]) -> str:
    """Rows or columns in a sentence: as many as anybody reads, and that there are more."""
    return ", ".join(map(str, names[:MOST_NAMED])) + (", ..." if len(names) > MOST_NAMED else "")


def lines(result: Result, lang: language.Language | None = None) -> Iterator[str]:
    """For people: what is open first, then the count of the rest."""
    for status in STATUSES:
        found = [line for line in result.lines if line.status == status]
        if not found:
            continue
        yield f"{language.text(f'reconcile.status.{status}', lang)}: {len(found)}"
        if result.is_gap(found[0]) or status == "exceptions":
            yield from (f"  {_who(line)}  {said(line, lang)}" for line in found)
    if result.strangers:
        yield f"{language.text('reconcile.status.stranger', lang)}: {len(result.strangers)}"
        yield from (f"  {fact.named!s}  {stranger_said(fact, lang)}" for fact in result.strangers)
    for number in sorted({fact.number for fact in result.torn}):
        yield language.text("reconcile.why.torn", lang, number=number)


def stranger_said(fact: Fact, lang: language.Language | None = None) -> str:
    return language.text("reconcile.why.stranger", lang, number=fact.number, at=fact.at, what=what_said(fact, lang))


def what(fact: Fact) -> str:
    """What happened, as a stable word."""
    return fact.what if fact.custody is None else fact.custody.event


def what_said(fact: Fact, lang: language.Language | None = None) -> str:
    if fact.custody is not None:
        name = custody.kinds().get(fact.custody.event, custody.UNKNOWN).name
        return name.ja if (lang or language.in_force()) == "ja" else name.en
    return language.text(f"fact.{fact.what}", lang)


def _fields(names: Iterable[str], lang: language.Language | None = None) -> str:
    return language.text("reconcile.and", lang).join(language.text(f"reconcile.field.{name}", lang) for name in names)


def _source(fact: Fact, lang: language.Language | None = None) -> str:
    """The file of a certificate; the ledger has none."""
    return language.text("reconcile.ledger", lang) if fact.source == LEDGER else fact.source


def _who(line: Line) -> str:
    asset = line.asset
    parts = [part for part in (asset.asset_tag, asset.serial, asset.wwn) if part]
    return f"[{asset.row}] {' / '.join(parts) or '-'}"


def as_csv(result: Result, lang: language.Language | None = None) -> bytes:
    """Every asset and every stranger, a row each."""
    rows: list[tuple[object, ...]] = []
    for line in result.lines:
        asset, fact = line.asset, line.fact
        rows.append((
            language.text(f"reconcile.status.{line.status}", lang), asset.row, asset.asset_tag, asset.serial, asset.wwn,
            fact and fact.number, fact and fact.at, fact and _source(fact, lang), _fields(line.matched_by, lang),
            _fields(line.differs, lang), line.times, line.left and line.left.at, said(line, lang),
        ))  # fmt: skip
    for fact in result.strangers:
        rows.append((
            language.text("reconcile.status.stranger", lang), "", fact.named.asset_tag, fact.named.serial,
            fact.named.wwn, fact.number, fact.at, _source(fact, lang), "", "", "", "", stranger_said(fact, lang),
        ))  # fmt: skip
    return csv_text.encode([language.text(f"reconcile.column.{name}", lang) for name in CSV_COLUMNS], rows)


def as_page(result: Result, heading: Heading) -> bytes:
    """One page for the file: how it stands, the counts, and as many of the gaps as it has room for."""
    from certificates.page.report import Entry, Listing, Report, render
    from certificates.page.say import Say

    say = Say(language.LANGUAGES)
    gaps = result.gaps + len(heading.refused) + heading.walled
    numbers: dict[str, int] = dict(result.counts.items())
    numbers |= {"stranger": len(result.strangers), "not-authentic": len(heading.refused), "walled": heading.walled}
    # A page for people: what there is none of says nothing.
    numbers = {
        status: count for status, count in numbers.items() if count or status in ("proven", "missing", "stranger")
    }
    counts = tuple(Entry(f"reconcile.status.{status}", f"{count:,}", 2) for status, count in numbers.items())
    told = (
        Entry("reconcile.label.inventory", heading.inventory, 4),
        Entry("reconcile.label.assets", f"{len(result.lines):,}", 2),
        Entry("reconcile.label.columns", _columns(heading), 6),
    )
    sources = (
        Entry("reconcile.label.sources", "; ".join(heading.sources), 9),
        Entry("reconcile.label.certificates", f"{heading.certificates:,}", 3),
    )
    digest = (Entry("reconcile.label.digest", heading.digest, 12),)
    grid = (told, sources, digest, *(counts[start : start + 6] for start in range(0, len(counts), 6)))
    notes = [say("reconcile.meaning")]
    if result.terms.accept_exceptions:
        notes.append(say("reconcile.accepted"))
    if result.terms.images:
        notes.append(say("reconcile.images"))
    if result.terms.part:
        notes.append(say("reconcile.part"))
    if heading.aside:
        told_aside = {lang: " ".join(aside(heading.aside, lang)) for lang in language.LANGUAGES}
        notes.append(say.per_language(told_aside))
    listings = [*_gaps(result), *_others(result, heading)]
    return render(
        Report(
            title="reconcile.title",
            issued=heading.at,
            number=heading.station,
            tool=heading.tool,
            author=heading.station,
            standing=say.per_language({lang: standing(result, heading, lang) for lang in language.LANGUAGES}),
            alarm=bool(gaps),
            entries=grid,
            notes=tuple(notes),
            listings=tuple(each for each in listings if isinstance(each, Listing) and each.rows),
            identity=bytes.fromhex(heading.digest)[:16],
            one_page=True,
        )
    )


def _columns(heading: Heading) -> str:
    """Which heading was taken for which field, in both languages."""
    names = {
        name: " / ".join(dict.fromkeys(language.both(f"reconcile.field.{name}").values())) for name in heading.columns
    }
    return "; ".join(f"{names[name]}: {column}" for name, column in heading.columns.items())


def _gaps(result: Result) -> Iterator[Listing]:
    from certificates.page.report import Listing

    columns = (
        ("reconcile.column.row", 6.0), ("reconcile.column.asset_tag", 20.0), ("reconcile.column.serial", 22.0),
        ("reconcile.column.status", 26.0), ("reconcile.column.number", 20.0), ("reconcile.column.at", 20.0),
    )  # fmt: skip
    rows = tuple(
        (
            str(line.asset.row),
            line.asset.asset_tag or "–",
            line.asset.serial or line.asset.wwn or "–",
            tuple(language.text(f"reconcile.status.{line.status}", lang) for lang in language.LANGUAGES),
            line.fact.number if line.fact else "–",
            line.fact.at[:16].replace("T", " ") if line.fact else "–",
        )
        for line in result.lines
        if result.is_gap(line)
    )
    yield Listing("reconcile.label.gaps", columns, rows)


def _others(result: Result, heading: Heading) -> Iterator[Listing]:
    from certificates.page.report import Listing

    columns = (("reconcile.column.number", 20.0), ("reconcile.column.who", 30.0), ("reconcile.column.why", 50.0))
    rows = tuple(
        (fact.number, str(fact.named), tuple(stranger_said(fact, lang) for lang in language.LANGUAGES))
        for fact in result.strangers
    )
    yield Listing("reconcile.status.stranger", columns, rows)
    files = (("reconcile.column.file", 100.0),)
    yield Listing("reconcile.status.not-authentic", files, tuple((name,) for name in heading.refused))
