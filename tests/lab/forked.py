"""The command in a forked child of the test process, its modules and fonts already loaded: under emulation, starting Python costs more
than everything that a test wants to see. The code is the command's own, from the parsing of its words to its exit code."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from tests.lab.command import Eraser, Ran
from tests.lab.wait import until


class Child:
    """A forked child, with what of subprocess.Popen the tests use. Its output is in files, so that no pipe can fill."""

    def __init__(self, run: Callable[[], None]) -> None:
        self.returncode: int | None = None
        folder = Path(tempfile.mkdtemp(prefix="child-"))
        self._out, self._err = folder / "out", folder / "err"
        self._out.touch()
        self._err.touch()
        self.pid = os.fork()
        if self.pid == 0:
            self._be(run)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def has_said(self, text: str) -> bool:
        """True if this stands on its standard output by now, or if it ended."""
        return text in self._out.read_text() or self.poll() is not None

    def communicate(self, timeout: float = 120) -> tuple[str, str]:
        until(lambda: self.poll() is not None, f"child {self.pid} to end", timeout)
        return self._out.read_text(), self._err.read_text()

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _be(self, run: Callable[[], None]) -> NoReturn:
        code = 70
        try:
            for descriptor, file in ((1, self._out), (2, self._err)):
                os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), descriptor)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
            signal.signal(signal.SIGINT, signal.default_int_handler)
            run()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


class ForkedEraser(Eraser):
    """`eraser` on one station, forked."""

    def __call__(self, *arguments: object, seconds: float = 300) -> Ran:
        child = self.fork(*arguments)
        try:
            out, err = child.communicate(seconds)
        finally:
            child.kill()
        return Ran(child.returncode if child.returncode is not None else 1, out, err)

    def confirm(self, node: Path) -> str:
        """As `devices` says it, but for the look at what every medium holds: under emulation, that takes a second each."""
        from eraser import devices, guard

        found = devices.attached()
        return guard.answers_to(next(each for each in found if each.medium.node == str(node)), found)

    def fork(self, *arguments: object) -> Child:
        """The command, running."""
        preload()

        def run() -> None:
            from eraser import cli

            os.environ.update(self.environment)
            cli.main([str(argument) for argument in arguments])

        return Child(run)


def preload() -> None:
    """Load in this process what every child would load again."""
    import certificates.audit
    import certificates.page.glyphs
    import eraser.cli
    import eraser.commands.audit
    import eraser.commands.devices
    import eraser.commands.inspect
    import eraser.commands.verify
    import eraser.commands.wipe

    assert eraser.commands.wipe and certificates.audit
    certificates.page.glyphs.missing("消去")
