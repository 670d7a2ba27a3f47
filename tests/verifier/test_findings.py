"""Each sector that is not as it should be is named for what it holds."""

from hypothesis import given
from hypothesis import strategies as st

from verifier.content import Keyed, Repeated
from verifier.findings import LISTED_AT_MOST, Finding, Findings, classify, classify_all, content_at

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


WAYS = ("right", "zeros", "old", "elsewhere", "further", "own head", "random", "beyond")


@given(st.lists(st.sampled_from(WAYS), min_size=1, max_size=40), st.sampled_from([512, 4096]), st.integers(0, 511))
def test_many_sectors_at_once_are_told_like_one_by_one(ways: list[str], unit: int, cut: int) -> None:
    """In any mixture, also where the last one is cut off: and neighbours come joined."""
    first, held = 2048 * unit, b""
    for number, way in enumerate(ways):
        at = first + number * unit
        held += {
            "right": content_at(STREAM, at, unit),
            "zeros": bytes(unit),
            "old": content_at(OLD, at, unit),
            "elsewhere": content_at(STREAM, at - 1024 * unit, unit),
            "further": content_at(STREAM, (number * 7919 % 1024) * unit, unit),
            "own head": content_at(STREAM, at, 16).ljust(unit, b"x"),
            "random": bytes([number]) * (unit - 1) + b"\1",
            "beyond": content_at(STREAM, SIZE, unit),
        }[way]
    held = held[: len(held) - cut]
    alone = Findings(unit)
    for at in range(0, len(held), unit):
        if (one := seen(first + at, held[at : at + unit])) is not None:
            alone.add(one)
    together = Findings(unit)
    for each in classify_all(first, held, unit, STREAM, [OLD], SIZE):
        together.add(each)
    assert (together.listed, together.sectors) == (alone.listed, alone.sectors)
    kinds = {
        "right": None,
        "zeros": "zeros",
        "old": "stale",
        "elsewhere": "another-address",
        "further": "another-address",
    }
    told = seen(first, held[:unit])
    assert len(held) < unit or (told.kind if told else None) == kinds.get(ways[0], "different")


def test_a_short_end_is_nobody_elses_content() -> None:
    """Of a byte or two nobody can say to which address they belong."""
    beginning = content_at(STREAM, 0, 1)
    end = next(at for at in range(512, 1 << 20, 512) if content_at(STREAM, at, 1) != beginning)
    assert beginning != b"\0" and seen(end, beginning) == Finding("different", end, 1)
