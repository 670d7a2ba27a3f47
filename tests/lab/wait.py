"""Waiting in the labs: always for a condition, never longer than a bound."""

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], what: str, seconds: float = 10.0) -> T:
    """Return the first true value of `condition`; raise TimeoutError that names `what` was missing."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.01)
    return value


def end(process: subprocess.Popen[bytes], seconds: float = 10.0) -> None:
    """Kill a process that we started, unless it has ended by itself, and collect it."""
    if process.poll() is None:
        process.kill()
    process.wait(timeout=seconds)
