"""Making a wiped medium ready for use again: a partition table and an empty file system, by stock tools.

The tools never see the medium. They work on sparse files of its size, before the wipe; what they wrote there is known to the sector then,
stands on the certificate with its digest, and is copied to the medium that is held, once its certificate is issued.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from blake3 import blake3

from certificates import causes, emptiness
from certificates.emptiness import MOST_SECTORS
from certificates.errors import Environment, Refused
from certificates.record import FileSystem, Medium, Reformat
from certificates.values import LbaRange, bytes_in
from eraser.home import Home
from eraser.target import Target
from verifier import tools
from verifier.crew import Span, blocks
from verifier.reading import Reader

MiB = 1 << 20
BLKRRPART = 0x125F
TOOL_SECONDS = 300
LARGEST_DOS_SECTORS = 2**32 - 1
_LARGEST_BYTES: dict[FileSystem, int] = {"fat32": 2 << 40, "exfat": 128 << 50}
_MAKERS: dict[FileSystem, str] = {"fat32": "mkfs.fat", "exfat": "mkfs.exfat"}
PACKAGES = {"mkfs.fat": "dosfstools", "mkfs.exfat": "exfatprogs", "sfdisk": "fdisk"}
_DOS_TYPES: dict[FileSystem, str] = {"fat32": "c", "exfat": "7"}
_GPT_TYPE = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"  # basic data


class FormatFailed(Exception):
    """The medium was not made ready for use; what was certified before stays true."""


class Part(NamedTuple):
    """Bytes of a file of ours that belong at `offset` of the medium."""

    file: BinaryIO
    start: int
    offset: int
    length: int


class Layout(NamedTuple):
    """All that a format writes, in the order of the medium, and how the record tells it."""

    parts: tuple[Part, ...]
    record: Reformat


def prepare(file_system: FileSystem, medium: Medium, home: Home) -> Layout:
    """Let the tools work. Raises Refused for a medium that can't have this file system, Environment if a tool is missing or fails."""
    sector = medium.logical_sector_bytes
    sectors = medium.capacity_bytes // sector
    table: Literal["dos", "gpt"] = "dos" if sectors <= LARGEST_DOS_SECTORS else "gpt"
    end = medium.capacity_bytes // MiB * MiB - (MiB if table == "gpt" else 0)
    size = end - MiB
    if size <= 0 or size > _LARGEST_BYTES[file_system] or (sector != 512 and (file_system, table) != ("fat32", "dos")):
        raise Refused("refused.reformat", node=medium.node, file_system=file_system)
    folder = _folder_with_holes(home)
    # sfdisk counts in sectors of 512 bytes; a table of the same numbers is right for larger ones too.
    first, kind = MiB // sector, _DOS_TYPES[file_system] if table == "dos" else _GPT_TYPE
    script = f"label: {table}\nstart={first}, size={size // sector}, type={kind}\n"
    outer = _made(folder, sectors * 512, ["sfdisk", "--quiet"], script)
    fat = ["mkfs.fat", "-F", "32", "-S", str(sector), "-h", str(first)]
    inner = _made(folder, size, fat if file_system == "fat32" else ["mkfs.exfat"])
    parts = sorted([*_parts(outer, 0), *_parts(inner, MiB)], key=lambda part: part.offset)
    ranges = tuple(LbaRange(part.offset // sector, (part.offset + part.length) // sector - 1) for part in parts)
    hasher, filled = blake3(), 0
    for part in parts:
        for piece in _pieces(part):
            hasher.update(piece)
            filled += filled_sectors(piece, sector)
    if bytes_in(ranges, sector) > emptiness.most_bytes(file_system, medium) or filled > MOST_SECTORS[file_system]:
        # Such a format would be taken for old data by everybody who checks the medium.
        raise Environment(
            "format.failed", tool=_MAKERS[file_system], detail=f"{bytes_in(ranges, sector)} bytes, {filled}"
        )
    return Layout(tuple(parts), Reformat(file_system, table, ranges, hasher.hexdigest()))


def carry_out(layout: Layout, target: Target) -> None:
    """Write the layout to the medium that is held, and read it back. Raises FormatFailed."""
    try:
        target.check_identity()
        with mmap.mmap(-1, MiB) as memory, memoryview(memory) as view:
            for part in layout.parts:
                offset = part.offset
                for piece in _pieces(part):
                    view[: len(piece)] = piece
                    with view[: len(piece)] as block:
                        target.write(offset, block)
                    offset += len(piece)
        target.flush()
        with target.reader() as reader:
            found = digest_of(reader, [Span(part.offset, part.length) for part in layout.parts])
    except Exception as error:  # whatever it was, the erasure stands, and this is told
        raise FormatFailed(causes.in_words(error)) from error
    if found != layout.record.blake3:
        raise FormatFailed("the medium does not hold what was written to it")
    with suppress(OSError):  # files have no partitions; and udev looks again anyway
        fcntl.ioctl(target.descriptor, BLKRRPART)


def filled_sectors(piece: bytes, sector: int) -> int:
    """How many of these sectors are not all zeros."""
    if piece == bytes(len(piece)):
        return 0
    zeros = bytes(sector)
    return sum(piece[at : at + sector] != zeros for at in range(0, len(piece), sector))


def digest_of(reader: Reader, spans: list[Span]) -> str:
    """BLAKE3-256 of these bytes of a medium, one after the other. Raises OSError."""
    hasher = blake3()
    for span in spans:
        for offset, length in blocks(span.offset, span.offset + span.length, MiB):
            hasher.update(reader.read(offset, length))
    return hasher.hexdigest()


def _made(folder: Path, size: int, command: list[str], script: str = "") -> BinaryIO:
    """A sparse file of `size` bytes after a tool worked on it; its name is gone, so nothing has to be tidied up."""
    tool = tools.find(command[0])
    if tool is None:
        raise Environment("format.tool", tool=command[0], package=PACKAGES[command[0]])
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.truncate(size)
        try:
            done = tools.run(tool, *command[1:], file.name, seconds=TOOL_SECONDS, given=script.encode())
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Environment("format.failed", tool=command[0], detail=causes.in_words(error)) from error
        if done.returncode:
            detail = done.stderr.decode(errors="replace").strip().splitlines()
            raise Environment("format.failed", tool=command[0], detail=detail[-1] if detail else done.returncode)
        return Path(file.name).open("rb")


def _parts(file: BinaryIO, offset: int) -> Iterator[Part]:
    """What a tool wrote into a sparse file."""
    at, size = 0, os.fstat(file.fileno()).st_size
    while at < size:
        try:
            start = os.lseek(file.fileno(), at, os.SEEK_DATA)
        except OSError:  # ENXIO: only a hole is left
            return
        at = os.lseek(file.fileno(), start, os.SEEK_HOLE)
        yield Part(file, start, offset + start, at - start)


def _pieces(part: Part) -> Iterator[bytes]:
    for start, length in blocks(part.start, part.start + part.length, MiB):
        yield os.pread(part.file.fileno(), length, start)


def _folder_with_holes(home: Home) -> Path:
    """Where a sparse file tells what was written to it, zeros too. Raises Environment if there is no such place."""
    for folder in (home.root, Path(tempfile.gettempdir()), Path("/dev/shm")):  # noqa: S108 (a folder to look at)
        with suppress(OSError), tempfile.TemporaryFile(dir=folder) as probe:
            probe.truncate(4 * MiB)
            os.pwrite(probe.fileno(), bytes(MiB), MiB)
            os.fsync(probe.fileno())
            if list(_parts(probe, 0)) == [Part(probe, MiB, MiB, MiB)]:
                return folder
    raise Environment("format.folder", path=home.root)
