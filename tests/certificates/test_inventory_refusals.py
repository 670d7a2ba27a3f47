"""Lists that can't be read whole are refused as what they are, with the way on; none of them takes time or memory."""

from __future__ import annotations

import io
import resource
import zipfile
from collections.abc import Callable

import pytest

from certificates import inventory, inventory_file
from certificates.errors import Usage
from certificates.tables import workbook
from tests.certificates.lists.shapes import ALIKE, csv
from tests.certificates.lists.writers import by_openpyxl, by_xlsxwriter, part_by_part

HEADINGS = "資産番号,シリアル番号,備考"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def archive(*names: str, **contents: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, contents.get(name.split("/")[-1].replace(".", "_"), b"x"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        (["A,S1,x", 'B,S2,"', "C,S3,y", 'D,S4,"', "E,S5,z"], 3, 5),  # ditto marks, an even number of them
        (["A,S1,x", 'B,",x', 'C,",y', "D,S4,z"], 3, 4),
        (['A,S1,"x', "B,S2,y", 'C,S3,z"'], 2, 4),  # one at the beginning, one at the end
        (['A,S1,"3.5 inch', 'B,S2,"2.5 inch', "C,S3,z"], 2, 3),
        (['A,","', "B,S2,y"], 2, 2),  # two on one line swallow its columns
        (['A,S1,"', "B,S2", "C,S3", 'D,S4,"'], 2, 5),  # rows that are shorter than the headings
        (['A,S1,"x" y', "B,S2,z"], 2, 2),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_stray_quotation_marks_swallow_no_row(lines: list[str], first: int, last: int, end: str) -> None:
    with pytest.raises(Usage, match=rf"in line {first} of sample would end in line {last}"):
        inventory_file.table(csv(HEADINGS, *lines, end=end), "sample")


def test_a_quotation_mark_that_is_never_closed_is_named() -> None:
    with pytest.raises(Usage, match="in line 3 of sample is never closed"):
        inventory_file.table(csv(HEADINGS, "A,S1,x", 'B,S2,"', "C,S3,y"), "sample")


@pytest.mark.parametrize(
    "content",
    [
        csv(HEADINGS, 'A,S1,"two', 'lines"', "B,S2,x"),
        csv(HEADINGS, 'A,S1,"two, with commas', 'and lines"', "B,S2,x"),
        csv('"資産番号","シリアル番号","備考"', '"A","S1","a, b', 'c, d, e"', '"B","S2",""'),
        csv(HEADINGS, 'A,"S1",\'say ""x""', "B,S2,x"),
        csv(HEADINGS, 'A, "S1" ,x', "B,S2,x"),
    ],
)
def test_quotation_marks_that_are_meant_are_taken(content: bytes) -> None:
    table = inventory_file.table(content, "sample")
    assert [each.serial for each in inventory.read(table, inventory.columns(table, {})).assets] == ["S1", "S2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a password; it can't be read. Open it in Excel, take the password off"),
        (OLE + "Workbook".encode("utf-16-le"), r"the old form \(.xls\)"),
        (OLE + "WordDocument".encode("utf-16-le"), "a Word document"),
        (OLE, "an Office file"),
        (bytes.fromhex("0908100000060500"), r"the old form \(.xls\)"),
        (archive("mimetype", "content.xml", mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), r"\(.ods\)"),
        (archive("mimetype", "content.xml", mimetype=b"application/vnd.oasis.opendocument.text"), "no spreadsheet"),
        (archive("xl/workbook.bin"), r"\(.xlsb\)"),
        (archive("Index/Document.iwa"), "a Numbers document"),
        (archive("word/document.xml"), "a Word document"),
        (archive("list.csv"), "an archive of other files"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"<html><table><tr><td>Serial</td></tr></table>", "a web page"),
        ("\ufeff<!DOCTYPE html>".encode("utf-16-le"), "a web page"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "an XML spreadsheet of 2003"),
        (b"ID;PWXL;N;E\r\nP;PGeneral\r\n", "a SYLK file"),
        (b"\x1f\x8b\x08", "an archive"),
        (b"\x89PNG\r\n", "a picture"),
        (b'{"assets": []}', "a JSON file"),
        (b"{\\rtf1", "RTF"),
    ],
)  # fmt: skip
def test_other_files_are_named_as_what_they_are(content: bytes, said: str) -> None:
    with pytest.raises(Usage, match=said):
        inventory_file.table(content, "sample")


def test_a_list_that_begins_like_another_file_is_a_list() -> None:
    for heading in ("ID;Produkt;Serial", "BM,Serial", "TABLE,Serial", "MM*,Serial", "{x,Serial"):
        assert inventory_file.table(csv(heading, "a,b"), "sample").rows[0].number == 1


def test_a_nul_is_named_with_its_line() -> None:
    with pytest.raises(Usage, match="Line 2 of sample holds a NUL"):
        inventory_file.table(csv("Asset Tag,Serial", "A,S\0001", "B,S2"), "sample")


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp"])
def test_an_encoding_that_is_named_wrongly_is_refused(encoding: str) -> None:
    with pytest.raises(Usage, match="--encoding"):
        inventory_file.table(b"Asset Tag,Serial\n\x80\xff,S1\n", "sample", encoded=encoding)


def test_where_the_encoding_is_uncertain_other_letters_name_no_medium() -> None:
    table = inventory_file.table(csv("Asset Tag,Serial", "PC-1,S1", "ÄÖ-2,S2", encoding="cp1252"), "sample")
    first, second = inventory.read(table, inventory.columns(table, {})).assets
    assert first.identity.is_known
    assert second.why in (None, "encoding") and (second.asset_tag == "ÄÖ-2" or not second.identity.is_known)


def part(content: bytes, name: str, replaced: bytes | None) -> bytes:
    """A workbook with one part replaced, or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
            elif replaced is not None:
                new.writestr(each, replaced)
    return out.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: part(content, "xl/worksheets/sheet1.xml", None),
        lambda content: part(content, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row><c><v>1"),
        lambda content: part(content, "xl/worksheets/sheet1.xml", b'<worksheet><sheetData><row r="x"/></sheetData></worksheet>'),
        lambda content: part(content, "xl/worksheets/sheet1.xml", b'<worksheet><sheetData><c r="AAAA1"/></sheetData></worksheet>'),
        lambda content: part(content, "xl/workbook.xml", b"\xff"),
        lambda content: part(
            content, "xl/sharedStrings.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sst><si><t>&b;</t></si></sst>'
        ),
        lambda content: content.replace(b"PK\x01\x02", b"PK\x01\x03"),
    ],
)  # fmt: skip
def test_a_damaged_workbook_is_refused_in_words(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Usage) as raised:
        inventory_file.table(damage(by_xlsxwriter(ALIKE)), "sample")
    assert "damaged" in str(raised.value) and "Error" not in str(raised.value)


def test_what_unpacks_to_more_than_it_should_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LARGEST", 1 << 20)
    bomb = part(by_openpyxl(ALIKE), "xl/worksheets/sheet1.xml", bytes(1 << 21))
    assert len(bomb) < 1 << 16
    with pytest.raises(Usage, match="unpacked"):
        inventory_file.table(bomb, "sample")


def test_a_long_text_used_by_many_cells_takes_no_memory() -> None:
    rows = [["<c t='s'><v>0</v></c>", f"S-{number}"] for number in range(2000)]
    content = part_by_part([["資産番号", "シリアル番号"], *rows], shared=[f"<t>{'A' * (1 << 24)}</t>"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    table = inventory_file.table(content, "sample")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10
    found = inventory.read(table, inventory.columns(table, {})).assets
    assert len(found) == 2000 and all(each.why == "long" for each in found)


def test_many_rows_are_read_and_too_many_are_refused() -> None:
    rows = [["資産番号", "シリアル番号"], *([f"A-{number}", f"S-{number}"] for number in range(5_000))]
    for content in (by_xlsxwriter(rows), csv(*map(",".join, rows)), csv(*(f'"{a}","{b}"' for a, b in rows))):
        table = inventory_file.table(content, "sample")
        assert len(inventory.read(table, inventory.columns(table, {})).assets) == 5_000
    with pytest.raises(Usage, match="200,000 rows"):
        inventory_file.table(csv("Serial", *map(str, range(200_001))), "sample")


def test_merged_cells_over_a_whole_sheet_cost_nothing() -> None:
    content = part_by_part([*ALIKE, ["x"]], merges=["A4:XFD1048576"] * 500)
    assert len(inventory_file.table(content, "sample").rows) == 4


def test_two_tables_on_one_sheet_are_not_read_as_one() -> None:
    for rows in (
        ["資産番号,シリアル番号", "A,S1", "", "シリアル番号,資産番号", "S2,B"],
        ["資産番号,品名", "A,PC", "", "資産番号,シリアル番号,WWN", "B,S2,"],
    ):
        table = inventory_file.table(csv(*rows), "sample")
        with pytest.raises(Usage, match="two tables on one sheet"):
            inventory.read(table, inventory.columns(table, {}))


@pytest.mark.parametrize(
    ("lines", "row", "say"),
    [
        (["A-1,S1,x", "A-2,S2,x", HEADINGS, "A-3,S3,x"], 1, "--heading-row 3"),  # sorted together with its headings
        (["A-1,S1,x", "A-2,S2,x", HEADINGS], 1, "--heading-row 3"),
        (["一覧,,", "A-1001,不明,x", HEADINGS, "A-3,S3,x"], 2, "--heading-row 3"),
        (["A-1001,S1,", "資産,媒体,", ",シリアル番号,備考", "A-3,S3,x"], 1, "--heading-row 2-3"),
    ],
)
def test_rows_above_the_headings_are_not_passed_over(lines: list[str], row: int, say: str) -> None:
    """Such a list was read from its headings on, and closed without the rest."""
    rows = [line.replace("S1", "WD-0001").replace("S2", "WD-0002") for line in lines]
    with pytest.raises(Usage, match=f"Row {row} stands where .* {say}"):
        inventory.columns(inventory_file.table(csv(*rows), "sample"), {})


def test_a_list_without_headings_does_not_lose_its_first_row() -> None:
    table = inventory_file.table(csv("A-1,WD-0001", "A-2,WD-0002"), "sample")
    with pytest.raises(Usage, match="Row 1 stands where"):
        inventory.columns(table, {"asset_tag": "#1", "serial": "#2"})


def test_a_list_in_one_column_is_told_as_that() -> None:
    table = inventory_file.table(csv("資産番号   シリアル番号", "A-1   S-1"), "sample")
    with pytest.raises(Usage, match="stand in one column"):
        inventory.columns(table, {})


def test_several_media_in_a_row_are_asked_for() -> None:
    table = inventory_file.table(csv("資産番号,媒体1 シリアル,媒体2 シリアル", "A,S1,S2"), "sample")
    with pytest.raises(inventory.Ambiguous):
        inventory.columns(table, {})
    columns = inventory.columns(table, {"serial": ("#2", "#3")})
    assert columns.named()["serial"] == "媒体1 シリアル + 媒体2 シリアル"
    assert [each.serial for each in inventory.read(table, columns).assets] == ["S1", "S2"]
