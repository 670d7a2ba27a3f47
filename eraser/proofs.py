"""What counts as proof on this machine: the station's own papers, and certificates that others handed in, once they are audited."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from tqdm import tqdm

from certificates import canonical
from certificates.audit import Audit, audit_files
from certificates.history import Fact, from_record


class HandedIn(msgspec.Struct, frozen=True):
    """Facts from authentic certificates; and what is not authentic, with the reason."""

    facts: tuple[Fact, ...]
    refused: tuple[tuple[str, str], ...]


def authentic(folders: Sequence[Path], trusted: Mapping[str, bytes], *, quiet: bool) -> HandedIn:
    """Audit everything in these folders. `trusted`: the keys (PEM) that count, by id."""
    facts: list[Fact] = []
    refused: list[tuple[str, str]] = []
    with tqdm(unit="", disable=quiet or not folders or not sys.stderr.isatty(), leave=False) as bar:
        for folder in folders:
            for audited in audit_files(folder, trusted):
                bar.update()
                record = audited.record if audited.authentic else None
                if record is None:
                    refused.append((audited.file, _reason(audited)))
                else:
                    facts.append(from_record(record, canonical.digest(canonical.encode(record)), audited.file))
    return HandedIn(tuple(facts), tuple(refused))


def now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _reason(audited: Audit) -> str:
    return next((check.message() for check in audited.checks if check.state == "failed"), "-")
