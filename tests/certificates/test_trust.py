"""Whose certificates count: keys, organisations' endorsements, retirements. Each way around them is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates import canonical, statements
from certificates.audit import Audit, audit_files, audit_json, audit_pdf
from certificates.errors import NotAuthentic
from certificates.page import render
from certificates.statements import Endorsement, Retirement, Statement
from certificates.station_key import StationKey
from certificates.trust import Trust
from tests.certificates import samples
from tests.certificates.samples import Issued

CITY = StationKey(Ed25519PrivateKey.from_private_bytes(bytes([7] * 32)))
THIEF = StationKey(Ed25519PrivateKey.from_private_bytes(bytes([8] * 32)))
ISSUED = samples.erased().issued  # 2025-11-22T15:45:30+09:00
ORGANISATION = {CITY.key_id: CITY.public_pem}
STATION = {samples.KEY.key_id: samples.KEY.public_pem}


def endorsed(key: StationKey = CITY, *, of: StationKey = samples.KEY, **more: Any) -> bytes:
    said = Endorsement(
        organisation="見本市",
        station="第3倉庫",
        station_pem=of.public_pem.decode(),
        valid_from="2025-04-01T00:00:00+09:00",
        valid_until="2026-03-31T23:59:59+09:00",
        issued="2025-03-20T09:00:00+09:00",
        by=key.key_id,
    )
    return statements.sign(msgspec.structs.replace(said, **more), key)


def retired(key: StationKey, at: str, of: StationKey = samples.KEY) -> bytes:
    return statements.sign(Retirement(of.key_id, at, "見本", "2025-12-01T00:00:00Z", key.key_id), key)


def trust(*said: bytes, stations: dict[str, bytes] | None = None) -> Trust:
    return Trust(stations or {}, ORGANISATION, tuple(map(statements.read, said)))


def failed(result: Audit) -> list[int]:
    for check in result.checks:
        if check.state == "failed":
            assert all(check.message(lang) and check.hint(lang) for lang in ("ja", "en"))
    return [check.number for check in result.checks if check.state == "failed"]


def test_an_endorsed_station_needs_only_the_organisation(erased: Issued) -> None:
    assert failed(audit_pdf(erased.pdf, trust())) == [7]
    assert audit_pdf(erased.pdf, trust(endorsed())).authentic
    assert audit_json(erased.json, erased.signature, trust(endorsed())).authentic


def test_an_endorsement_travels_inside_the_pdf(erased: Issued) -> None:
    def carrying(endorsement: bytes) -> bytes:
        return render(erased.record, erased.json, erased.signature, erased.pem, endorsement=endorsement)

    assert audit_pdf(carrying(endorsed()), trust()).authentic
    assert audit_pdf(carrying(endorsed()), STATION).authentic
    assert failed(audit_pdf(carrying(endorsed()), {})) == [7]
    # Anybody can put in anything that draws the same page: it has to be about this key, and say so rightly.
    assert failed(audit_pdf(carrying(endorsed(of=THIEF)), STATION)) == [10]
    assert failed(audit_pdf(carrying(b"{}"), STATION)) == [10]
    assert failed(audit_pdf(carrying(retired(samples.KEY, "2026-01-01T00:00:00Z")), STATION)) == [10]


def test_an_endorsement_lies_beside_in_a_folder(erased: Issued, tmp_path: Path) -> None:
    for name, content in (("1.json", erased.json), ("1.sig", erased.signature), ("k.endorsement.json", endorsed())):
        (tmp_path / name).write_bytes(content)
    (only,) = audit_files(tmp_path, trust())
    assert only.authentic and only.file.endswith("1.json")
    (tmp_path / "k.retirement.json").write_bytes(retired(samples.KEY, ISSUED))
    assert [failed(each) for each in audit_files(tmp_path, trust())] == [[12]]
    (tmp_path / "broken.retirement.json").write_bytes(b"{" * 100_000)
    assert len(list(audit_files(tmp_path, trust()))) == 1


@pytest.mark.parametrize(
    ("more", "numbers"),
    [
        ({"valid_from": ISSUED}, []),
        ({"valid_until": ISSUED}, []),
        ({"valid_from": "2025-11-22T15:45:31+09:00"}, [12]),
        ({"valid_until": "2025-11-22T06:45:29Z"}, [12]),
    ],
)
def test_an_endorsement_covers_its_days(more: dict[str, Any], numbers: list[int], erased: Issued) -> None:
    assert failed(audit_pdf(erased.pdf, trust(endorsed(**more)))) == numbers
    assert audit_pdf(erased.pdf, trust(endorsed(**more), stations=STATION)).authentic, "the key itself is trusted"


def test_only_a_trusted_organisation_has_a_say(erased: Issued) -> None:
    assert failed(audit_pdf(erased.pdf, trust(endorsed(THIEF)))) == [7]
    # A station that is trusted can't endorse others, nor an organisation sign certificates.
    assert failed(audit_pdf(erased.pdf, Trust({CITY.key_id: CITY.public_pem}, {}, (statements.read(endorsed()),)))) == [
        7
    ]
    station = msgspec.structs.replace(erased.record.station, key_id=CITY.key_id)
    record = msgspec.structs.replace(erased.record, station=station, number=samples.number_of(CITY, 1))
    assert failed(audit_pdf(samples.issue(record, CITY).pdf, trust())) == [7]
    assert audit_pdf(erased.pdf, trust(retired(THIEF, ISSUED), stations=STATION)).authentic


def test_a_retirement_can_not_be_hidden_behind_many_endorsements(erased: Issued, tmp_path: Path) -> None:
    (tmp_path / "1.pdf").write_bytes(erased.pdf)
    for number in range(150):
        (tmp_path / f"A{number:03d}.endorsement.json").write_bytes(endorsed())
    (tmp_path / "Z.retirement.json").write_bytes(retired(samples.KEY, ISSUED))
    assert [failed(result) for result in audit_files(tmp_path, Trust(STATION, ORGANISATION))] == [[12]]


def test_what_an_organisation_said_after_its_own_retirement_does_not_count(erased: Issued) -> None:
    assert audit_pdf(erased.pdf, trust(endorsed(), retired(CITY, "2025-03-20T09:00:01+09:00", of=CITY))).authentic
    assert failed(audit_pdf(erased.pdf, trust(endorsed(), retired(CITY, "2025-03-20T00:00:00Z", of=CITY)))) == [7]


@pytest.mark.parametrize("by", [CITY, samples.KEY], ids=["organisation", "itself"])
def test_a_retired_key_was_good_before(by: StationKey, erased: Issued) -> None:
    after = audit_pdf(erased.pdf, trust(retired(by, "2025-11-22T15:45:31+09:00"), stations=STATION))
    assert after.authentic and [note.key for note in after.notes] == ["audit.note.retired"]
    assert all(note.message(lang) for note in after.notes for lang in ("ja", "en"))
    at = audit_pdf(erased.pdf, trust(retired(by, ISSUED), stations=STATION))
    assert failed(at) == [12] and at.unaltered and not at.authentic
    both = trust(retired(by, ISSUED), retired(by, "2030-01-01T00:00:00Z"), stations=STATION)
    assert failed(audit_pdf(erased.pdf, both)) == [12], "the earliest counts"


def test_a_backdated_signature_passes_with_a_note(erased: Issued) -> None:
    """As docs/keys.md says: whoever has the key can claim an earlier time; only a ledger shows it."""
    result = audit_pdf(erased.pdf, trust(retired(CITY, "2025-11-23T00:00:00Z"), stations=STATION))
    assert result.authentic and result.notes


def change(raw: bytes, **more: Any) -> bytes:
    found = msgspec.json.decode(raw, type=Statement)
    return canonical.encode(msgspec.structs.replace(found, **more))


def test_what_is_no_statement_is_refused() -> None:
    good = endorsed()
    said = statements.read(good).statement
    bad = [
        b"",
        b"[" * 10_000,
        good + b"\n",
        good.replace("第3倉庫".encode(), "第4倉庫".encode()),
        change(good, signature="00" * 64),
        change(good, signature="00"),
        change(good, signer_pem=THIEF.public_pem.decode()),
        change(good, signer_pem="\ud7ff"),
        change(good, statement=msgspec.structs.replace(said, by=THIEF.key_id)),
        b" " * 20_000,
    ]
    for raw in bad:
        with pytest.raises(NotAuthentic):
            statements.read(raw)


@given(st.binary(max_size=300), st.integers(0, 2000), st.integers(0, 300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise_anything_else(middle: bytes, place: int, removed: int) -> None:
    good = endorsed()
    at = place % len(good)
    changed = good[:at] + middle + good[at + removed :]
    for raw in (middle, b"{" + middle, changed):
        if raw != good:
            with pytest.raises(NotAuthentic):
                statements.read(raw)


@pytest.mark.parametrize(
    "more",
    [
        {"valid_from": "2027-01-01T00:00:00Z"},
        {"valid_until": "2025-02-30T00:00:00Z"},
        {"organisation": " "},
        {"station": "a\x1b[2J"},
        {"station": "x" * 301},
        {"station_pem": "none"},
        {"station_pem": CITY.public_pem.decode()},  # itself: what it signs would count
        {"by": "00"},
    ],
)
def test_no_senseless_statement_is_signed(more: dict[str, Any]) -> None:
    with pytest.raises(NotAuthentic):
        endorsed(**more)
