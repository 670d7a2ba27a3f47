"""Names are right in every character, or nothing is drawn at all."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.fonts import BOLD, REGULAR, face_of, font
from certificates.page import glyphs
from certificates.page.typography import STATEMENT, TEXT, width, wrap
from tests.certificates import samples
from tests.certificates.reading import drawn, words


@pytest.mark.parametrize(
    "name",
    [
        "髙﨑 𠮷",
        "濵邊邉瀨",
        "葛\U000e0100城市",
        "辻\U000e0100",
        "①㈱№",
        "Ångström José Müller",
        "Иванов",
        "Ωμεγα",
        "神︀",
    ],
)
def test_names_that_the_page_can_show(name: str) -> None:
    assert glyphs.missing(name) == ()


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("見本\n市", ("\n",)),
        ("見本\u200b市", ("\u200b",)),
        ("\u202eyliciM", ("\u202e",)),
        ("สวัสดี", ("ส", "ว", "ั", "ด", "ี")),
        ("שלום", ("ש", "ל", "ו", "ם")),
        ("☕☕", ("☕",)),
        ("\U000f0001", ("\U000f0001",)),
        ("\ue000", ("\ue000",)),
        ("\ud800", ("\ud800",)),
        ("x\u0338", ("\u0338",)),
        ("A\U000e0100", ("\U000e0100",)),
        ("\x7f\xad", ("\x7f", "\xad")),
    ],
)
def test_names_that_it_cannot_show(name: str, absent: tuple[str, ...]) -> None:
    assert glyphs.missing(name) == absent
    with pytest.raises(glyphs.MissingGlyph):
        glyphs.checked(name)


def test_a_name_that_cannot_be_shown_raises_and_leaves_no_gap() -> None:
    people = msgspec.structs.replace(samples.PEOPLE, customer="見本\u200b市")
    with pytest.raises(glyphs.MissingGlyph):
        drawn(samples.erased(people=people))


def test_what_a_machine_said_is_spelt_out_instead() -> None:
    medium = msgspec.structs.replace(samples.STICK, serial="\x07AB\x9bC", node="/dev/ส")
    said = words(samples.record(medium, (samples.pass_of(1, medium, samples.LAST),), samples.full(medium, 1)))
    assert "[U+0007]AB[U+009B]C" in said
    assert "/dev/[U+0E2A]" in said


def test_a_variant_has_a_glyph_of_its_own() -> None:
    face = font(REGULAR).face
    usual, variant = glyphs.checked("葛"), glyphs.checked("葛\U000e0100")
    assert len(usual) == len(variant) == 1
    assert face.charToGlyph[ord(usual)] != face.charToGlyph[ord(variant)]


def test_separate_voicing_marks_are_joined() -> None:
    """As macOS writes file names."""
    assert glyphs.checked("か\u3099き") == "がき"
    assert glyphs.checked("e\u0301") == "é"


@given(st.text())
def test_whatever_is_spelt_can_be_drawn(text: str) -> None:
    spelt = glyphs.spelt(text)
    assert all(font(face_of(character, name)).has(character) for character in spelt for name in (REGULAR, BOLD))
    assert (glyphs.missing(text) == ()) == ("[U+" not in spelt.replace(text, "")) or "[U+" in text


@given(st.text("あいう漢字。、（）「」ABC abc-/ー12345", max_size=120), st.sampled_from([40.0, 90.0, 200.0]))
def test_lines_hold_every_character_and_stay_within_the_width(text: str, limit: float) -> None:
    lines = wrap(text, TEXT, limit)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line, TEXT) <= limit or len(line) == 1 for line in lines)


def test_japanese_line_breaking() -> None:
    lines = wrap("読み戻しにより、「検証」を行いました。（終わり）" * 3, STATEMENT, 83)
    assert not any(line[0] in "、。」）" for line in lines)
    assert not any(line[-1] in "「（" for line in lines)


def test_no_drawable_character_but_a_space_is_blank() -> None:
    """Characters with an empty glyph would be a gap in a name."""
    face = font(REGULAR).face
    empty = {
        code
        for code, glyph in face.charToGlyph.items()
        if face.glyphPos[glyph] == face.glyphPos[glyph + 1] and not glyphs.missing(chr(code))
    }
    assert empty == {0x20, 0xA0, 0x2002, 0x2003, 0x3000}
