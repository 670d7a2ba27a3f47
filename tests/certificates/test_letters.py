"""Names in letters that Noto Sans JP lacks: drawn, readable by stock tools, and wherever no font has a letter, it is named."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import msgspec
import pytest

from certificates.page import glyphs
from certificates.people import People
from tests.certificates import samples
from tests.certificates.reading import pdftotext

NAMES = [
    "Łódź Dvořák",
    "Nguyễn Văn Ả",
    "Ελλάδα Ωμέγα",
    "Москва Київ",
    "销毁 张伟",
    "김철수 한국",
    "𠮷田 髙﨑",
    "Ł销한𠮷ф",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_other_scripts_are_drawn_and_can_be_copied(name: str, tmp_path: Path) -> None:
    assert glyphs.missing(name) == ()
    people = People("見本市", name, name, (name,), None, None)
    issued = samples.issue(samples.erased(people=people))
    text = pdftotext(issued.pdf, tmp_path)
    assert name.replace(" ", "") in text.replace(" ", "").replace("\n", "")
    assert samples.issue(samples.erased(people=people)).pdf == issued.pdf, "the same bytes every time"


@pytest.mark.parametrize("blank", ["\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u200b", "\u00ad", "\ufeff"])
def test_what_nobody_sees_is_named_and_not_drawn(blank: str) -> None:
    """Else S0001 and S0001 with a blank behind it are two media that look like one."""
    assert glyphs.missing(f"S0001{blank}") == (blank,)
    assert f"[U+{ord(blank):04X}]" in glyphs.spelt(f"S0001{blank}")


@pytest.mark.parametrize("name", NAMES)
def test_letters_in_their_parts_are_composed(name: str) -> None:
    """As macOS writes the names of files."""
    assert glyphs.checked(unicodedata.normalize("NFD", name)) == glyphs.checked(name)


def test_a_paper_without_such_names_has_no_other_fonts(tmp_path: Path) -> None:
    plain = samples.issue(samples.erased()).pdf
    other = samples.issue(msgspec.structs.replace(samples.erased(), asset_tag="Ł-1")).pdf
    assert b"NotoSans-" not in plain and b"NotoSansKR" not in plain and b"NotoSans-" in other


@pytest.mark.parametrize("name", ["שלום", "สวัสดี", "😀", "a\u20e0"])
def test_what_no_font_has_is_named(name: str) -> None:
    assert glyphs.missing(name)
