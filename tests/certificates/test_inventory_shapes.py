"""Every shape of list that is known is read as a person reads it; what a person couldn't be sure of is named, and never left out."""

from __future__ import annotations

import pytest

from certificates import inventory, inventory_file
from certificates.inventory import Reading
from certificates.tables.table import Table
from tests.certificates.lists.shapes import SHAPES, Shape, asset


def reading(shape: Shape) -> tuple[Table, inventory.Columns, Reading]:
    options = shape.options
    table = inventory_file.table(
        shape.content,
        "sample",
        delimiter=options.get("delimiter"),
        encoded=options.get("encoding"),
        sheet_name=options.get("sheet"),
    )
    columns = inventory.columns(table, options.get("named", {}), options.get("heading_row"))
    return table, columns, inventory.read(table, columns, last_row=options.get("last_row"))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_list_is_read_as_it_stands(shape: Shape) -> None:
    table, columns, read = reading(shape)
    assert [asset(each) for each in read.assets] == [
        (row, *(text.strip() if isinstance(text, str) else text for text in rest)) for row, *rest in shape.expected
    ]
    assert {each.row: each.why for each in read.aside} == shape.aside
    below = {row.number for row in table.rows if row.number > columns.last_row}
    assert {each.row for each in read.assets} | shape.aside.keys() == below, "each row is an asset or named"
    assert all(not each.identity.is_known for each in read.assets if each.why is not None)


def test_the_corpus_is_large_and_names_each_shape_once() -> None:
    assert len({shape.name for shape in SHAPES}) == len(SHAPES) >= 60
