"""Closing an inventory against proofs: which assets are proven to be erased or destroyed, and which are not, and why. Pure.

An asset is proven when the last thing known of its medium is a proof: an erasure that was verified, or a destruction that suffices.
Whatever came later and may have put data on it again (it was received, or a job on it did not end well) takes that away, and so does a
check against that very certificate that spoke against it. A check that confirmed it is no proof by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from certificates import overlap
from certificates.history import ERASED, Compared, Fact, taken_up, told_once
from certificates.identity import Identity
from certificates.inventory import Asset
from certificates.numbering import station_of

Status = Literal[
    "proven",
    "exceptions",
    "missing",
    "not-erased",
    "interrupted",
    "open",
    "outdated",
    "doubted",
    "destruction-insufficient",
    "destruction-not-confirmed",
    "reappeared",
    "twice",
    "mismatch",
    "ambiguous",
    "at-once",
    "image-file",
    "unreadable",
]
STATUSES: tuple[Status, ...] = Status.__args__  # type: ignore[attr-defined]

PROVEN: tuple[Status, ...] = ("exceptions", "proven")  # the worse one first
_AFTER: dict[str, Status] = {
    "erased": "proven",
    "erased-with-exceptions": "exceptions",
    "not-erased": "not-erased",
    "interrupted": "interrupted",
    "open": "open",
    "destroyed": "proven",
    "purged": "proven",
    "destruction-insufficient": "destruction-insufficient",
    "destruction-not-confirmed": "destruction-not-confirmed",
}


class Line(msgspec.Struct, frozen=True):
    """What came of one asset. `fact`: the one that decided; `matched_by` and `differs` name parts of the identity (asset_tag, serial, wwn).

    `times`: how many verified erasures of it are known. `rows`: for `twice`, the rows that the same proof would close. `left`: when it was
    handed over without being proven. `check`: the last one against the certificate that decided, if it spoke against it.
    `beside`: for `at-once`, the other erasure of the medium at the same time.
    """

    asset: Asset
    status: Status
    fact: Fact | None = None
    matched_by: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    times: int = 0
    rows: tuple[int, ...] = ()
    left: Fact | None = None
    check: Compared | None = None
    beside: Fact | None = None


class Terms(msgspec.Struct, frozen=True):
    """What people decided beforehand. `accept_exceptions`: erased with exceptions will do. `part`: the inventory lists only some media.
    `images`: the assets are virtual disks, so that the erasure of an image file is one's proof."""

    accept_exceptions: bool = False
    part: bool = False
    images: bool = False


class Result(msgspec.Struct, frozen=True):
    """The whole. `strangers`: the last fact of each medium that the inventory does not have. `torn`: numbers with more than one content."""

    lines: tuple[Line, ...]
    strangers: tuple[Fact, ...]
    torn: tuple[Fact, ...]
    terms: Terms

    def is_gap(self, line: Line) -> bool:
        return line.status != "proven" and not (line.status == "exceptions" and self.terms.accept_exceptions)

    @property
    def gaps(self) -> int:
        """How much is open: assets, and what the inventory can't account for."""
        strangers = 0 if self.terms.part else len(self.strangers)
        return sum(map(self.is_gap, self.lines)) + strangers + len({fact.number for fact in self.torn})

    @property
    def counts(self) -> dict[Status, int]:
        told = Counter(line.status for line in self.lines)
        return {status: told[status] for status in STATUSES}


def reconcile(
    assets: Sequence[Asset],
    facts: Iterable[Fact],
    terms: Terms = Terms(),  # noqa: B008 (frozen)
    checks: Iterable[Compared] = (),
) -> Result:
    """Close `assets` against `facts`. `checks`: comparisons of media with certificates."""
    known, torn = told_once(facts)
    index = _Index(known)
    owners: dict[int, list[Asset]] = {}
    related = [index.of(asset.identity) for asset in assets]
    for asset, facts_of_it in zip(assets, related, strict=True):
        for fact in facts_of_it:
            if not fact.identity.contradicts(asset.identity):
                owners.setdefault(id(fact), []).append(asset)
    compared: dict[str, list[Compared]] = {}
    for check in sorted(checks, key=lambda check: check.moment):
        compared.setdefault(check.digest, []).append(check)
    at_once = _at_once(known)
    told = (_line(asset, found, owners, terms) for asset, found in zip(assets, related, strict=True))
    lines = tuple(_doubted(_contradicted(line, at_once), compared) for line in told)
    mentioned = {id(line.fact) for line in lines if line.fact is not None}
    resumed = taken_up(known)  # without any number of the medium's, only the job that took it up leads on
    loose = [
        fact for fact in known if id(fact) not in owners and id(fact) not in mentioned and fact.number not in resumed
    ]
    return Result(lines, _last_of_each(loose), torn, terms)


def standing(story: Sequence[Fact], who: Identity) -> Status:
    """How a medium stands at the end of what is known of it."""
    return _told(story, who).status


def _line(asset: Asset, facts: Sequence[Fact], owners: dict[int, list[Asset]], terms: Terms) -> Line:
    """The story of one asset, told from its beginning."""
    if not asset.identity.is_known:
        return Line(asset, "unreadable")
    ours = [fact for fact in facts if not fact.identity.contradicts(asset.identity)]
    # The same medium under another asset tag is still the same medium, unless the inventory has that one as well.
    others = [fact for fact in facts if fact.identity.contradicts(asset.identity) and id(fact) not in owners]
    same_medium = [fact for fact in others if _same_medium(fact.identity, asset.identity)]
    story = _worst(_told(story, asset.identity) for story in _stories([*ours, *same_medium], asset.identity))
    status, deciding = story.status, story.deciding
    if deciding is None and others:
        status, deciding = "mismatch", others[-1]
    if status in PROVEN and _is_ambiguous(ours, asset.identity):
        status = "ambiguous"
    if status in PROVEN and deciding is not None and deciding.is_image and not terms.images:
        status = "image-file"
    rows: tuple[int, ...] = ()
    if status in PROVEN and len(claimed := owners[id(deciding)]) > 1:
        status, rows = "twice", tuple(each.row for each in claimed)
    return Line(
        asset=asset,
        status=status,
        fact=deciding,
        matched_by=deciding.identity.shares(asset.identity) if deciding else (),
        differs=deciding.identity.contradicts(asset.identity) if deciding else (),
        times=sum(fact.what in ERASED for fact in ours),
        rows=rows,
        left=story.left,
    )


def _at_once(facts: Sequence[Fact]) -> dict[int, Fact]:
    """The erasures (by id) that another one of the same medium at the same time contradicts; asset tags tell media apart."""
    found = [each for each in overlap.among(facts) if not each.told_apart]
    return {id(each.fact): each.other for each in found} | {id(each.other): each.fact for each in found}


def _contradicted(line: Line, at_once: Mapping[int, Fact]) -> Line:
    """Of two erasures of one medium at the same time neither proves anything."""
    other = at_once.get(id(line.fact))
    if line.status not in PROVEN or other is None:
        return line
    return msgspec.structs.replace(line, status="at-once", beside=other)


def _last(checks: Sequence[Compared], issuer: str) -> Compared | None:
    """The last check against a certificate. Whoever issued it can't clear with a check of his own what somebody else found."""
    others = [check for check in checks if station_of(check.number) != issuer]
    if others and not others[-1].confirmed:
        return others[-1]
    return checks[-1] if checks else None


def _doubted(line: Line, compared: Mapping[str, Sequence[Compared]]) -> Line:
    """What the last check that showed anything spoke against is not proven."""
    check = None if line.fact is None else _last(compared.get(line.fact.digest or "", ()), station_of(line.fact.number))
    if line.status not in PROVEN or check is None or check.confirmed:
        return line
    return msgspec.structs.replace(line, status="doubted", check=check)


def _stories(facts: Sequence[Fact], who: Identity) -> list[list[Fact]]:
    """Facts in order of time, one list for each medium: a computer's asset tag may stand for several disks, and each has to be proven."""
    ordered = sorted(facts, key=lambda fact: fact.moment)
    media = dict.fromkeys(fact.identity.serial or fact.identity.wwn for fact in ordered)
    media.pop(None, None)
    if who.serial or who.wwn or len(media) < 2:
        return [ordered]
    return [[fact for fact in ordered if (fact.identity.serial or fact.identity.wwn) in (each, None)] for each in media]


class _Story(msgspec.Struct, frozen=True):
    """How one medium stands at the end, what decided it, and when it left the house without a proof."""

    status: Status = "missing"
    deciding: Fact | None = None
    left: Fact | None = None

    @property
    def is_destroyed(self) -> bool:
        """Nothing can happen to it any more; what does is told."""
        return self.deciding is not None and (self.deciding.what == "destroyed" or self.status == "reappeared")

    def goes_on(self, fact: Fact, who: Identity) -> _Story:
        """The story with one more fact."""
        proven = self.status in PROVEN
        if fact.custody is not None or fact.what == "data-found":
            if fact.data_may_return and proven:
                return _Story("reappeared" if self.is_destroyed else "outdated", fact, None)
            return _Story(self.status, self.deciding, fact) if fact.leaves and not proven else self
        status = _AFTER[fact.what]
        if status.startswith("destruction-") and proven:
            return self  # it was erased before: half a destruction takes nothing away
        if self.is_destroyed and fact.what != "destroyed":
            status = "reappeared"
        if status in PROVEN and fact.identity.contradicts(who):
            status = "mismatch"
        return _Story(status, fact, None if status in PROVEN else self.left)


def _told(story: Sequence[Fact], who: Identity) -> _Story:
    told = _Story()
    for fact in story:
        told = told.goes_on(fact, who)
    return told


def _worst(told: Iterable[_Story]) -> _Story:
    """What is open before what is proven."""
    return min(told, key=lambda each: PROVEN.index(each.status) + 1 if each.status in PROVEN else 0)


def _same_medium(one: Identity, other: Identity) -> bool:
    shared, differing = one.shares(other), one.contradicts(other)
    return "wwn" in shared or ("serial" in shared and "wwn" not in differing)


def _is_ambiguous(facts: Sequence[Fact], asset: Identity) -> bool:
    """Cheap sticks share their serial numbers: media of different build, known by that number alone, can't be told apart."""
    builds = {fact.build for fact in facts if fact.build and fact.identity.shares(asset) == ("serial",)}
    return len(builds) > 1


def _last_of_each(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """The last fact of each medium; what nothing identifies stands for itself."""
    last: dict[object, Fact] = {}
    for fact in facts:
        who = fact.identity
        last[who.serial or who.wwn or who.asset_tag or (fact.number,)] = fact
    return tuple(sorted(last.values(), key=lambda fact: fact.moment))


class _Index:
    """Facts by each part of their identity."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts: list[Fact] = []
        self._by: dict[tuple[str, str], list[int]] = {}
        for position, fact in enumerate(facts):
            self._facts.append(fact)
            for key in _keys(fact.identity):
                self._by.setdefault(key, []).append(position)

    def of(self, who: Identity) -> list[Fact]:
        """Every fact that shares a part of this identity, in order of time."""
        at = sorted({position for key in _keys(who) for position in self._by.get(key, ())})
        return [self._facts[position] for position in at]


def _keys(who: Identity) -> list[tuple[str, str]]:
    told = (("asset_tag", who.asset_tag), ("serial", who.serial), ("wwn", who.wwn))
    return [(name, value) for name, value in told if value]
