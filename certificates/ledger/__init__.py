"""The ledger: everything that happened on a station, append-only, each entry's canonical bytes a leaf of an RFC 6962 tree.

entries      the kinds of entries: add yours there
book         Ledger: takes numbers, appends, reads
checking     does a ledger still tell what was written? (pure)
timing       where its times step back (pure)
merkle       tree head, inclusion and consistency proofs (pure)
stores       where it is kept: `tables` is what all stores share, one module for each database
"""

from certificates.ledger.book import Ledger
from certificates.ledger.checking import Head, verify
from certificates.ledger.entries import (
    Abandoned,
    Checked,
    CheckStarted,
    Closing,
    Custody,
    DestroyedMedium,
    DestructionEnded,
    DestructionStarted,
    Ended,
    Ending,
    Entry,
    Inspected,
    InspectionStarted,
    Opening,
    Place,
    Reformatted,
    Started,
)

__all__ = [
    "Abandoned",
    "CheckStarted",
    "Checked",
    "Closing",
    "Custody",
    "DestroyedMedium",
    "DestructionEnded",
    "DestructionStarted",
    "Ended",
    "Ending",
    "Entry",
    "Head",
    "Inspected",
    "InspectionStarted",
    "Ledger",
    "Opening",
    "Place",
    "Reformatted",
    "Started",
    "verify",
]
