"""What one paper takes from another: found where both are audited."""

from __future__ import annotations

import msgspec
import pytest

from certificates import canonical
from certificates.audit import audit_json
from certificates.audit.result import Audit
from certificates.audit.several import together
from certificates.paper import Paper
from certificates.people import Evidence
from tests.certificates import samples
from tests.certificates.samples import KEY, number_of
from tests.certificates.test_destruction import record as destroyed

FIRST = samples.erased()
TAG, OTHER = {"asset_tag": "R07-0043"}, number_of(KEY, 124)
LATER = {name: f"2025-11-24{getattr(samples.stick(), name)[10:]}" for name in ("started", "ended", "issued")}


def audited(*papers: Paper) -> list[Audit]:
    audits = []
    for each in papers:
        raw = canonical.encode(each)
        audits.append(audit_json(raw, KEY.sign(raw), {KEY.key_id: KEY.public_pem}, each.number))
    return together(audits)


@pytest.mark.parametrize(
    ("second", "authentic"),
    [
        (samples.erased(number=OTHER, **TAG), False),
        (samples.with_key(samples.erased(number=OTHER, **TAG), "ab" * 32), True),
        (samples.erased(number=OTHER, continues=FIRST.number), True),
        # Resumed on another medium: nobody does that.
        (samples.stick(number=OTHER, continues=FIRST.number), False),
        (samples.image(number=OTHER), True),
    ],
)
def test_a_key_is_drawn_for_each_job(second: Paper, authentic: bool) -> None:
    first, then = audited(FIRST, second)
    for audit, other in ((first, second), (then, FIRST)):
        assert audit.authentic is authentic, "which of the two was copied from the other, nobody knows"
        failed = [check for check in audit.checks if check.state == "failed"]
        assert [check.number for check in failed] == ([] if authentic else [13])
        assert all(
            other.number in check.message(lang) and check.hint(lang) for check in failed for lang in ("ja", "en")
        )


def test_a_photograph_shows_one_occasion() -> None:
    before, after = (
        Evidence(f"{name}.jpg", "image/jpeg", 9, digest * 32) for name, digest in (("a", "ab"), ("b", "cd"))
    )
    order = Evidence("order.pdf", "application/pdf", 9, "ef" * 32)

    def told(**more: object) -> list[list[str]]:
        shown = {"evidence": (before, after, order), "people": samples.PEOPLE}
        one = destroyed(**shown, done="2026-11-20T10:00:00+09:00")  # type: ignore[arg-type]
        other = msgspec.structs.replace(destroyed(**shown), number=OTHER, **more)  # type: ignore[arg-type]
        return [[note.key for note in audit.notes if "photograph" in note.key] for audit in audited(one, other)]

    assert told(done="2026-11-20T10:00:00+09:00") == [[], []], "one box of media, on two papers"
    assert told(done="2026-11-21T10:00:00+09:00") == [[], ["audit.note.photograph"] * 2]
    assert told(evidence=(msgspec.structs.replace(before, blake3="12" * 32), order)) == [[], []]
    erased = samples.erased(evidence=(before,))
    later = samples.with_key(samples.stick(number=OTHER, evidence=(before,)), "ab" * 32)
    assert [len(audit.notes) for audit in audited(erased, later)] == [0, 0], "wiped at the same time"
