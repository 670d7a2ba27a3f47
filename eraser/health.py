"""What the drive says of its own health: smartctl's JSON, asked with a bound on time. What it does not say stays unknown."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from certificates.record import Health
from eraser.devices import Device
from eraser.station import Station
from verifier import tools

ANSWER_SECONDS = 20
_REALLOCATED, _PENDING = 5, 197  # ATA attribute numbers, as smartctl names them


def ask(device: Device, station: Station) -> Health | None:
    """The drive's health now; None for what has none to tell (files, loop devices, no smartctl, no rights)."""
    tool = tools.find("smartctl")
    if tool is None or device.medium.bus not in ("ata", "scsi", "usb", "nvme"):
        return None
    try:
        done = tools.run(tool, "--json", "--all", device.medium.node, seconds=ANSWER_SECONDS)
        told = json.loads(done.stdout)
    except (OSError, ValueError, RecursionError, subprocess.TimeoutExpired):
        return None
    return understood(told, station.now()) if isinstance(told, dict) else None


def understood(told: dict[str, Any], at: str) -> Health | None:
    """The counts in smartctl's JSON; None if it holds none of them. Pure."""
    nvme = _part(told, "nvme_smart_health_information_log")
    table = _part(told, "ata_smart_attributes").get("table")
    rows = [row for row in table if isinstance(row, dict)] if isinstance(table, list) else []
    attributes = {_number(row, "id"): _number(row, "raw", "value") for row in rows}
    status = _part(told, "smart_status").get("passed")
    seen = Health(
        at=at,
        passed=status if isinstance(status, bool) else None,
        temperature_celsius=_number(told, "temperature", "current"),
        reallocated_sectors=_first(attributes.get(_REALLOCATED), _number(told, "scsi_grown_defect_list")),
        pending_sectors=attributes.get(_PENDING),
        media_errors=_number(nvme, "media_errors"),
        power_on_hours=_number(told, "power_on_time", "hours"),
        percentage_used=_number(nvme, "percentage_used"),
    )
    says = [getattr(seen, field) for field in Health.__struct_fields__ if field != "at"]
    return seen if any(value is not None for value in says) else None


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}


def _number(told: dict[str, Any], *path: str) -> int | None:
    at: Any = told
    for name in path:
        at = at.get(name) if isinstance(at, dict) else None
    # A count that no JSON number can hold safely is a drive's nonsense, not a count.
    return at if isinstance(at, int) and not isinstance(at, bool) and 0 <= at < 2**53 else None


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
