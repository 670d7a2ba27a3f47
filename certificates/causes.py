"""Why something failed, in words: what a library raised is no sentence. Names of classes, objects in memory and addresses of a library's
pages tell a reader nothing."""

from __future__ import annotations

import re

from certificates import language
from certificates.errors import Problem

LONGEST = 200
_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (MemoryError, "memory"),
    (RecursionError, "nested"),
    (UnicodeError, "encoding"),
    (EOFError, "cut"),
    (LookupError, "missing"),
    (ArithmeticError, "number"),
    (TypeError, "shape"),
    (AttributeError, "shape"),
    (AssertionError, "shape"),
)
_OBJECT = re.compile(r"<[0-9A-Za-z_.]+ [^<>]{0,200}>|<[0-9A-Za-z_.]+>")
_LINK = re.compile(r"\s*\(?\S{0,200}https?://\S+")
_CLASS = re.compile(
    r"(?<![0-9A-Za-z_])[A-Z][0-9A-Za-z_]*(?:Error|Exception|Warning|Faults)(?![0-9A-Za-z_]):?\s*|'?[0-9A-Za-z_]+' object(?![0-9A-Za-z_])"
)


def in_words(error: BaseException) -> str:
    """What happened, in the language in force where it is known; else what the library says, without what only its authors understand."""
    if isinstance(error, Problem):
        return error.message()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    for kind, key in _WORDS:
        if isinstance(error, kind):
            return language.text(f"cause.{key}")
    said = " ".join(str(error).split())[: 4 * LONGEST]
    for pattern in (_LINK, _OBJECT, _CLASS):
        said = pattern.sub(" ", said)
    said = " ".join(said.split()).strip(" .,:;(")[:LONGEST]
    # What is left after an object was taken out ("cannot identify image file") is as good a cause as any.
    return said or language.text("cause.unknown")
