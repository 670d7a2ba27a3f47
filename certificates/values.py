"""What records are made of: frozen, strict values, and numbers, times and bytes as JSON keeps them safely."""

from __future__ import annotations

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Time = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$")]
Hex = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{2})*$")]


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
