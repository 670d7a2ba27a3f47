"""One job at work: what its phases share, and what each of them does several times a second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eraser.account import Account
from eraser.control import Control
from eraser.cooling import Cooling
from eraser.events import Event, Phase, PhaseDone, Progress, TooHot
from eraser.order import Planned
from eraser.station import Station
from eraser.target import Target
from verifier.pacing import Pace


@dataclass
class Work:
    """The job while its medium is held."""

    planned: Planned
    target: Target
    account: Account
    station: Station
    control: Control
    paces: Sequence[Pace]
    cooling: Cooling
    told_hot: int | None = None

    def went_on(self, phase: Phase, number: int, done: int, total: int) -> Iterator[Event]:
        """Note how far the phase is, tell it, and stop here if somebody asked. Raises Stopped."""
        self.account.bytes_done = done
        self.control.check()
        hot = self.cooling.hot
        if (hot is None) != (self.told_hot is None):
            yield TooHot(self.planned.order.target, self.account.entry.number, hot, self.cooling.limit)
        self.told_hot = hot
        yield Progress(self.planned.order.target, phase, number, len(self.planned.passes), done, total)

    def phase_done(self, phase: Phase, number: int, count: int) -> PhaseDone:
        """The phase is over: `count` bytes went through."""
        return PhaseDone(
            self.planned.order.target, self.account.entry.number, phase, number, count, self.account.phase_seconds
        )
