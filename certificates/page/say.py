"""Sentences of the page, in the languages of one record.

A Phrase holds one text per language, or a single text that needs no translation.
"""

from __future__ import annotations

import functools

from certificates import language, policy
from certificates.language import Language
from certificates.page.glyphs import checked, spelt
from certificates.values import Words

Phrase = tuple[str, ...]


class Say:
    """Looks up what the page says. A key that the table lacks raises KeyError: nothing is printed blank."""

    def __init__(self, languages: tuple[Language, ...]) -> None:
        self.languages = languages

    def __call__(self, key: str, **values: Phrase | str | int) -> Phrase:
        """`values`: a Phrase as it is drawn, or a bare text, which is checked here."""
        if not values:
            return _said(key, self.languages)
        drawable = {name: checked(value) if isinstance(value, str) else value for name, value in values.items()}
        return tuple(
            language.text(key, each, **{name: _pick(value, index) for name, value in drawable.items()})
            for index, each in enumerate(self.languages)
        )

    def per_language(self, texts: dict[Language, str]) -> Phrase:
        return tuple(spelt(texts[each]) for each in self.languages)

    def in_languages(self, words: Words) -> Phrase:
        """What a person wrote in both languages: right in every character, or an error."""
        return tuple(checked({"en": words.en, "ja": words.ja}[each]) for each in self.languages)

    def given(self, text: str | None) -> Phrase | None:
        """What a person typed: right in every character, or an error."""
        return (checked(text),) if text else None

    def edition(self, text: str) -> Phrase:
        """A policy's edition; on a page that is in English alone, under the policy's English name."""
        if self.languages != ("en",):
            return (spelt(text),)
        names = {each.edition: each.name.en for each in policy.built_in().values() if not each.edition.isascii()}
        return (spelt(names.get(text, text)),)

    def told(self, text: str | None) -> Phrase | None:
        """What a machine said."""
        return (spelt(text),) if text else None


@functools.lru_cache(maxsize=1 << 12)
def _said(key: str, languages: tuple[Language, ...]) -> Phrase:
    return tuple(language.text(key, each) for each in languages)


def _pick(value: Phrase | str | int, index: int) -> str | int:
    return value[min(index, len(value) - 1)] if isinstance(value, tuple) else value


def in_one_line(phrase: Phrase) -> str:
    """Both languages beside each other, the second told once if they are the same."""
    return " / ".join(dict.fromkeys(phrase))
