"""Compression, and decompression that cannot be made to explode."""

from __future__ import annotations

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.crypto.packing import MAX_BYTES, pack, unpack
from app.errors import Damaged


@given(st.binary(max_size=5000))
def test_what_is_packed_is_unpacked(data: bytes) -> None:
    assert unpack(pack(data)) == data


def test_a_dictionary_makes_small_values_smaller_and_is_needed_again() -> None:
    dictionary = b"customer contact phone name address postcode city " * 20
    value = b"customer name address city"
    packed = pack(value, dictionary=dictionary)
    assert len(packed) < len(pack(value))
    assert unpack(packed, dictionary=dictionary) == value
    with pytest.raises(Damaged):
        unpack(packed)


def test_the_bound_is_exact() -> None:
    assert len(unpack(pack(bytes(MAX_BYTES)))) == MAX_BYTES
    assert unpack(pack(bytes(100)), max_bytes=100) == bytes(100)
    with pytest.raises(Damaged):
        unpack(pack(bytes(MAX_BYTES + 1)))
    with pytest.raises(Damaged):
        unpack(pack(bytes(101)), max_bytes=100)


def test_a_bomb_takes_no_memory() -> None:
    import tracemalloc

    bomb = pack(bytes(256 * 1024 * 1024))
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(Damaged):
        unpack(bomb)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_anything_but_one_whole_frame_is_refused() -> None:
    whole = pack(b"some data to pack" * 10)
    unsized = zstandard.ZstdCompressor(write_content_size=False).compress(b"abc" * 100)
    skippable = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
    for value in (
        b"",
        b"junk",
        whole[:-1],
        whole + b"x",
        whole + whole,
        unsized,
        skippable,
        skippable + whole,
        whole[4:],
    ):
        with pytest.raises(Damaged):
            unpack(value)


def test_altered_frames_never_raise_anything_else() -> None:
    whole = pack(b"some data to pack" * 10)
    for at in range(len(whole)):
        for bit in (1, 0x80):
            damaged = bytearray(whole)
            damaged[at] ^= bit
            try:
                assert len(unpack(bytes(damaged))) <= MAX_BYTES
            except Damaged:
                continue
