"""Attempts to have an inventory called closed for a medium that was never erased: through the command, as an auditor runs it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates import canonical, statements
from certificates.identity import Named
from certificates.ledger import Custody, Ledger
from certificates.ledger.entries import Place
from certificates.record import Sibling
from certificates.statements import Retirement
from certificates.station_key import StationKey
from tests.certificates import checks, handed_in, inspections, samples
from tests.certificates.ledgers import OTHER_KEY
from tests.conftest import LoopDiskFactory
from tests.lab.command import Eraser, Ran

SERIAL = samples.DISK.serial or ""
AFTER = "2025-12-01T10:00:00+09:00"  # later than every sample paper


class Desk:
    """A city's desk: a station whose key is the sample key, what it was handed in, and an inventory."""

    def __init__(self, folder: Path) -> None:
        self.eraser = Eraser(folder / "station")
        self.papers = folder / "papers"
        self.papers.mkdir(parents=True)
        self._list = folder / "list.csv"
        self._keys = folder / "keys"
        self._keys.mkdir()
        self.key = self.trusted(samples.KEY)

    def trusted(self, key: StationKey) -> Path:
        file = self._keys / f"{key.key_id[:8]}.pem"
        file.write_bytes(key.public_pem)
        return file

    def ledger(self) -> Ledger:
        self.eraser.home.mkdir(exist_ok=True, mode=0o700)
        return Ledger(self.eraser.home / "ledger.sqlite", samples.number_of(samples.KEY, 1).partition("-")[0])

    def closes(self, rows: str, *more: object, no_ledger: bool = True) -> Ran:
        self._list.write_text(rows, encoding="utf-8")
        words = ("--certificates", self.papers, "--key", self.key, *(("--no-ledger",) if no_ledger else ()), *more)
        return self.eraser("reconcile", self._list, *words, "--json")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def status(ran: Ran) -> list[str]:
    assert ran.code in (0, 7), ran.err
    assert (ran.code == 0) == ran.of("reconciled")[0]["closed"]
    return [row["status"] for row in ran.of("asset")]


def test_an_honest_paper_closes_its_row(desk: Desk) -> None:
    """So that the attempts below fail for what they try, and for nothing else."""
    file = handed_in.put(desk.papers, handed_in.erasure(tag="A-1"))
    ran = desk.closes(f"asset tag,serial\nA-1,{SERIAL}\n")
    assert ran.code == 0 and status(ran) == ["proven"], ran.out + ran.err
    # What a Mac, Windows or Excel leaves beside it is no certificate, and none that isn't authentic.
    for name in (f"._{file.name}", f"._{file.stem}.pdf", f"._{file.stem}.sig"):
        (desk.papers / name).write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(60))
    for name in (".DS_Store", "Thumbs.db", "~$list.xlsx"):
        (desk.papers / name).write_bytes(b"x")
    (desk.papers / "elsewhere").symlink_to("/")
    ran = desk.closes(f"asset tag,serial\nA-1,{SERIAL}\n")
    assert ran.code == 0 and status(ran) == ["proven"] and not ran.of("refused-proof"), ran.out + ran.err


CUT = ("--method", "bend", "--witness", "立会 一郎", "--json")
ROW = f"asset tag,serial\nA-1,{SERIAL}\n"


def test_a_paper_by_a_key_that_nobody_trusts_whatever_number_it_bears(desk: Desk) -> None:
    honest = handed_in.erasure(tag="A-1")
    for made in (handed_in.erasure(tag="A-1", key=OTHER_KEY), honest):
        handed_in.put(desk.papers, made, OTHER_KEY)
        assert status(desk.closes(ROW)) == ["missing"]


def test_a_trusted_contractor_under_another_stations_number(desk: Desk) -> None:
    """Whoever found the medium wanting may clear it; so nobody may sign in his name."""
    contractor = desk.trusted(OTHER_KEY)
    made = handed_in.erasure(tag="A-1", key=OTHER_KEY)
    handed_in.put(desk.papers, msgspec.structs.replace(made, number=samples.number_of(samples.KEY, 9)), OTHER_KEY)
    assert status(desk.closes(ROW, "--key", contractor)) == ["missing"]


def test_a_record_that_says_more_than_its_own_facts(desk: Desk) -> None:
    """Signed with a trusted key: the outcome follows from the passes, or it is not authentic."""
    begun = samples.pass_of(1, samples.DISK, samples.LAST, 4096)
    for made in (
        samples.record(samples.DISK, (begun,), samples.full(samples.DISK, 1), outcome="erased"),
        samples.record(samples.DISK, (samples.pass_of(1, samples.DISK, samples.LAST),), None, outcome="erased"),
        msgspec.structs.replace(samples.not_erased(outcome="erased"), medium=samples.DISK),
    ):
        handed_in.put(desk.papers, msgspec.structs.replace(made, asset_tag="A-1"))
        assert status(desk.closes(ROW)) == ["missing"]


def test_a_check_is_no_erasure(desk: Desk) -> None:
    """That it confirms a certificate is signed and true; the certificate is not here."""
    handed_in.put(desk.papers, checks.confirmed(asset_tag="A-1"))
    assert status(desk.closes(ROW)) == ["missing"]


def test_an_inspection_that_found_nothing_is_no_erasure(desk: Desk) -> None:
    handed_in.put(desk.papers, inspections.empty(asset_tag="A-1"))
    ran = desk.closes("asset tag\nA-1\n")
    assert status(ran) == ["missing"], ran.out


@pytest.mark.parametrize(
    "rows",
    [
        f"A-1,{SERIAL}\nA-1,{SERIAL}\n",
        f"A-1,{SERIAL}\nA-2,{SERIAL}\n",
        f"A-1,\n,{SERIAL}\n",
        f"A-1,{SERIAL}\n,{SERIAL.lower()}\n",
        "A-1,{}\n,{}\n".format(SERIAL, "".join(chr(ord(each) + 0xFEE0) for each in SERIAL)),
        "A-1,{}\n,{}\n".format(SERIAL, SERIAL.replace("-", " - ")),
        f"Ａー1,\na-1,{SERIAL}\n",
    ],
)
def test_one_paper_for_two_rows_however_they_spell_it(desk: Desk, rows: str) -> None:
    handed_in.put(desk.papers, handed_in.erasure(tag="A-1"))
    ran = desk.closes("asset tag,serial\n" + rows)
    assert ran.code == 7 and status(ran).count("proven") < 1 + ("A-2" in rows), ran.out


def test_a_stick_wiped_under_two_tags_is_one_stick(desk: Desk) -> None:
    """The inventory lists tags, and the stick's own number gives it away."""
    for count, tag in enumerate(("A-1", "A-2"), start=1):
        handed_in.put(desk.papers, handed_in.erasure(count, tag, days=count))
    assert status(desk.closes("asset tag\nA-1\nA-2\n")) == ["twice", "twice"]


def test_a_tag_that_was_put_on_another_disk(desk: Desk) -> None:
    handed_in.put(desk.papers, handed_in.erasure(tag="A-1", serial="OTHER-77", wwn=None))
    ran = desk.closes(ROW)
    assert status(ran) == ["mismatch"]
    assert status(desk.closes("asset tag,serial,wwn\nA-1,OTHER-77,0x50014ee2b7654321\n")) == ["mismatch"]


def test_another_content_beside_the_page_of_the_same_number(desk: Desk) -> None:
    """The page is of the disk, the record beside it of another; or the other way round."""
    page, other = samples.issue(handed_in.erasure(tag="A-1")), handed_in.erasure(tag="A-1", serial="OTHER-77")
    handed_in.put(desk.papers, other)
    (desk.papers / f"{other.number}.pdf").write_bytes(page.pdf)
    for rows in (ROW, "asset tag,serial\nA-1,OTHER-77\n"):
        ran = desk.closes(rows)
        assert ran.code == 7 and status(ran) != ["proven"], ran.out
    # In folders of their own they are two papers of one number.
    (desk.papers / "below").mkdir()
    (desk.papers / f"{other.number}.pdf").rename(desk.papers / "below" / "page.pdf")
    for rows in (ROW, "asset tag,serial\nA-1,OTHER-77\n"):
        ran = desk.closes(rows)
        assert ran.code == 7 and status(ran) != ["proven"], ran.out


def test_a_paper_by_a_key_that_left_service_before(desk: Desk) -> None:
    made = handed_in.erasure(tag="A-1")
    handed_in.put(desk.papers, made)
    key_id = samples.KEY.key_id
    said = Retirement(key_id, made.started, "lost", AFTER, key_id)
    (desk.papers / f"{key_id}.retirement.json").write_bytes(statements.sign(said, samples.KEY))
    assert status(desk.closes(ROW)) == ["missing"]


def test_one_disk_of_a_computer_stands_not_for_the_other(desk: Desk) -> None:
    """The other is only known from its receipt, or from an inspection."""
    handed_in.put(desk.papers, handed_in.erasure(tag="PC-7"))
    other = msgspec.structs.replace(samples.DISK, serial="OTHER-77", wwn=None)
    found = inspections.record(other, asset_tag="PC-7")
    handed_in.put(desk.papers, found)
    assert desk.closes("asset tag\nPC-7\n").code == 7
    for file in desk.papers.glob(f"{found.number}*"):
        file.unlink()
    assert desk.closes("asset tag\nPC-7\n").code == 0
    desk.ledger().append(lambda place: custody(place, "receive", Named("PC-7", "OTHER-77")))
    assert desk.closes("asset tag\nPC-7\n", no_ledger=False).code == 7


def test_a_job_that_went_on_with_another_disk(desk: Desk) -> None:
    """Its paper says which job it took up; but not that the disk is the same."""
    stopped = handed_in.issued_by(samples.KEY, 1, samples.interrupted(asset_tag="A-1"))
    handed_in.put(desk.papers, stopped)
    other = handed_in.erasure(2, "A-1", serial="OTHER-77", wwn=None)
    handed_in.put(desk.papers, msgspec.structs.replace(other, continues=stopped.number))
    serial = stopped.medium.serial
    for rows in (f"serial\n{serial}\n", f"asset tag,serial\nA-1,{serial}\n", "asset tag\nA-1\n"):
        ran = desk.closes(rows)
        assert ran.code == 7 and status(ran) != ["proven"], ran.out


def custody(place: Place, event: str, named: Named, at: str = AFTER, happened: str | None = None) -> Custody:
    return Custody(
        seq=place.seq, at=at, event=event, medium=named, happened=happened, person="受入 花子", counterpart=None, place=None,
        seal=None, note=None,
    )  # fmt: skip


NUMBERED = Named(serial=SERIAL)


@pytest.mark.parametrize("named", [NUMBERED, Named("B-9", SERIAL), Named(wwn=samples.DISK.wwn), Named("A-1")])
@pytest.mark.parametrize("rows", ["asset tag\nA-1\n", ROW])
def test_a_receipt_of_the_same_disk_under_whatever_name(desk: Desk, named: Named, rows: str) -> None:
    handed_in.put(desk.papers, handed_in.erasure(tag="A-1"))
    desk.ledger().append(lambda place: custody(place, "receive", named))
    ran = desk.closes(rows, no_ledger=False)
    assert ran.code == 7 and status(ran) == ["outdated"], ran.out


@pytest.mark.parametrize("tag", [None, "A-1", "B-9"])
@pytest.mark.parametrize("rows", ["asset tag\nA-1\n", ROW])
def test_a_failed_wipe_of_the_same_disk_under_whatever_tag(desk: Desk, tag: str | None, rows: str) -> None:
    """Its paper was removed, or was never handed in: the ledger says enough."""
    contractor = desk.trusted(OTHER_KEY)
    handed_in.put(desk.papers, handed_in.erasure(tag="A-1", key=OTHER_KEY), OTHER_KEY)
    book = desk.ledger()
    started = book.start(AFTER, samples.DISK, "keyed", tag)
    for what in ("open", "not-erased"):
        ran = desk.closes(rows, "--part", "--key", contractor, no_ledger=False)
        assert ran.code == 7 and status(ran) == [what], ran.out
        if what == "open":
            book.end(started, AFTER, "not-erased", "ab" * 32, "cd" * 64)


def test_a_paper_of_another_disk_under_the_number_of_a_job_that_never_ended(desk: Desk) -> None:
    """A station whose ledger began anew gives its numbers again: the older paper ends no job of today."""
    handed_in.put(desk.papers, handed_in.erasure(2, tag="A-1", days=-30))
    handed_in.put(desk.papers, handed_in.erasure(1, tag="B-1", serial="OTHER-77", wwn=None, days=-31))
    desk.ledger().start(AFTER, samples.DISK, "keyed", "A-1")
    ran = desk.closes(ROW, "--part", no_ledger=False)
    assert ran.code == 7 and status(ran) in (["torn"], ["open"]), ran.out


@pytest.mark.parametrize("at", ["2025-11-22T09:58:41+09:00", "2025-12-02T10:00:00+09:00"])
def test_an_old_paper_that_is_entered_again_after_the_receipt(desk: Desk, at: str) -> None:
    """Whoever may append to a shared ledger can enter another station's paper where it suits him: its digest and signature are on it."""
    contractor, made = desk.trusted(OTHER_KEY), handed_in.erasure(tag="A-1", key=OTHER_KEY)
    file = handed_in.put(desk.papers, made, OTHER_KEY)
    book = desk.ledger()
    book.append(lambda place: custody(place, "receive", NUMBERED))
    hostile = Ledger(desk.eraser.home / "ledger.sqlite", made.number.partition("-")[0])
    started = hostile.start(at, made.medium, made.method.id, "A-1")
    assert started.number == made.number
    raw = file.read_bytes()
    hostile.end(started, at, "erased", canonical.digest(raw), OTHER_KEY.sign(raw).hex())
    ran = desk.closes(ROW, "--key", contractor, no_ledger=False)
    assert ran.code == 7 and status(ran) == ["outdated"], ran.out


def test_a_ledger_that_lost_its_end_or_was_taken_away(eraser: Eraser, tmp_path: Path) -> None:
    """Also if nobody remembers how long it was: the station's papers know of more."""
    inventory = tmp_path / "list.csv"
    inventory.write_text("asset tag\nA-1\n")

    def wipe(tag: str) -> None:
        (tmp_path / tag).write_bytes(bytes(1 << 16))
        assert eraser("wipe", tmp_path / tag, "--image", "--confirm", tag, "--asset-tag", tag).code == 0

    wipe("A-1")
    early = tmp_path / "early.sqlite"
    with sqlite3.connect(eraser.home / "ledger.sqlite") as opened, sqlite3.connect(early) as copy:
        opened.backup(copy)
    assert eraser("custody", "receive", "--asset-tag", "A-1", "--person", "受入 花子").code == 0
    wipe("A-2")
    assert "received" in eraser("reconcile", inventory, "--images", "--part").out.lower()
    remembered = [file for file in eraser.home.iterdir() if "checkpoint" in file.name]
    assert remembered
    for file in (*remembered, *eraser.home.glob("ledger.sqlite*")):
        file.unlink()
    for put_back in (False, True):
        if put_back:
            shutil.copy(early, eraser.home / "ledger.sqlite")
        ran = eraser("reconcile", inventory, "--images", "--part")
        assert ran.code == 7 and "-000002" in ran.err, ran.out + ran.err


def test_an_entry_of_the_station_itself_without_its_paper(desk: Desk) -> None:
    book = desk.ledger()
    book.end(book.start(AFTER, samples.DISK, "keyed", "A-1"), AFTER, "erased", "ab" * 32, "00" * 64)
    assert status(desk.closes(ROW, no_ledger=False)) == ["paper-missing"]


def test_a_destruction_that_names_less_than_the_row(desk: Desk) -> None:
    """The tag alone is not the disk; nor is its number the tag's disk, if the tag is another one."""
    for named, rows, told in (
        (Named("A-1"), ROW, "mismatch"),
        (Named("B-9", SERIAL), ROW, "mismatch"),
        (Named("A-1", "OTHER-77"), ROW, "mismatch"),
        (Named(serial=SERIAL), f"serial,wwn\n{SERIAL},{samples.DISK.wwn}\n", "mismatch"),
        (Named(None, SERIAL), "asset tag\nA-1\n", "missing"),
    ):
        other = Desk(desk.papers / told / str(len(str(named))))
        words = [
            (f"--{name.replace('_', '-')}", text)
            for name in ("asset_tag", "serial", "wwn")
            if (text := getattr(named, name))
        ]
        cut = other.eraser("destroy", *(word for pair in words for word in pair), "--media-type", "magnetic-disk", *CUT)
        assert cut.code == 0, cut.err
        ran = other.closes(rows, "--part", no_ledger=False)
        assert ran.code == 7 and status(ran) == [told], (named, ran.out)


@pytest.mark.loop
def test_a_loop_disk_is_no_drive_whatever_tag_it_was_given(
    desk: Desk, tmp_path: Path, loop_disk: LoopDiskFactory
) -> None:
    disk = loop_disk(4 << 20)
    wiped = desk.eraser.wipe(disk.node, "--asset-tag", "A-1")
    assert wiped.code == 0, wiped.err
    for rows, told in ((ROW, {"mismatch", "image-file"}), ("asset tag\nA-1\n", {"image-file"})):
        ran = desk.closes(rows, no_ledger=False)
        assert ran.code == 7 and set(status(ran)) <= told, ran.out
    assert status(desk.closes(ROW, "--images", no_ledger=False)) == ["mismatch"], "it never showed the row's number"
    assert desk.closes("asset tag\nA-1\n", "--images", no_ledger=False).code == 0


VOLUMES = ({"node": "/dev/loop7"}, {"bus": "nbd"}, {"vendor": "QEMU"}, {"path": "ip-192.0.2.1:3260-iscsi-x-lun-0"})


@pytest.mark.parametrize("change", VOLUMES)
def test_a_volume_that_shows_the_drives_own_numbers(desk: Desk, change: dict[str, Any]) -> None:
    """Who makes a volume may give it any serial number and WWN."""
    handed_in.put(desk.papers, handed_in.erasure(tag="A-1", **change))
    for rows in (ROW, "asset tag\nA-1\n", f"serial\n{SERIAL}\n", f"wwn\n{samples.DISK.wwn}\n"):
        assert status(desk.closes(rows)) == ["image-file"]
    assert desk.closes(ROW, "--images").code == 0


def test_a_drive_of_two_namespaces_is_proven_when_both_are(desk: Desk) -> None:
    first = handed_in.of(samples.NAMESPACE, 1, "A-1")
    second = msgspec.structs.replace(
        samples.NAMESPACE, node="/dev/nvme0n2", wwn="eui.0025385b71b0a102", part="2", capacity_bytes=64_000_000_000,
        siblings=(Sibling("namespace", "1", "/dev/nvme0n1", samples.NAMESPACE.wwn, samples.NAMESPACE.capacity_bytes),),
    )  # fmt: skip
    handed_in.put(desk.papers, first)
    lists = (f"serial\n{first.medium.serial}\n", f"asset tag,serial\nA-1,{first.medium.serial}\n", "asset tag\nA-1\n")
    for rows in lists:
        ran = desk.closes(rows)
        assert ran.code == 7 and status(ran) == ["part"], ran.out
    handed_in.put(desk.papers, handed_in.later(handed_in.of(second, 2, "A-1"), 1))
    for rows in lists:
        ran = desk.closes(rows)
        assert ran.code == 0 and status(ran) == ["proven"], ran.out


def test_two_disks_behind_a_dock_that_shows_one_number_for_both_can_be_destroyed(desk: Desk) -> None:
    """A bridge's number is none; and one that people typed twice is told apart by the tags, and no proof of the other."""
    for serial, more in (("20170331000C3", ()), ("DOCK-4711", ("--serial-column", "-"))):
        for tag in ("A-1", "A-2"):
            words = ("--asset-tag", f"{serial}-{tag}", "--serial", serial, "--media-type", "magnetic-disk")
            cut = desk.eraser("destroy", *words, *CUT)
            assert cut.code == 0, cut.err
            again = desk.eraser("destroy", *words, *CUT)
            assert again.code == 2 and "destroyed" in again.err, again.err
            told = [
                row["status"]
                for row in desk.closes(f"asset tag\n{serial}-A-1\n{serial}-A-2\n", "--part", no_ledger=False).of(
                    "asset"
                )
            ]
            assert told[0] == "proven" or more, told
            if tag == "A-1":
                assert told[1] == "missing", told
