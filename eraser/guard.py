"""May this medium be wiped? Pure rules over what `devices` found; every reason against it is told at once. There is no force switch."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from certificates import language
from certificates.errors import Refused
from certificates.identity import is_placeholder
from eraser.devices import Device
from eraser.usage import BLIND, Use

SMALLEST_BYTES = 4096


class Reason(msgspec.Struct, frozen=True):
    """One reason why nothing may be written: a key of the words table and its values."""

    key: str
    values: dict[str, str]

    def text(self, lang: language.Language | None = None) -> str:
        return language.for_terminal(self.key, lang, **self.values)


def reasons_against(device: Device) -> tuple[Reason, ...]:
    """What speaks against wiping the medium, whoever asks for it."""
    return tuple(_reasons(device))


def _reasons(device: Device) -> Iterable[Reason]:
    node = device.medium.node
    if device.kind == "partition":
        yield Reason("guard.partition", {"node": node})
    if device.kind == "optical":
        yield Reason("guard.optical", {"node": node})
    if device.kind == "other":
        yield Reason("guard.stacked", {"node": node})
    if device.medium.capacity_bytes == 0:
        yield Reason("guard.empty", {"node": node})
    elif device.medium.capacity_bytes < SMALLEST_BYTES:
        yield Reason("guard.too_small", {"node": node, "smallest": str(SMALLEST_BYTES)})
    if device.read_only:
        yield Reason("guard.read_only", {"node": node})
    for use in device.uses:
        if device.kind != "image" or use.kind not in BLIND:
            yield _reason(use)


def refuse(target: str, device: Device, against: tuple[Reason, ...] = ()) -> None:
    """Raises Refused with everything that speaks against wiping the medium, and with what is given, if there is anything."""
    if reasons := reasons_against(device) + against:
        raise Refused("refused.guard", node=target, reasons=" ".join(reason.text() for reason in reasons))


def notes(device: Device) -> tuple[Reason, ...]:
    """What could not be seen and is no reason against: who else has an image file open, where neither the kernel nor /proc says it."""
    return tuple(_reason(use) for use in device.uses if device.kind == "image" and use.kind in BLIND)


def _reason(use: Use) -> Reason:
    return Reason(f"guard.{use.kind.replace('-', '_')}", {"part": use.part, "where": use.where})


def identities(device: Device) -> frozenset[str]:
    """Every name that `--confirm` may know the medium by; whether it is a name of this one alone is another question."""
    names = (device.confirm, device.precise, device.medium.serial, device.medium.wwn)
    return frozenset(name for name in names if name)


def identity_reasons(device: Device, confirmed: Collection[str], others: Iterable[Device]) -> tuple[Reason, ...]:
    """What speaks against taking `confirmed` as the owner's word for this very medium. `others`: everything that is attached."""
    others = tuple(others)
    said = sorted(identities(device) & frozenset(confirmed))
    if device.precise in said or any(_is_unique(name, device, others) for name in said):
        return ()
    expected = answers_to(device, others)
    if not said:
        return (Reason("guard.unconfirmed", {"node": device.medium.node, "confirm": expected}),)
    twins = _bearers(said[0], device, others)
    if not twins:
        return (Reason("guard.placeholder", {"confirm": said[0], "precise": expected}),)
    nodes = ", ".join(sorted([_place(device), *twins]))
    return (Reason("guard.ambiguous", {"confirm": said[0], "nodes": nodes, "precise": expected}),)


def answers_to(device: Device, others: Iterable[Device]) -> str:
    """What `--confirm` takes for this medium: serial number or WWN where no other medium answers to it, else the precise identity."""
    others = tuple(others)
    names = (device.confirm, device.medium.wwn)
    return next((name for name in names if name and _is_unique(name, device, others)), device.precise)


def _is_unique(name: str, device: Device, others: Iterable[Device]) -> bool:
    """False also for what makers of cheap bridges put into all of them."""
    part = "wwn" if name == device.medium.wwn else "serial"
    spoilt = device.kind != "image" and name != device.precise and is_placeholder(name, part)
    return not spoilt and not _bearers(name, device, others)


def _bearers(name: str, device: Device, others: Iterable[Device]) -> list[str]:
    """Where the other media are that answer to the name."""
    own = {_place(device), *device.paths}  # its own other paths are no other medium
    return [_place(other) for other in others if name in identities(other) and _place(other) not in own]


def _place(device: Device) -> str:
    """Its node; of an image, whose node is a bare name, its path."""
    return device.precise if device.kind == "image" else device.medium.node
