"""Claims about what the settings screen and the command line do with an open vault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import bootstrap
from app.bootstrap import Open
from app.clock import FakeClock
from app.crypto import passwords
from app.crypto.recovery import RecoveryCode
from app.errors import Invalid, WrongPassword
from app.features.crm import customers
from app.features.trust import audit, vault
from tests.builders import PASSWORD, a_customer
from tests.keychains import MemoryKeychain

NEW = "seven lanterns at noon"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Open]:
    made = bootstrap.create_company(
        tmp_path, "Acme Foods", "Olga Owner", PASSWORD,
        keychain=MemoryKeychain(), clock=FakeClock(), parameters=passwords.minimum(),
    )  # fmt: skip
    yield made
    made.close()


def reopened(company: Open, password: str) -> Open:
    company.close()
    again = bootstrap.open_company(
        company.profile, password, keychain=company.vault.keychain, clock=company.vault.clock
    )
    assert again is not None
    return again


def test_the_status_names_every_slot_and_the_keyring(company: Open) -> None:
    status = vault.status(company)
    assert [slot.kind for slot in status.slots] == ["password", "recovery"]
    assert status.slots[0].memory_mib == 64
    assert status.keyring == "memory" and status.keyring_is_safe and not status.password_is_alone


def test_a_changed_password_opens_and_the_old_one_does_not(
    company: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "calibrate", passwords.minimum)
    vault.change_password(company, PASSWORD, NEW)
    with pytest.raises(WrongPassword):
        reopened(company, PASSWORD)
    company.vault.clock.forward(60)  # type: ignore[attr-defined]
    again = reopened(company, NEW)
    try:
        line = next(line for line in again.session.ask(audit.listed) if line.command != "vault.opened")
        assert (line.what, line.outcome, line.who) == ("Change the password", "done", "Olga Owner")
    finally:
        again.close()


def test_a_wrong_old_password_changes_nothing_and_is_noted(company: Open) -> None:
    with pytest.raises(WrongPassword):
        vault.change_password(company, "not the one", NEW)
    assert company.session.ask(audit.listed)[0].outcome == "refused"


def test_a_password_made_of_the_company_name_is_not_taken(company: Open) -> None:
    assert not vault.judge(company, "acme foods 2026").acceptable
    with pytest.raises(Invalid):
        vault.change_password(company, PASSWORD, "acme foods 2026")


def test_the_book_goes_on_after_a_new_recovery_code_and_only_the_new_one_opens(company: Open) -> None:
    first = company.recovery_code
    assert first is not None
    old = RecoveryCode.parse(first.text())
    code = vault.new_recovery_code(company, PASSWORD)
    saved = company.session.do(customers.add, a_customer("Made after re-keying"))
    assert company.session.undoable() == "Add Customer"
    company.close()
    keyring, clock = company.vault.keychain, company.vault.clock
    with pytest.raises(Invalid):
        bootstrap.open_company(company.profile, recovery=old, new_password=NEW, keychain=keyring, clock=clock)
    again = bootstrap.open_company(
        company.profile, recovery=code, new_password=NEW, keychain=keyring, clock=clock,
        parameters=passwords.minimum(),
    )  # fmt: skip
    assert again is not None
    try:
        assert again.session.ask(audit.verified).number > 2
        assert again.session.undo().restored == 1
        assert saved.id
    finally:
        again.close()


def test_staying_signed_in_for_no_hours_asks_for_the_password_next_time(company: Open) -> None:
    vault.stay_signed_in(company, 2)
    vault.stay_signed_in(company, 0)
    company.close()
    assert (
        bootstrap.open_company(company.profile, keychain=company.vault.keychain, clock=company.vault.clock)
        is None
    )
