"""Where the time goes in ours: each part alone, then writing and looking; and these with other sizes and other numbers of hands."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median
from unittest.mock import patch

from eraser import devices, writing
from eraser.target import Target
from eraser.writing import Writing
from tools.bench.samples import GB
from verifier import looking, plans
from verifier.content import KEY_BYTES, Keyed
from verifier.crew import Span, blocks
from verifier.looking import Looking
from verifier.reading import Reader

KIB = 1 << 10
WRITE_BLOCKS = (256 * KIB, 512 * KIB, 1 << 20, 2 << 20, 4 << 20)
LOOK_BLOCKS = (256 * KIB, 512 * KIB, 1 << 20, 2 << 20, 4 << 20)
SLICES = (64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB)
HANDS = (1, 2, 3, 4, 6)
BUFFERS_COMPARED = 8 << 20
BUFFERS = 4


@dataclass(frozen=True)
class Part:
    """One part of the work over `bytes`: how long, and with how much processor time."""

    name: str
    bytes: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        return self.bytes / self.seconds

    def as_json(self) -> dict[str, object]:
        return {
            "type": "part",
            "part": self.name,
            "gb_per_s": round(self.rate / GB, 3),
            "cpu_s_per_gb": round(self.cpu_seconds * GB / self.bytes, 3),
        }


def measured(name: str, size: int, work: Callable[[], object]) -> Part:
    """`work` once, over `size` bytes."""
    began, used = time.perf_counter(), time.process_time()
    work()
    return Part(name, size, time.perf_counter() - began, time.process_time() - used)


def parts(node: Path, size: int, runs: int) -> Iterator[Part]:
    """Each part of the work alone, the median of `runs`, in turns."""
    content = Keyed(os.urandom(KEY_BYTES))
    works = _works(node, size, content)
    found: dict[str, list[Part]] = {}
    for _ in range(runs):
        for name, work in works.items():
            found.setdefault(name, []).append(measured(name, size, work))
    for each in found.values():
        yield sorted(each, key=lambda part: part.seconds)[len(each) // 2]


def _works(node: Path, size: int, content: Keyed) -> dict[str, Callable[[], None]]:
    largest = max(writing.BLOCK_BYTES, looking.BLOCK_BYTES)
    ring = [memoryview(mmap.mmap(-1, largest)) for _ in range(BUFFERS)]
    piece = looking.SLICE_BYTES
    expected, same = bytearray(piece), bytearray(piece)
    sames = [memoryview(mmap.mmap(-1, piece)) for _ in range(BUFFERS_COMPARED // piece)]  # equal to the end: all zeros

    def generate() -> None:
        for span in blocks(0, size, writing.BLOCK_BYTES):
            content.stream(span.offset, span.length)(_buffer(ring, span))

    def write() -> None:
        with _descriptor(node, os.O_WRONLY) as descriptor:
            for span in blocks(0, size, writing.BLOCK_BYTES):
                os.pwrite(descriptor, ring[0][: span.length], span.offset)

    def read() -> None:
        with _descriptor(node, os.O_RDONLY) as descriptor:
            for span in blocks(0, size, looking.BLOCK_BYTES):
                os.preadv(descriptor, [ring[0][: span.length]], span.offset)

    def generate_and_write() -> None:
        with _descriptor(node, os.O_WRONLY) as descriptor:
            for span in blocks(0, size, writing.BLOCK_BYTES):
                content.stream(span.offset, span.length)(_buffer(ring, span))
                os.pwrite(descriptor, _buffer(ring, span), span.offset)

    def compare() -> None:
        for span in blocks(0, size, piece):
            _ = same == sames[span.offset // piece % len(sames)][: len(same)]

    def generate_and_compare() -> None:
        for span in blocks(0, size, piece):
            content.stream(span.offset, piece)(memoryview(expected))
            _ = expected == ring[span.offset // piece % len(ring)][:piece]

    return {
        "generate": generate,
        "write": write,
        "generate, then write": generate_and_write,
        "writing (the whole)": lambda: run_writing(node, content),
        "read": read,
        "compare": compare,
        "generate a slice, compare it": generate_and_compare,
        "looking (the whole)": lambda: run_looking(node, content),
    }


def _buffer(ring: list[memoryview], span: Span) -> memoryview:
    return ring[span.offset // writing.BLOCK_BYTES % len(ring)][: span.length]


class _descriptor:  # noqa: N801 - used like a function
    """A descriptor past the page cache, closed at the end."""

    def __init__(self, node: Path, mode: int) -> None:
        self._descriptor = os.open(node, mode | os.O_DIRECT | os.O_EXCL)

    def __enter__(self) -> int:
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def run_writing(node: Path, content: Keyed) -> None:
    """One pass by the project's own engine, without the job around it."""
    with Target(devices.at(str(node))) as target:
        for _ in Writing(target, content):
            pass


def run_looking(node: Path, content: Keyed) -> None:
    """One full verification by the project's own engine, without the job around it."""
    with Reader(node) as reader:
        for _ in Looking(reader, plans.full(reader.size), content, queue=devices.queue(str(node))):
            pass


@dataclass(frozen=True)
class Setting:
    """What writing or looking made of these sizes."""

    work: str
    block: int
    hands: int
    slice: int
    rate: float

    def as_json(self) -> dict[str, object]:
        return {
            "type": "setting",
            "work": self.work,
            "block_kib": self.block // KIB,
            "hands": self.hands,
            "slice_kib": self.slice // KIB,
            "buffers_mib": self.block * self.hands / (1 << 20),
            "gb_per_s": round(self.rate / GB, 3),
        }


def sweep(node: Path, size: int, runs: int) -> Iterator[Setting]:
    """Writing and looking with every combination of sizes, medians of `runs`, fastest first."""
    content = Keyed(os.urandom(KEY_BYTES))
    yield from _fastest_first(_sweep_writing(node, size, runs, content))
    run_writing(node, content)
    yield from _fastest_first(_sweep_looking(node, size, runs, content))


def _fastest_first(settings: Iterable[Setting]) -> list[Setting]:
    return sorted(settings, key=lambda setting: -setting.rate)


def _sweep_writing(node: Path, size: int, runs: int, content: Keyed) -> Iterator[Setting]:
    for block, count in product(WRITE_BLOCKS, HANDS):
        with patch.multiple(writing, BLOCK_BYTES=block, hands=lambda *_, count=count: count):
            rate = median(measured("", size, lambda: run_writing(node, content)).rate for _ in range(runs))
        yield Setting("writing", block, count, 0, rate)


def _sweep_looking(node: Path, size: int, runs: int, content: Keyed) -> Iterator[Setting]:
    for block, count, piece in product(LOOK_BLOCKS, HANDS, SLICES):
        if piece > block:
            continue
        with patch.multiple(looking, BLOCK_BYTES=block, SLICE_BYTES=piece, hands=lambda *_, count=count: count):
            rate = median(measured("", size, lambda: run_looking(node, content)).rate for _ in range(runs))
        yield Setting("looking", block, count, piece, rate)
