"""Backups of a whole server in one file, taken while it serves, and bringing one back.

A tar file: the database as its engine copies it (SQLCipher's stays sealed under the database key), the chunks of
objects, the authority's certificate and settings, and at its end a list of all parts with their SHA-256. The
secrets are not in it; without them a backup of the embedded database cannot be read. Once the file is durable, the
server signs what it holds as backed up, and devices may forget what they kept for that.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.clock import SystemClock
from app.errors import Conflict, Damaged, DiskFull, NotFound, Unreadable, Unwritable, reason
from app.i18n import _, ngettext
from sync.protocol.problems import Problem
from sync.server import backups
from sync.server.home import Home
from sync.server.opening import Places
from sync.server.operator import Answer, opened, places

if TYPE_CHECKING:
    from sync.server.storage import Objects, Storage

FORMAT: Final = 1
LIST: Final = "parts.json"
DATABASE: Final = "database"
OBJECTS: Final = "objects"
_MOST_LIST_BYTES: Final = 1 << 30
_PART_BYTES: Final = 1 << 20


def backup(options: Namespace) -> Answer:
    """Write the file; then say which positions it holds."""
    target = Path(options.file).absolute()
    if target.exists():
        raise Conflict(
            _("There is already a file “{name}” here. Nothing was changed; choose another place.").format(
                name=target.name
            )
        )
    making = target.with_name(f".{target.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    try:
        making.mkdir(mode=0o700)
        with opened(options) as (storage, objects):
            held = backups.reached(storage)  # before the copy, which then holds at least these
            storage.backup_to(making / DATABASE)
            parts = _pack(Home(Path(options.home)), storage, objects, making)
            (making / "whole").replace(target)
            _sync_folder(target.parent)
            backups.keep(storage, held)
    except OSError as error:
        raise _of_the_disk(target, error) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    size = target.stat().st_size
    return Answer(
        {"file": str(target), "bytes": size, "parts": parts, "companies": len(held)},
        _("{file} holds everything, {megabytes} MB. The secrets are not in it; keep them apart.").format(
            file=target, megabytes=f"{size / 1e6:.1f}"
        ),
    )


def restore(options: Namespace) -> Answer:
    """Bring back what a file holds. What is there now is put aside, never deleted."""
    source = Path(options.file).absolute()
    where = places(options)
    home = Home(where.home)
    with home.alone():
        unpacked = home.folder / ".restoring"
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir(mode=0o700)
        try:
            parts = _unpack(source, unpacked)
            storage = _put_in_place(where, unpacked / DATABASE, replace=options.replace)
            try:
                backups.restored(storage, SystemClock())
                companies = len(backups.reached(storage))
            finally:
                storage.close()
            chunks = _put_objects(where, unpacked / OBJECTS)
        except OSError as error:
            raise _of_the_disk(home.folder, error) from error
        finally:
            shutil.rmtree(unpacked, ignore_errors=True)
    return Answer(
        {"file": str(source), "parts": parts, "companies": companies, "chunks": chunks},
        ngettext(
            "{count} company is back as the backup has it. Its devices bring what came later.",
            "{count} companies are back as the backup has them. Their devices bring what came later.",
            companies,
        ).format(count=companies),
    )


COMMANDS: Final[Mapping[str, Callable[[Namespace], Answer]]] = {"backup": backup, "restore": restore}


# ---- the file


def _pack(home: Home, storage: Storage, objects: Objects, making: Path) -> int:
    listed: dict[str, str] = {}
    with os.fdopen(os.open(making / "whole", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path in (home.settings, home.authority):
                if path.exists():
                    _add(tar, listed, path.name, path.read_bytes())
            copy = making / DATABASE
            for path in sorted(copy.iterdir()) if copy.is_dir() else [copy]:
                _add_file(tar, listed, path.relative_to(making).as_posix(), path)
                path.unlink()  # the disk may have room for one copy only
            for name, data in _chunks(storage, objects):
                _add(tar, listed, name, data)
            about = {"format": FORMAT, "made": datetime.now(UTC).isoformat(), "parts": listed}
            _add(tar, {}, LIST, json.dumps(about).encode())
        file.flush()
        os.fsync(file.fileno())
    return len(listed)


def _chunks(storage: Storage, objects: Objects) -> Iterator[tuple[str, bytes]]:
    with storage.reading() as tx:
        companies = tx.companies()
    for company in companies:
        with storage.reading() as tx:
            kept = [
                (row.object, index)
                for row in tx.objects(company)
                for index, _hash, _size in tx.chunks(company, row.object)
            ]
        for object_, index in kept:
            try:
                data = objects.get(company, object_, index)
            except Problem:
                data = None
            if data is not None:  # else deleted meanwhile, or missing: `check` tells
                yield f"{OBJECTS}/{company.hex()}/{object_.hex()}/{index}", data


def _add(tar: tarfile.TarFile, listed: dict[str, str], name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    tar.addfile(entry, io.BytesIO(data))
    listed[name] = sha256(data).hexdigest()


def _add_file(tar: tarfile.TarFile, listed: dict[str, str], name: str, path: Path) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = path.stat().st_size, 0o600
    with path.open("rb") as file:
        tar.addfile(entry, file)
        file.seek(0)
        listed[name] = _hash(file)


def _unpack(source: Path, folder: Path) -> int:
    """Every part, its hash compared. Raises NotFound, Damaged."""
    damaged = Damaged(_("“{name}” is not a whole backup of a server.").format(name=source.name))
    found: dict[str, str] = {}
    about: Any = None
    try:
        with tarfile.open(source, "r:") as tar:
            for entry in tar:
                if not entry.isreg() or entry.name.startswith("/") or ".." in Path(entry.name).parts:
                    raise damaged
                data = tar.extractfile(entry)
                assert data is not None
                if entry.name == LIST:
                    about = json.loads(data.read(_MOST_LIST_BYTES))
                    continue
                path = folder / entry.name
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
                    shutil.copyfileobj(data, file, _PART_BYTES)
                    file.flush()
                    os.fsync(file.fileno())
                    file.seek(0)
                    found[entry.name] = _hash(file)
    except FileNotFoundError:
        raise NotFound(_("{file} does not exist.").format(file=source)) from None
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise damaged from error
    if not isinstance(about, dict) or about.get("format") != FORMAT or about.get("parts") != found:
        raise damaged
    return len(found)


def _hash(file: Any) -> str:
    hashed = sha256()
    while part := file.read(_PART_BYTES):
        hashed.update(part)
    return hashed.hexdigest()


# ---- bringing back


def _put_in_place(where: Places, copy: Path, *, replace: bool) -> Storage:
    from sync.server import opening

    if not where.is_embedded:
        from sync.server.postgres import Postgres

        return Postgres.restore(opening.address(where), copy)
    from sync.server.embedded import SIDE_FILES, Embedded

    restored = Embedded.open(copy, opening.key(where))  # of another key, or damaged: nothing was touched yet
    try:
        if restored.problems():
            raise Damaged(_("The database in this backup is damaged. Take another one."))
    finally:
        restored.close()
    database = Home(where.home).database
    if database.exists():
        if not replace and _has_companies(where):
            raise Conflict(
                _("This server holds companies. Say --replace to put them aside for what the backup has.")
            )
        aside = f"before-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        for suffix in (*SIDE_FILES, ""):
            path = database.with_name(database.name + suffix)
            if path.exists():
                path.replace(database.with_name(f"{database.name}.{aside}{suffix}"))
    for suffix in SIDE_FILES:
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    copy.replace(database)
    _sync_folder(database.parent)
    return opening.storage(where)


def _has_companies(where: Places) -> bool:
    from sync.server import opening

    try:
        storage = opening.storage(where)
    except Damaged:
        return True
    try:
        with storage.reading() as tx:
            return bool(tx.companies())
    finally:
        storage.close()


def _put_objects(where: Places, folder: Path) -> int:
    from sync.server import opening

    objects = opening.objects(where)
    count = 0
    for path in sorted(folder.glob("*/*/*")):
        company, object_ = (bytes.fromhex(part) for part in path.parts[-3:-1])
        objects.put(company, object_, int(path.name), path.read_bytes())
        count += 1
    return count


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _of_the_disk(path: Path, error: OSError) -> Unreadable | Unwritable | DiskFull:
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull(
            _("There is no room left for {path}. Free some space and try again.").format(path=path)
        )
    return Unwritable(_("{file} cannot be written ({reason}).").format(file=path, reason=reason(error)))
