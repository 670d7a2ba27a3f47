"""Writes tests/vectors/places.json: the places that published seeds draw. `python -m tools.places`; a test compares."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from verifier import chances, claims, plans
from verifier.plans import Plan, PlanName, SampleSize

FILE = Path(__file__).parents[1] / "tests" / "vectors" / "places.json"
SEEDS = tuple(hashlib.sha256(text.encode()).digest() for text in ("eraser test vector", "another seed"))
LISTED_AT_MOST = 40

# Plan, capacity, sector, size: large and small media, sectors of 4,096 bytes, sizes that nothing divides.
PLANS: tuple[tuple[PlanName, int, int, SampleSize | None], ...] = (
    ("sample", 8_000_000_000_000, 512, SampleSize()),
    ("sample", 8_001_563_222_016, 4096, SampleSize("0.95", "0.01")),
    ("sample", 31_914_983_424, 512, SampleSize("0.99", None, 25)),
    ("sample", 1_000_001, 512, SampleSize("0.99", None, 12)),
    ("sample", 300_000, 512, SampleSize("0.9", None, 36)),
    ("sample", 300_000, 512, SampleSize("0.9", None, 38)),
    ("nist-r1", 64 << 20, 512, None),
    ("nist-r1", 1_000_204_886_016, 512, None),
    ("nist-r1", 2_048_511, 512, None),
    ("nist-r1", 2_047_999, 512, None),
)
SIZES = tuple((blocks, "0.999", "0.001") for blocks in (10_000, 244_141, 1_000_000, 7_791_744, 1_953_125_000)) + tuple(
    (10**12, confidence, residual)
    for residual in ("0.01", "0.001", "0.0001")
    for confidence in ("0.95", "0.99", "0.999")
)
CHANCES = ((1000, 10, 1, 258), (1000, 10, 1, 257), (1000, 10, 258, 1), (244_141, 245, 6969, 1), (10, 7, 4, 2))
LEFT = (
    (1000, "0.95", 1, 100),
    (10**6, "0.99", 1, 2000),
    (244_141, "0.999", 6969, 1),
    (1_953_125_000, "0.999", 1000, 1),
)


def vectors() -> str:
    """The file's text."""
    parts = {
        "draw": [
            {"seed": seed.hex(), "index": index, "below": below, "value": plans.draw(seed, index, below)}
            for seed in SEEDS
            for index, below in ((0, 2), (1, 1_000_000), (2**40, 2**61 - 1))
        ],
        "places": [
            _places(seed, plans.by_name(name, size, sector, seed, how), size, sector, name, how)
            for seed in SEEDS
            for name, size, sector, how in PLANS
        ],
        "strata": [
            {
                "blocks": blocks,
                "confidence": confidence,
                "residual": residual,
                "strata": chances.places_needed(blocks, Fraction(confidence), Fraction(residual)),
            }
            for blocks, confidence, residual in SIZES
        ],
        "missed": [
            {
                "blocks": blocks,
                "bad": bad,
                "strata": strata,
                "each": each,
                "chance": f"{chances.missed(blocks, bad, strata, each):.15e}",
            }
            for blocks, bad, strata, each in CHANCES
        ],
        "most_left": [
            {
                "blocks": blocks,
                "confidence": confidence,
                "strata": strata,
                "each": each,
                "bad": chances.most_left(blocks, Fraction(confidence), strata, each),
            }
            for blocks, confidence, strata, each in LEFT
        ],
    }
    lines = (
        f'"{name}": [\n' + ",\n".join(" " + json.dumps(each) for each in listed) + "\n]"
        for name, listed in parts.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _places(seed: bytes, plan: Plan, size: int, sector: int, asked: PlanName, how: SampleSize | None) -> dict[str, Any]:
    claim = claims.of_clean(plan)
    listed = [list(place) for place in plan.places]
    text = "".join(f"{place.offset} {place.length}\n" for place in plan.places)
    return {
        "asked": asked,
        "seed": seed.hex(),
        "capacity_bytes": size,
        "sector_bytes": sector,
        "confidence": how.confidence if how else None,
        "residual": how.residual if how else None,
        "asked_places": how.places if how else None,
        "plan": plan.name,
        "strata": plan.independent_places if plan.name == "sample" else None,
        "count": len(plan.places),
        "bytes": plan.bytes_to_read,
        "residual_at_most": claim.residual_at_most,
        "longest_unseen_bytes": claim.longest_unseen_bytes,
        "sha256_of_lines": hashlib.sha256(text.encode()).hexdigest(),
        "places": listed if len(listed) <= LISTED_AT_MOST else None,
        "first_places": listed[:3],
    }


if __name__ == "__main__":
    FILE.write_text(vectors(), encoding="utf-8")
