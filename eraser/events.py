"""What a job tells while it runs. With `--json`, each event is one line, its class the `type`."""

from __future__ import annotations

from typing import Literal

import msgspec

from certificates.record import FileSystem, Finding, Outcome, Verdict

Phase = Literal["challenge", "write", "replug", "verify"]
ReplugStep = Literal["asked", "out", "other", "ambiguous", "back"]


def kebab(name: str) -> str:
    """JobStarted -> job-started."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class Event(msgspec.Struct, frozen=True, tag_field="type", tag=kebab):
    """Something happened to `target` (the node or file as the user named it)."""

    target: str


class JobStarted(Event, frozen=True):
    """The job has its number; from here on there will be a paper."""

    number: str
    method: str
    passes: int
    capacity_bytes: int
    plan: str


class Progress(Event, frozen=True):
    """How far a phase is. `pass_number` counts from 1."""

    phase: Phase
    pass_number: int
    passes: int
    bytes: int
    total_bytes: int


class PhaseDone(Event, frozen=True, tag="phase"):
    """A phase is over: `bytes` went through in `seconds`."""

    number: str
    phase: Phase
    pass_number: int
    bytes: int
    seconds: float


class Replugging(Event, frozen=True):
    """The medium is to be unplugged and plugged in again within `seconds`; `node`: what the step is about.

    `other`: another medium was plugged in; `ambiguous`: more than one came that could be the one.
    """

    number: str
    step: ReplugStep
    node: str
    seconds: float


class Formatted(Event, frozen=True):
    """After the certificate was issued, the medium was made ready for use again; or it was not, and `detail` says why."""

    number: str
    file_system: FileSystem
    ok: bool
    detail: str


class Found(Event, frozen=True):
    """Reading back found something else than was written: how much of it, the first findings, and what they say of the capacity.

    `different` and `unreadable` count sectors, and for the capacity test places. Schema of a finding: as in the record.
    """

    number: str
    phase: Phase
    pass_number: int
    different: int
    unreadable: int
    true_capacity_bytes: int | None
    findings: tuple[Finding, ...]


class TooHot(Event, frozen=True):
    """The drive is `celsius` warm, over its limit: the job stands still until it has cooled. None: it goes on."""

    number: str
    celsius: int | None
    limit: int


class ClockSet(Event, frozen=True):
    """The machine's clock was set by `seconds` (negative: back) while the job ran. No duration depends on it; the record tells it."""

    number: str
    seconds: int


class Interrupted(Event, frozen=True):
    """Something stopped the job; the record will tell it."""

    number: str
    cause: str
    detail: str


class JobEnded(Event, frozen=True):
    """The job's record is issued. `files` are the papers; `warnings` what the user has to know beyond them; `proves` what reading back
    shows and on what that rests, in the language in force; `resumable`: `eraser resume` can go on with it."""

    number: str
    outcome: Outcome
    exit_code: int
    digest: str
    files: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    warnings: tuple[str, ...]
    proves: tuple[str, ...] = ()
    resumable: bool = False


class GivenUp(Event, frozen=True):
    """A number that led to no paper was ended without one (`jobs --close`)."""

    number: str


class Unrecorded(Event, frozen=True):
    """A number was taken, and no record could be made: the medium counts as not erased. `jobs --close` gives the number its record."""

    number: str
    exit_code: int
    message: str
    hint: str


class RefusedTarget(Event, frozen=True, tag="refused"):
    """Nothing was written to this target, and nothing will be; or the job could not be set up."""

    exit_code: int
    reason: str
    message: str
    hint: str
