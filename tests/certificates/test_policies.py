"""What the tables may say, what an owner's table may not, and what a verdict takes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates import judgement, policy
from certificates.audit import audit_pdf
from certificates.claimwords import claims_too_much
from certificates.errors import Environment, Usage
from certificates.policy import Deed, Policy, Row
from certificates.record import Content, Sufficiency, Verdict
from certificates.trust import Trust
from certificates.values import Words
from tests.certificates import samples

R73, R83 = policy.built_in()["mic-r7.3"], policy.built_in()["mic-r8.3"]
R1, R2 = policy.built_in()["nist-800-88r1"], policy.built_in()["nist-800-88r2"]
OVERWRITE = Deed("magnetic-disk", "host-overwrite", verified="full")
change = msgspec.structs.replace

OWN = """
[our-rule]
edition = "{edition}"
name = {{ en = "{name}", ja = "当市の規程" }}
{more}
[[our-rule.rows]]
techniques = ["{technique}"]
media = ["{medium}"]
category = "{category}"
{row}
"""
GOOD = {
    "edition": "当市の規程 2026",
    "name": "Our rule",
    "more": "",
    "technique": "host-overwrite",
    "medium": "magnetic-disk",
    "category": "clear",
    "row": 'data.mynumber = { sufficiency = "sufficient" }',
}


def written(folder: Path, **more: str) -> Path:
    file = folder / "own.toml"
    file.write_text(OWN.format(**{**GOOD, **more}), encoding="utf-8")
    return file


def graded(deed: Deed, table: Policy = R73, data_class: Any = "confidential-1") -> Verdict:
    return policy.judge("any", table, deed, data_class)


def test_an_owners_rule_is_judged_by_and_speaks_for_itself(tmp_path: Path) -> None:
    (table,) = policy.own(written(tmp_path)).values()
    verdict = policy.judge("our-rule", table, OVERWRITE, "mynumber")
    assert (verdict.category, verdict.sufficiency, verdict.sure) == ("clear", "sufficient", "own")
    assert verdict.reasons == ("own-rule",)
    assert (
        policy.judge("our-rule", table, change(OVERWRITE, media_type="sata-ssd"), "mynumber").category
        == "not-confirmed"
    )


@pytest.mark.parametrize(
    "more",
    [
        {"category": "purge"},
        {"category": "destroy"},
        {"technique": "write-same", "category": "purge"},
        {"technique": "trim", "category": "clear"},
        {"technique": "degauss", "category": "destroy"},
        {"technique": "ata-sanitize-block", "category": "destroy"},
        {"technique": "ata-sanitize-block", "medium": "usb-flash", "category": "purge"},
        {"technique": "ata-sanitize-crypto", "medium": "sd-emmc", "category": "purge"},
        {"technique": "magic"},
        {"medium": "floppy"},
        {"category": "very good"},
        {"edition": "Purge by overwriting"},
        {"edition": "上書きによる除去"},
        {"edition": "ＰＵＲＧＥ 2026"},
        {"edition": "P u r g e 2026"},
        {"edition": "Pur\u00adge 2026"},
        {"edition": "P\u0443rge \u0420urge"},
        {"edition": "除\u3000去"},
        {"name": "Überpürge"},
        {"edition": "\\u001b[2J"},
        {"edition": ""},
        {"edition": "x" * 200},
        {"edition": "NIST SP 800-88 Rev. 2 (2025-09)"},
        {"edition": "ＮＩＳＴ SP 800-88  Rev. 2 (2025-09)"},
        {"row": 'sure = "confirmed"'},
        {"row": 'reasons = ["whole-addressable-range"]'},
        {"row": 'reasons = ["no-such-reason"]'},
        {"row": 'data.mynumber = { sufficiency = "sufficient", reason = "whole-addressable-range" }'},
        {"row": 'data.secret = { sufficiency = "sufficient" }'},
        {"row": "passes_at_least = 0"},
        {"row": "unheard = 1"},
        {"more": "by_default = true"},
        {"more": "revision = 7"},
    ],
)
def test_what_no_table_may_say_is_refused(more: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(Environment) as refused:
        policy.own(written(tmp_path, **more))
    for lang in ("en", "ja"):
        assert str(tmp_path) in refused.value.message(lang) and refused.value.hint(lang)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x = 1", b"[a]\n", b"[[", b"[nist-800-88r2]\nedition = 'x'\n"])
def test_a_file_of_anything_is_refused_or_empty(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes(content)
    if not content:
        assert policy.own(file) == {}
        return
    with pytest.raises(Environment):
        policy.own(file)


def test_the_built_in_names_stay_the_built_in_ones(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace("our-rule", '"mic-r8.3"'), encoding="utf-8")
    with pytest.raises(Environment):
        policy.own(file)
    file.write_text(OWN.format(**GOOD).replace("our-rule", '"../x"'), encoding="utf-8")
    with pytest.raises(Environment):
        policy.own(file)


def test_a_row_twice_is_refused() -> None:
    row = Row(("degauss", "melt"), ("optical",), "not-confirmed")
    with pytest.raises(ValueError, match="degauss on optical"):
        Policy("e", Words("n", "n"), (row, row))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Purge", True),
        ("消去", False),
        ("Clear", False),
        ("stop urgent", False),
        ("パージ", True),
        ("破 壊", True),
        ("PUR-GE", True),
    ],
)
def test_words_that_claim_too_much(text: str, expected: bool) -> None:
    assert claims_too_much(text) is expected


@pytest.mark.parametrize(
    ("more", "category", "sufficiency"),
    [
        ({}, "clear", "sufficient"),
        ({"verified": "nist-r1"}, "clear", "sufficient"),
        ({"verified": "sample"}, "clear", "not-confirmed"),
        ({"verified": "no"}, "clear", "not-sufficient"),
        ({"exceptions": True}, "clear", "not-sufficient"),
        ({"completed": False}, "none", "not-sufficient"),
        ({"hidden_areas": "present"}, "clear", "not-sufficient"),
        ({"hidden_areas": "none-found"}, "clear", "sufficient"),
        ({"is_file": True}, "not-confirmed", "not-confirmed"),
        ({"media_type": "optical"}, "not-confirmed", "not-confirmed"),
    ],
)
def test_what_a_wipe_lacks_is_taken_back(more: dict[str, Any], category: str, sufficiency: Sufficiency) -> None:
    verdict = graded(change(OVERWRITE, **more))
    assert (verdict.category, verdict.sufficiency) == (category, sufficiency)


@pytest.mark.parametrize("more", [{"exceptions": True}, {"hidden_areas": "present"}])
def test_more_than_clear_is_not_confirmed_where_something_was_not_reached(more: dict[str, Any]) -> None:
    whole = Deed("magnetic-disk", "ata-sanitize-crypto", verified="full", hidden_areas="none-found")
    assert graded(whole, R83).category == "purge"
    less = graded(change(whole, **more), R83)
    assert (less.category, less.sufficiency) == ("not-confirmed", "not-sufficient")


@pytest.mark.parametrize(
    ("medium", "passes", "complement", "category"),
    [
        ("usb-flash", 1, False, "none"),
        ("usb-flash", 2, False, "clear"),
        ("sd-emmc", 2, True, "clear"),
        ("unknown", 1, False, "not-confirmed"),
        ("unknown", 3, False, "clear"),
        ("magnetic-disk", 1, False, "clear"),
    ],
)
def test_revision_1_asks_for_two_passes_on_sticks(medium: Any, passes: int, complement: bool, category: str) -> None:
    verdict = policy.judge("r1", R1, change(OVERWRITE, media_type=medium, passes=passes, complement=complement))
    assert verdict.category == category
    assert ("not-complement" in verdict.reasons) == (
        category == "clear" and medium != "magnetic-disk" and not complement
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("00", "ff", True),
        ("55aa", "aa55", True),
        ("00", "ffff", True),
        ("00", "fe", False),
        (None, "ff", False),
        ("", "", False),
    ],
)
def test_complements(first: str | None, second: str | None, expected: bool) -> None:
    contents = [Content("keyed" if each is None else "fixed", None, each) for each in (first, second)]
    assert judgement.are_complements(*contents) is expected


def test_patterns_made_to_exhaust_the_auditor_are_no_complements() -> None:
    long = [Content("fixed", None, "00" * length) for length in (1_000_003, 999_983)]
    assert judgement.are_complements(*long) is False


@pytest.mark.parametrize(
    ("size", "category", "sufficiency"),
    [(4.0, "destroy", "sufficient"), (6.5, "none", "not-sufficient"), (None, "not-confirmed", "not-confirmed")],
)
def test_a_shredder_is_judged_by_its_particles(
    size: float | None, category: str, sufficiency: str, tmp_path: Path
) -> None:
    row = 'particle_mm_at_most = 6\ndata.mynumber = { sufficiency = "sufficient" }'
    (table,) = policy.own(written(tmp_path, technique="shred", category="destroy", row=row)).values()
    deed = Deed("magnetic-disk", "shred", verified="witnessed", particle_mm=size)
    verdict = policy.judge("our-rule", table, deed, "mynumber")
    assert (verdict.category, verdict.sufficiency) == (category, sufficiency)


def test_a_destruction_that_nobody_saw_suffices_for_nothing() -> None:
    deed = Deed("usb-flash", "chip-cut")
    assert graded(deed, R83, "mynumber").sufficiency == "not-sufficient"
    assert graded(change(deed, verified="witnessed"), R83, "mynumber").sufficiency == "sufficient"


def test_a_policy_that_does_not_grade_data_says_nothing_of_it() -> None:
    assert policy.judge("r2", R2, OVERWRITE, "mynumber").sufficiency is None


def test_what_is_judged_by_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    known = policy.built_in()
    assert sorted(policy.chosen((), None, known)) == ["nist-800-88r1", "nist-800-88r2"]
    assert sorted(policy.chosen((), "mynumber", known)) == ["mic-r7.3", "mic-r8.3", "nist-800-88r2"]
    assert list(policy.chosen(["mic-r8.3"], None, known)) == ["mic-r8.3"]
    assert list(policy.chosen([str(written(tmp_path)), "mic-r8.3"], None, known)) == ["our-rule", "mic-r8.3"]
    with pytest.raises(Usage):
        policy.chosen(["mic-r9"], None, known)


# A table that was released is on certificates by its digest: it is never edited. Put a corrected one beside it: ID@1.toml keeps the old.
RELEASED = {
    "ieee-2883-2022": "9689aab6b4cd30c1312352eecfa1b1bb92c4279f779a7182c9579c6ccd58a500",
    "mic-r7.3": "162b7607c6026912456d9955adcdd7b264375dbebb4cb7a7e6850639b7cb6d92",
    "mic-r8.3": "e56a7e5aac97a342d7dcaded57c444a77377b959bc7927c543ee12043305176d",
    "nist-800-88r1": "337c0039abd0c81f051e9f24aad3ecb3ccc7a76317f1d722ed1f8e40b52541a9",
    "nist-800-88r2": "08074c3f8c04f4d9d8b723e2a1f7e7b5be81ca6c47f30ba3972adcc04b1eecba",
}


def test_every_released_table_is_still_known() -> None:
    for name, digest in RELEASED.items():
        assert policy.by_digest()[digest][0] == name, "edited after its release"


def test_each_row_says_where_it_comes_from_and_how_sure_it_is() -> None:
    for table in policy.built_in().values():
        for row in table.rows:
            assert row.source and row.sure != "own"


def test_an_auditor_without_the_owners_table_is_told_and_with_it_works_the_verdict_out_again(tmp_path: Path) -> None:
    (table,) = policy.own(written(tmp_path)).values()
    made = samples.erased(policies={"our-rule": table}, data_class="mynumber")
    issued = samples.issue(made)
    keys = {samples.KEY.key_id: samples.KEY.public_pem}
    told = audit_pdf(issued.pdf, keys)
    assert told.authentic
    for lang, expected in (("en", "unknown to this version, verdict not recomputed"), ("ja", "再計算していません")):
        assert [expected in note.message(lang) for note in told.notes] == [True]  # type: ignore[arg-type]

    knowing = Trust(keys, policies={table.digest: ("our-rule", table)})
    assert audit_pdf(issued.pdf, knowing).notes == ()
    (verdict,) = made.verdicts
    for wrong in (change(verdict, sufficiency="not-confirmed"), change(verdict, category="not-confirmed")):
        audited = audit_pdf(samples.issue(change(made, verdicts=(wrong,))).pdf, knowing)
        assert [check.name for check in audited.checks if check.state == "failed"] == ["consistent"]
    assert audit_pdf(samples.issue(samples.erased()).pdf, keys).notes == ()


def test_an_invented_policy_under_a_known_name_is_told() -> None:
    invented = change(samples.erased().verdicts[1], table_digest="ab" * 32)
    told = audit_pdf(
        samples.issue(samples.erased(verdicts=(invented,))).pdf, {samples.KEY.key_id: samples.KEY.public_pem}
    )
    assert [note.values["policy"] for note in told.notes] == ["nist-800-88r2"]
