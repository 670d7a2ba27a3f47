"""How long one file may keep an audit busy. A file made to do so is no certificate; what honest ones take is far below."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

SECONDS = (
    20.0  # of computing, by the process or by the kernel for it; not of waiting: a busy machine makes no difference
)


class OutOfTime(BaseException):
    """Not an Exception, so that nothing that a broken file raises can be taken for it, or swallow it."""


@contextlib.contextmanager
def computing() -> Iterator[None]:
    """Raises OutOfTime inside once the process has computed for `SECONDS`. Only the main thread can be stopped; others are not."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _stop)
    # Again and again after the first time, for there is code that catches everything.
    signal.setitimer(signal.ITIMER_PROF, SECONDS, 0.05)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _stop(*_: object) -> None:
    raise OutOfTime
