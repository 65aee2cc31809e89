"""A real, private PostgreSQL for tests: started, killed, restarted, followed by a standby that can take over."""

from __future__ import annotations

import atexit
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from tests.session_bus import NotAvailable, dies_with_us, short_folder

OLDEST: Final = 13
START_S: Final = 60.0
USER: Final = "provender"


def binaries() -> Path:
    """The folder of the newest PostgreSQL's programs. Raises NotAvailable."""
    found = [
        (int(match[1]), folder)
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if (match := re.fullmatch(r"(\d+)", folder.parent.name)) and (folder / "initdb").exists()
    ]
    if found and max(found)[0] >= OLDEST:
        return max(found)[1]
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    raise NotAvailable("PostgreSQL is not installed (Debian's package postgresql-15 is enough)")


class Server:
    """One PostgreSQL in a folder of its own. `settings` are those of postgresql.conf."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder, self.data = folder, folder / "data"
        self.port = _free_port()
        self.password = ""
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(folder),
            # What a killed process has written is in the kernel's hands: only a power cut needs fsync.
            "fsync": "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
            "autovacuum_naptime": "10s",
            "wal_sender_timeout": "5s",
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    # ---- life

    def create(self) -> None:
        """Lay out an empty cluster: a copy of the first one, which took a second to make."""
        _give_away(self.folder)
        self.password, first = _first_cluster()
        self._run("cp", "--archive", "--reflink=auto", str(first), str(self.data))

    def follow(self, primary: Server, name: str = "standby") -> None:
        """Lay out this cluster as a streaming copy of `primary`, which must run."""
        _give_away(self.folder)
        self.password = primary.password
        self._run(
            "pg_basebackup", f"--pgdata={self.data}", "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
            f"--dbname={primary.address('postgres')}?application_name={name}",
        )  # fmt: skip

    def start(self, wait: bool = True) -> None:
        """Start, and wait until it answers. The process ends with the one of the tests."""
        options = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(binaries() / "postgres"), "-D", str(self.data), "-p", str(self.port), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*dies_with_us(), *command],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                **_as_user(),
            )
        if wait:
            self.wait()

    def wait(self, seconds: float = START_S) -> None:
        """Until it takes connections. Raises AssertionError with its log where it does not."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self._process is not None and self._process.poll() is None, self.log()
            with suppress(psycopg.OperationalError), self.connect():
                return
            time.sleep(0.02)
        raise AssertionError(f"PostgreSQL did not start:\n{self.log()}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """An orderly, fast end, or with SIGQUIT one that writes nothing more. Nothing where it does not run."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(START_S)
        self._process = None

    def kill(self) -> None:
        """SIGKILL for every process of it, so that none can say good-bye."""
        assert self._process is not None
        family = [self._process.pid, *_children(self._process.pid)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(START_S)
        until = time.monotonic() + START_S
        while any(Path(f"/proc/{pid}").exists() for pid in family[1:]) and time.monotonic() < until:
            time.sleep(0.01)
        self._process = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    # ---- standbys

    def be_synchronous(self, name: str | None) -> None:
        """Answer commits only once the standby of that name has them; None: wait for nobody."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("ALTER SYSTEM SET synchronous_standby_names = {}").format(sql.Literal(name or ""))
            )
            connection.execute("SELECT pg_reload_conf()")
            wanted = ("sync", "quorum") if name else ("async",)
            until = time.monotonic() + START_S
            query = "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'"
            while time.monotonic() < until:
                if any(row[0] in wanted for row in connection.execute(query).fetchall()):
                    return
                time.sleep(0.02)
        raise AssertionError(f"no standby follows:\n{self.log()}")

    def be_followed(self, seconds: float = START_S) -> None:
        """Until the standby has received everything that is here."""
        query = "SELECT bool_and(flush_lsn >= pg_current_wal_lsn()) FROM pg_stat_replication"
        until = time.monotonic() + seconds
        with self.connect() as connection:
            while connection.execute(query).fetchone() != (True,):
                assert time.monotonic() < until, self.log()
                time.sleep(0.02)

    def promote(self) -> None:
        """Make this standby the primary; returns once it takes writes."""
        with self.connect() as connection:
            done = connection.execute("SELECT pg_promote(true, 60)").fetchone()
        assert done == (True,), self.log()

    # ---- use

    def address(self, database: str = USER) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.address(database), autocommit=True, connect_timeout=5)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of an empty database that goes with the context."""
        name = f"test_{secrets.token_hex(6)}"
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield self.address(name)
        finally:
            with self.connect() as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def log(self) -> str:
        """What it said last."""
        path = self.folder / "log"
        return path.read_text("utf-8", "replace")[-4000:] if path.exists() else ""

    def _run(self, program: str, *arguments: str) -> None:
        _run(self.folder, program, *arguments)


@cache
def _first_cluster() -> tuple[str, Path]:
    """A cluster that never runs, for this process's life, and its user's password."""
    context = short_folder()
    folder, password = context.__enter__(), secrets.token_hex(8)
    atexit.register(context.__exit__, None, None, None)
    secret = folder / "password"
    secret.write_text(password + "\n", "utf-8")
    _give_away(folder)
    _give_away(secret)
    _run(
        folder, "initdb", "--no-sync", "--no-locale", "--encoding=UTF8", "--auth=scram-sha-256",
        f"--username={USER}", f"--pwfile={secret}", f"--pgdata={folder / 'data'}",
    )  # fmt: skip
    return password, folder / "data"


def _run(folder: Path, program: str, *arguments: str) -> None:
    path = binaries() / program
    done = subprocess.run(
        [str(path) if path.exists() else program, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder, check=False, **_as_user(),
    )  # fmt: skip
    assert done.returncode == 0, f"{program}: {done.stdout.decode('utf-8', 'replace')}"


@contextmanager
def running(settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A fresh PostgreSQL while the context lasts. Raises NotAvailable."""
    with short_folder() as folder:
        server = Server(folder, settings)
        server.create()
        try:
            server.start()
            yield server
        finally:
            server.stop(signal.SIGQUIT)


@contextmanager
def standby(primary: Server, name: str = "standby") -> Iterator[Server]:
    """A streaming standby of `primary` while the context lasts, asynchronous until `primary.be_synchronous(name)`."""
    with short_folder() as folder:
        server = Server(folder, {"hot_standby": "on"})
        server.follow(primary, name)
        try:
            server.start()
            yield server
        finally:
            server.stop(signal.SIGQUIT)


def _account() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as: it refuses to be root. None: as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise NotAvailable("PostgreSQL does not run as root, and there is no account nobody")


def _as_user() -> dict[str, Any]:
    account = _account()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if account is None:
        return {"env": environment}
    return {
        "user": account.pw_uid, "group": account.pw_gid, "extra_groups": [],
        "env": {**environment, "HOME": "/", "LC_ALL": "C"},
    }  # fmt: skip


def _give_away(path: Path) -> None:
    if account := _account():
        os.chown(path, account.pw_uid, account.pw_gid)


def _children(pid: int) -> Sequence[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    return []


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
