"""The journal of a job under way: enough to go on after Ctrl-C, SIGKILL, power loss or a replug. Crash-safe, 0600, gone when the job ends.

It is written anew as a whole (write, fsync, rename, fsync of the directory), after the medium was flushed: what it calls durable is.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from certificates import causes, foreign
from certificates.errors import Environment, Problem, Refused
from certificates.ledger import Started
from certificates.people import Evidence, Handling, Issuer, People
from certificates.policy import Policy
from certificates.record import (
    Challenge,
    ClockJump,
    Content,
    DataClass,
    FileSystem,
    Health,
    Interruption,
    Medium,
    Method,
    Pass,
    Reason,
    Verification,
)
from certificates.values import Hex
from eraser import durable
from verifier.plans import PlanName, SampleSize

# A pipe or a link in the place of a file of ours is not waited for, and not followed.
_OURS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class KeptPass(msgspec.Struct, frozen=True):
    """A pass with its key, which for all but the last pass is nowhere else."""

    content: Content
    key: Hex | None


class Run(msgspec.Struct, frozen=True):
    """Bytes `offset` to `offset + length` that the medium did not take."""

    offset: int
    length: int


class Issued(msgspec.Struct, frozen=True):
    """What was signed at the job's end, kept before a copy of it can leave: its number has this paper and no other.

    `resumable`: the job can go on, under a number of its own.
    """

    record: str
    resumable: bool


class State(msgspec.Struct, frozen=True):
    """All of a job. `pass_number` counts from 1; its bytes below `durable` are written and flushed, but for `unwritable`.

    `attachment` tells whether the medium was ever away (see `target`).
    `pass_number` one past the last pass means that only verifying is left. `signed`: its record was signed, but there was no
    room to keep it here. `ended`: the job has its record; it was interrupted.
    """

    started: Started
    continues: str | None
    began: str
    order: KeptOrder
    medium: Medium
    method: Method
    passes: tuple[KeptPass, ...]
    challenge: Challenge | None
    done: tuple[Pass, ...]
    earlier_verifications: tuple[Verification, ...]
    interruptions: tuple[Interruption, ...]
    health_before: Health | None
    pass_number: int
    pass_started: str | None
    durable: int
    unwritable: tuple[Run, ...]
    ended: bool
    attachment: tuple[int | str, ...]
    clock_jumps: tuple[ClockJump, ...] = ()
    issued: Issued | None = None
    signed: bool = False


class KeptOrder(msgspec.Struct, frozen=True):
    """What the user asked for, without what only mattered at the start."""

    target: str
    is_image: bool
    method: str
    plan: PlanName
    languages: tuple[str, ...]
    out: str
    people: People
    asset_tag: str | None
    reason: Reason | None
    evidence: tuple[Evidence, ...]
    replug: bool = False
    reformat: FileSystem | None = None
    handling: Handling = Handling()
    issuer: Issuer | None = None
    policies: tuple[tuple[str, Policy], ...] = ()
    data_class: DataClass | None = None
    size: SampleSize | None = None


class Journal:
    """One job's journal file, locked as long as its process lives."""

    def __init__(self, folder: Path, number: str) -> None:
        """Raises Environment if the folder can't be written, Refused if another process works on this job."""
        self.path = folder / f"{number}.json"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | _OURS, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise Refused("refused.job_running", number=number) from error
        except OSError as error:
            raise Environment("journal.unwritable", path=folder, detail=error.strerror) from error

    def save(self, state: State) -> None:
        """Make `state` survive whatever comes. Raises Environment."""
        draft = self.path.with_suffix(".new")
        try:
            draft.unlink(missing_ok=True)  # left by a crash
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OURS, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(state))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            durable.sync(self.path.parent)
        except OSError as error:
            raise Environment("journal.unwritable", path=self.path, detail=error.strerror) from error

    def mark_signed(self) -> None:
        """Note in the file as it is that a record was signed, which needs no room on a full disk. Raises OSError."""
        unset, is_set = b'"signed":false', b'"signed":true '
        descriptor = os.open(self.path, os.O_RDWR | _OURS)
        try:
            at = os.pread(descriptor, os.fstat(descriptor).st_size, 0).find(unset)
            if at >= 0:
                os.pwrite(descriptor, is_set, at)
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self) -> None:
        """The job is over: its keys go. Overwritten first, as far as the file system lets that reach the old blocks.

        Raises Environment.
        """
        over, draft = self.path.with_suffix(".over"), self.path.with_suffix(".new")
        try:
            if self.path.exists():
                self.path.replace(over)  # a journal is whole or gone, never half overwritten
            for path in (over, draft):
                if os.path.lexists(path):
                    _overwrite(path)
                    path.unlink()
            self.path.with_suffix(".lock").unlink(missing_ok=True)
        except OSError as error:
            raise Environment("journal.kept", path=self.path, detail=error.strerror) from error

    def close(self) -> None:
        """Let go of the job."""
        os.close(self._lock)


def _overwrite(path: Path) -> None:
    """Zeros over the whole content. Raises OSError."""
    foreign.check_replaceable(path)
    descriptor = os.open(path, os.O_WRONLY | _OURS)
    try:
        os.pwrite(descriptor, bytes(os.fstat(descriptor).st_size), 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> State:
    """The state in a journal file. Raises Environment."""
    try:
        return msgspec.json.decode(foreign.read(path, foreign.LARGEST_PROOF), type=State)
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        raise Environment("journal.unreadable", path=path, detail=causes.in_words(error)) from error


def all_in(folder: Path) -> Iterator[State]:
    """Every job with a journal, by number. One that can't be read is told on standard error, and hides no other."""
    for path in sorted(folder.glob("*.json")):
        try:
            yield read(path)
        except Environment as problem:
            print(problem, file=sys.stderr)


@contextmanager
def held(folder: Path, number: str) -> Iterator[Journal]:
    """The journal of a job, locked. Raises Environment, Refused."""
    journal = Journal(folder, number)
    try:
        yield journal
    finally:
        journal.close()


@contextmanager
def at_work(folder: Path, number: str) -> Iterator[None]:
    """Work under a number that needs no journal, since there is nothing to resume: only the lock. Raises Environment, Refused."""
    with held(folder, number) as journal:
        try:
            yield
        finally:
            with suppress(Problem):  # an empty lock file that stays does no harm
                journal.remove()


@contextmanager
def begun(folder: Path, state: State) -> Iterator[tuple[Journal | None, Exception | None]]:
    """The journal of a new job with its first state; or what kept it from being written."""
    journal, trouble = None, None
    try:
        journal = Journal(folder, state.started.number)
        journal.save(state)
    except Exception as error:  # the number is taken: whatever it was, a record follows
        trouble = error
    try:
        yield journal, trouble
    finally:
        if journal is not None:
            journal.close()


def is_running(folder: Path, number: str) -> bool:
    """True if a process works under this number now. Raises Environment."""
    try:
        lock = os.open(folder / f"{number}.lock", os.O_RDONLY | _OURS)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Environment("journal.unreadable", path=folder, detail=error.strerror) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
