"""`eraser key`, as people use it: nothing is made by looking, a passphrase never stands among arguments, and a lost key can be given up."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates import canonical, statements, station_key
from certificates.errors import Environment, NotAuthentic, Usage
from eraser import trust
from eraser.home import Home
from tests.certificates import other_keys, samples, special_points
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


@pytest.mark.tools("openssl")
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
    city = station_key.key_id_of((safe / "city.pem").read_bytes())
    assert eraser("key", "create").code == 0
    endorse = ["key", "endorse", eraser.home / "station.pem", "--with", safe / "city.key", "--organisation", "見本市"]
    endorse += ["--station", "第3倉庫", "--until", "2099-03-31", "--out", tmp_path / "e.endorsement.json"]
    assert eraser(*endorse).code == 0
    assert eraser("key", "trust", tmp_path / "e.endorsement.json").code == 2, "the organisation is not trusted yet"
    for each in (eraser, auditor):
        unasked = each("key", "trust", "--organisation", safe / "city.pem")
        assert unasked.code == 2 and "64" in unasked.err
        assert each("key", "trust", "--organisation", safe / "city.pem", "--fingerprint", city).code == 0
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


def in_full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def grouped(text: str) -> str:
    return " ".join(text[at : at + 8].upper() for at in range(0, 64, 8))


SPELT: dict[str, Callable[[str], str]] = {
    "plain": str,
    "groups": grouped,
    "colons": lambda text: ":".join(text[at : at + 2] for at in range(0, 64, 2)),
    "dashes": lambda text: f" {text[:32]}-\u2014{text[32:]}\n",
    "full-width": in_full_width,
}


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    path = tmp_path / "stranger.pem"
    path.write_bytes(samples.KEY.public_pem)
    return path


def trusted_by(eraser: Eraser) -> list[str]:
    return sorted(path.stem for path in (eraser.home / "trusted").glob("*.pem"))


def test_no_key_is_trusted_without_its_fingerprint(eraser: Eraser, stranger: Path) -> None:
    ran = eraser("key", "trust", stranger)
    assert ran.code == 2 and "--fingerprint" in ran.err and samples.KEY.key_id not in ran.out + ran.err
    assert trusted_by(eraser) == []


@pytest.mark.parametrize("how", SPELT)
def test_a_fingerprint_is_taken_as_people_write_it(how: str, eraser: Eraser, stranger: Path) -> None:
    assert eraser("key", "trust", stranger, "--fingerprint", SPELT[how](samples.KEY.key_id)).code == 0
    assert trusted_by(eraser) == [samples.KEY.key_id]


@pytest.mark.parametrize(
    "told",
    [
        samples.KEY.key_id[:16],
        samples.KEY.key_id[:63],
        samples.KEY.key_id + "0",
        samples.KEY.key_id[:8] + "..." + samples.KEY.key_id[-8:],
        "z" + samples.KEY.key_id[1:],
        "zz" + samples.KEY.key_id,
        "",
    ],
)
def test_a_part_of_a_fingerprint_trusts_nothing(told: str, eraser: Eraser, stranger: Path) -> None:
    ran = eraser("key", "trust", stranger, "--fingerprint", told)
    assert ran.code == 2 and "64 digits" in ran.err, ran.err
    assert trusted_by(eraser) == []


@pytest.mark.parametrize("at", [0, 8, 63])
def test_one_digit_that_differs_is_another_key(at: int, eraser: Eraser, stranger: Path) -> None:
    """However much of it is the same: people compare the beginning and the end."""
    right = samples.KEY.key_id
    told = right[:at] + ("0" if right[at] != "0" else "1") + right[at + 1 :]
    for more in ((), ("--organisation",)):
        assert eraser("key", "trust", stranger, "--fingerprint", told, *more).code == 2
    assert trusted_by(eraser) == [] and not list(eraser.home.glob("trusted/*/*.pem"))


@pytest.mark.parametrize(("right", "code"), [(True, 0), (False, 2)])
def test_whoever_sits_there_types_the_fingerprint(right: bool, code: int, eraser: Eraser, stranger: Path) -> None:
    typed = grouped(samples.KEY.key_id if right else "0" * 64)
    ended, told = at_a_terminal(eraser, "key", "trust", stranger, typed=typed, prompt="all 64 digits:")
    assert ended == code, told
    assert samples.KEY.key_id not in told.split("all 64 digits:")[0], (
        "what the file says of itself is not shown to be copied"
    )
    assert trusted_by(eraser) == ([samples.KEY.key_id] if right else [])


def test_the_key_inside_a_certificate_is_trusted_by_its_fingerprint(eraser: Eraser, tmp_path: Path) -> None:
    paper = tmp_path / "certificate.pdf"
    paper.write_bytes(samples.issue(samples.erased()).pdf)
    assert eraser("key", "trust", paper).code == 2
    assert eraser("key", "trust", paper, "--fingerprint", "00" * 32).code == 2
    assert eraser("audit", paper).code == 6
    assert eraser("key", "trust", paper, "--fingerprint", samples.KEY.key_id).code == 0
    assert eraser("audit", paper).code == 0
    assert eraser("audit", paper, "--key", paper).code == 2, "a certificate can't vouch for itself"


@pytest.mark.parametrize("name", special_points.EVERY)
def test_nobody_can_be_made_to_trust_a_point_that_signs_for_everybody(
    name: str, eraser: Eraser, tmp_path: Path
) -> None:
    point = bytes.fromhex(special_points.EVERY[name])
    path, fingerprint = tmp_path / "weak.pem", hashlib.sha256(point).hexdigest()
    path.write_bytes(special_points.pem_of_point(point))
    home = Home(eraser.home)
    home.trusted.mkdir(parents=True)
    (home.trusted / f"{fingerprint}.pem").write_bytes(path.read_bytes())
    assert trust.here(home).stations == {}, "put into the folder by hand"
    for read in (trust.read, trust.read_to_trust, trust.read_key):
        with pytest.raises(Usage):
            read(path)
    asked: list[dict[str, Any]] = [{"keys": [path]}, {"organisations": [path]}]
    for given in asked:
        with pytest.raises(Usage):
            trust.here(home, **given)
    with pytest.raises(NotAuthentic):
        trust.add_key(home, path.read_bytes(), organisation=False)


@pytest.mark.parametrize("name", ["rsa-and-then-the-key", "two-keys", "a-private-key", "ed448"])
def test_another_kind_of_key_is_refused_with_words(name: str, eraser: Eraser, tmp_path: Path) -> None:
    path = tmp_path / "other.pem"
    path.write_bytes(other_keys.pems(samples.KEY)[name])
    for ran in (
        eraser("key", "trust", path, "--fingerprint", samples.KEY.key_id),
        eraser("audit", path, "--key", path),
        eraser("audit", path, "--organisation", path),
    ):
        assert ran.code == 2 and "Ed25519" in ran.err, ran.err
    assert trusted_by(eraser) == []


def by_mail(raw: bytes) -> bytes:
    return b"\xef\xbb\xbf" + raw.rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n\r\n"


def test_keys_and_statements_may_come_by_mail(eraser: Eraser, tmp_path: Path) -> None:
    said = statements.Retirement(
        samples.KEY.key_id, "2030-01-01T00:00:00Z", "見本", "2026-01-01T00:00:00Z", samples.KEY.key_id
    )
    for name, raw in (("s.pem", samples.KEY.public_pem), ("r.retirement.json", statements.sign(said, samples.KEY))):
        (tmp_path / name).write_bytes(by_mail(raw))
    assert eraser("key", "trust", tmp_path / "s.pem", "--fingerprint", samples.KEY.key_id).code == 0
    assert eraser("key", "trust", tmp_path / "r.retirement.json").code == 0
    whom = trust.here(Home(eraser.home))
    assert whom.stations == {samples.KEY.key_id: samples.KEY.public_pem}, "kept as it was written"
    assert [each.statement for each in whom.statements] == [said]


def test_no_statement_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    """Two of one key whose names would be alike if they were made of a part of anything; and what already lies there stays."""
    home = Home(tmp_path / "home")
    first = statements.Retirement(
        samples.KEY.key_id, "2027-01-01T00:00:00Z", "a", "2026-01-01T00:00:00Z", samples.KEY.key_id
    )
    said = [
        statements.read(statements.sign(msgspec.structs.replace(first, reason=reason), samples.KEY)) for reason in "ab"
    ]
    for each in (*said, *said):
        trust.add_statement(home, each)
    kept = sorted(home.trusted.glob("*.json"))
    assert len(kept) == 2 and sorted(map(str, trust.here(home).statements)) == sorted(map(str, said))
    assert all(canonical.digest(path.read_bytes()) in path.name for path in kept)
    kept[0].write_bytes(b"something else")
    for each in said:
        with contextlib.suppress(Environment):
            trust.add_statement(home, each)
    assert kept[0].read_bytes() == b"something else"
