"""Making a vault, opening it, changing what opens it, and forgetting its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Final

from app import paths
from app.clock import Clock
from app.crypto import passwords, strength
from app.crypto.keys import SecretKey
from app.crypto.passwords import Parameters
from app.crypto.recovery import RecoveryCode
from app.errors import AppError, Conflict, Damaged, Invalid, Locked, OtherDevice, WrongPassword
from app.i18n import _
from app.store.database import Database
from app.store.place import forget_file, settle
from app.store.place import waiting as waiting_file
from app.vault import copies, dumps, slots, waiting
from app.vault import header as headers
from app.vault import keychain as keychains
from app.vault.copies import Standing
from app.vault.header import DATABASE, Header
from app.vault.keychain import Keychain, KeyringUnavailable
from app.vault.slots import PASSWORD, RECOVERY

KEEP_HOURS: Final = 12.0
"""How long the keyring may reopen the vault without the password, unless policy says otherwise; 0 is off."""

_SESSION_VERSION: Final = 1
_LOCKED: Final = "locked_ms"
"""In the header only where the keyring was away at a Lock: what it kept before then opens nothing."""
_SLOT_ID_BYTES: Final = 26


class How(Enum):
    """What opened the vault."""

    CREATED = "created"
    PASSWORD = "password"  # noqa: S105
    KEYRING = "keyring"
    RECOVERY = "recovery"


@dataclass(slots=True)
class Opened:
    """An open vault. `database` is frozen while `standing` is COPIED, until it became a device of its own."""

    folder: Path
    database: Database
    key: SecretKey
    header: Header
    keychain: Keychain
    clock: Clock
    how: How
    standing: Standing
    recovery_code: RecoveryCode | None = None
    """Only right after creating: to be shown once and printed."""
    stretched: SecretKey | None = None
    """The Argon2id key of the password; None after the recovery code, until a new password is set."""

    @property
    def needs_password(self) -> bool:
        """Whether a new password must be set before going on: the recovery code opened it."""
        return self.stretched is None

    @property
    def must_enrol(self) -> bool:
        """Whether this is a copy, which never goes on as the same device."""
        return self.standing is Standing.COPIED


# ---- making


def create(
    folder: Path,
    password: str,
    *,
    title: str,
    keychain: Keychain,
    clock: Clock,
    parameters: Parameters | None = None,
    discouraged: Iterable[str] = (),
) -> Opened:
    """Make a vault where none is. Raises Invalid for a bad password, Conflict where anything is in the way.

    Until vault.json is in place nothing counts: after a crash before that, creating again starts anew.
    """
    dumps.forbid()
    strength.require_acceptable(
        password, alone=not keychain.is_safe, discouraged=(title, "provender", *discouraged)
    )
    paths.private_folder(folder)
    data = folder / DATABASE
    if headers.exists(folder) or data.exists():
        raise Conflict(_("There is already a vault in {folder}. Nothing was changed.").format(folder=folder))
    forget_file(waiting_file(data))

    key, code = SecretKey.fresh(), RecoveryCode.fresh()
    header = Header.fresh(clock.now_ms())
    slot, stretched = _new_password(header, key, password, keychain, clock, parameters)
    recovery = slots.recovery_slot(header.vault, key, code, clock.now_ms())
    header = copies.placed(header.with_slot(slot).with_slot(recovery), key, folder)

    Database.open(waiting_file(data), key, create=True).close()
    if keychain.is_safe:
        keychain.put(header.device, keychains.TITLE, title.encode()[: keychains.MAX_TITLE_BYTES])
    headers.write(folder, header, key)
    settle(data, key)
    database = Database.open(data, key)
    return Opened(folder, database, key, header, keychain, clock, How.CREATED, Standing.HOME, code, stretched)


# ---- opening


def with_password(folder: Path, password: str, *, keychain: Keychain, clock: Clock) -> Opened:
    """Open with the password. Raises WrongPassword with the wait, OtherDevice, KeyringUnavailable, Damaged."""
    dumps.forbid()
    header, mac = headers.read(folder)
    slot = _password_slot(header)
    parameters, salt = slots.parameters_of(slot)
    secret = _device_secret(header, slot, keychain)
    waiting.begin(folder, clock)
    try:
        stretched = passwords.stretch(password, salt, parameters)
    except AppError:
        waiting.withdraw(folder, clock)
        raise
    try:
        key = slots.open_password(header.vault, slot, stretched, secret)
    except Damaged:
        raise _wrong_password(folder, clock) from None
    waiting.succeeded(folder)
    opened = _open(folder, header, mac, key, keychain, clock, How.PASSWORD, stretched)
    # A change of password that was cut short left the other item; nothing opens with it any more.
    _delete_quietly(keychain, opened.header.device, slots.other_item(slot))
    return opened


def sweep_expired(folders: Iterable[Path], *, keychain: Keychain, clock: Clock) -> None:
    """Delete what the keyring kept too long, for every profile: the first thing that a program does at start."""
    if not keychain.is_safe:
        return
    for folder in folders:
        try:
            header, _mac = headers.read(folder)
            slot = header.slot(PASSWORD)
            if slot is not None:
                _session_key(header, slot, keychain, clock)
        except AppError:
            # A damaged header or a keyring that is away is told when that profile is opened.
            continue


def with_keyring(folder: Path, *, keychain: Keychain, clock: Clock) -> Opened | None:
    """Open with the key that `keep_signed_in` left, None where there is none, or it is too old."""
    dumps.forbid()
    header, mac = headers.read(folder)
    slot = header.slot(PASSWORD)
    if slot is None or not keychain.is_safe:
        return None
    try:
        stretched = _session_key(header, slot, keychain, clock)
        if stretched is None:
            return None
        key = slots.open_password(header.vault, slot, stretched, _device_secret(header, slot, keychain))
    except (KeyringUnavailable, OtherDevice, Damaged):
        # The password is the way in, and says what is wrong.
        return None
    header.check(key, mac)
    if copies.standing(header, key, folder) is Standing.COPIED:
        return None
    return _open(folder, header, mac, key, keychain, clock, How.KEYRING, stretched)


def with_recovery(folder: Path, code: RecoveryCode, *, keychain: Keychain, clock: Clock) -> Opened:
    """Open with the recovery code; the caller then sets a new password. Raises Invalid for another code."""
    dumps.forbid()
    header, mac = headers.read(folder)
    key = _recovered(header, code)
    opened = _open(folder, header, mac, key, keychain, clock, How.RECOVERY, None)
    waiting.succeeded(folder)
    return opened


def confirm_recovery(opened: Opened, code: RecoveryCode) -> None:
    """Raises Invalid unless this is the vault's recovery code: the word that an unknown state asks for."""
    _recovered(opened.header, code).wipe()


def confirm_password(opened: Opened, password: str) -> None:
    """Raises WrongPassword unless this is the password: a fresh factor before a dangerous action."""
    slot = _password_slot(opened.header)
    parameters, salt = slots.parameters_of(slot)
    waiting.begin(opened.folder, opened.clock)
    stretched = passwords.stretch(password, salt, parameters)
    if opened.stretched is None or stretched != opened.stretched:
        raise _wrong_password(opened.folder, opened.clock)
    waiting.succeeded(opened.folder)


# ---- changing


def change_password(
    opened: Opened,
    old: str,
    new: str,
    *,
    parameters: Parameters | None = None,
    discouraged: Iterable[str] = (),
) -> None:
    """Replace the password and the device secret, so that an old copy of vault.json opens nothing.

    A crash leaves the old password or the new one in force, never both and never neither.
    """
    confirm_password(opened, old)
    set_password(opened, new, parameters=parameters, discouraged=discouraged)


def set_password(
    opened: Opened, new: str, *, parameters: Parameters | None = None, discouraged: Iterable[str] = ()
) -> None:
    """Give the vault a new password without asking for the old one: after the recovery code."""
    keychain, header = opened.keychain, opened.header
    strength.require_acceptable(new, alone=not keychain.is_safe, discouraged=("provender", *discouraged))
    old_slot = header.slot(PASSWORD)
    slot, stretched = _new_password(header, opened.key, new, keychain, opened.clock, parameters)
    header = header.with_slot(slot)
    headers.write(opened.folder, header, opened.key)
    # From here the new one is in force; what follows destroys the old.
    if old_slot is not None:
        _delete_quietly(keychain, header.device, slots.other_item(slot))
    _delete_quietly(keychain, header.device, keychains.SESSION_KEY)
    waiting.succeeded(opened.folder)
    if opened.stretched is not None:
        opened.stretched.wipe()
    opened.header, opened.stretched = header, stretched


def new_recovery_code(opened: Opened) -> RecoveryCode:
    """Withdraw the old code, re-key the database, and give a new code to be shown once.

    Also the answer to a suspected leak of the database key. Slots of kinds that this version does not know
    wrap the old key and are dropped. A crash leaves the old key and code or the new ones in force.
    """
    if opened.stretched is None:
        raise Locked(_("Set a new password first, then make a new recovery code."))
    header, key, code = opened.header, SecretKey.fresh(), RecoveryCode.fresh()
    slot = _password_slot(header)
    secret = _device_secret(header, slot, opened.keychain)
    new = slots.rewrapped(header.vault, slot, key, stretched=opened.stretched, secret=secret)
    recovery = slots.recovery_slot(header.vault, key, code, opened.clock.now_ms())
    changed = copies.placed(header.only(()).with_slot(new).with_slot(recovery), key, opened.folder)
    opened.database.rekey(key, commit=lambda: headers.write(opened.folder, changed, key))
    opened.key.wipe()
    opened.header, opened.key = changed, key
    return code


def become_new_device(opened: Opened, enrol: Callable[[Database], None]) -> None:
    """Turn a copy into a device of its own. `enrol` durably gives the database new device keys.

    Only then the header says that the vault belongs here: after a crash in between it is still a copy and
    enrols again. The keyring knows nothing of the new device's counter yet; `rollback.remember` begins it.
    """
    if opened.stretched is None:
        raise Locked(_("Set a new password first."))
    opened.database.thaw()
    enrol(opened.database)
    placed = copies.placed(opened.header, opened.key, opened.folder)
    headers.write(opened.folder, placed, opened.key)
    opened.header, opened.standing = placed, Standing.HOME


# ---- staying and leaving


def keep_signed_in(opened: Opened, hours: float = KEEP_HOURS) -> None:
    """Let the keyring reopen the vault for so many hours; 0 removes what it holds.

    Within that time the session of the operating system is the wall; the manual says so.
    """
    slot = opened.header.slot(PASSWORD)
    if hours <= 0 or opened.stretched is None or slot is None or not opened.keychain.is_safe:
        _delete_quietly(opened.keychain, opened.header.device, keychains.SESSION_KEY)
        return
    now_ms = opened.clock.now_ms()
    raw = (
        bytes((_SESSION_VERSION,))
        + str(slot["id"]).encode()
        + now_ms.to_bytes(8, "big")
        + (now_ms + int(hours * 3_600_000)).to_bytes(8, "big")
        + opened.stretched.reveal()
    )
    opened.keychain.put(opened.header.device, keychains.SESSION_KEY, raw)


def forget(opened: Opened) -> None:
    """Lock or sign out: what the keyring keeps for reopening goes first, then the database and the keys."""
    try:
        opened.keychain.delete(opened.header.device, keychains.SESSION_KEY)
    except KeyringUnavailable:
        # It may come back with the key still in it, so the header says that it counts no more.
        now_ms = opened.clock.now_ms()
        opened.header = replace(opened.header, extra={**opened.header.extra, _LOCKED: now_ms})
        headers.write(opened.folder, opened.header, opened.key)
    finally:
        close(opened)


def close(opened: Opened) -> None:
    """Quit: close the database and wipe the keys. The keyring may reopen the vault within its time."""
    try:
        opened.database.close()
    finally:
        opened.key.wipe()
        if opened.stretched is not None:
            opened.stretched.wipe()
        opened.recovery_code = None
        paths.empty_scratch(opened.folder)


# ---- parts


def _open(
    folder: Path,
    header: Header,
    mac: str,
    key: SecretKey,
    keychain: Keychain,
    clock: Clock,
    how: How,
    stretched: SecretKey | None,
) -> Opened:
    header.check(key, mac)
    settle(folder / DATABASE, key)
    paths.empty_scratch(folder)
    database = Database.open(folder / DATABASE, key)
    standing = copies.standing(header, key, folder)
    opened = Opened(folder, database, key, header, keychain, clock, how, standing, None, stretched)
    if standing is Standing.COPIED:
        database.freeze(
            _(
                "This vault was restored or copied. It is open for reading only until it has synchronised and "
                "become a new device, because two devices must not go on as one."
            )
        )
        # A copy that closed before it enrolled has its own name already.
        if header.place or not header.is_own:
            _take_own_name(opened)
    elif standing is Standing.MOVED:
        opened.header = copies.placed(header, key, folder)
        headers.write(folder, opened.header, key)
    return opened


def _take_own_name(opened: Opened) -> None:
    """Give a copy keyring items of its own, so that it never touches those of the original beside it.

    Where no original is beside it, it stands in the original's place and inherits what the keyring remembers
    of that: a backup put there by hand is a rollback like any older file.
    """
    header, keychain = opened.header, opened.keychain
    renamed = header.named(Header.fresh(0).device)
    if keychain.is_safe:
        wanted = [keychains.TITLE]
        if opened.stretched is not None:
            wanted.append(slots.item_of(_password_slot(header)))
        if not copies.has_twin(opened.folder, header.device):
            wanted.append(keychains.ROLLBACK)
        for name in filter(None, wanted):
            if (held := keychain.get(header.device, name)) is not None:
                keychain.put(renamed.device, name, held)
    headers.write(opened.folder, renamed, opened.key)
    opened.header = renamed


def _new_password(
    header: Header,
    key: SecretKey,
    password: str,
    keychain: Keychain,
    clock: Clock,
    parameters: Parameters | None,
) -> tuple[slots.Slot, SecretKey]:
    """A slot for this password, opened once with what the keyring gives back before anybody relies on it."""
    chosen = parameters or passwords.calibrate()
    salt = slots.fresh_salt()
    item = slots.other_item(header.slot(PASSWORD))
    secret = SecretKey.fresh() if keychain.is_safe else None
    if secret is not None:
        keychain.put(header.device, item, secret.reveal())
    stretched = passwords.stretch(password, salt, chosen)
    slot = slots.password_slot(
        header.vault,
        key,
        stretched=stretched,
        salt=salt,
        parameters=chosen,
        device_secret=secret,
        item=item,
        now_ms=clock.now_ms(),
    )
    if slots.open_password(header.vault, slot, stretched, _device_secret(header, slot, keychain)) != key:
        raise AssertionError("the new slot does not give the key back")
    return slot, stretched


def _password_slot(header: Header) -> slots.Slot:
    slot = header.slot(PASSWORD)
    if slot is None:
        raise OtherDevice(_("This vault has no password. Open it with the recovery code and set one."))
    return slot


def _device_secret(header: Header, slot: slots.Slot, keychain: Keychain) -> SecretKey | None:
    """The second half of the key; None where the slot says that the password is alone."""
    item = slots.item_of(slot)
    if not item:
        return None
    held = keychain.get(header.device, item)
    if held is None or len(held) != 32:
        raise OtherDevice(
            _(
                "The password alone does not open this vault: its second half is kept in the keyring of the "
                "computer it was made on, and is not in this one. Open it with the recovery code, then choose a "
                "new password."
            )
        )
    return SecretKey(held)


def _recovered(header: Header, code: RecoveryCode) -> SecretKey:
    slot = header.slot(RECOVERY)
    if slot is None:
        raise OtherDevice(_("This vault has no recovery code."))
    try:
        return slots.open_recovery(header.vault, slot, code)
    except Damaged:
        raise Invalid(
            "recovery_code",
            _("This is not this vault's recovery code. An older sheet is not valid any more."),
        ) from None


def _session_key(header: Header, slot: slots.Slot, keychain: Keychain, clock: Clock) -> SecretKey | None:
    """The key that the keyring keeps for this slot; an expired or foreign one is deleted before anything else."""
    raw = keychain.get(header.device, keychains.SESSION_KEY)
    if raw is None:
        return None
    key = _unexpired(raw, slot, clock, header.extra.get(_LOCKED))
    if key is None:
        keychain.delete(header.device, keychains.SESSION_KEY)
    return key


def _unexpired(raw: bytes, slot: slots.Slot, clock: Clock, locked_ms: object) -> SecretKey | None:
    """The key held by the keyring. A clock before the moment of storing was turned back: too old."""
    start = 1 + _SLOT_ID_BYTES
    if len(raw) != start + 16 + 32 or raw[0] != _SESSION_VERSION or raw[1:start] != str(slot["id"]).encode():
        return None
    stored_ms, until_ms = (
        int.from_bytes(raw[start : start + 8], "big"),
        int.from_bytes(raw[start + 8 : start + 16], "big"),
    )
    if not stored_ms <= clock.now_ms() < until_ms:
        return None
    if isinstance(locked_ms, int) and stored_ms <= locked_ms:
        return None
    return SecretKey(raw[start + 16 :])


def _wrong_password(folder: Path, clock: Clock) -> WrongPassword:
    left = waiting.left_s(folder, clock)
    return WrongPassword(_("The password is wrong. {wait}").format(wait=waiting.sentence(left)), left)


def _delete_quietly(keychain: Keychain, owner: str, item: str) -> None:
    """Remove an item that opens nothing by itself; a keyring that is away does not hold up the person."""
    try:
        keychain.delete(owner, item)
    except KeyringUnavailable:
        return
