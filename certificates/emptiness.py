"""How much of a medium an empty file system takes, and how little of that is anything but zeros. Pure.

What a format writes can't be compared with the last pass any more. So that nothing of a medium's old content is called a format, it is held
to what mkfs.fat 4.2 (-F 32) and mkfs.exfat (exfatprogs 1.2) write, measured from 3 MiB to 4 TiB and with sectors of 512 and 4096 bytes:
FAT32 takes a 55th of the smallest media (with large sectors a 21st), a 64th up to 260 MiB and less than a 490th above; exFAT 2 MiB and
less than a 10,000th. Of these bytes 7 sectors are not zeros in FAT32 (partition table, boot sector, FSInfo, their copies, the first sector
of each table), 38 in exFAT (partition table, two boot regions, up-case table, bitmap, root folder), and 4 more with a GPT.
"""

from __future__ import annotations

from certificates.record import FileSystem, Medium

# Sectors that may hold anything but zeros. A system that mounts the medium may write to a few more.
MOST_SECTORS: dict[FileSystem, int] = {"fat32": 32, "exfat": 64}
_MiB = 1 << 20


def most_bytes(file_system: FileSystem, medium: Medium) -> int:
    """More than this no empty file system takes of the medium."""
    size = medium.capacity_bytes
    if file_system == "exfat":
        return size // 8192 + 4 * _MiB
    return size // (50 if size <= 272 * _MiB else 400) + _MiB // 4
