"""The cases: what is in each folder, and which checks fail there. One function a group, in the order of the checks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from certificates import canonical
from certificates.ledger import checkpoint, closings, merkle, proof
from certificates.ledger.closings import Signed
from certificates.ledger.proof import Proof
from certificates.people import Evidence
from certificates.record import Claim, Record, Verdict, Verification
from certificates.station_key import StationKey
from tests.certificates import samples, special_points
from tests.certificates.special_points import ORDER, SMALL_ORDER, pem_of_point
from tools.vectors.parties import (
    ENDORSED,
    FOREIGN,
    LAPSED,
    ORGANISATION,
    RETIRED,
    STATION,
    STRANGER,
    Files,
    alone,
    by,
    endorsement,
    papers,
)

change = msgspec.structs.replace
# A public key (SubjectPublicKeyInfo) of an algorithm that does not exist, 1.3.101.127.
ANOTHER_KIND = "MCowBQYDK2V/AyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
PEM_OF_ANOTHER_KIND = f"-----BEGIN PUBLIC KEY-----\n{ANOTHER_KIND}\n-----END PUBLIC KEY-----\n".encode()


class Case(msgspec.Struct, frozen=True):
    """A folder. `failed`: file -> numbers of the checks that fail; a file without any is authentic. `why`: what is wrong."""

    name: str
    why: str
    files: Files
    failed: dict[str, tuple[int, ...]]

    @property
    def exit_code(self) -> int:
        return 6 if any(self.failed.values()) else 0


def cases() -> Iterator[Case]:
    for group in (
        good,
        files,
        forms,
        copies,
        signatures,
        keys,
        special_keys,
        pages,
        contradictions,
        bindings,
        services,
        numbers,
        proofs,
    ):
        yield from group()


def one(name: str, why: str, pdf: bytes, *failed: int, **more: bytes) -> Case:
    """A single PDF, perhaps with files beside it (keyword `certificate_json` is certificate.json)."""
    beside = {key.replace("_", "."): content for key, content in more.items()}
    return Case(name, why, {"certificate.pdf": pdf, **beside}, {"certificate.pdf": failed})


def signed(name: str, why: str, record: Record, *failed: int, **more: Any) -> Case:
    """A record that its station signed and drew."""
    return one(name, why, papers(record, **more), *failed)


def good() -> Iterator[Case]:
    for name, make in samples.OUTCOMES.items():
        yield signed(f"good-{name}", "nothing", make())
    yield signed("good-japanese", "nothing", samples.stick(languages=("ja",)))
    yield signed("good-english", "nothing", samples.stick(languages=("en",)))
    yield Case("good-without-page", "nothing", alone(samples.erased()), {"certificate.json": ()})
    yield signed("good-endorsed", "nothing: an organisation speaks for the key", by(ENDORSED), key=ENDORSED)
    said = endorsement(ORGANISATION, ENDORSED, "2026-03-31T23:59:59+09:00")
    yield signed(
        "good-endorsed-inside", "nothing: the endorsement travels along", by(ENDORSED), key=ENDORSED, endorsement=said
    )
    yield signed(
        "good-before-retirement", "nothing: the key was retired later that day", _at(by(RETIRED), 9), key=RETIRED
    )
    twins = {"a.pdf": (pdf := papers(samples.erased())), "b.pdf": pdf}
    yield Case("good-twice", "nothing: one certificate, two files", twins, {"a.pdf": (), "b.pdf": ()})


def _at(record: Record, hours_earlier: int) -> Record:
    """The same job, hours earlier, by moving the zone (its times are all written +09:00)."""
    moved = canonical.encode(record).replace(b"+09:00", b"+%02d:00" % (9 + hours_earlier))
    return msgspec.json.decode(moved, type=Record)


def files() -> Iterator[Case]:
    pdf = papers(samples.erased())
    yield one("file-empty", "the file is empty", b"", 1)
    yield one("file-text", "it is a text with the right name", b"Certificate of Erasure: erased\n", 1)
    yield one("file-half", "the second half is missing", pdf[: len(pdf) // 2], 1)
    yield one(
        "file-no-key", "the key is not attached under its name", pdf.replace(b"(station.pem)", b"(station.pen)"), 1
    )
    other = papers(samples.erased(), pem=PEM_OF_ANOTHER_KIND)
    yield one("key-of-another-kind", "the key attached is of a kind that nobody knows", other, 5, 6)
    yield one(
        "file-other-name",
        "the record is attached under another name",
        pdf.replace(b"(certificate.json)", b"(certificate.jsom)"),
        1,
    )
    yield Case(
        "file-unsigned",
        "a record without a signature",
        {"certificate.json": canonical.encode(samples.erased())},
        {"certificate.json": (1,)},
    )


def forms() -> Iterator[Case]:
    record = samples.erased()
    raw, plain = canonical.encode(record), msgspec.to_builtins(record)
    spaced = json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()
    yield signed("canonical-spaces", "spelt with spaces, and signed so", record, 2, raw=spaced)
    yield signed("canonical-escapes", "Japanese spelt with escapes, and signed so", record, 2, raw=_compact(plain))
    twice = raw.replace(b'"number":', b'"number":"S-1","number":', 1)
    yield signed("canonical-key-twice", "a field stands twice", record, 2, raw=twice)
    exponent = raw.replace(b'"diskseq":14', b'"diskseq":1.4e1')
    yield signed("canonical-number", "a number spelt otherwise", record, 2, 3, raw=exponent)
    more = {**plain, "note": "really erased"}
    yield signed("schema-unknown-field", "a field that the schema lacks", record, 3, raw=canonical.encode(more))
    less = {key: value for key, value in plain.items() if key != "verification"}
    yield signed("schema-missing-field", "a field is missing", record, 3, raw=canonical.encode(less))
    future = {**plain, "schema": "eraser/record/99"}
    yield signed("schema-future", "a schema that does not exist yet", record, 3, raw=canonical.encode(future))
    negative = {**plain, "medium": {**plain["medium"], "capacity_bytes": -1}}
    yield signed("schema-negative", "a negative capacity", record, 3, raw=canonical.encode(negative))
    yield Case(
        "schema-nested", "JSON nested a hundred thousand deep", {"certificate.json": b"[" * 100_000, "certificate.sig": bytes(64)},
        {"certificate.json": (2, 3)},
    )  # fmt: skip


def _compact(plain: Any) -> bytes:
    return json.dumps(plain, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def copies() -> Iterator[Case]:
    record = samples.erased()
    pdf, raw = papers(record), canonical.encode(record)
    other = raw.replace(b"SMPL-WX31A80K7742", b"SMPL-WX31A80K7743")
    yield one("beside-record", "the JSON beside names another serial number", pdf, 4, certificate_json=other)
    yield one("beside-signature", "the signature beside is another", pdf, 4, certificate_sig=bytes(64))


def signatures() -> Iterator[Case]:
    record = samples.erased()
    raw = canonical.encode(record)
    mark = STATION.sign(raw)
    renamed = change(record, asset_tag="X-1")
    yield signed(
        "signature-record-changed",
        "the asset tag was changed after signing, and the page with it",
        renamed,
        5,
        signature=mark,
    )
    yield signed("signature-bit", "one bit of the signature", record, 5, signature=bytes([mark[0] ^ 1]) + mark[1:])
    yield signed("signature-short", "63 bytes", record, 5, signature=mark[:-1])
    yield signed("signature-zero", "64 zero bytes", record, 5, signature=bytes(64))
    added = (int.from_bytes(mark[32:], "little") + ORDER).to_bytes(32, "little")
    yield signed(
        "signature-malleable", "S + L in place of S (RFC 8032 5.1.7 forbids it)", record, 5, signature=mark[:32] + added
    )
    yield signed(
        "signature-other-record",
        "the signature of another certificate",
        record,
        5,
        signature=STATION.sign(canonical.encode(renamed)),
    )
    yield signed(
        "signature-stranger", "a stranger's signature under the station's key", record, 5, signature=STRANGER.sign(raw)
    )
    yield Case(
        "signature-without-page",
        "the record was changed; no page",
        {**alone(record), "certificate.json": canonical.encode(renamed)},
        {"certificate.json": (5,)},
    )


def keys() -> Iterator[Case]:
    record = samples.erased()
    yield signed(
        "key-exchanged",
        "signed by a stranger, with his key, but the record names the station's",
        record,
        6,
        7,
        key=STRANGER,
    )
    yield signed("trust-stranger", "all in order, but by a stranger", by(STRANGER), 7, key=STRANGER)
    yield Case(
        "trust-stranger-without-page",
        "a stranger's record without its page",
        alone(by(STRANGER), STRANGER),
        {"certificate.json": (7,)},
    )
    said = endorsement(STRANGER, FOREIGN, "2026-03-31T23:59:59+09:00")
    yield signed(
        "trust-foreign-organisation",
        "endorsed by an organisation that is not trusted",
        by(FOREIGN),
        7,
        key=FOREIGN,
        endorsement=said,
    )
    said = endorsement(STATION, FOREIGN, "2026-03-31T23:59:59+09:00")
    yield signed(
        "trust-station-endorses",
        "endorsed by a trusted station, which has no say in that",
        by(FOREIGN),
        7,
        key=FOREIGN,
        endorsement=said,
    )
    yield signed(
        "trust-organisation-signs", "signed by the organisation's own key", by(ORGANISATION), 7, key=ORGANISATION
    )


def special_keys() -> Iterator[Case]:
    """Points for which anybody signs: with A of order 1, R = A and S = 0 is a signature of everything. Each names its own key."""
    points = {**SMALL_ORDER, **special_points.OTHER_SPELLINGS}
    for name, digits in points.items():
        point = bytes.fromhex(digits)
        record = by(STATION, station=change(samples.erased().station, key_id=hashlib.sha256(point).hexdigest()))
        mark = bytes.fromhex(SMALL_ORDER["1"]) + bytes(32)
        why = (
            "signed by nobody, with a key of small order"
            if name in SMALL_ORDER
            else "with a key in another spelling than its own"
        )
        yield signed(f"key-special-{name}", why, record, 5, 6, 9, signature=mark, pem=pem_of_point(point))
    two = STATION.public_pem + STRANGER.public_pem
    yield signed("key-two-in-one", "two keys are attached in one file", samples.erased(), 5, 6, pem=two)


def pages() -> Iterator[Case]:
    record = samples.erased()
    pdf = papers(record)
    at = pdf.index(b" Tj")
    yield one("page-text", "an operator of the page's text was changed", pdf[:at] + b" TJ" + pdf[at + 3 :], 8)
    yield one("page-appended", "a byte behind the end", pdf + b"\n", 8)
    yield one("page-updated", "a new object in front of the old ones, as editors append it", _updated(pdf), 8)
    said, raw = samples.erased(), canonical.encode(samples.not_erased())
    yield signed(
        "page-says-erased",
        "the page of an erased medium around the record of one that is not",
        samples.not_erased(),
        8,
        drawn=said,
        raw=raw,
    )
    yield signed(
        "page-other-customer",
        "the page names another customer",
        record,
        8,
        drawn=change(record, people=change(record.people, customer="他市")),
    )


def _updated(pdf: bytes) -> bytes:
    start = pdf.rindex(b"startxref\n") + 10
    previous = int(pdf[start : pdf.index(b"\n", start)])
    root = pdf[pdf.rindex(b"/Root ") + 6 :].split(b"\n")[0]
    update = b"99 0 obj\n<</Type /Annot>>\nendobj\n"
    trailer = b"xref\n99 1\n%010d 00000 n \ntrailer\n<</Size 100 /Prev %d /Root %b>>\nstartxref\n%d\n%%%%EOF\n"
    return pdf + update + trailer % (len(pdf), previous, root, len(pdf) + len(update))


def contradictions() -> Iterator[Case]:
    record, capacity = samples.erased(), samples.DISK.capacity_bytes
    assert record.verification is not None
    last, seen = record.passes[-1], record.verification
    lies = {
        "outcome": ("not erased, but it says erased", change(samples.not_erased(), outcome="erased")),
        "interrupted": ("interrupted, but it says erased", change(samples.interrupted(), outcome="erased")),
        "risks": ("the risks are kept back", change(record, residual_risks=())),
        "times": ("it ended before it began", change(record, ended=record.started, started=record.ended)),
        "future": ("issued in the year 9998", change(record, issued="9998-01-01T00:00:00Z")),
        "short": ("the last sector was not written", change(record, passes=(change(last, bytes_written=capacity - 512),))),
        "no-key": ("the key of the last pass is kept back", change(record, passes=(change(last, content=samples.KEYED),))),
        "unread": ("a tenth was read back, a full claim made", change(record, verification=change(seen, bytes_compared=capacity // 10))),
        "claim": ("a claim in spite of what was found", change(record, verification=change(seen, unreadable_sectors=8))),
        "sample": ("a sample that claims everything", change(samples.stick(), verification=_claiming_all())),
        "speed": ("a terabyte in a second", change(record, passes=(change(last, ended=last.started),))),
        "counts": ("more sectors differ than there are", _counting(2**40)),
    }  # fmt: skip
    for name, (why, lie) in lies.items():
        yield signed(f"consistent-{name}", why, lie, 9)
    purge = change(record, verdicts=(Verdict("p", "e", "purge", ()),))
    why = "a purge claimed for an overwrite: no page is drawn that says so, either"
    yield signed("consistent-purge", why, purge, 8, 9, drawn=record)


def _claiming_all() -> Verification:
    return samples.sampled(samples.STICK, 2, claim=Claim("1", "0", 0))


def _counting(different: int) -> Record:
    seen = samples.sampled(samples.STICK, 2, claim=None, different_sectors=different)
    return change(samples.not_erased(), verification=seen)


def bindings() -> Iterator[Case]:
    record = samples.erased()
    said = endorsement(ORGANISATION, ENDORSED, "2026-03-31T23:59:59+09:00")
    yield signed("bound-other-endorsement", "an endorsement of another key is attached", record, 10, endorsement=said)
    yield signed(
        "bound-anything", "something else is attached as the endorsement", record, 10, endorsement=b"really erased"
    )
    evidence = (Evidence("photo.jpg", "image/jpeg", 6, canonical.digest(b"before")),)
    pdf = papers(samples.erased(evidence=evidence))
    yield one("evidence-right", "nothing: the evidence beside is the bound one", pdf, photo_jpg=b"before")
    yield one("evidence-other", "the evidence beside is another file", pdf, 11, photo_jpg=b"after!")


def proofs() -> Iterator[Case]:
    pdf = papers(samples.erased())
    yield one("logged-nothing", "the proof beside proves nothing", pdf, 14, certificate_proof=b"it is in the ledger\n")
    right = _proof(samples.erased(), STATION)
    yield one("logged-right", "nothing: the ledger of one entry has it", pdf, certificate_proof=right)
    mailed = b"\xef\xbb\xbf" + right.replace(b"\n", b"\r\n") + b"\r\n"
    yield one(
        "logged-by-mail", "nothing: a mail program changed the line ends of the proof", pdf, certificate_proof=mailed
    )
    yield one(
        "logged-by-a-stranger",
        "a stranger signed the ledger",
        pdf,
        14,
        certificate_proof=_proof(samples.erased(), STRANGER),
    )


def _proof(record: Record, key: StationKey) -> bytes:
    """That a ledger of this one entry has the paper."""
    raw = canonical.encode(record)
    entry = closings.entry_of(Signed(record, canonical.digest(raw), STATION.sign(raw)), 1, 1)
    leaf = merkle.leaf_hash(canonical.encode(entry))
    return proof.write(Proof(canonical.encode(entry), 0, (), checkpoint.sign(checkpoint.origin_of(leaf), 1, leaf, key)))


def services() -> Iterator[Case]:
    yield signed("service-retired", "issued hours after the key was retired", by(RETIRED), 12, key=RETIRED)
    yield signed("service-lapsed", "issued after the endorsement had ended", by(LAPSED), 12, key=LAPSED)


def numbers() -> Iterator[Case]:
    first, second = papers(samples.erased()), papers(samples.stick())
    copied = papers(samples.erased(number=samples.number_of(STATION, 124), asset_tag="R07-0043"))
    yield Case(
        "number-one-key", "two jobs with one key", {"a.pdf": first, "b.pdf": copied}, {"a.pdf": (13,), "b.pdf": (13,)}
    )
    foreign = by(STATION, number=samples.number_of(ENDORSED, 7))
    yield signed("number-foreign", "the number is another station's", foreign, 9)
    yield Case(
        "number-twice",
        "two records under one number",
        {"a.pdf": first, "b.pdf": second},
        {"a.pdf": (13,), "b.pdf": (13,)},
    )
