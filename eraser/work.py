"""One job at work: what its phases share, and what each of them does several times a second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from certificates.record import Challenge, Verification
from eraser.account import Account
from eraser.control import Control
from eraser.cooling import Cooling
from eraser.events import ClockSet, Event, Found, Phase, PhaseDone, Progress, TooHot
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
    told_jumps: int = 0

    def __post_init__(self) -> None:
        self.told_jumps = len(self.station.clock.jumps)

    def went_on(self, phase: Phase, number: int, done: int, total: int) -> Iterator[Event]:
        """Note how far the phase is, tell it, and stop here if somebody asked. Raises Stopped."""
        self.account.bytes_done = done
        self.control.is_at(self.planned.order.target, phase, done, total, number, len(self.planned.passes))
        self.control.check()
        yield from self.looked_at_the_clock()
        hot = self.cooling.hot
        if (hot is None) != (self.told_hot is None):
            yield TooHot(self.planned.order.target, self.account.entry.number, hot, self.cooling.limit)
        self.told_hot = hot
        yield Progress(self.planned.order.target, phase, number, len(self.planned.passes), done, total)

    def looked_at_the_clock(self) -> Iterator[ClockSet]:
        """Tell each time that it was set."""
        self.station.clock.look()
        for jump in self.station.clock.jumps[self.told_jumps :]:
            self.told_jumps += 1
            yield ClockSet(self.planned.order.target, self.account.entry.number, jump.seconds)

    def phase_done(self, phase: Phase, number: int, count: int) -> PhaseDone:
        """The phase is over: `count` bytes went through."""
        return PhaseDone(
            self.planned.order.target, self.account.entry.number, phase, number, count, self.account.phase_seconds
        )

    def found(self, check: Challenge | Verification | None, number: int) -> Iterator[Found]:
        """Tell what reading back found, if it found anything."""
        if isinstance(check, Challenge):
            lost = [each for each in check.wrong if each.kind == "unreadable"]
            counts, listed = (len(check.wrong) - len(lost), len(lost)), check.wrong
        elif check is not None:
            counts, listed = (check.different_sectors, check.unreadable_sectors), check.findings
        if check is None or not any(counts):
            return
        yield Found(
            target=self.planned.order.target,
            number=self.account.entry.number,
            phase="challenge" if isinstance(check, Challenge) else "verify",
            pass_number=number,
            different=counts[0],
            unreadable=counts[1],
            true_capacity_bytes=check.true_capacity_bytes,
            findings=listed,
        )
