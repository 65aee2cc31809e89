"""The operating system's keyring: a real one where there is one, and every kind that is refused."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import keyring
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordDeleteError

from app.vault import keychain as keychains
from app.vault.keychain import KeyringUnavailable, NoKeychain, OsKeychain


class Pretended(KeyringBackend):
    """A backend that says it is the Windows or Linux one, holding items in a dictionary."""

    priority = 1
    persist = "enterprise"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.held: dict[tuple[str, str], str] = {}
        self.failing: Exception | None = None
        self.mangles = False

    def with_properties(self, **kwargs: Any) -> Pretended:
        alike = type(self)()
        alike.held = self.held
        for name, value in kwargs.items():
            setattr(alike, name, value)
        return alike

    def get_password(self, service: str, username: str) -> str | None:
        if self.failing:
            raise self.failing
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.failing:
            raise self.failing
        self.held[service, username] = password[:-4] if self.mangles else password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.held:
            raise PasswordDeleteError
        del self.held[service, username]


def pretend(module: str) -> Pretended:
    backend: Pretended = type("Keyring", (Pretended,), {"__module__": module})()
    return backend


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    return lambda backend: monkeypatch.setattr(keyring, "get_keyring", lambda: backend)


# ---- the real one


def test_a_real_secret_service_keeps_what_it_is_given(secret_service: str) -> None:
    keyring.core.init_backend()
    chain = keychains.system()
    assert isinstance(chain, OsKeychain), chain
    owner, secret = "test-device", bytes(range(256)) * 2
    for item in ("device-secret-a", keychains.SESSION_KEY):
        assert chain.get(owner, item) is None
        chain.put(owner, item, secret)
        assert chain.get(owner, item) == secret
        chain.put(owner, item, b"newer")
        assert keychains.system().get(owner, item) == b"newer"
        chain.delete(owner, item)
        chain.delete(owner, item)
        assert chain.get(owner, item) is None


def test_the_session_item_lies_in_the_session_collection(secret_service: str) -> None:
    import secretstorage

    keyring.core.init_backend()
    chain = keychains.system()
    chain.put("test-device", keychains.SESSION_KEY, b"brief")
    chain.put("test-device", "device-secret-a", b"lasting")
    connection = secretstorage.dbus_init()
    try:
        session = secretstorage.Collection(connection, keychains.SESSION_COLLECTION)
        names = {item.get_attributes()["username"] for item in session.get_all_items()}
    finally:
        connection.close()
    assert "test-device/session-key" in names
    assert "test-device/device-secret-a" not in names
    for item in (keychains.SESSION_KEY, "device-secret-a"):
        chain.delete("test-device", item)


# ---- refused


@pytest.mark.parametrize(
    "backend",
    [
        keyring.backends.null.Keyring(),
        keyring.backends.fail.Keyring(),
        pretend("keyrings.alt.file"),
        pretend("some.plugin"),
        object(),
    ],
    ids=["null", "fail", "plaintext", "plugin", "nothing"],
)
def test_unsafe_backends_are_refused(use: Callable[[object], None], backend: object) -> None:
    use(backend)
    chain = keychains.system()
    assert isinstance(chain, NoKeychain)
    assert not chain.is_safe
    with pytest.raises(KeyringUnavailable, match="no safe keyring"):
        chain.get("a", "b")
    with pytest.raises(KeyringUnavailable):
        chain.put("a", "b", b"c")
    chain.delete("a", "b")


def test_of_a_chain_only_a_safe_link_is_used(
    use: Callable[[object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, safe = pretend("keyrings.alt.file"), pretend("keyring.backends.kwallet")
    chain = keyring.backends.chainer.ChainerBackend()
    monkeypatch.setattr(type(chain), "backends", [plain, safe])
    use(chain)
    found = keychains.system()
    assert isinstance(found, OsKeychain)
    found.put("a", "b", b"secret")
    assert plain.held == {}
    assert len(safe.held) == 1
    monkeypatch.setattr(type(chain), "backends", [plain])
    assert isinstance(keychains.system(), NoKeychain)


def test_a_keyring_that_cannot_start_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (NoKeyringError("x"), InitError("x"), RuntimeError("x")):

        def fail(error: Exception = error) -> object:
            raise error

        monkeypatch.setattr(keyring, "get_keyring", fail)
        assert isinstance(keychains.system(), NoKeychain)


# ---- failures


@pytest.mark.parametrize("error", [NoKeyringError("x"), KeyringLocked("x"), InitError("x"), OSError("bus")])
def test_every_failure_is_one_known_sentence(error: Exception) -> None:
    backend = pretend("keyring.backends.kwallet")
    chain = OsKeychain(backend)
    backend.failing = error
    asks: tuple[Callable[[], object], ...] = (
        lambda: chain.get("a", "b"),
        lambda: chain.put("a", "b", b"c"),
        lambda: chain.delete("a", "b"),
    )
    for ask in asks:
        with pytest.raises(KeyringUnavailable, match=type(error).__name__):
            ask()


def test_what_is_stored_is_read_back() -> None:
    backend = pretend("keyring.backends.kwallet")
    backend.mangles = True
    with pytest.raises(KeyringUnavailable, match="did not keep"):
        OsKeychain(backend).put("a", "b", b"a secret of some length")


def test_an_item_is_never_larger_than_windows_takes() -> None:
    chain = OsKeychain(pretend("keyring.backends.Windows"))
    largest = keychains.MAX_BYTES // 2 // 4 * 3
    chain.put("a", "b", bytes(largest))
    with pytest.raises(ValueError, match="too large"):
        chain.put("a", "b", bytes(largest + 1))


def test_a_strange_item_counts_as_none() -> None:
    backend = pretend("keyring.backends.kwallet")
    backend.held["Provender", "a/b"] = "not base64 ü"
    assert OsKeychain(backend).get("a", "b") is None


def test_on_windows_nothing_roams_and_the_session_item_dies_at_log_off() -> None:
    chain = OsKeychain(pretend("keyring.backends.Windows"))
    assert chain._lasting.persist == "local machine"
    assert chain._brief.persist == "session"


def test_without_a_session_collection_the_lasting_one_takes_its_items() -> None:
    backend = pretend("keyring.backends.SecretService")
    chain = OsKeychain(backend)
    chain._brief.failing = InitError("no such collection")
    chain.put("a", keychains.SESSION_KEY, b"key")
    assert chain.get("a", keychains.SESSION_KEY) == b"key"


def test_importing_the_vault_does_not_import_keyring() -> None:
    import subprocess
    import sys

    program = "import sys, app.vault.unlock, app.vault.profiles, app.vault.keychain; print('keyring' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == "False"
    assert isinstance(keychains, types.ModuleType)
