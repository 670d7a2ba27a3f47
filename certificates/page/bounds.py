"""How long a record's lists and texts may be on paper. No job comes near; a file made to keep an auditor waiting does."""

from __future__ import annotations

from collections.abc import Iterator, Sized

import msgspec

from certificates.check import CheckRecord
from certificates.destruction import DestructionRecord
from certificates.inspection import InspectionRecord
from certificates.paper import Paper
from certificates.record import Record

LONGEST_TEXT = 4000
MOST_TEXT = 200_000


def check(paper: Paper) -> None:
    """Raises ValueError for a paper that no page is drawn for."""
    lists: dict[str, tuple[Sized, int]] = {
        "languages": (paper.languages, 2),
        "witnesses": (paper.people.witnesses, 100),
        **(_of_an_erasure(paper) if isinstance(paper, Record) else {}),
        **(_of_a_check(paper) if isinstance(paper, CheckRecord) else {}),
        **(_of_an_inspection(paper) if isinstance(paper, InspectionRecord) else {}),
        **(_of_a_destruction(paper) if isinstance(paper, DestructionRecord) else {}),
    }
    for name, (items, most) in lists.items():
        if len(items) > most:
            raise ValueError(f"{name}: {len(items)}, more than {most}")
    if len(set(paper.languages)) != len(paper.languages) or not paper.languages:
        raise ValueError("a page needs each of its languages once")
    lengths = list(_lengths(msgspec.to_builtins(paper)))
    if (longest := max(lengths)) > LONGEST_TEXT or sum(lengths) > MOST_TEXT:
        raise ValueError(f"texts of {longest} and of {sum(lengths)} characters in all, more than a page has room for")


def _of_an_erasure(record: Record) -> dict[str, tuple[Sized, int]]:
    seen = record.verification
    return {
        "passes": (record.passes, 200),
        "verdicts": (record.verdicts, 50),
        "reasons": ([reason for verdict in record.verdicts for reason in verdict.reasons], 500),
        "siblings": (record.medium.siblings, 1024),
        "risks": (record.residual_risks, 50),
        "interruptions": (record.interruptions, 1000),
        "evidence": (record.evidence, 2000),
        "earlier verifications": (record.earlier_verifications, 200),
        "findings": (seen.findings if seen else (), 20_000),
        "findings of the challenge": (record.challenge.wrong if record.challenge else (), 20_000),
        "custody": (record.custody, 500),
        "unwritable": ([extent for each in record.passes for extent in each.unwritable], 100_000),
    }


def _of_a_check(record: CheckRecord) -> dict[str, tuple[Sized, int]]:
    reformat = record.certificate.reformat
    return {
        "differences": (record.differences, 20),
        "exceptions": (record.certificate.exceptions, 100_000),
        "findings": (record.verification.findings if record.verification else (), 20_000),
        "format": (reformat.ranges if reformat else (), 1000),
    }


def _of_an_inspection(record: InspectionRecord) -> dict[str, tuple[Sized, int]]:
    return {
        "kinds": (record.kinds, 500),
        "texts": (record.texts, 50),
        "partitions": (record.layout.partitions, 200),
        "structures": (record.layout.structures, 1000),
        "regions": (record.regions, 5000),
        "unreadable": (record.reading.unreadable, 20_000),
    }


def _of_a_destruction(record: DestructionRecord) -> dict[str, tuple[Sized, int]]:
    return {
        "media": (record.items, 1000),
        "verdicts": ([verdict for each in record.judged for verdict in each.verdicts], 200),
        "evidence": (record.evidence, 2000),
    }


def _lengths(value: object) -> Iterator[int]:
    """The lengths of all texts in it."""
    parts = [value]
    for part in parts:  # which grows meanwhile
        if isinstance(part, str):
            yield len(part)
        elif isinstance(part, dict):
            parts.extend(part.values())
        elif isinstance(part, list | tuple):
            parts.extend(part)
