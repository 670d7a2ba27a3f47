"""What was measured, and what it says: medians, ratios, and whether a goal is met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

GB = 1e9
MIB = 1 << 20


@dataclass(frozen=True)
class Sample:
    """One measurement: `tool` did `what` (write, read, verify, both) to the disks of a scene."""

    scene: str
    tool: str
    what: str
    bytes: int
    seconds: float
    cpu_seconds: float
    largest_bytes: int = 0
    sum_bytes: int = 0

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self.bytes / max(self.seconds, 1e-9)


@dataclass(frozen=True)
class Row:
    """All runs of one tool doing one thing in one scene."""

    scene: str
    tool: str
    what: str
    samples: tuple[Sample, ...]

    @property
    def rate(self) -> float:
        return median(sample.rate for sample in self.samples)

    @property
    def cpu_per_gb(self) -> float:
        return median(sample.cpu_seconds * GB / sample.bytes for sample in self.samples)

    @property
    def largest_bytes(self) -> int:
        return max(sample.largest_bytes for sample in self.samples)

    @property
    def sum_bytes(self) -> int:
        return max(sample.sum_bytes for sample in self.samples)

    def as_json(self) -> dict[str, object]:
        rates = [sample.rate / GB for sample in self.samples]
        return {
            "type": "measured",
            "scene": self.scene,
            "tool": self.tool,
            "what": self.what,
            "runs": len(rates),
            "gb_per_s": round(self.rate / GB, 4),
            "gb_per_s_min": round(min(rates), 4),
            "gb_per_s_max": round(max(rates), 4),
            "cpu_s_per_gb": round(self.cpu_per_gb, 4),
            "peak_mib_largest": round(self.largest_bytes / MIB, 1),
            "peak_mib_sum": round(self.sum_bytes / MIB, 1),
        }


@dataclass(frozen=True)
class Goal:
    """A goal, and what was measured for it: a ratio that must not be below `wanted`, or a size that must not be above it."""

    scene: str
    name: str
    measured: float
    wanted: float
    unit: str
    lowest: float
    highest: float
    against: str

    @property
    def met(self) -> bool:
        return self.measured <= self.wanted if self.unit == "MiB" else self.measured >= self.wanted

    def as_json(self) -> dict[str, object]:
        return {
            "type": "goal",
            "scene": self.scene,
            "goal": self.name,
            "against": self.against,
            "measured": round(self.measured, 3),
            "min": round(self.lowest, 3),
            "max": round(self.highest, 3),
            "wanted": self.wanted,
            "unit": self.unit,
            "met": self.met,
        }


def rows(samples: Iterable[Sample]) -> list[Row]:
    """The samples by scene, tool and what was done, in the order in which they first came."""
    grouped: dict[tuple[str, str, str], list[Sample]] = {}
    for sample in samples:
        grouped.setdefault((sample.scene, sample.tool, sample.what), []).append(sample)
    return [Row(*key, tuple(group)) for key, group in grouped.items()]


def best(table: Sequence[Row], scene: str, prefix: str, what: str) -> Row | None:
    """The fastest of a tool's variants, by its median: `fio psync 4M` and `fio io_uring` are both `fio`."""
    found = [row for row in table if (row.scene, row.what) == (scene, what) and row.tool.split()[0] == prefix]
    return max(found, key=lambda row: row.rate, default=None)


def ratio_goal(scene: str, name: str, wanted: float, ours: Row | None, theirs: Row | None) -> Goal | None:
    """Ours over theirs: the ratio of the medians, and the lowest and highest ratio of one run's pair."""
    if ours is None or theirs is None:
        return None
    pairs = [a.rate / b.rate for a, b in zip(ours.samples, theirs.samples, strict=False)]
    return Goal(scene, name, ours.rate / theirs.rate, wanted, "ratio", min(pairs), max(pairs), theirs.tool)


def rate_goal(scene: str, name: str, wanted: float, ours: Row | None, allowed: float) -> Goal | None:
    """Ours over the rate that the disk allows."""
    if ours is None:
        return None
    each = [sample.rate / allowed for sample in ours.samples]
    return Goal(scene, name, median(each), wanted, "ratio", min(each), max(each), f"{allowed / 1e6:g} MB/s")


def memory_goal(scene: str, name: str, disks: int, ours: Row | None) -> Goal | None:
    """The peak of all our processes against 64 MiB and 32 more a device."""
    if ours is None:
        return None
    each = [sample.sum_bytes / MIB for sample in ours.samples]
    return Goal(scene, name, max(each), 64 + 32 * disks, "MiB", min(each), max(each), f"64 + 32 x {disks}")
