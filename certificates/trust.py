"""Whom an auditor trusts: the keys whose certificates count. Pure; where the keys lie is the caller's affair."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Trust(msgspec.Struct, frozen=True):
    """Public keys (PEM) by key id. `stations`: keys whose certificates count."""

    stations: Mapping[str, bytes] = {}


def of(trusted: Trust | Mapping[str, bytes]) -> Trust:
    """Keys alone are trusted as stations' keys."""
    return trusted if isinstance(trusted, Trust) else Trust(trusted)
