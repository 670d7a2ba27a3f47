"""Which partition tables and file systems a medium shows. Reads only.

libblkid knows some hundred formats, so it is asked first (wipefs, blkid: both open read-only here); where it is not
installed, or there is only a reader and no node, a handful of boot structures are checked here. The answer says which.
"""

import json
import struct
import subprocess
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from verifier import tools

Read = Callable[[int, int], bytes]
"""`read(offset, length)`: the bytes there, fewer only at the end; OSError where the medium can't be read."""
Source = Literal["libblkid", "own checks"]

_SECONDS = 30
_ALL_SECONDS = 120  # for all partitions together
_MOST_PARTITIONS = 128
_SECTORS = (512, 4096)
_EXTENDED = ("0x05", "0x0f", "0x85")
_MOST_LINKS = 1024  # of a chain of logical partitions; one that is made to be endless costs no more


class Structure(Struct, frozen=True):
    """A table, file system, or other format that announces itself at `offset` bytes, in `partition` or in none."""

    offset: int
    name: str
    label: str = ""
    uuid: str = ""
    partition: int | None = None


class Partition(Struct, frozen=True):
    """An entry of the partition table; `type` as the table has it: a byte or a GUID. `offset` and `length`: bytes of the medium, so no
    more than it has, whatever the table says."""

    number: int
    offset: int
    length: int
    type: str


class Layout(Struct, frozen=True):
    """What was seen, and by what means. `table` is "dos", "gpt" or None."""

    source: Source
    table: str | None
    partitions: tuple[Partition, ...]
    structures: tuple[Structure, ...]
    remarks: tuple[str, ...] = ()


def layout(read: Read, size_bytes: int, node: Path | str | None = None, sector_bytes: int | None = None) -> Layout:
    """Tables and file systems of the medium behind `read`; `node` is its device or file, if libblkid may be asked.

    `sector_bytes`: the medium's logical sectors, in which its tables count. An image file has none of its own (None): then it is the
    size under which its table makes sense.

    Raises nothing: what can't be read or asked becomes a remark.
    """
    remarks: list[str] = []
    table, partitions = _table(read, size_bytes, sector_bytes, remarks)
    if node is not None and tools.find("wipefs") and tools.find("blkid"):
        try:
            outer = _ask_wipefs(node)
            if table is None and len(outer) > 1:
                # The end mark that NTFS and exFAT share with a partition table; wipefs lists it as one.
                outer = [structure for structure in outer if structure.name != "dos"]
            if table and table not in {structure.name for structure in outer}:
                outer = [
                    Structure(0, table),
                    *outer,
                ]  # libblkid counts in the sectors of the node, in a file in 512 bytes
            named = next((s.name for s in outer if s.name in ("gpt", "dos")), None)
            until = time.monotonic() + _ALL_SECONDS
            inner = [structure for partition in partitions for structure in _ask_blkid(node, partition, until)]
            return Layout("libblkid", table or named, tuple(partitions), (*outer, *inner), tuple(remarks))
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            remarks.append(f"libblkid: {error}")
    places = [(0, None), *((p.offset, p.number) for p in partitions)]
    structures = [Structure(0, table)] if table else []
    for offset, number in places:
        name, label = _file_system(_reading(read, size_bytes, offset, remarks))
        if name:
            structures.append(Structure(offset, name, label=label, partition=number))
    return Layout("own checks", table, tuple(partitions), tuple(structures), tuple(remarks))


def _run(name: str, *arguments: str, seconds: float = _SECONDS) -> tuple[int, str, str]:
    """How it ended, and what it said. Raises OSError, subprocess.TimeoutExpired."""
    done = tools.run(tools.find(name) or name, *arguments, seconds=seconds)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def _ask_wipefs(node: Path | str) -> list[Structure]:
    """Every signature that wipefs would erase, listed without erasing; one a format, though some have several."""
    code, out, errors = _run("wipefs", "--no-act", "--json", "--", str(node))
    if code:
        raise ValueError(errors.strip() or f"wipefs ended with {code}")
    rows: list[dict[str, Any]] = json.loads(out or "{}").get("signatures", [])
    seen: dict[str, Structure] = {}
    for row in sorted(rows, key=lambda row: int(row["offset"], 16)):
        found = Structure(int(row["offset"], 16), row["type"], row.get("label") or "", row.get("uuid") or "")
        seen.setdefault(found.name, found)
    return list(seen.values())


def _ask_blkid(node: Path | str, partition: Partition, until: float) -> list[Structure]:
    """What blkid's low-level probe says of one partition, in place; nothing where it sees none or is in doubt (2, 8)."""
    seconds = min(_SECONDS, max(0.0, until - time.monotonic()))
    place = ("--offset", str(partition.offset), "--size", str(partition.length))
    code, out, errors = _run("blkid", "--probe", *place, "--output", "export", "--", str(node), seconds=seconds)
    if code in (2, 8):
        return []
    if code:
        raise ValueError(errors.strip() or f"blkid ended with {code}")
    tags = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
    name = tags.get("TYPE") or tags.get("PTTYPE")
    if not name:
        return []
    label = tags.get("LABEL", "").replace("\\", "")
    return [Structure(partition.offset, name, label, tags.get("UUID", ""), partition.number)]


def _reading(read: Read, size_bytes: int, base: int, remarks: list[str]) -> Read:
    """Reads from `base` on, in aligned blocks for readers that need it; b"" where the medium can't be read."""

    def at(offset: int, length: int) -> bytes:
        start = (base + offset) & ~4095
        end = min(size_bytes, (base + offset + length + 4095) & ~4095)
        if start >= end:
            return b""
        try:
            data = bytes(read(start, end - start))
        except OSError as error:
            remarks.append(f"unreadable at {base + offset}: {error.strerror or error}")
            return b""
        return data[base + offset - start :][:length]

    return at


def _table(
    read: Read, size_bytes: int, sector_bytes: int | None, remarks: list[str]
) -> tuple[str | None, list[Partition]]:
    name, found = _entries(read, size_bytes, sector_bytes, remarks)
    on_medium = (each for each in found if each.offset < size_bytes)
    return name, [replace(each, length=min(each.length, size_bytes - each.offset)) for each in on_medium]


def _entries(
    read: Read, size_bytes: int, sector_bytes: int | None, remarks: list[str]
) -> tuple[str | None, list[Partition]]:
    look = _reading(read, size_bytes, 0, remarks)
    # The medium's own first; then those of a disk that came out of an enclosure which had translated them.
    sizes = list(dict.fromkeys([sector_bytes or 512, *_SECTORS]))
    for sector in sizes:
        for place in (sector, (size_bytes // sector - 1) * sector):
            if found := _gpt(look, sector, place, size_bytes):
                return "gpt", found[:_MOST_PARTITIONS]
    head = look(0, 512)
    # A file system without a table has a boot sector with the same end mark.
    tables = [] if _file_system(look)[0] else [_mbr(look, head, sector, size_bytes) for sector in sizes]
    sensible = [found for found in tables if found]
    if not sensible:
        return None, []
    # The table doesn't say in what it counts. A medium does; in a file, what begins where a partition should.
    chosen = sensible[0] if sector_bytes else max(sensible, key=lambda found: _starts_seen(read, size_bytes, found))
    return "dos", chosen[:_MOST_PARTITIONS]


def _starts_seen(read: Read, size_bytes: int, found: list[Partition]) -> int:
    """At how many of the places something begins: a file system, or a logical partition's record."""
    seen = 0
    for partition in found[:_MOST_PARTITIONS]:
        look = _reading(read, size_bytes, partition.offset, [])
        is_link = partition.type in _EXTENDED and look(510, 2) == b"\x55\xaa"
        seen += is_link or bool(_file_system(look)[0])
    return seen


def _mbr(look: Read, head: bytes, sector: int, size_bytes: int) -> list[Partition]:
    """The four primary entries, and the chain of logical ones, counted in `sector` bytes. Empty unless every entry makes sense."""
    if len(head) < 512 or head[510:] != b"\x55\xaa":
        return []
    found: list[Partition] = []
    for number in range(1, 5):
        entry = head[430 + 16 * number :][:16]
        start, count = struct.unpack_from("<II", entry, 8)
        if entry == bytes(16):
            continue
        if entry[0] not in (0, 0x80) or entry[4] == 0 or not start or not count or start * sector >= size_bytes:
            return []
        found.append(Partition(number, start * sector, count * sector, f"{entry[4]:#04x}"))
    for outer in [p for p in found if p.type in _EXTENDED]:
        found += _logical(look, outer, sector, size_bytes)
    return found


def _logical(look: Read, outer: Partition, sector: int, size_bytes: int) -> list[Partition]:
    found: list[Partition] = []
    at = outer.offset
    for _ in range(_MOST_LINKS):
        if len(found) >= _MOST_PARTITIONS or at >= size_bytes:
            break
        head = look(at, 512)
        if len(head) < 512 or head[510:] != b"\x55\xaa":
            break
        start, count = struct.unpack_from("<II", head, 446 + 8)
        if count:
            found.append(Partition(5 + len(found), at + start * sector, count * sector, f"{head[450]:#04x}"))
        step = struct.unpack_from("<I", head, 462 + 8)[0]
        if not step or outer.offset + step * sector <= at:
            break
        at = outer.offset + step * sector
    return found


def _gpt(look: Read, sector: int, place: int, size_bytes: int) -> list[Partition]:
    """UEFI 2.10, 5.3: the header's CRC-32 with the field itself zero; entries that are not empty. `place` in bytes."""
    head = look(place, 512) if place > 0 else b""
    if len(head) < 92 or head[:8] != b"EFI PART" or not 92 <= (length := struct.unpack_from("<I", head, 12)[0]) <= 512:
        return []
    if zlib.crc32(head[:16] + bytes(4) + head[20:length]) != struct.unpack_from("<I", head, 16)[0]:
        return []
    at, count, size = struct.unpack_from("<QII", head, 72)
    if not 128 <= size <= 4096 or count > 1024:
        return []
    entries = look(at * sector, count * size)
    found = []
    for index in range(len(entries) // size):
        entry = entries[index * size :][:size]
        first, last = struct.unpack_from("<QQ", entry, 32)
        if entry[:16] != bytes(16) and first <= last and first * sector < size_bytes:
            found.append(Partition(index + 1, first * sector, (last - first + 1) * sector, _guid(entry[:16])))
    return found


def _guid(raw: bytes) -> str:
    first, second, third = struct.unpack_from("<IHH", raw)
    return f"{first:08x}-{second:04x}-{third:04x}-{raw[8:10].hex()}-{raw[10:].hex()}"


def _file_system(look: Read) -> tuple[str, str]:
    """Name and label, both empty if none of the few that are known here begins at the reader's start."""
    boot = look(0, 512)
    if len(boot) < 512:
        return "", ""
    marked = boot[510:] == b"\x55\xaa"
    if marked and boot[3:11] == b"NTFS    ":
        return "ntfs", ""
    if marked and boot[3:11] == b"EXFAT   ":
        return "exfat", ""
    if boot[3:11] == b"-FVE-FS-":
        return "BitLocker", ""
    if boot[:6] == b"LUKS\xba\xbe":
        return "crypto_LUKS", ""
    if boot[:4] == b"XFSB":
        return "xfs", boot[108:120].rstrip(b"\0").decode("utf-8", "replace")
    if marked and boot[0] in (0xEB, 0xE9) and struct.unpack_from("<H", boot, 11)[0] in (512, 1024, 2048, 4096):
        for at in (43, 71):
            if boot[at + 11 : at + 14] == b"FAT":
                return "vfat", boot[at : at + 11].rstrip().decode("cp932", "replace")
    ext = look(1024, 1024)
    if len(ext) == 1024 and ext[56:58] == b"\x53\xef" and struct.unpack_from("<I", ext, 24)[0] <= 6:
        return "ext", ext[120:136].rstrip(b"\0").decode("utf-8", "replace")
    return "", ""
