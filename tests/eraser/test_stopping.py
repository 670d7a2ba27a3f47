"""Ctrl-C and SIGTERM are answered however quiet the job is."""

import signal
import threading
import time
from collections.abc import Iterator

from eraser import fleet
from eraser.commands.stopping import stopping
from eraser.control import Control
from eraser.events import Event

PATIENCE_SECONDS = 20.0


def test_a_signal_that_does_not_wake_the_main_thread_is_seen_all_the_same() -> None:
    """A job without events, as while a stick is to be plugged in again. The signal goes to another thread: nothing wakes the main one."""
    control, answered = Control(), threading.Event()

    def quiet() -> Iterator[Event]:
        time.sleep(0.3)  # the main thread waits by then; if it doesn't, the test shows less and still passes
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not answered.is_set() and time.monotonic() < deadline:
            time.sleep(0.01)
            if control.cause is not None:
                answered.set()
        yield from ()

    with stopping(control):
        assert list(fleet.run_each({"quiet": quiet()})) == []
    assert answered.is_set() and control.cause == "sigterm"
