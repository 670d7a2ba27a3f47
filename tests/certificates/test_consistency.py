"""A record that contradicts itself is found, whoever signed it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from certificates import language, methods, policy
from certificates.consistency import contradictions
from certificates.people import CustodyEvent, Evidence
from certificates.record import (
    Claim,
    Coverage,
    Finding,
    Health,
    Interruption,
    Pass,
    Record,
    Sampling,
    Verdict,
    Verification,
)
from certificates.values import LbaRange, Words
from tests.certificates import samples
from tests.certificates.strategies import records

change = msgspec.structs.replace


def last(record: Record, **more: Any) -> Record:
    """The record with another last pass."""
    return change(record, passes=(*record.passes[:-1], change(record.passes[-1], **more)))


def seen(record: Record, **more: Any) -> Record:
    assert record.verification is not None
    return change(record, verification=change(record.verification, **more))


NAMESPACE = samples.namespace()
GOOD, STICK = samples.erased(), samples.stick()
HOW = Sampling(6905, 4096, "0.999", "0.001")
MANY = change(HOW, strata=1_400_000)
SAMPLED = samples.sampled_disk(HOW, "0.001")
assert SAMPLED.verification is not None and SAMPLED.verification.claim is not None
CLAIM = SAMPLED.verification.claim
PHOTOGRAPHED, _ = samples.photographed()
UNREADABLE = Finding("unreadable", LbaRange(1, 1), None)
OTHER = Finding("different", LbaRange(1, 1), None)
ONE: Pass = GOOD.passes[0]
GRADED = samples.erased(policies={"mic-r7.3": policy.built_in()["mic-r7.3"]}, data_class="confidential-2")
INVENTED = Verdict("our-rule", "Our rule", "clear", ("own-rule",), "mynumber", "sufficient", "own", "ab" * 32)

HEALTH = Health(GOOD.started, True, 31, 0, 0, 0, 900, None)


def stalled(at: str) -> Interruption:
    return Interruption(at, "write", "stall", "", 0)


def early(started: str, ended: str) -> Verification:
    """The stick's first pass, read back."""
    return samples.full(samples.STICK, 1, started=started, ended=ended)


HELD = CustodyEvent(1, "receive", "2025-01-05T09:00:00+09:00", None, "受入 花子", "市民課", "第2倉庫", "S-1", None)

BAD: dict[str, list[Record]] = {
    "number": [change(GOOD, number=number) for number in ("", "../1", "S 1", "見本", "S\n1", "x" * 65)],
    "other-station": [
        change(GOOD, number=number)
        for number in (
            "0A1B2C3D-000123",
            "56475aa7-000123",
            "56475AA7-123",
            "56475AA7-0000123",
            "56475AA7-000000",
            "S-2025-000123",
            "56475AA7000123",
            "X56475AA7-000123",
        )
    ],
    "sector": [
        samples.record(medium, (samples.pass_of(1, medium, samples.LAST),), samples.full(medium, 1))
        for medium in (
            change(samples.DISK, logical_sector_bytes=size, physical_sector_bytes=size)
            for size in (1, 3, 256, 520, 1 << 17, 1 << 30)
        )
    ],
    "continues": [
        change(GOOD, continues=text) for text in ("", "NIST Purge", GOOD.number, "56475AA7-000100 (approved)")
    ],
    "method": [
        change(GOOD, method=change(GOOD.method, **more))
        for more in (
            {"id": "gutmann-35"},  # which has 35 passes
            {"id": "our-own", "name": methods.built_in()["gutmann-35"].name},
            {"id": "our-own", "table_digest": methods.digest_of(methods.built_in()["keyed"])},
            {"table_digest": methods.digest_of(methods.built_in()["zero"])},
            {
                "table_digest": methods.digest_of(methods.built_in()["keyed"]),
                "name": Words("Seven passes", "7回上書き"),
            },
            {
                "id": "zero",
                "name": methods.built_in()["zero"].name,
                "table_digest": methods.digest_of(methods.built_in()["zero"]),
            },
        )
    ],
    "languages": [change(GOOD, languages=()), change(GOOD, languages=("ja", "ja"))],
    "digest": [
        change(GOOD, method=change(GOOD.method, table_digest="")),
        change(GOOD, station=change(GOOD.station, key_id="56475aa7")),
    ],
    "evidence": [change(GOOD, evidence=(Evidence("a", "b", 1, "ab" * 32),) * 2)],
    "picture": [
        change(PHOTOGRAPHED, evidence=(PHOTOGRAPHED.evidence[0], change(PHOTOGRAPHED.evidence[0], name="x.jpg"))),
        change(PHOTOGRAPHED, evidence=(change(PHOTOGRAPHED.evidence[0], copy=samples.photograph("../x.jpg")[0]),)),
        change(PHOTOGRAPHED, evidence=(change(PHOTOGRAPHED.evidence[0], copy=samples.photograph("station.pem")[0]),)),
    ],
    "time": [change(GOOD, issued="2025-02-30T00:00:00Z"), change(GOOD, ended="2025-11-22T24:61:00+09:00")],
    "order": [
        change(GOOD, issued="2025-11-22T15:45:00+09:00"),
        change(GOOD, started="2025-11-22T11:00:00+09:00"),
        last(GOOD, ended="2025-11-22T14:30:00+09:00"),
        seen(GOOD, ended="2025-11-22T14:00:00+09:00"),
        change(GOOD, interruptions=(Interruption("2025-11-21T12:00:00+09:00", "write", "stall", "", 0),)),
        change(GOOD, interruptions=(stalled(GOOD.ended), stalled(GOOD.started))),
        *(
            change(STICK, earlier_verifications=(early(started, ended),))
            for started, ended in (
                (STICK.started, STICK.passes[0].ended),  # before the pass that it read back
                (STICK.passes[0].ended, STICK.passes[1].ended),  # while the next pass wrote over it
                (STICK.passes[1].started, STICK.passes[0].ended),
            )
        ),
        change(GOOD, health_after=change(HEALTH, at="1999-01-01T00:00:00Z")),
        change(GOOD, health_before=change(HEALTH, at=GOOD.issued), health_after=change(HEALTH, at=GOOD.started)),
    ],
    "capacity": [change(GOOD, medium=change(GOOD.medium, capacity_bytes=0))],
    "extent": [
        last(GOOD, unwritable=(LbaRange(5, 4),)),
        last(GOOD, unwritable=(LbaRange(0, 9), LbaRange(9, 10))),
        last(GOOD, unwritable=(LbaRange(1953525168, 1953525168),)),
        seen(GOOD, findings=(change(UNREADABLE, lbas=LbaRange(2**40, 2**40)),)),
    ],
    "coverage": [change(GOOD, coverage=Coverage(LbaRange(0, 9), "not-examined"))],
    "pass-numbers": [last(STICK, number=3), change(GOOD, passes=(change(ONE, number=0),))],
    "pass-count": [change(STICK, method=change(STICK.method, passes_asked=1))],
    "early-key": [change(STICK, passes=(change(STICK.passes[0], content=samples.LAST), STICK.passes[1]))],
    "content": [
        last(GOOD, content=change(samples.LAST, key="ab")),
        last(GOOD, content=change(samples.LAST, pattern="00")),
        last(GOOD, content=change(samples.ZERO, pattern="")),
        last(GOOD, content=change(samples.ZERO, key="ab" * 32)),
    ],
    "too-much-written": [last(GOOD, bytes_written=GOOD.medium.capacity_bytes + 1)],
    "no-key": [last(GOOD, content=samples.KEYED)],
    "verified-pass": [
        seen(STICK, of_pass=1),
        change(GOOD, earlier_verifications=(samples.full(samples.DISK, 7),)),
        change(GOOD, earlier_verifications=(GOOD.verification,)),  # the last pass is not an earlier one
    ],
    "verification": [
        seen(GOOD, bytes_to_read=10, bytes_compared=10),
        seen(GOOD, bytes_compared=10),
        seen(STICK, seed=None),
        seen(SAMPLED, sampling=None),
        seen(SAMPLED, plan="nist-r1"),
        seen(GOOD, sampling=HOW),
        *(
            seen(SAMPLED, sampling=change(HOW, **more))
            for more in ({"strata": 0}, {"strata": 6906}, {"strata": 2**40}, {"block_bytes": 0}, {"block_bytes": 512})
        ),
        change(SAMPLED, earlier_verifications=(change(SAMPLED.verification, sampling=MANY),) * 8),
        seen(GOOD, findings=(UNREADABLE,)),
        seen(GOOD, findings=(OTHER,)),
        seen(GOOD, places=9_999),
        seen(GOOD, seed="1f" * 32),
    ],
    "claim": [
        seen(GOOD, claim=None),
        seen(GOOD, unreadable_sectors=1),
        seen(GOOD, claim=Claim("0.99", "0", 0)),
        seen(STICK, claim=Claim("1", "0", 0)),
        seen(STICK, claim=Claim("0.99", "0.00229", 0)),
        seen(STICK, claim=Claim("0.999", "0.00230", 0)),
        seen(STICK, claim=Claim("NaN", "1e99999999", 0)),
        seen(STICK, seed="ab" * 32),  # draws other places than were read
        seen(SAMPLED, seed="ab" * 32),
        *(
            seen(SAMPLED, claim=change(CLAIM, **more))
            for more in (
                {"confidence": "0.9991"},
                {"residual_at_most": "0.000999"},
                {"residual_at_most": "0"},
                {"residual_at_most": "1"},
                {"confidence": "1"},
                {"longest_unseen_bytes": CLAIM.longest_unseen_bytes - 1},
            )
        ),
    ],
    "outcome": [
        change(samples.not_erased(), outcome="erased"),
        change(samples.not_erased(), outcome="erased-with-exceptions"),
        change(samples.interrupted(), outcome="erased"),
        change(samples.exceptions(), outcome="erased"),
        change(GOOD, outcome="not-erased"),
        last(GOOD, flushed=False),
        last(GOOD, bytes_written=GOOD.medium.capacity_bytes - 1),
        seen(GOOD, different_sectors=1),
        seen(GOOD, unreadable_sectors=1),
        seen(GOOD, complete=False),
        change(GOOD, verification=None),
        change(GOOD, challenge=change(samples.CHALLENGE, wrong=(OTHER,))),
        change(GOOD, method=change(GOOD.method, passes_asked=2)),
        # A method that demands a check after each pass: none was made, or by another plan than the last one's.
        change(STICK, method=change(STICK.method, check="each")),
        change(
            STICK,
            method=change(STICK.method, check="each"),
            earlier_verifications=(early(STICK.passes[0].ended, STICK.passes[0].ended),),
        ),
        # Fewer places than confirm anything.
        seen(SAMPLED, sampling=change(HOW, strata=1999)),
        change(GOOD, interruptions=(change(stalled(GOOD.started), phase="certify"), stalled(GOOD.ended))),
        # All but one sector could not be read back: that is a broken medium, not an exception.
        seen(
            change(samples.exceptions(), outcome="erased-with-exceptions"),
            unreadable_sectors=samples.DISK.capacity_bytes // 512 - 1,
            bytes_compared=512,
        ),
    ],
    "hidden": [change(GOOD, coverage=change(GOOD.coverage, hidden_areas="present"))],
    "hidden-unexamined": [change(GOOD, coverage=change(GOOD.coverage, hidden_areas="none-found"))],
    "siblings": [
        change(NAMESPACE, medium=change(NAMESPACE.medium, part=None)),
        change(NAMESPACE, medium=change(NAMESPACE.medium, part="2")),
        change(NAMESPACE, medium=change(NAMESPACE.medium, siblings=NAMESPACE.medium.siblings * 2)),
        change(NAMESPACE, medium=change(NAMESPACE.medium, part=" ")),
        change(samples.image(), medium=change(samples.IMAGE, part="1")),
    ],
    "medium": [
        change(GOOD, medium=change(GOOD.medium, rotational=False)),
        change(GOOD, medium=change(GOOD.medium, media_type="sata-ssd")),
        *(
            change(samples.image(), medium=change(samples.IMAGE, **more))
            for more in ({"serial": "S-1"}, {"wwn": "0x5001"}, {"model": "M"}, {"bus": "usb"}, {"diskseq": 7})
        ),
        change(samples.image(), medium=change(samples.IMAGE, media_type="magnetic-disk")),
    ],
    "no-challenge": [
        change(last(GOOD, content=samples.ZERO), challenge=challenge)
        for challenge in (
            None,
            change(samples.CHALLENGE, place_bytes=0),
            change(samples.CHALLENGE, seed=""),
            change(samples.CHALLENGE, places=2, wrong=(UNREADABLE,)),  # one place alone shows no wrapped address
        )
    ],
    "replug": [
        change(GOOD, replug=change(samples.REPLUG, **wrong))
        for wrong in (
            {"diskseq": samples.DISK.diskseq},
            {"diskseq_before": 13},
            {"asked": GOOD.passes[-1].started},
            {"back": GOOD.ended},
            {"asked": samples.REPLUG.back, "back": samples.REPLUG.asked},
        )
    ],
    "reformat": [
        change(samples.exceptions(), reformat=samples.REFORMAT),
        *(
            change(samples.reformatted(), reformat=change(samples.REFORMAT, **wrong))
            for wrong in (
                {"ranges": ()},
                {"ranges": (LbaRange(0, 2**40),)},
                {"ranges": (LbaRange(8, 9), LbaRange(0, 1))},
                # Nothing of the medium would be left to check.
                {"ranges": (LbaRange(0, samples.STICK.capacity_bytes // 512 - 2),)},
                # Four times what mkfs.fat takes of a stick of 32 GB: old data would have room there.
                {"ranges": (LbaRange(0, 7), LbaRange(2048, 2048 + 34_943 * 5))},
                {"file_system": "exfat", "ranges": (LbaRange(0, 7), LbaRange(2048, 34_943))},
                {"blake3": "f0"},
            )
        ),
    ],
    "true-capacity": [
        seen(samples.not_erased(), true_capacity_bytes=None),
        seen(samples.not_erased(), true_capacity_bytes=2**32),
        change(GOOD, challenge=change(samples.CHALLENGE, true_capacity_bytes=2**33)),
    ],
    "verdict": [
        change(GOOD, verdicts=(Verdict("p", "e", "purge", ()),)),
        change(GOOD, verdicts=(Verdict("p", "e", "destroy", ()),)),
        change(GOOD, verdicts=(change(GOOD.verdicts[0], category="none"),)),
        change(samples.interrupted(), verdicts=(Verdict("p", "e", "clear", ()),)),
        *(
            change(GRADED, verdicts=(change(GRADED.verdicts[0], **more),))
            for more in (
                {"category": "purge"},
                {"sufficiency": "sufficient"},
                {"sufficiency": None},
                {"data_class": "confidential-1"},
                {"reasons": ()},
                {"sure": "own"},
                {"edition": "總務省ガイドライン"},
            )
        ),
        change(samples.exceptions(), verdicts=(change(INVENTED, sufficiency="sufficient"),)),
        # An owner's table that borrows the name of ours.
        change(GOOD, verdicts=(change(INVENTED, policy="mic-r8.3"),)),
        change(GOOD, verdicts=(change(INVENTED, edition=f" {GOOD.verdicts[0].edition.upper()}"),)),
    ],
    "custody": [
        change(GOOD, custody=(HELD, change(HELD, seq=2, at="2020-01-01T00:00:00+09:00"))),
        change(GOOD, custody=(HELD, HELD)),
        change(GOOD, custody=(change(HELD, at="2999-01-01T00:00:00+09:00"),)),
        change(GOOD, custody=(change(HELD, entered="2999-01-01T00:00:00+09:00"),)),
    ],
    "verdicts": [
        change(GOOD, verdicts=()),
        change(GOOD, verdicts=GOOD.verdicts[:1] * 2),
    ],
    "name": [
        change(GOOD, method=change(GOOD.method, name=Words("Purge by overwriting", "上書き"))),
        change(GOOD, method=change(GOOD.method, name=Words("Overwriting", "上書きによる 除 去"))),
        change(GOOD, method=change(GOOD.method, id="nist-pur\u00adge")),
        change(GOOD, method=change(GOOD.method, why=Words("P\u00fcrge", "-"))),
        change(GOOD, verdicts=(change(GOOD.verdicts[0], edition="ＰＵＲＧＥ policy"),)),
        change(GOOD, verdicts=(change(GOOD.verdicts[0], policy="破_壊"),)),
    ],
    "risk": [
        *(
            last(change(GOOD, medium=change(GOOD.medium, unmaps=unmaps)), content=samples.ZERO)
            for unmaps in (True, None)
        ),
        change(GOOD, residual_risks=()),
        change(samples.exceptions(), residual_risks=GOOD.residual_risks),
    ],
}


@pytest.mark.parametrize(
    "make",
    [
        *samples.OUTCOMES.values(),
        samples.stick,
        samples.namespace,
        samples.image,
        samples.replugged,
        samples.reformatted,
        lambda: SAMPLED,
    ],
)
def test_what_the_tool_makes_is_consistent(make: Any) -> None:
    assert contradictions(make()) == ()


@pytest.mark.parametrize(("key", "record"), [(key, record) for key, records in BAD.items() for record in records])
def test_a_contradiction_is_found_and_worded(key: str, record: Record) -> None:
    found = contradictions(record)
    assert f"consistency.{key}" in [each.key for each in found]
    for each in found:
        for lang in language.LANGUAGES:
            assert language.text(each.key, lang, **each.values)


def test_every_rule_is_tried_here() -> None:
    worded = {key for key in language.all_keys() if key.startswith("consistency.")}
    assert {f"consistency.{key}" for key in BAD} == worded - {"consistency.senseless"}


def test_more_risks_than_are_due_may_be_told() -> None:
    assert contradictions(change(GOOD, residual_risks=(*GOOD.residual_risks, "sample"))) == ()


def test_a_table_that_is_unknown_here_contradicts_nothing_but_is_told() -> None:
    record = change(GOOD, verdicts=(INVENTED, GOOD.verdicts[0]))
    assert contradictions(record) == ()
    assert [each for each in record.verdicts if policy.find(each) is None] == [INVENTED]


@pytest.mark.parametrize("more", [{"table_digest": None}, {"table_digest": "ab" * 32}, {"policy": "our-rule"}])
def test_a_known_name_with_another_table_is_not_taken_for_the_known_policy(more: dict[str, Any]) -> None:
    assert policy.find(change(GOOD.verdicts[0], **more)) is None


@given(records())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_record_makes_it_raise(record: Record) -> None:
    contradictions(record)
