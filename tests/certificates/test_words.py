"""The words table: every key in both languages, never blank, and drawable where the page says it."""

from __future__ import annotations

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
