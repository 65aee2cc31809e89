"""What a person may choose on this device: language, look, locking. A small file beside the profiles.

It is read before anything is unlocked, so it holds nothing personal and no secret; what belongs to a company
lies in its vault.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from math import isnan
from pathlib import Path
from typing import Any, Final

from app import paths
from app.i18n import LANGUAGES

NAME: Final = "settings.json"
MAX_BYTES: Final = 64 * 1024
FOLLOW: Final = ""
"""The language is that of the operating system."""


def _one_of(*choices: str) -> Any:
    return field(default=choices[0], metadata={"one_of": choices})


def _between(least: int, usual: int, most: int) -> Any:
    return field(default=usual, metadata={"between": (least, most)})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its bounds; the first choice is the usual one. A new setting is one line here."""

    language: str = _one_of(FOLLOW, *LANGUAGES)
    theme: str = _one_of("system", "light", "dark", "contrast")
    text_size: int = _between(80, 100, 200)
    """Per cent of the system's."""
    keep_hours: int = _between(0, 12, 24)
    """How long the keyring may reopen a book without the password; 0: never."""
    lock_minutes: int = _between(0, 10, 240)
    """After how long without a touch the book locks; 0: never."""
    last_profile: str = field(default="", metadata={"longest": paths.MAX_NAME})
    """Opened last; a profile's name says nothing about its company."""
    window: str = field(default="", metadata={"longest": 400})
    """Where the window stood, as Qt writes it in base64."""


def load(home: Path) -> Settings:
    """The settings of this home. What is missing, damaged or out of bounds is as usual. Never raises."""
    known = _read(home)
    wanted = {part.name: known[part.name] for part in fields(Settings) if part.name in known}
    return changed(Settings(), wanted)


def save(home: Path, settings: Settings) -> None:
    """Write them, whole or not at all. What a newer version put there stays. Raises OSError."""
    raw = json.dumps({**_read(home), **asdict(settings)}, indent=1, sort_keys=True).encode()
    beside = paths.private_folder(home) / (NAME + ".new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.write(handle, raw)
        os.fsync(handle)
    finally:
        os.close(handle)
    beside.replace(home / NAME)


def changed(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """The settings with those of the values that fit; numbers are brought within their bounds."""
    fitting: dict[str, Any] = {}
    for part in fields(Settings):
        if part.name not in values:
            continue
        value = values[part.name]
        if "between" in part.metadata:
            least, most = part.metadata["between"]
            if isinstance(value, int | float) and not isinstance(value, bool) and not isnan(value):
                fitting[part.name] = int(max(least, min(most, value)))
        elif isinstance(value, str) and (
            value in part.metadata.get("one_of", ()) or len(value) <= part.metadata.get("longest", -1)
        ):
            fitting[part.name] = value
    return replace(settings, **fitting)


def bounds(name: str) -> tuple[int, int]:
    """The least and the most that a number among the settings may be."""
    least, most = next(part for part in fields(Settings) if part.name == name).metadata["between"]
    return int(least), int(most)


def _read(home: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError), (home / NAME).open("rb") as file:
        raw = json.loads(file.read(MAX_BYTES))
        if isinstance(raw, dict):
            return raw
    return {}
