"""Asking running jobs to stop. Signal handlers and the command line ask; jobs look at it several times a second."""

from __future__ import annotations

from typing import NamedTuple

from verifier.pacing import Pace

REPLUG_SECONDS = 600.0


class Stopped(Exception):
    """Somebody asked the job to stop. `cause` is `ctrl-c`, `sigterm` or `sigquit`."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(cause)


class NotReplugged(Exception):
    """The medium was not unplugged and plugged in again in the time that there was for it."""


class Whereabouts(NamedTuple):
    """`done` of `total` bytes of a phase (a key of the words table, `say.phase.*`)."""

    phase: str
    done: int
    total: int
    pass_number: int
    passes: int


class Control:
    """The request to stop, for any number of jobs (the first cause stays), and how fast they may go.

    `rate` is for each job, `total_rate` for all together, both in bytes a second; `max_celsius` instead of the usual limit;
    `replug_seconds` is how long a medium may take to be unplugged and plugged in again; `media`: how many are worked on at the same time.
    """

    def __init__(
        self,
        rate: float | None = None,
        total_rate: float | None = None,
        max_celsius: int | None = None,
        replug_seconds: float = REPLUG_SECONDS,
        media: int = 1,
    ) -> None:
        self.cause: str | None = None
        self.rate = rate
        self.total = Pace(total_rate)
        self.max_celsius = max_celsius
        self.replug_seconds = replug_seconds
        self.media = media
        self.whereabouts: dict[str, Whereabouts] = {}

    def is_at(self, target: str, phase: str, done: int, total: int, pass_number: int = 1, passes: int = 1) -> None:
        """How far a target is, for whoever asks."""
        self.whereabouts[target] = Whereabouts(phase, done, total, pass_number, passes)

    def stop(self, cause: str) -> None:
        self.cause = self.cause or cause

    def check(self) -> None:
        """Raises Stopped once somebody asked."""
        if self.cause is not None:
            raise Stopped(self.cause)
