"""`eraser wipe`, the real command, told by its own JSON lines and measured from outside."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.command import Eraser
from tools.bench import process
from tools.bench.samples import Sample

EXIT_CODES = (0,)


@dataclass
class Watch:
    """Notes, at each line that ends a phase, when that was and what the process had used by then."""

    ends: list[tuple[dict[str, Any], float, float]] = field(default_factory=list)
    peak_before_papers: int = 0

    def line(self, pid: int, text: str) -> None:
        if '"type":"phase"' not in text.replace(" ", ""):
            return
        self.ends.append((json.loads(text), time.monotonic(), process.cpu_seconds(pid)))
        self.peak_before_papers = process.peak_memory(pid)

    def window(self, phase: str) -> tuple[int, float, float]:
        """Bytes, start and end of a phase over all disks: from the first that begins it to the last that ends it."""
        ended = [(event, at) for event, at, _ in self.ends if event["phase"] == phase]
        start = min(at - event["seconds"] for event, at in ended)
        return sum(event["bytes"] for event, _ in ended), start, max(at for _, at in ended)

    def cpu(self, phase: str, before: str) -> float:
        """Processor time between the ends of two phases; with several disks, between the last ends."""
        last = {event["phase"]: used for event, _, used in self.ends}
        return last[phase] - last.get(before, 0.0)


def wipe(scene: str, eraser: Eraser, nodes: Sequence[Path]) -> list[Sample]:
    """One keyed pass and a full verification of these disks by one process, as samples `write`, `verify` and `both`."""
    watch = Watch()
    try:
        confirms = [word for node in nodes for word in ("--confirm", eraser.confirm(node))]
    except (StopIteration, ValueError) as error:
        raise process.Failed("`eraser devices` did not list the disk") from error
    command = eraser.command("wipe", *nodes, *confirms, "--json", "--method", "keyed", "--verify", "full")
    ran = process.run(command, environment=eraser.environment, line=watch.line, codes=EXIT_CODES)
    if not {"write", "verify"} <= {event["phase"] for event, _, _ in watch.ends}:
        raise process.Failed(f"a phase is missing:\n{ran.out[-2000:]}")
    written, write_start, write_end = watch.window("write")
    verified, verify_start, verify_end = watch.window("verify")
    write_seconds, verify_seconds = write_end - write_start, verify_end - verify_start
    if len(nodes) == 1:  # then the phase's own clock is the finer one
        seconds = {event["phase"]: event["seconds"] for event, _, _ in watch.ends}
        write_seconds, verify_seconds = seconds["write"], seconds["verify"]
    both = verify_end - write_start
    peaks = (ran.largest_bytes, ran.sum_bytes)
    early = (watch.peak_before_papers, watch.peak_before_papers)
    return [
        Sample(scene, "ours", "write", written, write_seconds, watch.cpu("write", "challenge"), *peaks),
        Sample(scene, "ours", "verify", verified, verify_seconds, watch.cpu("verify", "write"), *peaks),
        Sample(scene, "ours", "both", written + verified, both, watch.cpu("verify", "challenge"), *peaks),
        Sample(scene, "ours", "whole command", written + verified, ran.seconds, ran.cpu_seconds, *peaks),
        Sample(scene, "ours", "before papers", written + verified, ran.seconds, ran.cpu_seconds, *early),
    ]
