"""Programs of the system, run here and nowhere else: found in the system's own folders, with nothing of the user's environment.

What runs as root must not be what somebody put earlier into a PATH, nor load what an LD_PRELOAD names.
"""

from __future__ import annotations

import shutil
import subprocess

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_ENVIRONMENT = {"PATH": PATH, "LC_ALL": "C"}


def find(name: str) -> str | None:
    """Where the program is, None if the system has none."""
    return shutil.which(name, path=PATH)


def run(tool: str, *arguments: str, seconds: float, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs a program that `find` found. `given`: its standard input. Raises OSError, subprocess.TimeoutExpired."""
    return subprocess.run([tool, *arguments], input=given, capture_output=True, timeout=seconds, env=_ENVIRONMENT)
