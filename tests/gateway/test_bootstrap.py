"""Making, closing and opening a company; what happens to an older copy of its file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import bootstrap
from app.clock import FakeClock
from app.crypto import passwords
from app.errors import Invalid, Locked, WrongPassword
from app.features import records
from app.features.crm import customers
from app.model.audit import GENESIS
from app.store.audit_log import AuditLog
from app.vault import keychain as keychains
from app.vault import rollback
from app.vault.profiles import Profile
from app.vault.rollback import Verdict
from tests.builders import PASSWORD, a_customer
from tests.keychains import MemoryKeychain


class Place:
    """A home with one company, its keyring and its clock."""

    def __init__(self, home: Path) -> None:
        self.keychain, self.clock = MemoryKeychain(), FakeClock()
        made = bootstrap.create_company(
            home, "Acme Foods", "Olga Owner", PASSWORD,
            keychain=self.keychain, clock=self.clock, parameters=passwords.minimum(),
        )  # fmt: skip
        assert made.recovery_code is not None
        self.code = made.recovery_code
        self.code = type(self.code).parse(self.code.text())
        self.profile = made.profile
        made.session.do(customers.add, a_customer("First"))
        made.close()

    def open(self) -> bootstrap.Open:
        opened = bootstrap.open_company(self.profile, PASSWORD, keychain=self.keychain, clock=self.clock)
        assert opened is not None
        return opened


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    yield Place(tmp_path / "home")


def test_a_company_opens_again_with_what_it_held(place: Place) -> None:
    with pytest.raises(WrongPassword):
        bootstrap.open_company(
            place.profile, "not the password at all", keychain=place.keychain, clock=place.clock
        )
    place.clock.forward(60)
    opened = place.open()
    assert (opened.session.identity.company_name, opened.session.person.name) == ("Acme Foods", "Olga Owner")
    assert opened.session.ask(records.count, "customer") == 1
    assert opened.verdict is Verdict.CURRENT
    opened.close()


def test_an_older_copy_of_the_file_opens_for_reading_until_an_owner_accepts_it(place: Place) -> None:
    data = place.profile.folder / "data.db"
    shutil.copy(data, data.with_name("old"))
    opened = place.open()
    opened.session.do(customers.add, a_customer("Second"))
    opened.close()
    shutil.move(data.with_name("old"), data)
    opened = place.open()
    assert opened.verdict is Verdict.BEHIND
    assert opened.session.ask(records.count, "customer") == 1
    with pytest.raises(Locked):
        opened.session.do(customers.add, a_customer("Refused"))
    bootstrap.accept_rollback(opened)
    opened.session.do(customers.add, a_customer("Third"))
    opened.close()
    opened = place.open()
    assert (opened.verdict, opened.session.ask(records.count, "customer")) == (Verdict.CURRENT, 2)
    opened.close()


def test_a_company_killed_before_its_first_rows_were_remembered_was_not_rolled_back(place: Place) -> None:
    opened = place.open()
    opened.close()
    rollback.remember(opened.vault, 0, GENESIS)  # as when it was made
    opened = place.open()
    assert opened.verdict is Verdict.CURRENT
    opened.close()


def test_a_forgotten_state_asks_for_the_recovery_code(place: Place) -> None:
    for owner, item in list(place.keychain.items):
        if item == keychains.ROLLBACK:
            del place.keychain.items[owner, item]
    opened = place.open()
    assert opened.verdict is Verdict.UNKNOWN
    with pytest.raises(Locked):
        opened.session.do(customers.add, a_customer("Refused"))
    with pytest.raises(Invalid):
        bootstrap.confirm_state(opened, type(place.code).fresh())
    bootstrap.confirm_state(opened, place.code)
    opened.session.do(customers.add, a_customer("Second"))
    opened.close()


def test_the_recovery_code_sets_a_new_password(place: Place) -> None:
    opened = bootstrap.open_company(
        place.profile, recovery=place.code, new_password="another quite long password",
        keychain=place.keychain, clock=place.clock, parameters=passwords.minimum(),
    )  # fmt: skip
    assert opened is not None
    opened.close()
    with pytest.raises(WrongPassword):
        place.open()


def test_a_copied_folder_goes_on_as_another_device(place: Place) -> None:
    shutil.copytree(place.profile.folder, place.profile.folder.with_name("copy"))
    original = place.open()
    device = original.session.identity.device
    original.close()
    copied = Profile("copy", place.profile.folder.with_name("copy"))
    opened = bootstrap.open_company(copied, PASSWORD, keychain=place.keychain, clock=place.clock)
    assert opened is not None
    assert opened.session.identity.device != device
    opened.session.do(customers.add, a_customer("On the copy"))
    assert opened.session.ask(records.count, "customer") == 2
    log = AuditLog(opened.session.database.writer, opened.session.identity.device)
    assert log.verify() == opened.session.head()
    opened.close()


def test_signing_in_and_locking_leave_rows_and_wrong_tries_are_counted(place: Place) -> None:
    for _try in range(3):
        place.clock.forward(3600)
        with pytest.raises(WrongPassword):
            bootstrap.open_company(place.profile, "not the one", keychain=place.keychain, clock=place.clock)
    place.clock.forward(3600)
    opened = place.open()
    log = AuditLog(opened.session.database.writer, opened.session.identity.device)
    row = log.rows()[0]
    assert (row.command, row.outcome, row.detail) == (
        "vault.opened",
        "done",
        {"how": "password", "wrong_tries": 3},
    )
    opened.close()
    by_keyring = bootstrap.open_company(place.profile, keychain=place.keychain, clock=place.clock)
    assert by_keyring is not None
    by_keyring.close(forget=True)
    opened = place.open()
    log = AuditLog(opened.session.database.writer, opened.session.identity.device)
    assert [(row.command, row.detail.get("how")) for row in log.rows(most=3)] == [
        ("vault.opened", "password"), ("vault.locked", None), ("vault.opened", "keyring"),
    ]  # fmt: skip
    opened.close()
