"""The councils' situations, walked from start to end with the commands alone. S-numbers are those of the scenarios."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import LoopDiskFactory
from tests.lab import recovery
from tests.lab.command import Eraser
from tests.lab.loop import LoopDisk

pytestmark = pytest.mark.loop
MiB = 1 << 20


@pytest.fixture
def clinic_disk(loop_disk: LoopDiskFactory, tmp_path: Path) -> LoopDisk:
    """A disk with twenty files on it that was formatted again."""
    disk = loop_disk(64 * MiB)
    recovery.fill_and_format(disk.node, tmp_path)
    return disk


def test_s01_a_disk_at_the_end_of_its_contract(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    disk, before, after = loop_disk(64 * MiB), tmp_path / "before", tmp_path / "after"
    ours = recovery.fill_and_format(disk.node, tmp_path)
    before.mkdir()
    assert recovery.photorec(disk.node, before, ours) == {"jpg": 10, "pdf": 10}
    ran = eraser.wipe(disk.node, "--reason", "return", "--customer", "見本市", "--operator", "見本 太郎")
    assert ran.code == 0
    after.mkdir()
    assert recovery.photorec(disk.node, after, ours) == {}
    assert recovery.foremost(disk.node, after, ours) == {}
    assert recovery.wipefs(disk.node) == ""
    record = ran.record
    assert record["verification"]["claim"] == {
        "confidence": "1",
        "residual_at_most": "0",
        "longest_unseen_bytes": 0,
    }
    assert {"spare-areas", "hidden-areas-not-examined"} <= set(record["residual_risks"])
    assert all(verdict["category"] == "clear" for verdict in record["verdicts"])


@pytest.mark.tools("sfdisk", "mkfs.fat", "mkfs.exfat", "mcopy", "mdir")
def test_s02_a_stick_that_is_wiped_every_day(eraser: Eraser, clinic_disk: LoopDisk, tmp_path: Path) -> None:
    """Initialising leaves the data; the wipe doesn't; the stick is ready for use again; and every day is in the ledger."""
    assert json.loads(eraser("inspect", clinic_disk.node, "--json").out)["recoverable"] >= 20
    for day in range(2):
        ran = eraser.wipe(clinic_disk.node, "--reformat", "exfat" if day else "fat32", "--reason", "reuse")
        assert ran.code == 0, ran.out + ran.err
        assert ran.of("formatted")[0]["ok"] and ran.record["reformat"] is not None
        if not day:
            # It is used: a file goes in, and is there.
            drive, text = f"{clinic_disk.node}@@1M", tmp_path / f"day{day}.txt"
            text.write_text("transferred today " * 1000)
            subprocess.run(["mcopy", "-i", drive, str(text), "::"], check=True, capture_output=True)
            listed = subprocess.run(["mdir", "-b", "-i", drive], check=True, capture_output=True, text=True)
            assert listed.stdout.split() == [f"::/day{day}.txt"]
    assert eraser("audit", ran.paper(".pdf")).code == 0
    assert json.loads(eraser("inspect", clinic_disk.node, "--json").out)["recoverable"] == 0
    told = eraser("ledger", "show", "--json").lines
    days = [line for line in told if line["type"] == "job-ended"]
    assert [line["outcome"] for line in days] == ["erased"] * 2
    assert [line["ok"] for line in told if line["type"] == "reformatted"] == [True] * 2
    assert eraser("ledger", "verify").code == 0


@pytest.mark.tools("pdftotext")
def test_s04_a_disk_that_goes_to_repair_is_only_read(eraser: Eraser, clinic_disk: LoopDisk, tmp_path: Path) -> None:
    """First the city learns that the disk holds data, on paper; then it is wiped, and learns that it holds none."""
    before = clinic_disk.backing.read_bytes()
    for_whom = ("--customer", "見本市", "--operator", "見本 太郎", "--reason", "repair", "--asset-tag", "見本-042")
    ran = eraser("inspect", clinic_disk.node, *for_whom, "--out", tmp_path / "papers", "--json")
    assert ran.code == 0, ran.err
    (row,) = ran.of("inspection")
    assert (row["counts"]["jpg"], row["counts"]["pdf"]) == (10, 10)
    assert clinic_disk.backing.read_bytes() == before

    paper = next(Path(file) for file in row["papers"] if file.endswith(".pdf"))
    assert paper.parent == tmp_path / "papers"
    audited = eraser("audit", paper, "--json")
    assert audited.code == 0 and audited.lines[0]["outcome"] == "inspected"
    text = subprocess.run(["pdftotext", str(paper), "-"], check=True, capture_output=True, text=True).stdout
    for said in ("媒体検査記録書", "見本市 御中", "見本 太郎", "見本-042", "JPEG画像", "媒体にはデータが残っています"):
        assert said in text, said
    for never in ("Sample resident record", "document0", "picture0", "Erased"):
        assert never not in text

    assert eraser.wipe(clinic_disk.node).code == 0
    (clean,) = eraser("inspect", clinic_disk.node, "--record", "--json").of("inspection")
    assert clean["recoverable"] == 0
    kinds = [line["type"] for line in eraser("ledger", "show", "--json").lines]
    assert kinds == ["inspection-started", "inspection-ended", "job-started", "job-ended", *kinds[:2]]
    assert [clean["number"][-6:], row["number"][-6:]] == ["000003", "000001"]
    assert eraser("ledger", "verify").code == 0


@pytest.mark.tools("pdfdetach", "b3sum")
def test_s05_witnesses_and_photographs_are_bound_in(eraser: Eraser, tmp_path: Path, loop_disk: LoopDiskFactory) -> None:
    photo = tmp_path / "before.jpg"
    Image.new("RGB", (320, 240), "orange").save(photo)
    ran = eraser.wipe(
        loop_disk(MiB).node,
        "--reason",
        "disposal",
        "--witness",
        "立会 一郎",
        "--witness",
        "立会 二郎",
        "--photo",
        f"消去前={photo}",
        "--out",
        tmp_path,
    )
    assert ran.code == 0
    record = ran.record
    assert record["reason"] == "disposal" and record["people"]["witnesses"] == ["立会 一郎", "立会 二郎"]
    digest = subprocess.run(["b3sum", "--no-names", str(photo)], check=True, capture_output=True, text=True).stdout
    assert record["evidence"][0]["blake3"] == digest.strip()
    # The copy on the paper travels inside it, as stock tools see it; the original beside it is compared by the audit.
    paper = ran.paper(".pdf")
    (tmp_path / "in").mkdir()
    subprocess.run(["pdfdetach", "-saveall", "-o", str(tmp_path / "in"), str(paper)], check=True, capture_output=True)
    copy = tmp_path / "in" / "photo-1.jpg"
    told = subprocess.run(["b3sum", "--no-names", str(copy)], check=True, capture_output=True, text=True).stdout
    assert record["evidence"][0]["copy"]["blake3"] == told.strip()
    assert eraser("audit", paper).code == 0
    photo.write_bytes(photo.read_bytes() + b"touched up")
    assert eraser("audit", paper).code == 6


def test_s06_a_folder_of_contractors_certificates(eraser: Eraser, tmp_path: Path, loop_disk: LoopDiskFactory) -> None:
    """The auditor's own machine knows no key at first; then it trusts the contractor's, and finds the one that was edited."""
    contractor, auditor = eraser, Eraser(tmp_path / "auditor")
    for _ in range(3):
        assert contractor.wipe(loop_disk(MiB).node, "--out", tmp_path / "papers").code == 0
    unknown = auditor("audit", tmp_path / "papers", "--json")
    assert unknown.code == 6
    assert all(row["unaltered"] and not row["authentic"] for row in unknown.lines)
    key = json.loads(contractor("key", "show", "--json").out)
    pem = tmp_path / "station.pem"
    pem.write_text(key["pem"])
    assert auditor("key", "trust", pem, "--fingerprint", "00" * 32).code == 2
    assert auditor("key", "trust", pem, "--fingerprint", key["key_id"]).code == 0
    good = auditor("audit", tmp_path / "papers", "--json")
    assert good.code == 0 and [row["authentic"] for row in good.lines] == [True] * 3

    edited = sorted((tmp_path / "papers").glob("*.pdf"))[1]
    content = bytearray(edited.read_bytes())
    content[len(content) // 2] ^= 1
    edited.write_bytes(content)
    bad = auditor("audit", tmp_path / "papers", "--json")
    assert bad.code == 6
    assert [row["file"] for row in bad.lines if not row["authentic"]] == [str(edited)]


@pytest.mark.tools("pdftotext")
def test_s07_residual_risk_and_what_it_means_for_the_data(eraser: Eraser, clinic_disk: LoopDisk) -> None:
    """ "Overwriting never erases completely": the paper says what remains on this medium, and for which data it is enough."""
    ran = eraser.wipe(
        clinic_disk.node, "--policy", "mic-r7.3", "--policy", "mic-r8.3", "--data-class", "confidential-2"
    )
    assert ran.code == 0
    for edition in ("MIC R7.3", "MIC R8.3"):
        assert re.search(f"WARNING, before anything is written.*{edition}.*confidentiality 2.*not sufficient", ran.err)
    sufficiency = {verdict["policy"]: verdict["sufficiency"] for verdict in ran.record["verdicts"]}
    assert sufficiency == {"mic-r7.3": "not-sufficient", "mic-r8.3": "not-sufficient"}
    text = subprocess.run(
        ["pdftotext", "-layout", str(ran.paper(".pdf")), "-"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for never in ("Purge", "除去"):
        assert never not in text + ran.out + ran.err
    for said in ("機密性2以上", "足りない", "not sufficient"):
        assert said in text
    assert "reaches-too-little" in ran.record["verdicts"][0]["reasons"]
    # The risks of this medium: it may be flash, nobody looked for hidden areas; and it was read back in full, so nothing of a sample.
    assert {"spare-areas", "flash-remapping", "hidden-areas-not-examined"} <= set(ran.record["residual_risks"])
    for said in ("フラッシュメモリは", "HPA"):
        assert said in text
    assert "The sample leaves open" not in text
    assert eraser("audit", ran.paper(".pdf")).code == 0

    before = clinic_disk.backing.read_bytes()
    refused = eraser.wipe(
        clinic_disk.node, "--policy", "mic-r8.3", "--data-class", "confidential-2", "--require-sufficient"
    )
    assert refused.code == 5 and "no byte was written" in refused.out
    assert clinic_disk.backing.read_bytes() == before
    enough = eraser.wipe(
        clinic_disk.node, "--policy", "mic-r7.3", "--data-class", "confidential-1", "--require-sufficient"
    )
    assert enough.code == 0 and enough.record["verdicts"][0]["sufficiency"] == "sufficient"


def test_s11_many_devices_one_command(eraser: Eraser, loop_disk: LoopDiskFactory) -> None:
    nodes = [loop_disk(MiB).node for _ in range(4)]
    confirmed = [word for node in nodes for word in ("--confirm", eraser.confirm(node))]
    ran = eraser("wipe", *nodes, *confirmed)
    assert ran.code == 0
    assert "4 media: 4 erased" in ran.err
    assert len(list((eraser.home / "certificates").glob("*.pdf"))) == 4


@pytest.mark.tools("openssl", "pdfdetach")
def test_s12_the_receiver_checks_the_device_in_hand(eraser: Eraser, clinic_disk: LoopDisk, tmp_path: Path) -> None:
    paper = eraser.wipe(clinic_disk.node).paper(".pdf")
    for plan in ("full", "nist-r1"):
        assert eraser("verify", clinic_disk.node, "--certificate", paper, "--verify", plan).code == 0
    # The same with stock tools alone.
    subprocess.run(["pdfdetach", "-saveall", "-o", str(tmp_path), str(paper)], check=True, capture_output=True)
    record = json.loads((tmp_path / "certificate.json").read_bytes())
    script = (
        f"openssl enc -aes-256-ctr -K {record['passes'][-1]['content']['key']} -iv {0:032x} -in /dev/zero 2>/dev/null"
        f" | cmp -n {record['medium']['capacity_bytes']} - {clinic_disk.node}"
    )
    assert subprocess.run(["sh", "-c", script], capture_output=True, timeout=60).returncode == 0

    with clinic_disk.node.open("r+b", buffering=0) as medium:
        os.pwrite(medium.fileno(), b"put back", 40 * MiB)
        os.fsync(medium.fileno())
    told = eraser("verify", clinic_disk.node, "--certificate", paper, "--json")
    assert told.code == 6
    (row,) = told.of("verification")
    assert row["findings"] == [{"kind": "different", "lbas": {"first": 81920, "last": 81920}, "belongs_to": None}]
    assert subprocess.run(["sh", "-c", script], capture_output=True, timeout=60).returncode == 1


def test_s12_another_medium_of_the_same_size_is_not_the_certificates(
    eraser: Eraser, clinic_disk: LoopDisk, loop_disk: LoopDiskFactory
) -> None:
    paper = eraser.wipe(clinic_disk.node).paper(".pdf")
    other = loop_disk(64 * MiB)
    assert eraser("verify", other.node, "--certificate", paper).code == 6
    assert eraser("verify", loop_disk(MiB).node, "--certificate", paper).code == 6
