"""The corpus: lists as exports and offices make them, each with what has to be read from it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from certificates.inventory import Asset
from tests.certificates.lists.writers import STRICT, by_openpyxl, by_xlsxwriter, cell, part_by_part, text

Expected = tuple[object, ...]


@dataclass(frozen=True)
class Shape:
    """`expected`: what `asset` gives for each asset. `aside`: row -> why it is none. `options`: those of the commands."""

    name: str
    content: bytes
    expected: Sequence[Expected]
    aside: dict[int, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


def asset(found: Asset) -> Expected:
    """Row, asset tag, serial number, WWN; or row, cell, and why it can't be read."""
    if found.why is not None:
        return found.row, found.cell, found.why
    return found.row, found.asset_tag, found.serial, found.wwn


def csv(*lines: str, encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    return (end.join(lines) + end).encode(encoding)


S1, S2 = "WD-WCC4E1234567", "S3Z9NB0K712345"
UNCALCULATED = '<calcPr calcId="191029" fullCalcOnLoad="1"/>'
TWO = ((2, "PC-001", S1, None), (3, "PC-002", S2, None))
PLAIN = ("資産番号,品名,シリアル番号", f"PC-001,ノートPC,{S1}", f"PC-002,ノートPC,{S2}")
ALIKE = [("資産番号", "品名", "シリアル番号"), ("PC-001", "ノートPC", S1), ("PC-002", "ノートPC", S2)]

EXPORTS = [
    Shape(
        "Snipe-IT, custom asset report",
        csv(
            '\ufeff"Company","Asset Name","Asset Tag","Model","Model No.","Category","Manufacturer","Serial","Purchased","Room","Notes"',
            f'"Example City","Laptop, 14 inch","PC-001","Book 14","B14-2","Laptop","Example","{S1}","2020-04-01","Hall","kept in ""A"""',
            f'"Example City","Laptop","PC-002","Book 14","B14-2","Laptop","Example","{S2}","2020-04-01","Hall","two\nlines, of a note"',
            end="\n",
        ),
        TWO,
    ),
    Shape(
        "Snipe-IT, list exported by the browser",
        csv(
            "ID,Asset Name,Asset Tag,Serial,Model,Category,Status,Checked Out To,Location",
            f"1,,PC-001,{S1},Book 14,Laptop,Archived,,Hall",
            f"2,,PC-002,{S2},Book 14,Laptop,Archived,,Hall",
        ),
        TWO,
    ),
    Shape(
        "GLPI, all pages as CSV: a delimiter at the end of each line",
        csv(
            '"Name";"Entity";"Status";"Manufacturers";"Serial number";"Inventory number";"Type";"Model";"Location";"Last update";',
            f'"pc1";"Root > A, B";"Retired";"Example";"{S1}";"PC-001";"Laptop";"Book";"Hall";"2026-01-01 10:00";',
            f'"pc2";"Root > A, B";"Retired";"Example";"{S2}";"PC-002";"Laptop";"Book";"Hall";"2026-01-01 10:00";',
            end="\n",
        ),
        TWO,
    ),
    Shape(
        "GLPI in French, Windows-1252",
        csv(
            "Nom;Entité;Fabricants;Numéro de série;Numéro d'inventaire;Modèle",
            f"pc1;Mairie;Exemple;{S1};PC-001;Modèle à roues",
            f"pc2;Mairie;Exemple;{S2};PC-002;Modèle à roues",
            encoding="cp1252",
        ),
        TWO,
    ),
    Shape(
        "Lansweeper, report as CSV",
        csv(
            "AssetID,AssetName,Domain,AssetTypename,IPAddress,Manufacturer,Model,Serialnumber,Lastseen",
            f"11,PC1,EXAMPLE,Windows,192.0.2.1,Example,Book,{S1},01/02/2026 10:00:00",
            f"12,PC2,EXAMPLE,Windows,192.0.2.2,Example,Book,{S2},01/02/2026 10:00:00",
        ),
        ((2, None, S1, None), (3, None, S2, None)),
        options={"named": {"asset_tag": "-"}},  # AssetID counts the rows of a database
    ),
    Shape(
        "Lansweeper, report as XLSX",
        by_xlsxwriter([("AssetName", "Serialnumber", "BarCode"), ("PC1", S1, ""), ("PC2", S2, "")]),
        ((2, None, S1, None), (3, None, S2, None)),
    ),
    Shape(
        "Intune, all devices",
        csv(
            "Device ID,Device name,Enrollment date,Last check-in,Azure AD Device ID,OS version,Serial number,Manufacturer,Model,IMEI",
            f'0a-1,PC1,"2024-01-01 10:00:00.0000000",,0b-1,10.0.1,{S1},Example,Book,',
            f'0a-2,PC2,"2024-01-01 10:00:00.0000000",,0b-2,10.0.1,{S2},Example,Book,',
        ),
        ((2, None, S1, None), (3, None, S2, None)),
    ),
    Shape(
        "Jamf Pro, computers",
        csv(
            "Computer Name,Asset Tag,Bar Code 1,Serial Number,Model,Last Inventory Update",
            f"Mac1,PC-001,,{S1},Book (14-inch),2026-01-01 10:00:00 AM",
            f"Mac2,PC-002,,{S2},Book (14-inch),2026-01-01 10:00:00 AM",
            end="\n",
        ),
        TWO,
    ),
    Shape(
        "Systemwalker Desktop Patrol, devices, CP932",
        csv(
            "資産管理番号,モデル名,シリアル番号,メーカ名,分類",
            f"PC-001,見本14,{S1},見本電機,ＰＣ",
            f"PC-002,見本14,{S2},見本電機,ＰＣ",
            encoding="cp932",
        ),
        TWO,
    ),
    Shape(
        "an agent's export with two columns that may be the tag, one named",
        csv(
            '"資産No.","管理番号","コンピューター名","メーカー","型番","シリアルNo."',
            f'"1","PC-001","PC1","見本電機","M-1","{S1}"',
            f'"2","PC-002","PC2","見本電機","M-1","{S2}"',
            encoding="cp932",
        ),
        TWO,
        options={"named": {"asset_tag": "管理番号"}},
    ),
    Shape("the same on paper's form, UTF-8 with a mark", csv("\ufeff" + PLAIN[0], *PLAIN[1:]), TWO),
]

TEXTS = [
    *(
        Shape(f"a CSV in {encoding}", csv(*PLAIN, encoding=encoding), TWO)
        for encoding in ("utf-8", "cp932", "utf-16", "utf-32", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be")
    ),
    Shape("the mark twice", b"\xef\xbb\xbf\xef\xbb\xbf" + csv(*PLAIN), TWO),
    Shape("UTF-16 with the mark twice", b"\xff\xfe\xff\xfe" + csv(*PLAIN, encoding="utf-16-le"), TWO),
    Shape("tab in UTF-16, as Excel's Unicode text", csv(*(line.replace(",", "\t") for line in PLAIN), encoding="utf-16"), TWO),
    Shape("pipes", csv(*(line.replace(",", "|") for line in PLAIN)), TWO),
    Shape(
        "semicolons, with commas in a note",
        csv("資産番号;シリアル番号;備考", f"PC-001;{S1};1階, 東, 窓側, 左", f"PC-002;{S2};2階, 西, 廊下側, 右"),
        TWO,
    ),
    Shape(
        "commas, with semicolons in a quoted note",
        csv("資産番号,シリアル番号,備考", f'PC-001,{S1},"a; b; c; d; e"', f'PC-002,{S2},"a; b; c; d; e"'),
        TWO,
    ),
    Shape("sep= in the first line", csv("sep=;", "資産番号;シリアル番号", f"PC-001;{S1}", f"PC-002;{S2}"), TWO),
    Shape("line ends of the old Mac", csv(*PLAIN, end="\r"), TWO),
    Shape("line ends of every kind", "\n".join(PLAIN[:2]).encode() + b"\r\n" + PLAIN[2].encode() + b"\r", TWO),
    Shape("the end mark of DOS", csv(*PLAIN, encoding="cp932") + b"\x1a", TWO),
    Shape("no end of the last line", csv(*PLAIN).rstrip(), TWO),
    Shape(
        "half-width katakana and the characters of NEC and IBM in CP932",
        csv("資産番号,ｼﾘｱﾙ番号,ﾒｰｶｰ,備考", f"PC-001,{S1},ﾐﾎﾝ,①髙橋㈱", f"PC-002,{S2},ﾐﾎﾝ,Ⅱ﨑", encoding="cp932"),
        TWO,
    ),
    Shape("half-width katakana headings alone", csv("ｼﾘｱﾙ,ﾀｸﾞ", f"{S1},a", encoding="cp932"), ((2, None, S1, None),)),
    Shape("a German list of Excel", csv("Inventarnummer;Größe;Seriennummer", f"PC-001;1 TB;{S1}", f"PC-002;2 TB;{S2}",
        encoding="cp1252"), TWO),
    Shape("a Chinese list", csv("资产编号,品名,序列号", f"PC-001,笔记本,{S1}", f"PC-002,笔记本,{S2}", encoding="gb18030"), TWO),
    Shape(
        "an encoding that can't be told: ASCII is believed, the rest isn't",
        csv("Asset Tag,Serial", f"PC-001,{S1}", "ÄÖ-2,X-77", encoding="cp1252"),
        ((2, "PC-001", S1, None), (3, "ÄÖ-2", "X-77", None)),
        options={"encoding": "cp1252"},
    ),
    Shape("rows shorter than the headings", csv("資産番号,シリアル番号,備考", f"PC-001,{S1}", "PC-002", ""), ((2, "PC-001", S1, None),
        (3, "PC-002", None, None))),
    Shape(
        "a comma in a note without quotation marks",
        csv("資産番号,備考,シリアル番号", f"PC-001,1階, 東側,{S1}", f"PC-002,,{S2}"),
        ((2, "2", "columns"), (3, "PC-002", S2, None)),
    ),
    Shape("inches in a note", csv("資産番号,備考,シリアル番号", f'PC-001,3.5" 型,{S1}', f'PC-002,2.5" 型,{S2}'), TWO),
    Shape("numbers kept as text by =\"\" and '", csv("資産番号,シリアル番号", '"=""00042""",\'00077'), ((2, "00042", "00077", None),)),
    Shape(
        "what a spreadsheet made of numbers",
        csv(
            "資産番号,シリアル番号",
            "PC-001,8.94E+18", 'PC-002,"8,94E+18"', "PC-003,12345.0", "PC-004,########", "PC-005,#N/A", "PC-006,#NV", "1月11日,S-7",
            "11-Jan,S-8", "TRUE,S-9", '=A2&"-1",S-10', "PC-011,同上", "〃,S-12", '"1,234",S-13', "PC-014,Err:502",
        ),
        (
            (2, "B2", "shortened"), (3, "B3", "shortened"), (4, "B4", "number"), (5, "B5", "shortened"), (6, "B6", "error"),
            (7, "B7", "error"),
            (8, "A8", "date"), (9, "A9", "date"), (10, "A10", "boolean"), (11, "A11", "formula"), (12, "B12", "ditto"), (13,
            "A13", "ditto"),
            (14, "A14", "number"), (15, "B15", "error"),
        ),
    ),
    Shape(
        "several media in one cell",
        csv("資産番号,シリアル番号,数量", '1,"S1\nS2",1', "2,S3、S4,1", "3,S5 ほか2台,1", "4,S6～S9,1", "5,S10 / S11,1", "6,S12,2",
            "7,S13,１台", "8,S14,"),
        (
            (2, "B2", "several"), (3, "B3", "several"), (4, "B4", "several"), (5, "B5", "several"), (6, "B6", "several"), (7,
            "C7", "quantity"),
            (8, "7", "S13", None), (9, "8", "S14", None),
        ),
    ),
    Shape(
        "placeholders are no numbers",
        csv("資産番号,シリアル番号", "PC-001,N/A", "PC-002,不明", "なし,-"),
        ((2, "PC-001", "N/A", None), (3, "PC-002", "不明", None), (4, "なし", "-", None)),
    ),
    Shape("characters that can't be seen", csv("資産番号,シリアル番号", "PC\u200b-001,S1", "PC-002,S\ufffd2"), ((2, "A2", "invisible"),
        (3, "B3", "invisible"))),
    Shape("circled numbers are no digits", csv("資産番号,シリアル番号", "①,S-1", "②,S-2"), ((2, "①", "S-1", None), (3, "②", "S-2", None))),
    Shape("WWNs", csv("WWN,Kapazität", "naa.5000c500a1b2c3d4,4 TB"), ((2, None, None, "naa.5000c500a1b2c3d4"),)),
]  # fmt: skip

LAYOUTS = [
    Shape(
        "a title that contains a heading's words, a date, empty rows, a total and an end",
        csv(
            "令和7年度 備品番号台帳,,", "令和7年4月1日現在,,", "", "資産番号,品名,シリアル番号", f"PC-001,PC,{S1}", ",,", f"PC-002,PC,{S2}",
                "合計,,2台",
            "以下余白,,", encoding="cp932",
        ),
        ((5, "PC-001", S1, None), (7, "PC-002", S2, None)),
        {8: "total", 9: "end"},
    ),
    Shape("a total of a spreadsheet's table", by_openpyxl([*ALIKE, ("集計", None, 2)]), TWO, {4: "total"}),
    Shape("a total with a sum of money", csv("資産番号,シリアル番号,価格", f"PC-001,{S1},100", f"PC-002,{S2},200", "計,,¥300"), TWO,
        {4: "total"}),
    Shape(
        "totals of groups, and one that is wrong",
        csv("資産番号,シリアル番号", "A,S-1", "小計,1", "B,S-2", "C,S-3", "小計,2", "合計,3", "総計,4"),
        ((2, "A", "S-1", None), (4, "B", "S-2", None), (5, "C", "S-3", None), (8, "8", "miscounted")),
        {3: "total", 6: "total", 7: "total"},
    ),
    Shape(
        "a total of more media than the list has, without a unit",
        csv("資産番号,シリアル番号,台数", "A-1,S-1,1", "A-2,S-2,1", "合計,,3"),
        ((2, "A-1", "S-1", None), (3, "A-2", "S-2", None), (4, "4", "miscounted")),
    ),
    Shape(
        "totals of offices and of their groups",
        csv("資産番号,シリアル番号,台数", "A-1,S-1,1", "小計,,1", "A-2,S-2,1", "A-3,S-3,1", "小計,,2", "課計,,3", "A-4,S-4,1", "小計,,1",
            "総合計(４台),,"),
        ((2, "A-1", "S-1", None), (4, "A-2", "S-2", None), (5, "A-3", "S-3", None), (8, "A-4", "S-4", None)),
        {3: "total", 6: "total", 7: "total", 9: "total", 10: "total"},
    ),
    Shape(
        "a quantity that was never calculated",
        by_openpyxl([(*ALIKE[0], "台数"), (*ALIKE[1], 1), ("合計", None, None, "=SUM(D2:D2)")]),
        (TWO[0], (3, "D3", "uncalculated")),
    ),
    Shape(
        "two lines of a letter above the headings",
        csv("文書番号,情政第12号,", "作成日,2026-04-01,", *PLAIN[:1], *PLAIN[1:]),
        ((4, "PC-001", S1, None), (5, "PC-002", S2, None)),
    ),
    Shape("a row above the headings, as a person says", csv(PLAIN[1], PLAIN[0], PLAIN[2]), ((3, "PC-002", S2, None),),
        options={"heading_row": (2, 2)}),
    Shape(
        "headings in broken lines, on each page, and one named in one line",
        by_openpyxl([("資産\n番号", "シリアル\n番号"), ("PC-001", S1), ("資産\n番号", "シリアル\n番号"), ("PC-002", S2)]),
        (TWO[0], (4, "PC-002", S2, None)),
        {3: "headings"},
        {"named": {"serial": "シリアル 番号"}},
    ),
    Shape("headings on each page", csv(*PLAIN[:2], PLAIN[0], PLAIN[2]), (TWO[0], (4, "PC-002", S2, None)), {3: "headings"}),
    Shape(
        "a note below the table is named, not dropped",
        csv("資産番号,品名,シリアル番号", f"PC-001,PC,{S1}", ",※ 廃棄予定のものに限る。,"),
        ((2, "PC-001", S1, None), (3, None, None, None)),
    ),
    Shape(
        "a note below the table, left out by --last-row",
        csv("資産番号,品名,シリアル番号", f"PC-001,PC,{S1}", ",※ 廃棄予定のものに限る。,"),
        ((2, "PC-001", S1, None),),
        {3: "after"},
        {"last_row": 2},
    ),
    Shape(
        "headings in two rows, merged",
        by_openpyxl(
            [("資産番号", "媒体", None, "備考"), (None, "型番", "シリアル番号", None), ("PC-001", "M", S1, None), ("PC-002", "M", S2,
                None)],
            merges=("A1:A2", "B1:C1", "D1:D2"),
        ),
        ((3, "PC-001", S1, None), (4, "PC-002", S2, None)),
    ),
    Shape(
        "headings in two rows, as CSV",
        csv("資産番号,媒体,,備考", ",型番,シリアル番号,", f"PC-001,M,{S1},", f"PC-002,M,{S2},"),
        ((3, "PC-001", S1, None), (4, "PC-002", S2, None)),
    ),
    Shape(
        "several media in one row, their columns named",
        by_xlsxwriter([
            ("資産番号", "媒体1", "", "媒体2", ""), ("", "型番", "シリアル", "型番", "シリアル"), ("PC-001", "M", "S-1", "M", "S-2"),
            ("PC-002",
            "M", "S-3", "", ""),
        ]),
        ((3, "PC-001", "S-1", None), (3, "PC-001", "S-2", None), (4, "PC-002", "S-3", None)),
        options={"named": {"serial": ("#3", "#5")}},
    ),
    Shape(
        "a row of headings that is named, since none is known",
        csv("一覧,,", "ラベル,通し,メモ", "PC-001,1,a", "PC-002,2,b"),
        ((3, "PC-001", None, None), (4, "PC-002", None, None)),
        options={"heading_row": (2, 2), "named": {"asset_tag": "ラベル"}},
    ),
    Shape(
        "one of two tables on a sheet",
        csv("資産番号,シリアル番号", "A,S-1", "", "シリアル番号,資産番号", "S-2,B"),
        ((2, "A", "S-1", None),),
        {4: "after", 5: "after"},
        {"heading_row": (1, 1), "last_row": 3},
    ),
    Shape(
        "a ditto mark in quotation marks",
        csv("資産番号,シリアル番号", "PC-001,S-1", '"""",S-3'),
        ((2, "PC-001", "S-1", None), (3, "A3", "ditto")),
    ),
]  # fmt: skip

WORKBOOKS = [
    Shape("openpyxl", by_openpyxl(ALIKE), TWO),
    Shape("XlsxWriter", by_xlsxwriter(ALIKE), TWO),
    Shape("texts in the cells", part_by_part(ALIKE), TWO),
    Shape("strict Open XML", part_by_part(ALIKE, namespace=STRICT), TWO),
    Shape(
        "shared texts with furigana, rich text and an escaped character",
        part_by_part(
            [["<c t='s'><v>0</v></c>", "<c t='s'><v>1</v></c>"], ["<c t='s'><v>2</v></c>", "<c t='s'><v>3</v></c>"]],
            shared=[
                "<t>資産番号</t><rPh sb='0' eb='2'><t>シサン</t></rPh><rPh sb='2' eb='4'><t>バンゴウ</t></rPh><phoneticPr fontId='1'/>",
                "<r><t>シリアル</t></r><r><rPr><b/></rPr><t>番号</t></r>",
                "<t>市民課-1</t><rPh sb='0' eb='3'><t>シミンカ</t></rPh>",
                f"<t xml:space='preserve'>{S1}_x0020_</t>",
            ],
        ),
        ((2, "市民課-1", S1, None),),
    ),
    Shape("a formula that was never calculated", by_openpyxl([*ALIKE, ("=A2", "PC", '="S-"&3')]), (*TWO, (4, "A4", "uncalculated"))),
    Shape("a row of nothing but such formulas", by_openpyxl([*ALIKE, ("=A2", "=B2", "=C2")]), (*TWO, (4, "A4", "uncalculated"))),
    Shape("a stand-in for a formula's result", by_xlsxwriter([*ALIKE, ("PC-003", "PC", '="S-"&3')]), (*TWO, (4, "C4", "uncalculated"))),
    Shape(
        "formulas with their results",
        part_by_part([*ALIKE, ["PC-003", "PC", cell("S-3", "str", formula="'[1]一覧'!C4")], [cell("", "str",
            formula="IF(B5=0,0,1)"), "", ""]]),
        (*TWO, (4, "PC-003", "S-3", None), (5, "A5", "uncalculated")),
    ),
    Shape(
        "formulas whose result is an empty text are blank",
        part_by_part([*ALIKE, ["<c t='str'><f>IF(B4=0,\"\",1)</f><v></v></c>"]]),
        TWO,
    ),
    Shape(
        "errors, truth values, unknown kinds, texts that aren't there, a day",
        part_by_part([
            ["資産番号", "シリアル番号"],
            ["A", cell("#N/A", "e")], ["B", cell("#REF!", "e", formula="A1")], ["C", cell("1", "b")], ["D", cell("7", "s")],
                ["E", cell("x", "zz")],
            ["F", cell("2020-01-11T00:00:00", "d")], ["G", cell("abc")], ["H", cell("nan")],
        ]),
        (
            (2, "B2", "error"), (3, "B3", "error"), (4, "B4", "boolean"), (5, "B5", "unknown"), (6, "B6", "unknown"), (7, "B7", "date"),
            (8, "B8", "unknown"), (9, "B9", "unknown"),
        ),
    ),
    Shape(
        "numbers as the sheet shows them",
        part_by_part(
            [
                ["資産番号", "シリアル番号"],
                [cell("42", style=1), "S-1"], [cell("42"), "S-2"], [cell("42", style=2), "S-3"], [cell("44941", style=3), "S-4"],
                [cell("8.9400000000000001E+18"), "S-5"], [cell("12345.0"), "S-6"], [cell("1.5"), "S-7"], [cell("-5"), "S-8"],
                    [cell("123456789012", style=4), "S-9"],
            ],
            formats=("00000", '"PC-"0000', "yyyy/m/d;@", "0_ "),
        ),
        (
            (2, "00042", "S-1", None), (3, "42", "S-2", None), (4, "A4", "format"), (5, "A5", "date"), (6, "A6",
            "shortened"), (7, "12345", "S-6", None),
            (8, "A8", "number"), (9, "A9", "number"), (10, "123456789012", "S-9", None),
        ),
    ),
    Shape(
        "a day by openpyxl",
        by_openpyxl([("資産番号", "シリアル番号"), (datetime.datetime(2020, 1, 11), "S-1")]),
        ((2, "A2", "date"),),
    ),
    Shape(
        "a computer's tag merged beside its disks",
        by_openpyxl([("資産番号", "シリアル番号"), ("PC-001", "S-1"), (None, "S-2"), (None, "S-3")], merges=("A2:A4",)),
        ((2, "PC-001", "S-1", None), (3, "PC-001", "S-2", None), (4, "PC-001", "S-3", None)),
    ),
    Shape(
        "a serial number merged over several rows",
        by_openpyxl([("資産番号", "シリアル番号", "型番"), ("A", "S-1", "M"), ("B", None, "M")], merges=("B2:B3",)),
        ((2, "A", "S-1", None), (3, "B3", "merged")),
    ),
    Shape(
        "a tag merged over rows that have no number of their own",
        by_openpyxl([("資産番号", "型番"), ("PC-001", "M"), (None, "N")], merges=("A2:A3",)),
        ((2, "PC-001", None, None), (3, "A3", "merged")),
    ),
    Shape(
        "cells that only have a format, to the last row and column",
        part_by_part([
            *ALIKE, '<row r="1048576"><c r="A1048576" s="0"/><c r="XFD1048576" s="0"/></row>',
        ]),
        TWO,
    ),
    Shape(
        "a note in the last column of the last row",
        part_by_part([*ALIKE,
            f'<row r="1048576">{text("x").replace("<c", "<c r=@".replace("@", chr(34) + "XFD1048576" + chr(34)), 1)}</row>']),
        (*TWO, (1048576, None, None, None)),
    ),
    Shape("hidden rows count", by_openpyxl(ALIKE, hidden=(3,)), TWO),
    Shape("rows without numbers and cells without names", part_by_part(ALIKE), TWO),
    Shape("a cell that is there twice", part_by_part([ALIKE[0],
        '<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>']), ((2, "A2", "unknown"),)),
    Shape(
        "what one formula fills, not calculated",
        part_by_part(
            [ALIKE[0], '<row r="2"><c r="A2"><f t="array" ref="A2:A3">X1:X2</f><v>0</v></c></row>',
                '<row r="3"><c r="A3"><v>0</v></c></row>'],
            calculation=UNCALCULATED,
        ),
        ((2, "A2", "uncalculated"), (3, "A3", "uncalculated")),
    ),
    Shape(
        "two lines in a cell, and one with an end of line behind it",
        by_xlsxwriter([("資産番号", "シリアル番号"), ("A", "S-1\nS-2"), ("B", "S-3\n")]),
        ((2, "B2", "several"), (3, "B", "S-3\n", None)),
    ),
]  # fmt: skip

SHAPES = [*EXPORTS, *TEXTS, *LAYOUTS, *WORKBOOKS]
