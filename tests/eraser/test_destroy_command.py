"""`eraser destroy`: a box with its list, what is refused, and what the ledger makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates.destruction import DestructionRecord
from tests.certificates.lists.writers import by_openpyxl
from tests.certificates.reading import words
from tests.lab.command import Eraser

SEEN = ("--witness", "立会 一郎", "--json")


@pytest.mark.parametrize("name", [" ", "\u3000", "なし"])
def test_nobody_by_another_name_saw_nothing(name: str, eraser: Eraser) -> None:
    asked = eraser("destroy", "--serial", "S-1", "--media-type", "usb-flash", "--method", "chip-cut", "--witness", name)
    assert asked.code == 5, asked.err
    blank = eraser(
        "destroy", "--serial", "S-1", "--media-type", "usb-flash", "--method", "chip-cut", "--no-witness", name
    )
    assert blank.code == (5 if name.isspace() else 4)


def test_a_box_is_destroyed_and_closes_the_inventory(eraser: Eraser, tmp_path: Path) -> None:
    box = tmp_path / "box.csv"
    box.write_bytes("管理番号,シリアル番号,種別\r\nUSB-1,S0001,USBメモリ\r\nUSB-2,S0002,USBメモリ\r\n".encode("cp932"))
    shredded = eraser("destroy", "--box", box, "--method", "shred", "--particle", "4", *SEEN)
    assert shredded.code == 4 and "memory chips" in shredded.err
    assert eraser("reconcile", box, "--json").of("asset")[0]["status"] == "destruction-insufficient"

    cut = eraser("destroy", "--box", box, "--method", "chip-cut", "--data-class", "mynumber", *SEEN)
    (told,) = cut.of("destroyed")
    assert cut.code == 0 and told["outcome"] == "destroyed" and len(told["media"]) == 2
    closed = eraser("reconcile", box, "--json")
    assert closed.code == 0, closed.out
    assert eraser("audit", *(file for file in told["files"] if file.endswith(".pdf"))).code == 0
    assert eraser("ledger", "verify").code == 0
    again = eraser("destroy", "--serial", "S-0001", "--method", "chip-cut", *SEEN)
    assert again.code == 2 and told["number"] in again.err

    # The auditor, who has the certificate only.
    auditor = Eraser(tmp_path / "auditor")
    pem = tmp_path / "station.pem"
    pem.write_text(eraser("key", "show", "--json").lines[0]["pem"])
    folder = eraser.home / "certificates"
    assert auditor("reconcile", box, "--certificates", folder, "--key", pem, "--no-ledger").code == 0


def test_maker_and_model_of_a_box_stand_in_the_list_of_the_page(eraser: Eraser, tmp_path: Path) -> None:
    """On the first page, and in the annex of a box that has no room there; the list may call them differently, or not have them."""
    box = tmp_path / "box.csv"
    for count, heads, told in (
        (3, "メーカー,型番,機種名", "見本電機,UH-EHD-{n},見本ドライブ"),
        (12, "Manufacturer,Model,備考", "見本電機,UH-EHD-{n},x"),
        (2, "備考,設置場所,部署", "x,y,z"),
    ):
        rows = [f"USB-{count}-{n},S{count}-{n:04d},USBメモリ,{told.format(n=n)}" for n in range(count)]
        box.write_text("\n".join([f"管理番号,シリアル番号,種別,{heads}", *rows]), encoding="utf-8")
        (row,) = eraser("destroy", "--box", box, "--method", "chip-cut", *SEEN).of("destroyed")
        paper = next(Path(file) for file in row["files"] if file.endswith(".pdf"))
        record = msgspec.json.decode(paper.with_suffix(".json").read_bytes(), type=DestructionRecord)
        said = "".join(words(record).split())
        named = "UH-EHD" in told
        assert all((f"UH-EHD-{n}" in said) == named for n in range(count))
        assert ("見本電機" in said, "見本ドライブ" in said) == (named, count == 3)
        assert row["media"][0]["medium"]["vendor"] == ("見本電機" if named else None)
        assert eraser("audit", paper).code == 0
    assert eraser("ledger", "verify").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--serial", "S1"),
        ("--method", "shred", "--particle", "4"),
        ("--serial", "S1", "--method", "shred"),
        ("--serial", "S1", "--method", "bend", "--holes", "3"),
        ("--serial", "S1", "--method", "drill-multiple", "--holes", "1"),
        ("--serial", "S1", "--method", "degauss", "--field", "strong"),
        ("--serial", "S1", "--method", "bend", "--policy", "none"),
        ("--serial", "S1", "--method", "bend", "--at", "2999-01-01T00:00:00Z"),
        ("--serial", "S1", "--method", "bend", "--photo-before", "none.jpg"),
        ("--box", "twice.csv", "--method", "bend"),
        ("--box", "kind.csv", "--method", "bend"),
        ("--box", "blank.csv", "--method", "bend"),
        ("--box", "columns.csv", "--method", "bend"),
        ("--box", "twice.csv", "--serial", "S1", "--method", "bend"),
    ],
)
def test_what_is_refused_is_not_recorded(
    tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process: it is refused before anything is asked of the station but its key."""
    from eraser import cli

    monkeypatch.setenv("ERASER_HOME", str(tmp_path / "station"))
    (tmp_path / "twice.csv").write_text("シリアル番号\nS1\nS-1\n")
    (tmp_path / "kind.csv").write_text("シリアル番号,種別\nS1,プリンター\n")
    (tmp_path / "columns.csv").write_text("シリアル番号,種別,種類\nS1,HDD,HDD\n")
    (tmp_path / "blank.csv").write_text("シリアル番号,備考\n,x\n")
    placed = [str(tmp_path / word) if word.endswith(".csv") else word for word in words]
    with pytest.raises(SystemExit) as ended:
        cli.main(["destroy", *placed, "--witness", "A"])
    assert ended.value.code == 2
    assert not (tmp_path / "station" / "ledger.sqlite").exists()
    assert "-column" not in capsys.readouterr().err, "an option that only reconcile has"


WAY = ("destroy", "--serial", "S1", "--media-type", "usb-flash", "--method", "chip-cut", "--operator", "A")


def test_what_nobody_saw_is_refused_before_it_is_recorded(eraser: Eraser) -> None:
    ran = eraser(*WAY, "--witness", "Ａ", "--lang", "en")  # the operator himself, in another spelling
    assert ran.code == 5 and "--no-witness" in ran.err and "Nothing was recorded" in ran.err
    assert eraser("ledger", "show", "--json").lines == []


def test_a_witness_is_added_later_by_a_record_of_its_own(eraser: Eraser, tmp_path: Path) -> None:
    """Nobody is told to destroy again what is destroyed."""
    alone = eraser(*WAY, "--no-witness", "night shift", "--lang", "en", "--json")
    (told,) = alone.of("destroyed")
    assert alone.code == 4 and told["outcome"] == "destruction-not-confirmed"
    assert "Destroy it" not in alone.err and f"--add-witness {told['number']}" in alone.err
    first = record_of(told)
    assert first.unwitnessed == "night shift" and "night shift" in words(first)

    for wrong in ((), ("--witness", "A"), ("--witness", "B", "--method", "shred")):
        assert eraser("destroy", "--add-witness", told["number"], *wrong).code in (2, 5)
    assert eraser("destroy", "--add-witness", "00000000-000009", "--witness", "B").code == 2

    added = eraser("destroy", "--add-witness", told["number"], "--witness", "B", "--json")
    assert added.code == 0, added.err
    (later,) = added.of("destroyed")
    record = record_of(later)
    assert record.outcome == "destroyed" and record.done == first.done and record.unwitnessed is None
    assert record.supplements is not None and record.supplements.number == told["number"]
    assert told["number"] in words(record) and record.supplements.digest == told["digest"]
    assert eraser("audit", eraser.home / "certificates").code == 0 and eraser("ledger", "verify").code == 0
    box = tmp_path / "box.csv"
    box.write_text("資産番号,シリアル番号\nA,S1\n", encoding="utf-8")
    assert eraser("reconcile", box, "--part", "--json").of("asset")[0]["status"] in ("proven", "mismatch")
    assert eraser("destroy", "--add-witness", later["number"], "--witness", "C").code == 2, "destroyed is destroyed"


def record_of(row: dict[str, Any]) -> DestructionRecord:
    paper = next(Path(file) for file in row["files"] if file.endswith(".json"))
    return msgspec.json.decode(paper.read_bytes(), type=DestructionRecord)


def test_a_box_is_never_signed_with_fewer_media_than_its_list_has(eraser: Eraser, tmp_path: Path) -> None:
    head = ("管理番号", "シリアル番号", "種別")
    boxes = {
        "a formula without its result": by_openpyxl([head, ("A", "S-1", "HDD"), ("=A2", '="S-"&2', "HDD")]),
        "a kind without its result": by_openpyxl([head, ("A", "S-1", "HDD"), ("B", "S-2", "=C2")]),
        "a hidden row": by_openpyxl([head, ("A", "S-1", "HDD"), ("B", "S-2", "HDD")], hidden=(3,)),
        "a total of more": by_openpyxl([head, ("A", "S-1", "HDD"), ("合計", "2台", None)]),
        "a total of more, without a unit": by_openpyxl(
            [(*head, "台数"), ("A", "S-1", "HDD", 1), ("合計", None, None, 2)]
        ),
        "a second table beside it": by_openpyxl([head, ("A", "S-1", "HDD", None, "B", "S-2")]),
        "sorted with its headings": "A-1,WD-1,HDD\n管理番号,シリアル番号,種別\nB-1,WD-2,HDD\n".encode(),
        "two in one cell": by_openpyxl([head, ("A", "S-1\nS-2", "HDD")]),
        "two in one row": by_openpyxl([(*head, "数量"), ("A", "S-1", "HDD", 2)]),
        "merged": by_openpyxl([head, ("A", "S-1", "HDD"), (None, None, "SSD")], merges=("A2:A3", "B2:B3")),
        "ditto marks": '管理番号,シリアル番号,種別\nA,S-1,HDD\nB,S-2,"\nC,S-3,HDD\nD,S-4,"\n'.encode(),
    }
    for name, content in boxes.items():
        box = tmp_path / "box"
        box.write_bytes(content)
        ran = eraser("destroy", "--box", box, "--method", "chip-cut", "--media-type", "magnetic-disk", *SEEN)
        assert ran.code == 2 and not ran.of("destroyed"), name
        assert "nothing" in ran.err.lower(), name


def test_a_figure_that_the_way_does_not_have(eraser: Eraser) -> None:
    ran = eraser(
        "destroy", "--serial", "S-1", "--media-type", "usb-flash", "--method", "chip-cut", "--particle", "1", *SEEN
    )
    assert ran.code == 2 and "no such figure" in ran.err and " -," not in ran.err
