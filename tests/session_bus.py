"""A private D-Bus session with a real, unlocked Secret Service, for tests that need a keyring.

Standard library only: `tests/e2e/desktop.py` uses it before any virtual environment exists.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

KEYRING_PASSWORD = b"only for tests"
START_TIMEOUT_S = 20.0


class NotAvailable(RuntimeError):
    """A program of the desktop is missing or did not start; the message names the Debian package."""


def require(program: str, package: str) -> str:
    """The full path of `program`; raises `NotAvailable` naming the Debian package that holds it."""
    if found := shutil.which(program):
        return found
    raise NotAvailable(f"{program} is not installed: apt-get install {package}")


@contextmanager
def short_folder() -> Iterator[Path]:
    """A fresh private folder with a short path: a socket's address may have 107 bytes only."""
    folder = Path(tempfile.mkdtemp(prefix="pvd-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    arguments: list[str],
    env: Mapping[str, str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    log: Path | None = None,
    pass_fds: tuple[int, ...] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a process group of its own, ended with its children when the block ends."""
    with ExitStack() as stack:
        errors = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        process = subprocess.Popen(
            [*dies_with_us(), *arguments],
            env=dict(env),
            stdin=stdin,
            stdout=stdout,
            stderr=errors,
            start_new_session=True,
            pass_fds=pass_fds,
        )
        try:
            yield process
        finally:
            end(process)


def dies_with_us() -> list[str]:
    """Words to put before a command so that it is killed when this process is."""
    # Should this process be killed, nothing of the session may stay behind. (util-linux; part of any Debian.)
    tool = shutil.which("setpriv")
    return [tool, "--pdeathsig", "KILL", "--"] if tool else []


def end(process: subprocess.Popen[bytes], patience_s: float = 3.0) -> None:
    """Ask the process to end, then end its whole group, and close its pipes."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


@contextmanager
def session_bus(env: Mapping[str, str], log: Path | None = None) -> Iterator[dict[str, str]]:
    """A D-Bus daemon of our own; yields `env` with its address and a fresh XDG_RUNTIME_DIR."""
    daemon = require("dbus-daemon", "dbus")
    with short_folder() as runtime:
        inside = dict(env) | {"XDG_RUNTIME_DIR": str(runtime)}
        # Services that the bus starts by name must not find the real session's bus.
        inside.pop("DBUS_SESSION_BUS_ADDRESS", None)
        start = [daemon, "--session", "--nofork", "--nopidfile", f"--address=unix:path={runtime}/bus"]
        with running([*start, "--print-address=1"], inside, stdout=subprocess.PIPE, log=log) as process:
            assert process.stdout is not None
            address = process.stdout.readline().decode().strip()
            if not address:
                raise NotAvailable("dbus-daemon did not start")
            yield inside | {"DBUS_SESSION_BUS_ADDRESS": address}


@contextmanager
def secret_service(env: Mapping[str, str], log: Path | None = None) -> Iterator[None]:
    """An unlocked gnome-keyring on the bus of `env`, its items in a folder that goes with it."""
    daemon = require("gnome-keyring-daemon", "gnome-keyring")
    with short_folder() as data:
        inside = dict(env) | {"XDG_DATA_HOME": str(data), "HOME": str(data)}
        start = [daemon, "--unlock", "--components=secrets", "--foreground"]
        with running(start, inside, stdin=subprocess.PIPE, log=log) as process:
            assert process.stdin is not None
            process.stdin.write(KEYRING_PASSWORD)
            process.stdin.close()
            wait_for_name("org.freedesktop.secrets", env, process)
            yield


def wait_for_name(name: str, env: Mapping[str, str], process: subprocess.Popen[bytes]) -> None:
    """Return when `name` is owned on the bus of `env`; raises `NotAvailable` after 20 seconds."""
    ask = [require("gdbus", "libglib2.0-bin"), "call", "--session", "--dest=org.freedesktop.DBus"]
    ask += ["--object-path=/org/freedesktop/DBus", "--method=org.freedesktop.DBus.NameHasOwner", name]
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotAvailable(f"{name}: its program ended with status {process.returncode}")
        answer = subprocess.run(ask, env=dict(env), capture_output=True, text=True, check=False)
        if "true" in answer.stdout:
            return
        time.sleep(0.02)
    raise NotAvailable(f"{name} did not appear on the bus within {START_TIMEOUT_S:.0f} seconds")
