"""Sample certificates, one per outcome. Every name in them says that it is a sample: 見本市, Sample City."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from certificates import canonical, judgement
from certificates.paper import Paper
from certificates.people import Copy, Evidence, Issuer, People, Station
from certificates.record import (
    Challenge,
    Claim,
    Content,
    Coverage,
    Finding,
    Interruption,
    Medium,
    Method,
    Pass,
    Record,
    Reformat,
    Replug,
    Sampling,
    Sibling,
    Verification,
)
from certificates.sampling import drawn_again
from certificates.station_key import StationKey
from certificates.values import LbaRange, Words

# A key that anyone can make again: what it signs proves nothing.
KEY = StationKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))

DISK = Medium(
    kind="block-device",
    node="/dev/sdb",
    vendor="Sample Devices",
    model="SD1000VX-00A",
    serial="SMPL-WX31A80K7742",
    wwn="0x50014ee2b1234567",
    firmware="01.01A01",
    bus="sata",
    media_type="magnetic-disk",
    rotational=True,
    removable=False,
    capacity_bytes=1_000_204_886_016,
    logical_sector_bytes=512,
    physical_sector_bytes=4096,
    path="pci-0000:00:17.0-ata-2",
    diskseq=14,
)
NAMESPACE = msgspec.structs.replace(
    DISK,
    node="/dev/nvme0n1",
    serial="NV0042",
    wwn="eui.0025385b71b0a101",
    bus="nvme",
    media_type="nvme-ssd",
    rotational=False,
    part="1",
    siblings=(Sibling("namespace", "2", "/dev/nvme0n2", "eui.0025385b71b0a102", 64_000_000_000),),
)
STICK = Medium(
    kind="block-device",
    node="/dev/sdc",
    vendor="Sample",
    model="Flash Drive 3.2",
    serial="0401396D7D5A9C0E",
    wwn=None,
    firmware="1.00",
    bus="usb",
    media_type="usb-flash",
    rotational=False,
    removable=True,
    capacity_bytes=31_914_983_424,
    logical_sector_bytes=512,
    physical_sector_bytes=512,
    path="pci-0000:00:14.0-usb-0:2:1.0-scsi-0:0:0:0",
    diskseq=21,
)
IMAGE = Medium(
    kind="image-file",
    node="mihon.img",
    vendor=None,
    model=None,
    serial=None,
    wwn=None,
    firmware=None,
    bus=None,
    media_type="unknown",
    rotational=None,
    removable=None,
    capacity_bytes=10_000_000,
    logical_sector_bytes=512,
    physical_sector_bytes=512,
    path=None,
    diskseq=None,
)

PEOPLE = People(
    customer="見本市",
    organisation="見本情報サービス株式会社",
    operator="髙﨑 見本",
    witnesses=("𠮷田 立会",),
    validator="見本 責任",
    location="見本市役所 3階 サーバ室",
)
KEYED = Content(kind="keyed", key=None, pattern=None)
LAST = Content(kind="keyed", key=bytes(range(0x40, 0x60)).hex(), pattern=None)
ZERO = Content(kind="fixed", key=None, pattern="00")


def pass_of(
    number: int, medium: Medium, content: Content, written: int | None = None, flushed: bool = True, **more: Any
) -> Pass:
    hour = 8 + 2 * number
    done = Pass(
        number=number,
        content=content,
        started=f"2025-11-22T{hour:02}:00:12+09:00",
        ended=f"2025-11-22T{hour + 1:02}:47:50+09:00",
        bytes_written=medium.capacity_bytes if written is None else written,
        flushed=flushed,
        unwritable=(),
    )
    return msgspec.structs.replace(done, **more)


def method(passes: int, fixed: bool = False) -> Method:
    flash = passes == 2
    name = (
        Words("Two keyed passes", "鍵付き乱数 2回上書き") if flash else Words("One keyed pass", "鍵付き乱数 1回上書き")
    )
    why = Words(
        "auto: the medium is flash or may be; a second pass reaches most spare cells (Wei et al., FAST 2011; SP 800-88r1 table A-8)",
        "自動選択: フラッシュメモリ（又はその可能性）のため（2回目の上書きで予備領域の大半に到達。Wei他 FAST 2011、SP 800-88r1 表A-8）",
    )
    if not flash:
        why = Words("auto: one pass suffices on a magnetic disk", "自動選択: 磁気ディスクは1回の上書きで足りるため")
    if fixed:
        return Method("zero", Words("Overwriting with zeros", "ゼロ上書き"), "5a" * 32, None, passes)
    return Method(id="keyed-2" if flash else "keyed", name=name, table_digest="5a" * 32, why=why, passes_asked=passes)


CHALLENGE = Challenge(seed="c0" * 32, places=97, place_bytes=4096, wrong=(), window_bytes=7_794_688, probes=4095)


REPLUG = Replug(
    asked="2025-11-22T13:58:41+09:00",
    back="2025-11-22T13:59:20+09:00",
    node="/dev/sdd",
    path=DISK.path,
    diskseq_before=14,
    diskseq=22,
)


REFORMAT = Reformat("fat32", "dos", (LbaRange(0, 7), LbaRange(2048, 34_943)), "f0" * 32)


def full(medium: Medium, of_pass: int, **more: Any) -> Verification:
    seen = Verification(
        plan="full",
        of_pass=of_pass,
        seed=None,
        places=1,
        bytes_to_read=medium.capacity_bytes,
        bytes_compared=medium.capacity_bytes,
        started="2025-11-22T14:02:03+09:00",
        ended="2025-11-22T15:44:09+09:00",
        complete=True,
        different_sectors=0,
        unreadable_sectors=0,
        findings=(),
        claim=Claim(confidence="1", residual_at_most="0", longest_unseen_bytes=0),
    )
    return msgspec.structs.replace(seen, **more)


def sampled(medium: Medium, of_pass: int, how: Sampling | None = None, **more: Any) -> Verification:
    """After nist-r1, or with `how` a sample."""
    plan = "nist-r1" if how is None else "sample"
    asked = full(medium, of_pass, plan=plan, seed="1f" * 32, sampling=how)
    drawn = drawn_again(asked, medium)
    assert drawn is not None
    claim = Claim("0.99" if how is None else how.confidence, "0.00230", drawn.longest_unseen_bytes)
    facts = {"places": drawn.places, "bytes_to_read": drawn.bytes, "bytes_compared": drawn.bytes, "claim": claim}
    return msgspec.structs.replace(asked, **{**facts, **more})


def record(medium: Medium, passes: tuple[Pass, ...], verification: Verification | None, **more: Any) -> Record:
    """A record whose outcome, verdicts and risks follow from its facts."""
    asked = more.pop("asked", len(passes))
    interruptions = more.get("interruptions", ())
    challenge = more.get("challenge", None if medium.kind == "image-file" else CHALLENGE)
    outcome = judgement.outcome(
        medium, method(asked), passes, challenge, verification, interruptions, more.get("earlier_verifications", ())
    )
    coverage = Coverage(LbaRange(0, -(-medium.capacity_bytes // medium.logical_sector_bytes) - 1), "not-examined")
    done = judgement.deed(medium, "host-overwrite", outcome, passes, verification, coverage)
    made = Record(
        schema="eraser/record/1",
        number=number_of(KEY, 123),
        outcome=outcome,
        issued="2025-11-22T15:45:30+09:00",
        started="2025-11-22T09:58:41+09:00",
        ended="2025-11-22T15:45:28+09:00",
        languages=("ja", "en"),
        medium=medium,
        asset_tag="見本-R07-0042",
        reason="return",
        people=PEOPLE,
        technique="host-overwrite",
        method=method(asked, bool(passes) and passes[-1].content.kind == "fixed"),
        coverage=coverage,
        challenge=challenge,
        passes=passes,
        verification=verification,
        interruptions=interruptions,
        verdicts=judgement.verdicts(done, more.pop("policies", None), more.pop("data_class", None)),
        residual_risks=judgement.residual_risks(medium, passes, challenge, verification),
        evidence=(),
        station=Station(
            key_id=KEY.key_id,
            host="mihon-station-01",
            tool="eraser",
            tool_version="0.1.0",
            kernel="Linux 6.1.0-30-amd64",
            python="3.11.7",
        ),
    )
    return msgspec.structs.replace(made, **more)


def erased(**more: Any) -> Record:
    return record(DISK, (pass_of(1, DISK, LAST),), full(DISK, 1), **more)


def namespace(**more: Any) -> Record:
    """One namespace of a drive that has two."""
    return record(NAMESPACE, (pass_of(1, NAMESPACE, LAST),), full(NAMESPACE, 1), **more)


def replugged(**more: Any) -> Record:
    """Unplugged and plugged in again before it was verified."""
    return erased(**{"replug": REPLUG, **more})


def reformatted(**more: Any) -> Record:
    """A stick that is used again: ready for use once its certificate is issued."""
    return stick(**{"reformat": REFORMAT, **more})


def stick(**more: Any) -> Record:
    """Two passes on flash, verified by a sample, with photographs."""
    passes = (pass_of(1, STICK, KEYED), pass_of(2, STICK, LAST))
    photographs = (
        Evidence("before.jpg", "image/jpeg", 2_314_112, canonical.digest(b"before")),
        Evidence("after.jpg", "image/jpeg", 2_198_440, canonical.digest(b"after")),
    )
    return record(STICK, passes, sampled(STICK, 2), **{"evidence": photographs, **more})


def photograph(name: str, shade: int = 128, size: tuple[int, int] = (64, 48)) -> tuple[Copy, bytes]:
    """A copy as the tool prints it, of one colour."""
    out = BytesIO()
    Image.new("RGB", size, (shade, 90, 90)).save(out, "JPEG")
    content = out.getvalue()
    return Copy(name, len(content), canonical.digest(content), *size), content


def photographed(**more: Any) -> tuple[Record, dict[str, bytes]]:
    """With a logo, two photographs and a document; and the pictures themselves."""
    made = [photograph("logo.jpg", 10, (120, 40)), photograph("photo-1.jpg"), photograph("photo-2.jpg", 240, (30, 90))]
    logo, before, after = (copy for copy, _ in made)
    issuer = Issuer(
        Words("Sample Information Services Ltd.", "見本情報サービス株式会社"),
        Words("1-2-3 Mihon, Sample City", "見本市見本町1-2-3"),
        "042-000-0000",
        logo,
    )
    evidence = (
        Evidence("before.jpg", "image/jpeg", 2_314_112, canonical.digest(b"before"), "消去前（銘板）", before),
        Evidence("after.jpg", "image/jpeg", 2_198_440, canonical.digest(b"after"), None, after),
        Evidence("指示書.pdf", "application/pdf", 48_120, canonical.digest(b"order")),
    )
    record = erased(**{"issuer": issuer, "evidence": evidence, **more})
    return record, {copy.name: content for copy, content in made}


def sampled_disk(how: Sampling, residual: str) -> Record:
    """One pass on a disk, verified by the plan sample."""
    check = sampled(DISK, 1, how)
    assert check.claim is not None
    claim = msgspec.structs.replace(check.claim, residual_at_most=residual)
    return record(DISK, (pass_of(1, DISK, LAST),), msgspec.structs.replace(check, claim=claim))


def exceptions(ranges: int = 3, **more: Any) -> Record:
    """Bad sectors: some could not be written, one not be read back."""
    bad = tuple(LbaRange(1_000_448 + 7_919 * n, 1_000_448 + 7_919 * n + n % 9) for n in range(ranges))
    lost = sum(each.last - each.first + 1 for each in bad) * 512
    written = pass_of(1, DISK, LAST, DISK.capacity_bytes - lost, unwritable=bad)
    unreadable = Finding("unreadable", LbaRange(1_953_125, 1_953_132), None)
    seen = full(DISK, 1, unreadable_sectors=8, findings=(unreadable,), claim=None)
    return record(DISK, (written,), seen, **more)


def not_erased(**more: Any) -> Record:
    """A stick of false capacity: addresses wrap at 8 GiB."""
    wrong = tuple(Finding("another-address", LbaRange(2**24 + 8 * n, 2**24 + 8 * n + 7), 4096 * n) for n in range(24))
    passes = (pass_of(1, STICK, KEYED), pass_of(2, STICK, LAST))
    seen = judgement.measured(sampled(STICK, 2, different_sectors=4_556_096, findings=wrong, claim=None), STICK)
    challenge = judgement.with_true_capacity(msgspec.structs.replace(CHALLENGE, wrong=wrong[:2]), 512)
    return record(STICK, passes, seen, **{"challenge": challenge, **more})


def interrupted(**more: Any) -> Record:
    passes = (pass_of(1, STICK, KEYED), pass_of(2, STICK, LAST, 10_908_336_128, flushed=False))
    stop = Interruption("2025-11-22T13:47:50+09:00", "write", "ctrl-c", "SIGINT", 10_908_336_128)
    return record(STICK, passes, None, **{"interruptions": (stop,), **more})


def image(**more: Any) -> Record:
    """A file in place of a disk, wiped with zeros: most fields are not recorded."""
    nobody = People(None, None, None, (), None, None)
    return record(
        IMAGE,
        (pass_of(1, IMAGE, ZERO),),
        full(IMAGE, 1),
        **{"people": nobody, "asset_tag": None, "reason": None, **more},
    )


OUTCOMES = {
    "erased": erased,
    "erased-with-exceptions": exceptions,
    "not-erased": not_erased,
    "interrupted": interrupted,
}


def with_key(made: Record, key: str) -> Record:
    """The same, its last pass written with another key (64 hex digits)."""
    content = msgspec.structs.replace(made.passes[-1].content, key=key)
    return msgspec.structs.replace(
        made, passes=(*made.passes[:-1], msgspec.structs.replace(made.passes[-1], content=content))
    )


def number_of(key: StationKey, count: int) -> str:
    """A number that the station with this key gives out."""
    return f"{key.key_id[:8].upper()}-{count:06d}"


class Issued(NamedTuple):
    record: Any
    json: bytes
    signature: bytes
    pem: bytes
    pdf: bytes


def issue(made: Paper, key: StationKey = KEY, pictures: Mapping[str, bytes] | None = None) -> Issued:
    """Signed and drawn, as the tool does it."""
    from certificates.page import render

    raw = canonical.encode(made)
    signature = key.sign(raw)
    return Issued(made, raw, signature, key.public_pem, render(made, raw, signature, key.public_pem, pictures))
