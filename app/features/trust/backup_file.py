"""The one file of a backup: vault.json and the encrypted database, hashed as a whole and authenticated.

    16 bytes  magic, the last one is the version
     4 bytes  length of the manifest, big-endian
              manifest: canonical JSON with sizes and SHA-256 of the parts, and a MAC under the database key
              vault.json, data.db
    32 bytes  SHA-256 of everything before

The hash at the end tells a damaged file without any key; the MAC tells a forged one once the vault is open.
Nothing in it is readable without a key slot of vault.json; its sizes and the time of its making are.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.crypto.keys import SecretKey, derive, same, tag
from app.errors import Damaged, Outdated, Unreadable, reason
from app.i18n import _
from app.store.place import replace_file, sync_folder, waiting
from app.vault import header as headers
from app.vault.header import DATABASE, canonical

MAGIC: Final = b"ProvenderBackup\x01"
FORMAT: Final = 1
MAX_MANIFEST_BYTES: Final = 64 * 1024
BLOCK: Final = 1 << 20

_LENGTH_BYTES: Final = 4
_DIGEST_BYTES: Final = hashlib.sha256().digest_size
_MAC_PURPOSE: Final = "provender/backup/mac/1"

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup whose every byte was read and found whole. Make one with `check`."""

    path: Path
    manifest: dict[str, Any]
    header: bytes
    _database_at: int

    @property
    def made_ms(self) -> int:
        """When it was made, by the clock of the computer that made it."""
        return int(self.manifest["made_ms"])

    @property
    def database_bytes(self) -> int:
        """How much room the database takes."""
        return int(self.manifest["parts"][DATABASE]["size"])

    def authenticate(self, key: SecretKey) -> None:
        """Raises Damaged unless the whole was put together by someone who held this database key."""
        if not same(str(self.manifest["mac"]).encode(), _mac(self.manifest, key).encode()):
            raise Damaged(
                _(
                    "“{name}” was put together by somebody else from parts of backups. It is not restored."
                ).format(name=self.path.name)
            )

    def unpack(self, folder: Path, report: Report | None = None) -> None:
        """Put the vault into a folder that is empty of one. vault.json comes last: without it nothing counts."""
        beside = waiting(folder / DATABASE)
        digest = hashlib.sha256()
        handle = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as target, _opened(self.path) as source:
            source.seek(self._database_at)
            for block in _blocks(source, self.database_bytes, report):
                digest.update(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        if digest.hexdigest() != self.manifest["parts"][DATABASE]["sha256"]:
            raise _damaged(self.path)
        replace_file(folder / headers.NAME, self.header)
        sync_folder(folder)


def write(
    target: BinaryIO,
    header: bytes,
    database: Path,
    key: SecretKey,
    made_ms: int,
    report: Report | None = None,
) -> None:
    """Write a backup: `header` is vault.json's bytes, `database` the copied file under the same key."""
    size = database.stat().st_size
    database_hash = hashlib.sha256()
    with database.open("rb") as source:
        for block in _blocks(source, size, None):
            database_hash.update(block)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "made_ms": made_ms,
        "parts": {
            headers.NAME: {"size": len(header), "sha256": hashlib.sha256(header).hexdigest()},
            DATABASE: {"size": size, "sha256": database_hash.hexdigest()},
        },
    }
    manifest["mac"] = _mac(manifest, key)
    content = canonical(manifest)
    start = MAGIC + len(content).to_bytes(_LENGTH_BYTES, "big") + content + header
    digest = hashlib.sha256(start)
    target.write(start)
    with database.open("rb") as source:
        for block in _blocks(source, size, report):
            digest.update(block)
            target.write(block)
    target.write(digest.digest())


def check(path: Path, report: Report | None = None) -> BackupFile:
    """Read the whole file once. Raises Unreadable where it cannot be read, Damaged where it is not whole."""
    with _opened(path) as source:
        size = os.fstat(source.fileno()).st_size
        magic = source.read(len(MAGIC))
        if magic[:-1] != MAGIC[:-1]:
            raise Damaged(
                _("“{name}” is not a backup that Provender made. Choose another file.").format(name=path.name)
            )
        if magic != MAGIC:
            raise Outdated(
                _(
                    "“{name}” was made by a newer version of Provender. Update the program to restore it."
                ).format(name=path.name)
            )
        try:
            return _read(source, path, size, report)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _damaged(path) from None
        except OSError as error:
            raise _unreadable(path, error) from None


def _read(source: BinaryIO, path: Path, size: int, report: Report | None) -> BackupFile:
    length = source.read(_LENGTH_BYTES)
    content = source.read(min(int.from_bytes(length, "big"), MAX_MANIFEST_BYTES))
    manifest = json.loads(content)
    if canonical(manifest) != content or manifest["format"] != FORMAT:
        raise ValueError("manifest")
    parts = manifest["parts"]
    header_size, database_size = parts[headers.NAME]["size"], parts[DATABASE]["size"]
    if {type(one) for one in (manifest["format"], manifest["made_ms"], header_size, database_size)} != {int}:
        raise TypeError("numbers")
    if not 0 < header_size <= headers.MAX_BYTES or database_size <= 0:
        raise ValueError("sizes")
    header = source.read(header_size)
    start = MAGIC + length + content + header
    database_at = source.tell()
    if database_at != len(start) or database_at + database_size + _DIGEST_BYTES != size:
        raise ValueError("length of the file")
    whole, database = hashlib.sha256(start), hashlib.sha256()
    for block in _blocks(source, database_size, report):
        whole.update(block)
        database.update(block)
    if (
        source.read(_DIGEST_BYTES) != whole.digest()
        or hashlib.sha256(header).hexdigest() != parts[headers.NAME]["sha256"]
        or database.hexdigest() != parts[DATABASE]["sha256"]
    ):
        raise ValueError("hash")
    return BackupFile(path, manifest, header, database_at)


def _mac(manifest: dict[str, Any], key: SecretKey) -> str:
    content = {name: value for name, value in manifest.items() if name != "mac"}
    return tag(derive(key, _MAC_PURPOSE), canonical(content)).hex()


def _blocks(source: BinaryIO, size: int, report: Report | None) -> Iterator[bytes]:
    """Exactly so many bytes. Raises ValueError where the file is shorter."""
    done = 0
    while done < size:
        block = source.read(min(BLOCK, size - done))
        if not block:
            raise ValueError("cut short")
        done += len(block)
        yield block
        if report is not None:
            report(done, size)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except IsADirectoryError:
        raise Unreadable(_("“{path}” is a folder. Choose the backup file in it.").format(path=path)) from None
    except FileNotFoundError:
        raise Unreadable(_("“{path}” is not there. Check its name and folder.").format(path=path)) from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> Unreadable:
    return Unreadable(
        _("“{path}” cannot be read ({reason}). Copy it to a folder of your own and try again.").format(
            path=path, reason=reason(error)
        )
    )


def _damaged(path: Path) -> Damaged:
    return Damaged(
        _(
            "“{name}” is damaged: a part of it is missing or was altered. Nothing was restored. Try another copy "
            "of this backup, or an older one."
        ).format(name=path.name)
    )
