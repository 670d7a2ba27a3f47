"""Can the machine's clock be right? Held against everything that is known to be past, before anything is written or signed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from certificates.errors import Problem, Refused
from certificates.ledger import Ledger
from eraser import RELEASED, trust
from eraser.home import Home

SKEW = timedelta(days=1)  # what an audit allows a clock to be wrong by
# Nobody comes back to a station after so long with the same version and not one entry; a clock that lost its battery or overflowed
# says 1970, 1999, 2036, 2038 or 2106.
LONGEST_SILENCE = timedelta(days=10 * 365)
SAID = "ERASER_DATE"
"""Environment variable: the day, as somebody looked it up elsewhere. For a station whose ledger was written by a wrong clock."""


def check(home: Home, now: datetime | None = None) -> None:
    """Raises Refused if the machine's clock can't be right."""
    now = now or datetime.now(UTC)
    what, latest = max(known(home), key=lambda each: each[1])
    if what != "made" and os.environ.get(SAID) == now.astimezone().date().isoformat():
        what, latest = next(known(home))
    told = {"now": _shown(now), "known": _shown(latest), "what": what}
    if now < latest - SKEW:
        raise Refused(f"clock.{what}", **told)
    if now > latest + LONGEST_SILENCE:
        raise Refused("clock.ahead", **told)


def known(home: Home) -> Iterator[tuple[str, datetime]]:
    """Moments that lie in the past, each with a word for what happened then: made, key, checkpoint, statement, ledger."""
    yield "made", datetime.fromisoformat(RELEASED).replace(tzinfo=UTC)
    for what, file in (("key", home.key), ("checkpoint", home.checkpoint)):
        if (changed := _changed(file)) is not None:
            yield what, changed
    yield from (("statement", moment) for moment in _said_of_keys(home))
    if (newest := _newest_entry(home)) is not None:
        yield "ledger", newest


def _changed(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return None


def _said_of_keys(home: Home) -> Iterator[datetime]:
    try:
        said = trust.here(home).statements
    except (OSError, Problem):
        return
    for each in said:
        yield datetime.fromisoformat(each.statement.issued)


def _newest_entry(home: Home) -> datetime | None:
    """What is wrong with a ledger is told by what reads it."""
    try:
        newest = Ledger(home.ledger, "").newest()
        return None if newest is None else datetime.fromisoformat(newest.at)
    except (Problem, OSError, ValueError):
        return None


def _shown(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
