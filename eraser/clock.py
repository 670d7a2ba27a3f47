"""Time, as far as a machine's clock can be trusted: durations by the clock that nobody can set, and jumps of the other one noticed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

import msgspec

from certificates.check import CheckRecord
from certificates.inspection import InspectionRecord
from certificates.ledger.entries import Entry
from certificates.record import ClockJump

LEAST_JUMP_SECONDS = 2.0  # a leap second is none
MOST_JUMPS = 50  # that are told; a clock that jumps more often is told to do so

T = TypeVar("T")
R = TypeVar("R", InspectionRecord, CheckRecord)

_TIMES = frozenset({"began", "started", "ended", "issued", "at", "asked", "back", "pass_started"})
# What happened elsewhere, or at another time, and was noted by another clock.
_FOREIGN = frozenset({"custody", "certificate", "order"})


def _wall() -> datetime:
    return datetime.now(UTC)


def _elapsed() -> float:
    """Seconds of a clock that goes on while the machine sleeps, and that nobody sets."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Clock:
    """Runs evenly from the machine's time at its making, whatever is done to that meanwhile; and knows by how much they differ.

    `wall` tells the machine's time, `elapsed` seconds since any fixed moment.
    """

    def __init__(self, wall: Callable[[], datetime] = _wall, elapsed: Callable[[], float] = _elapsed) -> None:
        self._wall, self._elapsed = wall, elapsed
        self._lock = threading.Lock()
        self._began, self._zero = wall(), elapsed()
        self._ahead = 0.0
        self._jumps: list[ClockJump] = []

    def now(self) -> datetime:
        """The even time, in the local zone."""
        self.look()
        return self._even()

    def look(self) -> None:
        """Has the machine's clock been set since the last look? To be asked often: a jump there and back between two looks isn't seen."""
        with self._lock:
            ahead = (self._wall() - self._even()).total_seconds()
            if abs(ahead - self._ahead) > LEAST_JUMP_SECONDS:
                self._jumps.append(ClockJump(as_text(self._even()), round(ahead - self._ahead)))
                self._ahead = ahead

    @property
    def jumps(self) -> tuple[ClockJump, ...]:
        """All that were seen so far, in the even time."""
        return tuple(self._jumps)

    def ahead(self) -> timedelta:
        """By how much the machine's time is ahead of the even one now: what it was set by, on the whole."""
        self.look()
        return timedelta(seconds=round(self._ahead))

    def not_before(self, moment: str) -> None:
        """What follows something goes on in time, even if the machine's clock was set back meanwhile."""
        earlier = datetime.fromisoformat(moment)
        with self._lock:
            self._began += max(timedelta(), earlier - self._even())
            self._ahead = (self._wall() - self._even()).total_seconds()  # no jump of this run

    def _even(self) -> datetime:
        return (self._began + timedelta(seconds=self._elapsed() - self._zero)).astimezone()


def as_text(moment: datetime) -> str:
    """The time as records write it: RFC 3339, seconds, with the local zone."""
    return moment.isoformat(timespec="seconds")


def moved(value: T, move: Callable[[str], str]) -> T:
    """The same with every time that the job itself noted put through `move`. Pure."""
    return cast(T, _moved(value, move))


def _moved(value: Any, move: Callable[[str], str]) -> Any:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(_moved(each, move) for each in value)
    if not isinstance(value, msgspec.Struct) or isinstance(value, Entry):
        return value
    changes = {}
    for name in set(value.__struct_fields__) - _FOREIGN:
        field = getattr(value, name)
        changes[name] = move(field) if name in _TIMES and isinstance(field, str) else _moved(field, move)
    return msgspec.structs.replace(value, **changes)


def by(seconds: timedelta) -> Callable[[str], str]:
    """Moves a time by so much."""

    def move(moment: str) -> str:
        return as_text((datetime.fromisoformat(moment) + seconds).astimezone()) if seconds else moment

    return move


def settled(times: T, began: str, ahead: timedelta, latest_before: str | None = None) -> T:
    """Times noted since `began` in the even time, put as the machine's clock has them now: what it says at the end is taken for true, and
    durations stay. Earlier ones, up to `latest_before`, stay too, unless they would come to lie behind. Pure."""
    first = datetime.fromisoformat(began)
    behind = timedelta()
    if latest_before is not None:
        behind = min(behind, first + ahead - datetime.fromisoformat(latest_before))

    def move(moment: str) -> str:
        return by(ahead)(moment) if datetime.fromisoformat(moment) >= first else by(behind)(moment)

    return moved(times, move) if ahead or behind else times


def in_one_time(record: R, began: str, clock: Clock) -> R:
    """A record of the time since `began` that was drafted in the even time: its times settled, and how the clock was set meanwhile."""
    ahead, first = clock.ahead(), datetime.fromisoformat(began)
    jumps = tuple(each for each in clock.jumps if datetime.fromisoformat(each.at) >= first)[:MOST_JUMPS]
    made: R = settled(msgspec.structs.replace(record, clock_jumps=jumps), began, ahead)
    return made
