"""A real desktop session on a screen that is not there: X server, window manager, bus, keyring, accessibility.

    python -m tests.e2e.desktop [--picture FILE] -- COMMAND …

runs COMMAND on it, passes its exit code on, and leaves nothing running. Standard library only.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.session_bus import (
    NotAvailable,
    dies_with_us,
    end,
    require,
    running,
    secret_service,
    session_bus,
    short_folder,
)

SIZE = (1440, 900)
PICTURE_EVERY_S = 5.0
WINDOW_MANAGER = Path(__file__).with_name("openbox.xml")
# What the surrounding session says about itself must not reach programs on ours.
FOREIGN: tuple[str, ...] = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_SESSION_TYPE",
    "XDG_CURRENT_DESKTOP",
)
FOREIGN += (
    "QT_QPA_PLATFORM",
    "AT_SPI_BUS_ADDRESS",
    "NO_AT_BRIDGE",
    "SESSION_MANAGER",
    "GNOME_KEYRING_CONTROL",
)


@dataclass(frozen=True, slots=True)
class Desktop:
    """A session that runs: give `env` to programs that shall live on it."""

    env: dict[str, str]
    accessibility_bus: str
    size: tuple[int, int]

    def picture(self, file: Path) -> None:
        """Write the whole screen as PNG."""
        subprocess.run(
            [require("scrot", "scrot"), "--overwrite", str(file)], env=self.env, check=True, timeout=20
        )


@contextmanager
def desktop(size: tuple[int, int] = SIZE, around: Mapping[str, str] = os.environ) -> Iterator[Desktop]:
    """Start a session, end all of it with the block. Raises `NotAvailable` naming a missing package."""
    env = {name: value for name, value in around.items() if name not in FOREIGN}
    with ExitStack() as stack:
        folder = stack.enter_context(short_folder())
        log = folder / "desktop.log"
        env["DISPLAY"] = stack.enter_context(_screen(size, env, log))
        env["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
        env = stack.enter_context(session_bus(env, log))
        manager = [require("openbox", "openbox"), "--sm-disable", "--config-file", str(WINDOW_MANAGER)]
        stack.enter_context(running(manager, env, log=log))
        stack.enter_context(secret_service(env, log))
        yield Desktop(env, _switch_accessibility_on(env), size)


@contextmanager
def _screen(size: tuple[int, int], env: Mapping[str, str], log: Path) -> Iterator[str]:
    """An X server that exists in memory only; yields its display, chosen by the server itself."""
    reading, writing = os.pipe()
    width, height = size
    start = [require("Xvfb", "xvfb"), "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24"]
    start += ["-nolisten", "tcp", "-dpi", "96", "-noreset"]
    with os.fdopen(reading) as answer:
        try:
            server = running(start, env, log=log, pass_fds=(writing,))
            with server:
                os.close(writing)
                writing = -1
                number = answer.readline().strip()
                if not number:
                    raise NotAvailable("Xvfb did not start:\n" + log.read_text(errors="replace"))
                yield f":{number}"
        finally:
            if writing >= 0:
                os.close(writing)


def _switch_accessibility_on(env: Mapping[str, str]) -> str:
    """Tell programs that somebody reads along; returns the address of the accessibility bus."""
    call = [require("gdbus", "libglib2.0-bin"), "call", "--session", "--dest=org.a11y.Bus"]
    call += ["--object-path=/org/a11y/bus", "--timeout=20"]
    for switch in ("IsEnabled", "ScreenReaderEnabled"):
        order = ["--method=org.freedesktop.DBus.Properties.Set", "org.a11y.Status", switch, "<true>"]
        subprocess.run([*call, *order], env=dict(env), check=True, capture_output=True, timeout=30)
    address = [*call, "--method=org.a11y.Bus.GetAddress"]
    answer = subprocess.run(address, env=dict(env), check=True, capture_output=True, text=True, timeout=30)
    return answer.stdout.strip().strip("(),'")


def main(arguments: list[str]) -> int:
    """Run a command on a desktop of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.desktop", description=__doc__)
    parser.add_argument("--picture", type=Path, metavar="FILE", help="keep a picture of the screen there")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    chosen = parser.parse_args(arguments)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        with desktop() as session:
            return _run(chosen.command, session, chosen.picture)
    except NotAvailable as error:
        print(error, file=sys.stderr)
        return 127
    except KeyboardInterrupt:
        return 130


def _run(command: list[str], session: Desktop, picture: Path | None) -> int:
    process = subprocess.Popen([*dies_with_us(), *command], env=session.env, start_new_session=True)
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(PICTURE_EVERY_S if picture else None)
            if picture:
                session.picture(picture)
    finally:
        end(process)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
