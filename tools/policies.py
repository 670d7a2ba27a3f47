"""Writes the tables of docs/policies.md from the policies themselves. `python -m tools.policies`; a test compares."""

from __future__ import annotations

from pathlib import Path

from certificates import language, policy
from certificates.policy import Deed, Policy
from certificates.record import DataClass, MediaType

FILE = Path(__file__).parents[1] / "docs" / "policies.md"
START, END = "<!-- tables: python -m tools.policies -->\n", "<!-- end of tables -->\n"
CATEGORIES = {"clear": "Clear", "purge": "Purge", "destroy": "Destroy", "none": "none", "not-confirmed": "?"}
MARKS = {"sufficient": "y", "not-sufficient": "n", "not-confirmed": "?"}


def document(text: str) -> str:
    """The document with its tables made anew."""
    before, _, rest = text.partition(START)
    return (
        before + START + "".join(_section(*each) for each in policy.built_in().items()) + END + rest.partition(END)[2]
    )


def _section(name: str, table: Policy) -> str:
    heads = ["technique", *(language.text(f"page.medium.{medium}", "en") for medium in policy.MEDIA)]
    lines = [f"\n### {name}\n", f"{table.edition}. {table.note.en if table.note else ''}".rstrip() + "\n"]
    lines += [_line(heads), _line(["---"] * len(heads))]
    lines += [
        _line([f"`{technique}`", *(_cell(table, technique, medium) for medium in policy.MEDIA)])
        for technique in policy.techniques()
    ]
    sources = sorted({f"{each.source} ({language.text(f'page.sure.{each.sure}', 'en')})" for each in table.rows})
    return "\n".join([*lines, "", "Sources:", "", *(f"- {source}" for source in sources), ""])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(table: Policy, technique: str, medium: MediaType) -> str:
    """The category, and a mark for each class of data that the policy grades."""
    marks = ""
    if table.grades_data:
        marks = " " + "".join(_mark(table, technique, medium, data_class) for data_class in policy.DATA_CLASSES)
    return CATEGORIES[policy.judge("-", table, _at_best(technique, medium)).category] + marks


def _mark(table: Policy, technique: str, medium: MediaType, data_class: DataClass) -> str:
    sufficiency = policy.judge("-", table, _at_best(technique, medium), data_class).sufficiency
    return MARKS[sufficiency or "not-confirmed"]


def _at_best(technique: str, medium: MediaType) -> Deed:
    physical = policy.techniques()[technique].acts == "physical"
    return Deed(
        medium,
        technique,
        verified="witnessed" if physical else "full",
        hidden_areas="none-found",
        passes=2,
        complement=True,
    )


def main() -> None:
    FILE.write_text(document(FILE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
