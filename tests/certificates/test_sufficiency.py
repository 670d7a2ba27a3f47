"""What an erasure does not do for the data that was on the medium stands under the title, in the largest type but one; and on the label."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from certificates import judgement, policy
from certificates.language import Language
from certificates.page import label
from certificates.page import typography as ty
from certificates.record import DataClass, Record, Sufficiency, Verdict
from tests.certificates import samples
from tests.certificates.reading import drawn, pages, pdftotext, words
from tests.certificates.strategies import BOTH

SAID = {
    "not-sufficient": {"en": "NOT SUFFICIENT for this data", "ja": "には足りません"},
    "not-confirmed": {"en": "NOT CONFIRMED as sufficient", "ja": "に足りるか未確認です"},
}


def verdict(
    sufficiency: Sufficiency | None, data_class: DataClass | None = "confidential-2", name: str = "a"
) -> Verdict:
    return Verdict(name, name, "clear", (), data_class, sufficiency, "confirmed", None)


def judged(record: Record, data_class: DataClass, *names: str) -> Record:
    """The record as these policies judge it."""
    done = judgement.deed(
        record.medium, record.technique, record.outcome, record.passes, record.verification, record.coverage
    )
    tables = policy.built_in()
    return msgspec.structs.replace(
        record, verdicts=tuple(policy.judge(name, tables[name], done, data_class) for name in names)
    )


@pytest.mark.parametrize(
    ("said", "worst"),
    [
        (("sufficient",), None),
        (("sufficient", None), None),
        (("sufficient", "not-confirmed"), "not-confirmed"),
        (("not-confirmed", "not-sufficient", "sufficient"), "not-sufficient"),
        (("sufficient", "not-sufficient"), "not-sufficient"),
        ((None,), "not-confirmed"),  # a class was named, and no policy grades data
        ((None, "not-confirmed"), "not-confirmed"),
        ((), None),
    ],
)
def test_of_several_policies_the_worst_answer_counts(
    said: tuple[Sufficiency | None, ...], worst: Sufficiency | None
) -> None:
    found = judgement.shortfall([verdict(each) for each in said])
    assert (found and found[1]) == worst


def test_nobody_who_named_no_class_of_data_is_told_of_one() -> None:
    assert judgement.shortfall([verdict(None, None), verdict(None, None, "b")]) is None


@pytest.mark.parametrize("languages", BOTH)
@pytest.mark.parametrize(
    ("record", "data_class", "names", "worst"),
    [
        (samples.stick(), "mynumber", ("mic-r8.3", "mic-r7.3", "nist-800-88r1"), "not-sufficient"),
        (samples.image(), "confidential-1", ("mic-r8.3",), "not-confirmed"),
        (samples.erased(), "mynumber", ("nist-800-88r1",), "not-confirmed"),
        (samples.exceptions(), "confidential-1", ("mic-r8.3",), "not-sufficient"),
    ],
)
def test_what_does_not_suffice_says_so_under_the_title_as_large_as_its_second_line(
    record: Record,
    data_class: DataClass,
    names: tuple[str, ...],
    worst: Sufficiency,
    languages: tuple[Language, ...],
) -> None:
    made = msgspec.structs.replace(judged(record, data_class, *names), languages=languages)
    for language in languages:
        [line] = [each for each in drawn(made) if SAID[worst][language] in each.text and each.page == 1]
        assert line.style.size == ty.TITLE_SECOND.size


def test_what_suffices_or_was_not_asked_has_no_such_line_and_what_is_not_erased_says_something_graver() -> None:
    quiet = [
        judged(samples.erased(), "confidential-1", "mic-r7.3"),
        samples.erased(),
        judged(samples.not_erased(), "mynumber", "mic-r8.3"),
        judged(samples.interrupted(), "mynumber", "mic-r8.3"),
    ]
    for record in quiet:
        assert not any(text in words(record) for texts in SAID.values() for text in texts.values())


def test_the_line_takes_no_second_page_of_an_ordinary_certificate() -> None:
    for languages in BOTH:
        assert pages(judged(samples.erased(languages=languages), "mynumber", "mic-r8.3", "mic-r7.3")) == 1


def test_a_label_says_what_an_erasure_does_not_suffice_for(tmp_path: Path) -> None:
    record = judged(samples.stick(), "mynumber", "mic-r8.3")
    assert "不足：マイナンバー" in pdftotext(label.roll([record]), tmp_path)
    assert "不足" not in pdftotext(label.roll([samples.stick()]), tmp_path)


@pytest.mark.parametrize("languages", BOTH)
def test_a_sample_says_what_share_of_the_medium_was_read_and_one_number_of_places(
    languages: tuple[Language, ...],
) -> None:
    """Places that touch are read as one; the number that people are told is that of the drawn ones."""
    sampled = samples.stick(languages=languages)
    seen = sampled.verification
    assert seen is not None
    merged = msgspec.structs.replace(seen, places=1_731)
    text = words(msgspec.structs.replace(sampled, verification=merged))
    share = f"{seen.bytes_compared:,} / {sampled.medium.capacity_bytes:,} B"
    assert share in text and f"{seen.bytes_compared:,} / {seen.bytes_to_read:,} B" not in text
    assert "1,731" not in text and "2,000" in text and "(100 %)" not in text.partition("2,000")[2]


def test_a_full_read_that_met_bad_sectors_is_not_all_of_the_medium_and_names_no_places() -> None:
    record = samples.exceptions()
    seen = record.verification
    assert seen is not None
    unread = msgspec.structs.replace(seen, bytes_compared=seen.bytes_to_read - 4096)
    text = words(msgspec.structs.replace(record, verification=unread))
    assert f"{record.medium.capacity_bytes - 4096:,} / {record.medium.capacity_bytes:,} B (99.99 %)" in text
    assert "Places drawn" not in text and "抽出箇所" not in text
