"""What the printed page says, for each outcome and language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from certificates import page, policy
from certificates.language import LANGUAGES, Language, all_keys
from certificates.page import figures
from certificates.people import People
from certificates.record import Health, Interruption, Record, Verdict
from certificates.values import LbaRange
from tests.certificates import samples
from tests.certificates.reading import drawn, pages, pdftotext, words
from tests.certificates.strategies import BOTH, records

CERTIFICATE = {"ja": "消去証明書", "en": "Certificate of Erasure"}
ALARM = {"ja": "消去されていません", "en": "NOT ERASED"}


def largest(record: Record) -> dict[str, float]:
    """The texts of the two largest sizes on the first page."""
    sizes = sorted({each.style.size for each in drawn(record) if each.page == 1}, reverse=True)[:2]
    return {each.text: each.style.size for each in drawn(record) if each.page == 1 and each.style.size in sizes}


@pytest.mark.parametrize("languages", BOTH)
@pytest.mark.parametrize("outcome", sorted(samples.OUTCOMES))
def test_only_what_was_erased_is_titled_a_certificate(outcome: str, languages: tuple[str, ...]) -> None:
    record = samples.OUTCOMES[outcome](languages=languages)
    certified = outcome.startswith("erased")
    for language in languages:
        assert (CERTIFICATE[language] in words(record)) == certified
        assert (ALARM[language] in words(record)) == (not certified)
    assert ("消去未完了報告書" in words(record)) == ("ja" in languages and not certified)


@pytest.mark.parametrize("languages", BOTH)
def test_not_erased_stands_in_the_size_of_a_certificates_title(languages: tuple[str, ...]) -> None:
    title = largest(samples.erased(languages=languages))
    for make in (samples.not_erased, samples.interrupted):
        alarm = largest(make(languages=languages))
        for language in languages:
            assert alarm[ALARM[language]] == title[CERTIFICATE[language]]


def test_exceptions_stand_in_the_title_in_its_size() -> None:
    title, other = largest(samples.exceptions()), largest(samples.erased())
    assert title["消去証明書（例外あり）"] == other["消去証明書"]
    assert title["Certificate of Erasure with exceptions"] == other["Certificate of Erasure"]


@pytest.mark.parametrize("languages", BOTH)
@pytest.mark.parametrize("make", [samples.erased, samples.stick, samples.image])
def test_an_ordinary_certificate_is_one_page(make: object, languages: tuple[str, ...]) -> None:
    assert pages(make(languages=languages)) == 1  # type: ignore[operator]


def test_every_fact_of_an_ordinary_record_is_printed() -> None:
    record = samples.stick()
    said = words(record)
    medium, people = record.medium, record.people
    for fact in (
        *(
            record.number,
            "2025年11月22日（令和7年）",
            "22 November 2025",
            "見本市 御中",
            people.organisation,
            people.operator,
        ),
        *(people.witnesses[0], people.validator, people.location, "返却", "Return", record.asset_tag),
        *(
            medium.vendor,
            medium.model,
            medium.serial,
            medium.firmware,
            medium.path,
            "/dev/sdc, 21",
            "USBメモリ",
            "非回転式・取外し可",
        ),
        *(
            "31,914,983,424 B (31.9 GB)",
            "LBA 0–62333951",
            "512 / 512 B",
            "鍵付き乱数 2回上書き (keyed-2)",
            "Two keyed passes",
        ),
        *("2025-11-22 10:00:12", "100 %", "消去（Clear）", *(verdict.edition for verdict in record.verdicts)),
        *(
            "SP 800-88r1 4.7 (withdrawn)",
            "2,000",
            "3,191,809,024 / 31,914,983,424 B (10.00 %)",
            "99 %",
            "0.230 %",
            "50.5 MB",
        ),
        *(
            "2025-11-22 09:58:41 – 2025-11-22 15:45:28 UTC+09:00",
            "eraser 0.1.0",
            "before.jpg",
            "発行者・責任者",
            "印",
            "1 / 1",
        ),
    ):
        assert fact is not None and fact in said, fact
    last = record.passes[-1].content.key
    digests = [last, record.station.key_id, *(each.blake3 for each in record.evidence), record.verification.seed]  # type: ignore[union-attr]
    for digest in digests:
        assert digest is not None
        for start in range(0, 64, 8):
            assert digest[start : start + 8] in said


def test_what_was_not_given_is_said_to_be_missing() -> None:
    said = words(samples.image())
    assert said.count("記録なし") >= 12
    assert said.count("not recorded") >= 12


def test_long_lists_go_to_the_annex_in_full() -> None:
    record = samples.exceptions(64)
    assert pages(record) == 2
    annex = "".join(each.text for each in drawn(record) if each.page == 2)
    for extent in record.passes[0].unwritable:
        assert figures.lbas(extent) in annex


def test_many_passes_go_to_the_annex() -> None:
    passes = tuple(
        msgspec.structs.replace(samples.pass_of(1, samples.DISK, samples.ZERO), number=n) for n in range(1, 36)
    )
    record = samples.record(samples.DISK, passes, samples.full(samples.DISK, 35))
    assert pages(record) == 3
    assert all(f"{number} / 35" in words(record) for number in range(1, 36))


def test_no_text_is_lost_however_long_it_is() -> None:
    """Cut on the first page, whole in the annex."""
    long: dict[str, Any] = {
        name: f"見本の{name}".ljust(300, "長")
        for name in ("customer", "organisation", "operator", "validator", "location")
    }
    people = People(**long, witnesses=tuple(f"立会 見本{n}" for n in range(9)))
    record = samples.stick(people=people, asset_tag="見本-" + "9" * 200)
    said = words(record)
    for name in long.values():
        assert name in said
    assert all(f"立会 見本{n}" in said for n in range(9))
    assert "見本-" + "9" * 200 in said


LONG = People(
    customer="見本県見本広域連合後期高齢者医療広域連合事務局 総務企画部 情報政策課 情報システム管理室 基盤整備第二係",
    organisation="株式会社見本情報データマネジメントサービス東日本支社 ライフサイクル事業本部 データ消去センター 第一作業課",
    operator="髙﨑 見本（データ消去センター 第一作業課）",
    witnesses=("𠮷田 立会（見本県見本広域連合 情報政策課）",),
    validator="見本 責任（データ消去センター 品質保証責任者）",
    location="見本県見本市見本町一丁目2番3号 見本情報センタービル別館 地下2階 第三サーバ室",
    operator_title="データ消去センター 第一作業課 主任技術者",
    operator_contact="042-000-0000 内線1234 mihon.taro@data-center.example.jp",
)


def test_long_names_of_real_life_stand_whole_on_the_first_page() -> None:
    """Wrapped and smaller, but readable; nothing goes to an annex."""
    record = samples.erased(people=LONG, asset_tag="見本県-後期高齢-情政-基盤2-R07-NB-000042-A（予備機）")
    assert pages(record) == 1
    said = "".join(words(record).split())
    for name in (*msgspec.structs.astuple(LONG)[:3], *LONG.witnesses, LONG.validator, LONG.location, record.asset_tag):
        assert "".join(str(name).split()) in said, name
    assert LONG.operator_title is not None and LONG.operator_contact is not None
    assert "".join(LONG.operator_title.split()) in said and "".join(LONG.operator_contact.split()) in said
    assert min(each.style.size for each in drawn(record) if each.text in str(LONG)) >= 5


@pytest.mark.parametrize(
    ("languages", "mark"), [(("ja", "en"), "続きあり（別紙）"), (("en",), "continued in the annex")]
)
@pytest.mark.parametrize(
    "name",
    [
        "customer",
        "organisation",
        "operator",
        "validator",
        "location",
        "operator_title",
        "operator_contact",
        "asset_tag",
    ],
)
def test_whatever_is_cut_says_that_it_goes_on(name: str, languages: tuple[Language, ...], mark: str) -> None:
    """Also a text without any place to break, and one of words; the whole of it stands in the annex."""
    for text in ("9" * 290, "sample " * 40 + "end"):
        people = samples.PEOPLE if name == "asset_tag" else msgspec.structs.replace(samples.PEOPLE, **{name: text})
        more = {"asset_tag": text} if name == "asset_tag" else {}
        texts = drawn(samples.erased(people=people, languages=languages, **more))
        first = "".join(each.text for each in texts if each.page == 1)
        assert f"…{mark}".replace(" ", "") in first.replace(" ", "")
        if name in ("customer", "organisation") and "ja" in languages:
            assert "/continuedintheannex" in first.replace(" ", "")
        annex = "".join(each.text for each in texts if each.page > 1)
        assert text.replace(" ", "") in annex.replace(" ", "")


def test_the_annex_says_whose_title_it_is() -> None:
    people = msgspec.structs.replace(samples.PEOPLE, operator_title="長" * 200, validator_title="大" * 200)
    said = words(samples.erased(people=people))
    assert "作業者・職名" in said and "確認者（責任者）・職名" in said


def test_later_fields_are_printed_when_there() -> None:
    health = Health("2025-11-22T09:00:00+09:00", False, 31, 4, 2, None, 12345, 7)
    earlier = (samples.full(samples.STICK, 1),)
    record = samples.stick(health_after=health, continues="S-2025-000100", earlier_verifications=earlier)
    said = words(record)
    for fact in ("異常", "FAILED", "31 °C", "12,345", "7 %", "S-2025-000100", "1回目：全セクタ照合"):
        assert fact in said


def test_how_far_it_came_is_never_rounded_up() -> None:
    passes = (samples.pass_of(1, samples.DISK, samples.LAST, samples.DISK.capacity_bytes - 1, flushed=False),)
    record = samples.record(samples.DISK, passes, None)
    assert "99.99 %" in words(record)
    assert "100 %" not in words(record)


UNKNOWN = [
    {"residual_risks": ("no-such-risk",)},
    {"verdicts": (Verdict("p", "e", "clear", ("no-such-reason",)),)},
    {"interruptions": (Interruption("2025-11-22T13:00:00+09:00", "write", "no-such-cause", "", 0),)},
]


@pytest.mark.parametrize("more", UNKNOWN, ids=lambda more: next(iter(more)))
def test_an_unknown_code_is_an_error_and_never_blank(more: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        drawn(samples.stick(**more))


@pytest.mark.parametrize("category", ["purge", "destroy"])
def test_a_host_overwrite_is_never_drawn_as_more_than_clear(category: str) -> None:
    verdict = Verdict("p", "e", category, ())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="more than host-overwrite can reach"):
        drawn(samples.erased(verdicts=(verdict,)))


def test_every_code_that_judgement_gives_has_words() -> None:
    known = all_keys()
    for make in (*samples.OUTCOMES.values(), samples.stick, samples.image):
        for data_class in policy.DATA_CLASSES:
            for verdict in make(policies=policy.built_in(), data_class=data_class).verdicts:
                assert {f"verdict.{reason}" for reason in verdict.reasons} <= known


@given(records())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_for_any_record_title_and_category_claim_no_more_than_there_is(record: Record) -> None:
    said = words(record)
    typed = [record.medium.serial, record.medium.node, *(each.detail for each in record.interruptions)]
    if not any(re.search("purge|除去", text or "", re.IGNORECASE) for text in typed):
        assert not re.search("purge|除去", said, re.IGNORECASE)
    certified = record.outcome in ("erased", "erased-with-exceptions")
    titles = {each.text for each in drawn(record) if each.page == 1 and each.style.size > 14}
    for language in record.languages:
        assert any(CERTIFICATE[language] in text for text in titles) == certified
        assert any(ALARM[language] in text for text in titles) == (not certified)


def test_the_text_can_be_taken_out_of_the_pdf(tmp_path: Path) -> None:
    people = msgspec.structs.replace(samples.PEOPLE, customer="𠮷野葛\U000e0100城見本市", operator="髙﨑 𠮷子")
    issued = samples.issue(samples.erased(people=people))
    text = pdftotext(issued.pdf, tmp_path)
    for expected in (
        "消去証明書",
        "髙﨑 𠮷子",
        "𠮷野葛\U000e0100城見本市 御中",
        "2025年11月22日（令和7年）",
        samples.DISK.serial,
    ):
        assert expected is not None and expected in text


@pytest.mark.parametrize("outcome", sorted(samples.OUTCOMES))
def test_the_pdf_names_itself_by_its_outcome(outcome: str, tmp_path: Path) -> None:
    issued = samples.issue(samples.OUTCOMES[outcome]())
    text = pdftotext(issued.pdf, tmp_path)
    assert ("消去されていません" in text) == (not outcome.startswith("erased"))
    assert ("NOT ERASED" in text) == (not outcome.startswith("erased"))


def test_one_language_leaves_the_other_out(tmp_path: Path) -> None:
    people = People("Sample City", "Sample Services", "A. Sample", (), None, None)
    bare = samples.erased(languages=("en",), people=people, asset_tag="SAMPLE-1")
    text = pdftotext(page.render(bare, b"{}", bytes(64), samples.KEY.public_pem), tmp_path)
    assert re.findall("[\u3040-\u30ff\u4e00-\u9fff]", text) == []
    assert set(LANGUAGES) == {"ja", "en"}


def test_ranges_that_touch_are_told_as_one() -> None:
    from certificates.page.rows import merged

    assert merged([LbaRange(9, 9), LbaRange(0, 3), LbaRange(4, 6)]) == (LbaRange(0, 6), LbaRange(9, 9))
