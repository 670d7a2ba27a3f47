"""What a medium says of itself that it holds (file system, RAID, LVM, encryption, hibernation), by util-linux's probe, which only reads."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from eraser import nodes
from eraser.devices import Device
from verifier import tools

TOOL_SECONDS = 10
# Of several media only together (libblkid's names); others end in "_member", as linux_raid_member and LVM2_member do.
_OF_SEVERAL = ("bcache", "drbd", "drbdproxy_datalog", "bcachefs", "btrfs", "jbd")


class Signature(msgspec.Struct, frozen=True):
    """One mark that was found. `node`: the disk or partition; `kind`: libblkid's name; `label`: as the user once named it."""

    node: str
    kind: str
    label: str | None = None

    @property
    def is_of_several(self) -> bool:
        """Other media may be unreadable without this one."""
        return self.kind.endswith("_member") or self.kind in _OF_SEVERAL

    @property
    def text(self) -> str:
        """For people: `LVM2_member (/dev/sdb1)`."""
        shown = "".join(c if c.isprintable() else "?" for c in self.label or "")
        return f"{self.kind} {shown} ({self.node})" if shown else f"{self.kind} ({self.node})"


class _Found(msgspec.Struct):
    device: str
    type: str
    label: str | None = None


class _Answer(msgspec.Struct):
    signatures: list[_Found]


def of(device: Device) -> tuple[Signature, ...] | None:
    """All signatures on the medium and its partitions; None if it can't be looked at (no tool, no right to, no answer)."""
    tool = tools.find("wipefs")
    if tool is None or not device.medium.capacity_bytes:
        return None
    path = device.medium.path if device.kind == "image" else device.medium.node
    own = Path(path or "")
    parts = [] if device.kind == "image" else nodes.partitions_of(own.name)
    found: list[Signature] = []
    for node in (own, *(Path("/dev", part) for part in parts)):
        try:
            done = tools.run(tool, "--json", "--no-act", "--", str(node), seconds=TOOL_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode or not os.access(node, os.R_OK):
            return None
        found += _read(done.stdout, node)
    return tuple(dict.fromkeys(found))


def of_each(devices: Iterable[Device]) -> dict[str, tuple[Signature, ...] | None]:
    """By node. A medium that is slow to answer holds up no other."""
    asked = tuple(devices)
    with ThreadPoolExecutor(max_workers=max(1, len(asked))) as pool:
        return dict(zip((each.medium.node for each in asked), pool.map(of, asked), strict=True))


def _read(output: bytes, node: Path) -> list[Signature]:
    if not output.strip():  # nothing found
        return []
    try:
        answer = msgspec.json.decode(output, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [Signature(str(node), "?")]
    return [Signature(str(node), each.type, each.label) for each in answer.signatures]
