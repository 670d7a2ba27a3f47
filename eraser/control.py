"""Asking running jobs to stop. Signal handlers and the command line ask; jobs look at it several times a second."""

from __future__ import annotations


class Stopped(Exception):
    """Somebody asked the job to stop. `cause` is `ctrl-c` or `sigterm`."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(cause)


class Control:
    """The request to stop, for any number of jobs. The first cause stays."""

    def __init__(self) -> None:
        self.cause: str | None = None

    def stop(self, cause: str) -> None:
        self.cause = self.cause or cause

    def check(self) -> None:
        """Raises Stopped once somebody asked."""
        if self.cause is not None:
            raise Stopped(self.cause)
