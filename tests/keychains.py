"""Keyrings for tests. The program itself has none that lies in a file or in memory."""

from __future__ import annotations

import json
from pathlib import Path

from app.vault.keychain import KeyringUnavailable


class MemoryKeychain:
    """Keeps items in a dictionary; `fails` makes it unavailable, `forgets` makes it lose what it is given."""

    is_safe = True
    name = "memory"

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], bytes] = {}
        self.log: list[str] = []
        self.fails = False
        self.forgets = False

    def get(self, owner: str, item: str) -> bytes | None:
        self._answer()
        return self.items.get((owner, item))

    def put(self, owner: str, item: str, secret: bytes) -> None:
        self._answer()
        if self.forgets:
            raise KeyringUnavailable("not kept")
        self.log.append(f"put {item}")
        self.items[owner, item] = secret

    def delete(self, owner: str, item: str) -> None:
        self._answer()
        self.log.append(f"delete {item}")
        self.items.pop((owner, item), None)

    def _answer(self) -> None:
        if self.fails:
            raise KeyringUnavailable("away")


class FileKeychain:
    """Outlives the process, for tests that kill it."""

    is_safe = True
    name = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, owner: str, item: str) -> bytes | None:
        text = self._all().get(f"{owner}/{item}")
        return None if text is None else bytes.fromhex(text)

    def put(self, owner: str, item: str, secret: bytes) -> None:
        self._write({**self._all(), f"{owner}/{item}": secret.hex()})

    def delete(self, owner: str, item: str) -> None:
        self._write({name: text for name, text in self._all().items() if name != f"{owner}/{item}"})

    def _all(self) -> dict[str, str]:
        return dict(json.loads(self._path.read_text())) if self._path.exists() else {}

    def _write(self, items: dict[str, str]) -> None:
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(items))
        beside.replace(self._path)
