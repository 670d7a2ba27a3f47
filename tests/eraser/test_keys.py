"""`eraser key`, as people use it: nothing is made by looking, a passphrase never stands among arguments, and a lost key can be given up."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from certificates import station_key
from certificates.errors import Environment
from tests.eraser.test_terminal import at_a_terminal
from tests.lab.command import Eraser


def with_passphrase(eraser: Eraser, file: Path) -> Eraser:
    other = Eraser(eraser.home)
    other.environment = dict(other.environment) | {"ERASER_KEY_PASSPHRASE_FILE": str(file)}
    return other


def secret(folder: Path, word: str = "見本の合言葉") -> Path:
    path = folder / "secret"
    path.write_text(word + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def image(folder: Path) -> Path:
    path = folder / "m.img"
    path.write_bytes(b"left behind" * 100_000)
    return path


def wiped(eraser: Eraser, path: Path) -> int:
    return eraser("wipe", "--image", path, "--confirm", path.name, "--out", path.parent / "papers", "--json").code


def test_looking_makes_nothing(eraser: Eraser) -> None:
    for words in (["key", "show"], ["jobs"], ["doctor"]):
        eraser(*words)
        assert not (eraser.home / "station.key").exists(), words
    assert eraser("key", "show").code == 1


def test_a_key_is_made_once(eraser: Eraser, tmp_path: Path) -> None:
    first = json.loads(eraser("key", "create", "--json").out)
    again = eraser("key", "create", "--json")
    assert json.loads(again.out) == first == json.loads(eraser("key", "show", "--json").out)
    assert eraser("key", "export").out == first["pem"] == (eraser.home / "station.pem").read_text()
    assert eraser("key", "create", "--passphrase").code == 2, "an existing key gets no passphrase in passing"
    assert eraser("key", "create", "--file", eraser.home / "station.key").code == 5, "and is never replaced"
    assert eraser("key", "export", "--out", tmp_path / "s.pem").code == 0
    assert eraser("key", "export", "--out", tmp_path / "s.pem").code == 1


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_an_odd_umask_makes_no_odd_home(umask: int, tmp_path: Path) -> None:
    eraser = Eraser(tmp_path / "above" / "home")
    done = subprocess.run(
        eraser.command("key", "create"), env=eraser.environment, umask=umask, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    modes = [
        stat.S_IMODE(each.stat().st_mode) for each in (eraser.home.parent, eraser.home, eraser.home / "station.key")
    ]
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.parametrize(("name", "mode"), [("", 0o770), ("", 0o707), ("station.key", 0o640), ("station.key", 0o606)])
def test_a_key_that_others_can_use_is_refused(name: str, mode: int, tmp_path: Path) -> None:
    path = tmp_path / "home" / "station.key"
    station_key.create(path, None)
    (path.parent / name).chmod(mode)
    with pytest.raises(Environment, match="chmod"):
        station_key.load_or_create(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
def test_only_the_owner_may_use_a_key(tmp_path: Path) -> None:
    path = tmp_path / "home" / "station.key"
    station_key.create(path, None)
    for place in (path, path.parent):
        os.chown(place, 12345, -1)
        with pytest.raises(Environment, match="12345"):
            station_key.load(path)
        os.chown(place, os.geteuid(), -1)
    station_key.load(path)


def test_a_passphrase_is_needed_before_anything_is_written(eraser: Eraser, tmp_path: Path) -> None:
    knowing = with_passphrase(eraser, secret(tmp_path))
    assert eraser("key", "create", "--passphrase").code == 1, "nobody to ask"
    assert knowing("key", "create", "--passphrase").code == 0
    pem = (eraser.home / "station.key").read_text()
    assert pem.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    key = json.loads(eraser("key", "show", "--json").out)
    medium = image(tmp_path)
    before = medium.read_bytes()
    assert wiped(eraser, medium) == 1
    wrong = with_passphrase(eraser, secret(tmp_path, "another"))
    assert wiped(wrong, medium) == 1
    assert medium.read_bytes() == before
    assert wiped(with_passphrase(eraser, secret(tmp_path)), medium) == 0
    audited = eraser("audit", tmp_path / "papers", "--json")
    assert audited.code == 0, "an audit needs no passphrase"
    assert audited.lines[0]["key_id"] == key["key_id"]
    opened = [
        "openssl",
        "pkey",
        "-in",
        str(eraser.home / "station.key"),
        "-passin",
        f"file:{tmp_path / 'secret'}",
        "-pubout",
    ]
    assert subprocess.run(opened, check=True, capture_output=True, text=True).stdout == key["pem"]


def test_a_passphrase_comes_by_descriptor_or_environment_and_goes_no_further(eraser: Eraser, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, b"word\n")
    os.close(write)
    environment = dict(eraser.environment) | {"ERASER_KEY_PASSPHRASE_FD": str(read)}
    done = subprocess.run(
        eraser.command("key", "create", "--passphrase"),
        env=environment,
        pass_fds=[read],
        capture_output=True,
        timeout=60,
    )
    os.close(read)
    assert done.returncode == 0, done.stderr
    eraser.environment = dict(eraser.environment) | {"ERASER_KEY_PASSPHRASE": "word"}
    assert wiped(eraser, image(tmp_path)) == 0


@pytest.mark.parametrize(("typed", "code"), [("見本の合言葉", 0), ("another", 1)])
def test_whoever_sits_there_is_asked(typed: str, code: int, eraser: Eraser, tmp_path: Path) -> None:
    station_key.create(eraser.home / "station.key", "見本の合言葉".encode())
    medium = image(tmp_path)
    before = medium.read_bytes()
    words = ("wipe", "--image", medium, "--confirm", medium.name, "--out", tmp_path / "papers")
    ended, told = at_a_terminal(eraser, *words, typed=typed, prompt="station.key: ")
    assert ended == code, told
    assert (medium.read_bytes() == before) == (code != 0)
    assert typed not in told


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb\n", b"x" * 2000])
def test_a_passphrase_is_one_line(content: bytes, eraser: Eraser, tmp_path: Path) -> None:
    path = secret(tmp_path)
    path.write_bytes(content)
    assert with_passphrase(eraser, path)("key", "create", "--passphrase").code == 1
    path.write_text("good\n")
    path.chmod(0o644)
    assert with_passphrase(eraser, path)("key", "create", "--passphrase").code == 1, "others can read it"
    assert not (eraser.home / "station.key").exists()


def test_an_organisation_endorses_and_retires(eraser: Eraser, tmp_path: Path) -> None:
    """From the safe to the auditor: only the organisation's key is trusted there."""
    safe, auditor = tmp_path / "safe", Eraser(tmp_path / "auditor")
    assert eraser("key", "create", "--file", safe / "city.key").code == 0
    assert eraser("key", "create").code == 0
    endorse = ["key", "endorse", eraser.home / "station.pem", "--with", safe / "city.key", "--organisation", "見本市"]
    endorse += ["--station", "第3倉庫", "--until", "2099-03-31", "--out", tmp_path / "e.endorsement.json"]
    assert eraser(*endorse).code == 0
    assert eraser("key", "trust", tmp_path / "e.endorsement.json").code == 2, "the organisation is not trusted yet"
    for each in (eraser, auditor):
        assert each("key", "trust", "--organisation", safe / "city.pem").code == 0
    assert eraser("key", "trust", tmp_path / "e.endorsement.json").code == 0
    assert "第3倉庫" in eraser("key", "show").out
    assert wiped(eraser, image(tmp_path)) == 0
    papers = tmp_path / "papers"
    assert auditor("audit", papers).code == 0
    assert Eraser(tmp_path / "other")("audit", papers, "--organisation", safe / "city.pem").code == 0
    assert Eraser(tmp_path / "other")("audit", papers).code == 6
    next(papers.glob("*.pdf")).unlink()
    assert auditor("audit", papers).code == 0, "the endorsement lies beside, too"

    retire = ["key", "retire", eraser.home / "station.pem", "--with", safe / "city.key", "--reason", "盗難"]
    assert eraser(*retire, "--from", "2020-01-01", "--out", tmp_path / "r.retirement.json").code == 0
    assert auditor("key", "trust", tmp_path / "r.retirement.json").code == 0
    late = auditor("audit", papers, "--json")
    assert late.code == 6 and late.lines[0]["failed"] == [12]


def test_a_retired_station_wipes_no_more(eraser: Eraser, tmp_path: Path) -> None:
    key = json.loads(eraser("key", "create", "--json").out)["key_id"]
    assert wiped(eraser, image(tmp_path)) == 0
    assert eraser("key", "retire", "0" * 8, "--reason", "sold").code == 2
    assert eraser("key", "retire", key[:7], "--reason", "sold").code == 2
    assert eraser("key", "retire", key[:8], "--reason", "sold", "--from", "never").code == 2
    assert eraser("key", "retire", key[:8], "--reason", "sold", "--out", tmp_path / "r.json").code == 0
    medium = image(tmp_path)
    before = medium.read_bytes()
    assert wiped(eraser, medium) == 5
    assert medium.read_bytes() == before
    audited = eraser("audit", tmp_path / "papers", "--json")
    assert audited.code == 0 and audited.lines[0]["notes"], "what it signed before stays good"
