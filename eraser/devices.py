"""Finding media: what is attached, who it is, what it can do. From sysfs; udev, where it runs, fills in."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from certificates.errors import Refused
from certificates.identity import is_placeholder
from certificates.record import MediaType, Medium
from eraser import nodes, serials, siblings, udev, usage
from eraser.file_birth import birth
from eraser.sysfs import SYS_BLOCK, clean, flag, number, text
from verifier.crew import Queue
from verifier.reading import IMAGE_SECTOR_BYTES, diskseq, ioctl_number

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
FS_IOC_GETVERSION = 0x80087601
LASTING = ("kind", "vendor", "model", "serial", "wwn", "bus", "capacity_bytes", "logical_sector_bytes")


# What is the same as long as a medium isn't unplugged, or a file replaced: two numbers, and in which run of the kernel, or of which file
# ("" where nobody can say): diskseq begins anew at each start of the machine, and file systems give inode numbers out again.
Attachment = tuple[int | str, ...]


class Device(msgspec.Struct, frozen=True):
    """One medium as it is now: its identity, and everything that the guard has to know.

    `uses`: what uses it. `attachment`: which one this look found; `changed`: of an image file, when its inode last changed (ns).
    """

    medium: Medium
    device_number: int
    kind: str  # disk, partition, optical, image or other (a mapper, a RAID array, memory)
    read_only: bool
    uses: tuple[usage.Use, ...]
    attachment: Attachment = ()
    changed: int | None = None
    paths: tuple[str, ...] = ()  # other nodes that lead to the same medium

    @property
    def confirm(self) -> str:
        """What `--confirm` takes for this medium when no other one answers to it: serial, WWN, or where it is plugged in.

        A number that stands for a missing one (000000000000, 0123456789ABCDEF) is shown, but confirms nothing.
        """
        if self.kind == "image":
            return self.medium.node
        names = ((self.medium.serial, "serial"), (self.medium.wwn, "wwn"))
        return next((name for name, part in names if name and not is_placeholder(name, part)), self.precise)

    @property
    def nodes_beside(self) -> tuple[str, ...]:
        """The other paths that can be opened: the kernel hides the single paths of an NVMe drive with several, and opens them to nobody."""
        return tuple(node for node in self.paths if nodes.number_in(SYS_BLOCK / nodes.name_at(node)))

    @property
    def precise(self) -> str:
        """Never ambiguous: the serial, if there is one, with the node's name and the number of this very attachment.

        Places (ID_PATH) won't do: an SD card's boot areas share theirs with the card. And this one dies with the attachment.
        """
        if self.kind == "image":
            return self.medium.path or self.medium.node
        name = Path(self.medium.node).name
        attachment = f"{name}-{self.medium.path if self.medium.diskseq is None else self.medium.diskseq}"
        who = self.medium.serial or self.medium.wwn
        return f"{who}@{attachment}" if who else attachment


def attached() -> tuple[Device, ...]:
    """Every disk-like block device that the kernel has, sorted by name. Empty loop and memory devices are left out."""
    table, ask = usage.look(), udev.asking()
    return tuple(_describe(name, ask, table) for name in _names())


def media() -> tuple[Medium, ...]:
    """Who is attached now, without looking at who uses it."""
    ask = udev.asking()
    return tuple(sorted((_whole(name, ask) for name in _names()), key=lambda medium: medium.node))


def _names() -> list[str]:
    """The kernel's names of all whole devices that hold something or could."""
    entries = sorted(SYS_BLOCK.iterdir())
    return [
        entry.name
        for entry in entries
        if not (entry / "partition").exists() and not flag(entry / "hidden") and not _is_idle_helper(entry.name)
    ]


def is_like(now: Medium, then: Medium) -> bool:
    """The same in all that stays when a medium is plugged in again, perhaps elsewhere."""
    # A part is named only while there are others beside it: the next card in a reader comes and goes.
    same_part = now.part == then.part or None in (now.part, then.part)
    return same_part and all(getattr(now, field) == getattr(then, field) for field in LASTING)


def at(target: str) -> Device:
    """The device behind a node or a link to one (/dev/disk/by-id/...). Raises Refused if there is none."""
    try:
        node = Path(target).resolve(strict=True)
        status = node.stat()
    except PermissionError as error:
        raise Refused("refused.permission", node=target, detail=error.strerror) from error
    except (OSError, RuntimeError) as error:  # a loop of symlinks is a RuntimeError
        raise Refused("refused.missing", target=target, detail=getattr(error, "strerror", error)) from error
    if not stat.S_ISBLK(status.st_mode):
        raise Refused("refused.not_a_device", target=target)
    link = Path(f"/sys/dev/block/{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}")
    if not link.exists():
        raise Refused("refused.missing", target=target, detail=str(link))
    name = link.resolve().name
    return _describe(name, udev.asking(), usage.look())


def medium_at(node: str) -> Medium:
    """Who is at this node now, without looking at who uses it. Raises Refused if nothing is there."""
    name = Path(node).name.replace("/", "!")
    if not (SYS_BLOCK / name).exists():
        raise Refused("refused.missing", target=node, detail=name)
    return _describe(name, udev.asking(), usage.NOTHING).medium


def again(device: Device) -> Device:
    """The same medium as it is now. Raises Refused if it is gone, or if another one is in its place: the first look is what counts."""
    now = image(device.medium.path or "") if device.kind == "image" else at(device.medium.node)
    if (detail := difference(device, now)) is not None:
        raise Refused("refused.changed", node=device.medium.node, detail=detail)
    return now


def difference(first: Device, now: Device) -> str | None:
    """In what two looks at one name differ, if they found different media: "size: 16777216 -> 50331648"."""
    fields = ("node", *LASTING, "diskseq", *(("path",) if first.medium.bus == "loop" else ()))
    seen = [(field, getattr(first.medium, field), getattr(now.medium, field)) for field in fields]
    seen += [(field, getattr(first, field), getattr(now, field)) for field in ("kind", "attachment", "changed")]
    return next((f"{field}: {was} -> {here}" for field, was, here in seen if was != here), None)


def attachment(descriptor: int) -> Attachment:
    """The attachment of an open medium."""
    status = os.fstat(descriptor)
    if stat.S_ISBLK(status.st_mode):
        return _attachment(status.st_rdev, diskseq(descriptor))
    try:
        generation = f"generation {ioctl_number(descriptor, FS_IOC_GETVERSION, 'q')}"
    except OSError:
        born = birth(descriptor)
        generation = "" if born is None else f"born {born}"
    return status.st_ino, status.st_dev, generation


def _attachment(device_number: int, sequence: int | None) -> Attachment:
    # A loop disk can be moved to another part of its file without being detached.
    start = number(Path(f"/sys/dev/block/{os.major(device_number)}:{os.minor(device_number)}/loop/offset"))
    boot = BOOT_ID.read_text().strip() if sequence else ""
    return (device_number, sequence or 0, *(() if start is None else (start,)), boot)


def queue(node: str) -> Queue:
    """What the device takes at once. A USB stick says one request; NVMe says nothing, and takes more than anybody needs."""
    system = SYS_BLOCK / Path(node).name
    kibibytes = number(system / "queue/max_sectors_kb")
    return Queue(None if kibibytes is None else kibibytes << 10, number(system / "device/queue_depth"))


def image(path: str) -> Device:
    """A raw image file, dealt with as a medium. Raises Refused if it is none, or if this user may not read it."""
    try:
        file = Path(path).resolve(strict=True)
        if not stat.S_ISREG(file.stat().st_mode):
            raise Refused("refused.not_a_file", target=path)
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except PermissionError as error:
        raise Refused("refused.permission", node=path, detail=error.strerror) from error
    except (OSError, RuntimeError) as error:
        raise Refused("refused.missing", target=path, detail=getattr(error, "strerror", error)) from error
    try:
        status, attached_as = os.fstat(descriptor), attachment(descriptor)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise Refused("refused.not_a_file", target=path)
    medium = Medium(
        kind="image-file",
        node=file.name,
        vendor=None,
        model=None,
        serial=None,
        wwn=None,
        firmware=None,
        bus=None,
        media_type="unknown",
        rotational=None,
        removable=None,
        capacity_bytes=status.st_size,
        logical_sector_bytes=IMAGE_SECTOR_BYTES,
        physical_sector_bytes=IMAGE_SECTOR_BYTES,
        path=str(file),
        diskseq=None,
    )
    read_only = not os.access(file, os.W_OK)
    return Device(medium, status.st_ino, "image", read_only, usage.of_file(file), attached_as, status.st_ctime_ns)


Asking = Callable[[str], udev.Properties]


def _describe(name: str, ask: Asking, table: usage.Table) -> Device:
    system = SYS_BLOCK / name
    kind = "other" if table.is_over_a_disk(name) else _kind(name, system)
    medium, device_number = _whole(name, ask), table.number_of(name)
    paths = tuple(f"/dev/{path.replace('!', '/')}" for path in table.paths_of(name))
    return Device(
        medium,
        device_number,
        kind,
        bool(flag(system / "ro")),
        table.uses_of(name),
        _attachment(device_number, medium.diskseq),
        paths=paths,
    )


def _whole(name: str, ask: Asking) -> Medium:
    """The medium, and what else its drive holds."""
    return siblings.completed(name, _medium(name, ask(name)), lambda other: _medium(other, ask(other)))


def _medium(name: str, told: Mapping[str, str]) -> Medium:
    system = SYS_BLOCK / name
    real = system.resolve()
    disk = real.parent if (system / "partition").exists() else real
    bus = _bus(name, disk, told)
    removable = flag(disk / "removable")
    rotational = flag(disk / "queue/rotational")
    logical = number(disk / "queue/logical_block_size") or 512
    return Medium(
        kind="block-device",
        node=f"/dev/{name.replace('!', '/')}",
        vendor=_vendor(disk),
        model=clean(text(disk / "device/model") or told.get("ID_MODEL", "").replace("_", " ")),
        serial=serials.serial(disk, bus, told),
        wwn=serials.wwn(disk, told),
        firmware=clean(text(disk / "device/firmware_rev") or text(disk / "device/rev")),
        bus=bus,
        media_type=_media_type(name, bus, rotational, removable),
        rotational=rotational,
        removable=removable,
        capacity_bytes=(number(system / "size") or 0) * 512,
        logical_sector_bytes=logical,
        physical_sector_bytes=number(disk / "queue/physical_block_size") or logical,
        path=clean(told.get("ID_PATH")) or _place(name, real),
        diskseq=number(disk / "diskseq"),
        unmaps=_unmaps(disk),
    )


def _unmaps(disk: Path) -> bool | None:
    """Can blocks be given up? What the queue takes now, what it could take, and what a SCSI disk says of itself."""
    limits = [number(disk / f"queue/{name}") for name in ("discard_max_bytes", "discard_max_hw_bytes")]
    limits += [number(flag) for flag in disk.glob("device/scsi_disk/*/thin_provisioning")]
    told = [limit > 0 for limit in limits if limit is not None]
    return any(told) if told else None


def _kind(name: str, system: Path) -> str:
    if (system / "partition").exists():
        return "partition"
    if name.startswith("sr"):
        return "optical"
    if name.startswith(("dm-", "md", "zram", "ram", "bcache", "drbd")):
        return "other"
    return "disk"


def _is_idle_helper(name: str) -> bool:
    return name.startswith(("loop", "ram", "nbd", "zram")) and not number(SYS_BLOCK / name / "size")


def _bus(name: str, disk: Path, told: Mapping[str, str]) -> str | None:
    """The whole chain of parents tells USB even where a bridge makes udev say "ata"."""
    if "/usb" in str(disk):
        return "usb"
    for prefix, bus in (("nvme", "nvme"), ("mmcblk", "mmc"), ("vd", "virtio"), ("loop", "loop"), ("nbd", "nbd")):
        if name.startswith(prefix):
            return bus
    # A SATA disk at a SAS controller is at no /ata; the kernel's translation gives it this vendor.
    if "/ata" in str(disk) or clean(text(disk / "device/vendor")) == "ATA":
        return "ata"
    return told.get("ID_BUS") or ("scsi" if name.startswith(("sd", "sr")) else None)


def _media_type(name: str, bus: str | None, rotational: bool | None, removable: bool | None) -> MediaType:
    """Only what is sure: a USB stick calls itself rotational, and a bridge hides whether a disk or an SSD is behind it."""
    if name.startswith("sr"):
        return "optical"
    if bus == "usb":
        return "usb-flash" if removable else "unknown"
    if bus == "nvme":
        return "nvme-ssd"
    if bus == "mmc":
        return "sd-emmc"
    if bus == "ata":
        return "magnetic-disk" if rotational else "sata-ssd"
    return "unknown"


def _vendor(disk: Path) -> str | None:
    """SCSI and USB give a name; NVMe and virtio a PCI number, which tells a person nothing."""
    vendor = clean(text(disk / "device/vendor"))
    return None if vendor is None or vendor.startswith("0x") else vendor


def _place(name: str, real: Path) -> str | None:
    """Where udev gives no ID_PATH: the backing file of a loop device, else the parent's place in /sys."""
    backing = text(SYS_BLOCK / name / "loop/backing_file")
    if backing:
        return backing.strip()
    if "virtual" in real.parts:
        return None
    return str(real.parent.parent).removeprefix("/sys/devices/")
