"""`--asset-tag`: which tag is whose. A tag on the paper of another medium is a false paper, so nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from certificates.errors import Usage
from certificates.identity import tag_key
from eraser.devices import Device


def assigned(given: Sequence[str], targets: Sequence[str], found: Sequence[Device]) -> tuple[str | None, ...]:
    """The tag of each target, None where it was given none. `found`: the devices of `targets`, in their order.

    `TAG` for a single medium, else `NAME=TAG`, NAME being what a medium is known by: serial number, WWN, node, or what `--confirm` takes.
    A tag that has an equals sign in it needs a name before it. Raises Usage for everything that leaves a doubt.
    """
    tags: dict[int, str] = {}
    for each in given:
        index, tag = _whose(each, targets, found)
        if not tag.strip():
            raise Usage("usage.tag_empty", given=each)
        if index in tags:
            raise Usage("usage.tag_twice", target=targets[index], first=tags[index], second=tag)
        for other, taken in tags.items():
            if taken == tag or (tag_key(tag) is not None and tag_key(taken) == tag_key(tag)):
                raise Usage("usage.tag_shared", tag=tag, targets=f"{targets[other]}, {targets[index]}")
        tags[index] = tag
    return tuple(tags.get(index) for index in range(len(targets)))


def _whose(given: str, targets: Sequence[str], found: Sequence[Device]) -> tuple[int, str]:
    """The number of the target that is meant, and its tag."""
    if "=" not in given:
        if len(targets) == 1:
            return 0, given
        example = f"{found[0].medium.serial or targets[0]}={given}"
        raise Usage("usage.tag_unnamed", tag=given, count=len(targets), example=example)
    meant = [
        (index, tag)
        for name, tag in _splits(given)
        for index, device in enumerate(found)
        if name in _names(targets[index], device) or _leads_to(name, device)
    ]
    if not meant:
        example = f"{found[0].medium.serial or targets[0]}={given}"
        raise Usage("usage.tag_stranger", given=given, targets=", ".join(targets), example=example)
    if len(meant) > 1:
        nodes = ", ".join(dict.fromkeys(targets[index] for index, _ in meant))
        raise Usage("usage.tag_ambiguous", given=given, targets=nodes)
    return meant[0]


def _splits(given: str) -> Iterator[tuple[str, str]]:
    """At each of its equals signs: a path may have one, and a tag too."""
    for at, sign in enumerate(given):
        if sign == "=":
            yield given[:at], given[at + 1 :]


def _names(target: str, device: Device) -> frozenset[str]:
    medium = device.medium
    told = (target, medium.node, medium.serial, medium.wwn, device.confirm, device.precise)
    return frozenset(name for name in told if name)


def _leads_to(name: str, device: Device) -> bool:
    """Is it another name of the device or file, such as one in /dev/disk/by-id?"""
    place = device.medium.path if device.kind == "image" else device.medium.node
    if "/" not in name or place is None:
        return False
    try:
        return Path(name).resolve(strict=True) == Path(place)
    except (OSError, RuntimeError, ValueError):
        return False
