"""The record of a check: what follows from what, and what its page says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from certificates import canonical, check, language, page, plausibility
from certificates.audit import audit_pdf
from certificates.check import Against, CheckRecord, Halt
from certificates.check_consistency import contradictions
from certificates.record import Content, Sampling
from certificates.trust import Trust
from certificates.values import LbaRange
from tests.certificates import checks, samples
from tests.certificates.reading import pdftotext

change = msgspec.structs.replace
GOOD = checks.confirmed()
ZERO = change(samples.erased(), passes=(change(samples.erased().passes[0], content=samples.ZERO),))
SEEN = samples.full(samples.DISK, 1)
SAMPLED = samples.sampled(samples.DISK, 1)
LAST_LBA = samples.DISK.capacity_bytes // 512 - 1


DIFFERS = checks.differs()
assert DIFFERS.verification is not None


def excusing(record: CheckRecord, **more: Any) -> CheckRecord:
    """A check that compared what its certificate leaves to compare, one sector."""
    assert record.verification is not None
    seen = change(record.verification, bytes_compared=512)
    return check.named(change(record, certificate=change(record.certificate, **more), verification=seen))


def issued(record: CheckRecord) -> tuple[bytes, bytes, bytes]:
    raw = canonical.encode(record)
    signature = samples.KEY.sign(raw)
    return page.render(record, raw, signature, samples.KEY.public_pem), raw, signature


@pytest.mark.parametrize(
    ("record", "against", "outcome", "code"),
    [
        (GOOD, (), "confirmed", 0),
        (checks.with_exceptions(), (), "confirmed-with-exceptions", 3),
        (checks.formatted(), (), "confirmed", 0),
        (checks.formatted(format="absent"), (), "confirmed", 0),
        (checks.formatted(format="changed"), (), "confirmed-with-exceptions", 3),
        (checks.differs(), ("untrusted", "identity", "content"), "not-confirmed", 6),
        (checks.another_size(), ("capacity",), "not-confirmed", 6),
        (checks.confirmed(halt=Halt("ctrl-c", "")), ("incomplete",), "not-confirmed", 130),
        (checks.confirmed(halt=Halt("device-vanished", "")), ("incomplete",), "not-confirmed", 1),
        # A copy in a file has no number: the keyed stream tells what it is, zeros don't.
        (checks.confirmed(medium=change(samples.DISK, kind="image-file", serial=None, wwn=None)), (), "confirmed", 0),
        (
            checks.of(ZERO, medium=change(samples.DISK, serial=None, wwn=None, kind="image-file")),
            ("identity-unknown",),
            "not-confirmed",
            6,
        ),
        (
            checks.confirmed(verification=samples.full(samples.DISK, 1, bytes_compared=0, claim=None)),
            ("incomplete",),
            "not-confirmed",
            6,
        ),
    ],
)
def test_what_speaks_against_confirming(
    record: CheckRecord, against: tuple[Against, ...], outcome: str, code: int
) -> None:
    assert (record.against, record.outcome, check.exit_code(record)) == (against, outcome, code)


@pytest.mark.parametrize("make", checks.OUTCOMES.values())
def test_what_the_tool_makes_is_consistent(make: Any) -> None:
    assert contradictions(make()) == ()


BAD = {
    "consistency.number": [change(GOOD, number="../1")],
    "consistency.other-station": [
        change(GOOD, number="0A1B2C3D-000009"),
        change(GOOD, certificate=change(GOOD.certificate, number="0A1B2C3D-000007")),
    ],
    "consistency.digest": [change(GOOD, certificate=change(GOOD.certificate, digest="00"))],
    "consistency.order": [change(GOOD, ended="2025-11-21T00:00:00+09:00")],
    "consistency.time": [change(GOOD, issued="2025-02-30T00:00:00Z")],
    "consistency.extent": [change(GOOD, certificate=change(GOOD.certificate, exceptions=(LbaRange(9, 8),)))],
    "consistency.verification": [
        change(GOOD, verification=None),
        change(GOOD, verification=change(SEEN, bytes_to_read=512)),
        change(checks.another_size(), verification=GOOD.verification),
        # Complete, they say, and yet most of it was not compared.
        change(GOOD, verification=change(SEEN, bytes_compared=512)),
        change(GOOD, verification=change(SEEN, places=99)),
        change(GOOD, verification=change(SAMPLED, places=SAMPLED.places - 1)),
        change(GOOD, verification=change(SAMPLED, bytes_to_read=4096, bytes_compared=4096)),
        change(DIFFERS, verification=change(DIFFERS.verification, different_sectors=1)),
    ],
    "consistency.claim": [
        change(GOOD, verification=change(SEEN, claim=None)),
        change(checks.with_exceptions(), verification=GOOD.verification),
        change(checks.formatted(), verification=samples.full(samples.STICK, 2)),
    ],
    "consistency.true-capacity": [change(GOOD, verification=change(SEEN, true_capacity_bytes=5))],
    "consistency.replug": [change(GOOD, replug=samples.REPLUG)],
    "contradiction.check.certificate": [
        change(GOOD, certificate=change(GOOD.certificate, outcome="not-erased")),
        change(GOOD, certificate=change(GOOD.certificate, content=Content("keyed", None, None))),
    ],
    "contradiction.check.excused": [
        # What a certificate without exceptions can't list, and more than any certificate lists or formats.
        check.named(change(GOOD, certificate=change(GOOD.certificate, exceptions=(LbaRange(9, 9),)))),
        excusing(checks.with_exceptions(), exceptions=(LbaRange(0, LAST_LBA - 1),)),
        excusing(checks.formatted(), reformat=change(samples.REFORMAT, ranges=(LbaRange(0, 60_000_000),))),
        excusing(checks.formatted(), outcome="erased-with-exceptions"),
    ],
    "contradiction.check.format": [
        change(GOOD, format="as-certified"),
        change(GOOD, format_sectors=1),
        *(
            change(checks.formatted(), format=state, format_sectors=count)
            for state, count in (
                (None, None),
                (None, 7),
                ("absent", 7),
                ("as-certified", None),
                ("changed", None),
                ("as-certified", 33),
                ("changed", 33),
                ("not-empty", 32),
                ("not-empty", 32_905),
            )
        ),
    ],
    "contradiction.check.follows": [
        change(checks.differs(), outcome="confirmed"),
        change(checks.differs(), against=()),
        change(checks.differs(), same_identity=True),
        change(checks.differs(), differences=()),
        change(checks.with_exceptions(), outcome="confirmed"),
    ],
}


@pytest.mark.parametrize(("key", "record"), [(key, record) for key, records in BAD.items() for record in records])
def test_a_contradiction_is_found_and_worded(key: str, record: CheckRecord) -> None:
    found = contradictions(record)
    assert key in [each.key for each in found]
    for each in found:
        for lang in language.LANGUAGES:
            assert language.text(each.key, lang, **each.values)


@pytest.mark.parametrize(
    ("key", "record"),
    [
        ("implausible.early", change(GOOD, certificate=change(GOOD.certificate, issued="2025-11-24T00:00:00+09:00"))),
        ("implausible.speed", change(GOOD, verification=change(SEEN, ended=SEEN.started))),
        ("implausible.count", change(GOOD, verification=change(SEEN, different_sectors=2**40))),
        ("implausible.late", change(GOOD, issued="2025-12-03T10:05:12+09:00")),
        ("implausible.future", change(GOOD, ended="2027-01-01T00:00:00Z", issued="2027-01-01T00:00:00Z")),
    ],
)
def test_what_no_day_and_no_bus_allows_is_found(key: str, record: CheckRecord) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert plausibility.contradictions(GOOD, now) == ()
    found = plausibility.contradictions(record, now)
    assert [each.key for each in found] == [key]
    assert all(language.text(each.key, lang, **each.values) for each in found for lang in language.LANGUAGES)


@pytest.mark.parametrize("name", sorted(checks.OUTCOMES))
def test_the_page_is_signed_drawn_and_audited_like_any_other(name: str) -> None:
    record = checks.OUTCOMES[name]()
    pdf, raw, _ = issued(record)
    trust = Trust({record.station.key_id: samples.KEY.public_pem})
    audited = audit_pdf(pdf, trust)
    assert audited.authentic, [each.message("en") for each in audited.checks if each.state == "failed"]
    assert audited.outcome == record.outcome
    forged = raw.replace(b'"not-confirmed"', b'"confirmed"') if record.outcome == "not-confirmed" else raw[:-1] + b" }"
    assert not audit_pdf(pdf.replace(raw, forged), trust).authentic


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("confirmed", ("消去証明書照合記録", "Verification Record", samples.erased().number)),
        ("with-exceptions", ("例外あり", "with exceptions", "1000448")),
        ("formatted", ("exactly that empty file system",)),
        (
            "differs",
            ("NOT CONFIRMED", "一致を確認できません", "SMPL-OTHER-0001", "SMPL-WX31A80K7742", "another number"),
        ),
        ("another-size", ("NOT CONFIRMED", "another capacity", "1000204886016")),
    ],
)
def test_what_the_page_says(name: str, said: tuple[str, ...], tmp_path: Any) -> None:
    record = checks.OUTCOMES[name]()
    text = " ".join(pdftotext(issued(record)[0], tmp_path).split())
    for words in said:
        assert words in text, text
    assert ("NOT CONFIRMED" in text) == (record.outcome == "not-confirmed")
    # No paper of this kind certifies an erasure.
    assert "Certificate of Erasure" not in text
    first, digest = record.certificate.digest[:8], record.certificate.digest[8:16]
    assert first in text and digest in text


SAMPLE = samples.sampled(samples.DISK, 1, Sampling(6905, 4096, "0.999", "0.001"))
assert SAMPLE.claim is not None
SAMPLE = change(SAMPLE, claim=change(SAMPLE.claim, residual_at_most="0.001"))
WITHOUT_NUMBER = change(samples.DISK, serial=None, wwn=None, kind="image-file")


@pytest.mark.parametrize(
    ("record", "said", "not_said"),
    [
        (checks.confirmed(), ("it is that medium, and it holds", "当該証明書の媒体であり、内容が"), "go unnoticed"),
        (
            checks.confirmed(verification=SAMPLE),
            ("at the places that were read", "抽出した箇所の内容が", "Up to 0.1 %", "Assumed", "前提"),
            "and it holds what",
        ),
        (
            checks.confirmed(medium=WITHOUT_NUMBER),
            ("only the content tells", "内容のみによります"),
            "it is that medium",
        ),
        (checks.of(ZERO), ("Fixed bytes", "TRIM", "シンプロビジョニング"), "only the content tells"),
        (checks.confirmed(verification=SAMPLE, medium=WITHOUT_NUMBER), ("at the places",), "it is that medium"),
    ],
    ids=["all of it", "a sample", "a copy", "zeros that may be stored nowhere", "a sample of a copy"],
)
def test_the_page_says_no_more_than_was_compared(
    record: CheckRecord, said: tuple[str, ...], not_said: str, tmp_path: Any
) -> None:
    """A headline is what people read: it may not say of the whole medium what was seen of a few places, nor of a copy that it is it."""
    assert record.outcome == "confirmed" and contradictions(record) == ()
    text = pdftotext(issued(record)[0], tmp_path)
    for words in said:
        assert "".join(words.split()) in "".join(text.split()), text
    assert "".join(not_said.split()) not in "".join(text.split())
