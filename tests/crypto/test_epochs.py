"""Keys of epochs: who can open a wrap, and which key is believed."""

from __future__ import annotations

import pytest

from app.crypto import epochs
from app.crypto.identity import PRIVATE_BYTES, DeviceKeys
from app.crypto.keys import SecretKey
from app.errors import Damaged
from app.model.statements import Stream

COMPANY, BOOK, VAN = b"c" * 32, b"b" * 16, b"v" * 16
STREAM, OFFICE = Stream(BOOK, 0), Stream(BOOK, 1)


@pytest.fixture(scope="module")
def van() -> DeviceKeys:
    return DeviceKeys(b"\x01" + bytes(range(PRIVATE_BYTES - 1)))


def test_a_wrapped_key_is_opened_by_its_device_alone(van: DeviceKeys) -> None:
    key = epochs.make()
    said = epochs.commit(key, COMPANY, STREAM, 1)
    wrapped = epochs.wrap(key, COMPANY, STREAM, 1, VAN, van.public)
    assert (wrapped.stream, wrapped.epoch, wrapped.device) == (STREAM, 1, VAN)
    assert epochs.unwrap(van, COMPANY, wrapped, said) == key
    with pytest.raises(Damaged):
        epochs.unwrap(DeviceKeys.fresh(), COMPANY, wrapped, said)


def test_a_wrap_does_not_move_to_another_place(van: DeviceKeys) -> None:
    key = epochs.make()
    said = epochs.commit(key, COMPANY, STREAM, 1)
    wrapped = epochs.wrap(key, COMPANY, STREAM, 1, VAN, van.public)
    moved = (
        wrapped._replace(book=b"B" * 16),
        wrapped._replace(tier=1),
        wrapped._replace(epoch=2),
        wrapped._replace(device=b"w" * 16),
        wrapped._replace(sealed=wrapped.sealed[:-1] + bytes((wrapped.sealed[-1] ^ 1,))),
    )
    for one in moved:
        with pytest.raises(Damaged):
            epochs.unwrap(van, COMPANY, one, said)
    with pytest.raises(Damaged):
        epochs.unwrap(van, b"d" * 32, wrapped, said)


def test_a_key_that_the_roster_does_not_speak_of_is_not_believed(van: DeviceKeys) -> None:
    said = epochs.commit(epochs.make(), COMPANY, STREAM, 1)
    other = epochs.wrap(epochs.make(), COMPANY, STREAM, 1, VAN, van.public)
    with pytest.raises(Damaged, match="roster"):
        epochs.unwrap(van, COMPANY, other, said)
    # The right key of another epoch or tier is not this one's.
    key = epochs.make()
    for stream, number in ((OFFICE, 1), (STREAM, 2)):
        with pytest.raises(Damaged):
            epochs.checked(key.reveal(), COMPANY, STREAM, 1, epochs.commit(key, COMPANY, stream, number))


def test_the_old_key_opens_under_the_new_one_alone() -> None:
    old, new = epochs.make(), epochs.make()
    said = epochs.commit(old, COMPANY, STREAM, 1)
    sealed = epochs.seal_old(new, old, COMPANY, STREAM, 2)
    assert epochs.open_old(new, sealed, COMPANY, STREAM, 2, said) == old
    for key, stream, number in ((old, STREAM, 2), (new, OFFICE, 2), (new, STREAM, 3)):
        with pytest.raises(Damaged):
            epochs.open_old(key, sealed, COMPANY, stream, number, said)
    slipped_in = epochs.seal_old(new, epochs.make(), COMPANY, STREAM, 2)
    with pytest.raises(Damaged, match="roster"):
        epochs.open_old(new, slipped_in, COMPANY, STREAM, 2, said)


def test_the_commitment_of_a_known_key_is_fixed() -> None:
    assert (
        epochs.commit(SecretKey(bytes(range(32))), COMPANY, STREAM, 3).hex()
        == "3d09ddeb50409b929b7fce060b98b79c865022a1abd4ed9f7d8835152980f29e"
    )
