"""What is kept from one page to the next changes no page: whatever was drawn before, the same record is the same file."""

from __future__ import annotations

import random
from typing import Any

import msgspec

from certificates import canonical, page
from certificates.fonts import REGULAR, Coding, font
from certificates.page import embedding
from certificates.record import Record
from tests.certificates import samples

# 漢字 that need a second and a third subset, in another order for every name.
_KANJI = [chr(code) for code in range(0x4E00, 0x4F80) if font(REGULAR).has(chr(code))]


def _named(seed: int) -> Record:
    sample = samples.erased()
    name = "".join(random.Random(seed).sample(_KANJI, 200))
    people = msgspec.structs.replace(sample.people, organisation=name[:100], customer=name[100:])
    return msgspec.structs.replace(sample, people=people)


def _drawn(record: Record) -> bytes:
    raw = canonical.encode(record)
    return page.render(record, raw, samples.KEY.sign(raw), samples.KEY.public_pem)


def test_pages_drawn_in_any_order_are_the_same_files() -> None:
    records = [samples.erased(), *map(_named, range(4))]
    once = [_drawn(record) for record in records]
    assert len(set(once)) == len(records)
    again = [_drawn(record) for record in reversed(records)]
    font(REGULAR).coding.cache_clear()
    embedding._made.clear()
    assert once == again[::-1] == [_drawn(record) for record in records]


def test_characters_get_the_codes_that_reportlab_gives_them() -> None:
    class Document:
        pass

    face: Any = font(REGULAR)
    for seed in range(3):
        texts = [
            "令和7年 (2025)",
            "",
            *("".join(random.Random(seed).choices(_KANJI, k=60)) for _ in range(6)),
            "\xa0\x07~",
        ]
        document = Document()
        theirs = [
            [subset << 8 | code for subset, run in face.splitString(text, document) for code in run] for text in texts
        ]
        coding = Coding(face, Coding(face, "").after("".join(texts)))
        assert [list(map(ord, text.translate(coding.codes))) for text in texts] == theirs
        state: Any = face.state[document]
        given = type(state)(True, face)
        coding.give(given)
        assert (given.subsets, given.nextCode) == (state.subsets, state.nextCode)


def test_the_fonts_that_are_kept_are_few() -> None:
    for seed in range(embedding._KEPT + 2):
        key = (seed,)
        embedding._made.setdefault(key, ())
    _drawn(_named(99))
    assert len(embedding._made) <= embedding._KEPT
