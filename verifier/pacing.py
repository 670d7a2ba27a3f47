"""Going no faster than asked, and standing still while a drive is too hot."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_NAP_SECONDS = 0.5


class Pace:
    """Lets bytes through at `bytes_per_second` (None: as fast as they come). One pace may be shared by many jobs."""

    def __init__(self, bytes_per_second: float | None = None) -> None:
        self._rate = bytes_per_second
        self._free_at = 0.0
        self._lock = threading.Lock()
        self._going = threading.Event()
        self._going.set()

    def take(self, count: int, beat: Callable[[], None]) -> None:
        """Wait until `count` bytes may pass. `beat` is called while waiting: this wait is no stall of the device."""
        while not self._going.wait(_NAP_SECONDS):
            beat()
        if self._rate is None:
            return
        with self._lock:
            start = max(time.monotonic(), self._free_at)
            self._free_at = start + count / self._rate
        while (left := start - time.monotonic()) > 0:
            beat()
            time.sleep(min(left, _NAP_SECONDS))

    def hold(self) -> None:
        """Let nothing through until `go`."""
        self._going.clear()

    def go(self) -> None:
        self._going.set()
