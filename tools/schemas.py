"""Writes docs/schemas: a JSON Schema for the record and for each kind of JSON line. `python -m tools.schemas`; a test compares."""

from __future__ import annotations

import functools
import inspect
import json
import operator
from pathlib import Path
from types import ModuleType

import msgspec

from certificates.check import CheckRecord
from certificates.destruction import DestructionRecord
from certificates.inspection import InspectionRecord
from certificates.ledger.entries import KINDS
from certificates.record import Record
from eraser import events, ledger_rows, rows

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"


def schemas() -> dict[str, str]:
    """File name -> content."""
    made = {
        "record.json": msgspec.json.schema(Record),
        "check.json": msgspec.json.schema(CheckRecord),
        "destruction.json": msgspec.json.schema(DestructionRecord),
        "inspection.json": msgspec.json.schema(InspectionRecord),
        "events.json": msgspec.json.schema(_union(events.Event, events)),
        "rows.json": msgspec.json.schema(_union(rows.Row, rows, ledger_rows)),
        "ledger.json": msgspec.json.schema(KINDS),
    }
    return {
        name: json.dumps(_even(schema), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        for name, schema in made.items()
    }


def _even(schema: object) -> object:
    """The same from every version of msgspec and Python: some keep how a docstring is indented, some don't."""
    if isinstance(schema, dict):
        return {
            key: inspect.cleandoc(value) if key == "description" and isinstance(value, str) else _even(value)
            for key, value in schema.items()
        }
    return [_even(each) for each in schema] if isinstance(schema, list) else schema


def _union(base: type, *modules: ModuleType) -> object:
    """All kinds of one line that these modules know."""
    kinds = [each for module in modules for each in vars(module).values() if isinstance(each, type)]
    return functools.reduce(operator.or_, [kind for kind in kinds if issubclass(kind, base) and kind is not base])


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in schemas().items():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
