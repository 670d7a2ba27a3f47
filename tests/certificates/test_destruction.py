"""A destruction: what suffices, what does not, and a record that can't be made to say more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates import canonical, destruction, destruction_consistency, page, policy, station_key
from certificates.audit import audit_json, audit_pdf
from certificates.destruction import DestructionOutcome, DestructionRecord, Earlier, Item, Judged, Way
from certificates.identity import Named
from certificates.people import Evidence, People, Station
from certificates.record import MediaType
from tests.certificates.reading import pdftotext
from tests.certificates.samples import KEY, number_of

WITNESSED = People("見本市", "作業社", "作業 太郎", ("立会 一郎",), None, "第2倉庫")
NOBODY = People(None, None, None, (), None, None)


def way(technique: str, particle: str | None = None, holes: int | None = None, field: int | None = None) -> Way:
    return Way(technique, policy.techniques()[technique].name, particle, holes, field, "装置 X-1")


def judged(kind: MediaType, how: Way, *policies: str, data: Any = None, witnessed: bool = True) -> Judged:
    deed = destruction.deed(kind, how, witnessed=witnessed)
    tables = policy.built_in()
    verdicts = tuple(policy.judge(name, tables[name], deed, data) for name in policies or destruction.USUAL_POLICIES)
    return Judged(kind, destruction.outcome(verdicts, witnessed=witnessed), verdicts)


@pytest.mark.parametrize(
    ("kind", "how", "outcome"),
    [
        ("magnetic-disk", way("drill-single"), "destruction-insufficient"),
        ("usb-flash", way("drill-single"), "destruction-insufficient"),
        ("magnetic-disk", way("drill-multiple", holes=4), "destroyed"),
        ("magnetic-disk", way("shred", particle="20"), "destroyed"),
        ("sata-ssd", way("shred", particle="20"), "destruction-insufficient"),
        ("usb-flash", way("shred", particle="2"), "destruction-insufficient"),
        ("usb-flash", way("chip-cut"), "destroyed"),
        ("magnetic-disk", way("bend"), "destroyed"),
        ("magnetic-disk", way("melt"), "destroyed"),
        ("magnetic-disk", way("degauss", field=13_000), "purged"),
        ("sata-ssd", way("degauss", field=13_000), "destruction-insufficient"),
        ("unknown", way("shred", particle="20"), "destruction-not-confirmed"),
    ],
)
def test_what_suffices_for_which_medium(kind: MediaType, how: Way, outcome: DestructionOutcome) -> None:
    assert judged(kind, how).outcome == outcome


def test_what_nobody_saw_is_not_confirmed() -> None:
    assert judged("usb-flash", way("chip-cut"), witnessed=False).outcome == "destruction-not-confirmed"
    assert judged("usb-flash", way("chip-cut"), data="mynumber", witnessed=False).outcome == "destruction-not-confirmed"
    taken = (Evidence("a.jpg", "image/jpeg", 1, "ab" * 32), Evidence("b.jpg", "image/jpeg", 1, "cd" * 32))
    same = (taken[0], msgspec.structs.replace(taken[0], name="b.jpg"))
    for evidence, after, shown in ((taken, ("b.jpg",), True), (taken, (), False), ((), ("b.jpg",), False)):
        assert destruction.is_witnessed(NOBODY, evidence, ("a.jpg",), after) is shown
    assert not destruction.is_witnessed(NOBODY, same, ("a.jpg",), ("b.jpg",)), "one photograph under two names"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u3000",
        "-",
        "―",
        "...",
        "\u3164",
        "\u2800",
        "なし",
        "立会い無し",
        "立会いなし",
        "ＮＯＮＥ",
        "n / a",
        "no-one",
        "x",
    ],
)
def test_nobody_is_no_witness(name: str) -> None:
    people = msgspec.structs.replace(WITNESSED, witnesses=(name,))
    assert not destruction.is_witnessed(people, (), (), ())
    assert destruction.is_witnessed(msgspec.structs.replace(people, witnesses=(name, "立会 一郎")), (), (), ())


@pytest.mark.parametrize("name", ["林", "無量井 花子", "佐々木", "Nan", "Ó", "职员 3号", "한", "90412"])
def test_short_and_rare_names_are_somebody_s(name: str) -> None:
    assert destruction.is_witnessed(msgspec.structs.replace(WITNESSED, witnesses=(name,)), (), (), ())


@pytest.mark.parametrize("added", [" ", "\u3164", "\u200b", ".", "\u115f"])
def test_who_did_it_is_no_witness_whatever_is_put_into_the_name(added: str) -> None:
    name = added.join(WITNESSED.operator or "-") + added
    assert not destruction.is_witnessed(msgspec.structs.replace(WITNESSED, witnesses=(name,)), (), (), ())


def test_who_did_it_is_no_witness_of_it() -> None:
    alone = msgspec.structs.replace(WITNESSED, witnesses=("作業　太郎",))
    assert not destruction.is_witnessed(alone, (), (), ())
    assert destruction.is_witnessed(msgspec.structs.replace(alone, witnesses=("作業 太郎", "立会 一郎")), (), (), ())


def record(count: int = 2, how: Way = way("chip-cut"), people: People = WITNESSED, **more: Any) -> DestructionRecord:  # noqa: B008
    told = judged("usb-flash", how, witnessed=bool(people.witnesses))
    items = tuple(
        Item(Named(f"USB-{n:03d}", f"S{n:05d}"), "usb-flash", Earlier("A-000001", "not-erased")) for n in range(count)
    )
    fields: dict[str, Any] = {
        "schema": "eraser/destruction/1",
        "number": number_of(KEY, 7),
        "outcome": destruction.of_all([told]),
        "issued": "2026-11-22T15:00:00+09:00",
        "done": "2026-11-22T14:00:00+09:00",
        "languages": ("ja", "en"),
        "way": how,
        "items": items,
        "judged": (told,),
        "data_class": None,
        "reason": "disposal",
        "people": people,
        "evidence": (),
        "before": (),
        "after": (),
        "station": Station(KEY.key_id, "host", "eraser", "0.1", "Linux", "3.11"),
    }
    return DestructionRecord(**(fields | more))


def issued(made: DestructionRecord) -> tuple[bytes, bytes, bytes]:
    raw = canonical.encode(made)
    signature = KEY.sign(raw)
    return page.render(made, raw, signature, KEY.public_pem), raw, signature


@pytest.mark.parametrize("count", [1, 10, 11, 300])
def test_a_certificate_of_destruction_is_audited_like_any_other(count: int) -> None:
    pdf, raw, signature = issued(record(count))
    trusted = {KEY.key_id: KEY.public_pem}
    for audited in (audit_pdf(pdf, trusted), audit_json(raw, signature, trusted)):
        assert audited.authentic and audited.outcome == "destroyed" and audited.schema == destruction.SCHEMA
    assert not audit_pdf(pdf.replace(b"USB-000", b"USB-999"), trusted).authentic
    assert not audit_pdf(pdf, {}).authentic


def test_the_title_says_no_more_than_the_verdict(tmp_path: Path) -> None:
    good = pdftotext(issued(record())[0], tmp_path)
    assert (
        "物理破壊証明書" in good and "Certificate of Destruction" in good and "S00001" in good and "立会 一郎" in good
    )
    for how in (way("drill-single"), way("shred", particle="4")):
        bad = pdftotext(issued(record(how=how))[0], tmp_path)
        assert "NOT SUFFICIENT" in bad and "物理破壊証明書" not in bad and "Certificate" not in bad


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"outcome": "destruction-insufficient"}, "consistency.outcome"),
        ({"how": way("drill-single"), "outcome": "destroyed"}, "consistency.outcome"),
        ({"people": NOBODY, "outcome": "destroyed"}, "consistency.outcome"),
        ({"done": "2026-11-23T14:00:00+09:00"}, "consistency.order"),
        ({"items": ()}, "contradiction.destruction.empty"),
        ({"items": (Item(Named(), "usb-flash", None),)}, "contradiction.destruction.media"),
        ({"items": (Item(Named(serial="A"), "usb-flash", None),) * 2}, "contradiction.destruction.media"),
        ({"items": (Item(Named(serial="A"), "optical", None),)}, "contradiction.destruction.kinds"),
        ({"before": ("not.jpg",)}, "consistency.evidence"),
        ({"evidence": (Evidence("a.pdf", "x", 1, "ab"),)}, "consistency.digest"),
        ({"number": "0A1B2C3D-000007"}, "consistency.other-station"),
        ({"way": way("host-overwrite")}, "contradiction.destruction.way"),
        ({"way": way("shred")}, "contradiction.destruction.figures"),
        ({"way": way("drill-multiple", holes=1)}, "contradiction.destruction.figures"),
        ({"way": way("chip-cut", particle="3")}, "contradiction.destruction.figures"),
        ({"way": way("bend")}, "consistency.verdict"),
        ({"judged": ()}, "contradiction.destruction.kinds"),
        ({"data_class": "mynumber"}, "consistency.verdict"),
    ],
)
def test_what_can_not_be_true_is_found(changes: dict[str, Any], key: str) -> None:
    assert key in {each.key for each in destruction_consistency.contradictions(record(**changes))}


def test_a_verdict_can_not_be_made_better() -> None:
    made = record(how=way("drill-single"))
    (bad,) = made.judged
    better = tuple(msgspec.structs.replace(each, category="destroy") for each in bad.verdicts)
    unknown = tuple(msgspec.structs.replace(each, category="destroy", table_digest="ab" * 32) for each in bad.verdicts)
    for verdicts in (better, unknown):
        forged = msgspec.structs.replace(
            made, judged=(Judged("usb-flash", "destroyed", verdicts),), outcome="destroyed"
        )
        assert destruction_consistency.contradictions(forged), "one hole is never enough"


def test_an_honest_record_has_no_contradiction() -> None:
    for made in (record(), record(how=way("drill-single")), record(people=NOBODY)):
        assert destruction_consistency.contradictions(made) == ()


def test_lists_of_media_say_their_kinds_as_people_do() -> None:
    for text, kind in (
        ("ＨＤＤ", "magnetic-disk"),
        ("USBメモリ", "usb-flash"),
        ("ssd", "sata-ssd"),
        ("SDカード", "sd-emmc"),
    ):
        assert destruction.kind_of(text) == kind
    assert destruction.kind_of("プリンター") is None


def test_the_key_of_the_station_is_checked() -> None:
    raw = canonical.encode(record())
    assert station_key.key_id_of(KEY.public_pem) == KEY.key_id
    assert not audit_json(raw, bytes(64), {KEY.key_id: KEY.public_pem}).authentic
