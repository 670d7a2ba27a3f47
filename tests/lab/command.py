"""The `eraser` command as a user runs it: a process of its own, with a home of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ran:
    """How a command ended. `lines` are the JSON lines of its standard output."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The lines of one type."""
        return [line for line in self.lines if line["type"] == kind]

    @property
    def job(self) -> dict[str, Any]:
        """The end of the only job."""
        (ended,) = self.of("job-ended")
        return ended

    @property
    def record(self) -> dict[str, Any]:
        """The record of the only job, as it was issued."""
        file = next(file for file in self.job["files"] if file.endswith(".json"))
        record: dict[str, Any] = json.loads(Path(file).read_bytes())
        return record

    def paper(self, suffix: str) -> Path:
        """The paper of the only job with that suffix."""
        return next(Path(file) for file in self.job["files"] if file.endswith(suffix))


class Eraser:
    """`eraser` on one station."""

    def __init__(self, home: Path) -> None:
        self.home = home
        # What a tester has set must not hide how a command ends: unbuffered, a closed stream is met earlier.
        mine = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        self.environment: Mapping[str, str] = mine | {"ERASER_HOME": str(home), "LC_ALL": "C.UTF-8"}

    def __call__(self, *arguments: object, seconds: float = 120) -> Ran:
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            text=True,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """The command, running, with its output in pipes."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "eraser", *(str(argument) for argument in arguments)]

    def confirm(self, node: Path) -> str:
        """What `devices` says that `--confirm` takes for this node."""
        row = next(row for row in self("devices", "--json").lines if row["node"] == str(node))
        confirm: str = row["confirm"]
        return confirm

    def wipe(self, node: Path, *arguments: object, seconds: float = 120) -> Ran:
        """`wipe` of a confirmed device, as JSON lines."""
        return self("wipe", node, "--confirm", self.confirm(node), "--json", *arguments, seconds=seconds)
