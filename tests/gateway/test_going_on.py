"""Going on with an older, unknown or copied state: as a new device, so that no step number is ever given twice."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import bootstrap
from app.access.policy import Policy
from app.clock import FakeClock
from app.crypto import passwords
from app.errors import Conflict, Damaged, Locked, Refused
from app.features import records
from app.features.crm import custom_fields, customers
from app.features.trust import backup_file, backups
from app.model.statements import Stream
from app.store.audit_log import AuditLog
from app.store.migrate import available
from app.vault import keychain as keychains
from app.vault import unlock
from app.vault.profiles import Profile
from app.vault.rollback import Verdict
from tests.builders import PASSWORD, a_customer
from tests.gateway.order import Order
from tests.keychains import MemoryKeychain


class Place:
    """A home with one company, its keyring and its clock."""

    def __init__(self, home: Path) -> None:
        self.home, self.keychain, self.clock = home, MemoryKeychain(), FakeClock()
        made = bootstrap.create_company(
            home, "Acme Foods", "Olga Owner", PASSWORD,
            keychain=self.keychain, clock=self.clock, parameters=passwords.minimum(),
        )  # fmt: skip
        assert made.recovery_code is not None
        self.code = type(made.recovery_code).parse(made.recovery_code.text())
        self.profile = made.profile
        made.session.do(customers.add, a_customer("First"))
        made.close()

    def open(self, profile: Profile | None = None) -> bootstrap.Open:
        opened = bootstrap.open_company(
            profile or self.profile, PASSWORD, keychain=self.keychain, clock=self.clock
        )
        assert opened is not None
        return opened

    def forget_counter(self) -> None:
        for owner, item in list(self.keychain.items):
            if item == keychains.ROLLBACK:
                del self.keychain.items[owner, item]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    yield Place(tmp_path / "home")


def rolled_back(place: Place) -> bootstrap.Open:
    """The book with an older file in its place: the step numbers that it would give next were given before."""
    data = place.profile.folder / "data.db"
    shutil.copy(data, data.with_name("old"))
    opened = place.open()
    opened.session.do(customers.add, a_customer("Second"))
    opened.close()
    shutil.move(data.with_name("old"), data)
    opened = place.open()
    assert opened.verdict is Verdict.BEHIND
    return opened


def test_an_accepted_rollback_goes_on_as_a_new_device(place: Place) -> None:
    opened = rolled_back(place)
    device = opened.session.identity.device
    bootstrap.accept_rollback(opened)
    assert opened.session.identity.device != device
    made = opened.session.do(customers.add, a_customer("Third", phone="1"))
    opened.session.do(customers.edit, made.id, {"phone": "2"})
    opened.session.undo()
    assert getattr(opened.session.ask(records.open_one, "customer", made.id).record, "phone", "") == "1"
    log = AuditLog(opened.session.database.writer, opened.session.identity.device)
    assert log.verify() == opened.session.head()
    now = opened.session.identity.device
    opened.close()
    opened = place.open()
    assert (opened.verdict, opened.session.identity.device) == (Verdict.CURRENT, now)
    assert opened.session.ask(records.count, "customer") == 2
    opened.close()


def test_only_an_owner_accepts_an_older_state(place: Place) -> None:
    opened = rolled_back(place)
    opened.session.take(Policy(replace(opened.session.person, roles=frozenset({"manager", "rep"}))))
    with pytest.raises(Refused):
        bootstrap.accept_rollback(opened)
    assert opened.verdict is Verdict.BEHIND
    with pytest.raises(Locked):
        opened.session.do(customers.add, a_customer("Refused"))
    opened.close()


def test_readers_that_were_open_see_what_is_written_after_accepting(place: Place) -> None:
    opened = rolled_back(place)
    assert opened.session.ask(records.count, "customer") == 1
    bootstrap.accept_rollback(opened)
    made = opened.session.do(customers.add, a_customer("Third"))
    assert opened.session.ask(records.open_one, "customer", made.id).record == made
    opened.close()


def test_a_confirmed_unknown_state_goes_on_as_a_new_device(place: Place) -> None:
    place.forget_counter()
    opened = place.open()
    device = opened.session.identity.device
    assert opened.verdict is Verdict.UNKNOWN
    bootstrap.confirm_state(opened, place.code)
    assert opened.session.identity.device != device
    opened.close()


def test_an_unknown_state_opened_by_the_recovery_code_goes_on_as_a_new_device(place: Place) -> None:
    opened = place.open()
    device = opened.session.identity.device
    opened.close()
    place.forget_counter()
    again = bootstrap.open_company(
        place.profile, recovery=place.code, new_password="another quite long password",
        keychain=place.keychain, clock=place.clock, parameters=passwords.minimum(),
    )  # fmt: skip
    assert again is not None
    assert again.verdict is Verdict.CURRENT
    assert again.session.identity.device != device
    again.session.do(customers.add, a_customer("Second"))
    again.close()


def test_undo_on_a_copy_never_takes_back_what_the_original_device_did(place: Place) -> None:
    original = place.open()
    for number in range(6):
        original.session.do(customers.add, a_customer(f"Before {number}"))
    original.close()
    shutil.copytree(place.profile.folder, place.profile.folder.with_name("copy"))
    opened = place.open(Profile("copy", place.profile.folder.with_name("copy")))
    # Its steps are numbered from one again, as the entries of the original's undo log are.
    for number in range(9):
        opened.session.do(customers.add, a_customer(f"After {number}"))
    names = {f"Before {number}" for number in range(6)} | {"First"}
    for _number in range(9):
        opened.session.undo()
    assert {record.name for record in _all(opened)} == names
    with pytest.raises(Conflict):
        opened.session.undo()
    assert {record.name for record in _all(opened)} == names
    opened.close()


def test_a_backup_put_in_the_place_of_the_book_is_a_rollback(place: Place, tmp_path: Path) -> None:
    opened = place.open()
    backups.make(opened, tmp_path / "old.backup")
    opened.session.do(customers.add, a_customer("To be forgotten"))
    opened.close()
    folder = place.profile.folder
    for name in ("vault.json", "data.db"):
        (folder / name).unlink()
    checked = backup_file.check(tmp_path / "old.backup")
    checked.unpack(folder)
    for _again in range(2):
        opened = place.open()
        assert opened.verdict is Verdict.BEHIND
        with pytest.raises(Locked, match="older than what this computer"):
            opened.session.do(customers.add, a_customer("Refused"))
        opened.close()
    opened = place.open()
    bootstrap.accept_rollback(opened)
    opened.session.do(customers.add, a_customer("Second"))
    opened.close()
    opened = place.open()
    assert (opened.verdict, opened.session.ask(records.count, "customer")) == (Verdict.CURRENT, 2)
    opened.close()


def test_a_deliberate_restore_beside_the_book_is_none(place: Place, tmp_path: Path) -> None:
    opened = place.open()
    backups.make(opened, tmp_path / "old.backup")
    opened.session.do(customers.add, a_customer("Later"))
    opened.close()
    for _again in range(2):
        restored = bootstrap.restore_company(
            backup_file.check(tmp_path / "old.backup"), place.home, PASSWORD,
            keychain=place.keychain, clock=place.clock,
        )  # fmt: skip
        assert restored.verdict is Verdict.CURRENT
        restored.session.do(customers.add, a_customer("On the copy"))
        profile = restored.profile
        restored.close()
        opened = place.open(profile)
        assert opened.verdict is Verdict.CURRENT
        opened.close()
    assert place.open().verdict is Verdict.CURRENT


def _all(opened: bootstrap.Open) -> list[customers.Customer]:
    rows = opened.session.ask(records.ids, "customer")
    found = opened.session.ask(records.rows, "customer", list(rows), ["name", "id"])
    return [customers.Customer(name=name, id=id_) for name, id_ in found.values()]


def test_an_older_file_of_an_older_format_can_still_be_read(place: Place) -> None:
    data = place.profile.folder / "data.db"
    opened = place.open()
    with opened.session.database.transaction() as connection:
        for column in ("place", "place_value"):
            connection.execute(f"ALTER TABLE custom_field DROP COLUMN {column}")
        connection.execute("DROP TABLE stands_for")
        newer = "".join(text for number, text in available() if number > 4)
        for index in re.findall(r"CREATE INDEX (\w+)", newer):
            connection.execute(f"DROP INDEX IF EXISTS {index}")
        for table, column in re.findall(r'ALTER TABLE (\w+) ADD COLUMN "?(\w+)', newer):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("ALTER TABLE journal DROP COLUMN position")
        connection.execute("CREATE TABLE old AS SELECT * FROM journal")
        for table in re.findall(r"CREATE TABLE (\w+)", newer):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute("DROP TABLE journal")
        connection.execute("ALTER TABLE old RENAME TO journal")
        connection.execute("PRAGMA user_version = 2")
    opened.close()
    shutil.copy(data, data.with_name("old"))
    opened = place.open()
    opened.session.do(customers.add, a_customer("Second"))
    opened.close()
    shutil.move(data.with_name("old"), data)
    opened = place.open()
    assert opened.verdict is Verdict.BEHIND
    assert opened.session.ask(custom_fields.definitions) == []
    with pytest.raises(Locked, match="older than what this computer"):
        opened.session.do(customers.add, a_customer("Refused"))
    opened.close()


def test_a_company_whose_making_was_cut_short_is_named_so(tmp_path: Path) -> None:
    keychain, clock = MemoryKeychain(), FakeClock()
    vault = unlock.create(
        tmp_path / "main", PASSWORD, title="Acme", keychain=keychain, clock=clock,
        parameters=passwords.minimum(),
    )  # fmt: skip
    unlock.close(vault)
    for _again in range(2):
        with pytest.raises(Damaged, match="never finished"):
            bootstrap.open_company(
                Profile("main", tmp_path / "main"), PASSWORD, keychain=keychain, clock=clock
            )


def test_what_the_server_has_acknowledged_is_remembered_at_once(place: Place) -> None:
    opened = place.open()
    opened.session.do(customers.add, a_customer("Sent"))
    rollbacks = {key: value for key, value in place.keychain.items.items() if key[1] == keychains.ROLLBACK}
    order, stream = Order(), Stream(opened.session.identity.books[0], 0)
    order.seal(opened.session, stream)
    order.send(opened.session, stream)
    head = opened.session.head()
    kept = {key: value for key, value in place.keychain.items.items() if key[1] == keychains.ROLLBACK}
    assert kept != rollbacks
    assert head.hash in next(iter(kept.values()))
    opened.close()
