"""Many hands do the work once, their results come in its order, and what goes wrong in one of them ends all."""

import ctypes
import random
import threading
import time
from pathlib import Path

import pytest

from verifier.crew import AHEAD, Buffer, Crew, Queue, Span, Stalled, blocks, buffers, hands

KIB = 1 << 10


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_piece_once_and_the_results_in_order(count: int) -> None:
    chance = random.Random(7)
    taken: list[int] = []
    folded: list[tuple[int, int]] = []

    def task(span: Span, buffer: Buffer) -> int:
        taken.append(span.offset)
        time.sleep(chance.random() / 500)
        return span.offset * 2

    crew = Crew(
        blocks(0, 200 * KIB + 5, KIB),
        task,
        lambda span, told: folded.append((span.offset, told)),
        block=KIB,
        hands=count,
    )
    with crew:
        last = [*crew.progress(10)][-1]
    offsets = [*range(0, 200 * KIB + 5, KIB)]
    assert sorted(taken) == offsets and folded == [(offset, offset * 2) for offset in offsets]
    assert last == crew.done == 200 * KIB + 5


def test_buffers_are_memory_that_the_kernel_finds_fast_and_no_child_shares() -> None:
    made = buffers(3, 5 * KIB)
    for number, buffer in enumerate(made):
        assert len(buffer.view) == 5 * KIB and _address(buffer) % 4096 == 0
        buffer.view[:] = bytes([number + 1]) * len(buffer.view)
    assert [set(buffer.view.tolist()) for buffer in made] == [{1}, {2}, {3}], "none reaches into another"
    flags = _flags_of_the_memory_at(_address(made[0]))
    assert "dc" in flags, "not inherited by a child (MADV_DONTFORK)"
    if Path("/sys/kernel/mm/transparent_hugepage").exists():
        assert "hg" in flags, "huge pages are asked for"


def _address(buffer: Buffer) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer.view))


def _flags_of_the_memory_at(address: int) -> list[str]:
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, _, rest = line.partition(" ")
        if not name.endswith(":"):
            first, last = (int(part, 16) for part in name.split("-"))
            inside = first <= address < last
        elif inside and name == "VmFlags:":
            return rest.split()
    raise AssertionError(f"no mapping at {address:#x}")


def test_no_work_is_done_at_once() -> None:
    crew = Crew(iter(()), lambda span, buffer: None, lambda span, told: None, block=KIB, hands=3)
    with crew:
        assert [*crew.progress(10)] == [0]


def test_an_error_of_one_hand_is_raised_and_ends_the_others() -> None:
    def task(span: Span, buffer: Buffer) -> None:
        if span.offset == 20 * KIB:
            raise OSError("gone")

    crew = Crew(blocks(0, 1 << 30, KIB), task, lambda span, told: None, block=KIB, hands=3)
    with crew, pytest.raises(OSError, match="gone"):
        for _ in crew.progress(10):
            pass
    assert crew.halt(5), "all hands have ended"
    assert crew.done <= 20 * KIB


def test_one_piece_that_takes_long_holds_the_others_back_after_a_while() -> None:
    """And what was not done before it doesn't count as done."""
    held, begun = threading.Event(), []

    def task(span: Span, buffer: Buffer) -> None:
        begun.append(span.offset)
        if span.offset == 0:
            held.wait(30)

    crew = Crew(blocks(0, 100 * KIB, KIB), task, lambda span, told: None, block=KIB, hands=2)
    with crew:
        with pytest.raises(Stalled):
            for _ in crew.progress(0.5):
                pass
        assert crew.done == 0 and len(begun) == AHEAD
        held.set()
        assert [*crew.progress(30)][-1] == 100 * KIB


def test_leaving_ends_hands_that_wait() -> None:
    held = threading.Event()
    crew = Crew(
        blocks(0, 100 * KIB, KIB), lambda span, buffer: held.wait(30), lambda span, told: None, block=KIB, hands=2
    )
    with crew:
        next(crew.progress(10))
    held.set()
    assert crew.halt(5)
    assert crew.done < 100 * KIB


def test_many_media_get_one_hand_each_and_one_medium_no_more_than_four() -> None:
    assert hands(1, 1000) == 1
    assert 1 <= hands(2, 1) <= 4
    assert hands(2, 1, Queue(depth=1)) == 2, "one request under way, and the next being made"


def test_pieces_are_whole_requests_of_the_device() -> None:
    assert Queue(request=1280 * KIB).fitting(4096 * KIB) == 3840 * KIB
    assert Queue(request=120 * KIB).fitting(1024 * KIB) == 960 * KIB
    assert Queue(request=8192 * KIB).fitting(1024 * KIB) == 1024 * KIB, "one request takes more than that"
    assert Queue(request=127 * KIB).fitting(1024 * KIB) == 1024 * KIB, "O_DIRECT wants whole pages"
    assert Queue().fitting(1024 * KIB) == 1024 * KIB, "it doesn't say"
