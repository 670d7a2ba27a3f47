"""`eraser inspect`: what would a recovery tool find on this medium? Reads only."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from certificates.errors import Environment
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, human_bytes, json_option, said, tell
from verifier.entropy import Cell
from verifier.inspection import Inspection, inspect
from verifier.reading import Reader

_CELL_SIGNS = {"zeros": ".", "repeated": "-", "low": "o", "high": "#", "mixed": "%", "unread": "x"}


@make_command("inspect")
@click.argument("target", type=click.Path(path_type=Path))
@json_option
def command(target: Path, json: bool) -> None:
    result = looked_at(target, quiet=json or not sys.stderr.isatty())
    if json:
        emit({"type": "inspection", "target": str(target), **msgspec.to_builtins(result)})
    else:
        tell(as_text(target, result))


def looked_at(target: Path, *, quiet: bool) -> Inspection:
    """The inspection of a device or image file. Raises Environment if it can't be opened or goes away."""
    from tqdm import tqdm

    try:
        with Reader(target) as reader, tqdm(total=reader.size, unit="B", unit_scale=True, disable=quiet) as bar:
            steps = inspect(reader.read, reader.size, node=target)
            while True:
                try:
                    bar.update(next(steps) - bar.n)
                except StopIteration as end:
                    result: Inspection = end.value
                    return result
    except (OSError, ValueError) as error:
        raise Environment("inspect.failed", target=target, detail=error) from error


def as_text(target: Path, seen: Inspection) -> str:
    """The result for people: first the answer, then what it rests on."""
    out = [
        said("inspect.answer.some" if seen.recoverable else "inspect.answer.none", target=target, n=seen.recoverable)
    ]
    for kind, count in sorted(seen.counts.items()):
        out.append(f"  {kind:12} {count}")
    for encoding, count in sorted(seen.texts.items()):
        out.append(f"  {said('inspect.text', encoding=encoding)} {count}")
    for structure in seen.layout.structures:
        out.append("  " + said("inspect.structure", name=structure.name, offset=structure.offset))
    out.append(said("inspect.read", read=human_bytes(seen.bytes_read), unreadable=human_bytes(seen.unreadable_bytes)))
    out.append("".join(_sign(cell) for cell in seen.map))
    out.append(said("inspect.legend"))
    return "\n".join(out)


def _sign(cell: Cell) -> str:
    return "F" if cell.found else _CELL_SIGNS[cell.kind]
