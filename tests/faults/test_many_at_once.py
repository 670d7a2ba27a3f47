"""Many media in one command: each gets its own outcome, and the slow and the dying hold up nobody."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import LoopDiskFactory, LyingDriveFactory
from tests.lab.command import Eraser, Ran

pytestmark = [pytest.mark.loop, pytest.mark.nbd]
MiB = 1 << 20


def confirmations(eraser: Eraser, nodes: list[Path]) -> list[object]:
    rows = {row["node"]: row["confirm"] for row in eraser("devices", "--json").lines}
    return [word for node in nodes for word in ("--confirm", rows[str(node)])]


def test_sixteen_at_once_one_failing_and_one_slow(
    eraser: Eraser, loop_disk: LoopDiskFactory, lying_drive: LyingDriveFactory
) -> None:
    good = [loop_disk(4 * MiB) for _ in range(14)]
    failing = lying_drive("dies", size=4 * MiB, after=2 * MiB)
    # Slow, and standing still until all the others have ended: their end must not depend on it, on however busy a machine.
    slow = lying_drive("hangs", size=4 * MiB, at=2 * MiB, rate=2 * MiB)
    nodes = [*(disk.node for disk in good), failing.node, slow.node]
    running = eraser.start("wipe", *nodes, *confirmations(eraser, nodes), "--json")
    assert running.stdout is not None
    lines: list[str] = []
    try:
        for line in running.stdout:
            lines.append(line)
            if sum('"job-ended"' in each for each in lines) == 15:
                slow.release()
        ran = Ran(running.wait(timeout=60), "".join(lines), "")
    finally:
        slow.release()
        running.kill()
        running.wait()
    ended = {event["target"]: event for event in ran.of("job-ended")}
    assert len(ended) == 16
    outcomes = {node: ended[str(node)]["outcome"] for node in nodes}
    assert outcomes.pop(failing.node) == "not-erased"
    assert set(outcomes.values()) == {"erased"}
    assert ran.code == 4, "the worst outcome is the command's"

    numbers = sorted(event["number"] for event in ended.values())
    assert [int(number.split("-")[1]) for number in numbers] == list(range(1, 17))
    papers = {file for event in ended.values() for file in event["files"]}
    assert len(papers) == 64, "a PDF, a JSON, a signature and a proof for each"
    assert eraser("ledger", "verify").code == 0
    assert eraser("audit", eraser.home / "certificates").code == 0
    # Every good disk ended before the slow one.
    order = [event["target"] for event in ran.of("job-ended")]
    assert order.index(str(slow.node)) >= 14


def test_a_hanging_drive_holds_up_no_other(
    eraser: Eraser, loop_disk: LoopDiskFactory, lying_drive: LyingDriveFactory
) -> None:
    hanging, good = lying_drive("hangs", size=4 * MiB, at=MiB), loop_disk(4 * MiB)
    nodes = [hanging.node, good.node]
    running = eraser.start("wipe", *nodes, *confirmations(eraser, nodes), "--json")
    with ExitStack() as stack:
        stack.callback(running.wait)
        stack.callback(running.kill)
        stack.callback(hanging.release)
        assert running.stdout is not None
        ended = next(event for event in map(json.loads, running.stdout) if event["type"] == "job-ended")
        assert (ended["target"], ended["outcome"]) == (str(good.node), "erased")
        hanging.release()
        rest = [event for event in map(json.loads, running.stdout) if event["type"] == "job-ended"]
        assert [event["outcome"] for event in rest] == ["erased"]
        assert running.wait(timeout=60) == 0


def test_two_processes_at_once_take_numbers_without_gaps(eraser: Eraser, tmp_path: Path) -> None:
    images = [tmp_path / f"image{n}.img" for n in range(6)]
    for image in images:
        image.write_bytes(bytes(100_000))
    running = [eraser.start("wipe", "--image", image, "--confirm", image.name, "--json") for image in images]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
    started = [line for line in eraser("ledger", "show", "--json").lines if line["type"] == "job-started"]
    assert sorted(line["job"] for line in started) == list(range(1, 7))
    assert eraser("ledger", "verify").code == 0


def test_a_rate_is_kept(eraser: Eraser, tmp_path: Path) -> None:
    """Not how fast it is (that's a benchmark) but that it is no faster than it was told to be."""
    image = tmp_path / "image.img"
    image.write_bytes(bytes(24 * 10**6))
    ran = eraser("wipe", "--image", image, "--confirm", image.name, "--method", "keyed", "--rate", "8M", "--json")
    assert ran.code == 0
    for phase in ran.of("phase"):
        # The first block passes at once; everything behind it has to wait its turn.
        assert phase["seconds"] >= (phase["bytes"] - (4 << 20)) / 8e6 - 0.1
