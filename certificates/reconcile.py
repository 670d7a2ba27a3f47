"""Closing an inventory against proofs: which assets are proven to be erased or destroyed, and which are not, and why. Pure.

What proves an asset is one rule, in `proving`. Here it is asked for each row, and what only the whole inventory can tell is added: one
medium is no proof of two rows, and what no row has is a stranger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from certificates import media, proving
from certificates.history import ERASED, Compared, Fact, is_numbered, taken_up
from certificates.identity import Identity
from certificates.inventory import Asset
from certificates.media import Listed
from certificates.proving import PROVEN, STATUSES, Known, Standing, Status, Terms


class Line(msgspec.Struct, frozen=True):
    """What came of one asset. `fact`: the one that decided; `matched_by`, `differs` and `lacks` (the row has it, the fact doesn't) name
    parts of the identity (asset_tag, serial, wwn).

    `times`: how many verified erasures of it are known. `rows`: for `twice`, the rows that the same proof would close. `left`: when it was
    handed over without being proven. `check`: the last one against the certificate that decided, if it spoke against it.
    `beside`: for `at-once`, the other erasure of the medium at the same time.
    """

    asset: Asset
    status: Status
    fact: Fact | None = None
    matched_by: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    times: int = 0
    rows: tuple[int, ...] = ()
    left: Fact | None = None
    check: Compared | None = None
    beside: Fact | None = None


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
    def open_assets(self) -> int:
        return sum(map(self.is_gap, self.lines))

    @property
    def counts(self) -> dict[Status, int]:
        told = Counter(line.status for line in self.lines)
        return {status: told[status] for status in STATUSES}


def reconcile(
    assets: Sequence[Asset],
    known: Known,
    terms: Terms = Terms(),  # noqa: B008 (frozen)
) -> Result:
    """Close `assets` against all that is `known`."""
    listed = media.listed(asset.identity for asset in assets)
    told = [
        proving.standing(asset.identity, known, terms, listed) if asset.identity.is_known else Standing("unreadable")
        for asset in assets
    ]
    lines = _each_once([_line(asset, each) for asset, each in zip(assets, told, strict=True)], listed)
    mentioned = {id(fact) for each in told for fact in each.related}
    resumed = taken_up(known.facts)  # without any number of the medium's, only the job that took it up leads on
    mentioned |= known.is_torn
    loose = [fact for fact in known.facts if id(fact) not in mentioned and fact.number not in resumed]
    return Result(lines, _last_of_each(loose), known.torn, terms)


def _line(asset: Asset, told: Standing) -> Line:
    fact, who = told.fact, asset.identity
    ours = (each for each in told.related if not each.identity.contradicts(who))
    return Line(
        asset=asset,
        status=told.status,
        fact=fact,
        matched_by=fact.identity.shares(who) if fact else (),
        differs=fact.identity.contradicts(who) if fact else (),
        lacks=_lacks(who, fact.identity) if fact else (),
        times=sum(each.what in ERASED and each.has_paper for each in ours),
        left=told.left,
        check=told.check,
        beside=told.beside,
    )


def _lacks(who: Identity, told: Identity) -> tuple[str, ...]:
    """What a proof would have to name. A tag is asked for only where the row has nothing else."""
    parts = media.NUMBERS if is_numbered(who) else ("asset_tag",)
    return tuple(part for part in parts if getattr(who, part) and not getattr(told, part))


def _each_once(lines: Sequence[Line], listed: Listed) -> tuple[Line, ...]:
    """A proof is for one medium, and a medium for one row: what would close several closes none."""
    claims: dict[object, list[Line]] = {}
    for line in lines:
        if line.status in PROVEN and line.fact is not None:
            for key in _medium_keys(line.fact):
                claims.setdefault(key, []).append(line)
    told = []
    for line in lines:
        rows: set[int] = set()
        if line.status in PROVEN and line.fact is not None:
            rows = {
                other.asset.row
                for key in _medium_keys(line.fact)
                for other in claims[key]
                if other is line or _is_one(line, other, listed)
            }
        told.append(line if len(rows) < 2 else msgspec.structs.replace(line, status="twice", rows=tuple(sorted(rows))))
    return tuple(told)


def _medium_keys(fact: Fact) -> list[object]:
    who = fact.identity
    numbers = [key for key in (("wwn", who.wwn), ("serial", who.serial)) if key[1]]
    return [*numbers, (fact.number, who)]


def _is_one(line: Line, other: Line, listed: Listed) -> bool:
    one, two = line.fact, other.fact
    assert one is not None and two is not None
    if one is two:
        return True
    if one.identity.wwn and one.identity.wwn == two.identity.wwn:
        return True
    who, their = line.asset.identity, other.asset.identity
    told = {(each.asset_tag, one.identity.serial) for each in (who, their)}
    return not media.are_two(one, two) and not (len(told) == 2 and told <= listed.numbered)


def _last_of_each(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """The last fact of each medium; what nothing identifies stands for itself."""
    last: dict[object, Fact] = {}
    for fact in facts:
        who = fact.identity
        last[who.serial or who.wwn or who.asset_tag or (fact.number,)] = fact
    return tuple(sorted(last.values(), key=lambda fact: fact.moment))


__all__ = ["PROVEN", "STATUSES", "Known", "Line", "Result", "Status", "Terms", "reconcile"]
