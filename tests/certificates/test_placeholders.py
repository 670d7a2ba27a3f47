"""What stands in for a missing number names no medium, in an inventory and in a drive's own words alike."""

from __future__ import annotations

import pytest

from certificates.identity import identity, is_placeholder
from certificates.record import Medium
from tests.certificates.samples import DISK

NONE = [
    "#N/A", "N/A", "n/a", "ＮＡ", "不明", "なし", "無し", "-", "ー", "－", "―", "・", "?", "0", "000000", "０００", "none", "null",
    "Unknown", "TBD", "未記入", "同上", "〃", "々", '"', "To be filled by O.E.M.", "Default string", "System Serial Number",
    "0123456789ABCDEF", "123456789012", "1234567890", "12345678", "FEDCBA98", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NV", "Err:502",
    "########", "#", "xxxxxx", "XXXX", "ffffffffffff", "11111111", "N / A", "(不明)", "20170331000C3",
]  # fmt: skip
SOME = [
    "S3Z8NB0K123456", "WD-WX31A80K7742", "0401396D7D5A9C0E", "AA00000000012045", "NA-1", "N-000123", "None-7", "201703310", "#12",
    "0000001", "100000", "サーバー1", "不明-3", "PC-0012", "01-02",
]  # fmt: skip


@pytest.mark.parametrize("text", NONE)
def test_a_placeholder_is_no_identity(text: str) -> None:
    assert is_placeholder(text) and not identity(text, text, text).is_known


@pytest.mark.parametrize("text", SOME)
def test_what_looks_like_one_still_names_a_medium(text: str) -> None:
    told = identity(text, text)
    assert told.asset_tag and told.serial


@pytest.mark.parametrize(
    ("part", "number", "labels"),
    [
        ("serial", "WD-WX31A", ["S/N: ", "s/n ", "SN:", "Serial No. : ", "シリアル番号：", "製造番号="]),
        ("asset_tag", "PC-12", ["資産番号：", "備品No.:", "Asset tag: "]),
        ("wwn", "5000C500A1B2C3D4", ["WWN: ", "wwid="]),
    ],
)
def test_the_label_before_a_number_is_none_of_it(part: str, number: str, labels: list[str]) -> None:
    """A medium that was received as S/N: W1 was another one than W1, and the row of W1 stayed closed."""
    for label in labels:
        assert identity(**{part: label + number}) == identity(**{part: number}), label
        assert not identity(**{part: label + "N/A"}).is_known, label


def test_letters_that_may_be_of_the_number_are_no_label() -> None:
    for text in ("SN123", "SNX:123", "S/NX123"):
        assert identity(serial=text) not in (identity(serial="123"), identity(serial="X123"))


def test_a_list_that_counts_its_assets_keeps_its_short_tags() -> None:
    for tag in ("1", "7", "11", "123", "1111", "1234567"):
        assert identity(tag).asset_tag == tag and not identity(serial="1" * len(tag)).is_known
    assert identity("0").asset_tag is None and identity("00").asset_tag is None


@pytest.mark.parametrize(
    "text", ["0x0000000000000000", "naa.5000000000000000", "eui.0000000000000000", "0xffffffffffffffff", "N/A"]
)
def test_a_wwn_of_zeros_is_none(text: str) -> None:
    assert identity(wwn=text).wwn is None and identity(wwn="0x5000000000000001").wwn


def test_a_medium_says_as_little() -> None:
    assert isinstance(DISK, Medium) and identity(serial=DISK.serial).serial
    assert identity(serial="").serial is None and not is_placeholder("") and not is_placeholder(" 　")
