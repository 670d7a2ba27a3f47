"""What a process that may hold keys gives up at its start: core dumps, being looked into by its user's other programs, the passphrase in
its environment, and files that a group may write.

Root can look into every process still; what is in memory may be swapped (docs/keys.md).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource

PASSPHRASE = b"ERASER_KEY_PASSPHRASE"
_PR_SET_DUMPABLE = 4
_taken: list[bytes] = []


def apply() -> None:
    """Before anything else is done."""
    os.umask(os.umask(0o077) | 0o022)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    library = ctypes.CDLL(None)
    library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    _take_passphrase(library)


def passphrase() -> bytes | None:
    """What the environment held under that name when the process started."""
    return _taken[0] if _taken else None


def _take_passphrase(library: ctypes.CDLL) -> None:
    """Out of the environment, which every program that is started gets, and out of the memory that /proc/PID/environ shows."""
    if PASSPHRASE not in os.environb:
        return
    library.getenv.restype = ctypes.c_void_p
    place = library.getenv(PASSPHRASE)
    _taken[:] = [os.environb[PASSPHRASE]]
    if place:
        ctypes.memset(place, 0, len(_taken[0]))
    del os.environb[PASSPHRASE]
