"""What smartctl says is taken over in its own counts; what it doesn't say stays unknown; too hot a drive waits."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certificates.record import Health
from eraser import cooling, health
from eraser.cooling import Cooling
from verifier.pacing import Pace

NOW = "2026-11-22T10:00:00+09:00"

# The parts of `smartctl --json --all` that are read, as an ATA disk and an NVMe disk give them.
ATA: dict[str, Any] = {
    "smart_status": {"passed": True},
    "temperature": {"current": 41},
    "power_on_time": {"hours": 20123},
    "ata_smart_attributes": {
        "table": [
            {"id": 5, "name": "Reallocated_Sector_Ct", "raw": {"value": 8}},
            {"id": 197, "name": "Current_Pending_Sector", "raw": {"value": 2}},
        ]
    },
}
NVME: dict[str, Any] = {
    "smart_status": {"passed": False},
    "temperature": {"current": 65},
    "nvme_smart_health_information_log": {"media_errors": 3, "percentage_used": 101},
}


def test_an_ata_disk() -> None:
    assert health.understood(ATA, NOW) == Health(NOW, True, 41, 8, 2, None, 20123, None)


def test_an_nvme_disk() -> None:
    assert health.understood(NVME, NOW) == Health(NOW, False, 65, None, None, 3, None, 101)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"temperature": {"current": "hot"}},
        {"temperature": {"current": -5}},
        {"ata_smart_attributes": None, "power_on_time": {"hours": 2**60}},
        {"smart_status": {"passed": "yes"}},
    ],
)
def test_what_says_nothing_usable_is_unknown(told: dict[str, Any]) -> None:
    assert health.understood(told, NOW) is None


ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """What smartctl says, with anything in the place of any of its values."""

    def spoil(value: Any) -> Any:
        if draw(st.integers(0, 5)) == 0:
            return draw(ODD)
        if isinstance(value, dict):
            return {name: spoil(each) for name, each in value.items()}
        return [spoil(each) for each in value] if isinstance(value, list) else value

    made = spoil(ATA | NVME | {"scsi_grown_defect_list": 3})
    return made if isinstance(made, dict) else {}


@given(spoilt())
@example({"ata_smart_attributes": {"table": None}})
@example({"ata_smart_attributes": {"table": [None, 5, {"id": [5], "raw": {"value": 1}}]}})
def test_whatever_smartctl_says_is_understood_or_not_told(said: dict[str, Any]) -> None:
    seen = health.understood(said, NOW)
    assert seen is None or msgspec.json.decode(msgspec.json.encode(seen), type=Health) == seen


def told(celsius: int | None) -> Health:
    return Health(NOW, True, celsius, None, None, None, None, None)


class Passing:
    """Whether a pace lets anything through."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace

    def __bool__(self) -> bool:
        return self.pace._going.is_set()


def test_over_the_limit_it_waits_and_cooled_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drive's temperature is played: no drive here can be heated."""
    answers = iter([told(None), told(68), told(66), told(64)])
    monkeypatch.setattr(cooling, "ASK_SECONDS", 0.01)
    monkeypatch.setattr(health, "ask", lambda *_: next(answers, told(64)))
    pace = Pace()
    held = SimpleNamespace(is_held=True, device=None)
    cooler = Cooling(held, None, pace, told(71), 69)  # type: ignore[arg-type]
    assert cooler.hot == 71 and not Passing(pace)
    with cooler:
        pace.take(1, lambda: None)  # returns once the pace goes on
        assert cooler.hot is None and Passing(pace)


@pytest.mark.parametrize("answers", [lambda *_: told(None), lambda *_: 1 // 0], ids=["silent", "an error of ours"])
def test_a_drive_that_no_longer_tells_is_not_waited_for_for_ever(
    answers: Callable[..., Health], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cooling, "ASK_SECONDS", 0.01)
    monkeypatch.setattr(health, "ask", answers)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    pace = Pace()
    held = SimpleNamespace(is_held=True, device=None)
    with Cooling(held, None, pace, told(71), 69) as cooler:  # type: ignore[arg-type]
        pace.take(1, lambda: None)
        assert cooler.hot is None


def test_a_drive_without_a_thermometer_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ask", lambda *_: pytest.fail("asked"))
    monkeypatch.setattr(cooling, "ASK_SECONDS", 0.01)
    with Cooling(None, None, Pace(), told(None), 69) as cooler:  # type: ignore[arg-type]
        assert cooler.hot is None
