"""Lists of media that commands read (an inventory, a box's list): their options, and the table in the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from certificates import foreign, inventory_file
from certificates.errors import Usage
from certificates.tables import delimited, encoding
from certificates.tables.table import Table
from eraser.commands.common import F, option


def list_options(function: F) -> F:
    """What a person may have to say of a list's file."""
    for decorate in (
        option("--last-row", "last_row", metavar="N", type=click.IntRange(min=1)),
        option("--heading-row", "heading_row", metavar="N[-M]"),
        option("--encoding", "encoding", type=click.Choice(encoding.ENCODINGS)),
        option("--delimiter", "delimiter", type=click.Choice(tuple(delimited.DELIMITERS))),
        option("--sheet", "sheet", to="sheet_name", metavar="NAME"),
    ):
        function = decorate(function)
    return function


def content_of(file: Path) -> bytes:
    """Raises Usage."""
    try:
        return foreign.read(file, inventory_file.LARGEST)
    except OSError as error:
        raise Usage("usage.inventory", path=file, detail=error.strerror) from error


def table_of(content: bytes, file: Path, asked: dict[str, Any], named: Sequence[str] = ()) -> Table:
    """The table in a list's file, as its options say. Raises Usage."""
    return inventory_file.table(
        content,
        str(file),
        sheet_name=asked["sheet_name"],
        delimiter=delimited.DELIMITERS.get(asked["delimiter"]),
        encoded=asked["encoding"],
        named=named,
    )


def heading_rows(asked: dict[str, Any]) -> tuple[int, int] | None:
    """`4` or `4-5`. Raises Usage."""
    given = asked["heading_row"]
    if given is None:
        return None
    match = re.fullmatch("([0-9]{1,7})(?:-([0-9]{1,7}))?", given)
    rows = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= rows[0] <= rows[1] <= rows[0] + 4:
        raise Usage("usage.rows", given=given)
    return rows
