"""`verify` as a second person does it: his own record, whatever came of it, with what speaks against it named."""

import json
import os
import signal
import subprocess
from pathlib import Path

import msgspec
import pytest
from blake3 import blake3

from certificates import canonical, station_key
from certificates.record import Record
from tests.conftest import LoopDiskFactory, LyingDriveFactory
from tests.faults.test_replug import until_asked
from tests.lab.command import Eraser, Ran
from tests.lab.forked import ForkedEraser
from tests.lab.loop import LoopDisk

pytestmark = [pytest.mark.nbd, pytest.mark.loop]
MiB = 1 << 20


@pytest.fixture
def eraser(tmp_path: Path) -> Eraser:
    """Forked: most of what these tests would cost is starting Python."""
    return ForkedEraser(tmp_path / "station")


def wiped(eraser: Eraser, disk: LoopDisk, *arguments: object) -> Path:
    ran = eraser.wipe(disk.node, *arguments)
    assert ran.code == 0, ran.out + ran.err
    return ran.paper(".pdf")


def checked(eraser: Eraser, target: Path, paper: Path, *arguments: object) -> tuple[Ran, dict[str, object]]:
    """The command, and the record that it left."""
    ran = eraser("verify", target, "--certificate", paper, "--json", *arguments)
    (row,) = ran.of("verification")
    files = [Path(file) for file in row["papers"]]
    return ran, json.loads(next(file for file in files if file.suffix == ".json").read_bytes())


@pytest.mark.tools("b3sum")
def test_a_second_person_checks_and_signs(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """On a station of his own, with the issuer's key given by another way; his record binds to the certificate by its digest."""
    disk, receiver = loop_disk(MiB), ForkedEraser(tmp_path / "receiver")
    paper = wiped(eraser, disk, "--out", tmp_path / "papers")
    stranger, record = checked(receiver, disk.node, paper)
    assert stranger.code == 6 and record["against"] == ["untrusted"]

    key = tmp_path / "station.pem"
    key.write_text(json.loads(eraser("key", "show", "--json").out)["pem"])
    told = ("--key", key, "--operator", "照合 見本", "--customer", "見本市", "--location", "受付", "--out", tmp_path)
    ran, record = checked(receiver, disk.node, paper, *told)
    assert ran.code == 0 and record["outcome"] == "confirmed"
    digest = subprocess.run(
        ["b3sum", "--no-names", str(paper.with_suffix(".json"))], check=True, capture_output=True, text=True
    ).stdout.strip()
    assert record["certificate"]["digest"] == digest  # type: ignore[index]
    assert record["people"]["operator"] == "照合 見本"  # type: ignore[index]
    assert record["verification"]["seed"] is None and record["station"]["key_id"] not in key.read_text()  # type: ignore[index]
    kinds = [line["type"] for line in receiver("ledger", "show", "--json").lines]
    assert kinds == ["check-started", "check-ended"] * 2
    own = [Path(file) for file in ran.of("verification")[0]["papers"]]
    page = next(file for file in own if file.suffix == ".pdf")
    assert receiver("audit", page).code == 0 and receiver("ledger", "verify").code == 0
    # A check is no certificate that anything could be compared with.
    again = receiver("verify", disk.node, "--certificate", page)
    assert again.code == 6 and "not a certificate of erasure" in again.err


def test_a_medium_of_another_size_gets_its_record_too(eraser: Eraser, loop_disk: LoopDiskFactory) -> None:
    paper = wiped(eraser, loop_disk(MiB))
    ran, record = checked(eraser, loop_disk(2 * MiB).node, paper)
    assert ran.code == 6 and record["against"] == ["capacity"] and record["verification"] is None


@pytest.mark.tools("sfdisk", "mkfs.fat", "mkfs.exfat")
def test_what_a_reformatted_medium_holds_is_told_apart(eraser: Eraser, loop_disk: LoopDiskFactory) -> None:
    """As certified; used since; and changed elsewhere, which no format explains."""
    disk = loop_disk(48 * MiB)
    paper = wiped(eraser, disk, "--reformat", "fat32")
    ran, record = checked(eraser, disk.node, paper, "--verify", "nist-r1")
    assert (ran.code, record["format"], record["outcome"]) == (0, "as-certified", "confirmed"), ran.err
    assert record["verification"]["seed"]  # type: ignore[index]
    with disk.node.open("r+b", buffering=0) as medium:
        os.pwrite(medium.fileno(), b"volume name", MiB + 43)
        os.fsync(medium.fileno())
    ran, record = checked(eraser, disk.node, paper)
    assert (ran.code, record["format"], record["outcome"]) == (3, "changed", "confirmed-with-exceptions")
    assert record["verification"]["different_sectors"] == 0  # type: ignore[index]
    assert record["format_sectors"] == 7
    with disk.node.open("r+b", buffering=0) as medium:
        table = os.pread(medium.fileno(), 64 * 1024, MiB + 64 * 1024)
        os.pwrite(medium.fileno(), b"an old file " * 3000, MiB + 64 * 1024)
        os.fsync(medium.fileno())
    ran, record = checked(eraser, disk.node, paper)
    assert (ran.code, record["format"], record["against"]) == (6, "not-empty", ["content"]), "no use explains so much"
    with disk.node.open("r+b", buffering=0) as medium:
        os.pwrite(medium.fileno(), table, MiB + 64 * 1024)
        os.pwrite(medium.fileno(), b"put back", 40 * MiB)
        os.fsync(medium.fileno())
    ran, record = checked(eraser, disk.node, paper)
    assert (ran.code, record["against"]) == (6, ["content"])
    assert record["verification"]["findings"][0]["lbas"] == {"first": 81920, "last": 81920}  # type: ignore[index]


@pytest.mark.tools("sfdisk", "mkfs.fat", "mkfs.exfat")
def test_old_data_that_a_certificate_calls_a_format_is_found(eraser: Eraser, tmp_path: Path) -> None:
    """A station that lies: it left a file where it says that it made a file system, and announces the digest of that very file."""
    image, size = tmp_path / "stick.img", 48 * MiB
    image.write_bytes(bytes(size))
    ran = eraser(
        "wipe", image, "--image", "--confirm", image.name, "--method", "keyed", "--reformat", "fat32", "--json"
    )
    assert ran.code == 0, ran.out + ran.err
    record = msgspec.convert(ran.record, Record)
    assert record.reformat is not None
    with image.open("r+b") as medium:
        for each in record.reformat.ranges:
            medium.seek(each.first * 512)
            medium.write((b"personal data " * (each.last * 40))[: (each.last - each.first + 1) * 512])
    announced = blake3()
    with image.open("rb") as medium:
        for each in record.reformat.ranges:
            medium.seek(each.first * 512)
            announced.update(medium.read((each.last - each.first + 1) * 512))
    lie = msgspec.structs.replace(
        record, reformat=msgspec.structs.replace(record.reformat, blake3=announced.hexdigest())
    )
    raw = canonical.encode(lie)
    key = station_key.load(eraser.home / "station.key")
    (tmp_path / "lie.json").write_bytes(raw)
    (tmp_path / "lie.sig").write_bytes(key.sign(raw))
    assert eraser("audit", tmp_path / "lie.json").code == 0, "the paper alone does not show it"
    told, check = checked(eraser, image, tmp_path / "lie.json")
    assert (told.code, check["format"], check["against"]) == (6, "not-empty", ["content"]), told.err


@pytest.mark.tools("sfdisk", "mkfs.fat", "mkfs.exfat", "openssl")
def test_a_format_that_was_announced_but_never_made_is_told(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=48 * MiB)
    ran = eraser.wipe(drive.node, "--method", "keyed", "--reformat", "fat32")
    record = ran.record
    key = record["passes"][-1]["content"]["key"]
    stream = subprocess.run(
        ["openssl", "enc", "-aes-256-ctr", "-K", key, "-iv", f"{0:032x}"],
        input=bytes(48 * MiB),
        check=True,
        capture_output=True,
    ).stdout
    drive.backing.write_bytes(stream)
    told, record = checked(eraser, drive.node, ran.paper(".pdf"))
    assert (told.code, record["format"]) == (0, "absent")


def test_a_cached_answer_is_found_by_the_checkers_replug(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("caches-until-reopened", size=MiB + 20480)
    drive.backing.write_bytes(b"resident record " * ((MiB + 20480) // 16))
    ran = eraser.wipe(drive.node)
    assert ran.code == 0
    paper = ran.paper(".pdf")
    running = eraser.start("verify", drive.node, "--certificate", paper, "--replug", "--json")
    try:
        until_asked(running)
        drive.reopen()
        out, err = running.communicate(timeout=120)
    finally:
        running.kill()
    assert running.returncode == 6, out + err
    row = next(json.loads(line) for line in out.splitlines() if '"verification"' in line)
    record = json.loads(Path(next(file for file in row["papers"] if file.endswith(".json"))).read_bytes())
    assert record["replug"]["diskseq"] == record["medium"]["diskseq"] and "content" in record["against"]


def test_a_check_that_is_stopped_ends_in_a_record(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=MiB)
    paper = eraser.wipe(drive.node, "--method", "keyed").paper(".pdf")
    running = eraser.start("verify", drive.node, "--certificate", paper, "--replug", "--json")
    try:
        until_asked(running)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 143, out + err
    (row,) = [json.loads(line) for line in out.splitlines() if '"verification"' in line]
    assert row["outcome"] == "not-confirmed" and row["against"] == ["incomplete"]
    for file in row["papers"]:
        assert Path(file).exists()


def test_a_copy_in_a_file_counts_the_certificates_sectors(
    eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path
) -> None:
    disk = loop_disk(16 * MiB, sector_size=4096)
    paper = wiped(eraser, disk, "--method", "keyed")
    copy = tmp_path / "copy.img"
    content = bytearray(disk.backing.read_bytes())
    copy.write_bytes(content)
    ran, record = checked(eraser, copy, paper, "--verify", "nist-r1")
    assert ran.code == 0 and record["verification"]["plan"] == "nist-r1"  # type: ignore[index]
    assert (
        eraser("audit", next(file for file in ran.of("verification")[0]["papers"] if file.endswith(".pdf"))).code == 0
    )
    content[5 * 4096] ^= 1
    copy.write_bytes(content)
    ran, record = checked(eraser, copy, paper)
    seen = record["verification"]
    assert ran.code == 6 and seen["different_sectors"] == 1  # type: ignore[index]
    assert seen["findings"][0]["lbas"] == {"first": 5, "last": 5}  # type: ignore[index]


def test_larger_sectors_excuse_no_more_than_the_certificate_lists(
    eraser: Eraser, lying_drive: LyingDriveFactory, loop_disk: LoopDiskFactory
) -> None:
    """The same disk behind a bridge that shows sectors of 4,096 bytes: old data beside an unwritable sector of 512 is found."""
    drive = lying_drive("bad-spots", size=16 * MiB, spots=[(MiB, 512)], fails="writes")
    ran = eraser.wipe(drive.node, "--method", "keyed")
    assert ran.code == 3 and ran.record["passes"][-1]["unwritable"] == [{"first": 2048, "last": 2048}]
    paper = ran.paper(".pdf")
    drive.detach()
    disk = loop_disk(drive.backing, sector_size=4096)
    ran, record = checked(eraser, disk.node, paper)
    assert (ran.code, record["outcome"]) == (3, "confirmed-with-exceptions"), ran.err
    with disk.backing.open("r+b") as medium:
        medium.seek(MiB + 512)
        medium.write(b"resident record " * 32)
    ran, record = checked(eraser, disk.node, paper)
    seen = record["verification"]
    assert ran.code == 6 and record["outcome"] == "not-confirmed"
    assert (seen["different_sectors"], seen["bytes_compared"]) == (1, 16 * MiB - 512)  # type: ignore[index]
    assert seen["findings"][0]["lbas"] == {"first": 2049, "last": 2049}  # type: ignore[index]
    assert "1 sector differs" in eraser("verify", disk.node, "--certificate", paper).out
    (row,) = ran.of("verification")
    assert eraser("audit", next(file for file in row["papers"] if file.endswith(".pdf"))).code == 0


def test_a_rehearsal_promises_no_claim_that_the_check_would_not_make(
    eraser: Eraser, lying_drive: LyingDriveFactory
) -> None:
    """Where the certificate lists exceptions, nothing is claimed of the whole medium, before as after."""
    drive = lying_drive("bad-spots", size=16 * MiB, spots=[(MiB, 512)], fails="reads")
    paper = eraser.wipe(drive.node, "--method", "keyed").paper(".pdf")
    plan = ("--verify", "sample", "--places", "2000")
    (row,) = eraser("verify", drive.node, "--certificate", paper, *plan, "--dry-run", "--json").of("plan")
    assert row["claim"] is None and "not compared" in " ".join(row["proves"])
    ran, record = checked(eraser, drive.node, paper, *plan)
    assert ran.code == 3 and record["verification"]["claim"] is None  # type: ignore[index]


def test_after_a_sample_nobody_is_told_that_the_whole_medium_matches(
    eraser: Eraser, loop_disk: LoopDiskFactory
) -> None:
    disk = loop_disk(16 * MiB)
    paper = wiped(eraser, disk, "--method", "keyed")
    for language, said in (("en", "at the places that were read"), ("ja", "抽出した箇所")):
        plan = ("--verify", "sample", "--places", "2000", "--lang", language)
        told = eraser("verify", disk.node, "--certificate", paper, *plan)
        assert told.code == 0 and said in told.out.splitlines()[0] and "matches" not in told.out
