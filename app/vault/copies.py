"""Whether this vault lies where it belongs. A copied vault never goes on as the same device.

The header carries, sealed under the database key, the computer and folder it was last used in. A backup
carries none, so that what is restored from it is a copy by construction.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Final

from app.crypto.keys import SecretKey, derive
from app.crypto.seal import open_sealed, seal
from app.errors import AppError
from app.vault import header as headers
from app.vault.header import Header

ID_FILES: Final = ("/etc/machine-id", "/var/lib/dbus/machine-id")

_PURPOSE: Final = "provender/place/1"


class Standing(Enum):
    """How a vault lies before us."""

    HOME = "home"
    MOVED = "moved"
    """Its folder got another name; nothing else holds it. It goes on."""
    COPIED = "copied"
    """A backup, another computer, or the original is still there: it must enrol as a new device."""


def standing(header: Header, key: SecretKey, folder: Path) -> Standing:
    """Compare where the vault was last used with where it is."""
    if not header.place:
        return Standing.COPIED
    place = json.loads(open_sealed(derive(key, _PURPOSE), bytes.fromhex(header.place), _context(header)))
    if place["machine"] != machine(header.vault):
        return Standing.COPIED
    was = Path(place["folder"])
    if was == folder.resolve():
        return Standing.HOME
    return Standing.COPIED if _still_there(was, header) else Standing.MOVED


def placed(header: Header, key: SecretKey, folder: Path) -> Header:
    """The header of a vault that belongs here."""
    place = {"machine": machine(header.vault), "folder": str(folder.resolve())}
    return replace(
        header, place=seal(derive(key, _PURPOSE), headers.canonical(place), _context(header)).hex()
    )


def has_twin(folder: Path, device: str) -> bool:
    """Whether another profile beside this one bears this device's name: a copy of it, or what it was copied from."""
    for other in sorted(folder.parent.iterdir()):
        if other != folder and headers.exists(other):
            with suppress(AppError):
                if headers.read(other)[0].device == device:
                    return True
    return False


def for_backup(header: Header, key: SecretKey) -> bytes:
    """The vault.json of a backup: it belongs nowhere."""
    return replace(header, place="", is_own=False).encode(key)


def machine(vault: str) -> str:
    """This computer, told by its installation's id and of no use outside this vault."""
    return hashlib.sha256(b"provender/machine/1\0" + vault.encode() + b"\0" + _machine_id()).hexdigest()[:32]


def _still_there(was: Path, header: Header) -> bool:
    try:
        other, _mac = headers.read(was)
    except AppError:
        return False
    return other.device == header.device


def _context(header: Header) -> bytes:
    return f"{header.vault}/{header.device}".encode()


def _machine_id() -> bytes:
    """The operating system's own id of this installation; the computer's name where it has none."""
    if sys.platform == "win32":
        import winreg

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0]).encode()
    if sys.platform == "darwin":
        import ctypes

        found = ctypes.create_string_buffer(16)
        patience = (ctypes.c_long * 2)(1, 0)
        return found.raw if ctypes.CDLL(None).gethostuuid(found, patience) == 0 else b""
    for path in ID_FILES:
        with suppress(OSError):
            if found_id := Path(path).read_bytes().strip():
                return found_id
    # Better the name than nothing, by which all such computers would be one.
    return platform.node().encode()
