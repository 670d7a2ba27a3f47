"""Lists and tables for people have people's words; only --json has the words of machines."""

import csv
import io
import re
from pathlib import Path
from typing import get_args

import pytest

from certificates import custody, destruction, policy
from certificates.language import LANGUAGES, Language, text
from certificates.ledger.entries import KINDS
from certificates.ledger.export import COLUMNS
from certificates.period_report import CSV_COLUMNS as OF_A_PERIOD
from certificates.reconciled import CSV_COLUMNS as RECONCILED
from certificates.record import Outcome
from certificates.tables.headings import FIELDS
from eraser import methods
from tests.lab.available import needs
from tests.lab.forked import ForkedEraser
from tests.lab.wait import until
from verifier.plans import PlanName

MACHINE = {"True", "False", "true", "false", "None", "null", "ledger", "asset_tag serial", *FIELDS}
MACHINE |= {str(kind.__struct_config__.tag) for kind in get_args(KINDS)} | {*get_args(Outcome)} - {"interrupted"}
MACHINE |= {"not-confirmed", "inspected-in-part", "destruction-insufficient", "keyed", "zero", "shred", "chip-cut"}
MACHINE |= {*custody.kinds(), *policy.techniques(), *methods.built_in(), *destruction.ways()} - {"receive", "bend"}
ENGLISH = {"en": {"wipe", "check", "inspection", "destruction", "custody", "destroyed", "purged", "seal"}, "ja": set()}


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> ForkedEraser:
    """One on which everything happened that a ledger knows."""
    needs("sfdisk", "mkfs.fat", "mkfs.exfat")
    folder = tmp_path_factory.mktemp("words")
    eraser = ForkedEraser(folder / "station")
    image, box = folder / "a.img", folder / "box.csv"
    image.write_bytes(bytes(40 << 20))
    box.write_text("資産番号,シリアル番号,種別,型番\nX-1,S1,USBメモリ,\nX-2,S2,HDD,HD-1\n", encoding="utf-8")
    tagged = ("--asset-tag", "A-1")
    wiped = eraser("wipe", "--image", image, "--confirm", image.name, "--reformat", "fat32", "--json", *tagged)
    assert wiped.code == 0, wiped.err
    assert eraser("verify", image, "--certificate", wiped.paper(".pdf"), "--json").code in (0, 6)
    assert eraser("inspect", image, "--record").code == 0
    seen = ("--witness", "立会 一郎")
    assert eraser("destroy", "--box", box, "--method", "shred", "--particle", "4", *seen).code == 4
    assert eraser("destroy", "--serial", "S9", "--media-type", "usb-flash", "--method", "chip-cut", *seen).code == 0
    assert eraser("custody", "receive", "--serial", "U1", *tagged, "--person", "管理 花子").code == 0
    return eraser


def cells_of(content: bytes, columns: int) -> list[str]:
    """All cells below the headings of a CSV file with so many columns."""
    heading, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert rows and {len(row) for row in (heading, *rows)} == {columns}
    return [cell for row in rows for cell in row]


def check(cells: list[str], lang: Language) -> None:
    found = (MACHINE - ENGLISH[lang]) & {*cells}
    assert not found, found
    if lang == "ja":
        words = {cell for cell in cells if re.fullmatch("[a-z][a-z _-]+", cell)}
        assert not words, words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lists_on_the_terminal(station: ForkedEraser, lang: Language) -> None:
    shown = station("ledger", "show", "--lang", lang).out.splitlines()
    cells = [cell for line in shown for cell in re.split(" {2,}", line)]
    check(cells, lang)
    for word in ("ledger.kind.job-started", "outcome.erased", "outcome.destruction-insufficient"):
        assert text(word, lang) in cells
    method = methods.built_in()["keyed-2"].name
    assert f"{getattr(method, lang)} (keyed-2)" in cells
    received = getattr(custody.kinds()["receive"].name, lang)
    assert any(received in cell for cell in cells)
    assert any(getattr(policy.techniques()["shred"].name, lang) == cell for cell in cells)

    audited = station("audit", "--table", "--lang", lang, station.home / "certificates").out.splitlines()
    rows = [line.split("\t") for line in audited if "\t" in line]
    assert len(rows) == 5 and {len(row) for row in rows} == {5}
    check([cell for row in rows for cell in row], lang)
    assert text("outcome.erased", lang) in {row[3] for row in rows}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_for_excel(station: ForkedEraser, tmp_path: Path, lang: Language) -> None:
    whole, period, closed = (tmp_path / f"{name}.csv" for name in ("whole", "period", "closed"))
    inventory = tmp_path / "inventory.csv"
    inventory.write_text("資産番号,シリアル番号\nA-1,U1\nX-1,S1\nX-1,S7\n", encoding="utf-8")
    assert station("ledger", "export", "--format", "csv", "--out", whole, "--lang", lang).code == 0
    assert (
        station("ledger", "report", "--from", "2020-01-01", "--to", "2099-12-31", "--csv", period, "--lang", lang).code
        == 0
    )
    assert station("reconcile", inventory, "--csv", closed, "--lang", lang).code == 7
    for file, columns in ((whole, COLUMNS), (period, OF_A_PERIOD), (closed, RECONCILED)):
        check(cells_of(file.read_bytes(), len(columns)), lang)
    assert {"X-1; X-2", "S1; S2", "–; HD-1"} <= {*cells_of(whole.read_bytes(), len(COLUMNS))}
    for word in ("ledger.kind.reformatted", "outcome.erased", "ledger.reformatted.done"):
        assert text(word, lang) in whole.read_text(encoding="utf-8")
        assert text(word, lang) in period.read_text(encoding="utf-8")
    fields = text("reconcile.and", lang).join(text(f"reconcile.field.{name}", lang) for name in ("asset_tag", "serial"))
    assert fields in closed.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wipe_is_told_in_words(tmp_path: Path, lang: Language) -> None:
    """Method, plan, time and size; what comes next when a medium is not the certificate's."""
    eraser, image = ForkedEraser(tmp_path / "station"), tmp_path / "a.img"
    image.write_bytes(bytes(4 << 20))
    asked = ("wipe", "--image", image, "--lang", lang)
    method = f"{getattr(methods.built_in()['keyed-2'].name, lang)} (keyed-2)"
    dry, wiped = eraser(*asked, "--dry-run"), eraser(*asked, "--confirm", image.name)
    plan = f"{text('say.plan.full', lang)} (full)"
    for ran in (dry, wiped):
        assert ran.code == 0 and method in ran.out + ran.err and plan in ran.out + ran.err
    assert "4,194,304" in dry.out and text("foretold.seconds", lang, count=1) in dry.out
    with image.open("r+b") as file:
        file.write(b"NEW")
    paper = next((eraser.home / "certificates").glob("*.pdf"))
    compared = eraser("verify", image, "--certificate", paper, "--lang", lang)
    assert compared.code == 6 and text("verify.next.content", lang) in compared.out


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_job_that_waits_is_listed_in_words(tmp_path: Path, lang: Language) -> None:
    eraser, image = ForkedEraser(tmp_path / "station"), tmp_path / "a.img"
    image.write_bytes(bytes(4 << 20))
    slow = eraser.fork("wipe", "--image", image, "--confirm", image.name, "--rate", "100k")
    until(lambda: any(eraser.home.glob("jobs/*.json")), "the job to have its journal")
    slow.kill()
    slow.communicate()
    told = eraser("jobs", "--lang", lang).out
    assert f"{getattr(methods.built_in()['keyed-2'].name, lang)} (keyed-2)" in told and text("jobs.lost", lang) in told


def test_every_plan_has_its_words() -> None:
    assert all(text(f"say.plan.{plan}", lang) for plan in get_args(PlanName) for lang in LANGUAGES)


def test_json_stays_as_it_is_in_every_language(station: ForkedEraser) -> None:
    lines = [station("ledger", "show", "--json", "--lang", lang).lines for lang in LANGUAGES]
    assert lines[0] == lines[1]
    assert {line["type"] for line in lines[0]} >= {"job-started", "job-ended", "custody", "reformatted"}
    assert lines[0][0]["method"] == "keyed-2" and lines[0][1]["outcome"] == "erased"


@pytest.mark.parametrize(("lang", "said"), [("en", "NOT SUFFICIENT for this data"), ("ja", "には足りません")])
def test_what_an_erasure_does_not_suffice_for_is_told_at_its_end(lang: Language, said: str, tmp_path: Path) -> None:
    """As it stands under the title of the paper, right below the outcome; the erasure itself is one."""
    image = tmp_path / "stick.img"
    image.write_bytes(bytes(1 << 16))
    words = ("wipe", "--image", image, "--confirm", image.name, "--method", "keyed", "--lang", lang)
    ran = ForkedEraser(tmp_path / "station")(*words, "--policy", "mic-r8.3", "--data-class", "mynumber")
    lines = (ran.out + ran.err).splitlines()
    ended = next(at for at, line in enumerate(lines) if text("outcome.erased", lang) in line)
    assert ran.code == 0 and lines[ended + 1].startswith(f"{image}: ") and said in lines[ended + 1], lines


def test_spaces_of_every_width_in_names_are_taken(tmp_path: Path) -> None:
    """As people type and paste them, in names of files and of organisations; what can't be seen is refused and named."""
    eraser, image = ForkedEraser(tmp_path / "station"), tmp_path / "見本\u3000媒体\u00a01\u202f号.img"
    image.write_bytes(bytes(1 << 16))
    named = ("--organisation", "見本\u3000市\u00a0役所", "--operator", "Jean\u202fMihon", "--location", "3\u2009階")
    ran = eraser(
        "wipe", "--image", image, "--confirm", image.name, *named, "--out", tmp_path / "papers\u3000here", "--json"
    )
    assert ran.code == 0, ran.err
    assert (
        ran.record["people"]["organisation"] == "見本\u3000市\u00a0役所" and ran.record["medium"]["node"] == image.name
    )
    assert eraser("audit", tmp_path / "papers\u3000here").code == 0
    refused = eraser(
        "wipe", "--image", image, "--confirm", image.name, "--organisation", "見本\u200b市", "--lang", "en"
    )
    assert refused.code == 5 and "U+200B" in refused.err
