"""What happened so far in one job. Filled while the job runs, whatever happens to it; read when it is judged."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from certificates.ledger import Started
from certificates.record import Challenge, Interruption, LbaRange, Medium, Pass, Verification
from certificates.record import Content as ContentRecord
from eraser.control import Stopped
from eraser.events import Phase
from eraser.methods import Pass as PlannedPass
from eraser.station import Station
from eraser.target import Changed, Target
from eraser.writing import FlushFailed, Writing
from verifier.faults import MediumGone, TooManyFaults
from verifier.pipeline import Span, Stalled

_CAUSES: dict[type[BaseException], str] = {
    MediumGone: "device-vanished",
    Changed: "device-replaced",
    TooManyFaults: "too-many-bad-sectors",
    Stalled: "stall",
    FlushFailed: "flush-failed",
}


class Account:
    """The job's running story. `phase` and `bytes_done` say where it is now."""

    def __init__(self, started: Started, station: Station) -> None:
        self.entry = started
        self.started = station.now()
        self.challenge: Challenge | None = None
        self.passes: list[Pass] = []
        self.unwritable: list[Span] = []  # by the last pass
        self.verification: Verification | None = None
        self.interruptions: list[Interruption] = []
        self.phase: Phase = "write"
        self.bytes_done = 0
        self._station = station
        self._phase_began = time.monotonic()

    @property
    def phase_seconds(self) -> float:
        return round(time.monotonic() - self._phase_began, 3)

    def begin(self, phase: Phase) -> str:
        """A phase begins now; returns the time."""
        self.phase, self.bytes_done, self._phase_began = phase, 0, time.monotonic()
        return self._station.now()

    def add_pass(self, number: int, planned: PlannedPass, writing: Writing, started: str, medium: Medium) -> None:
        self.unwritable = list(writing.unwritable)
        content: ContentRecord = planned.record
        self.passes.append(
            Pass(
                number=number,
                content=content,
                started=started,
                ended=self._station.now(),
                bytes_written=writing.written,
                flushed=writing.flushed,
                unwritable=tuple(lbas(span, medium) for span in writing.unwritable),
            )
        )

    @contextmanager
    def telling_everything(self, target: Target) -> Iterator[None]:
        """Whatever ends the job early becomes part of its story instead of ending the story."""
        try:
            yield
        except Exception as error:
            self.interruptions.append(self._told(error, target))

    def stop_for(self, error: Exception, target: Target) -> None:
        """The job can't be certified as it stands, for a reason that shows only now."""
        told = self._told(error, target)
        self.interruptions.append(msgspec.structs.replace(told, phase="certify"))

    def _told(self, error: Exception, target: Target) -> Interruption:
        if isinstance(error, Stopped):
            cause = error.cause
        elif not isinstance(error, Changed) and target.is_gone():
            cause = "device-vanished"
        elif isinstance(error, OSError):
            cause = "read-error" if self.phase == "verify" else "write-error"
        else:
            cause = _CAUSES.get(type(error), "internal-error")
        detail = str(error) or type(error).__name__
        if cause == "internal-error":
            detail = f"{type(error).__name__}: {detail}"
        return Interruption(self._station.now(), self.phase, cause, detail, self.bytes_done)


def lbas(span: Span, medium: Medium) -> LbaRange:
    """The logical sectors that a span touches."""
    sector = medium.logical_sector_bytes
    return LbaRange(span.offset // sector, (span.offset + span.length - 1) // sector)
