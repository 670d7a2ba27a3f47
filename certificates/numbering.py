"""The number of a paper: whose it is, and the how-many-eth of theirs. Pure.

STATION-000001 and so on: STATION is the first eight hex digits of the station key's id in capitals, the count has six digits or more.
"""

from __future__ import annotations

import re

NUMBER = re.compile("[0-9A-Za-z][0-9A-Za-z._-]{0,63}")  # what may stand in a file's name, whoever made it up
_COUNT = re.compile("[0-9]{6,15}")


def station_of_key(key_id: str) -> str:
    """What the numbers of the station with this key begin with."""
    return key_id[:8].upper()


def station_of(number: str) -> str:
    """The station part of a number."""
    return number.rpartition("-")[0]


def is_given_by(number: str, key_id: str) -> bool:
    """Is it one of the numbers that the station with this key gives out?"""
    station, _, count = number.rpartition("-")
    if station != station_of_key(key_id) or not _COUNT.fullmatch(count):
        return False
    return int(count) > 0 and count == f"{int(count):06d}"
