"""Runs one command line: finds the command, prints its answer or its failure, gives the exit status."""

from __future__ import annotations

import errno
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app import i18n, paths, settings
from app.errors import AppError, Cancelled, DiskFull, NotFound, Unwritable, reason
from app.i18n import LANGUAGES, _
from ui.console.answer import Answer, error_document, plain, show, show_document
from ui.console.grammar import WrongUsage, parse

if TYPE_CHECKING:
    from ui.console.call import Call

DONE: Final = 0
FAILED: Final = 1
MISUSED: Final = 2

ROOT: Final = Path(__file__).resolve().parents[2]

Handler = Callable[["Call"], Answer]


@dataclass(frozen=True, slots=True)
class Window:
    """The command line leads to the window. It cannot open it itself: nothing here knows Qt."""

    home: Path
    profile: str | None
    language: str | None


def run(arguments: Sequence[str]) -> int | Window:
    """Do what the arguments say and print the answer."""
    i18n.use(_language(arguments))
    try:
        options = parse(arguments)
        _require_text(options)
    except WrongUsage as error:
        return _fail(error.code, error.text, MISUSED, as_json="--json" in arguments)
    except SystemExit:  # --help was printed
        return DONE
    home = paths.home(options.home)
    if options.language is None:
        i18n.use(settings.load(home).language or i18n.from_environment())
    if not options.command and not options.version:
        return Window(home, options.profile, options.language)
    try:
        answer = _version() if options.version else _answer(options)
    except (AppError, WrongUsage, _Failed) as error:
        status = MISUSED if isinstance(error, WrongUsage) else FAILED
        return _fail(error.code, error.text, status, as_json=options.json)
    show(answer, as_json=options.json)
    if options.command == "demo" and options.open:
        sys.stdout.flush()
        return Window(home, str(answer.document["profile"]), options.language)
    return FAILED if answer.failure else DONE


_PLACES: Final = frozenset({"home", "file", "rejects", "password_file", "token_file", "pin", "link_file"})
"""Options that name files: the operating system lets those be any bytes."""


def _require_text(options: Namespace) -> None:
    """Raises WrongUsage where an argument has bytes that mean nothing in the encoding of this terminal."""
    for name, value in vars(options).items():
        parts = value if isinstance(value, list) else [value]
        if name not in _PLACES and any(
            "\ud800" <= sign <= "\udfff" for part in parts if isinstance(part, str) for sign in part
        ):
            raise WrongUsage(
                _("An argument is not text in the encoding of this terminal. Set the terminal to UTF-8.")
            )


class _Failed(Exception):
    """A command that ended otherwise than by a known failure."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def _answer(options: Namespace) -> Answer:
    from ui.console.call import Call

    try:
        return handler(options.command)(Call(options))
    except (Cancelled, KeyboardInterrupt):
        raise _Failed("cancelled", _("Stopped. Nothing of this was kept.")) from None
    except (AppError, WrongUsage, BrokenPipeError):
        raise
    except OSError as error:
        raise _Failed(*_of_the_disk(error)) from error
    except Exception as error:
        raise _Failed("bug", _apology(error)) from error


def handler(command: str) -> Handler:  # noqa: PLR0911, PLR0912 - one per group of commands
    """The function behind a command. Only now its module is loaded, with all that it needs."""
    match command:
        case "company create" | "demo" | "profiles":
            from ui.console import companies

            return companies.COMMANDS[command]
        case "find" | "show" | "set" | "undo" | "redo":
            from ui.console import records

            return records.COMMANDS[command]
        case "import" | "export":
            from ui.console import exchange

            return exchange.COMMANDS[command]
        case "backup" | "restore":
            from ui.console import backups

            return backups.COMMANDS[command]
        case "status" | "password change" | "recovery-code new":
            from ui.console import vault

            return vault.COMMANDS[command]
        case "audit list" | "audit verify":
            from ui.console import audit

            return audit.COMMANDS[command]
        case "doctor":
            from ui.console import doctor

            return doctor.COMMANDS[command]
        case "server connect" | "sync":
            from ui.console import synchronising

            return synchronising.COMMANDS[command]
        case "invite" | "join":
            from ui.console import joining

            return joining.COMMANDS[command]
        case "devices list" | "devices approve" | "devices refuse" | "devices revoke":
            from ui.console import devices

            return devices.COMMANDS[command]
        case "books list" | "books create" | "books give" | "books take" | "books move":
            from ui.console import books

            return books.COMMANDS[command]
        case "duplicates merge" | "duplicates part":
            from ui.console import duplicates

            return duplicates.COMMANDS[command]
        case "conflicts list" | "conflicts keep":
            from ui.console import conflicts

            return conflicts.COMMANDS[command]
        case _:
            raise NotFound(_("There is no command “{name}”.").format(name=command))


def _language(arguments: Sequence[str]) -> str:
    """What --language says, before anything is parsed: even the help is written in it."""
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--language":
            wanted = value if equals else "".join(arguments[at + 1 : at + 2])
            return wanted if wanted in LANGUAGES else "en"
    return i18n.from_environment()


def _version() -> Answer:
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("provender")
    except PackageNotFoundError:
        number = "0"
    return Answer({"version": number}, f"Provender {number}")


def _fail(code: str, text: str, status: int, *, as_json: bool) -> int:
    if as_json:
        show_document({"error": error_document(code, text)})
    print("\n".join(plain(line) for line in text.split("\n")), file=sys.stderr)
    return status


def _of_the_disk(error: OSError) -> tuple[str, str]:
    """Code and sentence for what the operating system refused and nobody below had better words for."""
    path = str(error.filename or _("the disk"))
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull.code, _("There is no room left for {path}. Free some space and try again.").format(
            path=path
        )
    return Unwritable.code, _(
        "{path} cannot be used ({reason}). Check the rights on it, or choose another folder with --home."
    ).format(path=path, reason=reason(error))


def _apology(error: Exception) -> str:
    """A bug of ours: what a programmer needs, kinds and places only, for a message could hold a name."""
    places = [
        f"{Path(frame.filename).relative_to(ROOT).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT)
    ]
    return (
        _("Something went wrong in Provender. This is our mistake; what was saved before is safe.")
        + f" ({type(error).__qualname__}, {' < '.join(reversed(places[-4:]))})"
    )
