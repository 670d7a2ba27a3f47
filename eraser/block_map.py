"""The map of a medium as text: a sign for each part, in as many columns as there are. On a terminal the signs have colours as well."""

from __future__ import annotations

from collections.abc import Sequence

import click

from verifier.entropy import Cell

_SIGNS = {"zeros": ".", "repeated": "-", "low": "o", "high": "#", "mixed": "%", "unread": "x"}
_COLOURS = {"F": "red", "x": "magenta", "o": "yellow", "%": "yellow", "#": "cyan"}
_LABEL = 11
_MOST_ACROSS = 256


def lines(cells: Sequence[Cell], width: int, size: Sequence[str]) -> list[str]:
    """Rows of at most `width` columns, each with the place where it begins: `size[i]` is the place of cell i, in words."""
    across = _MOST_ACROSS
    while across > 8 and across + _LABEL > width:
        across //= 2
    return [
        f"{size[start]:>{_LABEL - 1}} " + "".join(_coloured(sign(cell)) for cell in cells[start : start + across])
        for start in range(0, len(cells), across)
    ]


def sign(cell: Cell) -> str:
    """F where something was found, x where something could not be read; else what fills it."""
    if cell.found:
        return "F"
    return "x" if cell.shares.get("unread") else _SIGNS[cell.kind]


def _coloured(text: str) -> str:
    """Colours are dropped by click where the output is no terminal."""
    return click.style(text, fg=_COLOURS[text], bold=text == "F") if text in _COLOURS else text
