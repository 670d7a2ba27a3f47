"""Patterns and numbers mean what they say: the end is the end, and a digit is one of ten. The whole code base is looked through."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates.destruction import Millimetres
from certificates.methods import PassSpec
from certificates.values import Hex, Time, when, whole

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for package in ("certificates", "verifier", "eraser", "tools")
    for path in sorted((ROOT / package).rglob("*.py"))
]
FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "findall", "split", "finditer", "subn"}
OF_ANY_SCRIPT = {"claimwords.py"}  # letters of words in all languages are meant there


def patterns() -> Iterator[tuple[Path, int, str]]:
    """Every text pattern given to `re` or to msgspec; of f-strings the parts that are written there."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            of_re = (
                isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "re"
            )
            if of_re and isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS:
                given = node.args[:1]
            else:
                given = [each.value for each in node.keywords if each.arg == "pattern"]
            for each in given:
                for part in ast.walk(each):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield path, node.lineno, part.value


def test_no_pattern_has_an_end_or_a_digit_that_means_more() -> None:
    found = list(patterns())
    assert len(found) > 30
    wrong = [
        f"{path.name}:{line}: {pattern}"
        for path, line, pattern in found
        if path.name not in OF_ANY_SCRIPT
        and (re.search(r"(?<!\\)(\\\\)*\\[dDwWbB]", pattern) or re.search(r"(?<!\\)\$(?!\(\?!\\n\))", pattern))
    ]
    assert wrong == []


def test_the_search_finds_what_it_is_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.py").write_text('import re\nre.compile(r"^\\d+$")\nMeta(pattern=r"^a$")\n')
    monkeypatch.setattr(f"{__name__}.SOURCES", [tmp_path / "x.py"])
    assert [pattern for _, _, pattern in patterns()] == [r"^\d+$", "^a$"]


def schemas() -> Iterator[str]:
    for path in sorted((ROOT / "docs" / "schemas").glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        stack = [told]
        while stack:
            each = stack.pop()
            if isinstance(each, dict):
                if isinstance(each.get("pattern"), str) and "type" in each:
                    yield each["pattern"]
                stack.extend(each.values())
            elif isinstance(each, list):
                stack.extend(each)


def test_the_schemas_patterns_mean_the_same_in_javascript() -> None:
    """Which JSON Schema asks for: no \\Z, no \\d, no lookbehind, an end that neither dialect takes a newline for."""
    found = set(schemas())
    assert len(found) >= 3
    for pattern in found:
        assert pattern.startswith("^") and pattern.endswith(r"$(?!\n)"), pattern
        assert not re.search(r"\\[dwsZAz]|\(\?<|\(\?P", pattern), pattern


GOOD: dict[Any, str] = {Time: "2026-03-31T12:00:00Z", Hex: "00ff", PassSpec: "keyed", Millimetres: "4.5"}


@pytest.mark.parametrize("kind", GOOD, ids=["time", "hex", "pass", "millimetres"])
def test_nothing_stands_behind_a_value(
    kind: object,
) -> None:
    good = GOOD[kind]
    assert msgspec.convert(good, kind) == good
    for more in ("\n", "\r", "\0", " ", "\u2028", "\n\n", "x\n"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(good + more, kind)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("\n" + good, kind)


@pytest.mark.parametrize("text", ["２０２６-03-31T12:00:00Z", "2026-03-31T12:00:00+０9:00", "٢٠٢٦-03-31T12:00:00Z"])
def test_digits_of_other_scripts_are_no_time(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, Time)


@pytest.mark.parametrize(
    "text", ["１２", "1_000", " 1", "1\n", "+1", "-1", "1.0", "1e3", "0x1", "", "²", "9" * 19, "nan", "٣"]
)
def test_a_whole_number_is_ten_digits_and_nothing_else(text: str) -> None:
    assert whole(text) is None


def test_whole_numbers_and_days_are_read() -> None:
    assert whole("0") == 0 and whole("000123") == 123 and whole("9" * 18) == 10**18 - 1
    for text in (
        "2026-03-31",
        "2026-03-31T17:00",
        "2026-03-31 17:00:30",
        "2026-03-31T17:00:00+09:00",
        "2026-03-31T17:00:00.5Z",
    ):
        assert when(text).year == 2026


@pytest.mark.parametrize(
    "text",
    [
        "2026-W13-2",
        "2026W132",
        "20260331",
        "2026-03-31T17",
        "２０２６-03-31",
        "2026-03-31\n",
        "2026-02-30",
        "2026-03-31x17:00",
        "26-03-31",
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        when(text)
