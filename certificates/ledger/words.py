"""What people call an entry and what came of it, in the language in force or another. For machines there are the entries themselves."""

from __future__ import annotations

from collections.abc import Mapping

from certificates import custody, language, policy
from certificates.language import Language
from certificates.ledger import entries
from certificates.ledger.entries import (
    Abandoned,
    Custody,
    DestructionEnded,
    DestructionStarted,
    Entry,
    Reformatted,
    Started,
)


def kind(entry: Entry, lang: Language | None = None) -> str:
    """What happened; of custody also which event."""
    name = language.text(f"ledger.kind.{entries.kind(entry)}", lang)
    return (
        language.text("ledger.custody", lang, kind=name, event=event(entry.event, lang))
        if isinstance(entry, Custody)
        else name
    )


def event(name: str, lang: Language | None = None) -> str:
    """A custody event by its name; one that the table doesn't know as it is."""
    known = custody.kinds().get(name)
    return name if known is None else _in(known.name.ja, known.name.en, lang)


def outcome(entry: Entry, lang: Language | None = None) -> str:
    """What came of it; empty where nothing did, or not yet."""
    if isinstance(entry, Reformatted):
        return language.text(f"ledger.reformatted.{'done' if entry.ok else 'failed'}", lang)
    if isinstance(entry, Abandoned):
        return language.text("fact.abandoned", lang)
    told: str | None = getattr(entry, "outcome", None)
    return language.text(f"outcome.{told}", lang) if told else ""


def way(entry: Entry, methods: Mapping[str, str], lang: Language | None = None) -> str:
    """How a medium was wiped or destroyed. `methods`: the names of the overwrite methods, which only who wipes knows, by id."""
    if isinstance(entry, Started):
        return named(entry.method, methods)
    if isinstance(entry, DestructionStarted | DestructionEnded):
        return technique(entry.technique, lang)
    return ""


def named(method: str, methods: Mapping[str, str]) -> str:
    """A method's name with its id, as a certificate has it; the id alone of a method that is no longer in the table."""
    return f"{methods[method]} ({method})" if method in methods else method


def technique(name: str, lang: Language | None = None) -> str:
    known = policy.techniques().get(name)
    return name if known is None else _in(known.name.ja, known.name.en, lang)


def _in(ja: str, en: str, lang: Language | None) -> str:
    return ja if (lang or language.in_force()) == "ja" else en
