"""The life of a medium so far: since when it is known, how often it was wiped, how its drive was. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from certificates.history import ERASED, Fact, in_order, taken_up
from certificates.identity import Named
from certificates.record import Health

DAYS_A_YEAR = 365.25


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """When a medium is due for replacement, if the owner says so: after so many verified wipes, after so many years since its first use."""

    max_wipes: Annotated[int, msgspec.Meta(ge=1)] | None = None
    max_years: Annotated[float, msgspec.Meta(ge=0)] | None = None

    @property
    def any(self) -> bool:
        return self.max_wipes is not None or self.max_years is not None


class Life(msgspec.Struct, frozen=True):
    """`first`: the first thing that the ledger knows of it. `wipes`: erasures that papers tell of; `failures`: jobs that ended otherwise
    (what was interrupted and then resumed is told by the job that took it up).

    `ended`: it was destroyed or purged. `health`: as its drive last told, if a certificate of it is at hand.
    """

    named: Named
    first: str
    last: str
    wipes: int
    failures: int
    ended: bool
    health: Health | None = None

    def years(self, now: datetime) -> float:
        """Years since its first use."""
        return (now - datetime.fromisoformat(self.first)).days / DAYS_A_YEAR

    def over(self, limits: Limits, now: datetime) -> tuple[str, ...]:
        """Which limits it has reached: `wipes`, `years`; and `failed`, if its last job failed."""
        if self.ended:
            return ()
        reached = [
            ("wipes", limits.max_wipes is not None and self.wipes >= limits.max_wipes),
            ("years", limits.max_years is not None and self.years(now) >= limits.max_years),
        ]
        return tuple(name for name, is_over in reached if is_over)


def of(story: Sequence[Fact], health: Health | None = None) -> Life | None:
    """The life that the facts of one medium tell, in order of time; None if there are none."""
    if not story:
        return None
    jobs, resumed = [fact for fact in story if fact.began is not None], taken_up(story)
    return Life(
        named=_best_named(story),
        first=min((fact.began or fact.at for fact in story), key=datetime.fromisoformat),
        last=story[-1].at,
        wipes=sum(fact.what in ERASED and fact.has_paper for fact in jobs),
        failures=sum(fact.what not in ERASED and fact.number not in resumed for fact in jobs),
        ended=any(fact.what in ("destroyed", "purged") and fact.has_paper for fact in story),
        health=health,
    )


def all_of(facts: Iterable[Fact]) -> tuple[tuple[Fact, ...], ...]:
    """The stories of all media that have a serial number or WWN, or else an asset tag."""
    stories: dict[str, list[Fact]] = {}
    for fact in in_order(facts):
        who = fact.identity.serial or fact.identity.wwn or fact.identity.asset_tag
        if who:
            stories.setdefault(who, []).append(fact)
    return tuple(tuple(story) for story in stories.values())


def _best_named(story: Sequence[Fact]) -> Named:
    """What was last said of each part of its identity."""
    parts = {
        name: next((value for fact in reversed(story) if (value := getattr(fact.named, name))), None)
        for name in Named.__struct_fields__
    }
    return Named(**parts)
