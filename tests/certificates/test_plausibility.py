"""What contradicts nothing in a record, and yet can't have happened, or not as it says."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest

from certificates import canonical
from certificates.audit import audit_json
from certificates.plausibility import contradictions, is_faster_than_a_disk
from certificates.record import MediaType, Record
from tests.certificates import samples

NOW = datetime.fromisoformat("2026-11-22T10:00:00+09:00")
change = msgspec.structs.replace


@pytest.mark.parametrize("make", [*samples.OUTCOMES.values(), samples.image, samples.reformatted])
def test_what_the_tool_makes_is_plausible(make: object) -> None:
    assert contradictions(make(), NOW) == ()  # type: ignore[operator]


def test_a_record_is_issued_when_its_job_is_over() -> None:
    late = change(samples.erased(), issued="2026-11-20T10:00:00+09:00")
    assert [each.key for each in contradictions(late, NOW)] == ["implausible.late"]


def quick(media_type: MediaType, seconds: int) -> Record:
    made = samples.erased()
    medium = change(made.medium, media_type=media_type, rotational=media_type == "magnetic-disk")
    began = datetime.fromisoformat(made.passes[0].started)
    ended = datetime.fromtimestamp(began.timestamp() + seconds, began.tzinfo).isoformat()
    return change(made, medium=medium, passes=(change(made.passes[0], ended=ended),))


def test_no_magnetic_disk_is_so_fast() -> None:
    """10^12 bytes in ten minutes. A RAID may be: it is told, and no check fails."""
    assert is_faster_than_a_disk(quick("magnetic-disk", 600)) and not is_faster_than_a_disk(quick("sata-ssd", 600))
    assert not is_faster_than_a_disk(quick("magnetic-disk", 2000)) and not is_faster_than_a_disk(samples.erased())
    raw = canonical.encode(quick("magnetic-disk", 600))
    told = audit_json(raw, samples.KEY.sign(raw), {samples.KEY.key_id: samples.KEY.public_pem})
    assert told.authentic and [note.key for note in told.notes] == ["audit.note.fast"]
    assert all(note.message(lang) for note in told.notes for lang in ("ja", "en"))
