"""Labels: what stands on them, in which size, and that no forged certificate gets one."""

from __future__ import annotations

import re
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from certificates import canonical, language
from certificates.page import label, qr
from certificates.record import Record
from eraser.cli import main
from tests.certificates import inspections, samples
from tests.lab.available import needs

MM = 72 / 25.4


def read(pdf: bytes, folder: Path, *options: str) -> str:
    needs("pdftotext")
    (folder / "label.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", *options, str(folder / "label.pdf"), "-"]
    return str(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def seen(pdf: bytes, folder: Path) -> list[str]:
    """What a reader sees in the codes of the first page, printed at 300 dots an inch."""
    needs("pdftoppm")
    (folder / "label.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", "300", "-gray", "-singlefile", folder / "label.pdf", folder / "label"]
    subprocess.run([str(each) for each in command], check=True)
    with Image.open(folder / "label.pgm") as picture:
        return sorted(code.text for code in zxingcpp.read_barcodes(picture))


def code_of(record: Record) -> str:
    return qr.content(record, canonical.digest(canonical.encode(record)))


@pytest.mark.parametrize("outcome", sorted(samples.OUTCOMES))
def test_a_label_says_number_serial_outcome_and_date(outcome: str, tmp_path: Path) -> None:
    record = samples.OUTCOMES[outcome]()
    pdf = label.roll([record])
    assert [round(float(side) / MM, 2) for side in PdfReader(BytesIO(pdf)).pages[0].mediabox[2:]] == [62, 29]
    said = read(pdf, tmp_path)
    for text in (record.number, record.medium.serial, record.asset_tag, "令和7年"):
        assert text and text in said
    assert ("NOT ERASED" in said and "未消去" in said) == (not outcome.startswith("erased"))
    assert seen(pdf, tmp_path) == [code_of(record)]


@pytest.mark.parametrize("languages", [("ja", "en"), ("ja",), ("en",)])
def test_not_erased_is_as_large_as_erased(languages: tuple[language.Language, ...]) -> None:
    sizes = set()
    for make in samples.OUTCOMES.values():
        page = PdfReader(BytesIO(label.roll([make(languages=languages)]))).pages[0]
        content = page.get_contents()
        assert content is not None
        sizes.add(max(float(size) for size in re.findall(rb"/F\d+\+\d+ ([\d.]+) Tf", content.get_data())))
    assert len(sizes) == 1


def test_names_of_every_kind_and_of_any_length(tmp_path: Path) -> None:
    record = samples.erased(asset_tag="髙﨑𠮷", number="X" * 64)
    said = read(label.roll([record]), tmp_path)
    assert "髙﨑𠮷" in said and seen(label.roll([record]), tmp_path) == [code_of(record)]
    with pytest.raises(ValueError, match="can't draw"):
        label.roll([samples.erased(asset_tag="☕")])


def test_a_sheet_begins_where_it_is_told_and_goes_on(tmp_path: Path) -> None:
    records = [samples.erased(number=f"S-{number}") for number in range(30)]
    pdf = label.sheets(records, start=5)
    assert len(PdfReader(BytesIO(pdf)).pages) == 2
    assert seen(pdf, tmp_path) == sorted(code_of(record) for record in records[:23])
    assert len(PdfReader(BytesIO(label.sheets(records[:27]))).pages) == 1
    assert len(PdfReader(BytesIO(label.sheets(records[:1], start=27))).pages) == 1
    assert len(PdfReader(BytesIO(label.sheets(records[:2], start=27))).pages) == 2


def test_the_same_labels_are_the_same_file() -> None:
    assert label.roll([samples.erased()]) == label.roll([samples.erased()])


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of certificates, and the key of their station."""
    monkeypatch.setenv("ERASER_HOME", str(tmp_path / "home"))
    (tmp_path / "station.pem").write_bytes(samples.KEY.public_pem)
    for number, record in enumerate(records(), start=1):
        (tmp_path / f"S-{number}.pdf").write_bytes(samples.issue(record).pdf)
    return tmp_path


def records() -> tuple[Record, Record]:
    """Two jobs, each with a number and a key of its own."""
    first, second = samples.number_of(samples.KEY, 1), samples.number_of(samples.KEY, 2)
    return samples.erased(number=first), samples.with_key(samples.not_erased(number=second), "ab" * 32)


def labelled(folder: Path, *words: object) -> int | str | None:
    with pytest.raises(SystemExit) as end:
        main(["certificate", "label", *map(str, words), "--key", str(folder / "station.pem")])
    return end.value.code


def test_labels_for_a_folder_but_for_no_forgery(auditor: Path) -> None:
    out = auditor / "labels.pdf"
    assert labelled(auditor, auditor, "--out", out, "--sheet") == 0
    assert seen(out.read_bytes(), auditor) == sorted(map(code_of, records()))
    assert labelled(auditor, auditor / "S-1.pdf", "--out", out) == 2, "what is there is not replaced"
    assert labelled(auditor, auditor / "S-1.pdf", "--out", auditor / "a.pdf", "--start", 3) == 2
    forged = bytearray((auditor / "S-2.pdf").read_bytes())
    forged[forged.index(b"0401396D")] ^= 1
    (auditor / "S-2.pdf").write_bytes(bytes(forged))
    assert labelled(auditor, auditor / "S-1.pdf", auditor / "S-2.pdf", "--out", auditor / "b.pdf") == 6
    assert not (auditor / "b.pdf").exists()
    (auditor / "station.pem").write_bytes(
        b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
    )
    assert labelled(auditor, auditor / "S-1.pdf", "--out", auditor / "b.pdf") == 6, "nor by an unknown key"


def test_an_inspection_gets_no_label(auditor: Path) -> None:
    (auditor / "i.pdf").write_bytes(samples.issue(inspections.with_files()).pdf)
    assert labelled(auditor, auditor / "i.pdf", "--out", auditor / "c.pdf") == 2
