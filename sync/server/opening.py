"""Opens what a server stores in: the embedded database or PostgreSQL, a folder or an object storage."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.clock import Clock
from app.errors import Damaged, NotFound
from app.i18n import _
from sync.server.home import Home, Settings, write_private
from sync.server.private import read_private

if TYPE_CHECKING:
    from sync.server.service import Server
    from sync.server.storage import Objects, Storage

KEY_VARIABLE: Final = "PROVENDER_SERVER_DATABASE_KEY"
"""64 hexadecimal digits, where a secret manager gives the key to the service's environment."""
KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie. `database_file` holds a `postgresql://…` address; empty for the embedded database."""

    home: Path
    database_file: str = ""
    objects: str = ""
    key_file: str = ""

    @property
    def is_embedded(self) -> bool:
        return not self.database_file


def settled(places: Places, settings: Settings) -> Places:
    """The places, where nothing else was said those that `init` was told."""
    return Places(
        places.home,
        places.database_file or settings.database_file,
        places.objects or settings.objects or str(Home(places.home).objects),
        places.key_file or settings.key_file or str(Home(places.home).database_key),
    )


def make_key(path: Path) -> bytes:
    """A new database key in a file, unless the environment brings one."""
    if KEY_VARIABLE in os.environ:
        return _parsed(os.environ[KEY_VARIABLE], KEY_VARIABLE)
    key = secrets.token_bytes(KEY_BYTES)
    write_private(path, key.hex().encode() + b"\n")
    return key


def key(places: Places) -> bytes:
    """The database key. Raises Unsafe where others may read its file, NotFound, Damaged."""
    if KEY_VARIABLE in os.environ:
        return _parsed(os.environ[KEY_VARIABLE], KEY_VARIABLE)
    path = Path(places.key_file)
    if not path.exists():
        raise NotFound(
            _(
                "The database's key is missing: neither {file} nor {variable} in the environment is there."
            ).format(file=path, variable=KEY_VARIABLE)
        )
    return _parsed(read_private(path).decode("latin-1"), str(path))


def storage(places: Places) -> Storage:
    """The database, brought to this program's version."""
    if places.is_embedded:
        from sync.server.embedded import Embedded

        return Embedded.open(Home(places.home).database, key(places))
    from sync.server.postgres import Postgres

    return Postgres.open(address(places))


def make_storage(places: Places) -> None:
    """An embedded database where there is none; the tables in PostgreSQL."""
    if places.is_embedded:
        from sync.server.embedded import Embedded

        Embedded.create(Home(places.home).database, make_key(Path(places.key_file))).close()
    else:
        storage(places).close()


def address(places: Places) -> str:
    """PostgreSQL's address, with its password, from the file that holds it."""
    return read_private(Path(places.database_file)).decode("utf-8").strip()


def objects(places: Places, *, check: bool = False) -> Objects:
    """Where attachments and snapshots lie; checked for being there and ours to use."""
    from sync.server.objects import opened

    return opened(places.objects, check=check)


def server(places: Places, settings: Settings, clock: Clock) -> Server:
    """The rules over all of this."""
    from sync.server import auth
    from sync.server.service import Server

    seed = read_private(Home(places.home).signing_key)
    signer, nonces = auth.Signer(seed), auth.Nonces(seed, clock)
    return Server(
        storage(places),
        objects(places),
        clock,
        signing=signer,
        verify=auth.verify,
        nonces=nonces,
        host=settings.host,
    )


def _parsed(text: str, where: str) -> bytes:
    try:
        parsed = bytes.fromhex(text.strip())
    except ValueError:
        parsed = b""
    if len(parsed) != KEY_BYTES:
        raise Damaged(_("{where} does not hold a database key: 64 hexadecimal digits.").format(where=where))
    return parsed
