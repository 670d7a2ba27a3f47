"""Lines at the foot of a terminal that are written again and again: as many as fit, and a count of the rest."""

from __future__ import annotations

import os
import shutil
import time
import unicodedata
from collections.abc import Sequence
from typing import TextIO

from certificates import language

SECONDS = 0.2
SPARE_ROWS = 2  # for the line that counts the rest, and the cursor


class LiveLines:
    """What is shown is taken away (`clear`) before anything else is written, so that no stale line stays."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: list[str] = []
        self._next = 0.0

    @staticmethod
    def possible(stream: TextIO) -> bool:
        """A terminal whose cursor can be moved."""
        return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")

    def is_due(self) -> bool:
        """Often enough for eyes, seldom enough for a serial console."""
        return time.monotonic() >= self._next

    def show(self, lines: Sequence[str]) -> None:
        columns, rows = self._size()
        fitting = max(1, rows - SPARE_ROWS)
        shown = [cut(line, columns - 1) for line in lines[:fitting]]
        if len(lines) > fitting:
            shown.append(cut(language.text("say.bars_more", None, count=len(lines) - fitting), columns - 1))
        self._write(self._away() + "".join(f"{line}\n" for line in shown))
        self._shown = shown
        self._next = time.monotonic() + SECONDS

    def clear(self) -> None:
        if self._shown:
            self._write(self._away())
            self._shown = []

    def _away(self) -> str:
        """Up to the first line that was shown, and everything from there on deleted. A terminal that became narrower has wrapped them."""
        columns, rows = self._size()
        taken = sum(max(1, -(-wide(line) // columns)) for line in self._shown)
        return f"\r\x1b[{min(taken, rows - 1)}A\x1b[J" if taken else ""

    def _size(self) -> tuple[int, int]:
        """Columns and rows as they are now; a terminal that does not say has 80 x 24."""
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            size = shutil.get_terminal_size()
        return size.columns or 80, size.lines or 24

    def _write(self, text: str) -> None:
        """A closed terminal must not end a wipe."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            return


def wide(text: str) -> int:
    """Columns that the text takes: two for a full-width character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def cut(text: str, columns: int) -> str:
    """The text, or its beginning, in at most so many columns."""
    taken = 0
    for at, character in enumerate(text):
        taken += wide(character)
        if taken > columns:
            return text[:at]
    return text
