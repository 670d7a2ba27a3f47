"""Notes, checkpoints and proofs are those of the C2SP specifications, and nothing else passes for one."""

import base64
import json
import subprocess
import tempfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_inclusion
from pymerkle.proof import InclusionProof

from certificates import canonical, station_key
from certificates.audit import audit_files, audit_pdf
from certificates.errors import NotAuthentic, Usage
from certificates.ledger import Ledger, checkpoint, merkle, note, proof
from certificates.record import Outcome
from tests.certificates.ledgers import KEYS, NOW, OTHER_KEY, made_ledger
from tests.certificates.samples import KEY, STICK, Issued

# The note and the key in the documentation of golang.org/x/mod/sumdb/note, from which the specification was made.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    return made_ledger(tmp_path / "ledger.sqlite", 3)


def test_the_published_note() -> None:
    name, hint, key = PUBLISHED_KEY.split("+")
    pem = station_key.pem_of(Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:]))
    assert note.key_hint(name, pem).hex() == hint
    assert note.verifier_key(name, pem) == PUBLISHED_KEY
    told = note.read(PUBLISHED_NOTE.encode())
    assert note.is_signed_by(told, name, pem)
    assert not note.is_signed_by(told, "SomebodyElse", pem)
    assert not note.is_signed_by(told, name, KEY.public_pem)
    changed = note.read(PUBLISHED_NOTE.replace("answer", "question").encode())
    with pytest.raises(NotAuthentic):
        note.is_signed_by(changed, name, pem)


def test_a_checkpoint_says_what_it_signs(book: Ledger) -> None:
    point = checkpoint.read(book.checkpoint(KEY))
    head = book.verify()
    assert (point.size, point.root) == (head.size, head.root) == (7, book.head().root)
    assert checkpoint.signer(point, KEYS) == KEY.key_id
    assert checkpoint.signer(point, {OTHER_KEY.key_id: OTHER_KEY.public_pem}) is None
    with pytest.raises(Usage):
        Ledger(Path("/nonexistent/ledger.sqlite"), "").checkpoint(KEY)


@pytest.mark.tools("openssl")
def test_stock_openssl_verifies_a_checkpoint(book: Ledger, tmp_path: Path) -> None:
    """As docs/ledger.md says it: the text above the blank line, and what follows the first four bytes below it."""
    text, _, below = book.checkpoint(KEY).decode().rpartition("\n\n")
    (tmp_path / "text").write_text(f"{text}\n")
    (tmp_path / "sig").write_bytes(base64.b64decode(below.split()[-1])[4:])
    (tmp_path / "station.pem").write_bytes(KEY.public_pem)
    command = "openssl pkeyutl -verify -pubin -inkey station.pem -rawin -in text -sigfile sig"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)


def test_another_implementation_takes_the_proof(book: Ledger) -> None:
    """pymerkle follows our path from our entry to the root that is signed in the file."""
    for number in (1, 2, 3):
        made = proof.read(book.prove(f"STATION-{number:06d}", KEY))
        point = checkpoint.read(made.signed)
        theirs = InmemoryTree(algorithm="sha256")
        with book.store.reading() as tables:
            for row in tables.rows():
                theirs.append_entry(row.body)
        assert theirs.get_root() == point.root
        told = theirs.prove_inclusion(made.index + 1).serialize()
        told["path"] = [merkle.leaf_hash(made.body).hex(), *(each.hex() for each in made.path)]
        verify_inclusion(merkle.leaf_hash(made.body), point.root, InclusionProof.deserialize(told))


def test_a_proof_is_of_one_paper(book: Ledger) -> None:
    raw = book.prove("STATION-000002", KEY)
    made = proof.read(raw)
    assert proof.write(made) == raw
    digest, signature = f"{1:064x}", bytes.fromhex(f"{1:0128x}")
    assert proof.check_for(made, "STATION-000002", digest, signature, KEYS).seq == 4
    for wrong in (
        ("STATION-000001", digest, signature),
        ("STATION-000002", digest[::-1], signature),
        ("STATION-000002", digest, signature[::-1]),
    ):
        with pytest.raises(NotAuthentic):
            proof.check_for(made, *wrong, KEYS)
    with pytest.raises(NotAuthentic):
        proof.check(made, {OTHER_KEY.key_id: OTHER_KEY.public_pem})
    for number in ("STATION-000004", "STATION-000009", "OTHER-000001", "STATION-x", "", "STATION-" + "9" * 30):
        with pytest.raises(Usage):
            book.prove(number, KEY)


@given(st.data())
def test_no_proof_survives_a_change(data: st.DataObject) -> None:
    """One bit anywhere: refused, or not a proof at all."""
    at = data.draw(st.integers(0, 8 * len(PROOF) - 1))
    changed = bytearray(PROOF)
    changed[at // 8] ^= 1 << at % 8
    with pytest.raises(NotAuthentic):
        proof.check(proof.read(bytes(changed)), KEYS)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_nothing_else_passes_for_one(raw: bytes) -> None:
    for read in (note.read, checkpoint.read, proof.read):
        for each in (raw, PUBLISHED_NOTE.encode() + raw, b"c2sp.org/tlog-proof@v1\nextra \n" + raw):
            try:
                read(each)
            except NotAuthentic:
                continue
            assert read is note.read


def _example() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return made_ledger(Path(folder) / "ledger.sqlite", 3).prove("STATION-000002", KEY)


PROOF = _example()


def test_an_audit_looks_at_the_proof_beside_the_paper(stick: Issued, tmp_path: Path) -> None:
    number = json.loads(stick.json)["number"]
    station, _, job = number.rpartition("-")
    book = Ledger(tmp_path / "ledger.sqlite", station)
    issued = stick.record.issued
    started = [book.start(stick.record.started, STICK, "keyed") for _ in range(int(job) + 1)]
    book.end(started[-1], issued, "erased", canonical.digest(stick.json), stick.signature.hex())
    book.end(started[-2], issued, "erased", canonical.digest(stick.json), stick.signature.hex())
    good, other = (book.prove(each.number, KEY) for each in (started[-2], started[-1]))
    assert audit_pdf(stick.pdf, KEYS, beside={".proof": good}).authentic
    foreign = book.prove(number, OTHER_KEY)
    later = {**KEYS, OTHER_KEY.key_id: OTHER_KEY.public_pem}
    assert audit_pdf(stick.pdf, later, beside={".proof": foreign}).authentic
    for wrong in (other, foreign, b"", good.replace(b"index ", b"index 1"), good[:-5]):
        result = audit_pdf(stick.pdf, KEYS, beside={".proof": wrong})
        assert [check.name for check in result.checks if check.state == "failed"] == ["logged"]
        assert not result.authentic and not result.unaltered


@pytest.mark.parametrize(("at", "outcome"), [(NOW, "erased"), (None, "erased-with-exceptions")])
def test_an_entry_that_says_otherwise_than_its_paper_is_found(
    at: str | None, outcome: Outcome, stick: Issued, tmp_path: Path
) -> None:
    """A reconciliation at the station believes the ledger: its entry must not be kinder than the paper that was handed over."""
    station, _, job = stick.record.number.rpartition("-")
    book = Ledger(tmp_path / "ledger.sqlite", station)
    started = [book.start(stick.record.started, STICK, "keyed") for _ in range(int(job))][-1]
    book.end(started, at or stick.record.issued, outcome, canonical.digest(stick.json), stick.signature.hex())
    result = audit_pdf(stick.pdf, KEYS, beside={".proof": book.prove(stick.record.number, KEY)})
    assert [check.key for check in result.checks if check.state == "failed"] == ["proof.otherwise"]


def test_an_audit_finds_the_proof_by_the_name_of_the_paper(stick: Issued, tmp_path: Path) -> None:
    (tmp_path / "N.pdf").write_bytes(stick.pdf)
    (tmp_path / "n.PROOF").write_bytes(b"anything")
    (audited,) = audit_files(tmp_path, KEYS)
    assert [check.name for check in audited.checks if check.state == "failed"] == ["logged"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("blank", [0, 1, 3])
def test_line_ends_of_a_mail_do_not_matter(end: bytes, mark: bytes, blank: int, book: Ledger) -> None:
    raw = book.checkpoint(KEY)
    for read, written in ((checkpoint.read, raw), (proof.read, book.prove("STATION-000002", KEY))):
        mailed = mark + end * blank + written.replace(b"\n", end) + end * blank
        assert read(mailed) == read(written)
    assert checkpoint.signer(checkpoint.read(mark + raw.replace(b"\n", end) + end * blank), KEYS) == KEY.key_id


def test_a_change_within_the_lines_does_matter(book: Ledger) -> None:
    raw = book.checkpoint(KEY)
    for changed in (raw.replace(b"\n", b"\n\n", 1), raw.replace(b"\n", b"\r", 1), raw.replace(b"\n", b" \n", 1)):
        assert not is_signed(changed), changed
    assert is_signed(raw)


def is_signed(raw: bytes) -> bool:
    try:
        return checkpoint.signer(checkpoint.read(raw), KEYS) is not None
    except NotAuthentic:
        return False
