"""Which entries somebody asks for. Pure."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from certificates.ledger.entries import Ending, Entry, Opening
from certificates.record import Outcome


class Wanted(msgspec.Struct, frozen=True):
    """All that is set must hold. Days are those of the clock that the entries were written by, `since` and `until` included.

    A number is wanted as a whole: its opening and its ending, if the opening is of those days.
    """

    since: date | None = None
    until: date | None = None
    outcome: Outcome | None = None
    serial: str | None = None
    asset_tag: str | None = None
    still_open: bool = False

    def takes(self, first: Entry, ending: Ending | None) -> bool:
        """Whether an entry is wanted; `ending` is what ended it, if it is an opening that has ended."""
        day = datetime.fromisoformat(first.at).date()
        medium = getattr(first, "medium", None)
        tag = getattr(first, "asset_tag", None) or getattr(medium, "asset_tag", None)
        return (
            (self.since is None or self.since <= day)
            and (self.until is None or day <= self.until)
            and (self.outcome is None or self.outcome == getattr(ending or first, "outcome", None))
            and (self.serial is None or _same(self.serial, getattr(medium, "serial", None)))
            and (self.asset_tag is None or _same(self.asset_tag, tag))
            and (not self.still_open or (isinstance(first, Opening) and ending is None))
        )


def _same(asked: str, found: str | None) -> bool:
    """People type serials without minding capitals."""
    return found is not None and asked.strip().casefold() == found.strip().casefold()
