"""No row of any table is lost, whoever wrote it: each that isn't blank is an asset, or is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from certificates import inventory, inventory_file
from certificates.errors import Usage
from tests.certificates.lists.writers import by_openpyxl, by_xlsxwriter, part_by_part

Rows = Sequence[Sequence[str]]
HEADINGS = ("資産番号", "シリアル番号", "備考")
NASTY = (
    "",
    "",
    "",
    "〃",
    '"',
    "同上",
    "#N/A",
    "=A1",
    "8.94E+18",
    "合計",
    "計",
    "3台",
    "以上",
    "不明",
    "S-1\nS-2",
    "①",
    "シリアル番号",
    ",",
    "a;b",
    '2.5"',
)
CELLS = st.one_of(
    st.sampled_from(NASTY),
    st.from_regex("[A-Z]{1,3}-[0-9]{1,6}", fullmatch=True),
    st.text(
        st.characters(codec="cp932", exclude_categories=("Cc", "Cs", "Co", "Cf"), exclude_characters="¢£¬‖−〜"),
        max_size=8,
    ),
)


def quoted(rows: Rows, delimiter: str) -> str:
    """As every spreadsheet writes it: quotation marks around what needs them, and around nothing else."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & {delimiter, '"', "\n", "\r"} else text

    return "".join(delimiter.join(map(cell, row)) + "\r\n" for row in rows)


def bare(rows: Rows, delimiter: str) -> str:
    """As scripts write it: without any quotation marks, whatever the cells hold."""
    return "".join(delimiter.join(row) + "\n" for row in rows)


def text_by(write: Callable[[Rows, str], str], delimiter: str, encoding: str) -> Callable[[Rows], bytes]:
    def written(rows: Rows) -> bytes:
        text = write(rows, delimiter)
        try:
            return text.encode(encoding)
        except UnicodeEncodeError:  # EUC-JP has no ①
            return text.encode()

    return written


WRITERS: list[Callable[[Rows], bytes]] = [
    by_openpyxl,
    by_xlsxwriter,
    part_by_part,
    *(
        text_by(quoted, delimiter, encoding)
        for delimiter in ",;\t|"
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp")
    ),
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12), st.sampled_from(WRITERS))
def test_every_row_is_an_asset_or_named(rows: list[tuple[str, str, str]], write: Callable[[Rows], bytes]) -> None:
    try:
        table = inventory_file.table(write([HEADINGS, *rows]), "sample")
        read = inventory.read(table, inventory.columns(table, {}))
    except Usage:
        return  # named as a whole
    filled = {number for number, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)}
    told = {each.row for each in read.assets} | {each.row for each in read.aside}
    assert told == filled
    for each in read.assets:
        if each.identity.is_known:
            tag, serial, _ = rows[each.row - 2]
            assert (each.asset_tag or "", each.serial or "") == tuple(map(inventory.unquoted, (tag, serial)))


@settings(max_examples=100, deadline=None)
@example([("", "", ""), ('"', "", ""), ("", "", '"')], ",")
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12), st.sampled_from(",;\t|"))
def test_lone_quotation_marks_lose_no_row(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    """Each line of a text that was never quoted is told, or the file is refused."""
    lines = bare([HEADINGS, *rows], delimiter).rstrip("\n").split("\n")
    try:
        table = inventory_file.table("\n".join(lines).encode(), "sample", delimiter=delimiter)
        read = inventory.read(table, inventory.columns(table, {}))
    except Usage:
        return
    filled = {
        number for number, line in enumerate(lines, start=1) if number > 1 and line.replace(delimiter, "").strip()
    }
    assert {each.row for each in read.assets} | {each.row for each in read.aside} == filled
