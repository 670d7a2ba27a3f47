"""What records are made of: frozen, strict values, and numbers, times and bytes as JSON keeps them safely."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import msgspec

# The end of a text in Python's patterns and in JavaScript's, in which the JSON Schemas are read: Python's $ alone is satisfied before a
# last newline, too, and its \d with digits of any script.
END = r"$(?!\n)"
_TWO = "[0-9]{2}"
_DAY = f"[0-9]{{4}}-{_TWO}-{_TWO}"
_WHOLE = re.compile("[0-9]{1,18}")
_WHEN = re.compile(rf"{_DAY}([T ]{_TWO}:{_TWO}(:{_TWO}(\.[0-9]{{1,6}})?)?(Z|[+-]{_TWO}:{_TWO})?)?")

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Time = Annotated[str, msgspec.Meta(pattern=rf"^{_DAY}T{_TWO}:{_TWO}:{_TWO}(\.[0-9]{{3}})?(Z|[+-]{_TWO}:{_TWO}){END}")]
Hex = Annotated[str, msgspec.Meta(pattern=rf"^([0-9a-f]{{2}})*{END}")]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen value of the record."""


class Words(Value, frozen=True):
    """The same text in both languages."""

    en: str
    ja: str


class LbaRange(Value, frozen=True):
    """Logical sectors `first` to `last`, both included."""

    first: Count
    last: Count


def bytes_in(ranges: tuple[LbaRange, ...], sector_bytes: int) -> int:
    """Bytes covered by disjoint ranges."""
    return sum(r.last - r.first + 1 for r in ranges) * sector_bytes


def whole(text: str) -> int | None:
    """A whole number as machines write it: up to 18 of the digits 0 to 9. None for anything else that `int` would take."""
    return int(text) if _WHOLE.fullmatch(text) else None


def when(text: str) -> datetime:
    """A day (its midnight, without a zone) or a time as people give it: 2026-03-31, 2026-03-31T17:00, with seconds and zone if wanted.
    Raises ValueError for whatever else `fromisoformat` takes (weeks, basic format, other digits)."""
    if not _WHEN.fullmatch(text):
        raise ValueError(f"{text} is no day or time")
    return datetime.fromisoformat(text)
