"""`eraser reconcile` as a user runs it: files in, list and exit code out."""

from __future__ import annotations

import csv
import io
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from eraser import cli
from tests.certificates.lists.writers import by_openpyxl
from tests.lab.command import Eraser, Ran


def wiped(eraser: Eraser, folder: Path, tag: str, *more: object) -> Ran:
    """An image file of that asset tag, wiped."""
    image = folder / f"{tag}.img"
    image.write_bytes(bytes(1 << 16))
    ran = eraser("wipe", image, "--image", "--confirm", image.name, "--asset-tag", tag, "--json", *more)
    assert ran.code == 0, ran.err
    return ran


@pytest.mark.tools("pdftotext")
def test_an_inventory_is_closed_against_the_ledger_and_opened_again(eraser: Eraser, tmp_path: Path) -> None:
    for tag in ("USB-001", "USB-002"):
        wiped(eraser, tmp_path, tag)
    inventory = tmp_path / "台帳.csv"
    inventory.write_bytes("管理番号,品名\r\nＵＳＢ－００１,メモリ\r\nusb 002,メモリ\r\n".encode("cp932"))
    closed = eraser("reconcile", "--images", inventory, "--json")
    assert closed.code == 0, closed.out + closed.err
    (whole,) = closed.of("reconciled")
    assert whole["closed"] and whole["counts"]["proven"] == 2 and whole["columns"] == {"asset_tag": "管理番号"}

    inventory.write_bytes("管理番号\r\nUSB-001\r\nUSB-003\r\n=cmd|' /C calc'!A0\r\n".encode())
    listed, page = tmp_path / "list.csv", tmp_path / "page.pdf"
    ran = eraser("reconcile", "--images", inventory, "--csv", listed, "--pdf", page)
    assert ran.code == 7
    assert "No proof: 1" in ran.out and "USB-003" in ran.out and "Not in the inventory: 1" in ran.out
    assert "A4 is a formula as text" in ran.out
    rows = list(csv.DictReader(io.StringIO(listed.read_text(encoding="utf-8-sig"))))
    assert [row["Status"] for row in rows] == ["Proven", "No proof", "No identity in the row", "Not in the inventory"]
    assert rows[2]["Asset tag"].startswith("'=") and rows[3]["Asset tag"] == "USB-002"
    text = subprocess.run(["pdftotext", "-layout", page, "-"], check=True, capture_output=True, text=True).stdout
    assert (
        "NOT CLOSED: assets without proof: 2, media not in the inventory: 1" in " ".join(text.split())
        and "USB-003" in text
        and text.count("\f") == 1
    )
    assert eraser("reconcile", "--images", inventory, "--csv", listed).code == 2, "a file that is there is not replaced"
    inventory.write_bytes("管理番号\r\nUSB-001\r\nUSB-003\r\n".encode())
    assert eraser("reconcile", "--images", inventory, "--part", "--where", "管理番号=USB-001").code == 0


def test_a_failed_check_is_told_beside_its_certificate(eraser: Eraser, tmp_path: Path) -> None:
    wiped(eraser, tmp_path, "USB-001", "--out", tmp_path / "papers")
    (certificate,) = (tmp_path / "papers").glob("*.pdf")
    inventory = tmp_path / "list.csv"
    inventory.write_text("asset tag\nUSB-001\n")
    image, checked = tmp_path / "USB-001.img", tmp_path / "checks"
    with image.open("r+b") as medium:
        wiped_sector = medium.read(512)
        medium.seek(0)
        medium.write(b"files again".ljust(512))
    assert eraser("verify", image, "--certificate", certificate, "--out", checked).code == 6
    (check,) = checked.glob("*.pdf")
    for more in ((), ("--no-ledger", "--certificates", certificate.parent, "--certificates", checked)):
        ran = eraser("reconcile", "--images", inventory, *more)
        assert ran.code == 7 and "Check failed: 1" in ran.out and check.stem in ran.out, ran.out + ran.err
    with image.open("r+b") as medium:
        medium.write(wiped_sector)
    assert eraser("verify", image, "--certificate", certificate).code == 0
    assert eraser("reconcile", "--images", inventory).code == 0


def test_what_is_ambiguous_is_refused_without_a_terminal(eraser: Eraser, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.csv"
    inventory.write_text("資産番号,管理番号\nA1,B1\n")
    ran = eraser("reconcile", "--images", inventory)
    assert ran.code == 2 and "#1 資産番号, #2 管理番号" in ran.err and "--asset-column" in ran.err
    assert eraser("reconcile", "--images", inventory, "--asset-column", "管理番号").code == 7


@pytest.mark.parametrize(
    "words", [["none.csv"], ["inventory.csv", "--where", "x"], ["inventory.csv", "--asset-column", "B"]]
)
def test_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.setenv("ERASER_HOME", str(tmp_path / "station"))
    (tmp_path / "inventory.csv").write_text("資産番号\nA1\n")
    with pytest.raises(SystemExit) as ended:
        cli.main(["reconcile", str(tmp_path / words[0]), *words[1:]])
    assert ended.value.code == 2


def test_a_ledger_that_was_tampered_with_proves_nothing(eraser: Eraser, tmp_path: Path) -> None:
    wiped(eraser, tmp_path, "A1")
    with sqlite3.connect(eraser.home / "ledger.sqlite") as connection:
        connection.execute("DROP TRIGGER never_removed")
        connection.execute("DELETE FROM entry WHERE seq = 1")
    inventory = tmp_path / "inventory.csv"
    inventory.write_text("資産番号\nA1\n")
    assert eraser("reconcile", "--images", inventory).code == 7
    assert eraser("reconcile", "--images", inventory, "--no-ledger", "--json").of("asset")[0]["status"] == "missing"


def test_an_older_ledger_in_its_place_proves_nothing_and_is_signed_by_nobody(eraser: Eraser, tmp_path: Path) -> None:
    wiped(eraser, tmp_path, "A1")
    book, kept = eraser.home / "ledger.sqlite", tmp_path / "ledger.old"
    with sqlite3.connect(book) as opened, sqlite3.connect(kept) as copy:
        opened.backup(copy)
    wiped(eraser, tmp_path, "A2")
    for file in eraser.home.glob("ledger.sqlite*"):
        file.unlink()
    shutil.copy(kept, book)
    inventory = tmp_path / "inventory.csv"
    inventory.write_text("資産番号\nA1\n")
    (number,) = {file.stem for file in eraser.home.glob("certificates/*-000001.json")}
    for words in (
        ("reconcile", "--images", inventory),
        ("ledger", "report", "--from", "2026-01-01", "--to", "2099-12-31"),
        ("ledger", "checkpoint", "--out", tmp_path / "signed"),
        ("ledger", "prove", number, "--out", tmp_path / "signed"),
        ("ledger", "export", "--format", "tiles", "--out", tmp_path / "signed"),
    ):
        ran = eraser(*words)
        assert ran.code == 7, (words, ran.out, ran.err)
    assert not (tmp_path / "signed").exists()


@pytest.mark.tools("pdftotext")
def test_rows_that_are_not_understood_are_named_and_open(eraser: Eraser, tmp_path: Path) -> None:
    """A formula without its result once made its row vanish, and the inventory was closed without it."""
    wiped(eraser, tmp_path, "USB-001")
    inventory = tmp_path / "台帳.xlsx"
    inventory.write_bytes(
        by_openpyxl([("管理番号", "備考"), ("USB-001", None), ('="USB-"&"002"', None), ("合計", "1台")])
    )
    ran = eraser("reconcile", "--images", inventory)
    assert ran.code == 7 and "A3 is a formula whose result is not in the file" in ran.out, ran.out
    inventory.write_bytes(by_openpyxl([("管理番号", "備考"), ("USB-001", None), ("合計", "1台")]))
    closed = eraser("reconcile", "--images", inventory, "--json", "--pdf", tmp_path / "page.pdf")
    assert closed.code == 0 and closed.of("reconciled")[0]["aside"] == [{"row": 3, "why": "total"}]
    page = subprocess.run(["pdftotext", tmp_path / "page.pdf", "-"], check=True, capture_output=True, text=True).stdout
    assert "Not taken for an asset: total: 1 (row 3)" in page


def test_what_a_list_is_can_be_said(eraser: Eraser, tmp_path: Path) -> None:
    wiped(eraser, tmp_path, "USB-001")
    inventory = tmp_path / "list.txt"
    inventory.write_bytes("管理番号一覧|2026\nラベル|管理番号\nx, y|USB-001\n※ 注|\n".encode("euc_jp"))
    said = ("--delimiter", "pipe", "--encoding", "euc_jp", "--heading-row", "2", "--last-row", "3")
    assert eraser("reconcile", "--images", inventory, *said).code == 0
    assert eraser("reconcile", "--images", inventory, *said[:4], "--heading-row", "x").code == 2


def test_what_only_some_rows_are_asked_of_has_a_total_of_all(eraser: Eraser, tmp_path: Path) -> None:
    wiped(eraser, tmp_path, "USB-001")
    inventory = tmp_path / "list.csv"
    inventory.write_text("管理番号,状態\nUSB-001,廃棄\nUSB-002,使用中\n合計 2件,\n", "utf-8")
    ran = eraser("reconcile", "--images", inventory, "--where", "状態=廃棄", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert [(each["row"], each["why"]) for each in ran.of("reconciled")[0]["aside"]] == [(3, "where"), (4, "total")]


def test_a_list_writes_nothing_of_its_own_on_the_terminal(eraser: Eraser, tmp_path: Path) -> None:
    """Headings and the file's name are the contractor's: they once cleared the screen, and could have written an outcome there."""
    wiped(eraser, tmp_path, "USB-001")
    inventory = tmp_path / "a\nClosed\x1b[2J.csv"
    inventory.write_text("管理番号\x1b[2J照合完了\nUSB-001\n", "utf-8")
    taken = eraser("reconcile", "--images", inventory)
    inventory.write_text("\x1b[2J照合完了,x\nUSB-001,x\n", "utf-8")
    refused = eraser("reconcile", inventory)
    assert (taken.code, refused.code) == (0, 2), taken.out + refused.err
    for told in (taken.out, refused.err):
        assert "\x1b" not in told and "\nClosed\\x1b" not in told and "照合完了" in told and "\\x1b[2J" in told


def test_columns_without_a_heading_are_named(eraser: Eraser, tmp_path: Path) -> None:
    """A second table to the right of the first, of which nothing was said."""
    wiped(eraser, tmp_path, "USB-001")
    inventory = tmp_path / "list.xlsx"
    inventory.write_bytes(by_openpyxl([("管理番号", "備考"), ("USB-001", "x", None, "USB-002", "WD-2")]))
    ran = eraser("reconcile", "--images", inventory)
    assert ran.code == 0 and "Columns D, E have no heading and were not used." in ran.out, ran.out
