"""Many jobs at once: each in a thread of its own, so that a slow or dying medium slows or fails no other."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence

from certificates import causes
from certificates.errors import Problem, Refused
from eraser import job
from eraser.control import Control
from eraser.events import Event, JobEnded, RefusedTarget, Unrecorded
from eraser.order import Order
from eraser.station import Station
from eraser.troubles import in_words

# While one job draws its paper, the hands of all others would wait for Python's usual 5 ms each time a call of theirs ends.
SWITCH_SECONDS = 0.0005

# Python runs signal handlers in the main thread, and one that arrives just before it begins to wait for an event would otherwise be
# looked at only when the next event comes, which may be minutes (while a stick is to be plugged in again).
SIGNAL_SECONDS = 0.2

# The worst outcome wins: a failed erasure before a stop that the user asked for, then 3, 5, then what else went wrong.
_WORST_FIRST = (4, 143, 131, 130, 3, 5, 1, 2)


def run(orders: tuple[Order, ...], station: Station, control: Control) -> Iterator[Event]:
    """All events of all jobs, as they come. Ends when every job has ended."""
    return run_each({order.target: job.run(order, station, control) for order in orders})


def run_each(jobs: Mapping[str, Iterator[Event]]) -> Iterator[Event]:
    """The same for jobs by the name that their refusals are told under."""
    sys.setswitchinterval(SWITCH_SECONDS)
    events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    for name, one in jobs.items():
        try:
            threading.Thread(target=_one, args=(name, one, events), name=name, daemon=True).start()
        except RuntimeError:  # the system allows no more threads: nothing of this job has begun
            told = Refused("refused.threads", target=name)
            events.put(RefusedTarget(name, told.exit_code, told.key, told.message(), told.hint()))
            events.put(None)
    running = len(jobs)
    while running:
        try:
            event = events.get(timeout=SIGNAL_SECONDS)
        except queue.Empty:
            continue
        if event is None:
            running -= 1
        else:
            yield event


def _one(name: str, one: Iterator[Event], events: queue.SimpleQueue[Event | None]) -> None:
    try:
        for event in one:
            events.put(event)
    except Problem as problem:
        events.put(RefusedTarget(name, problem.exit_code, problem.key, problem.message(), problem.hint()))
    except Exception as error:  # a defect in the tool: told as one, without hurting the other jobs
        told = Problem("internal", detail=in_words(error) or causes.in_words(error))
        events.put(RefusedTarget(name, told.exit_code, told.key, told.message(), told.hint()))
    finally:
        events.put(None)


def worst(codes: list[int]) -> int:
    """The process's exit code for several targets."""
    return next((code for code in _WORST_FIRST if code in codes), max(codes, default=1))


def codes_of(events: Sequence[Event]) -> list[int]:
    """The exit codes of the events that end a job."""
    return [event.exit_code for event in events if isinstance(event, JobEnded | RefusedTarget | Unrecorded)]
