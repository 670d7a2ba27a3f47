"""Every sentence that a person reads, from one table: the TOML files in `words/`, each key with `en` and `ja`.

Keys are dotted (`refusal.mounted`). Values may hold `{name}` places, filled by keyword, and words that go by a number:
`{count} [count?file was|files were] read`. A missing key or place is a programming error and raises KeyError, so that a test finds it
before a user does.
"""

from __future__ import annotations

import functools
import locale
import os
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal, get_args

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_BY_NUMBER = re.compile(r"\[([0-9A-Za-z_]+)\?([^|\]]*)\|([^|\]]*)\]")


@functools.cache
def _table() -> dict[str, dict[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for entry in sorted(resources.files("certificates").joinpath("words").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            _flatten("", tomllib.loads(entry.read_text(encoding="utf-8")), merged)
    return merged


def _flatten(prefix: str, node: dict[str, Any], into: dict[str, dict[str, str]]) -> None:
    if node.keys() == {"en", "ja"} and all(isinstance(value, str) for value in node.values()):
        if prefix in into:
            raise KeyError(f"words: {prefix} stands twice")
        into[prefix] = node
        return
    for name, child in node.items():
        if not isinstance(child, dict):
            raise KeyError(f"words: {prefix}.{name} lacks en or ja")
        _flatten(f"{prefix}.{name}" if prefix else name, child, into)


def all_keys() -> frozenset[str]:
    """All keys of the table."""
    return frozenset(_table())


def text(key: str, language: Language | None = None, /, **values: object) -> str:
    """The sentence for `key` in `language` (default: the language in force), its places filled."""
    chosen = language or in_force()
    if chosen == "ja" and isinstance(detail := values.get("detail"), str):
        values["detail"] = _of_the_system().get(detail, detail)
    return numbered(_table()[key][chosen], values).format(**values)


@functools.cache
def _of_the_system() -> dict[str, str]:
    """What the operating system says, which knows English only, in Japanese."""
    return {words["en"]: words["ja"] for key, words in _table().items() if key.startswith("system.")}


def for_terminal(key: str, language: Language | None = None, /, **values: object) -> str:
    """As `text`, with what fills the places `visible`: names of files, and what stands in them, come from anybody."""
    return text(key, language, **{name: _visible_value(value) for name, value in values.items()})


def visible(text: str) -> str:
    """The text with control characters, also those that turn the direction of writing, spelt out: it can't pretend to be our message."""
    return "".join(map(_visible_character, text))


def _visible_value(value: object) -> object:
    return value if isinstance(value, int | float) else visible(str(value))


def _visible_character(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":  # a space of any kind
        return character
    return character.encode("unicode_escape", "backslashreplace").decode()


def numbered(sentence: str, values: Mapping[str, object]) -> str:
    """The sentence with its `[count?one|more]` chosen: the first where the value is 1, else the second (also for 0)."""
    return _BY_NUMBER.sub(lambda words: words[2] if str(values[words[1]]) == "1" else words[3], sentence)


def written(branch: str) -> dict[str, str]:
    """The English sentences below `branch`, their places unfilled, to those of the language in force."""
    return {node["en"]: node[in_force()] for key, node in _table().items() if key.startswith(f"{branch}.")}


def both(key: str, /, **values: object) -> dict[Language, str]:
    """The sentence in every language."""
    return {language: text(key, language, **values) for language in LANGUAGES}


_chosen: Language | None = None


def choose(language: Language | None) -> None:
    """Fix the language for this process (`--lang`); None goes back to the locale's."""
    global _chosen
    _chosen = language


def in_force() -> Language:
    """The chosen language, else Japanese in a Japanese locale, else English."""
    if _chosen is not None:
        return _chosen
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "ja" if value.startswith("ja") else "en"
    return "ja" if (locale.getlocale()[0] or "").startswith("ja") else "en"
