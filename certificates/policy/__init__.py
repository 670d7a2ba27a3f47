"""Policies as data, and the verdict of each on what was done: `table` reads and checks the tables, `verdict` judges."""

from certificates.policy.table import (
    DATA_CLASSES,
    MEDIA,
    OWN_POLICIES,
    Grade,
    Policy,
    Row,
    Technique,
    built_in,
    by_digest,
    chosen,
    find,
    is_ours,
    own,
    table,
    techniques,
)
from certificates.policy.verdict import Deed, Verified, ceiling, judge

__all__ = [
    "DATA_CLASSES",
    "MEDIA",
    "OWN_POLICIES",
    "Deed",
    "Grade",
    "Policy",
    "Row",
    "Technique",
    "Verified",
    "built_in",
    "by_digest",
    "ceiling",
    "chosen",
    "find",
    "is_ours",
    "judge",
    "own",
    "table",
    "techniques",
]
