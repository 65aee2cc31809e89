"""The folder of a server: what lies where in it, and files that only the service may read.

settings.json       the name under which devices reach it; nothing secret
authority.pem       certificate of its own authority, for everybody
secrets/            0700: authority.key, server.pem, signing.key, database.key
server.db, objects/ what the companies store, where nothing else was chosen
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from app.errors import Conflict, Damaged, Locked, NotFound, Unwritable, reason
from app.i18n import _

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What `init` was told. `certificate`: files of somebody else's authority, empty for our own. The other places are
    those of `opening.Places`, empty for what lies in the home."""

    names: tuple[str, ...]
    certificate: str = ""
    certificate_key: str = ""
    database_file: str = ""
    objects: str = ""
    key_file: str = ""

    @property
    def host(self) -> str:
        """The name that devices sign when they sign in."""
        return self.names[0]


class Home:
    """The folder's places."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @property
    def settings(self) -> Path:
        return self.folder / "settings.json"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @property
    def authority(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        return self.secrets / "authority.key"

    @property
    def certificate(self) -> Path:
        """Key and chain of the server's own certificate, one file, so that renewing replaces both at once."""
        return self.secrets / "server.pem"

    @property
    def signing_key(self) -> Path:
        return self.secrets / "signing.key"

    @property
    def database_key(self) -> Path:
        return self.secrets / "database.key"

    @property
    def database(self) -> Path:
        return self.folder / "server.db"

    @property
    def objects(self) -> Path:
        return self.folder / "objects"

    @property
    def rooms(self) -> Path:
        """Where the processes of this server meet while it runs."""
        return self.folder / "run"

    def require_none(self) -> None:
        """Raises Conflict where a server's home is already, or what is left of one: its keys open what it stored."""
        if self.settings.exists() or self.database.exists() or any(self.secrets.glob("*")):
            raise Conflict(
                _(
                    "{folder} already is a server's home. Choose another folder, or start it with “run”."
                ).format(folder=self.folder)
            )

    def unmake(self) -> None:
        """Take away what `make` and those after it left when one of them failed: nothing was stored with it yet."""
        for path in (*self.secrets.glob("*"), self.settings, *self.folder.glob(self.database.name + "*")):
            path.unlink(missing_ok=True)

    def make(self) -> None:
        """The folder. Raises Conflict."""
        self.require_none()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        self.secrets.chmod(0o700)
        self.objects.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else serves from this home, or changes it as a whole. Raises Locked."""
        self.rooms.mkdir(mode=0o700, exist_ok=True)
        with (self.rooms / "lock").open("w") as file:
            if os.name == "posix":
                import fcntl

                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise Locked(
                        _("A server runs in {folder}. End it first.").format(folder=self.folder)
                    ) from None
            yield

    def save(self, settings: Settings) -> None:
        """Last of all in `init`: from now on this is a home."""
        write_public(
            self.settings, json.dumps({"format": FORMAT, **asdict(settings)}, indent=1).encode() + b"\n"
        )

    def load(self) -> Settings:
        """The settings. Raises NotFound where there is no home, Damaged where they mean nothing."""
        try:
            plain = json.loads(self.settings.read_bytes())
        except FileNotFoundError:
            raise NotFound(
                _("{folder} is not a server's home. Make one with “provender-server init”.").format(
                    folder=self.folder
                )
            ) from None
        except (OSError, ValueError) as error:
            raise Damaged(_("{file} cannot be read.").format(file=self.settings)) from error
        if not isinstance(plain, dict) or plain.pop("format", None) != FORMAT or not plain.get("names"):
            raise Damaged(
                _("{file} was written by another version of this program.").format(file=self.settings)
            )
        try:
            return Settings(**{**plain, "names": tuple(plain["names"])})
        except TypeError as error:
            raise Damaged(
                _("{file} was written by another version of this program.").format(file=self.settings)
            ) from error


# ---- files (sync/server/private.py reads those that are secret)


def write_private(path: Path, data: bytes) -> None:
    """Put a file in place that only the service may read; whoever reads finds the old one or the new one whole."""
    _write(path, data, 0o600)


def write_public(path: Path, data: bytes) -> None:
    """Put a file in place that everybody may read."""
    _write(path, data, 0o644)


def _write(path: Path, data: bytes, mode: int) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            beside.chmod(mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Unwritable(
            _("{file} cannot be written ({reason}).").format(file=path, reason=reason(error))
        ) from error


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
