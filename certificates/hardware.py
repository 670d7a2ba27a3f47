"""Is a medium a piece of hardware that somebody can hold, or something that only looks like a disk? Pure.

A loop device, a volume or a virtual machine's disk can be wiped like any other, and it may carry any serial number that its owner typed.
But what is erased then is that volume: not the hardware below it.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from certificates.record import Medium


def is_hardware(medium: Medium) -> bool:
    """False for files, for what the table `virtual.toml` lists, and for a device of which nothing tells that it is hardware."""
    if medium.kind != "block-device":
        return False
    told = (medium.vendor, medium.model, medium.serial, medium.wwn, medium.bus, medium.path)
    if not any(told):
        return False
    table = _table()
    node = medium.node.removeprefix("/dev/")
    if node.startswith(table["nodes"]) or _folded(medium.bus) in table["buses"]:
        return False
    vendor, model, path = _folded(medium.vendor), _folded(medium.model), _folded(medium.path)
    return not (vendor in table["vendors"] or model.startswith(table["models"]) or path.startswith(table["paths"]))


def _folded(text: str | None) -> str:
    return " ".join((text or "").casefold().split())


@cache
def _table() -> dict[str, tuple[str, ...]]:
    told = tomllib.loads(resources.files("certificates").joinpath("virtual.toml").read_text(encoding="utf-8"))
    return {name: tuple(values) for name, values in told.items()}
