"""Whom an auditor trusts: stations' keys, organisations that speak for stations' keys, and what was said about either.

Pure: where keys and statements lie is the caller's affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from certificates.policy import Policy
from certificates.statements import Endorsement, Retirement, Statement, moment


class Trust(msgspec.Struct, frozen=True):
    """`stations`: keys (PEM, by key id) whose certificates count. `organisations`: keys whose word about other keys counts, and
    nothing else that they sign. `statements`: what was said, each of them read by `statements.read`. `policies`: owners' tables with their
    names, by digest, so that verdicts by them can be worked out again."""

    stations: Mapping[str, bytes] = {}
    organisations: Mapping[str, bytes] = {}
    statements: tuple[Statement, ...] = ()
    policies: Mapping[str, tuple[str, Policy]] = {}

    def hearing(self, more: Iterable[Statement]) -> Trust:
        """The same trust, knowing more statements (that came along with a certificate)."""
        return msgspec.structs.replace(self, statements=(*self.statements, *more))

    def pem(self, key_id: str) -> bytes | None:
        """The key of that id, if it is trusted or endorsed by whom is trusted."""
        endorsed = (each.station_pem.encode() for each in self._endorsements(key_id))
        return self.stations.get(key_id) or next(endorsed, None)

    def knows(self, key_id: str) -> bool:
        return self.pem(key_id) is not None

    def outside(self, key_id: str, issued: str) -> tuple[Endorsement, ...]:
        """The endorsements that a key depends on, if none of them holds at that time. Raises ValueError for a time that is none."""
        if key_id in self.stations:
            return ()
        found, at = tuple(self._endorsements(key_id)), moment(issued)
        return () if any(moment(each.valid_from) <= at <= moment(each.valid_until) for each in found) else found

    def retired(self, key_id: str) -> Retirement | None:
        """The retirement of a key that counts: said by itself or by a trusted organisation; the earliest, if there are several."""
        found = [
            each.statement
            for each in self.statements
            if isinstance(each.statement, Retirement)
            and each.statement.key_id == key_id
            and (each.statement.by == key_id or each.statement.by in self.organisations)
        ]
        return min(found, key=lambda each: moment(each.retired), default=None)

    def _endorsements(self, key_id: str) -> Iterator[Endorsement]:
        """Said by a trusted organisation, before its own key left service."""
        for each in self.statements:
            said = each.statement
            if isinstance(said, Endorsement) and said.by in self.organisations and each.subject == key_id:
                gone = self.retired(said.by)
                if gone is None or moment(said.issued) < moment(gone.retired):
                    yield said


def is_before(time: str, retirement: Retirement) -> bool:
    """Was it issued, by its own account, while the key was in service? Raises ValueError."""
    return moment(time) < moment(retirement.retired)


def of(trusted: Trust | Mapping[str, bytes]) -> Trust:
    """Keys alone are trusted as stations' keys."""
    return trusted if isinstance(trusted, Trust) else Trust(trusted)
