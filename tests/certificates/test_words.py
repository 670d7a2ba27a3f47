"""The words table: every key in both languages, never blank, and drawable where the page says it."""

from __future__ import annotations

import re
import string

import pytest

from certificates import language
from certificates.page import glyphs

KEYS = sorted(language.all_keys())
PRINTED = [key for key in KEYS if key.startswith(("page.", "risk.", "verdict.", "interruption."))]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", KEYS)
def test_every_key_says_the_same_in_both_languages(key: str) -> None:
    said = language._table()[key]
    assert set(said) == {"en", "ja"}
    assert all(text.strip() for text in said.values())
    assert places(said["en"]) == places(said["ja"])


@pytest.mark.parametrize("key", PRINTED)
def test_what_the_page_says_has_glyphs(key: str) -> None:
    assert all(glyphs.missing(text) == () for text in language._table()[key].values())


# What is counted, and places of the table that are never filled with 1: bounds, bytes of media and files, and "of the many".
COUNTED = "sectors bytes files rows papers places passes numbers entries media minutes years items jobs certificates assets labels objects"
PLURAL = re.compile(r"\{(\w+)(?::[^}]*)?\} (?:[a-z-]+ )?(?:" + "|".join(COUNTED.split()) + r")\b")
MANY = {
    "limit",
    "most",
    "least",
    "listed",
    "needed",
    "allowed",
    "smallest",
    "bytes",
    "total",
    "compared",
    "length",
    "media",
    "found",
}
ABOUT_MANY = {
    "audit.note.own-method": "a choice of its own stands around it",
    "audit.note.reformat": "a file system has many",
    "page.reformat": "a file system has many",
    "verify.format.counted": "a file system has many",
    "foretold.reading": "bytes of a medium",
    "foretold.reading_places": "bytes of a medium",
    "page.pass.more": "those that found no room on the page, and the rest",
    "policies.passes": "one needs no condition",
    "usage.tag_unnamed.message": "of one it would be known",
}


def test_one_of_anything_is_not_told_as_many() -> None:
    told = {key: language._table()[key]["en"] for key in KEYS if key not in ABOUT_MANY}
    assert not [text for text in told.values() if {match[1] for match in PLURAL.finditer(text)} - MANY]
    assert all(
        PLURAL.search(language._table()[key]["en"]) for key in ABOUT_MANY.keys() - {"foretold.reading_places"}
    ), "still so"


def test_a_number_chooses_its_words() -> None:
    for count, said in ((1, "1 sector differs"), (0, "0 sectors differ"), (2, "2 sectors differ")):
        assert said in language.text("page.result.found", "en", different=count, unreadable=0)
