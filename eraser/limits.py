"""What the system allows a process: raised as far as it may be, and too little is refused before anything begins."""

from __future__ import annotations

import resource
from contextlib import suppress

from certificates.errors import Refused

LEAST_FILES = 64  # a job's own, and what its papers, fonts and ledger need while they are made
FILES_PER_MEDIUM = 12
ENOUGH_FILES = 4096


def raise_all() -> None:
    """As many open files as the system's owner allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    boundless = hard == resource.RLIM_INFINITY
    for wanted in (ENOUGH_FILES if boundless else max(hard, ENOUGH_FILES), hard):  # more than the hard limit: as root
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard if boundless else wanted))
            return


def check(media: int = 1) -> None:
    """Raises Refused if a job could run out of files under way."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = LEAST_FILES + FILES_PER_MEDIUM * media
    if soft != resource.RLIM_INFINITY and soft < needed:
        raise Refused("refused.files", allowed=soft, needed=needed)
