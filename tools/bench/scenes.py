"""The scenes: one disk with every tool, several disks at once, and a slow stick. Within a run the tools take turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.lab.command import Eraser
from tools.bench import ours, peers, process
from tools.bench.disks import memory_disks, throttled_stick
from tools.bench.samples import Goal, Row, Sample, best, memory_goal, rate_goal, ratio_goal

STICK_RATE = 30_000_000
STICK_BYTES = 192 << 20  # the drive lets a tenth of a second pass at once: little beside six seconds

Say = Callable[[str], None]


def attempt(measure: Callable[[], list[Sample]], say: Say) -> list[Sample]:
    """What was measured; nothing, and said so, where a tool failed: the others are measured all the same."""
    try:
        return measure()
    except process.Failed as error:
        say(str(error))
        return []


def _alone(peer: peers.Peer, scene: str, node: Path, size: int) -> list[Sample]:
    return [peer(scene, node, size)]


def one_disk(eraser: Eraser, runs: int, size: int, say: Say) -> Iterator[Sample]:
    """Every tool on the same disk, in turn."""
    scene = "one disk"
    with memory_disks(1, size) as nodes:
        writers = peers.writers(nodes[0], size)
        attempt(lambda: ours.wipe(scene, eraser, nodes), say)  # not counted: keys and caches are made once
        for run in range(runs):
            say(f"{scene}, run {run + 1} of {runs}")
            yield from attempt(lambda: ours.wipe(scene, eraser, nodes), say)
            for variant in peers.FIO:
                yield from attempt(partial(peers.fio_both, scene, variant, nodes), say)
            yield from attempt(lambda: [peers.fio_fresh(scene, nodes)], say)
            for peer in writers.values():
                yield from attempt(partial(_alone, peer, scene, nodes[0], size), say)


def many_disks(eraser: Eraser, count: int, runs: int, size: int, say: Say) -> Iterator[Sample]:
    """Ours and fio on `count` disks at once."""
    scene = f"{count} disks"
    with memory_disks(count, size) as nodes:
        for run in range(runs):
            say(f"{scene}, run {run + 1} of {runs}")
            yield from attempt(lambda: ours.wipe(scene, eraser, nodes), say)
            for variant in peers.FIO:
                yield from attempt(partial(peers.fio_both, scene, variant, nodes), say)
            yield from attempt(lambda: [peers.fio_fresh(scene, nodes)], say)


def slow_stick(eraser: Eraser, runs: int, say: Say) -> Iterator[Sample]:
    """Ours, fio and dd on a drive that lets through 30 MB/s."""
    scene = "slow stick"
    dd = peers.writer("dd zeros 4M", peers.dd)
    with throttled_stick(STICK_BYTES, STICK_RATE) as node:
        for run in range(runs):
            say(f"{scene}, run {run + 1} of {runs}")
            yield from attempt(lambda: ours.wipe(scene, eraser, [node]), say)
            yield from attempt(lambda: peers.fio_both(scene, "fio psync 4M", [node]), say)
            yield from attempt(lambda: _alone(dd, scene, node, STICK_BYTES), say)


def goals(table: list[Row]) -> list[Goal]:
    """What the project set itself, beside what was measured here."""
    found: list[Goal | None] = []
    for what in ("write", "verify"):
        found.append(_against_fio(table, "one disk", what, 0.95))
    nwipe = best(table, "one disk", "nwipe", "write")
    found.append(ratio_goal("one disk", "write / nwipe", 2.0, best(table, "one disk", "ours", "write"), nwipe))
    for scene in ("2 disks", "8 disks"):
        for what in ("write", "verify", "both"):
            found.append(_against_fio(table, scene, what, 0.9))
    for what in ("write", "verify"):
        mine = best(table, "slow stick", "ours", what)
        found.append(rate_goal("slow stick", f"{what} / allowed", 0.99, mine, STICK_RATE))
        found.append(_against_fio(table, "slow stick", what, 0.99))
    for scene, disks in (("one disk", 1), ("2 disks", 2), ("8 disks", 8)):
        for what, name in (("before papers", "memory, wipe and verify"), ("whole command", "memory, whole command")):
            found.append(memory_goal(scene, name, disks, best(table, scene, "ours", what)))
    return [goal for goal in found if goal is not None]


def _against_fio(table: list[Row], scene: str, what: str, wanted: float) -> Goal | None:
    mine, fio = best(table, scene, "ours", what), best(table, scene, "fio", what)
    return ratio_goal(scene, f"{what} / fio", wanted, mine, fio)


def home_for(folder: str) -> Eraser:
    """Our command, on a station of its own."""
    return Eraser(Path(folder) / "station")
