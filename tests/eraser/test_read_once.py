"""What decides is read once. A file that is looked at, and then read again for its content, may be another file by then."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from certificates import canonical, foreign, station_key
from certificates.errors import LedgerInconsistent
from certificates.trust import Trust
from eraser import kept, proofs, trust
from eraser.home import Home
from tests.certificates import samples
from tests.certificates.test_trust import endorsed
from tests.lab.forked import Child, ForkedEraser, preload


class Watched(ForkedEraser):
    """`eraser` with a witness: Python itself tells whatever is opened, by whichever function."""

    def __init__(self, home: Path, seen: Path) -> None:
        super().__init__(home)
        self._seen = seen

    def fork(self, *arguments: object) -> Child:
        preload()

        def run() -> None:
            from eraser import cli

            os.environ.update(self.environment)
            told = os.open(self._seen, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

            def witness(event: str, values: tuple[Any, ...]) -> None:
                if event == "open" and isinstance(values[0], str | bytes | os.PathLike):
                    os.write(told, os.fsencode(values[0]) + b"\n")

            sys.addaudithook(witness)
            cli.main([str(argument) for argument in arguments])

        return Child(run)

    def opened(self, below: Path) -> Counter[str]:
        """How often each file below that folder was opened so far, by its name there."""
        lines = map(Path, self._seen.read_text().splitlines()) if self._seen.exists() else ()
        return Counter(str(path.relative_to(below)) for path in lines if path.is_relative_to(below))


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station, a medium that it erased, and what came of it."""
    folder = tmp_path_factory.mktemp("issued")
    (folder / "medium.img").write_bytes(bytes(1 << 16))
    words = ("wipe", folder / "medium.img", "--image", "--confirm", "medium.img", "--asset-tag", "A-1")
    (folder / "bound.txt").write_text("bound")
    ran = ForkedEraser(folder / "station")(*words, "--document", folder / "bound.txt", "--json")
    assert ran.code == 0, ran.err
    return folder


@pytest.fixture
def place(issued: Path, tmp_path: Path) -> Path:
    """What somebody hands in: a certificate with all that may lie beside it, keys, statements, lists, pictures."""
    place = tmp_path / "handed in"
    shutil.copytree(issued / "station" / "certificates", place)
    for suffix in (".pdf", ".json", ".sig", ".proof"):
        (file,) = place.glob(f"*-000001{suffix}")
        file.rename(place / f"C{suffix}")
    shutil.copy(issued / "bound.txt", place)
    shutil.copy(issued / "station" / "station.pem", place)
    (place / "E.endorsement.json").write_bytes(endorsed())
    (place / "list.csv").write_text("asset tag,serial,kind\nA-1,S-1,HDD\n")
    (place / "order.toml").write_text('customer = "Sample City"\nphoto = ["photo.png"]\n')
    from PIL import Image

    Image.new("L", (40, 30)).save(place / "photo.png")
    return place


ONCE: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "a certificate and all beside it": (("audit", "C.pdf"), {"C.pdf", "C.json", "C.sig", "C.proof", "bound.txt", "E.endorsement.json"}),
    "a record and its signature": (("audit", "C.json"), {"C.json", "C.sig", "bound.txt"}),
    "a key for one audit": (("audit", "C.pdf", "--key", "station.pem"), {"C.pdf", "station.pem"}),
    "a check's certificate": (("verify", "MEDIUM", "--certificate", "C.pdf"), {"C.pdf", "C.json", "C.proof", "bound.txt"}),
    "a check's certificate, before": (("verify", "MEDIUM", "--certificate", "C.pdf", "--dry-run"), {"C.pdf", "C.json"}),
    "labels": (("certificate", "label", "C.pdf", "--out", "LABELS"), {"C.pdf", "C.json"}),
    "an inventory": (("reconcile", "list.csv", "--images"), {"list.csv"}),
    "an inventory and a proof": (("reconcile", "list.csv", "--no-ledger", "--certificates", "C.pdf", "--key", "station.pem"),
        {"list.csv", "C.pdf", "C.proof", "bound.txt", "station.pem"}),
    "a key": (("key", "trust", "station.pem", "--fingerprint", "KEY"), {"station.pem"}),
    "a certificate's key": (("key", "trust", "C.pdf", "--fingerprint", "KEY"), {"C.pdf"}),
    "a statement": (("key", "trust", "E.endorsement.json"), {"E.endorsement.json"}),
    "a checkpoint": (("ledger", "verify", "--checkpoint", "C.proof"), {"C.proof"}),
    "a box, pictures and documents": (
        ("destroy", "--box", "list.csv", "--method", "chip-cut", "--witness", "W", "--photo-after", "photo.png", "--document", "bound.txt"),
        {"list.csv", "photo.png", "bound.txt"},
    ),
    "an order sheet and its pictures": (
        ("wipe", "MEDIUM", "--image", "--confirm", "medium.img", "--from", "order.toml", "--document", "bound.txt"),
        {"order.toml", "photo.png", "bound.txt"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ONCE)
def test_whatever_is_handed_in_is_read_once(what: str, issued: Path, place: Path, tmp_path: Path) -> None:
    """Read and judged, and the same bytes used."""
    words, expected = ONCE[what]
    shutil.copytree(issued / "station", tmp_path / "station")
    shutil.copy(issued / "medium.img", tmp_path)
    key = station_key.key_id_of((place / "station.pem").read_bytes())
    named: dict[str, object] = {file.name: file for file in place.iterdir()}
    named |= {"MEDIUM": tmp_path / "medium.img", "KEY": key, "LABELS": tmp_path / "labels.pdf"}
    eraser = Watched(tmp_path / "station", tmp_path / "seen")
    ran = eraser(*(named.get(word, word) for word in words))
    assert "Traceback" not in ran.err and ran.code in (0, 2, 4, 6, 7), ran.err
    opened = eraser.opened(place)
    assert opened.keys() >= expected, "the test looks at what the command reads"
    assert {name: count for name, count in opened.items() if count > 1} == {}


def swapped_after_reading(monkeypatch: pytest.MonkeyPatch, file: Path, other: bytes) -> None:
    """Whoever reads the file for the second time finds another one."""
    read: Any = foreign.opened

    def opened(path: Path) -> Any:
        handle = read(path)
        if path == file:
            draft = file.with_name("draft")
            draft.write_bytes(other)
            draft.replace(file)
        return handle

    monkeypatch.setattr(foreign, "opened", opened)


@pytest.mark.parametrize("suffix", [".proof", ".sig"])
def test_a_paper_of_the_station_is_held_against_the_ledger_by_what_was_audited(
    suffix: str, issued: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(issued / "station", tmp_path / "station")
    home = Home(tmp_path / "station")
    (page,) = home.certificates.glob("*.pdf")
    if suffix == ".sig":
        page.unlink()
    book = proofs.ledger(home)
    swapped_after_reading(monkeypatch, page.with_suffix(suffix), b"something else")
    assert kept.compared(home, trust.here(home), book) == kept.Kept((), (), ())
    with contextlib.suppress(LedgerInconsistent):
        assert kept.compared(home, trust.here(home), book).troubles, "and the next look sees what is there now"


@pytest.mark.parametrize("good_first", [True, False])
def test_what_a_folder_holds_is_judged_by_what_is_audited(
    good_first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First it is looked at for what it is, then audited: only the second says whether it is authentic."""
    from eraser import auditing

    good = samples.issue(samples.erased()).pdf
    forged = good.replace(b"SMPL", b"SMPX")
    file = tmp_path / "papers" / "x.pdf"
    file.parent.mkdir()
    first, then = (good, forged) if good_first else (forged, good)
    file.write_bytes(first)
    swapped_after_reading(monkeypatch, file, then)
    (audited,) = auditing.audits([file.parent], Trust({samples.KEY.key_id: samples.KEY.public_pem}))
    assert audited.authentic is not good_first


def test_the_page_and_the_record_of_one_audit_are_of_one_reading(
    issued: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a check compares a medium with is the record that was audited, though the file is another one by then."""
    from eraser.commands import verify

    shutil.copytree(issued / "station", tmp_path / "station")
    monkeypatch.setenv("ERASER_HOME", str(tmp_path / "station"))
    (page,) = (tmp_path / "station" / "certificates").glob("*.pdf")
    swapped_after_reading(monkeypatch, page, samples.issue(samples.erased()).pdf)
    told, record = verify._audited(page, (), json=False)
    assert told.number == record.number == page.stem and told.digest == canonical.digest(canonical.encode(record))
