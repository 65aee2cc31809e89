"""Sealing, keys and wrapping, against published vectors where there are any."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto import seal as sealing
from app.crypto.keys import SecretKey, derive, expand, fingerprint, hkdf, mix, same
from app.crypto.seal import SubjectSealer, commitment_of, open_sealed, seal, seal_values
from app.errors import Damaged

KEY = SecretKey(bytes(range(32)))


def bits_of(data: bytes) -> list[bytes]:
    """The data with one bit altered, once for each byte."""
    return [data[:at] + bytes((data[at] ^ 1 << at % 8,)) + data[at + 1 :] for at in range(len(data))]


# ---- keys


def test_a_key_does_not_show_or_travel() -> None:
    for text in (repr(KEY), str(KEY), f"{KEY}", repr([KEY])):
        assert text.strip("[]") == "SecretKey(…)"
    for carry in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            carry(KEY)
    with pytest.raises(TypeError):
        hash(KEY)
    with pytest.raises(AttributeError):
        KEY.__dict__  # noqa: B018


def test_a_wiped_key_is_zero_and_of_no_use() -> None:
    key = SecretKey.fresh()
    held = key._buffer
    key.wipe()
    assert key.is_wiped
    assert not any(held)
    with pytest.raises(ValueError, match="wiped"):
        key.reveal()
    key.wipe()


def test_keys_compare_by_content() -> None:
    assert SecretKey(bytes(32)) == SecretKey(bytes(32)) != SecretKey.fresh()
    assert SecretKey(bytes(32)) != bytes(32)
    assert same(b"a", b"a")
    assert not same(b"a", b"b")


@pytest.mark.parametrize("size", [0, 16, 31, 33, 63, 65])
def test_keys_have_one_size(size: int) -> None:
    with pytest.raises(ValueError, match="32"):
        SecretKey(bytes(size))


def test_hkdf_is_rfc_5869() -> None:
    # Appendix A.1 and A.3
    assert hkdf(
        bytes.fromhex("0b" * 22), bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"), salt=bytes.fromhex("000102030405060708090a0b0c"), size=42
    ).hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"  # fmt: skip
    assert hkdf(bytes.fromhex("0b" * 22), b"", size=42).hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )
    with pytest.raises(ValueError, match="that many"):
        expand(bytes(32), b"", size=256 * 32)


def test_derived_keys_differ_by_purpose_and_salt() -> None:
    other = SecretKey(bytes(32))
    keys = [
        KEY, derive(KEY, "a"), derive(KEY, "b"), derive(KEY, "a", salt=b"s"), derive(other, "a"),
        mix(KEY, other, "a", salt=b""), mix(other, KEY, "a", salt=b""),
    ]  # fmt: skip
    assert len({key.reveal() for key in keys}) == len(keys)
    assert derive(KEY, "a") == derive(KEY, "a")
    assert fingerprint(KEY, "x") not in KEY.reveal()


# ---- AES-GCM


@given(plaintext=st.binary(max_size=100), context=st.binary(max_size=20))
def test_what_is_sealed_opens_in_its_place_only(plaintext: bytes, context: bytes) -> None:
    sealed = seal(KEY, plaintext, context)
    assert sealed[0] == 1
    assert len(sealed) == len(plaintext) + sealing.OVERHEAD_BYTES
    assert open_sealed(KEY, sealed, context) == plaintext
    with pytest.raises(Damaged):
        open_sealed(KEY, sealed, context + b"x")
    with pytest.raises(Damaged):
        open_sealed(SecretKey(bytes(32)), sealed, context)


def test_every_altered_bit_and_every_cut_is_noticed() -> None:
    sealed = seal(KEY, b"plain", b"here")
    for damaged in (*bits_of(sealed), *(sealed[:length] for length in range(len(sealed))), sealed + b"\0"):
        with pytest.raises(Damaged):
            open_sealed(KEY, damaged, b"here")


def test_sealing_twice_gives_different_bytes() -> None:
    assert seal(KEY, b"plain", b"") != seal(KEY, b"plain", b"")


def test_the_format_of_the_seal_is_fixed() -> None:
    # AES-256-GCM, NIST test case 14 (16 zero bytes) with its nonce, behind the version byte.
    sealed = bytes.fromhex(
        "01" + "00" * 12 + "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919"
    )
    assert open_sealed(SecretKey(bytes(32)), sealed, b"") == bytes(16)


def test_a_long_key_is_not_for_gcm() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal(SecretKey.fresh(64), b"", b"")


# ---- personal values


SUBJECT = bytes(range(32))


@given(plaintext=st.binary(max_size=100), context=st.binary(max_size=40))
def test_a_personal_value_is_the_same_each_time_and_opens(plaintext: bytes, context: bytes) -> None:
    sealer = SubjectSealer(SUBJECT)
    sealed = sealer.seal(context, plaintext)
    assert sealed == SubjectSealer(SUBJECT).seal(context, plaintext)
    assert seal_values(SUBJECT, [(context, plaintext), (b"", b"")]) == [sealed, sealer.seal(b"", b"")]
    assert len(sealed) == len(plaintext) + sealing.SUBJECT_OVERHEAD_BYTES
    assert sealer.open(context, sealed) == plaintext
    assert commitment_of(sealed) == sealer.commitment


def test_a_personal_value_does_not_move_and_does_not_change() -> None:
    sealer = SubjectSealer(SUBJECT)
    sealed = sealer.seal(b"row 1 phone", b"+86 10 1234")
    with pytest.raises(Damaged):
        sealer.open(b"row 2 phone", sealed)
    for damaged in (*bits_of(sealed), *(sealed[:length] for length in range(len(sealed)))):
        with pytest.raises(Damaged):
            sealer.open(b"row 1 phone", damaged)


def test_the_commitment_is_checked_before_anything_is_decrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = SubjectSealer(SUBJECT).seal(b"c", b"value")
    other = SubjectSealer(bytes(32))
    other._siv = None  # type: ignore[assignment]
    with pytest.raises(Damaged):
        other.open(b"c", sealed)


def test_no_value_opens_under_two_keys() -> None:
    one, two = SubjectSealer(SUBJECT), SubjectSealer(bytes(32))
    forged = sealed = one.seal(b"c", b"value")
    forged = sealed[:1] + two.commitment + sealed[17:]
    for value in (sealed, forged):
        with pytest.raises(Damaged):
            two.open(b"c", value)


def test_the_format_of_personal_values_is_fixed() -> None:
    assert (
        seal_values(SUBJECT, [(b"context", "王佳丽".encode())])[0].hex()
        == "016e8850dbd605c67308c609e962c8df43f8bb77c0716b45b036dca3775a22085fc9a7eeb43f902af0e6"
    )


def test_aes_siv_is_rfc_5297() -> None:
    # Appendix A.1, with the key of that vector in place of an expanded one.
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    siv = AESSIV(bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"))
    ad = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
    assert siv.encrypt(bytes.fromhex("112233445566778899aabbccddee"), [ad]).hex() == (
        "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"
    )


def test_a_subject_key_has_32_bytes() -> None:
    for size in (0, 16, 64):
        with pytest.raises(ValueError, match="32 bytes"):
            SubjectSealer(bytes(size))
