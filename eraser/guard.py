"""May this medium be wiped? Pure rules over what `devices` found; every reason against it is told at once. There is no force switch."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from certificates import language
from eraser.devices import Device

SMALLEST_BYTES = 4096


class Reason(msgspec.Struct, frozen=True):
    """One reason why nothing may be written: a key of the words table and its values."""

    key: str
    values: dict[str, str]

    def text(self, lang: language.Language | None = None) -> str:
        return language.text(self.key, lang, **self.values)


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
        yield Reason(f"guard.{use.kind}", {"part": use.part, "where": use.where})


def identity_reasons(device: Device, confirmed: Collection[str], others: Iterable[Device]) -> tuple[Reason, ...]:
    """What speaks against taking `confirmed` as the owner's word for this very medium. `others`: everything that is attached."""
    if device.precise in confirmed:
        return ()
    if device.confirm not in confirmed:
        return (Reason("guard.unconfirmed", {"node": device.medium.node, "confirm": device.confirm}),)
    twins = _twins(device, others)
    if twins:
        return (
            Reason(
                "guard.ambiguous",
                {
                    "confirm": device.confirm,
                    "nodes": ", ".join(sorted([_place(device), *twins])),
                    "precise": device.precise,
                },
            ),
        )
    return ()


def answers_to(device: Device, others: Iterable[Device]) -> str:
    """What `--confirm` takes for this medium: the short identity, or the precise one if another medium answers to the short one."""
    return device.precise if _twins(device, others) else device.confirm


def _twins(device: Device, others: Iterable[Device]) -> list[str]:
    """Where the other media are that answer to the same short identity."""
    return [_place(other) for other in others if other.confirm == device.confirm and _place(other) != _place(device)]


def _place(device: Device) -> str:
    """Its node; of an image, whose node is a bare name, its path."""
    return device.precise if device.kind == "image" else device.medium.node
