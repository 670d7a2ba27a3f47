"""Keeping a drive from overheating: its temperature is asked now and then, and over the limit its job stands still until it has cooled."""

from __future__ import annotations

import threading

from certificates.record import Health, Medium
from eraser import health
from eraser.station import Station
from eraser.target import Target
from verifier.pacing import Pace

ASK_SECONDS = 30.0
COOLER_BY_CELSIUS = 5
UNANSWERED = 20  # questions in a row, ten minutes: then a drive that no longer tells its temperature isn't waited for
# Usual operating limits of drive makers: 60 °C for magnetic disks, 70 °C for flash. Both with some room left.
LIMIT_MAGNETIC_CELSIUS, LIMIT_FLASH_CELSIUS = 58, 68


class Cooling:
    """Watches one drive while it is entered. `hot` is its temperature while the job stands still for it, else None."""

    def __init__(
        self, target: Target, station: Station, pace: Pace, first: Health | None, limit_celsius: int | None
    ) -> None:
        self.limit = limit_celsius if limit_celsius is not None else usual_limit(target.medium)
        self.hot: int | None = None
        self._unanswered = 0
        self._target, self._station, self._pace = target, station, pace
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        # A drive that told no temperature before isn't asked again: some USB bridges take every question badly.
        if first is not None and first.temperature_celsius is not None:
            self._judge(first)
            self._thread = threading.Thread(target=self._watch, daemon=True, name="cooling")

    def __enter__(self) -> Cooling:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._pace.go()

    def _watch(self) -> None:
        try:
            while not self._over.wait(ASK_SECONDS):
                if self._target.is_held:
                    self._judge(health.ask(self._target.device, self._station))
        finally:  # nobody would let the job go on any more
            self._go_on()

    def _judge(self, told: Health | None) -> None:
        celsius = None if told is None else told.temperature_celsius
        self._unanswered = self._unanswered + 1 if celsius is None else 0
        if self._over.is_set():
            return
        if celsius is not None and celsius > self.limit:
            self.hot = celsius
            self._pace.hold()
        elif self._unanswered >= UNANSWERED or (celsius is not None and celsius <= self.limit - COOLER_BY_CELSIUS):
            self._go_on()

    def _go_on(self) -> None:
        self.hot = None
        self._pace.go()


def usual_limit(medium: Medium) -> int:
    """Degrees Celsius above which a job waits."""
    return LIMIT_MAGNETIC_CELSIUS if medium.media_type == "magnetic-disk" else LIMIT_FLASH_CELSIUS
