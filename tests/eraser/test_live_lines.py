"""Progress of many media on small terminals, in a real pseudo-terminal: what fits and a count of the rest, nothing stale, and at the end
each medium that is not erased by name."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pyte
import pytest

from certificates import language
from eraser import live_lines, progress
from eraser.events import Progress

COUNT = 20
SCRIPT = """
import sys
from eraser import progress
from eraser.events import Interrupted, JobEnded, JobStarted, PhaseDone, Progress, RefusedTarget
from certificates import language
language.choose("en")
targets = [f"/dev/disk/by-id/usb-Sample_{n:02}" for n in range(20)]
def ended(target, n):
    outcome = "not-erased" if n in (3, 17) else "erased"
    return JobEnded(target, f"N-{n:06}", outcome, 0, "", (), (), ())
with progress.shown(json=False) as show:
    for step in range(1, 6):
        for target in targets[:-1]:
            progress.LiveLines.is_due = lambda self: True
            show(Progress(target, "write", 1, 1, step * 10, 100))
        if step == 3:
            sys.stderr.write("\\x1b]0;half\\x07"); sys.stderr.flush()
            sys.stdin.readline()
    show(RefusedTarget(targets[-1], 5, "refused.busy", "It is in use.", "Unmount it."))
    for n, target in enumerate(targets[:-1]):
        show(ended(target, n))
"""


class Terminal:
    """A program in a pseudo-terminal of a size, and the screen as somebody would see it."""

    def __init__(self, columns: int, rows: int, **environment: str) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._terminal, other = pty.openpty()
        self.resize(columns, rows)
        settings = termios.tcgetattr(other)
        settings[3] &= ~termios.ECHO  # the line that the test types is no part of what is shown
        termios.tcsetattr(other, termios.TCSANOW, settings)
        self._process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            stdin=other,
            stdout=other,
            stderr=other,
            env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **environment},
            cwd=Path(__file__).parents[2],
        )
        os.close(other)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, until: bytes | None = None) -> None:
        """What the program writes, up to a mark of it or its end."""
        while until is None or until not in self.raw:
            try:
                piece = os.read(self._terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            self.raw += piece
            self._stream.feed(piece)

    def finish(self) -> str:
        os.write(self._terminal, b"\n")
        self.read()
        assert self._process.wait(60) == 0, self.raw.decode()
        os.close(self._terminal)
        return self.raw.decode()

    @property
    def shown(self) -> list[str]:
        """All lines from the beginning, those that scrolled away too."""
        past = ["".join(row[x].data for x in range(self.screen.columns)).rstrip() for row in self.screen.history.top]
        return past + [line.rstrip() for line in self.screen.display]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 10), (20, 5)])
@pytest.mark.parametrize("narrower", [False, True])
def test_twenty_media_on_a_small_terminal(columns: int, rows: int, narrower: bool) -> None:
    terminal = Terminal(columns, rows)
    terminal.read(b"half\x07")
    fitting = rows - 2
    bars = [
        line
        for line in terminal.shown
        if (line.startswith("/dev/disk") and "%" in line) or line.startswith("/dev/disk")
    ]
    assert len(bars) == min(19, fitting)
    if fitting < 19:
        assert any(line.startswith(f"... and {19 - fitting} more"[: columns - 1]) for line in terminal.shown)
    if narrower:
        terminal.resize(columns - 5, rows)
    text = terminal.finish()
    kept = "".join(terminal.shown)
    assert not re.search(r"\d+ %", kept), "no stale line is left"
    end = text[text.rindex("20 media:") :]
    assert "17 erased" in end and "2 not erased" in end and "1 refused" in end
    assert [end.count(f"usb-Sample_{n:02}") for n in range(COUNT)] == [int(n in (3, 17, 19)) for n in range(COUNT)]


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": ""}])
def test_a_terminal_that_can_not_move_its_cursor_gets_lines_only(environment: dict[str, str]) -> None:
    terminal = Terminal(80, 24, **environment)
    terminal.read(b"half\x07")
    text = terminal.finish().replace("\x1b]0;half\x07", "")
    assert "\x1b" not in text and "%" not in text and "17 erased" in text


def test_no_colours_are_used_whatever_the_terminal_can_do() -> None:
    terminal = Terminal(80, 24, NO_COLOR="1")
    terminal.read(b"half\x07")
    assert not re.search(r"\x1b\[[0-9;]*m", terminal.finish())


@pytest.mark.parametrize("spoken", language.LANGUAGES)
def test_the_figures_of_several_media_stand_below_each_other(
    spoken: language.Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_chosen", spoken)
    bars = progress.Bars()
    for target, done in (("/dev/sdb", 9), ("見本.raw", 100), ("/dev/nvme0n1", 18)):
        bars.show(Progress(target, "write", 1, 2, done, 100))
    assert len({live_lines.wide(line[: line.index("%")]) for line in bars._told()}) == 1
