"""vault.json and its slots: one spelling, authenticated, and open to kinds that are still to come."""

from __future__ import annotations

import contextlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.crypto import passwords
from app.crypto.keys import SecretKey
from app.crypto.recovery import RecoveryCode
from app.errors import AppError, Damaged, Invalid, OtherDevice, WrongPassword
from app.vault import header as headers
from app.vault import slots, unlock
from app.vault.header import Header
from tests.vault.conftest import OTHER, PASSWORD, Vault

KEY = SecretKey(bytes(range(32)))
FUTURE = {"id": "x1", "kind": "security-key", "credential": "00ff", "sealed": "abcd"}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    header = replace(Header.fresh(5), slots=(FUTURE,), extra={"later": [1, {"a": None}]})
    headers.write(tmp_path, header, KEY)
    again, mac = headers.read(tmp_path)
    assert again == header
    again.check(KEY, mac)
    with pytest.raises(Damaged, match="altered"):
        again.check(SecretKey.fresh(), mac)


def test_every_flipped_byte_is_noticed_by_someone_with_the_password(vault: Vault) -> None:
    path = vault.folder / "vault.json"
    raw = path.read_bytes()
    for at in random.Random(1).sample(range(len(raw)), 120):
        damaged = bytearray(raw)
        damaged[at] ^= 1 << at % 7
        path.write_bytes(damaged)
        with pytest.raises(AppError):
            unlock.close(vault.open())
        vault.clock.forward(10_000)
    path.write_bytes(raw)
    unlock.close(vault.open())


def test_the_mac_covers_what_no_slot_does(vault: Vault) -> None:
    path = vault.folder / "vault.json"
    data = json.loads(path.read_bytes())
    data["slots"].append(FUTURE)
    path.write_bytes(headers.canonical(data) + b"\n")
    with pytest.raises(Damaged, match="altered since"):
        vault.open()
    with pytest.raises(Damaged, match="altered since"):
        vault.recover()


def test_unknown_slots_are_kept_and_ignored(vault: Vault) -> None:
    opened = vault.open()
    headers.write(vault.folder, opened.header.with_slot(FUTURE), opened.key)
    unlock.close(opened)
    opened = vault.open()
    unlock.change_password(opened, PASSWORD, OTHER, parameters=passwords.minimum())
    unlock.close(opened)
    opened = vault.open(OTHER)
    assert opened.header.slot("security-key") == FUTURE
    unlock.new_recovery_code(opened)
    assert opened.header.slot("security-key") is None, "it wraps a key that is gone"
    unlock.close(opened)


def test_a_missing_header_is_never_made_anew(vault: Vault) -> None:
    (vault.folder / "vault.json").unlink()
    with pytest.raises(Damaged, match="missing"):
        vault.open()
    assert not (vault.folder / "vault.json").exists()


def test_a_newer_format_asks_for_an_update(tmp_path: Path) -> None:
    (tmp_path / "vault.json").write_bytes(headers.canonical({"format": 2}) + b"\n")
    with pytest.raises(Damaged, match="newer version"):
        headers.read(tmp_path)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]\n",
        b"null\n",
        b'{"format":1}\n',
        b'{"a":1,"a":2}\n',
        b'{"format": 1}\n',
        b'{"format":NaN}\n',
        b"\xff\xfe",
        b"[" * 5000,
        b'{"x":"' + b"a" * headers.MAX_BYTES + b'"}\n',
    ],
)
def test_anything_else_is_damaged(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "vault.json").write_bytes(raw)
    with pytest.raises(Damaged):
        headers.read(tmp_path)


def test_two_password_slots_are_not_ours(tmp_path: Path) -> None:
    twice = replace(Header.fresh(5), slots=({"id": "a", "kind": "password"}, {"id": "b", "kind": "password"}))
    with pytest.raises(Damaged):
        headers.decode(twice.encode(KEY), tmp_path)


def test_every_part_of_a_slot_is_authenticated() -> None:
    stretched, secret = SecretKey.fresh(), SecretKey.fresh()
    slot = slots.password_slot(
        "vault", KEY, stretched=stretched, salt=bytes(16), parameters=passwords.minimum(),
        device_secret=secret, item=slots.ITEMS[0], now_ms=5,
    )  # fmt: skip
    assert slots.open_password("vault", slot, stretched, secret) == KEY
    wrong = [
        ("another vault", slot, stretched, secret),
        ("vault", {**slot, "made_ms": 6}, stretched, secret),
        ("vault", {**slot, "extra": 1}, stretched, secret),
        ("vault", {**slot, "id": "other"}, stretched, secret),
        ("vault", {**slot, "device_secret": ""}, stretched, secret),
        ("vault", {**slot, "sealed": "00" * 61}, stretched, secret),
        ("vault", {**slot, "sealed": "no hex"}, stretched, secret),
        ("vault", slot, SecretKey.fresh(), secret),
        ("vault", slot, stretched, SecretKey.fresh()),
        ("vault", slot, stretched, None),
    ]
    for vault, altered, key, device in wrong:
        with pytest.raises(Damaged):
            slots.open_password(vault, altered, key, device)


def test_a_recovery_slot_opens_with_its_code_only() -> None:
    code = RecoveryCode.fresh()
    slot = slots.recovery_slot("vault", KEY, code, 5)
    assert slots.open_recovery("vault", slot, code) == KEY
    with pytest.raises(Damaged):
        slots.open_recovery("vault", slot, RecoveryCode.fresh())
    with pytest.raises(Damaged):
        slots.open_recovery("other", slot, code)


def test_a_slot_that_is_not_whole_is_damaged() -> None:
    broken: tuple[dict[str, Any], ...] = (
        {},
        {"argon2id": {}},
        {"argon2id": {"profile": "1999-01", "memory_kib": 65536, "passes": 3, "lanes": 4}, "salt": "00" * 16},
    )
    for slot in broken:
        with pytest.raises(Damaged):
            slots.parameters_of(slot)
    with pytest.raises(Damaged):
        slots.item_of({"device_secret": "../../etc"})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("mac",), "\ud800"),
        (("mac",), "zz" * 32),
        (("mac",), ""),
        (("vault",), "\ud800"),
        (("device",), "\ud800"),
        (("device",), "../../other"),
        (("slots", 0, "id"), "\ud800"),
        (("slots", 0, "id"), ""),
        (("slots", 0, "salt"), 5),
        (("slots", 0, "salt"), "\ud800"),
        (("slots", 0, "sealed"), "\ud800"),
        (("slots", 0, "device_secret"), {}),
        (("slots", 0, "argon2id"), []),
        (("slots", 0, "argon2id", "memory_kib"), 10**400),
        (("slots", 0, "argon2id", "memory_kib"), "65536"),
        (("slots", 0, "argon2id", "passes"), 3.7),
        (("slots", 0, "argon2id", "profile"), []),
        (("made_ms",), True),
        (("place",), "\ud800"),
    ],
)
def test_whatever_stands_in_the_header_is_told_as_damage(
    vault: Vault, path: tuple[Any, ...], value: Any
) -> None:
    file = vault.folder / "vault.json"
    data = json.loads(file.read_bytes())
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    file.write_bytes(headers.canonical(data) + b"\n")
    for way in (vault.open, vault.recover):
        vault.clock.forward(1000)
        with pytest.raises((Damaged, OtherDevice, WrongPassword, Invalid)):
            unlock.close(way())
    vault.clock.forward(1000)
    with contextlib.suppress(Damaged):
        assert vault.by_keyring() is None
