"""A vault made once, copied for each test; Argon2id is run once per password and salt."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.clock import FakeClock
from app.crypto import passwords
from app.crypto.keys import SecretKey
from app.crypto.passwords import Parameters
from app.crypto.recovery import RecoveryCode
from app.vault import slots, unlock, waiting
from app.vault.unlock import Opened
from tests.keychains import MemoryKeychain

PASSWORD = "penguins in my fridge"
OTHER = "seven lanterns at noon"
TITLE = "Golden Wok Trading"

_stretched: dict[tuple[str, bytes, Parameters], bytes] = {}
_stretch = passwords.stretch


def stretch_once(password: str, salt: bytes, parameters: Parameters) -> SecretKey:
    """The real derivation, remembered: 64 MiB cost a quarter of a second."""
    passwords.check_bounds(parameters)
    key = (password, salt, parameters)
    if key not in _stretched:
        _stretched[key] = _stretch(password, salt, parameters).reveal()
    return SecretKey(_stretched[key])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One salt for all, so that the few passwords of these tests are stretched once each."""
    monkeypatch.setattr(passwords, "stretch", stretch_once)
    monkeypatch.setattr(slots, "fresh_salt", lambda: b"a salt for tests")
    waiting._failed_at_s.clear()
    yield
    waiting._failed_at_s.clear()


@dataclass
class Vault:
    """A closed vault, what its keyring holds, and the ways in."""

    folder: Path
    keychain: MemoryKeychain
    clock: FakeClock
    code: RecoveryCode

    def open(self, password: str = PASSWORD) -> Opened:
        return unlock.with_password(self.folder, password, keychain=self.keychain, clock=self.clock)

    def by_keyring(self) -> Opened | None:
        return unlock.with_keyring(self.folder, keychain=self.keychain, clock=self.clock)

    def recover(self, code: RecoveryCode | None = None) -> Opened:
        return unlock.with_recovery(self.folder, code or self.code, keychain=self.keychain, clock=self.clock)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str], bytes], RecoveryCode]:
    folder = tmp_path_factory.mktemp("vault") / "main"
    keychain = MemoryKeychain()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "stretch", stretch_once)
        patch.setattr(slots, "fresh_salt", lambda: b"a salt for tests")
        opened = unlock.create(
            folder,
            PASSWORD,
            title=TITLE,
            keychain=keychain,
            clock=FakeClock(),
            parameters=passwords.minimum(),
        )
    with opened.database.transaction() as connection:
        connection.execute("CREATE TABLE person (name TEXT)")
        connection.execute("INSERT INTO person VALUES ('Jane')")
    assert opened.recovery_code is not None
    code = RecoveryCode.parse(opened.recovery_code.text())
    unlock.close(opened)
    # Moved away, so that copies of it are not copies of something that is still there.
    template = Path(shutil.move(folder, folder.with_name("template")))
    return template, dict(keychain.items), code


@pytest.fixture
def vault(made: tuple[Path, dict[tuple[str, str], bytes], RecoveryCode], tmp_path: Path) -> Vault:
    template, items, code = made
    keychain = MemoryKeychain()
    keychain.items = dict(items)
    folder = Path(shutil.copytree(template, tmp_path / "main"))
    vault = Vault(folder, keychain, FakeClock(), code)
    unlock.close(vault.open())
    return vault


@pytest.fixture
def people() -> Callable[[Opened], list[str]]:
    def names(opened: Opened) -> list[str]:
        with opened.database.reader() as connection:
            return [str(row[0]) for row in connection.execute("SELECT name FROM person ORDER BY rowid")]

    return names
