"""`ledger verify` and the papers in the station's folder: signature, page and proof are those that were issued, or it says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from certificates import station_key
from certificates.errors import LedgerInconsistent
from certificates.ledger import Ledger
from eraser import journal, kept, proofs, trust
from eraser.home import Home
from eraser.kept import Kept
from tests.certificates import samples
from tests.lab.forked import ForkedEraser


@pytest.fixture(scope="module")
def stations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stations, each with two papers."""
    folder = tmp_path_factory.mktemp("stations")
    (folder / "medium.img").write_bytes(bytes(1 << 16))
    for name in ("one", "other"):
        for _ in range(2):
            wipe = ("wipe", folder / "medium.img", "--image", "--confirm", "medium.img", "--out", folder / "out")
            assert ForkedEraser(folder / name)(*wipe).code == 0
    return folder


@pytest.fixture
def station(stations: Path, tmp_path: Path) -> Home:
    shutil.copytree(stations / "one", tmp_path / "station")
    return Home(tmp_path / "station")


def compared(home: Home) -> Kept:
    book = proofs.ledger(home)
    book.verify(kept.digests(home))
    return kept.compared(home, trust.here(home), book)


def papers(home: Home, suffix: str) -> list[Path]:
    return sorted(home.certificates.glob(f"*{suffix}"))


def test_what_was_issued_is_in_order(station: Home) -> None:
    assert compared(station) == Kept((), (), ())


def test_papers_of_every_kind_are_held_against_their_entries(station: Home) -> None:
    eraser, medium = ForkedEraser(station.root), station.root.parent / "medium.img"
    medium.write_bytes(bytes(1 << 16))
    out = station.root.parent / "papers"
    cut = ("destroy", "--serial", "S1", "--media-type", "usb-flash", "--method", "chip-cut", "--witness", "立会 一郎")
    assert eraser(*cut, "--out", out).code == 0
    assert eraser("inspect", medium, "--out", out, "--operator", "見本 太郎").code == 0
    certificate = papers(station, ".pdf")[0]
    assert eraser("verify", medium, "--certificate", certificate, "--out", out).code == 6
    assert len(papers(station, ".proof")) == 5 and compared(station) == Kept((), (), ())
    assert eraser("audit", out).code == 0


@pytest.mark.parametrize("suffix", [".sig", ".proof", ".pdf"])
def test_what_was_damaged_or_exchanged_is_named(suffix: str, station: Home) -> None:
    first, second = papers(station, suffix)
    whole = first.read_bytes()
    # A bit in the middle, in what the page shows; another paper's file; nothing; a cut end.
    at = whole.find(b"medium.img") if suffix == ".pdf" else len(whole) // 2
    for content in (whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :], second.read_bytes(), b"", whole[:-9]):
        first.write_bytes(content)
        (trouble,) = compared(station).troubles
        # A signature is held against the page first, since it stands in there, too.
        assert trouble.number == first.stem and Path(trouble.file).stem == first.stem and trouble.why, content[:40]
    first.write_bytes(whole)
    assert not compared(station).troubles


def test_a_record_without_its_page_is_held_against_the_ledger(station: Home) -> None:
    for page in papers(station, ".pdf"):
        page.unlink()
    assert compared(station) == Kept((), (), ())
    first, second = papers(station, ".sig")
    first.write_bytes(second.read_bytes())
    # The key is gone, as on a station that got a new one: what the ledger has of the signature still tells.
    station.key.unlink()
    (station.root / "station.pem").unlink()
    station_key.create(station.key, None)
    (trouble,) = compared(station).troubles
    assert trouble.file == first.name


def test_a_page_without_its_record_is_held_against_the_ledger(stations: Path, station: Home) -> None:
    for path in (*papers(station, ".json"), *papers(station, ".sig")):
        path.unlink()
    assert compared(station) == Kept((), (), ())
    (page, _) = papers(Home(stations / "other"), ".pdf")
    shutil.copy(page, station.certificates)
    (trouble,) = compared(station).troubles
    assert trouble.number == page.stem and "no entry" in trouble.why


def test_a_missing_proof_is_told_and_made_again(station: Home) -> None:
    eraser = ForkedEraser(station.root)
    for proof in papers(station, ".proof"):
        proof.unlink()
    ran = eraser("ledger", "verify")
    numbers = [page.stem for page in papers(station, ".pdf")]
    assert ran.code == 0 and all(f"eraser ledger prove {number}" in ran.out for number in numbers), ran.out + ran.err
    for number in numbers:
        assert eraser("ledger", "prove", number).code == 0
    assert compared(station) == Kept((), (), ())


def test_a_paper_whose_job_is_entering_it_now_is_no_trouble(station: Home) -> None:
    """It lies in the folder before the ledger has it. If its process died in between, that is told, and what to do."""
    mine = papers(station, ".json")[0].stem.rpartition("-")[0]
    begun = Ledger(station.ledger, mine).start("2026-11-22T10:00:00+09:00", samples.STICK, "keyed")
    (station.certificates / f"{begun.number}.json").write_bytes(b"{}")
    with journal.held(station.jobs, begun.number):
        assert compared(station) == Kept((), (), ())
    with pytest.raises(LedgerInconsistent) as found:
        compared(station)
    assert f"eraser jobs --close {begun.number}" in found.value.hint("en")


def test_a_proof_by_a_key_that_is_gone_is_told_and_one_by_a_trusted_key_counts(station: Home, tmp_path: Path) -> None:
    """Papers of the first key, proven again by a second, that gave way to a third."""
    first = station.key.read_bytes()
    station.key.unlink()
    (station.root / "station.pem").unlink()
    number = papers(station, ".pdf")[0].stem
    eraser = ForkedEraser(station.root)
    assert eraser("key", "create").code == 0 and eraser("ledger", "prove", number).code == 0
    second = (station.root / "station.pem").read_bytes()
    assert compared(station) == Kept((), (), ()), "papers of the first, a proof by the second"
    station.key.write_bytes(first)
    (station.root / "station.pem").unlink()
    assert compared(station) == Kept((), (number,), ())
    trust.add_key(station, second, organisation=False)
    assert compared(station) == Kept((), (), ())


def test_a_sound_proof_shows_that_the_ledger_is_another(station: Home) -> None:
    """The ledger of a morning put back at night: the checkpoint beside it too, but each paper's proof knows better."""
    shutil.copytree(station.root, station.root.with_name("morning"))
    eraser = ForkedEraser(station.root)
    image = station.root.parent / "medium.img"
    image.write_bytes(bytes(1 << 16))
    assert eraser("wipe", image, "--image", "--confirm", image.name).code == 0
    number = papers(station, ".pdf")[-1].stem
    for path in station.root.glob("ledger.*"):
        path.unlink()
    for path in station.root.with_name("morning").glob("ledger.*"):
        shutil.copy(path, station.root)
    for suffix in (".json", ".pdf", ".sig", ".proof"):
        (station.certificates / f"{number}{suffix}").unlink()
    assert compared(station) == Kept((), (), ()), "nothing is left of the evening"
    first = papers(station, ".pdf")[0].stem
    evening = ForkedEraser(station.root.with_name("morning"))
    image.write_bytes(bytes(1 << 16))
    assert evening("wipe", image, "--image", "--confirm", image.name).code == 0
    assert evening("ledger", "prove", first).code == 0
    shutil.copy(evening.home / "certificates" / f"{first}.proof", station.certificates)
    with pytest.raises(LedgerInconsistent):
        compared(station)
    assert eraser("ledger", "verify").code == 7


def test_the_command_says_which_and_fails(station: Home) -> None:
    first = papers(station, ".proof")[0]
    first.write_bytes(papers(station, ".proof")[1].read_bytes())
    ran = ForkedEraser(station.root)("ledger", "verify", "--json")
    assert ran.code == 7 and first.name in ran.err, ran.out + ran.err
    assert not ran.out, "no line says that all is well"
