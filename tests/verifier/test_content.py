"""The stream is what stock OpenSSL makes, at any address; a pattern is aligned to the medium's first byte."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.content import Keyed, Repeated
from verifier.findings import content_at

KEY = bytes(range(32))


@pytest.mark.tools("openssl")
@pytest.mark.parametrize("offset", [0, 16, 512, 4096, (1 << 32) * 16 - 512, 8 * 10**12])
def test_stock_openssl_makes_the_same_stream_at_any_address(offset: int) -> None:
    counter = f"{offset // 16:032x}"
    command = ["openssl", "enc", "-aes-256-ctr", "-K", KEY.hex(), "-iv", counter]
    theirs = subprocess.run(command, input=bytes(4096), capture_output=True, check=True).stdout
    assert content_at(Keyed(KEY), offset, 4096) == theirs


@given(st.integers(0, 2**40), st.integers(1, 300))
def test_a_stream_read_in_pieces_is_the_stream(block: int, length: int) -> None:
    offset = block * 16
    whole = content_at(Keyed(KEY), offset, length + 16)
    assert whole[16:] == content_at(Keyed(KEY), offset + 16, length)


def test_a_buffer_longer_than_the_zeros_is_filled_to_its_end() -> None:
    length = (9 << 20) + 48
    whole = content_at(Keyed(KEY), 32, length)
    assert whole[-48:] == content_at(Keyed(KEY), 32 + length - 48, 48)


@given(st.integers(0, 2**45))
def test_a_block_of_the_stream_knows_its_address(block: int) -> None:
    stream = Keyed(KEY)
    assert stream.address_of(content_at(stream, block * 16, 16)) == block * 16


@given(st.binary(min_size=1, max_size=7), st.integers(0, 10**9), st.integers(1, 2000))
def test_a_pattern_is_aligned_to_the_first_byte(pattern: bytes, offset: int, length: int) -> None:
    seen = content_at(Repeated(pattern), offset, length)
    assert all(seen[i] == pattern[(offset + i) % len(pattern)] for i in range(length))


def test_a_key_of_the_wrong_length_is_an_error() -> None:
    with pytest.raises(ValueError):
        Keyed(b"short")
