"""Inventories as offices keep them: their files, their headings, their spellings."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from certificates import inventory, inventory_file
from certificates.errors import Usage
from certificates.identity import Identity, serial_key, tag_key, wwn_key
from certificates.inventory import Ambiguous, Aside
from certificates.tables.table import Row, Table

JAPANESE = "情報機器台帳,,\r\n令和7年度,,\r\n資産番号,品名,シリアル番号\r\nＰＣ－００１２,ノートPC,ab 12-34\r\n,,\r\nPC-0013,髙橋用,X9\r\n"


def read(content: bytes, **named: str) -> tuple[inventory.Asset, ...]:
    table = inventory_file.table(content, "sample")
    return inventory.read(table, inventory.columns(table, named)).assets


def of(*rows: list[str]) -> Table:
    """A table as it stands here."""
    return Table(tuple(Row(number, dict(enumerate(cells))) for number, cells in enumerate(rows, start=1)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_as_offices_save_it(encoding: str, delimiter: str) -> None:
    content = JAPANESE.replace(",", delimiter).encode(encoding)
    first, second = read(content)
    assert first.identity == Identity("pc0012", "ab1234") and first.row == 4
    assert second.identity == Identity("pc0013", "x9") and second.row == 6


def workbook(rows: list[list[object]], formats: dict[tuple[int, int], str] | None = None, sheets: int = 1) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for number in range(sheets):
        sheet = book.add_worksheet(f"表{number + 1}")
        for y, row in enumerate(rows):
            for x, value in enumerate(row):
                style = book.add_format({"num_format": formats[y, x]}) if formats and (y, x) in formats else None
                sheet.write(y, x, value, style)
    book.close()
    return out.getvalue()


def test_xlsx_with_numbers_as_the_sheet_shows_them() -> None:
    rows: list[list[object]] = [["管理番号", "製造番号"], [42, "S-1"], [7, "S-2"], ["R7-003", 4020000000000000]]
    one, two, three = read(workbook(rows, {(1, 0): "00000"}))
    assert one.identity.asset_tag == "00042" and two.identity.asset_tag == "7"
    # Sixteen digits kept as a number have lost the last ones: such a row identifies nothing, and says why.
    assert three.spoilt == "4.02E+15" and not three.identity.is_known


def test_a_date_that_was_a_number_is_told() -> None:
    import datetime

    rows: list[list[object]] = [["資産番号"], [datetime.datetime(2020, 1, 11)]]
    (asset,) = read(workbook(rows, {(1, 0): "m月d日"}))
    assert asset.spoilt is not None and not asset.identity.is_known


def test_a_sheet_is_not_guessed() -> None:
    content = workbook([["資産番号"], ["A1"]], sheets=2)
    with pytest.raises(Usage, match="表1, 表2"):
        inventory_file.table(content, "sample")
    assert inventory_file.table(content, "sample", sheet_name="表2").rows[1].cells == {0: "A1"}


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        ("Asset Tag,Serial Number,WWN", {"asset_tag": 0, "serial": 1, "wwn": 2}),
        ("品名,資 産 番 号,S/N", {"asset_tag": 1, "serial": 2}),
        ("ｼﾘｱﾙ番号,備考", {"serial": 0}),
        ("シリアルNo.,資産№", {"asset_tag": 1, "serial": 0}),
        ("備品番号（市）,HDD製造番号", {"asset_tag": 0, "serial": 1}),
        ("World Wide Name", {"wwn": 0}),
    ],
)
def test_headings_are_found(headings: str, found: dict[str, int]) -> None:
    assert inventory.columns(of(headings.split(",")), {}).found == found


def test_what_two_columns_may_be_is_never_guessed() -> None:
    table = of(["資産番号", "PC本体シリアル番号", "ディスクのシリアル番号"])
    with pytest.raises(Ambiguous) as raised:
        inventory.columns(table, {})
    assert raised.value.choices == ((2, "PC本体シリアル番号"), (3, "ディスクのシリアル番号"))
    assert "--serial-column" in str(raised.value)
    assert inventory.columns(table, {"serial": "#3"}).found == {"asset_tag": 0, "serial": 2}
    assert inventory.columns(table, {"serial": "ディスクのシリアル番号"}).found["serial"] == 2
    assert inventory.columns(table, {"serial": "-"}).found == {"asset_tag": 0}


@pytest.mark.parametrize(
    ("headings", "named"),
    [
        ("品名,数量", {}),
        ("資産番号", {"serial": "通番"}),
        ("資産番号", {"serial": "#2"}),
        ("資産番号,資産番号", {"asset_tag": "資産番号"}),
        ("資産番号", {"serial": "資産番号"}),
    ],
)
def test_columns_that_can_not_be_found_are_refused(headings: str, named: dict[str, str]) -> None:
    with pytest.raises(Usage):
        inventory.columns(of(headings.split(",")), named)


@pytest.mark.parametrize(
    "content", [b"", b"\r\n\r\n", b"\xff\xff\xff", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old", b"a\0b"]
)
def test_what_is_no_inventory_is_refused(content: bytes) -> None:
    with pytest.raises(Usage):
        read(content)


def test_a_quotation_mark_without_its_end_swallows_no_row() -> None:
    with pytest.raises(Usage, match="closed"):
        read(b'asset tag,note\nA1,"lost\nA2,x\nA3,y\n')
    assert len(read(b'asset tag,note\nA1,"two\nlines"\nA2,"say ""x"""')) == 2
    assert len(read(b'asset tag,note\nA1,3.5" disk\nA2,x\n')) == 2


def test_spellings() -> None:
    assert tag_key("ＰＣ－００１２") == tag_key("pc-0012") == tag_key("PC 0012") == tag_key("PCー0012") == "pc0012"
    assert tag_key("2020-1-11") != tag_key("2020-11-1") and tag_key("1-11") != tag_key("111")
    assert tag_key("サーバー1") != tag_key("サーバ1") and tag_key("ｻｰﾊﾞｰ1") == tag_key("サーバー1")
    assert tag_key("①") != tag_key("1") and tag_key("機²") != tag_key("機2")
    assert serial_key(" wd-wcc4 e123 ") == serial_key("WDWCC4E123")
    for spelt in ("0x5000c500a1b2c3d4", "naa.5000C500A1B2C3D4", "50:00:c5:00:a1:b2:c3:d4", "5000C500 A1B2C3D4"):
        assert wwn_key(spelt) == "5000c500a1b2c3d4"
    assert tag_key("") is tag_key(" - ") is serial_key(None) is None


def test_what_people_put_around_numbers() -> None:
    table = of(["資産番号"], ['="00123"'], ["'00124"])
    assert [each.asset_tag for each in inventory.read(table, inventory.columns(table, {})).assets] == ["00123", "00124"]


def test_only_some_rows() -> None:
    table = of(["資産番号", "状態"], ["A1", "廃棄"], ["A2", "使用中"], ["A3", "廃棄"], ["A4", "〃"])
    columns = inventory.columns(table, {})
    reading = inventory.read(table, columns, {"状態": "廃棄"})
    assert [each.asset_tag for each in reading.assets] == ["A1", "A3", "A4"]
    assert reading.aside == (Aside(3, "where"),)
    assert reading.assets[2].why == "condition" and not reading.assets[2].identity.is_known, (
        "it may be one that is asked for"
    )
    with pytest.raises(Usage):
        inventory.read(table, columns, {"区分": "廃棄"})
