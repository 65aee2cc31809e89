"""A device's keys: signing for one purpose, wrapping for one device."""

from __future__ import annotations

import pickle

import pytest

from app.crypto.identity import (
    PRIVATE_BYTES,
    SEALING_BYTES,
    SIGNATURE_BYTES,
    SIGNING_BYTES,
    DeviceKeys,
    PublicIdentity,
    verify,
)
from app.errors import Damaged


@pytest.fixture(scope="module")
def device() -> DeviceKeys:
    return DeviceKeys(b"\x01" + bytes(range(PRIVATE_BYTES - 1)))


def test_the_sizes_are_those_of_ed25519_and_x_wing(device: DeviceKeys) -> None:
    assert len(device.public.signing) == SIGNING_BYTES == 32
    assert len(device.public.sealing) == SEALING_BYTES == 1216
    assert len(device.private_bytes()) == PRIVATE_BYTES == 129
    assert len(device.sign("batch", b"x")) == SIGNATURE_BYTES == 64
    assert len(device.public.wrap(bytes(32), b"")) == 1 + 1120 + 32 + 16


def test_private_bytes_bring_back_the_same_device(device: DeviceKeys) -> None:
    again = DeviceKeys(device.private_bytes())
    assert again.public == device.public
    assert again.unwrap(device.public.wrap(b"key", b"info"), b"info") == b"key"
    again.public.verify("batch", b"m", device.sign("batch", b"m"))
    assert DeviceKeys.fresh().public != device.public


def test_the_public_keys_of_known_seeds_are_fixed(device: DeviceKeys) -> None:
    import hashlib

    assert device.public.signing.hex() == "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    assert (
        hashlib.sha256(device.public.sealing).hexdigest()
        == "835e5f9243911d419cc56a3015ba94b0befce1f6a6c9709d0638569bf7c44a38"
    )


def test_a_signature_is_for_one_purpose_message_and_device(device: DeviceKeys) -> None:
    signature = device.sign("batch", b"message")
    verify(device.public.signing, "batch", b"message", signature)
    wrong = [
        ("roster", b"message", signature),
        ("batch", b"messagf", signature),
        ("batch", b"message", signature[:-1] + bytes((signature[-1] ^ 1,))),
        ("batch", b"message", b""),
        ("batc", b"hmessage", signature),
    ]
    for purpose, message, sign in wrong:
        with pytest.raises(Damaged):
            device.public.verify(purpose, message, sign)
    with pytest.raises(Damaged):
        DeviceKeys.fresh().public.verify("batch", b"message", signature)
    with pytest.raises(Damaged):
        verify(b"short", "batch", b"message", signature)


def test_a_wrap_opens_for_its_device_and_info_only(device: DeviceKeys) -> None:
    wrapped = device.public.wrap(bytes(32), b"stream 1, epoch 2")
    assert device.unwrap(wrapped, b"stream 1, epoch 2") == bytes(32)
    damaged = bytearray(wrapped)
    damaged[700] ^= 1
    for value, info in ((wrapped, b"stream 1, epoch 3"), (bytes(damaged), b"stream 1, epoch 2"), (wrapped[:-1], b"stream 1, epoch 2"),
                        (b"", b""), (b"\x02" + wrapped[1:], b"stream 1, epoch 2"), (b"\x01", b"")):  # fmt: skip
        with pytest.raises(Damaged):
            device.unwrap(value, info)
    with pytest.raises(Damaged):
        DeviceKeys.fresh().unwrap(wrapped, b"stream 1, epoch 2")
    with pytest.raises(Damaged):
        PublicIdentity(device.public.signing, b"short").wrap(b"", b"")


def test_damaged_private_bytes_are_refused(device: DeviceKeys) -> None:
    for private in (b"", device.private_bytes()[:-1], b"\x02" + device.private_bytes()[1:]):
        with pytest.raises(Damaged):
            DeviceKeys(private)


def test_a_device_does_not_show_its_keys_and_can_be_wiped() -> None:
    device = DeviceKeys.fresh()
    assert repr(device) == "DeviceKeys(…)"
    device.wipe()
    assert not any(device.private_bytes()[1:])
    with pytest.raises(TypeError):
        pickle.dumps(device)
