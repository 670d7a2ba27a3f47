"""Custody: who had a medium, when and where. The kinds of events are a table (`custody.toml`). Pure."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import msgspec

from certificates.values import Words


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of event. `data_may_return`: a proof from before proves no longer. `leaves`: the medium leaves the house."""

    name: Words
    help: Words
    data_may_return: bool = False
    leaves: bool = False


UNKNOWN = Kind(Words("Unknown event", "不明な記録"), Words("", ""), data_may_return=True)


@cache
def kinds() -> dict[str, Kind]:
    """The table by id, in the order of a medium's life."""
    told = tomllib.loads(resources.files("certificates").joinpath("custody.toml").read_text(encoding="utf-8"))
    return msgspec.convert(told, dict[str, Kind])
