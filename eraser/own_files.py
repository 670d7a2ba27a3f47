"""The files that this station, or this very command, lives on: by inode, as a hard link or a bind mount is the same file."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from certificates.errors import Refused
from eraser import usage
from eraser.devices import Device
from eraser.home import Home

_PAPER = re.compile(r"[0-9A-F]{8}-[0-9]{6,15}\..{1,40}")

Inode = tuple[int, int]  # device and inode


def found(home: Home, out: Path | None, inputs: Iterable[Path]) -> dict[Inode, Path]:
    """All of them: what lies in the home, the papers in the folder for papers, what the order names, what this process has open."""
    own: dict[Inode, Path] = {}
    for path in (*_below(home.root), *_papers(out), *inputs, *_in_use_by_this_process()):
        with suppress(OSError):
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                own.setdefault((status.st_dev, status.st_ino), path)
    return own


def check(device: Device, own: dict[Inode, Path]) -> None:
    """Raises Refused for an image that is one of them, or a loop disk that lies on one."""
    path = own.get(key) if (key := _inode(device)) is not None else None
    if path is not None:
        raise Refused("refused.own_inode", target=device.medium.path or device.medium.node, path=path)


def _inode(device: Device) -> Inode | None:
    if device.kind == "image":
        status = Path(device.medium.path or "").stat()
        return status.st_dev, status.st_ino
    return usage.file_below(device.device_number)


def _below(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in names)


def _papers(out: Path | None) -> Iterator[Path]:
    with suppress(OSError):
        yield from (path for path in (out.iterdir() if out is not None else ()) if _PAPER.fullmatch(path.name))


def _in_use_by_this_process() -> Iterator[Path]:
    """Its open files, and the program with its libraries."""
    yield from Path("/proc/self/fd").iterdir()
    lines = (line.split(maxsplit=5) for line in Path("/proc/self/maps").read_text(errors="replace").splitlines())
    yield from {Path(fields[5]) for fields in lines if len(fields) == 6 and fields[5].startswith("/")}
