"""What opens this vault, as its owner sees it and changes it: password, recovery code, staying signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.crypto import strength
from app.crypto.recovery import RecoveryCode
from app.crypto.strength import Strength
from app.errors import WrongPassword
from app.gateway.session import Session
from app.store import database
from app.vault import slots, unlock
from app.vault.unlock import Opened


class Book(Protocol):
    """An open company, as bootstrap gives it."""

    @property
    def session(self) -> Session: ...
    @property
    def vault(self) -> Opened: ...


@dataclass(frozen=True, slots=True)
class Slot:
    """One way into the vault. `kind` is `password`, `recovery` or one of a later version."""

    kind: str
    made_ms: int
    needs_keyring: bool
    memory_mib: int
    """What checking the password costs, and what guessing it would cost each time; 0 for other kinds."""


@dataclass(frozen=True, slots=True)
class Status:
    """The vault at a glance."""

    slots: tuple[Slot, ...]
    keyring: str
    """What the operating system calls its keyring; empty where there is none that is safe."""

    @property
    def keyring_is_safe(self) -> bool:
        return bool(self.keyring)

    @property
    def password_is_alone(self) -> bool:
        """Whether the password opens the vault on any computer, without the keyring of this one."""
        return any(slot.kind == slots.PASSWORD and not slot.needs_keyring for slot in self.slots)


def status(book: Book) -> Status:
    """The slots of vault.json and the keyring behind them."""
    vault = book.vault
    return Status(
        tuple(_slot(slot) for slot in vault.header.slots),
        vault.keychain.name if vault.keychain.is_safe else "",
    )


def judge(book: Book, password: str) -> Strength:
    """How good a new password would be here. Takes some milliseconds."""
    return strength.assess(password, alone=not book.vault.keychain.is_safe, discouraged=_names(book))


def change_password(book: Book, old: str, new: str) -> None:
    """Replace the password. Raises WrongPassword for the old one, Invalid for the new one."""
    _confirm(book, old, "vault.password_changed")
    unlock.set_password(book.vault, new, discouraged=_names(book))
    book.session.note("vault.password_changed", "done")


def new_recovery_code(book: Book, password: str) -> RecoveryCode:
    """Withdraw the recovery code and give a new one, to be shown once. The database gets a new key.

    Raises WrongPassword: whoever merely finds an open window must not walk away with a code.
    """
    _confirm(book, password, "vault.recovery_code_renewed")
    with book.session.held():
        code = unlock.new_recovery_code(book.vault)
    book.session.note("vault.recovery_code_renewed", "done")
    return code


def stay_signed_in(book: Book, hours: float) -> None:
    """From now on the keyring may reopen the book for so many hours; 0: never. Raises KeyringUnavailable."""
    unlock.keep_signed_in(book.vault, hours)
    book.session.note("vault.stay_signed_in", "done", hours=round(hours))


def engine() -> tuple[str, str]:
    """Versions of SQLite and of SQLCipher beneath the book."""
    return database.engine()


def _confirm(book: Book, password: str, what: str) -> None:
    try:
        unlock.confirm_password(book.vault, password)
    except WrongPassword:
        book.session.note(what, "refused", code=WrongPassword.code)
        raise


def _names(book: Book) -> tuple[str, ...]:
    return "provender", book.session.identity.company_name, book.session.person.name


def _slot(slot: slots.Slot) -> Slot:
    if slot["kind"] != slots.PASSWORD:
        return Slot(str(slot["kind"]), int(slot.get("made_ms", 0)), False, 0)
    parameters, _salt = slots.parameters_of(slot)
    return Slot(
        slots.PASSWORD, int(slot.get("made_ms", 0)), bool(slots.item_of(slot)), parameters.memory_kib // 1024
    )
