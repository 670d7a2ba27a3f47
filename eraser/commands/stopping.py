"""Stopping in order: Ctrl-C and SIGTERM ask, and the asker is answered at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from eraser.commands.common import said
from eraser.control import Control


@contextmanager
def stopping(control: Control, *, told: str = "say.stopping") -> Iterator[None]:
    """Ctrl-C and SIGTERM stop the jobs in order; a closed terminal (SIGHUP) doesn't: the wipe goes on and is recorded.

    `told`: key of the sentence that answers at once.
    """

    def asked(number: int, frame: FrameType | None) -> None:
        # Asked first, told then: whoever has read the answer may send another signal, and that one doesn't change the cause.
        first = control.cause is None
        control.stop("ctrl-c" if number == signal.SIGINT else "sigterm")
        if first:
            _say_at_once(said(told))

    handlers: dict[signal.Signals, Any] = {
        signal.SIGINT: asked,
        signal.SIGTERM: asked,
        signal.SIGHUP: signal.SIG_IGN,
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
