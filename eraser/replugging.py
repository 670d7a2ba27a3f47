"""Asking for a medium to be unplugged and plugged in again, and knowing it when it is back: a cache that answered for it is gone then."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from certificates.errors import Problem, Refused
from certificates.record import Medium, Replug
from eraser import devices
from eraser.control import NotReplugged
from eraser.devices import Device
from eraser.events import Event, Replugging, ReplugStep
from eraser.target import Target
from eraser.work import Work
from verifier.content import Content, Keyed

LOOK_SECONDS = 0.3
SETTLED_SECONDS = 2.0  # until udev has told all that it knows of a newly attached medium


class Step(NamedTuple):
    """How far it is; `nodes` are the media that the step is about."""

    name: ReplugStep
    nodes: str


def check_possible(medium: Medium, content: Content | None) -> None:
    """Raises Refused where nobody could tell whether the medium was away, or whether it is the one that comes back.

    `content`: what the last pass leaves on it.
    """
    if medium.diskseq is None:
        raise Refused("refused.replug", node=medium.node)
    numbered = medium.serial or medium.wwn or medium.bus == "loop"
    if not numbered and not isinstance(content, Keyed):
        raise Refused("refused.replug_unnumbered", node=medium.node)


def replugged(work: Work) -> Iterator[Event]:
    """The step of a job: let the medium go, ask, and hold it again. Raises NotReplugged, Changed, Stopped."""
    target, station, order = work.target, work.station, work.planned.order
    before, asked = target.medium, station.now()
    number = work.account.begin_replug()
    steps = awaited(before, attachments(), work.control.check, patience=work.control.replug_seconds)
    target.close()
    yield Replugging(order.target, number, "asked", before.node, work.control.replug_seconds)
    while True:
        try:
            step = next(steps)
        except StopIteration as result:
            device: Device = result.value
            break
        yield Replugging(order.target, number, step.name, step.nodes, work.control.replug_seconds)
    _take_up(target, device)
    medium = target.medium
    told = Replug(asked, station.now(), medium.node, medium.path, before.diskseq or 0, medium.diskseq or 0)
    work.account.replugged(told, target.attachment())
    yield Replugging(order.target, number, "back", medium.node, work.control.replug_seconds)


def _take_up(target: Target, device: Device) -> None:
    """What looks at a newly attached medium (udev, a file manager) is waited for. Raises Changed, Refused."""
    deadline = time.monotonic() + SETTLED_SECONDS
    while True:
        try:
            return target.take_up(device)
        except Refused:
            if time.monotonic() > deadline:
                raise
        time.sleep(LOOK_SECONDS)


def attachments() -> frozenset[int | None]:
    """The numbers of all that is attached now: what was there before anybody was asked can't be what comes back."""
    return frozenset(each.diskseq for each in devices.media())


def awaited(
    medium: Medium, before: frozenset[int | None], check: Callable[[], None], *, patience: float
) -> Generator[Step, None, Device]:
    """Yields what happens; returns the medium once it is back. `check` raises to stop. Raises NotReplugged after `patience` seconds."""
    deadline = time.monotonic() + patience
    told: set[Step] = set()
    since: dict[int | None, float] = {}
    while time.monotonic() < deadline:
        check()
        now = devices.media()
        back = [each for each in now if each.diskseq not in before and is_back(each, medium)]
        others = [each for each in now if each.diskseq not in before and each.bus == medium.bus and each not in back]
        for each in others:
            since.setdefault(each.diskseq, time.monotonic())
        settled = [each for each in others if time.monotonic() - since[each.diskseq] > SETTLED_SECONDS]
        steps = [Step("other", each.node) for each in settled if medium.bus != "loop"]
        if len(back) > 1:
            steps.append(Step("ambiguous", ", ".join(each.node for each in back)))
        if not back and medium.diskseq not in {each.diskseq for each in now}:
            steps.insert(0, Step("out", medium.node))
        for step in steps:
            if step not in told:
                told.add(step)
                yield step
        if len(back) == 1 and (device := _held_by_nobody(back[0])) is not None:
            return device
        time.sleep(LOOK_SECONDS)
    raise NotReplugged


def is_back(now: Medium, medium: Medium) -> bool:
    """The same medium in a later attachment. A loop disk is its file."""
    later = now.diskseq is not None and now.diskseq > (medium.diskseq or 0)
    return later and devices.is_like(now, medium) and (medium.bus != "loop" or now.path == medium.path)


def _held_by_nobody(medium: Medium) -> Device | None:
    """The device, unless it is in use or went away again."""
    try:
        device = devices.at(medium.node)
    except Problem:
        return None
    return device if device.medium.diskseq == medium.diskseq and not device.uses else None
