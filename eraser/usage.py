"""Who uses a medium: one answer from one look at the machine.

A medium is reached by paths (docs/guard.md). What uses any of them, or whatever is built on one, uses the medium. What can't be seen is
among the answers, so that nobody takes a blind look for a clear one.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from eraser import kernel_users, lease, nodes, processes
from eraser.kernel_users import KernelUsers
from eraser.nodes import Node, Thing
from eraser.processes import Mounted, Opener, Unseen
from eraser.sysfs import SYS_BLOCK

SYSTEM_PLACES = frozenset(
    {"/", "/boot", "/boot/efi", "/usr", "/var", "/run/live/medium", "/run/initramfs/live", "/cdrom"}
)
PATIENCE_SECONDS = 5.0
AGAIN_SECONDS = 0.2

Kind = Literal[
    "system",
    "mounted",
    "swap",
    "hibernation",
    "holder",
    "exported",
    "loop",
    "open",
    "read",
    "shared",
    "claimed",
    "container",
    "unseen",
    "hidden",
    "in-flight",
    "unnamed",
    "hung",
    "unknown-loop",
    "unread-config",
]
# These come and go: udev and desktops look into what is new, smartd into everything, now and then.
PASSING: frozenset[Kind] = frozenset({"open", "read", "shared", "claimed", "in-flight", "unnamed"})
# Not a use, but what keeps us from seeing one.
BLIND: frozenset[Kind] = frozenset(
    {"container", "unseen", "hidden", "in-flight", "unnamed", "hung", "unknown-loop", "unread-config"}
)


class Use(msgspec.Struct, frozen=True):
    """One use. `part`: the node or file that is used; `where`: the mount point, the mapper's name, or process and pid.

    `open`: a process may write to it; `read`: it can only read; `shared`: somebody has the file open; `claimed`: the kernel holds it for
    somebody. The kinds of BLIND say why there may be more.
    """

    kind: Kind
    part: str
    where: str


class Table(msgspec.Struct, frozen=True):
    """One look at the whole machine, so that every device is judged by the same moment."""

    nodes: dict[str, Node]
    mounts: dict[int, tuple[str, ...]]
    openers: dict[Thing, tuple[Opener, ...]]
    kernel: KernelUsers
    unseen: tuple[Unseen, ...]
    shielded: str | None = None  # the machine's first process, where a security module hides it

    def is_over_a_disk(self, name: str) -> bool:
        """True for a loop disk over a block device: who uses what lies below would lose it, and O_EXCL doesn't mind."""
        loop = self.nodes[name].loop if name in self.nodes else None
        return loop is not None and loop.on_device != 0

    def number_of(self, name: str) -> int:
        return self.nodes[name].number if name in self.nodes else 0

    def paths_of(self, name: str) -> tuple[str, ...]:
        """The other disks' names that lead to the same medium."""
        own = self.nodes.get(name)
        if own is None:
            return ()
        return tuple(each.name for each in self.nodes.values() if each.name != name and own.leads_to & each.leads_to)

    def uses_of(self, name: str) -> tuple[Use, ...]:
        """Everything that uses the medium, by whatever path, its partitions, and whatever is built on them."""
        found = [Use(each.kind, f"/dev/{name}", each.where) for each in self.unseen]
        for path in (name, *self.paths_of(name)):
            for part in (path, *self._partitions(path)):
                found += self._direct(part, f"/dev/{part}")
                for holder in self._above(part, frozenset({part})):
                    label = nodes.label(holder)
                    found.append(Use("holder", f"/dev/{part}", label))
                    found += self._direct(holder, f"/dev/{part} ({label})")
            found += self._beside(path, name)
        return tuple(dict.fromkeys(found))

    def uses_of_file(self, file: tuple[int, int], part: str) -> tuple[Use, ...]:
        """What uses a file: loop disks on it, the kernel, and processes that have it open."""
        over = [each.name for each in self.nodes.values() if each.loop is not None and each.loop.file == file]
        found = [Use("loop", part, f"/dev/{name}") for name in over]
        return (*found, *self._of_thing(("file", *file), part))

    def _beside(self, path: str, asked: str) -> Iterator[Use]:
        """What reaches the medium without the block device: its character nodes, the file under a loop disk, other loop disks on it."""
        node = self.nodes.get(path)
        if node is None:
            return
        for number, name in node.characters:
            yield from self._of_thing(("character", number, 0), name)
        if node.loop is not None and node.loop.file is not None:
            if path != asked:
                yield Use("loop", f"/dev/{asked}", f"/dev/{path}")
            yield from self._of_thing(("file", *node.loop.file), f"/dev/{path}")

    def _partitions(self, name: str) -> list[str]:
        return sorted(each.name for each in self.nodes.values() if each.disk == name and each.name != name)

    def _above(self, name: str, passed: frozenset[str]) -> Iterator[str]:
        """Everything stacked on a device or partition, at any height: the kernel's holders, and loop disks, which it doesn't list."""
        number = self.number_of(name)
        loops = [each.name for each in self.nodes.values() if number and each.loop and each.loop.on_device == number]
        holders = self.nodes[name].holders if name in self.nodes else ()
        for above in dict.fromkeys((*holders, *loops)):
            if above not in passed:
                yield above
                yield from self._partitions(above)
                for part in (above, *self._partitions(above)):
                    yield from self._above(part, passed | {above, part})

    def _direct(self, name: str, part: str) -> Iterator[Use]:
        number = self.number_of(name)
        for place in self.mounts.get(number, ()):
            yield Use("system" if place in SYSTEM_PLACES else "mounted", part, place)
        if number and number == self.kernel.hibernation:
            yield Use("hibernation", part, "/sys/power/resume")
        yield from self._of_thing(("block", number, 0), part)

    def _of_thing(self, thing: Thing, part: str) -> Iterator[Use]:
        if thing in self.kernel.swaps:
            yield Use("swap", part, self.kernel.swaps[thing])
        for who in self.kernel.exports.get(thing, ()):
            yield Use("exported", part, who)
        for opener in self.openers.get(thing, ()):
            yield Use("open" if opener.writes else "read", part, opener.process)


NOTHING = Table({}, {}, {}, KernelUsers({}, {}, 0, ()), ())
_LOOKING = threading.Lock()
_last: tuple[float, Table] = (0.0, NOTHING)


def look() -> Table:
    """The machine as it is now. Threads that ask at the same time share a look that began after they asked."""
    global _last
    asked = time.monotonic()
    with _LOOKING:
        if _last[0] < asked:
            began = time.monotonic()
            _last = (began, _look(()))
        return _last[1]


def shielded() -> str | None:
    """The process that the last look was not let into although it had all rights (the machine's first one); None: there is none."""
    return _last[1].shielded


def _look(files: Iterable[Thing]) -> Table:
    found = nodes.all_nodes()
    loops = {each.name: each.loop for each in found.values() if each.loop is not None}
    below: set[Thing] = {("file", *loop.file) for loop in loops.values() if loop.file is not None}
    sight = processes.seen({*files, *below})
    kernel = kernel_users.found(sight.mounts)
    unsure = [Unseen("unknown-loop", f"/dev/{name} ({loop.path})") for name, loop in loops.items() if not loop.is_sure]
    blind = processes.blindness()
    # Whoever is blind anyway is told the one reason that explains all others.
    unseen = blind or (*sight.unseen, *kernel.unseen, *unsure)
    return Table(found, _by_number(sight.mounts), sight.openers, kernel, tuple(unseen), sight.shielded)


def _by_number(mounts: Iterable[Mounted]) -> dict[int, tuple[str, ...]]:
    """Mount points by device number: this process's own, or if there is none, those of others.

    A file system over several disks has a number of its own; /sys tells its disks.
    """
    found: dict[int, list[str]] = {}
    known: set[int] = set()
    for each in sorted(mounts, key=lambda each: each.process is not None):
        numbers = {each.number}
        if each.source.startswith("/dev/"):
            numbers.add(nodes.number_in(SYS_BLOCK / Path(each.source).resolve().name))
        for number in numbers - {0}:
            if each.process is None:
                known.add(number)
                found.setdefault(number, []).append(each.place)
            elif number not in known:
                found.setdefault(number, []).append(f"{each.place} ({each.process})")
    for device in (*Path("/sys/fs/btrfs").glob("*/devices/*"), *Path("/sys/fs/bcachefs").glob("*/dev-*/block")):
        number = nodes.number_in(device)
        if number and number not in found:
            found[number] = [f"{device.parents[2].name} {device.parents[1].name}"]
    return {number: tuple(dict.fromkeys(places)) for number, places in found.items()}


def of_node(number: int) -> tuple[Use, ...]:
    """What uses the block device of that number now."""
    name = nodes.name_of(number)
    return () if name is None else look().uses_of(name)


def file_below(number: int) -> tuple[int, int] | None:
    """Device and inode of the file that a loop disk lies on; None for any other device."""
    name = nodes.name_of(number)
    node = nodes.all_nodes().get(name) if name is not None else None
    return None if node is None or node.loop is None else node.loop.file


def of_file(file: Path) -> tuple[Use, ...]:
    """What uses an image file now. If the kernel says that nobody has it open, nobody has to be looked for."""
    answer = lease.of_file(file)
    if answer == "alone":
        return ()
    found = openers_of_file(file)
    uses = tuple(use for use in found if use.kind not in BLIND)
    if answer == "shared":  # complete, though not by name
        return uses or (Use("shared", str(file), ""),)
    return found


def openers_of_file(file: Path) -> tuple[Use, ...]:
    """What uses a file other than this process, as far as it can be seen, and what keeps us from seeing more."""
    status = file.stat()
    key = (status.st_dev, status.st_ino)
    table = _look([("file", *key)])
    unseen = (Use(each.kind, str(file), each.where) for each in table.unseen)
    return (*unseen, *table.uses_of_file(key, str(file)))


def file_system_of(device: int) -> str | None:
    """The kind of the mounted file system with this number; None if none is to be seen."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    found = (processes.mounted(line, None) for line in lines if line)
    return next((each.kind for each in found if each.number == device), None)


def settled(ask: Callable[[], tuple[Use, ...]], patience_seconds: float = PATIENCE_SECONDS) -> tuple[Use, ...]:
    """The answer, once all that come and go are gone, or after that long at most. What won't go by itself isn't waited for."""
    deadline = time.monotonic() + patience_seconds
    while (uses := ask()) and all(use.kind in PASSING for use in uses) and time.monotonic() < deadline:
        time.sleep(AGAIN_SECONDS)
    return uses


def is_claimed(name: str) -> bool:
    """Does the kernel hold the block device, or a partition of it, for somebody (a mount of another namespace, a journal, a RAID)?"""
    number = nodes.number_in(SYS_BLOCK / name)
    if not number:
        return False
    try:
        descriptor = nodes.opened(name, number, os.O_RDONLY | os.O_EXCL)
    except OSError as error:
        return error.errno == errno.EBUSY
    os.close(descriptor)
    return False
