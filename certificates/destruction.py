"""The destruction record: one medium or a whole box, destroyed in one way, in the shape that is signed (schema eraser/destruction/1).

It tells what people did, and says so: nothing of it was measured. Whether the way suffices for each kind of medium is the policies'
judgement, and the record is called a certificate of destruction only where it does. Values are as in `record`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import msgspec

from certificates import policy
from certificates.identity import BLANK_LETTERS, Named, plain
from certificates.people import Evidence, Issuer, People, Station
from certificates.record import DataClass, MediaType, Reason, Verdict
from certificates.values import END, Count, Hex, Time, Value, Words

SCHEMA = "eraser/destruction/1"
USUAL_POLICIES = ("mic-r8.3", "mic-r7.3")

DestructionOutcome = Literal["destroyed", "purged", "destruction-insufficient", "destruction-not-confirmed"]
_WORST_FIRST: tuple[DestructionOutcome, ...] = (
    "destruction-insufficient",
    "destruction-not-confirmed",
    "purged",
    "destroyed",
)
SUFFICES: frozenset[DestructionOutcome] = frozenset({"destroyed", "purged"})
Millimetres = Annotated[str, msgspec.Meta(pattern=rf"^[0-9]{{1,4}}(\.[0-9]{{1,3}})?{END}")]


class Earlier(Value, frozen=True):
    """The last job on the medium that the ledger knows: its number and how it ended (`open`: it has no end)."""

    number: str
    outcome: str


class Item(Value, frozen=True):
    """One medium. `earlier`: what the ledger knew of it."""

    medium: Named
    media_type: MediaType
    earlier: Earlier | None


class Judged(Value, frozen=True):
    """What the way means for one kind of medium, and what the verdicts amount to."""

    media_type: MediaType
    outcome: DestructionOutcome
    verdicts: tuple[Verdict, ...]


class Way(Value, frozen=True):
    """How. `particle_mm`: the largest particle that is left, as the machine's maker states it, a decimal string; `field_gauss`: the field
    of a degausser; `equipment`: the machine. Null where the technique has no such figure."""

    technique: str
    name: Words
    particle_mm: Millimetres | None
    holes: Count | None
    field_gauss: Count | None
    equipment: str | None


class Supplement(Value, frozen=True):
    """The record of the same act that this one adds a witness to. `digest`: BLAKE3-256 of its bytes."""

    number: str
    digest: Hex


class DestructionRecord(Value, frozen=True):
    """All that is known about one act of destruction. Its RFC 8785 bytes are what is signed.

    `judged` has each kind of medium among `items` once. `done`: when it was done, as told. `before` and `after` name
    the photographs among `evidence`. `unwitnessed`: why nobody else saw it, as told. `supplements`: an earlier record of the same act.
    """

    schema: Literal["eraser/destruction/1"]
    number: str
    outcome: DestructionOutcome
    issued: Time
    done: Time
    languages: tuple[Literal["ja", "en"], ...]
    way: Way
    items: tuple[Item, ...]
    judged: tuple[Judged, ...]
    data_class: DataClass | None
    reason: Reason | None
    people: People
    evidence: tuple[Evidence, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    station: Station
    issuer: Issuer | None = None
    unwitnessed: str | None = None
    supplements: Supplement | None = None

    def outcome_of(self, item: Item) -> DestructionOutcome:
        """What came of one medium. Raises KeyError for a kind that was not judged."""
        return {each.media_type: each.outcome for each in self.judged}[item.media_type]


def ways() -> dict[str, tuple[str, ...]]:
    """Technique -> the figures that a record of it must have: particle, holes, field."""
    return {name: tuple(figures) for name, figures in _table()["ways"].items()}


def kind_of(text: str) -> MediaType | None:
    """The kind of medium that a list calls so; None if it isn't known."""
    return _kinds().get(_folded(text))


def deed(media_type: MediaType, way: Way, *, witnessed: bool) -> policy.Deed:
    """What was done to one medium, as a policy asks it."""
    return policy.Deed(
        media_type=media_type,
        technique=way.technique,
        verified="witnessed" if witnessed else "no",
        particle_mm=None if way.particle_mm is None else float(way.particle_mm),
    )


def is_witnessed(people: People, evidence: Iterable[Evidence], before: Iterable[str], after: Iterable[str]) -> bool:
    """Somebody else than who did it saw it, or photographs show it before and after: not one picture under two names."""
    digests = {each.name: each.blake3 for each in evidence}
    earlier, later = ({digests.get(name) for name in names} - {None} for names in (before, after))
    shown = bool(earlier and later) and earlier.isdisjoint(later)
    return shown or any(
        _is_somebody(witness) and _named(witness) != _named(people.operator or "") for witness in people.witnesses
    )


def outcome(verdicts: Iterable[Verdict], *, witnessed: bool) -> DestructionOutcome:
    """What the verdicts amount to: one that refuses is enough to refuse, and nothing is taken for granted. `purged`: degaussing
    suffices and leaves the medium whole, so nobody says destroyed."""
    told = tuple(verdicts)
    # What nobody saw is not sufficient under any policy; whether the way is, is another question.
    if any(each.category == "none" or (each.sufficiency == "not-sufficient" and witnessed) for each in told):
        return "destruction-insufficient"
    # An owner's own policy may refuse what others grant, never grant what they don't: an auditor doesn't have its table.
    grants = [each for each in told if each.sufficiency in (None, "sufficient") and each.sure != "own"]
    granted = {each.category for each in grants} if witnessed else set()
    if "destroy" in granted:
        return "destroyed"
    return "purged" if "purge" in granted else "destruction-not-confirmed"


def of_all(judged: Iterable[Judged]) -> DestructionOutcome:
    """The worst of a box. Raises ValueError for an empty one."""
    return min((each.outcome for each in judged), key=_WORST_FIRST.index)


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files("certificates").joinpath("destruction.toml").read_text(encoding="utf-8"))


@cache
def _kinds() -> dict[str, MediaType]:
    known = msgspec.convert(_table()["kinds"], dict[MediaType, tuple[str, ...]])
    return {_folded(name): kind for kind, names in known.items() for name in (kind, *names)}


def _folded(text: str) -> str:
    return "".join(character for character in plain(text).casefold() if character.isalnum())


def _is_somebody(name: str) -> bool:
    """A dash, a blank or "none" in the place of a name is nobody's."""
    return _named(name) not in _nobody()


def _named(name: str) -> str:
    return _folded(name.translate(dict.fromkeys(BLANK_LETTERS)))


@cache
def _nobody() -> frozenset[str]:
    return frozenset(("", *map(_folded, _table()["witnesses"]["nobody"])))
