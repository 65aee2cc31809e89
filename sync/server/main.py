"""The `provender-server` entry: runs one command line, prints its answer, gives the exit status."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from app import i18n
from app.errors import AppError, DiskFull, Invalid, Unwritable, reason
from app.i18n import LANGUAGES, _
from sync.server.grammar import WrongUsage, parse

DONE: Final = 0
FAILED: Final = 1
MISUSED: Final = 2

ROOT: Final = Path(__file__).resolve().parents[2]


def main() -> int:
    """Do what the arguments say; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us (`head`) has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return status


def run(arguments: Sequence[str]) -> int:  # noqa: PLR0911 - one for each way to fail
    """The exit status of a command line."""
    i18n.use(_language(arguments))
    as_json = "--json" in arguments
    try:
        options = parse(arguments)
    except WrongUsage as error:
        return _fail(error.code, error.text, MISUSED, as_json=as_json)
    except SystemExit:  # --help was printed
        return DONE
    try:
        if options.version:
            return _show({"version": _version()}, f"Provender {_version()}", as_json=options.json)
        if options.command == "run":
            return _serve(options)
        answer = _handler(options.command)(options)
    except KeyboardInterrupt:
        return _fail("cancelled", _("Stopped. Nothing of this was kept."), FAILED, as_json=options.json)
    except AppError as error:
        return _fail(error.code, error.text, FAILED, as_json=options.json)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _fail(*_of_the_disk(error), FAILED, as_json=options.json)
    except Exception as error:
        return _fail("bug", _apology(error), FAILED, as_json=options.json)
    _show(answer.document, answer.text, as_json=options.json)
    return FAILED if answer.unwell else DONE


def _handler(command: str) -> Any:
    """The function behind a command. Only now its module is loaded, with all that it needs."""
    if command in {"backup", "restore"}:
        from sync.server.archive import COMMANDS

        return COMMANDS[command]
    from sync.server import operator

    return operator.COMMANDS[command]


def _serve(options: Namespace) -> int:
    from sync.server import rates, serving
    from sync.server.home import Home
    from sync.server.opening import settled
    from sync.server.operator import places_of
    from sync.server.plan import Plan

    if not 1 <= options.workers <= 64:
        raise Invalid("workers", _("A server has 1 to 64 processes."))
    home = Home(Path(options.home))
    settings = home.load()
    plan = Plan(
        settled(places_of(options), settings),
        settings,
        options.listen,
        options.workers,
        options.log_level,
        rates.parse(options.rate),
        serving.networks(options.trusted),
    )

    def announce(url: str) -> None:
        _show(
            {"listening": url, "host": settings.host},
            _("Listening on {url}").format(url=url),
            as_json=options.json,
        )
        sys.stdout.flush()

    serving.run(plan, announce)
    return DONE


def _show(document: Mapping[str, Any], text: str, *, as_json: bool) -> int:
    sys.stdout.write((json.dumps(document) if as_json else text) + "\n")
    return DONE


def _fail(code: str, text: str, status: int, *, as_json: bool) -> int:
    if as_json:
        _show({"error": {"code": code, "message": text}}, "", as_json=True)
    sys.stderr.write(text + "\n")
    return status


def _language(arguments: Sequence[str]) -> str:
    """What --language says, before anything is parsed: even the help is written in it."""
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--language":
            wanted = value if equals else "".join(arguments[at + 1 : at + 2])
            return wanted if wanted in LANGUAGES else "en"
    return i18n.from_environment()


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("provender")
    except PackageNotFoundError:
        return "0"


def _of_the_disk(error: OSError) -> tuple[str, str]:
    """Code and sentence for what the operating system refused and nobody below had better words for."""
    path = str(error.filename or _("the disk"))
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        text = _("There is no room left for {path}. Free some space and try again.")
        return DiskFull.code, text.format(path=path)
    text = _("{path} cannot be used ({reason}). Check the rights on it.")
    return Unwritable.code, text.format(path=path, reason=reason(error))


def _apology(error: Exception) -> str:
    """A bug of ours: what a programmer needs, kinds and places only, for a message could hold a name."""
    places = [
        f"{Path(frame.filename).relative_to(ROOT).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename
    ]
    return (
        _("Something went wrong in the server. This is our mistake; what was saved before is safe.")
        + f" ({type(error).__qualname__}, {' < '.join(reversed(places[-4:]))})"
    )


if __name__ == "__main__":
    sys.exit(main())
