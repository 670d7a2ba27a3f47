"""Showing events: bars on a terminal, lines in a pipe, JSON for machines."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
import msgspec

from certificates import judgement, language
from certificates.ledger.words import named
from certificates.record import Finding
from eraser import foresight, home, methods
from eraser.events import (
    ClockSet,
    Event,
    Formatted,
    Found,
    GivenUp,
    Interrupted,
    JobEnded,
    JobStarted,
    PhaseDone,
    Progress,
    RefusedTarget,
    Replugging,
    ReplugStep,
    TooHot,
    Unrecorded,
)
from eraser.live_lines import LiveLines, wide

Show = Callable[[Event], None]
Ending = JobEnded | RefusedTarget | Unrecorded
_JSON_PROGRESS_SECONDS = 1.0
FINDINGS_SHOWN = 12


@contextmanager
def shown(*, json: bool) -> Iterator[Show]:
    """Something to call with each event."""
    if json:
        yield _as_json()
        return
    bars = Bars()
    try:
        yield bars.show
    finally:
        bars.close()


def _as_json() -> Show:
    last: dict[str, float] = {}

    def show(event: Event) -> None:
        if isinstance(event, Progress):
            now = time.monotonic()
            if now - last.get(event.target, 0.0) < _JSON_PROGRESS_SECONDS:
                return
            last[event.target] = now
        _say(msgspec.json.encode(event).decode(), err=False)
        for line in event.warnings if isinstance(event, JobEnded) else ():
            _say(line)

    return show


class Bars:
    """A line a target on a terminal; without one, only what a log should hold."""

    def __init__(self) -> None:
        self._lines = LiveLines(sys.stderr) if LiveLines.possible(sys.stderr) else None
        self._under_way: dict[str, _Pace] = {}
        self._ended: list[Ending] = []

    def show(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._under_way.setdefault(event.target, _Pace(event, time.monotonic())).latest = event
            if self._lines is not None and self._lines.is_due():
                self._lines.show(self._told())
            return
        if isinstance(event, PhaseDone | Ending):
            self._under_way.pop(event.target, None)
        if self._lines is not None:
            self._lines.clear()
        for line in lines(event):
            _say(line)
        if isinstance(event, Ending):
            self._ended.append(event)

    def close(self) -> None:
        if self._lines is not None:
            self._lines.clear()
        if len(self._ended) > 1:
            for line in summary(self._ended):
                _say(line)

    def _told(self) -> list[str]:
        now = time.monotonic()
        widest = max(wide(language.visible(target)) for target in self._under_way)
        return [pace.told(now, widest) for pace in self._under_way.values()]


class _Pace:
    """How far one target is, and how fast it went since its phase began."""

    def __init__(self, first: Progress, at: float) -> None:
        self._first, self._at = first, at
        self.latest = first

    def told(self, now: float, widest: int = 0) -> str:
        """`widest`: columns of the longest name beside it, so that figures stand below each other."""
        event = self.latest
        target = language.visible(event.target)
        seconds, done = now - self._at, event.bytes - self._first.bytes
        rate = done / seconds if seconds > 0 else 0.0
        left = math.ceil((event.total_bytes - event.bytes) / rate) if rate else None
        return text(
            "say.bar",
            target=target + " " * (widest - wide(target)),
            phase=text(f"say.phase.{event.phase}", pass_number=event.pass_number, passes=event.passes),
            percent=f"{event.bytes * 100 // max(1, event.total_bytes):3}",
            rate=f"{rate / 1e6:,.0f}",
            left="-" if left is None else f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02}",
        )


def text(key: str, **values: object) -> str:
    return language.for_terminal(key, None, **values)


def lines(event: Event) -> list[str]:
    """What a person is told of an event."""
    if isinstance(event, JobStarted):
        method = named(event.method, methods.names(home.here().root))
        return [text("say.started", target=event.target, number=event.number, method=method, plan=plan(event.plan))]
    if isinstance(event, Interrupted):
        detail = text("say.interrupted_detail", detail=event.detail) if event.detail else ""
        cause = text(f"interruption.{event.cause}") + detail
        return [text("say.interrupted", target=event.target, cause=cause)]
    if isinstance(event, Replugging):
        return [replug_step(event.target, event.step, event.node, event.seconds)]
    if isinstance(event, Formatted):
        key = "say.formatted" if event.ok else "say.not_formatted"
        return [text(key, target=event.target, file_system=event.file_system, detail=event.detail)]
    if isinstance(event, Found):
        key = "say.found_places" if event.phase == "challenge" else "say.found"
        counts = {"different": event.different, "unreadable": event.unreadable}
        return [text(key, target=event.target, **counts), *findings(event.findings, event.true_capacity_bytes)]
    if isinstance(event, TooHot):
        key = "say.cooled" if event.celsius is None else "say.too_hot"
        return [text(key, target=event.target, celsius=event.celsius, limit=event.limit)]
    if isinstance(event, ClockSet):
        return [text("say.clock_set", target=event.target, seconds=event.seconds)]
    if isinstance(event, GivenUp):
        return [text("jobs.abandoned", number=event.number)]
    if isinstance(event, Unrecorded):
        return [event.message, event.hint]
    if isinstance(event, RefusedTarget):
        return [text("say.refused", target=event.target, message=event.message, hint=event.hint)]
    if isinstance(event, JobEnded):
        told = [text("say.ended", target=event.target, outcome=text(f"outcome.{event.outcome}"), number=event.number)]
        if event.outcome in judgement.ERASED and (lacking := foresight.lacking(event.verdicts)):
            told.append(f"{event.target}: {lacking}")
        told += ["  " + foresight.sentence(each) for each in event.verdicts if each.sufficiency is not None]
        told += [text("say.file", file=file) for file in event.files]
        told += [text("say.proves", sentence=sentence) for sentence in event.proves]
        if event.outcome == "erased-with-exceptions":
            told.append(text("say.next_exceptions"))
        if event.outcome in ("not-erased", "interrupted"):
            told.append(text("say.next_resume" if event.resumable else "say.next_not_erased", number=event.number))
        return told + list(event.warnings)
    return []


def plan(name: str) -> str:
    """A plan in words, with what the option takes."""
    return f"{text(f'say.plan.{name}')} ({name})"


def replug_step(target: str, step: ReplugStep, node: str, seconds: float) -> str:
    """One step of unplugging a medium and plugging it in again."""
    return text(f"say.replug_{step}", target=target, node=node, minutes=math.ceil(seconds / 60))


def findings(found: Sequence[Finding], true_capacity: int | None) -> list[str]:
    """What stands where something else should: the first ones, and what they say of the capacity."""
    told = [
        text("say.finding", first=each.lbas.first, last=each.lbas.last, kind=text(f"finding.{each.kind}"))
        for each in found[:FINDINGS_SHOWN]
    ]
    if len(found) > FINDINGS_SHOWN:
        told.append(text("say.more_findings", shown=FINDINGS_SHOWN))
    if true_capacity is not None:
        told.append(text("say.true_capacity", bytes=true_capacity))
    return told


def summary(ended: Sequence[Ending]) -> list[str]:
    """A line for many media, and one for each that is not simply erased."""
    outcomes = [event.outcome for event in ended if isinstance(event, JobEnded)]
    unrecorded = sum(isinstance(event, Unrecorded) for event in ended)
    counts = text(
        "say.summary",
        count=len(ended),
        erased=outcomes.count("erased"),
        exceptions=outcomes.count("erased-with-exceptions"),
        failed=outcomes.count("not-erased") + outcomes.count("interrupted") + unrecorded,
        refused=len(ended) - len(outcomes) - unrecorded,
    )
    return [counts, *("  " + _briefly(event) for event in ended if getattr(event, "outcome", None) != "erased")]


def _briefly(event: Ending) -> str:
    if isinstance(event, RefusedTarget):
        return text("say.summary_refused", target=event.target)
    if isinstance(event, Unrecorded):
        return text("say.ended", target=event.target, outcome=text("outcome.not-erased"), number=event.number)
    return text("say.ended", target=event.target, outcome=text(f"outcome.{event.outcome}"), number=event.number)


def _say(line: str, *, err: bool = True) -> None:
    """A closed terminal or pipe must not end a wipe: its record is what counts."""
    try:
        click.echo(line, err=err)
    except OSError:
        return
