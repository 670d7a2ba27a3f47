"""What only looks leaves nothing behind: not on a machine that never had a station, and not in the folder of one that is there."""

import hashlib
import os
import tempfile
from pathlib import Path

import pytest

from tests.lab.available import needs
from tests.lab.forked import ForkedEraser
from tests.lab.wait import until

SIZE = 4 << 20


@pytest.fixture
def image(tmp_path: Path) -> Path:
    image = tmp_path / "media/stick.img"
    image.parent.mkdir()
    image.write_bytes(os.urandom(SIZE))
    return image


def looks(image: Path, inventory: Path) -> tuple[tuple[object, ...], ...]:
    """Every command that changes nothing, and those that have nothing to do."""
    needs("sfdisk", "mkfs.fat", "mkfs.exfat")
    wipe = ("wipe", "--image", image, "--dry-run")
    period = ("--from", "2026-01-01", "--to", "2026-12-31")
    return (
        wipe,
        (*wipe, "--confirm", image.name, "--json", "--method", "keyed", "--verify", "nist-r1"),
        (*wipe, "--reformat", "fat32", "--customer", "見本市", "--out", image.parent / "papers"),
        ("devices",),
        ("jobs",),
        ("resume",),
        ("inspect", image),
        ("audit", image),
        ("ledger", "show"),
        ("ledger", "verify"),
        ("ledger", "report", *period),
        ("ledger", "life"),
        ("ledger", "export", "--out", image.parent / "there.jsonl"),
        ("ledger", "prove", "00000000-000001"),
        ("reconcile", inventory),
        ("custody", "show", "nobody"),
        ("methods", "keyed-2"),
        ("policies",),
        ("key", "show"),
        ("doctor",),
    )


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    inventory = tmp_path / "inventory.csv"
    inventory.write_text("資産番号,シリアル番号\nA-1,S-1\n", encoding="utf-8")
    return inventory


def kept(folder: Path) -> dict[str, str]:
    """All that lies in a folder, with the digest of its content. SQLite's index of its log, which only readers at the same time share,
    is no content; nor is a log that is empty."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "folder"
        for file in folder.rglob("*")
        if not file.name.endswith("-shm") and not (file.name.endswith("-wal") and not file.stat().st_size)
    }


def test_looking_makes_no_station(
    tmp_path: Path, image: Path, inventory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No state folder, no home folder, nothing in the folder for temporary files."""
    user, temporary = tmp_path / "user", tmp_path / "temporary"
    temporary.mkdir()
    eraser = ForkedEraser(user / "station")
    places = {"HOME": str(user), "XDG_DATA_HOME": str(user / "data"), "XDG_CACHE_HOME": str(user / "cache")}
    eraser.environment = dict(eraser.environment) | places
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    (image.parent / "there.jsonl").touch()

    def there() -> dict[str, str]:
        return {name: content for name, content in kept(tmp_path).items() if not name.startswith("temporary/child-")}

    before = there()
    for words in looks(image, inventory):
        ran = eraser(*words)
        assert ran.code in (0, 1, 2, 6, 7) and "Traceback" not in ran.err, (words, ran)
        assert there() == before, words


def test_looking_leaves_a_station_as_it_is(tmp_path: Path, image: Path, inventory: Path) -> None:
    """One that wiped a medium, and where a job was killed: what the killed job left stays for whoever takes it up."""
    eraser = ForkedEraser(tmp_path / "station")
    wipe = ("wipe", "--image", image, "--confirm", image.name, "--json")
    (image.parent / "there.jsonl").touch()
    done = eraser(*wipe)
    assert done.code == 0
    slow = eraser.fork(*wipe, "--rate", "100k")
    until(lambda: any(eraser.home.glob("jobs/*.json")), "the job to have its journal")
    slow.kill()
    slow.communicate()
    for lock in eraser.home.glob("jobs/*.lock"):
        lock.unlink()
    before = kept(tmp_path)
    verify = ("verify", image, "--certificate", done.paper(".pdf"), "--dry-run")
    for words in (verify, *looks(image, inventory)):
        if words != ("resume",):
            ran = eraser(*words)
            assert "Traceback" not in ran.err, (words, ran)
            assert kept(tmp_path) == before, words
