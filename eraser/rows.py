"""The JSON lines that commands print with `--json`, besides a job's events. Their schemas are in docs/schemas."""

from __future__ import annotations

from typing import Literal

import msgspec

from certificates.audit.folder import Why
from certificates.check import Against, CheckOutcome, FormatState
from certificates.destruction import DestructionOutcome, Judged
from certificates.identity import Named
from certificates.paper import PaperOutcome
from certificates.policy import Policy
from certificates.record import Claim, Finding, MediaType, Medium, Sampling, Verdict
from eraser.events import kebab
from eraser.signatures import Signature
from eraser.usage import Use
from verifier.carving import FoundFile
from verifier.entropy import Cell
from verifier.partitions import Layout
from verifier.readable import TextRegion
from verifier.survey import Range


class Row(msgspec.Struct, frozen=True, tag_field="type", tag=kebab):
    """One line."""


class ReasonRow(msgspec.Struct, frozen=True):
    """Why a medium may not be wiped: a stable key, and the sentence in the language in force."""

    key: str
    text: str


class Device(Row, frozen=True):
    """`devices`: one attached medium. `confirm` is what `wipe --confirm` takes for it. `kind`: disk, partition, optical or other.

    `due`: the sentence for one that has reached a limit of age or wipes. `same_medium`: other nodes that lead to the same medium.
    `signatures`: what it says that it holds; null if it could not be looked at.
    """

    node: str
    confirm: str
    kind: str
    medium: Medium
    read_only: bool
    uses: tuple[Use, ...]
    may_be_wiped: bool
    reasons: tuple[ReasonRow, ...]
    due: str | None = None
    same_medium: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] | None = None


class Planned(Row, frozen=True, tag="plan"):
    """`wipe --dry-run`, `verify --dry-run`: what would be done to one target. `places` and `read` (bytes) are of the verification.

    `drawn`: places that would be drawn independently of each other. `seconds`: expected for reading, from a measurement of the device
    just now; null if it could not be read. `claim` is what a clean result would support, `proves` the same in sentences; null where
    the certificate lists sectors that are not compared.
    `verdicts`: what the policies will say if all goes well. `signatures`: as in `devices`.
    """

    target: str
    method: str
    passes: int
    bytes: int
    plan: str
    places: int
    read: int
    drawn: int
    seconds: float | None
    claim: Claim | None
    proves: tuple[str, ...]
    verdicts: tuple[Verdict, ...] = ()
    signatures: tuple[Signature, ...] | None = None


class Audited(Row, frozen=True, tag="audit"):
    """`audit`: one certificate. `authentic`: unaltered, consistent and signed by a trusted key; `unaltered`: all but the trust.

    `failed` names the checks that failed, by their number in docs/certificate.md; `messages` says what each of them means,
    `hints` what to do. `notes`: what should be known although nothing failed. `schema`: the kind of record; `digest`: BLAKE3-256 of it.
    `same_as`: another file of this audit with the same certificate; such a one is counted once.
    """

    file: str
    authentic: bool
    unaltered: bool
    trusted: bool
    number: str | None
    outcome: PaperOutcome | None
    key_id: str | None
    failed: tuple[int, ...]
    messages: tuple[str, ...]
    hints: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    schema: str | None = None
    digest: str | None = None
    same_as: str | None = None


class NotAudited(Row, frozen=True):
    """`audit`: something in a folder that is no certificate; `message` says why it is taken for none. `doubtful`: a certificate seems to
    be inside, so that the folder as a whole is not confirmed (exit code 6)."""

    file: str
    why: Why
    message: str
    doubtful: bool


class Compared(Row, frozen=True, tag="verification"):
    """`verify`: the medium in hand against its certificate.

    `same_identity`: serial and WWN are the certificate's; null where there are none to compare. `not_compared_sectors`: listed on the
    certificate as unwritable or unreadable. `differences` are fields of the identity that differ, as told.
    `findings` count the certificate's logical sectors. `check`: the number of the check's own record; `outcome`, `against` and `format` are
    as there, `papers` its files.
    """

    target: str
    number: str
    matches: bool
    same_content: bool
    same_identity: bool | None
    plan: str
    seed: str | None
    bytes_compared: int
    not_compared_sectors: int
    different_sectors: int
    unreadable_sectors: int
    findings: tuple[Finding, ...]
    differences: tuple[str, ...]
    true_capacity_bytes: int | None = None
    sampling: Sampling | None = None
    claim: Claim | None = None
    proves: tuple[str, ...] = ()
    check: str | None = None
    outcome: CheckOutcome | None = None
    against: tuple[Against, ...] = ()
    format: FormatState | None = None
    papers: tuple[str, ...] = ()


class Inspected(Row, frozen=True, tag="inspection"):
    """`inspect`: what a recovery tool would find; all but the first and the last three are as in `verifier.inspection.Inspection`.

    `stopped`: why it ended early, if it did. `number` and `papers`: of the record, if one was issued.
    """

    target: str
    size_bytes: int
    bytes_read: int
    unreadable_bytes: int
    unreadable_places: int
    unreadable: tuple[Range, ...]
    bytes_not_reached: int
    layout: Layout
    counts: dict[str, int]
    files: tuple[FoundFile, ...]
    texts: dict[str, int]
    text_regions: tuple[TextRegion, ...]
    text_bytes: int
    recoverable: int
    map: tuple[Cell, ...]
    stopped: str | None
    number: str | None
    papers: tuple[str, ...]


class Endorsed(msgspec.Struct, frozen=True):
    """By whom, under which name, and for certificates issued from when until when (both included)."""

    organisation: str
    station: str
    valid_from: str
    valid_until: str


class Key(Row, frozen=True):
    """`key show`: the public half of the station's key; since when it is out of service; who endorsed it."""

    key_id: str
    pem: str
    retired: str | None = None
    endorsements: tuple[Endorsed, ...] = ()


class Check(Row, frozen=True):
    """`doctor`: one thing looked at. `needed`: without it nothing can be wiped; `mend`: what to do."""

    name: str
    ok: bool
    needed: bool
    found: str
    mend: str


class Job(Row, frozen=True):
    """`jobs`: one job under way or interrupted. `percent` of the pass is safe, whatever happens."""

    state: Literal["running", "interrupted", "lost"]
    number: str
    medium: str
    method: str
    pass_number: int
    passes: int
    percent: int


class Open(Row, frozen=True):
    """`jobs`: a number that was taken, has no end in the ledger, and no journal. `kind`: of the entry that took it; `running`: a process
    works on it now."""

    number: str
    at: str
    node: str | None
    kind: str
    running: bool


class PolicyTable(Row, frozen=True, tag="policy"):
    """`policies`: one policy. `table_digest` is what a certificate's verdict names, over the canonical JSON of `table`."""

    id: str
    table_digest: str
    table: Policy


class DestroyedRow(msgspec.Struct, frozen=True):
    """One medium of a destruction, and what came of it."""

    medium: Named
    media_type: MediaType
    outcome: DestructionOutcome


class Destroyed(Row, frozen=True):
    """`destroy`: the record that was issued. `judged`: each kind of medium with its verdicts; `digest`: BLAKE3-256 of its JSON."""

    number: str
    outcome: DestructionOutcome
    digest: str
    media: tuple[DestroyedRow, ...]
    judged: tuple[Judged, ...]
    files: tuple[str, ...]
    warnings: tuple[str, ...]
