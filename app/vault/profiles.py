"""Several vaults on one computer: finding, naming, holding and destroying them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from app import paths
from app.errors import AppError, Conflict, Locked, NotFound
from app.i18n import _, listed
from app.store.failures import os_failure
from app.store.place import SIDE_FILES, sync_folder
from app.vault import copies, slots
from app.vault import header as headers
from app.vault import keychain as keychains
from app.vault.header import DATABASE
from app.vault.keychain import Keychain, KeyringUnavailable

LOCK: Final = "lock"
FIRST: Final = "main"

# Beyond the text that names the holder, so that it stays readable on Windows, where locked bytes are not.
_LOCKED_BYTE: Final = 4096


@dataclass(frozen=True, slots=True)
class Profile:
    """A folder with a vault in it. Its name says nothing about the company; the title is in the keyring."""

    name: str
    folder: Path


def found(home: Path) -> tuple[Profile, ...]:
    """The profiles in the home folder, by name. An unfinished one, without vault.json, is none."""
    if not home.is_dir():
        return ()
    return tuple(
        Profile(folder.name, folder)
        for folder in sorted(home.iterdir())
        if paths.is_profile_name(folder.name) and headers.exists(folder)
    )


def named(home: Path, name: str) -> Profile:
    """The profile of this name. Raises NotFound or Invalid."""
    folder = paths.profile(home, name)
    if not headers.exists(folder):
        raise NotFound(
            _("There is no profile “{name}” here. “provender profiles” lists them.").format(name=name)
        )
    return Profile(name, folder)


def chosen(home: Path, name: str | None) -> Profile:
    """The named profile, or the only one. Raises NotFound where the choice is not clear."""
    if name is not None:
        return named(home, name)
    profiles = found(home)
    if not profiles:
        raise NotFound(
            _(
                "There is no company on this computer yet. Make one with “provender company create”, or in the window."
            )
        )
    if len(profiles) > 1:
        raise NotFound(
            _("There are several profiles: {names}. Choose one with --profile.").format(
                names=listed(profile.name for profile in profiles)
            )
        )
    return profiles[0]


def fresh_folder(home: Path, name: str | None = None) -> Path:
    """The folder for a new vault, made: the named one, else “main”, “main-2” … Raises Conflict if taken."""
    if name is not None:
        folder = paths.profile(home, name)
        if headers.exists(folder) or (folder / DATABASE).exists():
            raise Conflict(_("There is already a profile “{name}”. Choose another name.").format(name=name))
        return paths.private_folder(paths.private_folder(home) / name)
    number = 1
    while _is_taken(home / (candidate := FIRST if number == 1 else f"{FIRST}-{number}")):
        number += 1
    return paths.private_folder(paths.private_folder(home) / candidate)


def _is_taken(folder: Path) -> bool:
    """Anything but an empty folder, or one where making a vault was cut short, is left alone."""
    if not folder.is_dir():
        return folder.exists()
    left_over = {LOCK, DATABASE + ".new", headers.NAME + ".new"}
    return any(entry.name not in left_over for entry in folder.iterdir())


def company(profile: Profile, keychain: Keychain) -> str | None:
    """The company's name as this computer's keyring knows it, None where it does not.

    Kept there and not in the folder, where a thief of the disk would read it.
    """
    try:
        header, _mac = headers.read(profile.folder)
        kept = keychain.get(header.device, keychains.TITLE) if keychain.is_safe else None
    except AppError:
        kept = None
    return kept.decode(errors="replace") if kept else None


def title(profile: Profile, keychain: Keychain) -> str:
    """The company's name where the keyring knows it, otherwise the profile's."""
    return company(profile, keychain) or profile.name


def set_title(profile: Profile, text: str, keychain: Keychain) -> None:
    """Note the company's name. Raises KeyringUnavailable."""
    header, _mac = headers.read(profile.folder)
    if keychain.is_safe:
        keychain.put(header.device, keychains.TITLE, text.encode()[: keychains.MAX_TITLE_BYTES])


def delete(profile: Profile, keychain: Keychain) -> None:
    """Destroy a profile for good: keyring items and key slots first, so that what may remain is unreadable.

    On flash disks overwritten blocks can survive; they are ciphertext without a key. Raises Locked while
    another program has it open. Cut short, it can be repeated.
    """
    folder = profile.folder
    with InstanceLock(folder):
        with contextlib.suppress(AppError):
            header, _mac = headers.read(folder)
            # A copy that was never opened still bears the original's name, whose items are not its own.
            if header.is_own and not copies.has_twin(folder, header.device):
                for item in (*slots.ITEMS, keychains.SESSION_KEY, keychains.ROLLBACK, keychains.TITLE):
                    with contextlib.suppress(KeyringUnavailable):
                        keychain.delete(header.device, item)
        for name in (DATABASE, headers.NAME):
            for suffix in ("", ".new", *SIDE_FILES):
                path = folder / (name + suffix)
                if path.is_file() and not path.is_symlink():
                    _overwrite_start(path)
                path.unlink(missing_ok=True)
        sync_folder(folder)
    shutil.rmtree(folder)
    sync_folder(folder.parent)


class InstanceLock:
    """One program per profile. The operating system lets go when the process dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        """Take the lock. Raises Locked, naming the holder."""
        self._path = folder / LOCK
        self._handle = -1
        try:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        except OSError as error:
            raise os_failure(error, self._path) from error
        try:
            _lock(self._handle)
        except OSError:
            os.close(self._handle)
            self._handle = -1
            raise Locked(_held_by(self._path)) from None
        holder = {
            "process": os.getpid(),
            "computer": socket.gethostname(),
            "since": time.strftime("%Y-%m-%d %H:%M"),
        }
        os.ftruncate(self._handle, 0)
        os.write(self._handle, json.dumps(holder).encode())

    def release(self) -> None:
        """Let go. Releasing twice is harmless."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.release()


def _held_by(path: Path) -> str:
    try:
        holder = json.loads(path.read_bytes()[:1024])
        return _(
            "Provender already has this profile open (process {process} on {computer}, since {since}). Use that "
            "window, or close it and try again."
        ).format(process=holder["process"], computer=holder["computer"], since=holder["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return _("Another program has this profile open. Close it and try again.")


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _overwrite_start(path: Path) -> None:
    """Salt and first page, or the slots: enough to make the rest useless where overwriting reaches the disk."""
    handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        size = min(os.fstat(handle).st_size, 64 * 1024)
        os.write(handle, bytes(size))
        os.fsync(handle)
    finally:
        os.close(handle)
