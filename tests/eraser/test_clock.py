"""The machine's clock is slow, fast, set, or dead: no honest job makes a paper that its own audit refuses, and no duration is lost."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates import check_consistency, consistency, inspection_consistency, plausibility
from certificates.errors import Refused
from certificates.record import Record
from eraser import dating, devices, job, resuming, station
from eraser.clock import Clock
from eraser.control import Control
from eraser.events import ClockSet, Event, JobEnded, Progress
from eraser.home import Home
from eraser.order import Order
from eraser.station import Station
from tests.certificates import samples
from tests.lab.command import Eraser

MiB = 1 << 20
YEAR = 365 * 86400.0
Set = Callable[[int], float]
"""By how many seconds the clock is wrong at its n-th look."""


class Machine:
    """A machine on which `tick` seconds pass at each look at a clock."""

    def __init__(self, tick: float, wrong: Set) -> None:
        self.tick, self.wrong, self.looks, self.passed = tick, wrong, 0, 0.0
        self.began = datetime.now(UTC)

    def elapsed(self) -> float:
        self.passed += self.tick
        return self.passed

    def wall(self) -> datetime:
        self.looks += 1
        return self.began + timedelta(seconds=self.passed + self.wrong(self.looks))


def on(machine: Machine, home: Path) -> Station:
    opened = station.open_station(Home(home))
    return msgspec.structs.replace(opened, clock=Clock(machine.wall, machine.elapsed))


def order(image: Path, home: Path, method: str) -> Order:
    device = devices.image(str(image))
    return Order(
        target=str(image),
        device=device,
        method=method,
        plan="full",
        confirmed=frozenset({str(image.resolve()), image.name}),
        attached=(),
        languages=("en",),
        out=home / "certificates",
        people=samples.PEOPLE,
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def undrawn(*_: Any, **__: Any) -> bytes:
        raise ValueError("not drawn here")

    monkeypatch.setattr("certificates.page.render", undrawn)  # a second for each
    # The ledgers here are written by clocks that are wrong on purpose.
    monkeypatch.setenv("ERASER_DATE", datetime.now().astimezone().date().isoformat())
    return tmp_path / "station"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    image = tmp_path / "disk.img"
    image.write_bytes(b"OLD DATA" * (MiB // 8))
    return image


def ended(events: list[Event]) -> Record:
    (last,) = [each for each in events if isinstance(each, JobEnded)]
    file = next(file for file in last.files if file.endswith(".json"))
    return msgspec.json.decode(Path(file).read_bytes(), type=Record)


def is_sound(record: Record, machine: Machine) -> None:
    now = machine.began + timedelta(seconds=machine.passed + machine.wrong(machine.looks))
    assert not consistency.contradictions(record), consistency.contradictions(record)
    assert not plausibility.contradictions(record, now), plausibility.contradictions(record, now)
    assert abs(datetime.fromisoformat(record.issued) - now) < timedelta(seconds=5 + 20 * machine.tick)


def steady(_: int) -> float:
    return 0.0


def for_a_while(seconds: float, first: int, last: int) -> Set:
    return lambda look: seconds if first <= look < last else 0.0


def from_then_on(seconds: float, first: int) -> Set:
    return lambda look: seconds if look >= first else 0.0


@pytest.mark.parametrize("tick", [0.0, 0.4, 1.0, 31.0])
@pytest.mark.parametrize(
    "wrong",
    [
        steady,
        for_a_while(400 * 86400.0, 9, 15),
        for_a_while(-YEAR, 9, 12),
        *(from_then_on(seconds, at) for seconds in (400 * 86400.0, -400 * 86400.0, -3600.0) for at in (3, 8, 14)),
    ],
)
def test_at_any_speed_and_however_the_clock_is_set_the_paper_passes_its_own_audit(
    tick: float, wrong: Set, home: Path, image: Path
) -> None:
    machine = Machine(tick, wrong)
    opened = on(machine, home)
    events = list(job.run(order(image, home, "ncsc-tg-025"), opened, Control()))
    record = ended(events)
    assert record.outcome == "erased"
    is_sound(record, machine)
    told = [each.seconds for each in events if isinstance(each, ClockSet)]
    jumps = [each.seconds for each in record.clock_jumps]
    assert bool(jumps) == (wrong is not steady) and set(told) <= set(jumps)
    assert sum(jumps) == pytest.approx(wrong(machine.looks), abs=1)
    spent = datetime.fromisoformat(record.ended) - datetime.fromisoformat(record.started)
    assert spent.total_seconds() == pytest.approx(machine.passed, abs=3 + 25 * tick), "durations are nobody's to set"


@pytest.mark.parametrize("set_by", [0.0, 400 * 86400.0, -3600.0, -YEAR])
@pytest.mark.parametrize("at", [4, 30])
def test_interrupted_and_resumed_under_a_clock_that_was_set_meanwhile(
    set_by: float, at: int, home: Path, image: Path
) -> None:
    machine, control = Machine(0.5, from_then_on(set_by, at)), Control()
    events = []
    for event in job.run(order(image, home, "ncsc-tg-025"), on(machine, home), control):
        events.append(event)
        if isinstance(event, Progress) and event.phase == "verify":
            control.stop("ctrl-c")
    first = ended(events)
    assert first.outcome == "interrupted"
    is_sound(first, machine)
    again = Machine(0.5, lambda _: set_by)
    again.began = machine.began
    record = ended(list(resuming.resume(first.number, on(again, home), Control())))
    assert record.outcome == "erased"
    is_sound(record, again)


@pytest.mark.parametrize("tick", [1.0, 7.0])
def test_a_health_that_is_asked_while_a_second_ticks_lies_within_the_job(
    tick: float, home: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from certificates.record import Health

    def ask(_: object, here: Station) -> Health:
        return Health(here.now(), True, 31, 0, 0, 0, 900, None)

    monkeypatch.setattr("eraser.health.ask", ask)
    machine = Machine(tick, steady)
    record = ended(list(job.run(order(image, home, "keyed"), on(machine, home), Control())))
    assert record.health_before is not None and record.health_after is not None
    is_sound(record, machine)


@pytest.mark.parametrize("wrong", [steady, from_then_on(-400 * 86400.0, 6), for_a_while(YEAR, 4, 9)])
def test_checks_and_inspections_too(wrong: Set, home: Path, image: Path) -> None:
    from certificates import check
    from eraser import checking, inspecting
    from eraser.checking import Comparison
    from eraser.inspecting import Asked, Look

    made = ended(list(job.run(order(image, home, "keyed"), on(Machine(0.1, steady), home), Control())))
    asked = Asked(samples.PEOPLE, ("en",), home / "certificates", None, None)
    machine = Machine(1.0, wrong)
    opened, told = on(machine, home), check.checked(made, "ab" * 32, trusted=True)
    comparison = Comparison(checking.identify(image), made, told, "full", None)
    entry = checking.begin(comparison.device, told, asked, opened)
    list(comparison.run(opened, Control(), replug=False))
    record = checking.record(comparison, told, asked, entry, opened).record
    now = machine.began + timedelta(seconds=machine.passed + wrong(machine.looks))
    found = [each for each in check_consistency.contradictions(record) if each.key != "consistency.picture"]
    assert not found and record.outcome == "confirmed"
    assert not [each for each in plausibility.contradictions(record, now) if each.key != "implausible.early"]

    machine = Machine(1.0, wrong)
    opened, device, looks = on(machine, home), inspecting.identify(image), list[Look]()
    with inspecting.opened(image, device) as reader:
        started = inspecting.begin(device, asked, opened)
        list(inspecting.look(reader, image, Control(), looks))
        seen = inspecting.record(looks[0], device, asked, started, opened).record
    now = machine.began + timedelta(seconds=machine.passed + wrong(machine.looks))
    assert not inspection_consistency.contradictions(seen) and not plausibility.contradictions(seen, now)


@pytest.mark.parametrize("year", [1970, 1999, 2025, 2038, 2106])
def test_a_dead_clock_is_refused_before_anything(year: int, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        dating.check(Home(tmp_path), datetime(year, 2, 8, tzinfo=UTC))
    assert "date -s" in refused.value.hint() and str(year) in refused.value.message()


def test_the_clock_is_held_against_the_ledger_and_who_knows_better_says_so(
    home: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = on(Machine(0.1, steady), home)
    list(job.run(order(image, home, "keyed"), opened, Control()))
    monkeypatch.delenv("ERASER_DATE")
    now = datetime.now(UTC)
    dating.check(opened.home, now + timedelta(days=8 * 365))
    for wrong in (now - timedelta(days=3), now + timedelta(days=11 * 365)):
        with pytest.raises(Refused):
            dating.check(opened.home, wrong)
    for file in (opened.home.key, opened.home.checkpoint):
        os.utime(file, (0, 0))
    with pytest.raises(Refused) as refused:
        dating.check(opened.home, now - timedelta(days=3))
    assert refused.value.key == "clock.ledger"
    day = (now - timedelta(days=3)).astimezone().date().isoformat()
    monkeypatch.setenv("ERASER_DATE", day)
    dating.check(opened.home, now - timedelta(days=3))


FAKE = ":".join(str(each) for each in Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


@pytest.mark.tools("faketime")
@pytest.mark.parametrize("date", ["1999-01-01 00:00:00", "2038-02-01 00:00:00"])
def test_every_command_that_signs_refuses_a_dead_clock(date: str, eraser: Eraser, image: Path) -> None:
    paper = eraser("wipe", "--image", image, "--confirm", image.name, "--json").paper(".pdf")
    before, ledger = image.read_bytes(), len(eraser("ledger", "show", "--json").lines)
    dead = dict(eraser.environment) | {"LD_PRELOAD": FAKE, "FAKETIME": date, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    for words in (
        ["wipe", "--image", image, "--confirm", image.name, "--json"],
        ["verify", image, "--certificate", paper],
        ["inspect", image, "--record"],
        ["destroy", "--serial", "S-1", "--media-type", "usb-flash", "--method", "chip-cut", "--witness", "B. Mihon"],
        ["custody", "receive", "--serial", "S-1", "--person", "A. Mihon"],
        ["ledger", "checkpoint", "--out", eraser.home / "c"],
        ["ledger", "prove", paper.stem, "--out", eraser.home / "p"],
        ["key", "retire", paper.stem[:8], "--reason", "test", "--out", eraser.home / "r.json"],
        [
            "key",
            "endorse",
            eraser.home / "station.pem",
            "--with",
            eraser.home / "station.key",
            "--organisation",
            "A",
            "--station",
            "B",
            "--until",
            "2099-03-31",
            "--out",
            eraser.home / "e.json",
        ],
    ):
        done = subprocess.run(eraser.command(*words), env=dead, capture_output=True, text=True, timeout=60)
        assert done.returncode == 5 and "date -s" in done.stderr, (words, done.stderr)
    told = subprocess.run(eraser.command("doctor"), env=dead, capture_output=True, text=True, timeout=60)
    assert told.returncode == 1 and "date -s" in told.stdout
    assert image.read_bytes() == before and len(eraser("ledger", "show", "--json").lines) == ledger
