"""An exception at an awkward moment leaves a book that goes on, and nothing of a key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app import bootstrap
from app.clock import FakeClock
from app.crypto import passwords
from app.features import records
from app.features.crm import customers
from app.gateway.session import Session
from app.store.blocks import Transaction
from app.store.numbers import Numbers
from app.vault import keychain as keychains
from tests.builders import PASSWORD, a_customer
from tests.keychains import MemoryKeychain


def test_an_interruption_right_after_the_commit_loses_no_step_number(
    book: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.do(customers.add, a_customer("First"))
    leave = Transaction.__exit__

    def interrupted(self: Transaction, *about: Any) -> None:
        leave(self, *about)
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(Transaction, "__exit__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        book.do(customers.add, a_customer("Second"))
    book.do(customers.add, a_customer("Third"))
    assert book.ask(records.count, "customer") == 3
    book.undo()
    assert book.ask(records.count, "customer") == 2


def test_numbers_that_could_not_be_read_again_are_read_before_the_next_command(
    book: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = bytes(15) + b"\x01"

    def fails(self: Numbers) -> None:
        raise OSError("the disk is away")

    with pytest.raises(ZeroDivisionError), monkeypatch.context() as patch:
        patch.setattr(Numbers, "load", fails)
        with book._lock, book._transaction(customers.add):
            assert book._books[other] > 0
            raise ZeroDivisionError
    made = book.do(customers.add, a_customer(book=other))
    number = book.database.writer.execute("SELECT number FROM book_number WHERE id = ?", (other,)).fetchone()
    row = book.database.writer.execute("SELECT book FROM customer WHERE id = ?", (made.id,)).fetchone()
    assert number == row


@pytest.mark.parametrize("forget", [False, True])
def test_a_failure_while_closing_keeps_no_key(tmp_path: Path, forget: bool) -> None:
    keychain = MemoryKeychain()
    made = bootstrap.create_company(
        tmp_path / "home", "Acme", "Olga Owner", PASSWORD,
        keychain=keychain, clock=FakeClock(), parameters=passwords.minimum(),
    )  # fmt: skip
    made.close()
    opened = bootstrap.open_company(made.profile, PASSWORD, keychain=keychain, clock=FakeClock())
    assert opened is not None

    def fails() -> None:
        raise OSError("the disk is away")

    opened.session.closing = fails
    with pytest.raises(OSError, match="away"):
        opened.close(forget=forget)
    assert opened.vault.key.is_wiped
    assert opened.vault.stretched is None or opened.vault.stretched.is_wiped
    kept = {item for _owner, item in keychain.items}
    assert (keychains.SESSION_KEY in kept) is not forget
    again = bootstrap.open_company(made.profile, PASSWORD, keychain=keychain, clock=FakeClock())
    assert again is not None
    again.close()
