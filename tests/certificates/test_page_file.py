"""The file: the same bytes everywhere, whole in itself, fit for an archive."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from importlib import resources
from io import BytesIO
from pathlib import Path

import msgspec
import pikepdf
import pytest
import zxingcpp
from PIL import Image

from certificates import canonical
from certificates.page.pdfa import grey_profile
from certificates.record import Verdict
from tests.certificates import inspections, samples
from tests.certificates.samples import Issued

ELSEWHERE = {
    "TZ": "Pacific/Kiritimati",
    "LANG": "ja_JP.UTF-8",
    "LC_ALL": "C",
    "PYTHONHASHSEED": "4711",
    "SOURCE_DATE_EPOCH": "1",
    "RL_pageCompression": "1",
    "RL_useA85": "1",
    "RL_invariant": "0",
    "RL_pdfMultiLine": "1",
    "RL_pdfComments": "1",
    "RL_ttfAsciiReadable": "0",
    "RL_documentLang": "fr-FR",
}
AGAIN = """
import hashlib
from tests.certificates import samples
for make in (samples.erased, samples.not_erased):
    print(hashlib.sha256(samples.issue(make()).pdf).hexdigest())
"""


def test_another_process_in_another_place_makes_the_same_bytes() -> None:
    made = subprocess.run(
        [sys.executable, "-c", AGAIN],
        env={**os.environ, **ELSEWHERE, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    here = [hashlib.sha256(samples.issue(make()).pdf).hexdigest() for make in (samples.erased, samples.not_erased)]
    assert made.stdout.split() == here


# A change here changes every page: old certificates then fail their audit. Raise pdfa.FORM with it.
FORM_3 = {
    "erased": "b38dc346292931c4f57eec853057ed3b",
    "erased-with-exceptions": "410d9ec28e6659513663aa73c94c292e",
    "not-erased": "0de9802efbd269fd66830b649677997d",
    "interrupted": "9a3afc4f3b3ece531964faaf84100bda",
}


@pytest.mark.parametrize("outcome", sorted(FORM_3))
def test_the_form_of_the_page_is_held_fast(outcome: str) -> None:
    verdict = Verdict("sample", "見本基準 Sample policy", "clear" if outcome.startswith("erased") else "none", ())
    record = samples.OUTCOMES[outcome](
        number="S-2025-000123", verdicts=(verdict,), residual_risks=("spare-areas", "sample")
    )
    assert canonical.digest(samples.issue(record).pdf)[:32] == FORM_3[outcome]


def test_the_form_of_an_inspection_is_held_fast() -> None:
    assert (
        canonical.digest(samples.issue(inspections.with_files(number="S-2025-000124")).pdf)[:32]
        == "e6c3204c1a8646f43223a84fcd72170f"
    )


def test_it_is_small_and_uncompressed(each_outcome: Issued) -> None:
    assert len(each_outcome.pdf) < 400_000
    assert b"/Filter" not in each_outcome.pdf


def test_no_path_of_this_machine_gets_into_it(each_outcome: Issued) -> None:
    for part in (str(Path.home()), str(Path(__file__).parents[2]), "site-packages"):
        assert part.encode() not in each_outcome.pdf


@pytest.mark.tools("pdffonts")
def test_its_fonts_are_embedded_subsets(stick: Issued, tmp_path: Path) -> None:
    path = tmp_path / "stick.pdf"
    path.write_bytes(stick.pdf)
    listed = subprocess.run(["pdffonts", path], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    assert listed
    for line in listed:
        name, *rest = line.split()
        assert re.fullmatch(r"[A-Z]{6}\+NotoSansJP-(Regular|Bold)", name)
        assert rest[-5:-2] == ["yes", "yes", "yes"]  # embedded, subset, with a map to Unicode


def test_the_font_files_are_the_expected_ones() -> None:
    folder = resources.files("certificates") / "fonts"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text()


def test_another_library_opens_it_without_a_warning(each_outcome: Issued) -> None:
    with pikepdf.open(BytesIO(each_outcome.pdf)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert pdf.get_warnings() == []


def test_it_says_that_it_is_pdfa_3b_and_what_it_is(stick: Issued) -> None:
    with pikepdf.open(BytesIO(stick.pdf)) as pdf, pdf.open_metadata() as metadata:
        assert pdf.pdf_version == "1.7"
        assert metadata.pdfa_status == "3B"
        assert metadata["dc:title"] == "消去証明書"
        assert metadata["xmp:CreateDate"] == stick.record.issued
        assert pdf.Root.Lang == "ja"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.read_bytes() == grey_profile()
        colours = {str(op.operator) for page in pdf.pages for op in pikepdf.parse_content_stream(page)}
        assert not colours & {"rg", "RG", "k", "K", "cs", "CS", "sc", "scn"}  # greys only


def test_the_attachments_are_associated_files_with_type_and_relation(stick: Issued) -> None:
    with pikepdf.open(BytesIO(stick.pdf)) as pdf:
        found = {
            str(each.UF): (each.EF.F.read_bytes(), str(each.EF.F.Subtype), str(each.AFRelationship))
            for each in pdf.Root.AF
        }
        assert found == {
            "certificate.json": (stick.json, "/application/json", "/Source"),
            "certificate.sig": (stick.signature, "/application/octet-stream", "/Supplement"),
            "station.pem": (stick.pem, "/application/x-pem-file", "/Supplement"),
        }
        assert set(pdf.attachments) == set(found)


@pytest.mark.tools("pdftoppm")
def test_the_qr_code_reads_back(each_outcome: Issued, tmp_path: Path) -> None:
    record, digest = each_outcome.record, canonical.digest(each_outcome.json)
    (tmp_path / "page.pdf").write_bytes(each_outcome.pdf)
    command = [
        "pdftoppm",
        "-r",
        "150",
        "-gray",
        "-f",
        "1",
        "-l",
        "1",
        "-singlefile",
        tmp_path / "page.pdf",
        tmp_path / "page",
    ]
    subprocess.run(list(map(str, command)), check=True)
    with Image.open(tmp_path / "page.pgm") as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == f"eraser:1:{record.number}:{digest}:{record.outcome}"


def test_a_longer_number_still_fits_the_code() -> None:
    number = "X" * 64
    assert samples.issue(samples.erased(number=number)).record.number == number


def test_titles_in_both_languages(stick: Issued) -> None:
    assert 'xml:lang="en">Certificate of Erasure<' in stick.pdf.decode("latin-1")
    made = samples.issue(msgspec.structs.replace(samples.not_erased(), languages=("en",)))
    assert "Report of Incomplete Erasure – NOT ERASED".encode() in made.pdf
