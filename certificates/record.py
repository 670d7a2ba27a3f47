"""The record: what happened to one medium, in the shape that is signed (schema v1).

Frozen, strict (an unknown field is an error) and safe in JSON: integers stay below 2^53 (RFC 8785 numbers are doubles), times are
RFC 3339 strings with their zone, bytes are lower-case hex. A field that was not given is null, never left out. LBAs count logical
sectors from 0 at the medium's start, and every range includes both ends.
"""

from __future__ import annotations

from typing import Literal

from certificates.people import CustodyEvent, Evidence, Handling, Issuer, People, Station
from certificates.values import Count, Hex, LbaRange, Time, Value, Words

SCHEMA = "eraser/record/1"


Outcome = Literal["erased", "erased-with-exceptions", "not-erased", "interrupted"]
MediaType = Literal["magnetic-disk", "sata-ssd", "nvme-ssd", "usb-flash", "sd-emmc", "optical", "unknown"]
Reason = Literal["disposal", "return", "renewal", "reuse", "repair"]
# `not-confirmed`: the policy is not known to grant a category, nor to refuse one. Never taken in anybody's favour.
Category = Literal["clear", "purge", "destroy", "none", "not-confirmed"]
# Classes of data as the MIC guideline has them: マイナンバー利用事務系, 機密性2以上, 機密性1.
DataClass = Literal["mynumber", "confidential-2", "confidential-1"]
Sufficiency = Literal["sufficient", "not-sufficient", "not-confirmed"]
# How sure the table is of what it says; `own`: the owner's table, which speaks for itself.
Sureness = Literal["confirmed", "as-read-by-a-tool", "not-confirmed", "own"]


class Sibling(Value, frozen=True):
    """Another part of the drive that the medium is a part of: what is done to the medium leaves it as it is.

    `namespace` of an NVMe drive, logical `unit` of a SCSI or USB device, `area` of a memory card (boot, general purpose, user); these
    belong to the drive. `replay-protected`: a card's area that only the holder of its key writes to. `slot`: another unit of the same USB
    device whose medium comes off, so probably another card in the same reader. `part`: as `Medium.part`; `wwn`: its own, if it has one.
    """

    kind: Literal["namespace", "unit", "area", "replay-protected", "slot"]
    part: str
    node: str
    wwn: str | None
    capacity_bytes: Count


class Medium(Value, frozen=True):
    """The identity of the medium, as the kernel told it before the first write.

    `serial` is the drive's, which all its parts share; `wwn` the part's own. `part`: which part of the drive the medium is (the number of
    an NVMe namespace or of a logical unit, the name of a card's area: `user`, `boot0`), null where it is the whole; `siblings`: the
    other parts that were there. `path` is where it was plugged in (udev's ID_PATH); `diskseq` the kernel's sequence number of this
    attachment; an image file has neither vendor nor serial, and its `node` is the file's name. `unmaps`: it takes commands to give blocks
    up (TRIM, discard, thin provisioning), after which they read as zeros that are stored nowhere.
    """

    kind: Literal["block-device", "image-file"]
    node: str
    vendor: str | None
    model: str | None
    serial: str | None
    wwn: str | None
    firmware: str | None
    bus: str | None
    media_type: MediaType
    rotational: bool | None
    removable: bool | None
    capacity_bytes: Count
    logical_sector_bytes: Count
    physical_sector_bytes: Count
    path: str | None
    diskseq: Count | None
    unmaps: bool | None = None
    part: str | None = None
    siblings: tuple[Sibling, ...] = ()


class Content(Value, frozen=True):
    """What a pass writes. keyed: AES-256-CTR of zeros, counter block = byte offset / 16 (128 bits, big-endian); `key` only for the last
    pass. fixed: `pattern` repeated from the medium's first byte."""

    kind: Literal["keyed", "fixed"]
    key: Hex | None
    pattern: Hex | None


class Pass(Value, frozen=True):
    """One pass over the whole medium, as far as it came. `flushed`: the device confirmed that its caches were written out."""

    number: Count
    content: Content
    started: Time
    ended: Time
    bytes_written: Count
    flushed: bool
    unwritable: tuple[LbaRange, ...]


class Method(Value, frozen=True):
    """The overwrite method: its id in the table, names, and the BLAKE3-256 of the table entry's canonical JSON.

    `why` tells why `auto` took it. `check`: which passes the method itself demands to be read back; with `each`, every one is, by the same
    plan, before the next begins.
    """

    id: str
    name: Words
    table_digest: Hex
    why: Words | None
    passes_asked: Count
    check: Literal["last", "each", "none"] = "last"


class Challenge(Value, frozen=True):
    """The capacity challenge: keyed blocks written at `places` places (drawn from `seed`), then read back past the caches.

    The first `window_bytes` were written and read back too, and `probes` further places were read to see whether one of them shows what
    was written elsewhere. `true_capacity_bytes`: addresses wrap, and the medium holds no more than this.
    """

    seed: Hex
    places: Count
    place_bytes: Count
    wrong: tuple[Finding, ...]
    window_bytes: Count = 0
    probes: Count = 0
    true_capacity_bytes: Count | None = None


FindingKind = Literal["different", "zeros", "another-address", "stale", "unreadable"]


class Finding(Value, frozen=True):
    """Something that is not as it should be. `another-address`: the block's content belongs to byte `belongs_to` (addresses wrap)."""

    kind: FindingKind
    lbas: LbaRange
    belongs_to: Count | None


class Claim(Value, frozen=True):
    """What a clean result proves: had more than `residual_at_most` of the medium held anything else, wherever it lay, such a check would
    have met some of it with a probability of at least `confidence`. Both are decimal strings (fractions, "0.99", "0.00230"); full reads
    have confidence "1" and residual "0". `longest_unseen_bytes`: the longest run that the plan could have missed."""

    confidence: str
    residual_at_most: str
    longest_unseen_bytes: Count


class Sampling(Value, frozen=True):
    """How the places of the plan `sample` were drawn: one block of `block_bytes` in each of `strata` equal parts of the medium.

    `residual`: with this and `confidence` the number of strata was worked out; null where the number itself was asked for. Both are
    decimal strings (fractions).
    """

    strata: Count
    block_bytes: Count
    confidence: str
    residual: str | None


class Verification(Value, frozen=True):
    """Reading back: the plan, what was compared, what was found (the first ones listed, all counted).

    `true_capacity_bytes`: addresses wrap, and the medium holds no more than this. `sampling`: of the plan `sample` only.
    """

    plan: Literal["full", "nist-r1", "sample"]
    of_pass: Count
    seed: Hex | None
    places: Count
    bytes_to_read: Count
    bytes_compared: Count
    started: Time
    ended: Time
    complete: bool
    different_sectors: Count
    unreadable_sectors: Count
    findings: tuple[Finding, ...]
    claim: Claim | None
    true_capacity_bytes: Count | None = None
    sampling: Sampling | None = None


class Interruption(Value, frozen=True):
    """The job stopped or paused: `cause` is a key of the words table (`interruption.*`), `detail` what the system said."""

    at: Time
    phase: Literal["challenge", "write", "replug", "verify", "certify"]
    cause: str
    detail: str
    bytes_done: Count


class ClockJump(Value, frozen=True):
    """The machine's clock was set while the job ran: at `at`, by `seconds` (negative: back). The record's durations come from a clock that
    nobody can set, and its times are those of the machine's clock as it was at the end."""

    at: Time
    seconds: int


class Replug(Value, frozen=True):
    """Between writing and verifying, the medium was unplugged (`asked` at the earliest) and plugged in again (`back` at the latest).

    `node`, `path` and `diskseq` are those of the new attachment; the kernel counts attachments up.
    """

    asked: Time
    back: Time
    node: str
    path: str | None
    diskseq_before: Count
    diskseq: Count


FileSystem = Literal["exfat", "fat32"]


class Reformat(Value, frozen=True):
    """After the certificate is issued, the medium gets a partition table and an empty file system; everything else on the record is from
    before. `ranges` are the only sectors that this writes, `blake3` the BLAKE3-256 of their bytes, in that order."""

    file_system: FileSystem
    table: Literal["dos", "gpt"]
    ranges: tuple[LbaRange, ...]
    blake3: Hex


class Coverage(Value, frozen=True):
    """What the job could reach. Hidden areas (HPA, DCO, AMAC) are told apart from what was never looked at."""

    addressed: LbaRange
    hidden_areas: Literal["none-found", "present", "not-examined"]


class Health(Value, frozen=True):
    """What the drive says of itself (smartctl), in its own counts; null where it says nothing. `at`: when it was asked."""

    at: Time
    passed: bool | None
    temperature_celsius: int | None
    reallocated_sectors: Count | None
    pending_sectors: Count | None
    media_errors: Count | None
    power_on_hours: Count | None
    percentage_used: Count | None


class Verdict(Value, frozen=True):
    """The category reached under one policy edition; `reasons` are keys of the words table (`verdict.*`).

    `sufficiency` for data of `data_class`: null if no class was given, or if the policy doesn't grade data. `sure`: how sure the table
    is of its row. `table_digest`: BLAKE3-256 of the canonical JSON of the policy's table, from which the verdict can be worked out again.
    """

    policy: str
    edition: str
    category: Category
    reasons: tuple[str, ...]
    data_class: DataClass | None = None
    sufficiency: Sufficiency | None = None
    sure: Sureness | None = None
    table_digest: Hex | None = None


class Record(Value, frozen=True):
    """All that is known about one job on one medium. Its RFC 8785 bytes are what is signed.

    `continues`: the number of an interrupted job that this one took up where it stopped. `earlier_verifications`: of passes before
    the last, where the method demands it. `custody`: what the ledger knew of the medium's hands when this was issued.
    """

    schema: Literal["eraser/record/1"]
    number: str
    outcome: Outcome
    issued: Time
    started: Time
    ended: Time
    languages: tuple[Literal["ja", "en"], ...]
    medium: Medium
    asset_tag: str | None
    reason: Reason | None
    people: People
    technique: Literal["host-overwrite"]
    method: Method
    coverage: Coverage
    challenge: Challenge | None
    passes: tuple[Pass, ...]
    verification: Verification | None
    interruptions: tuple[Interruption, ...]
    verdicts: tuple[Verdict, ...]
    residual_risks: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    station: Station
    continues: str | None = None
    earlier_verifications: tuple[Verification, ...] = ()
    health_before: Health | None = None
    health_after: Health | None = None
    replug: Replug | None = None
    reformat: Reformat | None = None
    handling: Handling = Handling()
    issuer: Issuer | None = None
    custody: tuple[CustodyEvent, ...] = ()
    clock_jumps: tuple[ClockJump, ...] = ()
