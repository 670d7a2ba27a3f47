"""The inspection record: its page says what was found and never more, and its audit finds what was changed."""

from __future__ import annotations

import random
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pikepdf
import pytest
import zxingcpp
from PIL import Image

from certificates import audit, canonical, language, plausibility
from certificates.inspection import FoundKind, InspectionRecord, Reading, Region, Stopped
from certificates.inspection_consistency import contradictions
from certificates.people import People
from certificates.values import LbaRange, Words
from tests.certificates import inspections, samples
from tests.certificates.inspections import dying, empty, with_files
from tests.certificates.reading import drawn, pages, pdftotext, words
from tests.certificates.samples import STICK

TRUSTED = {samples.KEY.key_id: samples.KEY.public_pem}
GOOD = with_files()
SIZE = STICK.capacity_bytes


def change(record: InspectionRecord, **more: Any) -> InspectionRecord:
    return msgspec.structs.replace(record, **more)


def read(**more: Any) -> InspectionRecord:
    """The sample with another account of what was read."""
    return change(GOOD, reading=msgspec.structs.replace(GOOD.reading, **more))


def first_region(**more: Any) -> InspectionRecord:
    return change(GOOD, regions=(msgspec.structs.replace(GOOD.regions[0], **more), *GOOD.regions[1:]))


def unreadable(*ranges: LbaRange, places: int, size: int) -> InspectionRecord:
    reading = Reading(SIZE - size, size, places, ranges, 0, None)
    return inspections.record(STICK, reading=reading)


BAD = {
    "consistency.number": [change(GOOD, number="../1")],
    "consistency.other-station": [change(GOOD, number="0A1B2C3D-000007")],
    "consistency.languages": [change(GOOD, languages=()), change(GOOD, languages=("ja", "ja"))],
    "consistency.digest": [change(GOOD, station=msgspec.structs.replace(GOOD.station, key_id="56475aa7"))],
    "consistency.time": [change(GOOD, started="2025-02-30T00:00:00+09:00")],
    "consistency.order": [change(GOOD, ended="2025-11-21T00:00:00+09:00")],
    "consistency.capacity": [change(GOOD, medium=msgspec.structs.replace(STICK, capacity_bytes=0))],
    "consistency.outcome": [change(GOOD, outcome="inspected-in-part"), change(dying(), outcome="inspected")],
    "consistency.extent": [
        unreadable(LbaRange(5, 4), places=1, size=512),
        unreadable(LbaRange(SIZE // 512, SIZE // 512), places=1, size=512),
        unreadable(LbaRange(8, 9), LbaRange(9, 9), places=2, size=1536),
    ],
    "contradiction.inspection.amounts": [read(bytes_read=SIZE - 512), read(unreadable_bytes=512)],
    "contradiction.inspection.stopped": [
        read(stopped=Stopped("ctrl-c", "")),
        read(bytes_read=SIZE - 512, bytes_not_reached=512),
    ],
    "contradiction.inspection.unreadable": [
        unreadable(LbaRange(8, 8), LbaRange(10, 10), places=1, size=1024),
        unreadable(LbaRange(8, 9), places=1, size=512),
        unreadable(LbaRange(8, 8), places=1, size=1024),
    ],
    "contradiction.inspection.map": [
        change(GOOD, regions=()),
        change(GOOD, regions=GOOD.regions[1:]),
        change(GOOD, regions=GOOD.regions[:-1]),
        first_region(high=GOOD.regions[0].high + 1),
        first_region(high=GOOD.regions[0].high - 512, unread=512),
    ],
    "contradiction.inspection.findings": [
        change(GOOD, recoverable=0),
        change(GOOD, kinds=()),
        change(GOOD, kinds=(*GOOD.kinds[:-1], GOOD.kinds[0])),
        first_region(found=10**6),
        change(GOOD, text_bytes=SIZE + 1),
        change(GOOD, text_bytes=0),
    ],
}


@pytest.mark.parametrize("make", inspections.ALL.values())
def test_the_samples_are_consistent(make: Any) -> None:
    assert contradictions(make()) == ()


@pytest.mark.parametrize(("key", "record"), [(key, record) for key, records in BAD.items() for record in records])
def test_a_contradiction_is_found_and_worded(key: str, record: InspectionRecord) -> None:
    found = contradictions(record)
    assert key in [each.key for each in found]
    for each in found:
        for lang in language.LANGUAGES:
            assert language.text(each.key, lang, **each.values)


def test_every_rule_is_tried_here() -> None:
    worded = {key for key in language.all_keys() if key.startswith("contradiction.inspection.")}
    assert {key for key in BAD if key.startswith("contradiction.")} == worded


# The page


@pytest.mark.parametrize("lang", [("ja",), ("en",), ("ja", "en")])
@pytest.mark.parametrize("make", inspections.ALL.values())
def test_it_never_says_that_anything_was_erased(make: Any, lang: Any) -> None:
    text = words(make(languages=lang))
    for never in ("erased", "Clear", "Purge", "消去済", "消去しました", "除去", "証明します"):
        assert never not in text
    if "en" in lang:
        assert "This is not a certificate of erasure." in text
    if "ja" in lang:
        assert "本書は消去証明書ではありません。" in text


def test_it_says_what_was_found_and_how_much_was_read() -> None:
    text = words(with_files())
    assert "2,257" in text and "31,914,983,424 B (100 %)" in text
    assert "Record of Inspection" in text and "(in part)" not in text
    for kind in GOOD.kinds:
        assert kind.name.ja in text and kind.name.en in text


def test_a_part_is_called_a_part() -> None:
    text = words(dying())
    assert "媒体検査記録書（一部のみ）" in text and "Record of Inspection (in part)" in text
    assert "74.99 %" in text and "the device disappeared" in text and "1,100" in text
    assert "100 %" not in text


def test_nothing_found_is_no_proof_of_erasure() -> None:
    text = words(empty(languages=("ja",)))
    assert "検出される既知の種類のファイル及び文字列は見つかりませんでした" in text
    assert "暗号化されたデータは復元ツールでは検出されません" in text


def test_an_ordinary_record_is_one_page_in_each_language() -> None:
    for make in (with_files, empty):
        for lang in (("ja",), ("en",), ("ja", "en")):
            assert pages(make(languages=lang)) == 1


def test_all_kinds_stand_on_the_paper_however_many() -> None:
    kinds = tuple(FoundKind(f"k{n}", "document", Words(f"kind {n:03}", f"種類{n:03}"), 1) for n in range(120))
    record = inspections.record(STICK, kinds=kinds)
    text = words(record)
    assert contradictions(record) == () and pages(record) > 1
    for kind in kinds:
        assert kind.name.ja in text and kind.name.en in text


def test_long_names_are_whole_somewhere() -> None:
    name = "見本県見本市" * 20
    people = People(name, name, name, (name, name), name, name)
    assert words(dying(people=people)).count(name) >= 1
    assert words(with_files(people=people)).count(name) >= 1


def test_the_map_is_drawn_on_every_page_size() -> None:
    """Every region has its cell, whatever the medium's size; the legend names what occurs, and nothing else."""
    tiny = inspections.record(
        msgspec.structs.replace(STICK, capacity_bytes=1000),
        kinds=(),
        texts=(),
        regions=(Region(0, 1000, 1000, 0, 0, 0, 0, 0),),
    )
    assert contradictions(tiny) == ()
    texts = [each.text for each in drawn(tiny)]
    assert "ゼロ  zeros" in texts and not any("random" in text and "encrypted or" in text for text in texts)
    assert "未読取り  not read" in [each.text for each in drawn(dying())]


def test_the_file_is_the_same_kind_as_a_certificate(tmp_path: Path) -> None:
    issued = samples.issue(with_files())
    with pikepdf.open(BytesIO(issued.pdf)) as pdf, pdf.open_metadata() as metadata:
        assert metadata.pdfa_status == "3B" and metadata["dc:title"] == "媒体検査記録書"
        assert {str(each.UF) for each in pdf.Root.AF} == {"inspection.json", "inspection.sig", "station.pem"}
        colours = {str(op.operator) for page in pdf.pages for op in pikepdf.parse_content_stream(page)}
        assert not colours & {"rg", "RG", "k", "K", "cs", "CS", "sc", "scn"}  # greys only
    assert "媒体検査記録書" in pdftotext(issued.pdf, tmp_path)


@pytest.mark.tools("pdftoppm")
def test_the_qr_code_reads_back(tmp_path: Path) -> None:
    issued = samples.issue(with_files())
    (tmp_path / "page.pdf").write_bytes(issued.pdf)
    picture = tmp_path / "page"
    subprocess.run(
        ["pdftoppm", "-r", "150", "-gray", "-singlefile", str(tmp_path / "page.pdf"), str(picture)], check=True
    )
    with Image.open(picture.with_suffix(".pgm")) as page:
        (code,) = zxingcpp.read_barcodes(page)
    assert code.text == f"eraser:1:{GOOD.number}:{canonical.digest(issued.json)}:inspected"


# The audit


def test_it_is_audited_like_a_certificate(tmp_path: Path) -> None:
    issued = samples.issue(with_files())
    result = audit.audit_pdf(issued.pdf, TRUSTED)
    assert result.authentic and (result.number, result.outcome) == (GOOD.number, "inspected")
    assert not audit.audit_pdf(issued.pdf, {}).authentic
    json_alone = audit.audit_json(issued.json, issued.signature, TRUSTED)
    assert json_alone.authentic and json_alone.schema == "eraser/inspection/1"
    (tmp_path / "a.json").write_bytes(issued.json)
    (found,) = audit.audit_files(tmp_path, TRUSTED)
    assert not found.authentic  # it has no signature beside it, but it isn't passed over


@pytest.mark.parametrize("seed", range(40))
def test_one_changed_byte_is_found(seed: int) -> None:
    pdf = bytearray(ISSUED.pdf)
    rng = random.Random(seed)
    pdf[rng.randrange(len(pdf))] ^= 1 << rng.randrange(8)
    assert not audit.audit_pdf(bytes(pdf), TRUSTED).authentic


def test_a_signed_contradiction_is_found() -> None:
    issued = samples.issue(change(GOOD, text_bytes=0))
    result = audit.audit_pdf(issued.pdf, TRUSTED)
    assert [check.name for check in result.checks if check.state == "failed"] == ["consistent"]


def test_an_inspection_can_not_pass_for_an_erasure() -> None:
    """The very values, called another schema, are no record of that kind."""
    plain = msgspec.to_builtins(GOOD) | {"schema": "eraser/record/1"}
    raw = canonical.encode(plain)
    result = audit.audit_json(raw, samples.KEY.sign(raw), TRUSTED)
    assert "schema" in [check.name for check in result.checks if check.state == "failed"]


ISSUED = samples.issue(GOOD)


def test_a_medium_that_no_bus_could_have_carried_so_fast_is_found() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert plausibility.contradictions(GOOD, now) == ()
    large = inspections.record(msgspec.structs.replace(STICK, capacity_bytes=8 << 40))
    found = plausibility.contradictions(change(large, ended=large.started), now)
    assert [each.key for each in found] == ["implausible.speed"]
