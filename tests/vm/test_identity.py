"""Who a medium is, on real drives: its label's number, which part of the drive it is, and that another one in its place is noticed."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from certificates.errors import Refused
from certificates.parts import of_the_drive
from eraser import devices
from eraser.devices import Device
from eraser.target import Target
from tests.lab import usb, vm
from tests.lab.forked import ForkedEraser
from tests.lab.wait import until
from tests.vm.conftest import ScsiDebugFactory

pytestmark = pytest.mark.vm


def of_serial(serial: str, count: int) -> tuple[Device, ...]:
    """The disks that say this serial number, by node."""

    def find() -> tuple[Device, ...]:
        found = tuple(each for each in devices.attached() if each.medium.serial == serial)
        return found if len(found) == count else ()

    usb.settle()
    return until(find, f"{count} disks of serial {serial}", 300)


def test_a_sas_disk_is_known_by_the_number_on_its_label(eraser: ForkedEraser) -> None:
    """The unit serial number, with the WWN beside it; either confirms it."""
    subprocess.run(["modprobe", "virtio_scsi"], check=True, timeout=300)
    (disk,) = of_serial(vm.SAS, 1)
    medium = disk.medium
    assert (medium.wwn, medium.bus, medium.part, medium.siblings) == ("0x5000c50000000001", "scsi", None, ())
    assert eraser("wipe", medium.node, "--confirm", medium.wwn, "--dry-run").code == 0
    ran = eraser("wipe", medium.node, "--confirm", vm.SAS, "--json")
    assert ran.code == 0, ran.out + ran.err
    assert (ran.record["medium"]["serial"], ran.record["medium"]["wwn"]) == (vm.SAS, medium.wwn)


def test_udev_may_be_missing_and_the_number_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["modprobe", "virtio_scsi"], check=True, timeout=300)
    asked = [*of_serial(vm.SAS, 1), *of_serial(vm.NVME, 1), *of_serial(vm.STICK, 1), *of_serial(vm.TWO_UNITS, 2)]
    monkeypatch.setattr("eraser.udev.asking", lambda: lambda _: {})
    without = {each.medium.node: each.medium for each in devices.attached()}
    for each in asked:
        now = without[each.medium.node]
        assert (now.serial, now.wwn, now.bus, now.part) == tuple(
            getattr(each.medium, name) for name in ("serial", "wwn", "bus", "part")
        )


def test_scsi_debug_has_a_serial_number_that_is_not_its_wwn(scsi_debug: ScsiDebugFactory) -> None:
    medium = devices.at(str(scsi_debug(dev_size_mb=8))).medium
    page = Path(f"/sys/class/block/{Path(medium.node).name}/device/vpd_pg80").read_bytes()
    assert medium.serial == page[4:].decode().strip()
    assert medium.wwn is not None and medium.wwn.startswith("0x") and medium.wwn != medium.serial


def test_one_name_space_of_two_is_not_the_drive(eraser: ForkedEraser) -> None:
    """The papers say which part was erased and what else there is; the other part is untouched."""
    first, second = of_serial(vm.TWO_SPACES, 2)
    assert (first.medium.part, second.medium.part) == ("1", "2")
    assert [(each.part, each.node, each.wwn) for each in of_the_drive(first.medium)] == [
        ("2", second.medium.node, second.medium.wwn)
    ]
    shown = eraser("devices", "--lang", "en").out
    assert f"namespace 2 ({second.medium.node}, 8.38 MB)" in shown
    before = Path(second.medium.node).read_bytes()

    # The number of the drive is that of both: it confirms neither.
    ran = eraser("wipe", first.medium.node, "--confirm", vm.TWO_SPACES, "--json")
    assert ran.code == 5 and "more than one medium" in ran.of("refused")[0]["message"]
    ran = eraser("wipe", first.medium.node, "--confirm", eraser.confirm(Path(first.medium.node)), "--json")
    assert ran.code == 0, ran.out + ran.err
    assert any("only a part of the drive (namespace 1)" in sentence for sentence in ran.job["proves"])
    assert [each["part"] for each in ran.record["medium"]["siblings"]] == ["2"]
    assert "other-parts" in ran.record["residual_risks"]
    paper = ["pdftotext", str(ran.paper(".pdf")), "-"]
    text = subprocess.run(paper, check=True, capture_output=True, text=True, timeout=300).stdout
    text = re.sub(r"\s+", "", text)
    assert "thepartofadrivenamedbelow" in text and second.medium.node in text and "名前空間" in text
    assert Path(second.medium.node).read_bytes() == before
    assert eraser("audit", ran.paper(".pdf")).code == 0


def test_the_logical_units_of_one_target_are_parts_of_it() -> None:
    subprocess.run(["modprobe", "virtio_scsi"], check=True, timeout=300)
    first, second = of_serial(vm.TWO_UNITS, 2)
    for one, other in ((first, second), (second, first)):
        assert [(each.kind, each.node) for each in of_the_drive(one.medium)] == [("unit", other.medium.node)]


def test_another_stick_of_the_same_serial_in_the_place_of_the_one_that_was_looked_at(
    same_serial_sticks: tuple[Path, Path], unplug: Callable[[Path], Path], replug: Callable[[Path], Path]
) -> None:
    first, second = same_serial_sticks
    looked_at = devices.at(str(first))
    ports = [unplug(first), unplug(second)]
    other = replug(ports[1])
    assert other == first, "it gets the node that was given up"
    before = other.read_bytes()
    with pytest.raises(Refused, match="no longer the medium"):
        devices.again(looked_at)
    with pytest.raises(Refused, match="no longer the medium"), Target(looked_at):
        pytest.fail("held")
    assert other.read_bytes() == before
    replug(ports[0])
