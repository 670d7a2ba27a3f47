"""Who uses a medium: openers of every kind, paths that no name in /dev shows, and looks that can't be complete."""

import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from eraser import devices, guard, kernel_users, nodes, usage
from eraser.commands.devices import asked_of_the_kernel
from eraser.devices import Device
from eraser.kernel_users import KernelUsers
from eraser.nodes import Node, Thing
from eraser.processes import Mounted, Opener, Unseen, _Look
from eraser.usage import Table, Use
from tests.certificates import samples
from tests.conftest import LoopDiskFactory
from tests.lab.command import Eraser, Ran
from tests.lab.loop import LoopDisk
from tests.lab.loop import loop_disk as attached
from tests.lab.wait import until

MiB = 1 << 20
root_only = pytest.mark.loop


@pytest.fixture
def disk(loop_disk: LoopDiskFactory, tmp_path: Path) -> LoopDisk:
    """A disk full of data that nobody may lose."""
    image = tmp_path / "precious.img"
    image.write_bytes(b"precious" * (4 * MiB // 8))
    return loop_disk(image)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    file = tmp_path / "image.img"
    file.write_bytes(b"precious" * (MiB // 8))
    return file


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refused(ran: Ran, *words: str) -> None:
    assert ran.code == 5, ran.out + ran.err
    (event,) = ran.of("refused")
    for word in words:
        assert word in event["message"], event


def run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True, timeout=60)


@contextmanager
def another_process(code: str, *arguments: object, before: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[str]]:
    """Python that runs `code` (with `a`, its arguments), says so, and stays until the end of the block."""
    text = f"import fcntl, mmap, os, socket, subprocess, sys\na = sys.argv[1:]\n{code}\nprint('ready', flush=True)\nsys.stdin.read()"
    words = [*before, sys.executable, "-c", text, *(str(each) for each in arguments)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def wiped_image(eraser: Eraser, image: Path, *more: object) -> Ran:
    return eraser("wipe", "--image", image, "--confirm", image.name, "--json", "--method", "keyed", *more)


OPEN_FOR_READING = "f = os.open(a[0], os.O_RDONLY)"
MAPPED_AND_CLOSED = "f = os.open(a[0], os.O_RDWR); m = mmap.mmap(f, 4096); os.close(f)"
MAPPED_TO_READ = "f = os.open(a[0], os.O_RDONLY); m = mmap.mmap(f, 4096, prot=mmap.PROT_READ); os.close(f)"
IN_FLIGHT = "p, q = socket.socketpair(); f = os.open(a[0], os.O_RDWR); socket.send_fds(p, [b'x'], [f]); os.close(f)"
IN_A_QUEUE_NOT_YET_ACCEPTED = (
    "s = socket.socket(socket.AF_UNIX); s.bind('\\0eraser-test-%d' % os.getpid()); s.listen(); c = socket.socket(socket.AF_UNIX);"
    "c.connect(s.getsockname()); f = os.open(a[0], os.O_RDWR); socket.send_fds(c, [b'x'], [f]); os.close(f)"
)
IN_A_THREAD_OF_ITS_OWN = """
import ctypes, threading
opened = threading.Event()
def own():
    assert ctypes.CDLL(None).unshare(0x400) == 0  # CLONE_FILES
    f = os.open(a[0], os.O_RDWR)
    opened.set()
    threading.Event().wait()
threading.Thread(target=own, daemon=True).start()
opened.wait()
"""

THE_FIRST_THREAD_HAS_ENDED = """
import ctypes, pathlib, threading, time
def stay():
    f = os.open(a[0], os.O_RDWR)
    state = pathlib.Path(f'/proc/{os.getpid()}/stat')
    while state.read_text().rpartition(')')[2].split()[0] != 'Z':
        time.sleep(0.01)
    print('ready', flush=True)
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=stay).start()
ctypes.CDLL(None).syscall(ctypes.c_long(60 if os.uname().machine == 'x86_64' else 93), 0)  # exit(2) of this thread alone
"""
# What a ring (io_uring) keeps open for a process that closed all its descriptors. `keep` is the descriptor to be kept.
RING = """
import ctypes
call = ctypes.CDLL(None, use_errno=True).syscall
ring = call(425, 4, ctypes.create_string_buffer(120))
assert ring >= 0 and call(427, ring, 2, (ctypes.c_int * 1)(keep), 1) == 0, ctypes.get_errno()
os.close(keep)
"""
IN_A_RING = f"keep = os.open(a[0], os.O_RDWR){RING}"
IN_A_RING_THAT_IS_ONLY_MAPPED = (
    IN_A_RING
    + """
library = ctypes.CDLL(None)
library.mmap.restype, library.mmap.argtypes = ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)
assert library.mmap(None, 4096, 3, 1, ring, 0) != ctypes.c_void_p(-1).value
os.close(ring)
"""
)
IN_FLIGHT_IN_A_RINGS_SOCKET = f"{IN_FLIGHT}; p.close(); keep = q.detach(){RING}"


@pytest.fixture
def ring() -> None:
    """Skipped where the kernel, or a sandbox, gives no io_uring."""
    setting = Path("/proc/sys/kernel/io_uring_disabled")
    if setting.exists() and setting.read_text().strip() == "2":
        pytest.skip("io_uring is switched off here")
    code = "import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(425, 4, ctypes.create_string_buffer(120)) < 0)"
    if subprocess.run([sys.executable, "-c", code], timeout=60).returncode:
        pytest.skip("this kernel gives no io_uring")


@root_only
@pytest.mark.parametrize(
    ("code", "word"),
    [
        (OPEN_FOR_READING, "being read"),
        (MAPPED_AND_CLOSED, "open for writing"),
        (MAPPED_TO_READ, "being read"),
        (IN_A_THREAD_OF_ITS_OWN, "open for writing"),
        (THE_FIRST_THREAD_HAS_ENDED, "open for writing"),
    ],
)
def test_a_disk_that_another_process_has_open_in_any_way(eraser: Eraser, disk: LoopDisk, code: str, word: str) -> None:
    """Named with its pid, and with the command that finds it."""
    before = digest(disk.backing)
    with another_process(code, disk.node) as process:
        refused(eraser.wipe(disk.node), word, f"({process.pid})", f"fuser -v {disk.node}")
    assert digest(disk.backing) == before


@root_only
@pytest.mark.parametrize("code", [IN_FLIGHT, IN_A_QUEUE_NOT_YET_ACCEPTED])
def test_a_descriptor_that_is_on_its_way_through_a_socket(eraser: Eraser, disk: LoopDisk, code: str) -> None:
    """Nobody's by now; whose it will be can't be told."""
    before = digest(disk.backing)
    with another_process(code, disk.node) as process:
        refused(eraser.wipe(disk.node), "were sent to", f"({process.pid})")
    assert digest(disk.backing) == before


@root_only
@pytest.mark.parametrize("code", [IN_A_RING, IN_A_RING_THAT_IS_ONLY_MAPPED, IN_FLIGHT_IN_A_RINGS_SOCKET])
def test_what_a_ring_keeps_open(eraser: Eraser, disk: LoopDisk, ring: None, code: str) -> None:
    """The kernel names some of it; what it doesn't name may be the disk."""
    before = digest(disk.backing)
    with another_process(code, disk.node) as process:
        refused(eraser.wipe(disk.node), f"({process.pid})")
    assert digest(disk.backing) == before


def test_a_ring_of_which_the_kernel_tells_too_little(tmp_path: Path) -> None:
    """Older kernels tell the last part of a name, and all tell nothing while the ring is at work."""

    def looked(*lines: str) -> tuple[set[Unseen], set[Thing]]:
        (tmp_path / "fdinfo").mkdir(exist_ok=True)
        (tmp_path / "fdinfo/3").write_text("\n".join(("pos:\t0", *lines)))
        (tmp_path / "root").mkdir(exist_ok=True)
        (tmp_path / "root/with space").touch()
        status = (tmp_path / "root/with space").stat()
        file = ("file", status.st_dev, status.st_ino)
        look = _Look([file])
        look._ring(tmp_path, "3", ("file", 1, 1))
        return look.unseen, {file} & set(look.openers)

    nothing: tuple[set[Unseen], set[Thing]] = (set(), set())
    assert looked("UserFiles:\t0", "UserBufs:\t0") == nothing
    assert (
        looked("UserFiles:\t4", "    0: <none>", "    1: pipe:[7]", "    2: [eventfd]", "    3: anon_inode:[x]")
        == nothing
    )
    for lines in (
        ("SqMask:\t0x3",),
        ("UserFiles:\t1", "UserBufs:\t0"),
        ("UserFiles:\t1", "    0: sdb"),
        ("UserFiles:\t1", "    0: /gone"),
    ):
        unseen, _ = looked(*lines)
        assert [each.kind for each in unseen] == ["unnamed"], lines
    unseen, openers = looked("UserFiles:\t1", "    0: /with\\040space")
    assert not unseen and len(openers) == 1


@pytest.mark.tools("mkfs.btrfs", "btrfs")
@pytest.mark.skipif("btrfs" not in Path("/proc/filesystems").read_text(), reason="this kernel has no btrfs")
@root_only
def test_two_files_of_one_inode_number_are_two(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """Subvolumes of btrfs count their files each from the start, and memory mapped from any of them bears the same device."""
    below = loop_disk(128 * MiB)
    place = tmp_path / "mnt"
    place.mkdir()
    run("mkfs.btrfs", "-q", below.node)
    run("mount", below.node, place)
    try:
        files = []
        for name in ("one", "other"):
            run("btrfs", "subvolume", "create", place / name)
            files.append(place / name / f"{name}.img")
            files[-1].write_bytes(b"precious" * (4 * MiB // 8))
        assert files[0].stat().st_ino == files[1].stat().st_ino
        code = (
            "f = [os.open(each, os.O_RDONLY) for each in (a[0], a[1], a[0])];"
            "m = [mmap.mmap(each, 4096, prot=mmap.PROT_READ) for each in f]; os.closerange(3, 64)"  # mmap has descriptors of its own
        )
        with attached(files[1]) as disk, another_process(code, *files) as process:
            refused(eraser.wipe(disk.node), "being read", f"({process.pid})")
    finally:
        run("umount", place)


@root_only
def test_a_file_under_a_loop_disk_that_is_read(eraser: Eraser, disk: LoopDisk) -> None:
    """A copy under way, or the base image of a virtual machine."""
    before = digest(disk.backing)
    with another_process(OPEN_FOR_READING, disk.backing) as process:
        refused(eraser.wipe(disk.node), "being read", f"({process.pid})")
    assert digest(disk.backing) == before


@pytest.mark.parametrize("code", [OPEN_FOR_READING, MAPPED_AND_CLOSED, MAPPED_TO_READ, IN_FLIGHT])
def test_an_image_that_another_process_has_open_in_any_way(eraser: Eraser, image: Path, code: str) -> None:
    """The kernel says so even where the process can't be named."""
    with another_process(code, image):
        refused(wiped_image(eraser, image), "image.img")
    assert image.read_bytes() == b"precious" * (MiB // 8)
    assert wiped_image(eraser, image).code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_an_image_of_an_ordinary_user_that_somebody_else_reads(tmp_path: Path) -> None:
    """He can't see root's processes; the kernel tells him all the same."""
    with tempfile.TemporaryDirectory(prefix="eraser-", dir="/tmp") as folder:
        image = Path(folder, "image.img")
        image.write_bytes(b"precious" * (MiB // 8))
        os.chown(folder, NOBODY, NOBODY)
        os.chown(image, NOBODY, NOBODY)
        assert asked_as_nobody(image) == ""
        with image.open("rb"):
            assert asked_as_nobody(image) == "guard.shared"


NOBODY = 65534


def asked_as_nobody(image: Path) -> str:
    """The guard's reasons against the image, as an ordinary user hears them. A fork, as he may not read this checkout."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            told = " ".join(reason.key for reason in guard.reasons_against(devices.image(str(image))))
        except BaseException as error:
            told = repr(error)
        os.write(sink, told.encode())
        os._exit(0)
    os.close(sink)
    os.waitpid(child, 0)
    with os.fdopen(source) as heard:
        return heard.read()


def without_the_node(eraser: Eraser, gone: Path, *arguments: object) -> Ran:
    """The command where /dev is another one, as in a container, and lacks a node."""
    kept = " ".join(f"/dev/{node.name}" for node in sorted(Path("/dev").glob("loop[0-9]*")) if node != gone)
    script = (
        f"mkdir -p {eraser.home}/d && for n in null urandom zero; do touch {eraser.home}/d/$n; done;"
        f'mount -t tmpfs tmpfs /mnt && cp -a /dev/null /dev/urandom /dev/zero {kept} /mnt && mount --move /mnt /dev && exec "$@"'
    )
    words = ["unshare", "--mount", "sh", "-c", script, "sh", *eraser.command(*arguments)]
    done = subprocess.run(
        words, env=eraser.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@root_only
def test_an_image_under_a_loop_disk_whose_node_is_not_in_this_dev(eraser: Eraser, disk: LoopDisk) -> None:
    before = digest(disk.backing)
    ran = without_the_node(eraser, disk.node, "wipe", "--image", disk.backing, "--confirm", disk.backing.name, "--json")
    refused(ran, "attached as", disk.node.name)
    assert digest(disk.backing) == before


@root_only
def test_a_disk_under_a_loop_disk_whose_node_is_not_in_this_dev(
    eraser: Eraser, disk: LoopDisk, loop_disk: LoopDiskFactory
) -> None:
    above = loop_disk(disk.node)
    before, confirm = digest(disk.backing), eraser.confirm(disk.node)
    ran = without_the_node(eraser, above.node, "wipe", disk.node, "--confirm", confirm, "--json")
    refused(ran, above.node.name)
    assert digest(disk.backing) == before


@root_only
def test_a_file_under_a_loop_disk_of_which_neither_node_nor_name_is_left(
    eraser: Eraser, disk: LoopDisk, tmp_path: Path
) -> None:
    """The kernel knows the file by its inode, whatever it is called now."""
    image = tmp_path / "another name.img"
    image.hardlink_to(disk.backing)
    disk.backing.unlink()  # a name that was changed, the kernel would know
    before = digest(image)
    ran = without_the_node(eraser, disk.node, "wipe", "--image", image, "--confirm", image.name, "--json")
    refused(ran, "attached as", disk.node.name)
    assert digest(image) == before


@root_only
def test_a_loop_disk_over_who_knows_what_speaks_against_every_disk(
    disk: LoopDisk, loop_disk: LoopDiskFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can't be asked, and the name of what it is over is gone: it may lie on the disk that is to be wiped."""
    other, right = loop_disk(MiB), nodes.opened
    disk.backing.unlink()

    def opened(name: str, number: int, flags: int) -> int:
        if name == disk.node.name:
            raise PermissionError(name)
        return right(name, number, flags)

    monkeypatch.setattr(nodes, "opened", opened)
    # What else the machine does at this moment (a descriptor on its way through some program's socket) speaks against it as well.
    told = {reason.key: reason.text("en") for reason in guard.reasons_against(devices.at(str(other.node)))}
    assert disk.node.name in told["guard.unknown_loop"]


@root_only
@pytest.mark.parametrize(
    ("before", "word"),
    [
        (("unshare", "--pid", "--fork", "--mount-proc"), "container"),
        (("unshare", "--pid", "--fork"), "container"),
        (("unshare", "--user", "--map-root-user"), "container"),
        (("setpriv", "--bounding-set=-sys_ptrace"), "can't see"),
    ],
)
def test_a_look_that_cannot_be_complete_is_told_and_refused(
    eraser: Eraser, disk: LoopDisk, before: tuple[str, ...], word: str
) -> None:
    if subprocess.run([*before, "true"], capture_output=True, timeout=120).returncode != 0:
        pytest.skip(f"{' '.join(before)} is not permitted here, as in a chroot")
    words = [*before, *eraser.command("wipe", disk.node, "--confirm", eraser.confirm(disk.node), "--json")]
    old = digest(disk.backing)
    done = subprocess.run(words, env=eraser.environment, capture_output=True, text=True, timeout=120)
    refused(Ran(done.returncode, done.stdout, done.stderr), word)
    assert digest(disk.backing) == old


@pytest.mark.tools("mkfs.ext4")
@root_only
def test_a_mount_that_only_another_mount_namespace_has(eraser: Eraser, disk: LoopDisk, tmp_path: Path) -> None:
    run("mkfs.ext4", "-q", "-F", disk.node)
    place = tmp_path / "hidden"
    place.mkdir()
    code = "subprocess.run(['mount', '-o', 'ro', *a], check=True)"
    with another_process(code, disk.node, place, before=("unshare", "--mount")) as process:
        before = digest(disk.backing)
        assert str(place) not in Path("/proc/mounts").read_text()
        refused(eraser.wipe(disk.node), str(place), f"({process.pid})")
        assert digest(disk.backing) == before


def claimed(eraser: Eraser, node: Path) -> list[dict[str, Any]]:
    """The disk's row of `devices` if it says that the kernel holds the disk, else nothing."""
    rows = [row for row in eraser("devices", "--json").lines if row["node"] == str(node)]
    return [row for row in rows if any("claimed by the kernel" in reason["text"] for reason in row["reasons"])]


@pytest.mark.tools("mkfs.ext4")
@root_only
def test_a_file_systems_journal_on_another_disk(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """The kernel names no holder; what `devices` says and what `wipe` does are the same."""
    journal, data = loop_disk(16 * MiB), loop_disk(32 * MiB)
    run("mke2fs", "-q", "-F", "-b", "4096", "-O", "journal_dev", journal.node)
    run("mkfs.ext4", "-q", "-F", "-b", "4096", "-J", f"device={journal.node}", data.node)
    place = tmp_path / "mnt"
    place.mkdir()
    run("mount", data.node, place)
    try:
        # `devices` looks once; what goes on elsewhere on the machine at that moment may be its first reason.
        (row,) = until(lambda: claimed(eraser, journal.node), f"{journal.node} to be claimed by the kernel")
        assert not row["may_be_wiped"]
        assert [each["kind"] for each in row["signatures"]] == ["jbd"]
        refused(eraser("wipe", journal.node, "--confirm", row["confirm"], "--json"), "in use")
    finally:
        run("umount", place)


@pytest.mark.tools("pvcreate")
@root_only
def test_what_a_disk_says_that_it_holds_is_shown_before_it_is_wiped(eraser: Eraser, loop_disk: LoopDiskFactory) -> None:
    """An inactive member of a volume group uses nothing, so it may be wiped by who confirms it, who has been told."""
    disk = loop_disk(16 * MiB)
    run(
        "pvcreate",
        "--config",
        f'devices {{ use_devicesfile=0 filter=["a|{disk.node}|","r|.*|"] }}',
        "-ff",
        "-y",
        disk.node,
    )
    row = next(row for row in eraser("devices", "--json").lines if row["node"] == str(disk.node))
    assert row["may_be_wiped"] and [each["kind"] for each in row["signatures"]] == ["LVM2_member"]
    assert "LVM2_member" in eraser("devices").err + eraser("devices").out
    dry = eraser("wipe", disk.node, "--dry-run", "--json")
    assert [each["kind"] for each in dry.lines[0]["signatures"]] == ["LVM2_member"]
    assert "one of several media" in dry.err
    ran = eraser.wipe(disk.node, "--method", "keyed")
    assert ran.code == 0 and "LVM2_member" in ran.err
    row = next(row for row in eraser("devices", "--json").lines if row["node"] == str(disk.node))
    assert row["signatures"] == []


def hibernated(disk: LoopDisk) -> None:
    run("mkswap", disk.node)
    with disk.node.open("r+b") as file:
        os.pwrite(file.fileno(), b"S1SUSPEND\0", os.sysconf("SC_PAGE_SIZE") - 10)
        os.fsync(file.fileno())


def of_a_controllers_raid(disk: LoopDisk) -> None:
    """The header of a DDF member, in the last sector and where it says that the first one is (SNIA DDF 2.0, 5.4)."""
    size = disk.backing.stat().st_size
    head = bytearray(struct.pack(">I4s24s8sQ", 0xDE11DE11, b"\xff" * 4, b"Linux-MD0123456789abcdef", b"01.02.00", 0))
    head = head.ljust(512, b"\0")
    struct.pack_into(">Q", head, 96, size // 512 - 32)
    struct.pack_into(">I", head, 4, zlib.crc32(head))
    with disk.node.open("r+b") as file:
        for place in (size - 512, size - 32 * 512):
            os.pwrite(file.fileno(), head, place)
        os.fsync(file.fileno())


@pytest.mark.tools("wipefs", "mkswap")
@root_only
@pytest.mark.parametrize(
    ("make", "kind", "several"), [(hibernated, "swsuspend", False), (of_a_controllers_raid, "ddf_raid_member", True)]
)
def test_what_sleeps_on_a_disk_is_shown_before_it_is_wiped(
    make: Callable[[LoopDisk], None], kind: str, several: bool, eraser: Eraser, loop_disk: LoopDiskFactory
) -> None:
    disk = loop_disk(4 * MiB)
    make(disk)
    row = next(row for row in eraser("devices", "--json").lines if row["node"] == str(disk.node))
    assert [each["kind"] for each in row["signatures"]] == [kind]
    ran = eraser("wipe", disk.node, "--confirm", row["confirm"], "--method", "keyed")
    assert ran.code == 0 and kind in ran.err and ("one of several media" in ran.err) == several, ran.err


def disks(*names: str, share: frozenset[str]) -> dict[str, Node]:
    numbers = {name: 0x800 + 16 * index for index, name in enumerate(names)}
    return {name: Node(name, number, name, (), share) for name, number in numbers.items()}


def test_what_uses_one_path_speaks_against_every_path_to_the_medium() -> None:
    """Also what only reaches it by a character node."""
    kernel = KernelUsers({("block", 0x800, 0): ("nvmet a",)}, {("block", 0x800, 0): "/dev/sda"}, 0x800, ())
    found = disks("sda", "sdb", share=frozenset({"naa.5000c500a1b2c3d4"}))
    found["sda"] = Node("sda", 0x800, "sda", ("dm-0",), found["sda"].leads_to, ((0x1500, "/dev/sg0"),))
    found["sdc"] = Node("sdc", 0x820, "sdc", (), frozenset({"naa.5000c500a1b2c3d5"}))
    openers: dict[Thing, tuple[Opener, ...]] = {
        ("character", 0x1500, 0): (Opener("smartd (7)", True),),
        ("block", 0x800, 0): (Opener("dd (8)", False),),
    }
    table = Table(found, {0x800: ("/",)}, openers, kernel, ())
    kinds = {"system", "swap", "hibernation", "holder", "exported", "open", "read"}
    assert {use.kind for use in table.uses_of("sdb")} == kinds
    assert {use.part.partition(" ")[0] for use in table.uses_of("sdb")} == {"/dev/sda", "/dev/sg0"}
    assert table.paths_of("sdb") == ("sda",) and table.uses_of("sdc") == () and table.paths_of("sdc") == ()


def test_a_path_that_the_kernel_hides_cannot_be_opened_and_refuses_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An NVMe drive with several paths shows each of them without a number of its own."""
    monkeypatch.setattr(devices, "SYS_BLOCK", tmp_path)
    for name in ("nvme0n1", "nvme0c0n1", "nvme1n1"):
        (tmp_path / name).mkdir()
    (tmp_path / "nvme1n1/dev").write_text("259:1")
    device = Device(samples.DISK, 0, "disk", False, (), paths=("/dev/nvme0c0n1", "/dev/nvme1n1"))
    assert device.nodes_beside == ("/dev/nvme1n1",)


def test_what_claims_another_path_claims_the_medium(monkeypatch: pytest.MonkeyPatch) -> None:
    """`devices` says what `wipe` would."""
    monkeypatch.setattr(Device, "nodes_beside", ("/dev/sdz",))
    monkeypatch.setattr(usage, "is_claimed", lambda name: name == "sdz")
    device = Device(samples.DISK, 0, "disk", False, (), paths=("/dev/sdz",))
    (reason,) = guard.reasons_against(asked_of_the_kernel(device))
    assert reason.key == "guard.claimed" and "/dev/sdz" in reason.text("en")


def test_openers_that_go_are_waited_for_and_others_are_not() -> None:
    passing = [(Use("read", "/dev/sda", "udev (1)"),)] * 2
    answers = iter([*passing, ()])
    assert usage.settled(lambda: next(answers)) == ()
    stays = (Use("read", "/dev/sda", "udev (1)"), Use("mounted", "/dev/sda", "/mnt"))
    answers = iter([stays])
    assert usage.settled(lambda: next(answers)) == stays
    assert usage.settled(lambda: passing[0], patience_seconds=0) == passing[0], "named if it stays"


def test_many_jobs_at_once_share_their_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that wait while one look is under way share the next."""
    began, go_on, looks = threading.Event(), threading.Event(), []

    def look(files: object) -> Table:
        looks.append(1)
        began.set()
        assert go_on.wait(30)
        return usage.NOTHING

    monkeypatch.setattr(usage, "_look", look)
    first = threading.Thread(target=usage.look)
    first.start()
    assert began.wait(30)
    others = [threading.Thread(target=usage.look) for _ in range(15)]
    for each in others:
        each.start()
    while sum(each.is_alive() for each in others) < 15:
        pass
    go_on.set()
    for each in (first, *others):
        each.join(30)
    assert len(looks) <= 3


@root_only
def test_a_disk_that_is_exported_by_a_link(loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """The kernel says the link; by now it may lead to another disk of the same label than the one that it opened."""
    space = tmp_path / "nvmet/subsystems/test/namespaces/1"
    space.mkdir(parents=True)
    (space / "enable").write_text("1\n")
    disk, link = loop_disk(MiB), tmp_path / "by-label"
    link.symlink_to(disk.node)
    mounts = (Mounted(0, str(tmp_path), "configfs", "none", None),)
    for path, is_sure in ((disk.node, True), (link, False)):
        (space / "device_path").write_text(f"{path}\n")
        found = kernel_users.found(mounts)
        assert ("block", disk.node.stat().st_rdev, 0) in found.exports
        assert any(str(path) in each.where for each in found.unseen) is not is_sure


def test_raw_flash_that_ubi_has_attached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(nodes, "UBI", tmp_path / "ubi")
    for file, text in {"ubi/ubi0/mtd_num": "1", "mtdblock1/dev": "31:1", "mtdblock11/dev": "31:11"}.items():
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text(f"{text}\n")
    found = {name: nodes._node(tmp_path / name) for name in ("mtdblock1", "mtdblock11")}
    table = Table(found, {}, {}, KernelUsers({}, {}, 0, ()), ())
    assert table.uses_of("mtdblock1") == (Use("holder", "/dev/mtdblock1", "/dev/ubi0"),)
    assert table.uses_of("mtdblock11") == ()
