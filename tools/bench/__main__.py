"""`python -m tools.bench`: measures, prints a table and the goals, and exits 0 whatever it finds."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import click

from tools.bench import inside, inspection, inventory, ledger, papers, peers, scenes
from tools.bench.disks import comfortable_size, memory_disks
from tools.bench.samples import MIB, Goal, Row, Sample, rows

SCENES = ("one", "many", "stick", "papers", "ledger", "inventory", "inspect")


class Line(Protocol):
    """Something that can be told as one JSON line."""

    def as_json(self) -> dict[str, object]: ...


@click.command()
@click.option("--runs", default=5, show_default=True, type=click.IntRange(1), help="Medians are of that many runs.")
@click.option("--size", "mib", type=click.IntRange(64), help="Size of a memory disk in MiB; 1024 where that fits.")
@click.option("--only", multiple=True, type=click.Choice(SCENES), help="Only this scene; may be repeated.")
@click.option("--profile", is_flag=True, help="Where the time goes in ours: each part alone, then together.")
@click.option("--sweep", is_flag=True, help="Ours with other block sizes and numbers of hands.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
def main(runs: int, mib: int | None, only: tuple[str, ...], profile: bool, sweep: bool, as_json: bool) -> None:
    """Ours beside fio, nwipe, shred, scrub and dd, on the same disks in one run. Needs root, for loop disks."""
    show = show_json if as_json else show_table
    if "papers" in (only or SCENES) and not profile and not sweep:
        show(list(papers.measured(say)))
    if "ledger" in (only or SCENES) and not profile and not sweep:
        show(list(ledger.measure(1_000_000, say)))
    if "inventory" in (only or SCENES) and not profile and not sweep:
        show(list(inventory.measured(runs, say)))
    if "inspect" in (only or SCENES) and not profile and not sweep:
        show(list(inspection.measured(runs, mib * MIB if mib else inspection.SIZE, say)))
    if only and set(only) <= {"papers", "ledger", "inventory", "inspect"}:
        return
    if os.geteuid() != 0:
        raise click.ClickException("loop disks need root")
    size = mib * MIB if mib else comfortable_size()
    say(f"{size / MIB:.0f} MiB a disk, medians of {runs}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    if profile or sweep:
        look_inside(size, runs, profile, sweep, show)
        return
    say(", ".join(peers.versions()))
    table = rows(measure(runs, size, only or SCENES))
    show([*table, *scenes.goals(table)])


def measure(runs: int, size: int, only: tuple[str, ...]) -> Iterator[Sample]:
    """The chosen scenes, one after the other."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        eraser = scenes.home_for(folder)
        if "one" in only:
            yield from scenes.one_disk(eraser, runs, size, say)
        if "many" in only:
            yield from scenes.many_disks(eraser, 2, runs, size, say)
            yield from scenes.many_disks(eraser, 8, runs, size, say)
        if "stick" in only:
            yield from scenes.slow_stick(eraser, runs, say)


def look_inside(size: int, runs: int, profile: bool, sweep: bool, show: Callable[[Iterable[Line]], None]) -> None:
    """The profile and the sweep, on a memory disk."""
    with memory_disks(1, size) as (node,):
        if profile:
            show(list(inside.parts(node, size, runs)))
        if sweep:
            show(list(inside.sweep(node, size, runs)))


def say(text: str) -> None:
    """For people: how far it is."""
    print(text, file=sys.stderr, flush=True)


def show_json(lines: Iterable[Line]) -> None:
    """For programs."""
    for line in lines:
        print(json.dumps(line.as_json()), flush=True)


def show_table(lines: Iterable[Line]) -> None:
    """For people: one table for each kind of line."""
    kinds: dict[type, list[list[str]]] = {}
    for line in lines:
        kinds.setdefault(type(line), []).append(cells(line))
    for kind, body in kinds.items():
        print_table([HEADS[kind], *body])


HEADS = {
    ledger.Timing: ["ledger", "entries", "wanted", "unit", "met", "measured", "worst"],
    Row: ["disks", "tool", "what", "GB/s", "min", "max", "CPU s/GB", "peak MiB", "all MiB"],
    Goal: ["disks", "goal", "against", "measured", "min", "max", "wanted", ""],
    papers.Rate: ["what", "count", "each s", "CPU ms", "wanted", ""],
    inventory.Closing: ["inventory", "assets", "s", "CPU s", "wanted", ""],
    inspection.Look: ["inspect", "GB/s", "min", "max", "CPU s/GB", "peak MiB", "found"],
    inside.Part: ["part", "GB/s", "CPU s/GB"],
    inside.Setting: ["work", "block KiB", "hands", "slice KiB", "buffers MiB", "GB/s"],
}


def cells(line: Line) -> list[str]:
    """A line as the cells of its table."""
    told = line.as_json()
    if isinstance(line, Row):
        shown = [f"{told[key]:.3f}" for key in ("gb_per_s", "gb_per_s_min", "gb_per_s_max", "cpu_s_per_gb")]
        peaks = [f"{size / MIB:.1f}" for size in (line.largest_bytes, line.sum_bytes)]
        return [line.scene, line.tool, line.what, *shown, *peaks]
    if isinstance(line, Goal):
        sign = "<=" if line.unit == "MiB" else ">="
        numbers = [f"{number:.3g}" for number in (line.measured, line.lowest, line.highest)]
        wanted = f"{sign} {line.wanted:g}" + (" MiB" if line.unit == "MiB" else "")
        return [line.scene, line.name, line.against, *numbers, wanted, "met" if line.met else "MISSED"]
    return [str(value) for key, value in told.items() if key != "type"]


def print_table(table: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(flush=True)


if __name__ == "__main__":
    main()
