"""Every refusal, each shown to have changed no byte. These are the tests that would embarrass us most."""

import hashlib
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import LoopDiskFactory, LyingDriveFactory
from tests.lab.available import needs
from tests.lab.command import Eraser, Ran
from tests.lab.loop import LoopDisk
from tests.lab.loop import loop_disk as attached

pytestmark = pytest.mark.loop
MiB = 1 << 20


@pytest.fixture
def disk(loop_disk: LoopDiskFactory, tmp_path: Path) -> LoopDisk:
    """A disk full of data that nobody may lose."""
    image = tmp_path / "precious.img"
    image.write_bytes(b"precious" * (8 * MiB // 8))
    return loop_disk(image)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def swap_header(file: Path) -> bytes:
    """What a wipe would begin with. Behind it the kernel may write at any time."""
    return file.read_bytes()[:4096]


def refused(ran: Ran, *words: str) -> None:
    assert ran.code == 5, ran.out + ran.err
    (event,) = ran.of("refused")
    assert event["hint"]
    for word in words:
        assert word in event["message"], event


def run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True, timeout=60)


@contextmanager
def mounted(node: Path, place: Path) -> Iterator[None]:
    """A new file system on `node` with a file that nobody may lose, mounted at `place`."""
    needs("mkfs.ext4")
    # Else the kernel goes on writing its tables, and a slow test takes that for the tool's doing.
    run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", node)
    place.mkdir()
    run("mount", node, place)
    try:
        (place / "file").write_text("precious")
        run("sync", "-f", place)
        yield
    finally:
        run("umount", place)


@pytest.mark.tools("mkfs.btrfs")
@pytest.mark.skipif("btrfs" not in Path("/proc/filesystems").read_text(), reason="this kernel has no btrfs")
def test_every_disk_of_a_file_system_over_several(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """The list of mounts names only one of them."""
    disks = [loop_disk(128 * MiB) for _ in range(2)]
    place = tmp_path / "mounted"
    place.mkdir()
    run("mkfs.btrfs", "-q", "-f", "-d", "raid0", "-m", "raid1", *(disk.node for disk in disks))
    run("mount", disks[0].node, place)
    try:
        (place / "file").write_bytes(b"precious" * MiB)
        run("sync", "-f", place)
        for disk in disks:
            ran = eraser.wipe(disk.node)
            refused(ran, "btrfs" if str(disk.node) not in Path("/proc/mounts").read_text() else str(place))
        run("umount", place)
        run("mount", "-o", "ro", disks[1].node, place)
        assert (place / "file").read_bytes() == b"precious" * MiB
    finally:
        run("umount", place)


def test_without_a_confirmation_and_without_a_terminal(eraser: Eraser, disk: LoopDisk) -> None:
    before = digest(disk.backing)
    refused(eraser("wipe", disk.node, "--json"), "not confirmed")
    assert digest(disk.backing) == before
    assert eraser("ledger", "show", "--json").lines == [], "a refusal takes no number"


def test_a_wrong_confirmation(eraser: Eraser, disk: LoopDisk) -> None:
    before = digest(disk.backing)
    assert eraser("wipe", disk.node, "--confirm", "SOMEBODY-ELSE", "--json").code == 2
    assert digest(disk.backing) == before


def test_another_disks_confirmation(eraser: Eraser, disk: LoopDisk, loop_disk: LoopDiskFactory) -> None:
    """Two disks, one of them confirmed: the other is refused, and only the other."""
    second = loop_disk(4 * MiB)
    before = digest(disk.backing)
    ran = eraser("wipe", disk.node, second.node, "--confirm", eraser.confirm(second.node), "--json")
    assert ran.code == 5
    assert [event["target"] for event in ran.of("refused")] == [str(disk.node)]
    assert [event["outcome"] for event in ran.of("job-ended")] == ["erased"]
    assert digest(disk.backing) == before


def test_the_same_disk_named_twice(eraser: Eraser, disk: LoopDisk) -> None:
    before = digest(disk.backing)
    ran = eraser("wipe", disk.node, disk.node, "--confirm", eraser.confirm(disk.node))
    assert ran.code == 2
    assert digest(disk.backing) == before


def test_a_mounted_disk_and_a_mounted_partition(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    disk = loop_disk(32 * MiB)
    place = tmp_path / "mounted here"
    with mounted(disk.node, place):
        before = digest(disk.backing)
        refused(eraser.wipe(disk.node), "is mounted at", str(place))
        assert digest(disk.backing) == before


@pytest.mark.tools("mkfs.ext4", "sfdisk")
def test_a_mounted_partition_protects_the_whole_disk(
    eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path
) -> None:
    disk = loop_disk(32 * MiB)
    subprocess.run(
        ["sfdisk", "--quiet", str(disk.node)],
        input="label: dos\n2048,40960\n",
        text=True,
        check=True,
        capture_output=True,
    )
    run("partx", "--update", disk.node)
    part = Path(f"{disk.node}p1")
    run("mkfs.ext4", "-q", "-F", part)
    place = tmp_path / "mnt"
    place.mkdir()
    run("mount", "-o", "ro", part, place)  # else the file system itself writes, some seconds later
    try:
        before = digest(disk.backing)
        refused(eraser.wipe(disk.node), "is mounted at", part.name)
        refused(eraser("wipe", part, "--json"), "is a partition")
        assert digest(disk.backing) == before
    finally:
        run("umount", place)
        run("partx", "--delete", disk.node)


def test_swap(eraser: Eraser, loop_disk: LoopDiskFactory) -> None:
    disk = loop_disk(16 * MiB)
    run("mkswap", disk.node)
    run("swapon", disk.node)
    try:
        before = swap_header(disk.backing)
        refused(eraser.wipe(disk.node), "swap")
        assert swap_header(disk.backing) == before
    finally:
        run("swapoff", disk.node)


def test_a_file_that_the_kernel_swaps_to(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """As an image, under another name, and through a loop disk: refused before anything, not stopped by the kernel on the way."""
    place = tmp_path / "mnt"
    with mounted(loop_disk(64 * MiB).node, place):
        swap, other = place / "swap file", place / "other.img"
        swap.write_bytes(bytes(16 * MiB))
        other.hardlink_to(swap)
        run("chmod", "600", swap)
        run("mkswap", swap)
        run("swapon", swap)
        try:
            before = swap_header(swap)
            for name in (swap, other):
                refused(eraser("wipe", "--image", name, "--confirm", name.name, "--json"), "as swap")
            with attached(other, direct=False) as disk:
                refused(eraser.wipe(disk.node), "as swap")
            assert swap_header(swap) == before and eraser("ledger", "show", "--json").lines == []
        finally:
            run("swapoff", swap)


def test_read_only(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    image = tmp_path / "protected.img"
    image.write_bytes(b"precious" * MiB)
    disk = loop_disk(image, read_only=True)
    before = digest(image)
    refused(eraser.wipe(disk.node), "write-protected")
    assert digest(image) == before


def test_opened_exclusively_by_another_process(eraser: Eraser, disk: LoopDisk) -> None:
    before = digest(disk.backing)
    descriptor = os.open(disk.node, os.O_RDONLY | os.O_EXCL)
    try:
        refused(eraser.wipe(disk.node), "is being read by", f"({os.getpid()})")
    finally:
        os.close(descriptor)
    assert digest(disk.backing) == before


def test_open_for_writing_without_o_excl_as_a_virtual_machine_has_it(eraser: Eraser, disk: LoopDisk) -> None:
    before = digest(disk.backing)
    with disk.node.open("r+b", buffering=0):
        refused(eraser.wipe(disk.node), "open for writing")
    assert digest(disk.backing) == before


def test_the_disk_of_the_running_system(eraser: Eraser) -> None:
    """Whatever is under / is refused as such, by its real name; where / is no disk, the list must still not offer it."""
    for row in eraser("devices", "--json").lines:
        if any(use["kind"] == "system" for use in row["uses"]):
            assert not row["may_be_wiped"]
            refused(eraser("wipe", row["node"], "--confirm", row["confirm"], "--json"), "running system")


def test_a_medium_too_small(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    image = tmp_path / "tiny.img"
    image.write_bytes(b"x" * 2048)
    disk = loop_disk(image)
    refused(eraser.wipe(disk.node), "smaller than")
    assert image.read_bytes() == b"x" * 2048


def test_what_is_no_device(eraser: Eraser, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"precious")
    refused(eraser("wipe", file, "--json"), "not a block device")
    refused(eraser("wipe", tmp_path / "nothing", "--json"), "no device")
    refused(eraser("wipe", "/dev/null", "--json"), "not a block device")
    assert file.read_bytes() == b"precious"


def test_an_image_that_is_attached_as_a_loop_disk(eraser: Eraser, disk: LoopDisk) -> None:
    before = digest(disk.backing)
    ran = eraser("wipe", "--image", disk.backing, "--confirm", disk.backing.name, "--json")
    refused(ran, "attached as")
    assert digest(disk.backing) == before


def test_an_image_without_a_confirmation(eraser: Eraser, tmp_path: Path) -> None:
    image = tmp_path / "image.img"
    image.write_bytes(b"precious" * MiB)
    refused(eraser("wipe", "--image", image, "--json"), "not confirmed")
    assert image.read_bytes() == b"precious" * MiB


def test_a_character_that_the_certificate_could_not_show(eraser: Eraser, disk: LoopDisk) -> None:
    before = digest(disk.backing)
    ran = eraser.wipe(disk.node, "--operator", "\U0001f600")
    refused(ran, "U+1F600")
    assert digest(disk.backing) == before


@pytest.mark.nbd
def test_a_second_eraser_on_the_same_disk(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=8 * MiB, rate=2 * MiB)
    confirm = eraser.confirm(drive.node)
    first = eraser.start("wipe", drive.node, "--confirm", confirm, "--json", "--method", "keyed")
    try:
        assert first.stdout is not None
        assert '"job-started"' in first.stdout.readline()
        assert eraser("wipe", drive.node, "--confirm", confirm, "--json").code == 5
        out: list[str] = []
        reader = threading.Thread(target=lambda: out.extend(first.stdout))  # type: ignore[arg-type]
        reader.start()
        assert first.wait(timeout=120) == 0
        reader.join(10)
    finally:
        first.kill()
        first.wait()


def test_out_directory_that_cannot_be_written(eraser: Eraser, disk: LoopDisk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    before = digest(disk.backing)
    ran = eraser.wipe(disk.node, "--out", tmp_path / "file" / "out")
    assert ran.code == 1
    assert digest(disk.backing) == before


def test_a_disk_below_a_mounted_loop_disk(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """The kernel lists no holder for a loop disk, and O_EXCL doesn't mind it."""
    disk = loop_disk(32 * MiB)
    above = loop_disk(disk.node)
    place = tmp_path / "mnt"
    with mounted(above.node, place):
        before = digest(disk.backing)
        refused(eraser.wipe(disk.node), above.node.name, str(place))
        assert digest(disk.backing) == before


def test_a_loop_disk_over_a_mounted_disk(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """The other way round: what would be lost lies below, and the loop disk itself is used by nobody."""
    disk = loop_disk(32 * MiB)
    place = tmp_path / "mnt"
    with mounted(disk.node, place):
        before = digest(disk.backing)
        refused(eraser.wipe(loop_disk(disk.node).node), "built on other disks")
        assert digest(disk.backing) == before


def test_two_loop_disks_over_one_file(eraser: Eraser, disk: LoopDisk, loop_disk: LoopDiskFactory) -> None:
    other = loop_disk(disk.backing)
    before = digest(disk.backing)
    refused(eraser.wipe(disk.node), other.node.name)
    assert digest(disk.backing) == before


def test_a_loop_disk_whose_file_is_open_for_writing(eraser: Eraser, disk: LoopDisk) -> None:
    before = digest(disk.backing)
    with disk.backing.open("r+b", buffering=0):
        refused(eraser.wipe(disk.node), "open for writing")
    assert digest(disk.backing) == before


def test_an_image_attached_under_a_name_that_is_gone(
    eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.img", tmp_path / "second.img"
    first.write_bytes(b"precious" * MiB)
    second.hardlink_to(first)
    loop_disk(first)
    first.unlink()
    refused(eraser("wipe", "--image", second, "--confirm", second.name, "--json"), "attached as")
    assert second.read_bytes() == b"precious" * MiB


def test_open_for_writing_through_a_node_elsewhere(eraser: Eraser, disk: LoopDisk, tmp_path: Path) -> None:
    node = tmp_path / "node"
    os.mknod(node, 0o600 | 0o060000, disk.node.stat().st_rdev)
    before = digest(disk.backing)
    with node.open("r+b", buffering=0):
        refused(eraser.wipe(disk.node), "open for writing")
    assert digest(disk.backing) == before


def test_one_word_confirms_no_two_images(eraser: Eraser, tmp_path: Path) -> None:
    images = [tmp_path / folder / "disk.img" for folder in ("wanted", "precious")]
    for image in images:
        image.parent.mkdir()
        image.write_bytes(b"precious" * 8192)
    ran = eraser("wipe", "--image", *images, "--confirm", "disk.img", "--json")
    assert ran.code == 5
    assert [str(images[1]) in event["message"] for event in ran.of("refused")] == [True, True]
    assert all(image.read_bytes() == b"precious" * 8192 for image in images)
    ran = eraser("wipe", "--image", *images, "--confirm", images[0], "--json", "--method", "keyed")
    assert [event["target"] for event in ran.of("refused")] == [str(images[1])]
    assert images[1].read_bytes() == b"precious" * 8192
    assert b"precious" not in images[0].read_bytes()


def test_the_stations_own_files_are_no_images(eraser: Eraser, disk: LoopDisk, tmp_path: Path) -> None:
    eraser("key", "create")
    assert eraser.wipe(disk.node, "--method", "keyed").code == 0
    link = tmp_path / "link.img"
    link.symlink_to(eraser.home / "ledger.sqlite")
    for file in (link, next((eraser.home / "certificates").glob("*.pdf"))):
        before = digest(file)
        ran = eraser("wipe", "--image", file, "--confirm", file.resolve().name, "--json")
        assert (ran.code, "own folder" in ran.err) == (5, True), ran.out + ran.err
        assert digest(file) == before


def test_two_photographs_of_one_name(eraser: Eraser, disk: LoopDisk, tmp_path: Path) -> None:
    photos = [tmp_path / folder / "IMG_0001.jpg" for folder in ("before", "after")]
    for photo in photos:
        photo.parent.mkdir()
        photo.write_bytes(b"never looked at")
    before = digest(disk.backing)
    assert eraser.wipe(disk.node, "--photo", photos[0], "--photo", photos[1]).code == 2
    assert digest(disk.backing) == before


def test_the_stations_own_files_by_another_name_and_under_a_loop_disk(
    eraser: Eraser, disk: LoopDisk, tmp_path: Path
) -> None:
    """A hard link is the same file, and a loop disk over it leads to it."""
    eraser("key", "create")
    assert eraser.wipe(disk.node, "--method", "keyed").code == 0
    link = tmp_path / "image.img"
    link.hardlink_to(eraser.home / "ledger.sqlite")
    before = digest(link)
    ran = eraser("wipe", "--image", link, "--confirm", link.name, "--json")
    assert (ran.code, "the same file as" in ran.err) == (5, True), ran.out + ran.err
    with attached(link) as over:
        ran = eraser("wipe", over.node, "--confirm", eraser.confirm(over.node), "--json")
        assert ran.code == 5, ran.out + ran.err
    assert digest(link) == before


def test_no_file_that_the_order_is_made_of_is_an_image(eraser: Eraser, tmp_path: Path) -> None:
    """The order sheet, the logo, and a photograph with an equals sign in its name, each by another name."""
    sheet, photo, logo = tmp_path / "order.toml", tmp_path / "a=b.png", tmp_path / "logo.png"
    sheet.write_text(f"operator = 'Sample'\n#{'x' * 8192}\n")
    for picture in (photo, logo):
        shades = Image.effect_noise((120, 120), 80)
        shades.save(picture)
    eraser.home.mkdir(mode=0o700)
    (eraser.home / "config.toml").write_text(f"[issuer]\nname = 'Sample'\nlogo = '{logo}'\n")
    for file in (sheet, photo, logo):
        link = tmp_path / "image.img"
        link.hardlink_to(file)
        before = digest(link)
        words = ("--from", sheet, "--photo", f"The rack={photo}", "--confirm", link.name, "--json")
        ran = eraser("wipe", "--image", link, *words)
        assert (ran.code, f"the same file as {file}" in ran.err) == (5, True), ran.out + ran.err
        assert digest(link) == before
        link.unlink()
