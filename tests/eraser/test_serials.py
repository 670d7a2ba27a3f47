"""Which of several numbers is the serial number, by transport; and which parts a memory card has.

Pretended folders of /sys: no such bridge or card can be had here. Real disks of each other kind are in tests/vm/test_identity.py.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from certificates.record import Medium
from eraser import devices, guard, serials, siblings
from eraser.devices import Device
from tests.certificates import samples


def folder(root: Path, **files: str | bytes) -> Path:
    """A disk's folder; two underscores stand for a slash."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        file = root / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def page(text: bytes, code: int = 0x80) -> bytes:
    return bytes([0, code]) + len(text).to_bytes(2, "big") + text


@pytest.mark.parametrize(
    ("unit", "udev", "expected"),
    [
        (page(b"  ZA1B2C3D  \0\0"), {"ID_SERIAL_SHORT": "5000c500a1b2c3d4"}, "ZA1B2C3D"),
        (page(b"ZA1B2C3D") + b"rubbish behind it", {}, "ZA1B2C3D"),
        (b"", {"ID_SCSI_SERIAL": "ZA1B2C3D", "ID_SERIAL_SHORT": "5000c500a1b2c3d4"}, "ZA1B2C3D"),
        (page(b"    "), {"ID_SERIAL_SHORT": "5000c500a1b2c3d4", "ID_WWN": "0x5000c500a1b2c3d4"}, None),
        (page(b"ZA", code=0x83), {}, None),
        (page(b"\xff\x01AB"), {}, "??AB"),
    ],
)
def test_a_scsi_disks_wwn_is_never_its_serial_number(
    unit: bytes, udev: dict[str, str], expected: str | None, tmp_path: Path
) -> None:
    disk = folder(tmp_path / "sda", device__vpd_pg80=unit, device__wwid="naa.5000c500a1b2c3d4\n")
    assert serials.serial(disk, "scsi", udev) == expected
    assert serials.wwn(disk, udev) == "0x5000c500a1b2c3d4"


def test_behind_a_bridge_it_is_the_disks_number_if_it_can_be_had(tmp_path: Path) -> None:
    bridge = folder(tmp_path / "usb1/1-1", idVendor="0bda", serial="0123456789ABCDEF\n")
    disk = folder(bridge / "host6/target6:0:0/6:0:0:0/block/sdb", removable="0")
    assert serials.serial(disk, "usb", {}) == "0123456789ABCDEF"
    folder(disk, device__vpd_pg80=page(b"WD-WX31A80K7742"))
    assert serials.serial(disk, "usb", {}) == "WD-WX31A80K7742"
    assert serials.serial(disk, "usb", {"ID_BUS": "ata", "ID_SERIAL_SHORT": "WD-IDENTIFY"}) == "WD-IDENTIFY"
    # A stick's own number goes before what its SCSI emulation makes up.
    folder(disk, removable="1")
    assert serials.serial(disk, "usb", {}) == "0123456789ABCDEF"


@pytest.mark.parametrize("serial", ["0123456789ABCDEF", "000000000000", "123456789012", "0000", "ABCDEF0123456789"])
def test_a_number_that_thousands_bear_confirms_nothing(serial: str) -> None:
    medium = msgspec.structs.replace(samples.STICK, serial=serial, wwn=None, node="/dev/sdb", diskseq=7)
    device = Device(medium, 0, "disk", False, ())
    assert device.confirm == f"{serial}@sdb-7" == guard.answers_to(device, (device,))
    (reason,) = guard.identity_reasons(device, {serial}, (device,))
    assert reason.key == "guard.placeholder" and reason.values["precise"] == device.precise and reason.text()
    assert guard.identity_reasons(device, {device.precise}, (device,)) == ()


def test_serial_number_and_wwn_confirm_each_by_itself_where_no_other_medium_has_it() -> None:
    one, two = (
        Device(
            msgspec.structs.replace(samples.NAMESPACE, node=f"/dev/nvme0n{n}", wwn=f"eui.{n:016x}", diskseq=n),
            n,
            "disk",
            False,
            (),
        )
        for n in (1, 2)
    )
    both = (one, two)
    serial = str(one.medium.serial)
    assert guard.answers_to(one, both) == one.medium.wwn
    assert guard.identity_reasons(one, {str(one.medium.wwn)}, both) == ()
    assert guard.identity_reasons(one, {serial}, both)[0].key == "guard.ambiguous"
    assert guard.identity_reasons(one, {str(two.medium.wwn)}, both)[0].key == "guard.unconfirmed"
    assert guard.identity_reasons(one, {serial}, (one,)) == ()


def test_the_boot_areas_of_a_card_belong_to_it_and_share_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = folder(tmp_path / "mmc0:0001", cid="15" * 16, serial="0x1234abcd\n", raw_rpmb_size_mult="0x20\n")
    disk = folder(card / "block/mmcblk0", size="1000", device__serial="0x1234abcd")
    boot = folder(disk / "mmcblk0boot0", size="8")
    folder(disk / "mmcblk0p1", partition="1")
    shown = folder(tmp_path / "class")
    for each in (disk, boot, disk / "mmcblk0p1"):
        (shown / each.name).symlink_to(each)
    monkeypatch.setattr("eraser.sysfs.SYS_BLOCK", shown)
    bare = msgspec.structs.replace(samples.STICK, bus="mmc", wwn=None)

    def describe(name: str) -> Medium:
        return msgspec.structs.replace(
            bare, node=f"/dev/{name}", serial=serials.serial((shown / name).resolve(), "mmc", {})
        )

    user, other = (siblings.completed(name, describe(name), describe) for name in ("mmcblk0", "mmcblk0boot0"))
    assert (user.part, [(each.kind, each.part) for each in user.siblings]) == (
        "user",
        [("area", "boot0"), ("replay-protected", "rpmb")],
    )
    assert (other.part, other.siblings[0].part) == ("boot0", "user")
    assert user.serial == other.serial == "0x1234abcd"
    assert user.siblings[1].capacity_bytes == 4 << 20
    partition = describe("mmcblk0p1")
    assert siblings.completed("mmcblk0p1", partition, describe) == partition


def test_the_units_of_a_usb_device_are_told_apart_wherever_it_is_plugged_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card in the next slot is another medium as a rule; the disk in the next bay of a dock is, if it says another number."""
    shown = folder(tmp_path / "class")
    monkeypatch.setattr("eraser.sysfs.SYS_BLOCK", shown)
    device = folder(tmp_path / "usb1/1-1", idVendor="0bda")
    places = (
        "1-1:1.0/host6/target6:0:0/6:0:0:0",
        "1-1:1.0/host6/target6:0:0/6:0:0:1",
        "1-1:1.1/host7/target7:0:0/7:0:0:0",
    )
    for place, name in zip(places, ("sdb", "sdc", "sdd"), strict=True):
        disk = folder(device / place / "block" / name, size="1000")
        (disk / "device").symlink_to(device / place)
        (shown / name).symlink_to(disk)

    def seen(**more: object) -> list[list[tuple[str, str]]]:
        def describe(name: str) -> Medium:
            made = msgspec.structs.replace(samples.STICK, node=f"/dev/{name}", **more)
            return msgspec.structs.replace(made, serial=f"N-{name}") if more.get("serial") == "own" else made

        found = [siblings.completed(name, describe(name), describe) for name in ("sdb", "sdc", "sdd")]
        return [[(each.kind, each.part) for each in medium.siblings] for medium in found]

    assert seen(removable=True)[0] == [("slot", "1"), ("slot", "1.1/0")]
    assert seen(removable=False)[2] == [("unit", "0"), ("unit", "1")]
    assert seen(removable=False, serial="own") == [[], [], []]
    assert seen(removable=True, capacity_bytes=0) == [[], [], []]


def test_a_card_is_known_again_when_the_one_beside_it_is_gone() -> None:
    alone = samples.STICK
    beside = msgspec.structs.replace(alone, part="0")
    assert devices.is_like(beside, alone) and devices.is_like(alone, beside)
    assert not devices.is_like(beside, msgspec.structs.replace(alone, part="1"))
