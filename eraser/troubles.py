"""What went wrong, as a record and a person are told it: a cause by its key, and words; never the name of a class or of an error number."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

from certificates.errors import Problem
from eraser.alone import Disturbed
from eraser.control import NotReplugged
from eraser.target import Changed
from eraser.writing import FlushFailed
from verifier.crew import Stalled
from verifier.faults import MediumGone, TooManyFaults

_BY_KIND: dict[type[BaseException], str] = {
    MediumGone: "device-vanished",
    Changed: "device-replaced",
    Disturbed: "in-use",
    TooManyFaults: "too-many-bad-sectors",
    Stalled: "stall",
    FlushFailed: "flush-failed",
    NotReplugged: "not-replugged",
    MemoryError: "no-memory",
}
_BY_NUMBER = {
    errno.ENOSPC: "no-space",
    errno.EDQUOT: "no-space",
    errno.EFBIG: "file-too-large",
    errno.EMFILE: "no-descriptors",
    errno.ENFILE: "no-descriptors",
    errno.ENOMEM: "no-memory",
    errno.ENOBUFS: "no-memory",
}
# The surroundings' fault, not the medium's: the job can go on once they are as they should be.
OF_SURROUNDINGS = frozenset({"no-space", "file-too-large", "no-descriptors", "no-memory", "no-threads"})


def cause_of(error: BaseException, otherwise: str) -> str:
    """The key of the cause (`interruption.*`); `otherwise` for an error of the medium."""
    below = error.__cause__
    if isinstance(error, FlushFailed | Problem) and isinstance(below, OSError) and below.errno in _BY_NUMBER:
        return _BY_NUMBER[below.errno]
    if isinstance(error, Problem):
        return {"journal": "no-journal", "ledger": "ledger"}.get(error.key.partition(".")[0], otherwise)
    if isinstance(error, RuntimeError) and "thread" in str(error):
        return "no-threads"
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0, otherwise)
    return next((cause for kind, cause in _BY_KIND.items() if isinstance(error, kind)), "internal-error")


def in_words(error: BaseException) -> str:
    """What the system or the tool says of it. Of a defect: where in the tool it lies, for whoever mends it."""
    if isinstance(error, Problem):
        return error.message()
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, MemoryError | TooManyFaults):
        return ""
    if type(error) in _BY_KIND or (isinstance(error, RuntimeError) and "thread" in str(error)):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
