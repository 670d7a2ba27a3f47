"""Both ways to the keystream make the bytes that stock OpenSSL's CTR makes, wherever they start and across every boundary."""

import random
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lab.available import needs
from verifier import content, galois
from verifier.content import Keyed, Repeated
from verifier.findings import content_at
from verifier.keystream import AES_BLOCK, RUN_BYTES, WORTH_BYTES, Keystream

elements = st.integers(1, 2**128 - 1)
keys = st.binary(min_size=32, max_size=32)
GIB = 1 << 30
WRAP = (1 << 32) * AES_BLOCK  # GCM's own counter overflows here: 64 GiB
LENGTH = 2 * WORTH_BYTES


@given(elements, elements, elements)
def test_the_field_is_a_field(a: int, b: int, c: int) -> None:
    assert galois.product(a, galois.ONE) == a
    assert galois.product(a, b) == galois.product(b, a)
    assert galois.product(a, b ^ c) == galois.product(a, b) ^ galois.product(a, c)


@settings(max_examples=20, deadline=None)
@given(elements)
def test_every_element_has_an_inverse(a: int) -> None:
    assert galois.product(a, galois.inverse(a)) == galois.ONE


def openssl(key: bytes, offset: int, length: int) -> bytes:
    needs("openssl")
    command = ["openssl", "enc", "-aes-256-ctr", "-K", key.hex(), "-iv", f"{offset // AES_BLOCK:032x}"]
    return subprocess.run(command, input=bytes(length), capture_output=True, check=True).stdout


@pytest.fixture(params=[True, False], ids=["galois", "plain"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways are taken, whichever is faster here."""
    monkeypatch.setattr(content, "galois_is_faster", lambda: request.param)
    return bool(request.param)


@pytest.mark.parametrize("key", [bytes(32), bytes(range(32)), b"\xff" * 32])
@pytest.mark.parametrize(
    "offset",
    [
        0,
        16,
        4096,
        GIB - WORTH_BYTES,
        GIB - 16,
        GIB,
        GIB + 16,
        WRAP - WORTH_BYTES,
        WRAP - 16,
        WRAP,
        WRAP + 16,
        2**43,
        2**62,
    ],
)
def test_long_fills_are_what_stock_openssl_makes(way: bool, key: bytes, offset: int) -> None:
    assert content_at(Keyed(key), offset, LENGTH) == openssl(key, offset, LENGTH)


@settings(max_examples=100, deadline=None)
@given(keys, st.integers(0, 2**58), st.integers(1, 4096))
def test_both_ways_make_the_same_bytes(key: bytes, block: int, length: int) -> None:
    stream, room = Keystream(key), RUN_BYTES - block * AES_BLOCK % RUN_BYTES
    zeros = memoryview(bytes(min(length, room)))
    made = [memoryview(bytearray(len(zeros))) for _ in range(2)]
    stream.plain(block).update_into(zeros, made[0])
    stream.galois(block).update_into(zeros, made[1])
    assert made[0].tobytes() == made[1].tobytes()
    assert made[0][:AES_BLOCK].tobytes() == stream.block(block)[: len(zeros)]


def test_going_on_is_the_same_as_starting_anew(way: bool) -> None:
    going, first = Keyed(bytes(32)), GIB - 3 * WORTH_BYTES
    for offset in range(first, first + 6 * WORTH_BYTES, WORTH_BYTES):  # across the end of a run
        assert content_at(going, offset, WORTH_BYTES) == content_at(Keyed(bytes(32)), offset, WORTH_BYTES)
    back = content_at(going, first, WORTH_BYTES)  # and back again, as a second pass does
    assert back == openssl(bytes(32), first, WORTH_BYTES)


def test_a_whole_run_by_gcm_ends_in_the_same_bytes() -> None:
    stream, piece = Keystream(bytes(range(32))), 4 << 20
    zeros, out = memoryview(bytes(piece)), memoryview(bytearray(piece))
    going = stream.galois((WRAP - GIB) // AES_BLOCK)
    for _ in range(RUN_BYTES // piece):
        going.update_into(zeros, out)
    assert out.tobytes() == openssl(bytes(range(32)), WRAP - piece, piece)


def test_bytes_that_are_not_the_ciphers_are_never_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "galois_is_faster", lambda: True)
    monkeypatch.setattr(galois, "inverse", lambda a: a)
    with pytest.raises(AssertionError):
        content_at(Keyed(bytes(32)), 0, WORTH_BYTES)


@pytest.mark.parametrize("offset", [0, 16, GIB - WORTH_BYTES, GIB, WRAP - WORTH_BYTES, WRAP, 2**43])
@pytest.mark.parametrize("length", [LENGTH, LENGTH + 512, WORTH_BYTES, 4096])
def test_the_stream_is_known_again_and_every_flipped_bit_is_seen(way: bool, offset: int, length: int) -> None:
    key = bytes(range(32))
    right, scratch = openssl(key, offset, length), bytearray(20_000)
    seen = bytearray(right)
    assert Keyed(key).is_at(offset, memoryview(seen), scratch)
    chance = random.Random(length)
    for place in [0, 15, 16, length - 1, *(chance.randrange(length) for _ in range(20))]:
        seen[place] ^= 1 << chance.randrange(8)
        assert not Keyed(key).is_at(offset, memoryview(seen), scratch)
        seen[place] = right[place]
    assert Keyed(key).is_at(offset, memoryview(seen), scratch)


@pytest.mark.parametrize(
    "wrong", ["zeros", "ones", "another address", "another key", "swapped blocks", "same block twice"]
)
def test_what_is_not_the_stream_is_never_taken_for_it(way: bool, wrong: str) -> None:
    key, length = bytes(32), LENGTH
    right = openssl(key, GIB, length)
    seen = {
        "zeros": bytes(length),
        "ones": b"\xff" * length,
        "another address": openssl(key, GIB + 16, length),
        "another key": openssl(b"k" * 32, GIB, length),
        "swapped blocks": right[16:32] + right[:16] + right[32:],
        "same block twice": right[:16] + right[:16] + right[32:],
    }[wrong]
    assert not Keyed(key).is_at(GIB, memoryview(bytearray(seen)), bytearray(4096))


@given(st.binary(min_size=1, max_size=9), st.integers(0, 10**9), st.integers(1, 5000))
def test_a_pattern_is_known_again(pattern: bytes, offset: int, length: int) -> None:
    seen = bytearray(content_at(Repeated(pattern), offset, length))
    assert Repeated(pattern).is_at(offset, memoryview(seen), bytearray(1000))
    seen[length // 2] ^= 1
    assert not Repeated(pattern).is_at(offset, memoryview(seen), bytearray(1000))
