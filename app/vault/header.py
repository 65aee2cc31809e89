"""vault.json: the slots and their parameters, without a secret, authenticated as a whole under the database key."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from app import ids
from app.crypto.keys import SecretKey, derive, same, tag
from app.errors import AppError, Damaged, reason
from app.i18n import _
from app.store.place import replace_file

NAME: Final = "vault.json"
DATABASE: Final = "data.db"
FORMAT: Final = 1
MAX_BYTES: Final = 256 * 1024

ONE_OF_A_KIND: Final = ("password", "recovery")
_MAC_PURPOSE: Final = "provender/header/mac/1"


@dataclass(frozen=True, slots=True)
class Header:
    """What vault.json says. `extra` keeps what a later version wrote and this one does not know."""

    vault: str
    """The vault's own id: bound into every slot, the same in every copy."""
    device: str
    """Names this computer's keyring items; drawn anew when a copy becomes a device of its own."""
    made_ms: int
    slots: tuple[Mapping[str, Any], ...]
    place: str = ""
    """Where this vault belongs, sealed under the database key; empty in a backup. See copies.py."""
    is_own: bool = True
    """False in a backup: its `device` is the original's, whose keyring items must not be touched."""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def fresh(cls, now_ms: int) -> Header:
        """The header of a new vault, without slots yet."""
        return cls(ids.show(ids.fresh()), ids.show(ids.fresh()), now_ms, ())

    def slot(self, kind: str) -> Mapping[str, Any] | None:
        """The slot of this kind, if there is one."""
        return next((slot for slot in self.slots if slot["kind"] == kind), None)

    def with_slot(self, new: Mapping[str, Any]) -> Header:
        """The same with this slot in place of the one of its kind."""
        return replace(self, slots=(*(slot for slot in self.slots if slot["kind"] != new["kind"]), new))

    def named(self, device: str) -> Header:
        """The same under another device's name; it belongs nowhere until it is placed."""
        return replace(self, device=device, place="", is_own=True)

    def only(self, kinds: Iterable[str]) -> Header:
        """The same with the slots of these kinds only: others wrap a key that is gone after re-keying."""
        wanted = frozenset(kinds)
        return replace(self, slots=tuple(slot for slot in self.slots if slot["kind"] in wanted))

    def check(self, key: SecretKey, mac: str) -> None:
        """Raises Damaged unless the whole header was written by someone who holds the database key."""
        if not same(self._mac(key).encode(), mac.encode()):
            raise Damaged(
                _(
                    "vault.json was altered since Provender wrote it, so it is not believed. Put it back from a "
                    "backup. The database itself was not touched."
                )
            )

    def encode(self, key: SecretKey) -> bytes:
        """The bytes of vault.json."""
        return canonical({**self._content(), "mac": self._mac(key)}) + b"\n"

    def _mac(self, key: SecretKey) -> str:
        return tag(derive(key, _MAC_PURPOSE), canonical(self._content())).hex()

    def _content(self) -> dict[str, Any]:
        return {
            **self.extra,
            "format": FORMAT,
            "vault": self.vault,
            "device": self.device,
            "made_ms": self.made_ms,
            "place": self.place,
            "own": self.is_own,
            "slots": [dict(slot) for slot in self.slots],
        }


def write(folder: Path, header: Header, key: SecretKey) -> None:
    """Put vault.json in place, durable when this returns; a crash leaves the old one or the new one."""
    replace_file(folder / NAME, header.encode(key))


def exists(folder: Path) -> bool:
    """Whether a vault was completely made here."""
    return os.path.lexists(folder / NAME)


def read(folder: Path) -> tuple[Header, str]:
    """The header and its MAC, which `Header.check` verifies once the key is known. Raises Damaged."""
    path = folder / NAME
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise Damaged(
            _(
                "vault.json is missing from {folder}. Without it the vault cannot be opened: restore a backup."
            ).format(folder=folder)
        ) from None
    except OSError as error:
        raise Damaged(
            _("vault.json in {folder} cannot be read: {reason}. Check the rights on this folder.").format(
                folder=folder, reason=reason(error)
            )
        ) from error
    return decode(raw, folder)


def decode(raw: bytes, folder: Path) -> tuple[Header, str]:
    """Strictly what `Header.encode` writes: one spelling only, so that the MAC covers every byte."""
    try:
        if len(raw) > MAX_BYTES:
            raise ValueError("too large")
        data = json.loads(raw)
        if not isinstance(data, dict) or canonical(data) + b"\n" != raw:
            raise ValueError("not canonical")
        json.dumps(data, ensure_ascii=False).encode()  # halves of surrogate pairs: a ValueError too
        if isinstance(data.get("format"), int) and data["format"] > FORMAT:
            raise _too_new()
        return _from_content(data)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged(
            _("vault.json in {folder} is damaged and cannot be read. Put it back from a backup.").format(
                folder=folder
            )
        ) from error


def canonical(data: Mapping[str, Any]) -> bytes:
    """The one spelling of a JSON object: sorted keys, no spaces, ASCII, integers only."""
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode()


def _from_content(data: dict[str, Any]) -> tuple[Header, str]:
    content = dict(data)
    mac = _text(content.pop("mac"))
    if content.pop("format") != FORMAT:
        raise ValueError("format")
    slots = content.pop("slots")
    if not isinstance(slots, list) or not all(
        isinstance(slot, dict) and isinstance(slot.get("kind"), str) and isinstance(slot.get("id"), str)
        for slot in slots
    ):
        raise ValueError("slots")
    kinds = [slot["kind"] for slot in slots]
    if any(kinds.count(kind) > 1 for kind in ONE_OF_A_KIND):
        raise ValueError("two slots of one kind")
    made_ms, is_own = content.pop("made_ms"), content.pop("own")
    if type(made_ms) is not int or type(is_own) is not bool:
        raise TypeError("made_ms or own")
    return (
        Header(
            vault=_text(content.pop("vault")),
            device=_text(content.pop("device")),
            made_ms=made_ms,
            slots=tuple(slots),
            place=_text(content.pop("place")),
            is_own=is_own,
            extra=content,
        ),
        mac,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _too_new() -> AppError:
    return Damaged(_("This vault was made by a newer version of Provender. Update the program to open it."))
