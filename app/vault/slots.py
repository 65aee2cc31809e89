"""The slots that wrap the database key: password with device secret, recovery code, and those still to come.

A slot is a JSON object of vault.json. Everything in it but `sealed` is authenticated as it is opened, together
with the vault's id, so that neither parameters nor slots can be exchanged. Kinds that this version does not
know (security keys, company recovery) are kept as they are and ignored.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from app import ids
from app.crypto.keys import SecretKey, derive, mix
from app.crypto.passwords import PROFILES, SALT_BYTES, Parameters, check_bounds
from app.crypto.recovery import RecoveryCode
from app.crypto.seal import open_sealed, seal
from app.errors import Damaged
from app.i18n import _
from app.vault.header import canonical

PASSWORD: Final = "password"  # noqa: S105 - the name of a kind
RECOVERY: Final = "recovery"
ITEMS: Final = ("device-secret-a", "device-secret-b")
"""A change of password writes the other keyring item, so that a crash never leaves a third one behind."""

Slot = Mapping[str, Any]


def password_slot(
    vault: str,
    database_key: SecretKey,
    *,
    stretched: SecretKey,
    salt: bytes,
    parameters: Parameters,
    device_secret: SecretKey | None,
    item: str,
    now_ms: int,
) -> Slot:
    """A slot that the password opens, together with the device secret where a keyring holds one."""
    head = {
        "id": ids.show(ids.fresh()),
        "kind": PASSWORD,
        "made_ms": now_ms,
        "salt": salt.hex(),
        "argon2id": {
            "profile": parameters.profile,
            "memory_kib": parameters.memory_kib,
            "passes": parameters.passes,
            "lanes": parameters.lanes,
        },
        # Says openly whether the password is all there is.
        "device_secret": item if device_secret is not None else "",
    }
    return _sealed(vault, head, _password_key(head, stretched, device_secret), database_key)


def rewrapped(
    vault: str, slot: Slot, database_key: SecretKey, *, stretched: SecretKey, secret: SecretKey | None
) -> Slot:
    """The same password slot around another database key."""
    head = {name: value for name, value in slot.items() if name != "sealed"}
    return _sealed(vault, head, _password_key(head, stretched, secret), database_key)


def recovery_slot(vault: str, database_key: SecretKey, code: RecoveryCode, now_ms: int) -> Slot:
    """A slot that the recovery code opens."""
    slot_id = ids.show(ids.fresh())
    head: Slot = {"id": slot_id, "kind": RECOVERY, "made_ms": now_ms}
    return _sealed(vault, head, code.key(slot_id.encode()), database_key)


def open_password(vault: str, slot: Slot, stretched: SecretKey, device_secret: SecretKey | None) -> SecretKey:
    """The database key. Raises Damaged when password, device secret or slot are not what they were."""
    return _opened(vault, slot, _password_key(slot, stretched, device_secret))


def open_recovery(vault: str, slot: Slot, code: RecoveryCode) -> SecretKey:
    """The database key. Raises Damaged when the code is another."""
    return _opened(vault, slot, code.key(str(slot["id"]).encode()))


def parameters_of(slot: Slot) -> tuple[Parameters, bytes]:
    """Argon2id's parameters and salt. Raises Damaged for what is unsafe, before anything is derived."""
    try:
        asked = slot["argon2id"]
        parameters = Parameters(
            str(asked["profile"]), int(asked["memory_kib"]), int(asked["passes"]), int(asked["lanes"])
        )
        salt = bytes.fromhex(slot["salt"])
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable() from error
    if parameters.profile not in PROFILES or len(salt) != SALT_BYTES:
        raise _unreadable()
    check_bounds(parameters)
    return parameters, salt


def item_of(slot: Slot) -> str:
    """The keyring item with the device secret; empty where the password is alone."""
    item = slot.get("device_secret")
    if item not in ("", *ITEMS):
        raise _unreadable()
    return str(item)


def other_item(slot: Slot | None) -> str:
    """The keyring item that this slot does not use."""
    return ITEMS[1] if slot is not None and slot.get("device_secret") == ITEMS[0] else ITEMS[0]


def fresh_salt() -> bytes:
    """The salt of a new password."""
    return os.urandom(SALT_BYTES)


def _password_key(head: Slot, stretched: SecretKey, device_secret: SecretKey | None) -> SecretKey:
    salt = str(head["id"]).encode()
    if device_secret is None:
        return derive(stretched, "provender/slot/password-alone/1", salt=salt)
    return mix(stretched, device_secret, "provender/slot/password/1", salt=salt)


def _sealed(vault: str, head: Slot, wrapping: SecretKey, database_key: SecretKey) -> Slot:
    sealed = seal(wrapping, database_key.reveal(), _context(vault, head)).hex()
    wrapping.wipe()
    return {**head, "sealed": sealed}


def _opened(vault: str, slot: Slot, wrapping: SecretKey) -> SecretKey:
    try:
        return SecretKey(open_sealed(wrapping, bytes.fromhex(slot["sealed"]), _context(vault, slot)))
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable() from error
    finally:
        wrapping.wipe()


def _context(vault: str, slot: Slot) -> bytes:
    head = {name: value for name, value in slot.items() if name != "sealed"}
    return b"provender/slot/1\0" + canonical({"vault": vault, "slot": head})


def _unreadable() -> Damaged:
    return Damaged(_("A key slot in vault.json is damaged. Put the file back from a backup."))
