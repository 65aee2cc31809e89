"""Making, opening, changing and leaving a vault."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.clock import FakeClock
from app.crypto import passwords
from app.crypto.keys import SecretKey
from app.crypto.recovery import RecoveryCode
from app.errors import Conflict, Damaged, Invalid, Locked, OtherDevice, Unsafe, WrongPassword
from app.store.database import Database
from app.store.place import waiting as waiting_file
from app.vault import copies, unlock, waiting
from app.vault import header as headers
from app.vault import keychain as keychains
from app.vault.copies import Standing
from app.vault.keychain import KeyringUnavailable, NoKeychain
from app.vault.unlock import How, Opened
from tests.keychains import MemoryKeychain
from tests.vault.conftest import OTHER, PASSWORD, TITLE, Vault

People = Callable[[Opened], list[str]]


def create(folder: Path, keychain: MemoryKeychain | NoKeychain, password: str = PASSWORD) -> Opened:
    return unlock.create(
        folder, password, title=TITLE, keychain=keychain, clock=FakeClock(), parameters=passwords.minimum()
    )


# ---- making


def test_a_new_vault_opens_again_and_its_code_is_told_once(vault: Vault, people: People) -> None:
    opened = vault.open()
    assert people(opened) == ["Jane"]
    assert opened.how is How.PASSWORD
    assert opened.recovery_code is None
    unlock.close(opened)


def test_nothing_is_made_over_a_vault(vault: Vault) -> None:
    before = (vault.folder / "data.db").read_bytes()
    with pytest.raises(Conflict):
        create(vault.folder, vault.keychain)
    (vault.folder / "vault.json").unlink()
    with pytest.raises(Conflict):
        create(vault.folder, vault.keychain)
    assert (vault.folder / "data.db").read_bytes() == before


def test_the_database_key_has_nothing_to_do_with_the_password(tmp_path: Path) -> None:
    keys = []
    for name in ("one", "two"):
        opened = create(tmp_path / name, MemoryKeychain())
        keys.append(opened.key.reveal())
        unlock.close(opened)
    assert keys[0] != keys[1]


def test_the_header_holds_no_secret_and_no_name(vault: Vault) -> None:
    opened = vault.open()
    assert opened.stretched is not None
    raw = (vault.folder / "vault.json").read_bytes()
    secrets = [opened.key, opened.stretched]
    for secret in (*(key.reveal() for key in secrets), *vault.keychain.items.values()):
        assert secret.hex().encode() not in raw
        assert secret not in raw
    for name in (TITLE, "Golden", vault.code.text(), str(vault.folder)):
        assert name.encode() not in raw
    unlock.close(opened)


def test_a_weak_password_makes_no_vault(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="most used"):
        create(tmp_path / "main", MemoryKeychain(), "Password123!")
    with pytest.raises(Invalid, match="company's name"):
        create(tmp_path / "main", MemoryKeychain(), "GoldenWok2026")
    assert not (tmp_path / "main").exists()


def test_without_a_safe_keyring_the_password_is_longer_and_the_slot_says_so(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="15 characters"):
        create(tmp_path / "main", NoKeychain(), "xk29fjq8vn")
    opened = create(tmp_path / "main", NoKeychain())
    slot = opened.header.slot("password")
    assert slot is not None
    assert slot["device_secret"] == ""
    unlock.close(opened)
    again = unlock.with_password(tmp_path / "main", PASSWORD, keychain=NoKeychain(), clock=FakeClock())
    assert unlock.with_keyring(tmp_path / "main", keychain=NoKeychain(), clock=FakeClock()) is None
    unlock.forget(again)


def test_a_keyring_that_does_not_keep_makes_no_vault(tmp_path: Path) -> None:
    keychain = MemoryKeychain()
    keychain.forgets = True
    with pytest.raises(KeyringUnavailable):
        create(tmp_path / "main", keychain)
    assert not (tmp_path / "main" / "vault.json").exists()
    keychain.forgets = False
    unlock.close(create(tmp_path / "main", keychain))


def test_a_creation_that_was_cut_short_is_finished_or_begun_anew(
    vault: Vault, tmp_path: Path, people: People
) -> None:
    # Killed before vault.json: only the waiting file lies there.
    half = tmp_path / "half"
    half.mkdir()
    (half / "data.db.new").write_bytes(b"half a database")
    unlock.close(create(half, MemoryKeychain()))
    # Killed between vault.json and the last rename.
    data = vault.folder / "data.db"
    data.rename(waiting_file(data))
    opened = vault.open()
    assert people(opened) == ["Jane"]
    unlock.close(opened)


# ---- the password


def test_a_wrong_password_waits_and_says_how_long(vault: Vault) -> None:
    with pytest.raises(WrongPassword, match="wrong") as first:
        vault.open("not the password")
    assert first.value.wait_s == 1
    with pytest.raises(WrongPassword, match="Please wait 1 second"):
        vault.open()
    vault.clock.forward(1)
    with pytest.raises(WrongPassword, match="wait 2 seconds"):
        vault.open("not the password")
    vault.clock.forward(2)
    unlock.close(vault.open())
    with pytest.raises(WrongPassword, match="wait 1 second "):
        vault.open("not the password")


def test_the_keyring_is_needed_even_with_the_password(vault: Vault) -> None:
    items = vault.keychain.items
    for name in [name for name in items if name[1].startswith("device-secret")]:
        kept = items.pop(name)
        with pytest.raises(OtherDevice, match="second half"):
            vault.open()
        items[name] = bytes(32)
        with pytest.raises(WrongPassword):
            vault.open()
        items[name] = kept
    vault.clock.forward(10)
    unlock.close(vault.open())


def test_a_keyring_that_is_away_is_not_a_wrong_password(vault: Vault) -> None:
    vault.keychain.fails = True
    with pytest.raises(KeyringUnavailable):
        vault.open()
    with pytest.raises(KeyringUnavailable, match="password store"):
        unlock.with_password(vault.folder, PASSWORD, keychain=NoKeychain(), clock=vault.clock)
    assert vault.by_keyring() is None
    vault.keychain.fails = False
    unlock.close(vault.open())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("memory_kib", 32 * 1024),
        ("memory_kib", 1024 * 1024 + 1),
        ("passes", 2),
        ("passes", 1000),
        ("lanes", 1),
    ],
)
def test_unsafe_parameters_are_refused_before_deriving(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, field: str, value: int
) -> None:
    data = json.loads((vault.folder / "vault.json").read_bytes())
    for slot in data["slots"]:
        if slot["kind"] == "password":
            slot["argon2id"][field] = value
    (vault.folder / "vault.json").write_bytes(headers.canonical(data) + b"\n")
    monkeypatch.setattr(passwords, "stretch", lambda *_args: pytest.fail("derived"))
    with pytest.raises(Damaged, match="unsafe password settings"):
        vault.open()
    assert waiting.left_s(vault.folder, vault.clock) == 0


def test_too_little_memory_is_not_counted_as_a_wrong_password(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_args: object) -> SecretKey:
        raise Unsafe("no memory")

    monkeypatch.setattr(passwords, "stretch", no_memory)
    with pytest.raises(Unsafe, match="no memory"):
        vault.open()
    assert waiting.left_s(vault.folder, vault.clock) == 0


# ---- the keyring


def test_the_keyring_reopens_during_the_shift_only(vault: Vault, people: People) -> None:
    opened = vault.open()
    unlock.keep_signed_in(opened)
    unlock.close(opened)
    vault.clock.forward(11.9 * 3600)
    again = vault.by_keyring()
    assert again is not None
    assert (again.how, people(again)) == (How.KEYRING, ["Jane"])
    unlock.close(again)
    vault.clock.forward(0.2 * 3600)
    assert vault.by_keyring() is None
    assert not [item for item in vault.keychain.items if item[1] == "session-key"], "expired means deleted"


def test_an_expired_item_is_deleted_before_anything_else(vault: Vault) -> None:
    opened = vault.open()
    unlock.keep_signed_in(opened)
    unlock.close(opened)
    vault.clock.forward(13 * 3600)
    vault.keychain.log.clear()
    assert vault.by_keyring() is None
    assert vault.keychain.log == ["delete session-key"]


def test_at_start_every_profile_is_swept(vault: Vault) -> None:
    opened = vault.open()
    unlock.keep_signed_in(opened)
    unlock.close(opened)
    broken = vault.folder.with_name("broken")
    broken.mkdir()
    folders = [broken, vault.folder]
    unlock.sweep_expired(folders, keychain=vault.keychain, clock=vault.clock)
    assert (opened.header.device, "session-key") in vault.keychain.items
    vault.clock.forward(12 * 3600)
    unlock.sweep_expired(folders, keychain=vault.keychain, clock=vault.clock)
    assert (opened.header.device, "session-key") not in vault.keychain.items
    unlock.sweep_expired(folders, keychain=NoKeychain(), clock=vault.clock)


def test_turning_the_clock_back_does_not_lengthen_the_shift(vault: Vault) -> None:
    opened = vault.open()
    unlock.keep_signed_in(opened)
    unlock.close(opened)
    vault.clock.forward(-60)
    assert vault.by_keyring() is None
    vault.clock.forward(120)
    assert vault.by_keyring() is None


def test_locking_and_signing_out_take_the_item_away(vault: Vault) -> None:
    opened = vault.open()
    unlock.keep_signed_in(opened)
    unlock.forget(opened)
    assert vault.by_keyring() is None
    assert opened.key.is_wiped
    assert opened.stretched is not None
    assert opened.stretched.is_wiped
    with pytest.raises(Locked), opened.database.reader():
        pass


def test_zero_hours_switch_it_off(vault: Vault) -> None:
    opened = vault.open()
    unlock.keep_signed_in(opened)
    unlock.keep_signed_in(opened, hours=0)
    unlock.close(opened)
    assert vault.by_keyring() is None


def test_locking_works_while_the_keyring_is_away(vault: Vault) -> None:
    opened = vault.open()
    vault.keychain.fails = True
    unlock.forget(opened)
    assert opened.key.is_wiped


# ---- the recovery code


def test_the_recovery_code_opens_and_asks_for_a_new_password(vault: Vault, people: People) -> None:
    vault.keychain.items.clear()
    opened = vault.recover(RecoveryCode.parse(vault.code.text().lower().replace("-", " ").replace("0", "o")))
    assert opened.needs_password
    assert people(opened) == ["Jane"]
    with pytest.raises(Locked, match="new password first"):
        unlock.new_recovery_code(opened)
    unlock.set_password(opened, OTHER, parameters=passwords.minimum())
    assert not opened.needs_password
    unlock.close(opened)
    unlock.close(vault.open(OTHER))
    with pytest.raises(WrongPassword):
        vault.open(PASSWORD)


def test_another_code_opens_nothing(vault: Vault) -> None:
    with pytest.raises(Invalid, match="not this vault's"):
        vault.recover(RecoveryCode.fresh())
    opened = vault.open()
    unlock.confirm_recovery(opened, vault.code)
    with pytest.raises(Invalid):
        unlock.confirm_recovery(opened, RecoveryCode.fresh())
    unlock.close(opened)


def test_a_new_code_rekeys_and_the_old_one_is_dead(vault: Vault, people: People) -> None:
    stolen = (vault.folder / "vault.json").read_bytes()
    opened = vault.open()
    old_key = opened.key.reveal()
    code = unlock.new_recovery_code(opened)
    assert opened.key.reveal() != old_key
    with opened.database.transaction() as connection:
        connection.execute("INSERT INTO person VALUES ('Li')")
    unlock.close(opened)
    with pytest.raises(Invalid):
        vault.recover(vault.code)
    with pytest.raises(Damaged):
        Database.open(vault.folder / "data.db", SecretKey(old_key))
    ways: tuple[Callable[[], Opened], ...] = (vault.open, lambda: vault.recover(code))
    for way in ways:
        again = way()
        assert people(again) == ["Jane", "Li"]
        unlock.close(again)
    # A header stolen before gives the old key, which opens nothing any more.
    (vault.folder / "vault.json").write_bytes(stolen)
    with pytest.raises(Damaged):
        vault.open()


# ---- changing the password


def test_after_a_change_the_old_header_and_password_open_nothing(vault: Vault, people: People) -> None:
    stolen = (vault.folder / "vault.json").read_bytes()
    secrets = {name: value for name, value in vault.keychain.items.items() if "device-secret" in name[1]}
    opened = vault.open()
    unlock.keep_signed_in(opened)
    unlock.change_password(opened, PASSWORD, OTHER, parameters=passwords.minimum())
    unlock.close(opened)
    assert vault.by_keyring() is None
    with pytest.raises(WrongPassword):
        vault.open(PASSWORD)
    vault.clock.forward(2)
    again = vault.open(OTHER)
    assert people(again) == ["Jane"]
    unlock.close(again)
    assert not set(secrets) & set(vault.keychain.items), "the old device secret is destroyed"
    assert not set(secrets.values()) & set(vault.keychain.items.values())
    (vault.folder / "vault.json").write_bytes(stolen)
    with pytest.raises(OtherDevice):
        vault.open(PASSWORD)


def test_the_old_password_is_asked_for(vault: Vault) -> None:
    opened = vault.open()
    with pytest.raises(WrongPassword):
        unlock.change_password(opened, OTHER, "another good password", parameters=passwords.minimum())
    with pytest.raises(Invalid, match="at least 8"):
        unlock.set_password(opened, "short", parameters=passwords.minimum())
    unlock.close(opened)


def test_a_secret_that_is_not_kept_leaves_the_old_password(vault: Vault) -> None:
    opened = vault.open()
    vault.keychain.forgets = True
    with pytest.raises(KeyringUnavailable):
        unlock.change_password(opened, PASSWORD, OTHER, parameters=passwords.minimum())
    unlock.close(opened)
    unlock.close(vault.open(PASSWORD))


def test_what_a_change_that_was_cut_short_left_is_swept(vault: Vault) -> None:
    opened = vault.open()
    device = opened.header.device
    unlock.close(opened)
    vault.keychain.items[device, "device-secret-b"] = bytes(32)
    unlock.close(vault.open())
    assert (device, "device-secret-b") not in vault.keychain.items
    assert (device, "device-secret-a") in vault.keychain.items


def test_a_longer_password_moves_in_with_a_keyring_that_came_later(tmp_path: Path) -> None:
    opened = create(tmp_path / "main", NoKeychain())
    opened.keychain = MemoryKeychain()
    unlock.change_password(opened, PASSWORD, OTHER, parameters=passwords.minimum())
    slot = opened.header.slot("password")
    assert slot is not None
    assert slot["device_secret"] == "device-secret-a"
    unlock.close(opened)


# ---- copies


def test_a_moved_vault_goes_on(vault: Vault) -> None:
    vault.folder = vault.folder.rename(vault.folder.with_name("elsewhere"))
    opened = vault.open()
    assert opened.standing is Standing.MOVED
    assert not opened.must_enrol
    unlock.close(opened)
    opened = vault.open()
    assert opened.standing is Standing.HOME
    unlock.close(opened)


def test_a_copy_beside_the_original_is_a_device_of_its_own(vault: Vault, people: People) -> None:
    copy = replace(vault, folder=Path(shutil.copytree(vault.folder, vault.folder.with_name("copy"))))
    opened = copy.open()
    assert opened.must_enrol
    assert people(opened) == ["Jane"]
    with pytest.raises(Locked, match="become a new device"), opened.database.transaction():
        pass
    original = headers.read(vault.folder)[0].device
    unlock.close(opened)
    opened = copy.open()
    assert opened.must_enrol, "until it has enrolled"
    enrolled: list[Database] = []
    unlock.become_new_device(opened, enrolled.append)
    assert enrolled == [opened.database]
    assert opened.header.device != original
    unlock.change_password(opened, PASSWORD, OTHER, parameters=passwords.minimum())
    unlock.close(opened)
    opened = copy.open(OTHER)
    assert opened.standing is Standing.HOME
    unlock.close(opened)
    # The original knows nothing of all this.
    opened = vault.open(PASSWORD)
    assert opened.standing is Standing.HOME
    unlock.close(opened)


def test_the_keyring_alone_never_opens_a_copy(vault: Vault) -> None:
    opened = vault.open()
    unlock.keep_signed_in(opened)
    unlock.close(opened)
    copy = replace(vault, folder=Path(shutil.copytree(vault.folder, vault.folder.with_name("copy"))))
    assert copy.by_keyring() is None


def test_another_computer_is_another_device(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_machine_id", lambda: b"another computer")
    opened = vault.open()
    assert opened.must_enrol
    unlock.close(opened)


def test_a_computer_without_an_id_is_told_by_its_name(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "ID_FILES", ())
    monkeypatch.setattr("platform.node", lambda: "van")
    van = copies.machine("vault")
    monkeypatch.setattr("platform.node", lambda: "office")
    assert copies.machine("vault") != van


def test_what_is_restored_from_a_backup_is_a_copy_and_spares_the_original(
    vault: Vault, people: People
) -> None:
    opened = vault.open()
    backup = vault.folder.with_name("restored")
    backup.mkdir()
    (backup / "vault.json").write_bytes(copies.for_backup(opened.header, opened.key))
    opened.database.backup_to(backup / "data.db")
    unlock.close(opened)
    before = dict(vault.keychain.items)

    restored = replace(vault, folder=backup).recover()
    assert restored.must_enrol
    unlock.set_password(restored, OTHER, parameters=passwords.minimum())
    failing: list[str] = []

    def enrol(database: Database) -> None:
        failing.append("tried")
        raise OSError("killed")

    with pytest.raises(OSError, match="killed"):
        unlock.become_new_device(restored, enrol)
    unlock.close(restored)
    assert {name: vault.keychain.items[name] for name in before} == before
    restored = replace(vault, folder=backup).open(OTHER)
    assert restored.must_enrol, "a crash while enrolling leaves it a copy"
    unlock.become_new_device(restored, lambda _database: None)
    assert people(restored) == ["Jane"]
    unlock.close(restored)
    unlock.close(vault.open(PASSWORD))


def test_passing_files_of_a_crash_are_swept(vault: Vault) -> None:
    (vault.folder / "scratch").mkdir()
    (vault.folder / "scratch" / "half").write_bytes(b"x")
    unlock.close(vault.open())
    assert not (vault.folder / "scratch").exists()


def test_a_lock_while_the_keyring_is_away_still_needs_the_password(vault: Vault) -> None:
    opened = vault.open()
    unlock.keep_signed_in(opened)
    vault.keychain.fails = True
    vault.clock.forward(1)
    unlock.forget(opened)
    vault.keychain.fails = False
    assert vault.by_keyring() is None
    assert not [item for _owner, item in vault.keychain.items if item == keychains.SESSION_KEY]
    opened = vault.open()
    vault.clock.forward(1)
    unlock.keep_signed_in(opened)
    unlock.close(opened)
    again = vault.by_keyring()
    assert again is not None
    unlock.close(again)
