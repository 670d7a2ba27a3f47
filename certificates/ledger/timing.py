"""Where a ledger's times step back. Pure.

That is no contradiction: clocks are set, an end may be entered after its paper was issued (`jobs --close`), and several stations have
several clocks. The order of entries does not rest on their times. But whoever relies on a time has to know that it was not always the
later entry that has the later one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from certificates.errors import LedgerInconsistent
from certificates.ledger.entries import Entry

# Jobs that run at once note a time and then wait for each other to enter it (30 s at the longest), or draw their page meanwhile.
CONCURRENCY = timedelta(minutes=1)
MOST = 1000  # places that are remembered; all are counted


class StepBack(msgspec.Struct, frozen=True):
    """Entry `seq` has the time `at`, though entry `after` before it had reached `reached`."""

    seq: int
    at: str
    after: int
    reached: str


class Times:
    """Looks at entries in their order. `count`: how often the time stepped back; `steps`: the first of these."""

    def __init__(self) -> None:
        self.count = 0
        self.steps: list[StepBack] = []
        self._reached: tuple[datetime, int, str] | None = None

    def see(self, entry: Entry) -> None:
        """Raises LedgerInconsistent for a time that no calendar has."""
        try:
            moment = datetime.fromisoformat(entry.at)
        except ValueError as error:
            raise LedgerInconsistent("ledger.altered", entry=entry.seq) from error
        if self._reached is not None:
            latest, after, reached = self._reached
            if latest - CONCURRENCY <= moment <= latest:
                return  # small steps add up: what was reached stays
            if moment < latest:
                self.count += 1
                if len(self.steps) < MOST:
                    self.steps.append(StepBack(entry.seq, entry.at, after, reached))
        self._reached = (moment, entry.seq, entry.at)


def steps_back(entries: Iterable[Entry]) -> tuple[StepBack, ...]:
    """Where the times of these entries step back, the first ones of them."""
    times = Times()
    for entry in entries:
        times.see(entry)
    return tuple(times.steps)


def concerning(steps: Iterable[StepBack], first: datetime, end: datetime) -> tuple[StepBack, ...]:
    """Those that touch the time from `first` up to, not including, `end`: entries there may be entered in another order, or be missing."""
    return tuple(
        step
        for step in steps
        if datetime.fromisoformat(step.at) < end and datetime.fromisoformat(step.reached) >= first
    )
