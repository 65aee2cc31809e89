"""An older database is noticed, whatever it was made of."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from app.errors import Locked
from app.vault import rollback, unlock
from app.vault.keychain import NoKeychain
from app.vault.rollback import Verdict, Watch
from app.vault.unlock import Opened
from tests.vault.conftest import Vault

HEAD = bytes(32)
PAGE = 4096


def add(opened: Opened, name: str) -> tuple[int, bytes]:
    """One command: a row, and with it a longer history."""
    with opened.database.transaction() as connection:
        connection.execute("INSERT INTO person VALUES (?)", (name,))
    return history(opened)


def history(opened: Opened) -> tuple[int, bytes]:
    with opened.database.reader() as connection:
        names = [str(row[0]) for row in connection.execute("SELECT name FROM person ORDER BY rowid")]
    head = HEAD
    for name in names:
        head = hashlib.sha256(head + name.encode()).digest()
    return len(names), head


def verdict(opened: Opened) -> Verdict:
    return rollback.verdict(opened, *history(opened))


def test_what_was_remembered_is_current(vault: Vault) -> None:
    opened = vault.open()
    assert verdict(opened) is Verdict.UNKNOWN
    rollback.remember(opened, *history(opened))
    assert verdict(opened) is Verdict.CURRENT
    unlock.close(opened)
    opened = vault.open()
    assert verdict(opened) is Verdict.CURRENT
    unlock.close(opened)


def test_a_database_that_is_ahead_is_normal(vault: Vault) -> None:
    opened = vault.open()
    rollback.remember(opened, *history(opened))
    then = history(opened)
    counter, head = add(opened, "Li")
    assert rollback.verdict(opened, counter, head) is Verdict.CURRENT
    assert rollback.verdict(opened, counter, head, {then[0]: then[1]}.get) is Verdict.CURRENT
    unlock.close(opened)


def test_an_older_copy_is_behind(vault: Vault) -> None:
    old = shutil.copy(vault.folder / "data.db", vault.folder.with_name("old.db"))
    opened = vault.open()
    rollback.remember(opened, *add(opened, "Li"))
    unlock.close(opened)
    shutil.copy(old, vault.folder / "data.db")
    opened = vault.open()
    assert verdict(opened) is Verdict.BEHIND
    opened.database.freeze(rollback.rolled_back().text)
    with pytest.raises(Locked, match="older than what this computer"), opened.database.transaction():
        pass
    # An owner's word: from here on this state is the known one.
    opened.database.thaw()
    rollback.remember(opened, *history(opened))
    assert verdict(opened) is Verdict.CURRENT
    unlock.close(opened)


def test_a_deleted_wal_is_behind(vault: Vault) -> None:
    opened = vault.open()
    rollback.remember(opened, *add(opened, "Li"))
    # The state of the disk after a kill: the row is in the WAL only. Then somebody deletes the WAL.
    stranded = vault.folder.with_name("stranded.db")
    shutil.copy(vault.folder / "data.db", stranded)
    assert (vault.folder / "data.db-wal").stat().st_size > 0
    unlock.close(opened)
    shutil.copy(stranded, vault.folder / "data.db")
    opened = vault.open()
    assert opened.database.integrity() == (), "the file alone is sound"
    assert verdict(opened) is Verdict.BEHIND
    unlock.close(opened)


def test_a_spliced_old_page_passes_every_check_of_the_file_but_not_this_one(vault: Vault) -> None:
    opened = vault.open()
    add(opened, "Li")
    unlock.close(opened)
    old = (vault.folder / "data.db").read_bytes()
    opened = vault.open()
    with opened.database.transaction() as connection:
        connection.execute("UPDATE person SET name = 'Wu' WHERE name = 'Li'")
    rollback.remember(opened, *history(opened))
    unlock.close(opened)
    new = bytearray((vault.folder / "data.db").read_bytes())
    changed = [at for at in range(PAGE, len(new), PAGE) if new[at : at + PAGE] != old[at : at + PAGE]]
    assert changed
    for at in changed:
        new[at : at + PAGE] = old[at : at + PAGE]
    (vault.folder / "data.db").write_bytes(new)
    opened = vault.open()
    assert opened.database.integrity() == ()
    assert verdict(opened) is Verdict.BEHIND
    unlock.close(opened)


def test_another_history_of_the_same_or_greater_length_is_behind(vault: Vault) -> None:
    opened = vault.open()
    rollback.remember(opened, 7, bytes(31) + b"a")
    assert rollback.verdict(opened, 7, HEAD) is Verdict.BEHIND
    assert rollback.verdict(opened, 9, HEAD, {7: HEAD}.get) is Verdict.BEHIND
    assert rollback.verdict(opened, 9, HEAD, lambda _counter: None) is Verdict.BEHIND
    unlock.close(opened)


def test_a_keyring_that_forgot_is_unknown_and_none_at_all_is_unwatched(vault: Vault) -> None:
    opened = vault.open()
    rollback.remember(opened, 3, HEAD)
    vault.keychain.items[opened.header.device, "rollback"] = b"\x09strange"
    assert rollback.verdict(opened, 3, HEAD) is Verdict.UNKNOWN
    opened.keychain = NoKeychain()
    assert rollback.verdict(opened, 3, HEAD) is Verdict.UNWATCHED
    rollback.remember(opened, 3, HEAD)
    unlock.close(opened)


def test_the_new_device_of_a_restored_copy_begins_a_new_counter(vault: Vault) -> None:
    opened = vault.open()
    rollback.remember(opened, 50, HEAD)
    unlock.close(opened)
    vault.folder = Path(shutil.copytree(vault.folder, vault.folder.with_name("copy")))
    opened = vault.open()
    unlock.become_new_device(opened, lambda _database: None)
    assert rollback.verdict(opened, 4, HEAD) is Verdict.UNKNOWN
    rollback.remember(opened, 4, HEAD)
    assert rollback.verdict(opened, 4, HEAD) is Verdict.CURRENT
    unlock.close(opened)


def test_a_busy_half_minute_writes_once_and_locking_writes_the_rest(vault: Vault) -> None:
    opened = vault.open()
    watch = Watch(opened, vault.clock)
    vault.keychain.log.clear()
    for counter in range(1, 11):
        watch.committed(counter, HEAD)
        vault.clock.forward(1)
    assert vault.keychain.log == ["put rollback"]
    vault.clock.forward(20)
    watch.committed(11, HEAD)
    assert len(vault.keychain.log) == 2
    watch.committed(12, HEAD)
    assert watch.flush()
    assert watch.flush()
    assert len(vault.keychain.log) == 3
    assert rollback.verdict(opened, 11, HEAD) is Verdict.BEHIND
    unlock.close(opened)


def test_a_keyring_that_is_away_delays_but_does_not_stop_the_work(vault: Vault) -> None:
    opened = vault.open()
    watch = Watch(opened, vault.clock)
    vault.keychain.fails = True
    watch.committed(5, HEAD)
    assert not watch.flush()
    vault.keychain.fails = False
    assert watch.flush()
    assert rollback.verdict(opened, 5, HEAD) is Verdict.CURRENT
    unlock.close(opened)
