"""What happened so far in one job. Filled while the job runs, whatever happens to it; kept in the journal; read when it is judged."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import msgspec

from certificates.errors import Problem
from certificates.ledger import Started
from certificates.record import Challenge, ClockJump, Health, Interruption, Medium, Pass, Replug, Verification
from certificates.values import LbaRange
from eraser.alone import Disturbed
from eraser.clock import MOST_JUMPS, settled
from eraser.control import Stopped
from eraser.devices import Attachment
from eraser.events import Phase
from eraser.journal import Issued, Journal, KeptPass, Run, State
from eraser.methods import Pass as PlannedPass
from eraser.station import Station
from eraser.target import Changed, Target
from eraser.troubles import OF_SURROUNDINGS, cause_of, in_words
from eraser.writing import Checkpoint, Writing
from verifier.crew import Span

# After these the medium may come back as it was, and `resume` can go on.
RESUMABLE = OF_SURROUNDINGS | {"ctrl-c", "sigterm", "sigquit", "device-vanished", "stall", "not-replugged", "in-use"}


class _Times(msgspec.Struct, frozen=True):
    """Everything of an account that bears a time."""

    began: str
    pass_started: str | None
    passes: tuple[Pass, ...]
    earlier: tuple[Verification, ...]
    verification: Verification | None
    interruptions: tuple[Interruption, ...]
    health_before: Health | None
    replug: Replug | None
    jumps: tuple[ClockJump, ...]


class Account:
    """The job's running story. `phase` and `bytes_done` say where it is now."""

    def __init__(self, state: State, journal: Journal | None, station: Station, since: str | None = None) -> None:
        """`since`: when this run of the process took the job up again; None for the run that began it."""
        self.entry: Started = state.started
        self.continues = state.continues
        self.began = state.began
        self.challenge: Challenge | None = state.challenge
        self.passes: list[Pass] = list(state.done)
        # One that was stopped is made again.
        self.earlier_verifications = [each for each in state.earlier_verifications if each.complete]
        self.verification: Verification | None = None
        self.interruptions: list[Interruption] = list(state.interruptions)
        self.health_before: Health | None = state.health_before
        self.replug: Replug | None = None
        self.phase: Phase = "write"
        self.bytes_done = 0
        self.warning: str | None = None
        self.clock_jumps: tuple[ClockJump, ...] = state.clock_jumps
        self._state, self._journal, self._station = state, journal, station
        self._since, self._latest_before = since or state.began, None if since is None else latest(state)
        self._jumps_before = len(station.clock.jumps)
        self._phase_began = time.monotonic()
        self._old_interruptions = len(self.interruptions)

    @property
    def phase_seconds(self) -> float:
        return round(time.monotonic() - self._phase_began, 3)

    @property
    def new_interruptions(self) -> Sequence[Interruption]:
        """Those of this run of the process, not of the runs that it goes on from."""
        return self.interruptions[self._old_interruptions :]

    @property
    def is_untouched(self) -> bool:
        """Nothing was written to the medium yet, and it was not asked for its health."""
        state = self._state
        unwritten = self.challenge is None and state.pass_started is None and not self.passes
        return unwritten and self.health_before is None

    def in_health(self, told: Health | None) -> None:
        """What the drive says of itself before anything is written to it."""
        self.health_before = told
        if told is not None:
            self._keep(health_before=told)

    def begin(self, phase: Phase) -> str:
        """A phase begins now; returns the time."""
        self.phase, self.bytes_done, self._phase_began = phase, 0, time.monotonic()
        return self._station.now()

    def pass_began(self, number: int) -> tuple[str, Checkpoint]:
        """When pass `number` began, and how far it is: at its start, or where an earlier run of this job left it."""
        now = self.begin("write")
        state = self._state
        if state.pass_number == number and state.pass_started is not None:
            spans = tuple(Span(run.offset, run.length) for run in state.unwritable)
            return state.pass_started, Checkpoint(state.durable, spans)
        self._keep(pass_number=number, pass_started=now, durable=0, unwritable=())
        return now, Checkpoint(0, ())

    def came_to(self, checkpoint: Checkpoint) -> None:
        """Remember, for a resume, what is durable now."""
        if checkpoint.durable != self._state.durable:
            self._keep(durable=checkpoint.durable, unwritable=tuple(Run(*span) for span in checkpoint.unwritable))

    def pass_ended(self, number: int, planned: PlannedPass, writing: Writing, started: str, medium: Medium) -> None:
        """Whether or not it came to its end: the record tells how far it came, and the journal where to go on."""
        told = Pass(
            number=number,
            content=planned.record,
            started=started,
            ended=self._station.now(),
            bytes_written=writing.written,
            flushed=writing.flushed,
            unwritable=tuple(lbas(span, medium) for span in writing.unwritable),
        )
        self.passes.append(told)
        if writing.flushed:
            self._keep(done=tuple(self.passes), pass_number=number + 1, pass_started=None, durable=0, unwritable=())
        else:
            self.came_to(writing.checkpoint)

    def begin_replug(self) -> str:
        """The medium is about to be let go, to be unplugged; returns the job's number."""
        self.begin("replug")
        return self.entry.number

    def replugged(self, told: Replug, attachment: Attachment) -> None:
        self.replug = told
        self._keep(attachment=attachment)

    def challenged(self, challenge: Challenge) -> None:
        self.challenge = challenge
        self._keep(challenge=challenge)

    def verified_early(self, verification: Verification) -> None:
        self.earlier_verifications.append(verification)
        self._keep(earlier_verifications=tuple(self.earlier_verifications))

    def lacks_check_of(self, number: int) -> bool:
        """Pass `number` was written, and not yet read back to the end."""
        return number > 0 and all(each.of_pass != number for each in self.earlier_verifications)

    def back_to_the_last_check(self) -> None:
        """Where the next pass was begun before one was read back, that can't be done any more: the job goes on by writing it anew."""
        state = self._state
        begun = len(self.passes) + (state.pass_started is not None and state.pass_number > len(self.passes))
        unchecked = next((number for number in range(1, begun) if self.lacks_check_of(number)), None)
        if unchecked is None:
            return
        self.passes = self.passes[: unchecked - 1]
        self.earlier_verifications = [each for each in self.earlier_verifications if each.of_pass < unchecked]
        self._keep(
            done=tuple(self.passes),
            earlier_verifications=tuple(self.earlier_verifications),
            pass_number=unchecked,
            pass_started=None,
            durable=0,
            unwritable=(),
        )

    def unwritable_spans(self, number: int, sector_bytes: int) -> list[Span]:
        """What pass `number` could not write."""
        ranges = self.passes[number - 1].unwritable
        return [Span(r.first * sector_bytes, (r.last - r.first + 1) * sector_bytes) for r in ranges]

    def settle(self) -> timedelta:
        """Put all times as the machine's clock has them now, and note how it was set meanwhile; returns what to move later times by."""
        clock = self._station.clock
        ahead, jumps = clock.ahead(), clock.jumps[self._jumps_before :]
        told = _Times(
            began=self.began,
            pass_started=self._state.pass_started,
            passes=tuple(self.passes),
            earlier=tuple(self.earlier_verifications),
            verification=self.verification,
            interruptions=tuple(self.interruptions),
            health_before=self.health_before,
            replug=self.replug,
            jumps=(*self._state.clock_jumps, *jumps)[:MOST_JUMPS],
        )
        if not told.jumps:
            return ahead
        told = settled(told, self._since, ahead, self._latest_before)
        self.began, self.passes, self.earlier_verifications = told.began, list(told.passes), list(told.earlier)
        self.verification, self.interruptions = told.verification, list(told.interruptions)
        self.health_before, self.replug, self.clock_jumps = told.health_before, told.replug, told.jumps
        self._keep(
            began=told.began,
            pass_started=told.pass_started,
            done=tuple(each for each in told.passes if each.flushed),
            earlier_verifications=told.earlier,
            health_before=told.health_before,
            clock_jumps=told.jumps,
        )
        return ahead

    def issued(self, record: bytes) -> None:
        """The record is signed. From here on the number has this paper, also if the process dies before all copies are made."""
        issued = Issued(record.decode(), self.resumable)
        if not self._keep(issued=issued, interruptions=tuple(self.interruptions)) and self._journal is not None:
            with suppress(OSError):
                self._journal.mark_signed()

    def not_issued(self) -> None:
        """No copy of what was signed was made: the number will have another record."""
        if self._state.issued is not None:
            self._keep(issued=None)

    def close(self) -> None:
        """The record is issued. What can be resumed keeps its journal; everything else loses it, and its keys."""
        if self._journal is None:
            return
        if self.resumable:
            self._keep(ended=True, interruptions=tuple(self.interruptions))
        else:
            try:
                self._journal.remove()
            except Problem as problem:
                self.warning = problem.message()

    @property
    def resumable(self) -> bool:
        """Stopped in the middle, by what need not stop it again."""
        last = self.interruptions[-1].cause if self.interruptions else None
        # What somebody else may have written to meanwhile is verified again, by resuming.
        if last not in RESUMABLE or (self._finished() and last != "in-use"):
            return False
        # What reading back has found stands: looking again, perhaps elsewhere, must not make it good.
        checks = (*self.earlier_verifications, *((self.verification,) if self.verification else ()))
        return not any(each.different_sectors or (each.unreadable_sectors and each.plan != "full") for each in checks)

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

    def _finished(self) -> bool:
        return self.verification is not None and self.verification.complete

    def _keep(self, **changes: object) -> bool:
        """A journal that can't be written any more stops no wipe; it only can't be resumed, and the user hears of it."""
        self._state = msgspec.structs.replace(self._state, **changes)
        if self._journal is None:
            return False
        try:
            self._journal.save(self._state)
        except Problem as problem:
            self.warning = problem.message()
            return False
        return True

    def _told(self, error: Exception, target: Target) -> Interruption:
        if isinstance(error, Stopped):
            return Interruption(self._station.now(), self.phase, error.cause, "", self.bytes_done)
        cause = cause_of(error, "read-error" if self.phase == "verify" else "write-error")
        if cause not in OF_SURROUNDINGS and not isinstance(error, Changed | Disturbed) and target.is_gone():
            cause = "device-vanished"
        detail = in_words(error)
        if cause == "no-space" and target.medium.kind == "image-file":
            detail = target.medium.path or detail
        return Interruption(self._station.now(), self.phase, cause, detail, self.bytes_done)


def latest(state: State) -> str:
    """The last time that the job noted."""
    told = [state.began, *(each.ended for each in state.done), *(each.at for each in state.interruptions)]
    told += [*(each.ended for each in state.earlier_verifications), *(each.at for each in state.clock_jumps)]
    return max((*told, state.pass_started or state.began), key=datetime.fromisoformat)


def kept_passes(passes: Sequence[PlannedPass]) -> tuple[KeptPass, ...]:
    """The passes as the journal keeps them, with every key."""
    return tuple(KeptPass(each.record, None if each.key is None else each.key.hex()) for each in passes)


def lbas(span: Span, medium: Medium) -> LbaRange:
    """The logical sectors that a span touches."""
    sector = medium.logical_sector_bytes
    return LbaRange(span.offset // sector, (span.offset + span.length - 1) // sector)
