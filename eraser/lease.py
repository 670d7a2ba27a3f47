"""Does anybody else have this file open? The kernel answers, for every process in every namespace and for itself, by a lease.

fcntl(2): a write lease is granted only while nobody else has the file open. It is taken for a moment and given back.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from pathlib import Path
from typing import Literal

_F_SETSIG = 10

Answer = Literal["alone", "shared", "no-answer"]


def of_file(path: Path) -> Answer:
    """For a file that this process doesn't hold. "no-answer": somebody else's file, or a file system without leases."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return "no-answer"
    try:
        return of_descriptor(descriptor)
    finally:
        os.close(descriptor)


def of_descriptor(descriptor: int) -> Answer:
    """For a file that this process holds by this descriptor and no other."""
    try:
        # Whoever opens the file in this moment would break the lease; this signal of it is ignored unless it is asked for.
        fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError as error:
        return "shared" if error.errno == errno.EAGAIN else "no-answer"
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return "alone"
