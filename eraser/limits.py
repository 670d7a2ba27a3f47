"""What the system allows a process: raised as far as it may be, and too little is refused before anything begins."""

from __future__ import annotations

import resource
from contextlib import suppress

from certificates.errors import Refused

LEAST_FILES = 64  # a job's own, and what its papers, fonts and ledger need while they are made
FILES_PER_MEDIUM = 12
ENOUGH_FILES = 4096
# Address space, of which fonts and compiled parts take most; where these get none, they end the whole process without a paper.
LEAST_SPACE = 600 << 20
SPACE_PER_MEDIUM = 200 << 20
# Space, data, files, time: what ends a job, or fails in the middle of it, in another way than a medium does.
_LIFTED = (resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC)


def raise_all() -> None:
    """As much as the system's owner allows."""
    for kind in _LIFTED:
        _raised(kind, resource.RLIM_INFINITY)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    boundless = hard == resource.RLIM_INFINITY
    _raised(resource.RLIMIT_NOFILE, ENOUGH_FILES if boundless else max(hard, ENOUGH_FILES))


def _raised(kind: int, wanted: int) -> None:
    """More than the hard limit: as root."""
    _, hard = resource.getrlimit(kind)
    boundless = hard == resource.RLIM_INFINITY
    for soft in (wanted, hard):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard if boundless else soft))
            return


def check(media: int = 1) -> None:
    """Raises Refused if a job could run out of files or address space under way."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != resource.RLIM_INFINITY and files < (needed := LEAST_FILES + FILES_PER_MEDIUM * media):
        raise Refused("refused.files", allowed=files, needed=needed)
    space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if space != resource.RLIM_INFINITY and space < (needed := LEAST_SPACE + SPACE_PER_MEDIUM * media):
        raise Refused("refused.space", allowed=space >> 20, needed=needed >> 20, kib=needed >> 10)
