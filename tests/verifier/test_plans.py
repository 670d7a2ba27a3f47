"""nist-r1 after SP 800-88r1 4.7, from any seed, on any size; the draw never changes between versions."""

import hashlib
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from verifier import plans
from verifier.claims import CONFIDENCE, of_clean, residual_bound

SEED = hashlib.sha256(b"eraser test vector").digest()


@settings(max_examples=30, deadline=None)
@given(st.integers(4000, 2_000_000), st.sampled_from([512, 4096]), st.binary(min_size=32, max_size=32))
def test_every_stratum_holds_two_separate_places_of_five_percent(sectors: int, sector: int, seed: bytes) -> None:
    plan = plans.nist_r1(sectors * sector, sector, seed)
    covered = [(p.offset // sector, (p.offset + p.length) // sector) for p in plan.places]
    assert covered[0][0] == 0 and covered[-1][1] == sectors
    assert all(a[1] < b[0] for a, b in pairwise(covered))
    ends = [i * sectors // 1000 for i in range(1001)]
    inside = [0] * 1000
    stratum = 0
    for first, end in covered:
        while first >= ends[stratum + 1]:
            stratum += 1
        at = stratum
        while first < end:
            stop = min(end, ends[at + 1])
            inside[at] += stop - first
            first, at = stop, at + 1
    for i in range(1000):
        length = ends[i + 1] - ends[i]
        assert inside[i] >= 2 * -(-length * 5 // 100), f"stratum {i}"
    assert plan.bytes_to_read * 10 >= plan.medium_bytes


def test_the_same_seed_draws_the_same_places_for_ever() -> None:
    plan = plans.nist_r1(64 << 20, 512, SEED)
    digest = hashlib.sha256(repr([tuple(p) for p in plan.places]).encode()).hexdigest()
    assert digest == "0645e94ae38380d110e32f25e894747e9edefab25dc13dd5726fffad2c6a03de"


def test_a_small_medium_is_read_in_full() -> None:
    plan = plans.nist_r1(1 << 20, 512, SEED)
    assert plan.name == "full"
    assert plan.bytes_to_read == 1 << 20


def test_spans_cover_the_places_in_blocks() -> None:
    plan = plans.nist_r1(512 << 20, 512, SEED)
    assert sum(span.length for span in plan.spans(8192)) == plan.bytes_to_read
    assert all(span.length <= 8192 for span in plan.spans(8192))


def test_what_a_clean_sample_proves() -> None:
    assert residual_bound(10**9, CONFIDENCE, strata=1000, times=2) == "0.00230"
    assert residual_bound(16_384, "0.999999", strata=1) == "0.999939", "never all of the medium"
    plan = plans.nist_r1(8 << 30, 512, SEED)
    claim = of_clean(plan)
    assert (claim.confidence, claim.residual_at_most) == ("0.99", "0.00230")
    # Two places of 5 % leave at most 1.8 strata between two of them.
    assert 0 < claim.longest_unseen_bytes <= 1.8 * (8 << 30) / 1000
    assert of_clean(plans.full(1 << 20)) == type(claim)("1", "0", 0)
