"""What processes have open, and what they have mounted: one reading of /proc. What can't be seen there is said, never passed over."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import stat
import threading
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from eraser.nodes import Thing

PROC = Path("/proc")
LOOK_PATIENCE_SECONDS = 30.0
INITIAL_NAMESPACES = {"pid": 0xEFFFFFFC, "user": 0xEFFFFFFD}  # the same on every kernel (include/linux/proc_ns.h)
_CAP_SYS_PTRACE, _CAP_SYS_ADMIN = 19, 21
_KCMP = {"x86_64": 312, "aarch64": 272}.get(platform.machine())
_KCMP_FILES = 2
RING = "anon_inode:[io_uring]"
_SOCKET = re.compile(r"socket:\[([0-9]+)\]")
_NO_FILE = re.compile(r"(socket|pipe|anon_inode):|\[|<none>\Z")  # a socket is looked at apart


class Opener(msgspec.Struct, frozen=True):
    """A process that has something open: its name and pid, and whether it may write through it."""

    process: str
    writes: bool


class Unseen(msgspec.Struct, frozen=True):
    """Why the look is not complete. `where`: the namespace, the user, or the process that it is about."""

    kind: Literal["container", "unseen", "hidden", "in-flight", "unnamed", "hung", "unknown-loop", "unread-config"]
    where: str


class Mounted(msgspec.Struct, frozen=True):
    """One mount point. `source` as the mount names it; `process`: one that sees it, if this one doesn't."""

    number: int
    place: str
    kind: str
    source: str
    process: str | None


class Sight(msgspec.Struct, frozen=True):
    """What all processes have open, all mount points of all of them, and why there may be more.

    `shielded`: the machine's first process, where a security module doesn't let even root look into it (docs/guard.md).
    """

    openers: dict[Thing, tuple[Opener, ...]]
    mounts: tuple[Mounted, ...]
    unseen: tuple[Unseen, ...]
    shielded: str | None


def seen(files: Collection[Thing]) -> Sight:
    """All openers of block and character devices and of `files`, other than this process.

    A process that has something open that gives no answer (a network share that is gone) isn't waited for for ever.
    """
    look = _Look(files)
    looking = threading.Thread(target=look.at_all, daemon=True)
    looking.start()
    looking.join(LOOK_PATIENCE_SECONDS)
    if looking.is_alive():
        look.unseen.add(Unseen("hung", look.process))
    openers = {thing: tuple(sorted(each, key=lambda o: o.process)) for thing, each in [*look.openers.items()]}
    unseen = sorted(look.unseen, key=lambda each: (each.kind, each.where))
    return Sight(openers, tuple(look.mounts), (*blindness(), *unseen), look.shielded)


def blindness() -> tuple[Unseen, ...]:
    """What keeps this process from seeing all others."""
    for name, number in INITIAL_NAMESPACES.items():
        try:
            own = (PROC / "self/ns" / name).stat().st_ino
        except OSError:
            return (Unseen("container", name),)
        if own != number:
            return (Unseen("container", name),)
    line = next(line for line in (PROC / "self/status").read_text().splitlines() if line.startswith("CapEff:"))
    able = int(line.split()[1], 16)
    if not (able >> _CAP_SYS_PTRACE & 1 and able >> _CAP_SYS_ADMIN & 1):
        return (Unseen("unseen", f"uid {os.geteuid()}"),)
    return ()


class _Look:
    """One reading of /proc as it goes on; `process`: whose turn it is."""

    def __init__(self, files: Collection[Thing]) -> None:
        self.openers: dict[Thing, set[Opener]] = {}
        self.mounts: list[Mounted] = []
        self.unseen: set[Unseen] = set()
        self.shielded: str | None = None
        self.process = "/proc"
        self._files = frozenset(files)
        self._sockets: set[int] = set()
        self._mapped: dict[tuple[str, ...], Thing | None] = {}
        self._spaces: set[str] = set()
        # Of io_uring: what was looked at, and what somebody keeps without a descriptor (by whom).
        self._rings: set[Thing] = set()
        self._mapped_rings: dict[Thing, str] = {}
        self._kept_sockets: dict[int, str] = {}

    def at_all(self) -> None:
        own = os.getpid()
        self._mounts_of(PROC / "self", None)
        for entry in PROC.iterdir():
            if entry.name.isdigit():
                self.process = _named(entry)
                try:
                    self._at(entry, is_own=int(entry.name) == own)
                except (FileNotFoundError, ProcessLookupError):  # it ended
                    continue
                except OSError:
                    if entry.name == "1":
                        self.shielded = self.process
                    else:
                        self.unseen.add(Unseen("hidden", self.process))
        rings = {who for ring, who in self._mapped_rings.items() if ring not in self._rings}
        sockets = {who for socket, who in self._kept_sockets.items() if socket not in self._sockets}
        self.unseen |= {Unseen("unnamed", who) for who in rings | sockets}

    def _at(self, process: Path, *, is_own: bool) -> None:
        """Threads may have descriptors and mounts of their own; most share all with the first."""
        shared: str | None = None
        has_memory = False
        for task in sorted((process / "task").iterdir(), key=lambda task: task.name != process.name):
            # Any of them may end, the first one long before the others.
            with suppress(FileNotFoundError, ProcessLookupError):
                self._mounts_of(task, self.process)
                if is_own:
                    continue
                if shared is None or not _same_files(shared, task.name):
                    self._descriptors_of(task)
                    shared = shared or task.name
                has_memory = has_memory or self._maps_of(PROC / task.name)

    def _descriptors_of(self, task: Path) -> None:
        for entry in (task / "fd").iterdir():
            try:
                self._descriptor(task, entry)
            except PermissionError:
                # A file system may shut out even root (another user's FUSE), and holds no disk; then its name can still be read.
                with suppress(FileNotFoundError):
                    entry.readlink()
            except OSError:  # closed meanwhile, or on a file system that is gone
                continue

    def _descriptor(self, task: Path, entry: Path) -> None:
        status = entry.stat()
        if stat.S_ISSOCK(status.st_mode):
            self._socket(task, entry.name, status.st_ino)
        elif stat.S_IFMT(status.st_mode) == 0 and str(entry.readlink()) == RING:
            self._ring(task, entry.name, _thing(status))
        elif self._is_wanted(thing := _thing(status)):
            # The link's own bits tell how it was opened; none of them: O_PATH, which opens nothing.
            mode = entry.lstat().st_mode
            if mode & (stat.S_IRUSR | stat.S_IWUSR):
                self._note(thing, writes=bool(mode & stat.S_IWUSR))

    def _maps_of(self, process: Path) -> bool:
        """Memory that is mapped from a device or a file stays when its descriptor is closed. False if it has no memory."""
        space = str((process / "ns/mnt").readlink())
        lines = (process / "maps").read_text(errors="replace").splitlines()
        for line in lines:
            span, bits, _, device, inode, *name = line.split(maxsplit=5)
            # Device and inode alone are not enough: btrfs gives the same to files of several subvolumes.
            key = (device, inode, space, *name)
            is_ring = name == [RING]
            if inode == "0" or (not is_ring and key in self._mapped and self._mapped[key] is None):
                continue
            start, _, end = span.partition("-")
            place = process / "map_files" / f"{int(start, 16):x}-{int(end, 16):x}"
            try:
                if is_ring:
                    self._mapped_rings.setdefault(_thing(place.stat()), self.process)
                    continue
                if key not in self._mapped:
                    thing = _thing(place.stat())
                    self._mapped[key] = thing if self._is_wanted(thing) else None
                if (found := self._mapped[key]) is not None:
                    # Shared, and of a file opened for writing: it can be made writable at any time.
                    self._note(found, writes=bits[3] == "s" and bool(place.lstat().st_mode & stat.S_IWUSR))
            except OSError:  # unmapped meanwhile
                continue
        return bool(lines)

    def _socket(self, task: Path, descriptor: str, inode: int) -> None:
        """Descriptors that were sent through a socket and not taken yet belong to nobody; the kernel tells how many there are."""
        if inode not in self._sockets:
            self._sockets.add(inode)
            if any(line.startswith("scm_fds:") and line.split()[1] != "0" for line in _information(task, descriptor)):
                self.unseen.add(Unseen("in-flight", self.process))

    def _ring(self, task: Path, descriptor: str, ring: Thing) -> None:
        """Files that are registered with io_uring stay open without a descriptor. The kernel tells their names: a newer one the
        whole path, an older one (6.1) the last part of it, and none while the ring is at work."""
        self._rings.add(ring)
        lines = _information(task, descriptor)
        head = next((index for index, line in enumerate(lines) if line.startswith("UserFiles:")), None)
        if head is None:
            self.unseen.add(Unseen("unnamed", self.process))
            return
        names = []
        for line in lines[head + 1 :]:
            number, _, name = line.strip().partition(": ")
            if not number.isdigit():
                break
            names.append(name)
        if not names and lines[head].split()[1] != "0":
            self.unseen.add(Unseen("unnamed", self.process))
        sockets = {int(found[1]) for name in names if (found := _SOCKET.fullmatch(name))}
        for socket in sockets - _internet_sockets(task) if sockets else ():
            self._kept_sockets.setdefault(socket, self.process)
        for name in names:
            self._kept_file(task, name)

    def _kept_file(self, task: Path, name: str) -> None:
        if name.startswith("/"):
            try:
                thing = _thing(Path(f"{task}/root{unescape(name)}").stat())
            except OSError:
                self.unseen.add(Unseen("unnamed", self.process))
                return
            if self._is_wanted(thing):
                self._note(thing, writes=True)
        elif not _NO_FILE.match(name):
            self.unseen.add(Unseen("unnamed", self.process))

    def _is_wanted(self, thing: Thing) -> bool:
        return thing[0] != "file" or thing in self._files

    def _note(self, thing: Thing, *, writes: bool) -> None:
        self.openers.setdefault(thing, set()).add(Opener(self.process, writes))

    def _mounts_of(self, task: Path, process: str | None) -> None:
        space = str((task / "ns/mnt").readlink())
        if space not in self._spaces:
            self._spaces.add(space)
            text = (task / "mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
            self.mounts += [mounted(line, process) for line in text.split("\n") if line]


def mounted(line: str, process: str | None) -> Mounted:
    """One line of a mountinfo file (proc(5))."""
    fields = line.split(" ")
    major, minor = fields[2].split(":")
    dash = fields.index("-")
    number, kind, source = os.makedev(int(major), int(minor)), fields[dash + 1], unescape(fields[dash + 2])
    return Mounted(number, unescape(fields[4]), kind, source, process)


def unescape(field: str) -> str:
    """Undo the octal escapes of /proc (a space is \\040)."""
    raw = field.encode("utf-8", "surrogateescape")
    return raw.decode("unicode_escape").encode("latin-1").decode("utf-8", "replace") if b"\\" in raw else field


def _thing(status: os.stat_result) -> Thing:
    if stat.S_ISBLK(status.st_mode):
        return "block", status.st_rdev, 0
    if stat.S_ISCHR(status.st_mode):
        return "character", status.st_rdev, 0
    return "file", status.st_dev, status.st_ino


def _information(task: Path, descriptor: str) -> list[str]:
    return (task / "fdinfo" / descriptor).read_text(errors="replace").splitlines()


def _internet_sockets(task: Path) -> frozenset[int]:
    """Sockets that carry no descriptors, by inode: TCP and UDP of the task's network namespace."""
    found: set[int] = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        with suppress(OSError):
            rows = (line.split() for line in (task / "net" / table).read_text().splitlines()[1:])
            found.update(int(row[9]) for row in rows)
    return frozenset(found)


def _named(process: Path) -> str:
    try:
        name = (process / "comm").read_text(errors="replace").strip()
    except OSError:
        return f"({process.name})"
    return f"{''.join(c if c.isprintable() else '?' for c in name)} ({process.name})"


def _same_files(one: str, other: str) -> bool:
    """Do two tasks share their descriptors (kcmp(2))? False where the kernel doesn't say."""
    if _KCMP is None:
        return False
    return bool(ctypes.CDLL(None).syscall(_KCMP, int(one), int(other), _KCMP_FILES, 0, 0) == 0)
