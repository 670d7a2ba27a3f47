"""The JSON lines of what the ledger tells: its own state, the inventory against it, and the story of each medium."""

from __future__ import annotations

from typing import Literal

import msgspec

from certificates.identity import Named
from certificates.inventory import Aside
from certificates.ledger.timing import StepBack
from certificates.record import Health
from eraser.rows import Row


class LedgerState(Row, frozen=True, tag="ledger"):
    """`ledger verify`: the book is consistent. `head`: RFC 6962 tree head over all entries, hex. `grown_from`: how many entries it had at
    the checkpoints that it was compared with. `unproven`: numbers in the station's folder without a sound proof beside them (`ledger prove`
    makes it again); `uncompared`: numbers whose page another version drew, so that it could not be compared; `backwards`: how often
    the time of an entry is more than a minute before one that was reached before it, and `steps_back` the first of these places (no
    inconsistency, but worth knowing). `paperless`: numbers that the ledger has ended with a paper of which no authentic copy is here."""

    entries: int
    head: str
    consistent: bool
    grown_from: tuple[int, ...] = ()
    unproven: tuple[str, ...] = ()
    uncompared: tuple[str, ...] = ()
    backwards: int = 0
    steps_back: tuple[StepBack, ...] = ()
    paperless: tuple[str, ...] = ()


class Signed(Row, frozen=True, tag="checkpoint"):
    """`ledger checkpoint`: what was signed. `key`: the station's, as tools for signed notes take it."""

    origin: str
    entries: int
    head: str
    key: str


class Proven(Row, frozen=True, tag="proof"):
    """`ledger prove`: entry `seq` is about paper `number`, and was below the head over `entries` entries. `file`: the proof."""

    number: str
    file: str
    seq: int
    entries: int
    head: str


class Exported(Row, frozen=True, tag="export"):
    """`ledger export`: what was written, and how many entries."""

    format: Literal["jsonl", "csv", "tiles"]
    path: str
    entries: int


class Asset(Row, frozen=True):
    """`reconcile`: one row of the inventory. `gap`: it is open. `number`, `at`, `source`: what decided. `times`: known erasures. `lacks`:
    numbers of the row that what decided does not tell.

    `left`: when it was handed over without a proof. `cell` and `why`: of a row that names no medium, where that lies, and why not.
    """

    row: int
    asset_tag: str | None
    serial: str | None
    wwn: str | None
    status: str
    gap: bool
    number: str | None
    at: str | None
    source: str | None
    matched_by: tuple[str, ...]
    differs: tuple[str, ...]
    lacks: tuple[str, ...]
    times: int
    left: str | None
    cell: str | None
    why: str | None
    message: str


class Stranger(Row, frozen=True):
    """`reconcile`: a medium that the inventory does not have, and the last thing known of it."""

    number: str
    at: str
    what: str
    source: str
    medium: Named


class RefusedProof(Row, frozen=True):
    """`reconcile`: a file among the certificates that is not authentic and counts for nothing."""

    file: str
    message: str


class Reconciled(Row, frozen=True):
    """`reconcile`: the whole. `columns`: field -> the heading taken for it; `digest`: BLAKE3-256 of the inventory; `counts` by status;
    `walled_off`: rows of the ledger that are not sound;
    `aside`: rows below the headings that are no assets."""

    inventory: str
    digest: str
    columns: dict[str, str]
    assets: int
    counts: dict[str, int]
    strangers: int
    certificates: int
    not_authentic: int
    walled_off: int
    gaps: int
    closed: bool
    aside: tuple[Aside, ...] = ()


class Happened(Row, frozen=True):
    """`custody show`: something in the story of one medium. `what`: how a job ended, or the kind of an event; `number`: the job's, or
    `#` and the entry's place in the ledger. `entered`: when it was entered, if that was later."""

    at: str
    what: str
    number: str
    medium: Named
    person: str | None
    counterpart: str | None
    place: str | None
    seal: str | None
    note: str | None
    entered: str | None


class LifeRow(Row, frozen=True, tag="life"):
    """`ledger life`: one medium. `years` since its first use; `wipes` verified, `failures` not; `over`: limits reached (wipes, years)."""

    medium: Named
    first: str
    last: str
    years: float
    wipes: int
    failures: int
    ended: bool
    health: Health | None
    over: tuple[str, ...]


class FailureRow(msgspec.Struct, frozen=True):
    """What did not end well in a period, and how its medium stands today."""

    number: str
    what: str
    medium: Named
    status: str


class PeriodRow(Row, frozen=True, tag="period"):
    """`ledger report`: a period. `counts` by outcome and by `custody.KIND`; sizes and heads (hex) of the tree at both ends.
    `strays`: entries between these with a time outside of it; `steps_back`: where times step back in a way that concerns it; `at_once`:
    pairs of numbers that erased one medium at the same time."""

    first: str
    last: str
    entries: int
    jobs: int
    counts: dict[str, int]
    open_items: int
    unended: tuple[str, ...]
    failures: tuple[FailureRow, ...]
    size_before: int
    head_before: str
    size_after: int
    head_after: str
    strays: int = 0
    steps_back: tuple[StepBack, ...] = ()
    at_once: tuple[tuple[str, str], ...] = ()
