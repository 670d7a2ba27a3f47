"""Asking running jobs to stop. Signal handlers and the command line ask; jobs look at it several times a second."""

from __future__ import annotations

from verifier.pacing import Pace


class Stopped(Exception):
    """Somebody asked the job to stop. `cause` is `ctrl-c` or `sigterm`."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(cause)


class Control:
    """The request to stop, for any number of jobs (the first cause stays), and how fast they may go.

    `rate` is for each job, `total_rate` for all together, both in bytes a second; `max_celsius` instead of the usual limit.
    """

    def __init__(
        self, rate: float | None = None, total_rate: float | None = None, max_celsius: int | None = None
    ) -> None:
        self.cause: str | None = None
        self.rate = rate
        self.total = Pace(total_rate)
        self.max_celsius = max_celsius

    def stop(self, cause: str) -> None:
        self.cause = self.cause or cause

    def check(self) -> None:
        """Raises Stopped once somebody asked."""
        if self.cause is not None:
            raise Stopped(self.cause)
