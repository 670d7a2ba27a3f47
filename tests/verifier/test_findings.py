"""Each sector that is not as it should be is named for what it holds."""

from hypothesis import given
from hypothesis import strategies as st

from verifier.content import Keyed, Repeated
from verifier.findings import LISTED_AT_MOST, Finding, Findings, classify, content_at

STREAM, OLD = Keyed(bytes(32)), Keyed(b"o" * 32)
SIZE = 1 << 30


def seen(offset: int, data: bytes) -> Finding | None:
    return classify(offset, data, STREAM, [OLD], SIZE)


def test_expected_content_is_no_finding() -> None:
    assert seen(8192, content_at(STREAM, 8192, 512)) is None


def test_zeros_old_content_and_a_stale_pass_are_told_apart() -> None:
    assert seen(8192, bytes(512)) == Finding("zeros", 8192, 512)
    assert seen(8192, b"resident" * 64) == Finding("different", 8192, 512)
    assert seen(8192, content_at(OLD, 8192, 512)) == Finding("stale", 8192, 512)


@given(st.integers(0, SIZE // 512 - 1))
def test_the_content_of_another_address_is_named(sector: int) -> None:
    finding = seen(0, content_at(STREAM, sector * 512, 512))
    assert finding == (None if sector == 0 else Finding("another-address", 0, 512, sector * 512))


def test_one_flipped_bit_is_found() -> None:
    data = bytearray(content_at(STREAM, 0, 512))
    data[300] ^= 4
    assert seen(0, bytes(data)) == Finding("different", 0, 512)


def test_zeros_expected_and_random_seen() -> None:
    assert classify(0, bytes(512), Repeated(b"\0"), (), SIZE) is None
    assert classify(0, b"x" * 512, Repeated(b"\0"), (), SIZE) == Finding("different", 0, 512)


def test_neighbours_merge_and_all_are_counted() -> None:
    findings = Findings(512)
    for i in range(1000):
        findings.add(Finding("different", i * 1024, 512))
    findings.add(Finding("zeros", 10**6 * 1024, 512))
    findings.add(Finding("zeros", 10**6 * 1024 + 512, 512))
    assert len(findings.listed) == LISTED_AT_MOST
    assert findings.different_sectors == 1002
    merged = Findings(512)
    for i in range(4):
        merged.add(Finding("another-address", i * 512, 512, 8192 + i * 512))
    merged.add(Finding("another-address", 4 * 512, 512, 0))
    assert merged.listed == [Finding("another-address", 0, 2048, 8192), Finding("another-address", 2048, 512, 0)]
