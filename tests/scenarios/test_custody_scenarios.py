"""The councils' situations about boxes, lists and logs, walked with the commands alone: S3, S6, S8, S9, S10."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest
import xlsxwriter

from tests.certificates.samples import photograph
from tests.conftest import LyingDriveFactory
from tests.lab.available import needs
from tests.lab.command import Eraser, Ran

MiB = 1 << 20


def stick(eraser: Eraser, folder: Path, tag: str, *more: object) -> Ran:
    """A wipe of the medium with that asset tag (an image file)."""
    image = folder / f"{tag}.img"
    image.write_bytes(b"\x5a" * 65536)
    return eraser("wipe", image, "--image", "--confirm", image.name, "--asset-tag", tag, "--json", *more)


def page(file: Path) -> str:
    needs("pdftotext")
    return subprocess.run(["pdftotext", "-layout", file, "-"], check=True, capture_output=True, text=True).stdout


@pytest.mark.nbd
def test_s03_a_stick_grows_old_fails_and_goes_into_the_box(
    eraser: Eraser, tmp_path: Path, lying_drive: LyingDriveFactory
) -> None:
    """First use and wipes are known, age is warned of; what fails is NOT ERASED; one command records the whole box."""
    eraser.environment = {**eraser.environment, "ERASER_MAX_WIPES": "2"}
    for _ in range(2):
        assert stick(eraser, tmp_path, "USB-001").code == 0
    third = stick(eraser, tmp_path, "USB-001")
    assert third.code == 0 and "Due for replacement" in third.err
    (life,) = eraser("ledger", "life", "USB-001", "--json").lines
    assert (life["wipes"], life["failures"], life["over"]) == (3, 0, ["wipes"])

    broken = lying_drive("ignores-writes", size=4 * MiB)
    failed = eraser.wipe(broken.node, "--asset-tag", "USB-002")
    assert failed.code == 4
    assert "eraser destroy" in page(failed.paper(".pdf"))
    inventory = tmp_path / "sticks.csv"
    inventory.write_text("管理番号,種別\nUSB-001,USBメモリ\nUSB-002,USBメモリ\n")
    before = eraser("reconcile", "--images", inventory, "--json")
    assert before.code == 7 and [row["status"] for row in before.of("asset")] == ["proven", "not-erased"]

    box = eraser("destroy", "--box", inventory, "--method", "chip-cut", "--witness", "立会 一郎", "--json")
    assert box.code == 0, box.err
    text = page(Path(box.lines[0]["files"][0]))
    assert "物理破壊証明書" in text and "USB-002" in text and failed.job["number"] in text
    assert eraser("reconcile", "--images", inventory).code == 0


def test_s06_contractors_certificates_close_the_citys_inventory(eraser: Eraser, tmp_path: Path) -> None:
    """Only authentic ones count; what the contractor left out, and what somebody edited, is named."""
    contractor, papers = eraser, tmp_path / "papers"
    for tag in ("複合機-1", "複合機-2", "複合機-3"):
        assert stick(contractor, tmp_path, tag, "--out", papers).code == 0
    book = xlsxwriter.Workbook(tmp_path / "台帳.xlsx")
    sheet = book.add_worksheet("複合機")
    for row, cells in enumerate(
        (("情報機器台帳",), ("管理番号", "機種"), ("複合機-1", "A"), ("複合機－２", "B"), ("複合機-4", "C"))
    ):
        sheet.write_row(row, 0, cells)
    book.close()
    auditor = Eraser(tmp_path / "auditor")
    pem = tmp_path / "station.pem"
    pem.write_text(json.loads(contractor("key", "show", "--json").out)["pem"])
    words = ("reconcile", "--images", tmp_path / "台帳.xlsx", "--certificates", papers, "--key", pem, "--json")
    unknown = auditor(*(word for word in words if word not in ("--key", pem)))
    assert {row["status"] for row in unknown.of("asset")} == {"missing"}, "a key that nobody trusts proves nothing"
    told = auditor(*words)
    assert told.code == 7
    assert [row["status"] for row in told.of("asset")] == ["proven", "proven", "missing"]
    assert [row["medium"]["asset_tag"] for row in told.of("stranger")] == ["複合機-3"]

    edited = next(file for file in papers.glob("*.pdf") if "000002" in file.name)
    edited.write_bytes(edited.read_bytes().replace(b'"outcome":"erased"', b'"outcome":"ERASED"'))
    told = auditor(*words)
    assert [row["status"] for row in told.of("asset")] == ["proven", "missing", "missing"]
    assert [row["file"] for row in told.of("refused-proof")] == [str(edited)]


@pytest.mark.tools("b3sum")
def test_s08_one_hole_is_not_enough(eraser: Eraser, tmp_path: Path) -> None:
    """The record says so, with the photographs; deforming the same disk suffices, and closes it."""
    photos = []
    for number, name in enumerate(("前.jpg", "後.jpg")):
        (tmp_path / name).write_bytes(photograph("photo-1.jpg", 100 + 50 * number)[1])
        photos.append(tmp_path / name)
    seen = ("--photo-before", photos[0], "--photo-after", photos[1], "--operator", "作業 太郎", "--location", "第2倉庫")
    disk = ("--serial", "WD-WCC4E0001", "--media-type", "magnetic-disk", "--json")
    drilled = eraser("destroy", *disk, "--method", "drill-single", *seen)
    assert drilled.code == 4 and drilled.lines[0]["outcome"] == "destruction-insufficient"
    text = page(Path(drilled.lines[0]["files"][0]))
    assert "破壊として不十分です" in text and "NOT SUFFICIENT" in text and "証明書" not in text.split("対象媒体")[0]
    digest = subprocess.run(["b3sum", "--no-names", photos[0]], check=True, capture_output=True, text=True).stdout
    record = json.loads(Path(next(file for file in drilled.lines[0]["files"] if file.endswith(".json"))).read_bytes())
    assert record["evidence"][0]["blake3"] == digest.strip() and record["before"] == ["前.jpg"]

    assert eraser("destroy", *disk, "--method", "bend").code == 5, "nobody saw it: asked about before it is recorded"
    unseen = eraser("destroy", *disk, "--method", "bend", "--no-witness", "夜間作業のため")
    assert unseen.code == 4 and unseen.lines[0]["outcome"] == "destruction-not-confirmed"
    bent = eraser("destroy", *disk, "--method", "bend", "--equipment", "プレス X-1", *seen)
    assert bent.code == 0
    story = eraser("custody", "show", "wdwcc4e0001", "--json").lines
    assert [each["what"] for each in story] == ["destruction-insufficient", "destruction-not-confirmed", "destroyed"]
    assert eraser("audit", eraser.home / "certificates", "--json").code == 0


def test_s09_who_had_what_and_when_can_not_be_rewritten(eraser: Eraser, tmp_path: Path) -> None:
    """Received, stored, wiped, witnessed, handed over: on the certificate's annex, in the report, and in a ledger that shows tampering."""
    who = ("--asset-tag", "PC-7", "--person", "管理 花子")
    assert eraser("custody", "receive", *who, "--from", "市民課", "--seal", "S-0099").code == 0
    assert eraser("custody", "store", *who, "--place", "鍵付き書庫3").code == 0
    wiped = stick(eraser, tmp_path, "PC-7", "--witness", "立会 一郎")
    assert wiped.code == 0
    text = page(wiped.paper(".pdf"))
    assert "受渡し・保管" in text and "S-0099" in text and "鍵付き書庫3" in text
    assert eraser("custody", "handover", *who, "--to", "リース会社").code == 0
    assert eraser("audit", wiped.paper(".pdf")).code == 0

    listed, paper = tmp_path / "period.csv", tmp_path / "period.pdf"
    days = ("--from", "2000-01-01", "--to", "2999-12-31")
    report = eraser("ledger", "report", *days, "--csv", listed, "--pdf", paper, "--json")
    (period,) = report.of("period")
    assert period["counts"] == {"custody.receive": 1, "custody.store": 1, "erased": 1, "custody.handover": 1}
    assert period["open_items"] == 0 and "未了の事項はありません" in page(paper)
    assert "リース会社" in listed.read_text(encoding="utf-8-sig")

    with sqlite3.connect(eraser.home / "ledger.sqlite") as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("DELETE FROM entry WHERE seq = 2")
    assert eraser("ledger", "verify").code == 7
    assert eraser("ledger", "report", *days).code == 7, "a ledger that was changed reports nothing"
    assert eraser("custody", "show", "PC-7").code == 7


def test_s10_how_many_sticks_are_there(eraser: Eraser, tmp_path: Path) -> None:
    """Every asset that should have been erased: proven, missing, not erased again after it came back, not in the list."""
    for tag in ("USB-1", "USB-2", "USB-9"):
        assert stick(eraser, tmp_path, tag).code == 0
    assert eraser("custody", "issue", "--asset-tag", "USB-2", "--person", "貸出 次郎").code == 0
    inventory = tmp_path / "sticks.csv"
    inventory.write_bytes("備品番号,課\r\nUSB-1,市民課\r\nＵＳＢ－２,市民課\r\nUSB-3,税務課\r\n".encode("cp932"))
    one_page = tmp_path / "result.pdf"
    told = eraser("reconcile", "--images", inventory, "--pdf", one_page, "--json")
    assert told.code == 7
    assert [row["status"] for row in told.of("asset")] == ["proven", "outdated", "missing"]
    assert [row["medium"]["asset_tag"] for row in told.of("stranger")] == ["USB-9"]
    assert "未了: 証明のない資産 2 件、資産台帳にない媒体 1 件" in page(one_page)
    assert stick(eraser, tmp_path, "USB-2").code == 0
    assert eraser("reconcile", "--images", inventory, "--where", "課=市民課", "--part").code == 0
