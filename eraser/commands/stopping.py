"""Stopping in order: Ctrl-C and SIGTERM ask, and the asker is answered at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from eraser.commands.common import said, shown
from eraser.control import Control

# SIGPWR and SIGXCPU: power is about to fail, or the time that the system allows is over. The others would end the process at once.
_CAUSES = {
    signal.SIGINT: "ctrl-c",
    signal.SIGQUIT: "sigquit",
    signal.SIGTERM: "sigterm",
    signal.SIGPWR: "sigterm",
    signal.SIGXCPU: "sigterm",
    signal.SIGALRM: "sigterm",
    signal.SIGVTALRM: "sigterm",
    signal.SIGPROF: "sigterm",
    signal.SIGIO: "sigterm",
}


@contextmanager
def stopping(control: Control, *, told: str = "say.stopping") -> Iterator[None]:
    """Ctrl-C, Ctrl-\\ and SIGTERM stop the jobs in order; a closed terminal (SIGHUP) doesn't: the wipe goes on and is recorded. SIGUSR1
    and SIGUSR2 ask how far they are. No signal but SIGKILL, and those of a crash, ends the process without its papers.

    `told`: key of the sentence that answers at once.
    """

    def asked(number: int, frame: FrameType | None) -> None:
        # Asked first, told then: whoever has read the answer may send another signal, and that one doesn't change the cause.
        first = control.cause is None
        control.stop(_CAUSES[signal.Signals(number)])
        if first:
            _say_at_once(said(told))

    def where(number: int, frame: FrameType | None) -> None:
        for line in whereabouts(control):
            _say_at_once(line)

    handlers: dict[signal.Signals, Any] = dict.fromkeys(_CAUSES, asked) | {
        signal.SIGHUP: signal.SIG_IGN,
        signal.SIGUSR1: where,
        signal.SIGUSR2: where,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_at_once(line: str) -> None:
    """From a signal handler: past Python's buffers, which the interrupted code may be in the middle of using."""
    with suppress(OSError):
        os.write(2, f"\n{line}\n".encode())


def whereabouts(control: Control) -> list[str]:
    """How far each target is, a line each."""
    told = []
    for target, at in sorted(control.whereabouts.items()):
        phase = said(f"say.phase.{at.phase}", pass_number=at.pass_number, passes=at.passes)
        percent = at.done * 100 // at.total if at.total else 0
        told.append(said("say.where", target=shown(target), phase=phase, done=at.done, total=at.total, percent=percent))
    return told or [said("say.nowhere")]
