"""The operating system's keyring, or the plain statement that there is no safe one. Sole importer of keyring."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from app.errors import Unsafe
from app.i18n import _

SERVICE: Final = "Provender"
MAX_BYTES: Final = 2560
"""What Windows keeps in one item. Its backend stores UTF-16, so every character counts twice."""

SESSION_KEY: Final = "session-key"
TITLE: Final = "title"
ROLLBACK: Final = "rollback"

MAX_TITLE_BYTES: Final = 300

BRIEF: Final = frozenset({SESSION_KEY})
"""Items that should die when the person logs off, where the system can do that."""

# By name and not by what they claim: null, fail, plain-text files and whatever a plug-in brings are refused.
SAFE: Final = frozenset(
    {
        "keyring.backends.SecretService",
        "keyring.backends.libsecret",
        "keyring.backends.kwallet",
        "keyring.backends.Windows",
        "keyring.backends.macOS",
    }
)
CHAIN: Final = "keyring.backends.chainer"
SESSION_COLLECTION: Final = "/org/freedesktop/secrets/collection/session"

T = TypeVar("T")


class KeyringUnavailable(Unsafe):
    """The keyring is missing, locked or failing just now. What it holds is not lost."""

    code = "keyring"


class Keychain(Protocol):
    """Small secrets that the operating system keeps for this user. `owner` is a header's device id."""

    @property
    def name(self) -> str:
        """What it is, for the status page; empty where there is none."""
        ...

    @property
    def is_safe(self) -> bool:
        """Whether a device secret may be entrusted to it."""
        ...

    def get(self, owner: str, item: str) -> bytes | None:
        """The secret, None where there is no such item. Raises KeyringUnavailable."""
        ...

    def put(self, owner: str, item: str, secret: bytes) -> None:
        """Store and read back. Raises KeyringUnavailable unless the very same bytes come back."""
        ...

    def delete(self, owner: str, item: str) -> None:
        """Remove the item if it is there. Raises KeyringUnavailable."""
        ...


class OsKeychain:
    """A keyring of the operating system through the `keyring` package."""

    is_safe = True

    def __init__(self, backend: Any) -> None:
        self._lasting = _lasting(backend)
        self._brief = _brief(backend)
        self.name: str = str(getattr(backend, "name", "")) or type(backend).__name__

    def get(self, owner: str, item: str) -> bytes | None:
        text = self._ask(item, lambda backend: backend.get_password(SERVICE, _account(owner, item)))
        if text is None:
            return None
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            # Somebody else wrote it; for us it is not there, and nobody is locked out for ever.
            return None

    def put(self, owner: str, item: str, secret: bytes) -> None:
        text = base64.b64encode(secret).decode()
        if len(text.encode("utf-16-le")) > MAX_BYTES:
            raise ValueError("too large for an item of the keyring")
        self._ask(item, lambda backend: backend.set_password(SERVICE, _account(owner, item), text))
        if self.get(owner, item) != secret:
            raise KeyringUnavailable(
                _("The keyring “{name}” did not keep what was stored in it. Nothing was changed.").format(
                    name=self.name
                )
            )

    def delete(self, owner: str, item: str) -> None:
        def remove(backend: Any) -> None:
            if backend.get_password(SERVICE, _account(owner, item)) is not None:
                backend.delete_password(SERVICE, _account(owner, item))

        self._ask(item, remove)

    def _ask(self, item: str, question: Callable[[Any], T]) -> T:
        """Put a question to the right store; every failure of any backend becomes one known sentence."""
        backend = self._brief if item in BRIEF else self._lasting
        try:
            return question(backend)
        except Exception as error:
            if backend is not self._lasting and self._brief_is_missing():
                self._brief = self._lasting
                return self._ask(item, question)
            raise KeyringUnavailable(
                _(
                    "The keyring “{name}” does not answer ({reason}). It may be locked: unlock it or sign in to "
                    "the computer again, then try once more. Nothing is lost."
                ).format(name=self.name, reason=type(error).__name__)
            ) from error

    def _brief_is_missing(self) -> bool:
        """Whether this system simply has no store for the session, while the lasting one works."""
        with contextlib.suppress(Exception):
            self._lasting.get_password(SERVICE, "probe")
            return True
        return False


class NoKeychain:
    """There is no safe keyring: passwords stand alone and are never kept."""

    is_safe = False
    name = ""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        """Why, for `doctor`: the backend that was refused or the failure that was met."""

    def get(self, owner: str, item: str) -> bytes | None:
        raise self._unavailable()

    def put(self, owner: str, item: str, secret: bytes) -> None:
        raise self._unavailable()

    def delete(self, owner: str, item: str) -> None:
        """Nothing is held, so nothing remains."""

    def _unavailable(self) -> KeyringUnavailable:
        return KeyringUnavailable(
            _(
                "This computer offers no safe keyring at the moment. Start its password store (GNOME Keyring, "
                "KWallet, Windows credentials or the macOS keychain) and try again."
            )
        )


def system() -> Keychain:
    """The keyring of this computer. Never raises: without a safe one the answer is a NoKeychain."""
    try:
        import keyring

        backend = keyring.get_keyring()
        for candidate in _candidates(backend):
            if type(candidate).__module__ in SAFE:
                return OsKeychain(candidate)
    except Exception as error:
        return NoKeychain(type(error).__name__)
    return NoKeychain(f"{type(backend).__module__}.{type(backend).__name__}")


def _candidates(backend: Any) -> tuple[Any, ...]:
    """The backend itself, or those that a chain would ask: one safe link is used, never the chain."""
    if type(backend).__module__ == CHAIN:
        return tuple(backend.backends)
    return (backend,)


def _lasting(backend: Any) -> Any:
    """Windows would let items roam to other computers, which a device secret must not."""
    if type(backend).__module__ == "keyring.backends.Windows":
        return backend.with_properties(persist="local machine")
    return backend


def _brief(backend: Any) -> Any:
    """The same keyring where an item dies at log-off; where there is no such thing, the lasting one."""
    module = type(backend).__module__
    if module == "keyring.backends.Windows":
        return backend.with_properties(persist="session")
    if module == "keyring.backends.SecretService":
        return backend.with_properties(preferred_collection=SESSION_COLLECTION)
    return backend


def _account(owner: str, item: str) -> str:
    return f"{owner}/{item}"
