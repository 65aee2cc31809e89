"""What can be written after `provender-server`: commands, options and their help. Loads next to nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from app.i18n import LANGUAGES, N_, _, ngettext

# argparse asks gettext's global catalogue, which knows neither our texts nor --language.
argparse._ = _  # type: ignore[attr-defined]
argparse.ngettext = ngettext  # type: ignore[attr-defined]

LISTEN: Final = "0.0.0.0:8443"
ADMISSION_DAYS: Final = 7


class WrongUsage(Exception):
    """The arguments mean nothing; `text` says why and which help to read."""

    code: Final = "usage"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _Parser(argparse.ArgumentParser):
    """Raises instead of leaving the process, so that --json is answered in JSON here too."""

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:].rstrip(".")
        raise WrongUsage(
            _("{problem}. “{program} --help” shows how it is used.").format(
                problem=sentence, program=self.prog
            )
        )


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options, `command` among them. Raises WrongUsage."""
    options = _grammar().parse_args(arguments)
    for name in ("home", "database_file", "objects", "key_file", "language"):
        if not hasattr(options, name):
            setattr(options, name, None)
    options.json = getattr(options, "json", False)
    if not options.command and not options.version:
        raise WrongUsage(_("Say what to do. “provender-server --help” lists the commands."))
    if options.command and not options.home:
        raise WrongUsage(_("Say which server with --home DIR."))
    return options


def _grammar() -> _Parser:
    common = _common()
    parser = _Parser(
        prog="provender-server",
        description=_("Carries a company's sealed changes between its devices, and can read none of them."),
        epilog=_("Exit status: 0 done, 1 refused or failed, 2 wrong usage."),
        parents=[common],
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help=_("show the version and leave"))
    parser.set_defaults(command="")
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"))
    declare = _Declaring(commands, common, "provender-server")
    _servers(declare)
    _companies(declare.group("company", N_("the companies that this server serves")))
    _safety(declare)
    return parser


def _common() -> _Parser:
    """Options that every command takes, before or after its name."""
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = common.add_argument_group(_("options everywhere"))
    group.add_argument("-h", "--help", action="help", help=_("show this and leave"))
    group.add_argument("--home", metavar=_("DIR"), help=_("the server's own folder"))
    group.add_argument(
        "--database-file", metavar=_("FILE"), help=_("use PostgreSQL at the address that this file holds")
    )
    group.add_argument(
        "--objects",
        metavar=_("PLACE"),
        help=_("a folder or s3://BUCKET/PREFIX for attachments and snapshots"),
    )
    group.add_argument(
        "--key-file", metavar=_("FILE"), help=_("the database's key (else from the home or the environment)")
    )
    group.add_argument("--json", action="store_true", help=_("answer with one JSON document"))
    group.add_argument("--language", choices=sorted(LANGUAGES), help=_("language of all texts"))
    return common


class _Declaring:
    """Adds the commands, each with a name, a sentence and what it takes."""

    def __init__(self, commands: Any, common: _Parser, program: str) -> None:
        self._commands, self._common, self._program = commands, common, program

    def command(self, name: str, sentence: str) -> _Parser:
        """A command; its whole name becomes the option `command`."""
        text = _(sentence)
        prog = f"{self._program} {name}"
        parser: _Parser = self._commands.add_parser(
            name, prog=prog, help=text, description=text[:1].upper() + text[1:] + ".",
            parents=[self._common], add_help=False, allow_abbrev=False,
        )  # fmt: skip
        parser.set_defaults(command=prog.partition(" ")[2])
        return parser

    def group(self, name: str, sentence: str) -> _Declaring:
        """Commands with two words."""
        prog = f"{self._program} {name}"
        parser = self._commands.add_parser(
            name, prog=prog, help=_(sentence), parents=[self._common], add_help=False, allow_abbrev=False
        )
        commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"), required=True)
        return _Declaring(commands, self._common, prog)


def _servers(declare: _Declaring) -> None:
    init = declare.command("init", N_("make a server's home: authority, keys, database"))
    init.add_argument(
        "--name",
        action="append",
        required=True,
        metavar=_("HOST"),
        help=_("under which devices reach it; may be given several times, the first is its true name"),
    )
    init.add_argument("--pin-file", metavar=_("FILE"), help=_("write the pin for “provender server connect”"))
    init.add_argument(
        "--certificate",
        default="",
        metavar=_("FILE"),
        help=_("a certificate's chain instead of an own authority"),
    )
    init.add_argument(
        "--certificate-key", default="", metavar=_("FILE"), help=_("the key of that certificate")
    )

    run = declare.command("run", N_("serve until told to end"))
    run.add_argument(
        "--listen", default=LISTEN, metavar=_("HOST:PORT"), help=_("where to listen (port 0: any free one)")
    )
    run.add_argument("--workers", type=int, default=1, metavar="N", help=_("processes to share the work"))
    run.add_argument(
        "--rate",
        action="append",
        default=[],
        metavar="KIND=A-SECOND:AT-ONCE",
        help=_("change a limit of requests"),
    )
    run.add_argument(
        "--trusted",
        action="append",
        default=[],
        metavar=_("NETWORK"),
        help=_("may read /metrics; its addresses are not counted"),
    )
    run.add_argument(
        "--log-level", default="info", choices=("debug", "info", "warning", "error"), help=_("what to log")
    )


def _companies(declare: _Declaring) -> None:
    admit = declare.command("admit", N_("make a token with which one company can connect, once"))
    admit.add_argument("--token-file", metavar=_("FILE"), help=_("write the token instead of showing it"))
    admit.add_argument(
        "--days", type=int, default=ADMISSION_DAYS, metavar="N", help=_("how long it can be used")
    )
    declare.command("list", N_("the companies with their sizes"))
    suspend = declare.command("suspend", N_("answer a company no more until it is resumed"))
    suspend.add_argument("company", metavar=_("ID"), help=_("its id, or as much of it as is clear"))
    suspend.add_argument("--resume", action="store_true", help=_("answer it again"))
    quota = declare.command("quota", N_("set how much a company may store"))
    quota.add_argument("company", metavar=_("ID"), help=_("its id, or as much of it as is clear"))
    quota.add_argument("gigabytes", type=float, metavar="GB", help=_("0 for the server's usual limit"))
    delete = declare.command("delete", N_("forget a company and all that it has stored here"))
    delete.add_argument("company", metavar=_("ID"), help=_("its whole id"))
    delete.add_argument("--yes", action="store_true", help=_("really: this cannot be undone"))


def _safety(declare: _Declaring) -> None:
    backup = declare.command("backup", N_("write all that is stored into one file, while the server runs"))
    backup.add_argument("file", metavar=_("FILE"))
    restore = declare.command("restore", N_("bring back what a backup holds, while the server does not run"))
    restore.add_argument("file", metavar=_("FILE"))
    restore.add_argument("--replace", action="store_true", help=_("put what is there now aside"))
    declare.command("check", N_("verify the database, every roster, every chain and every object"))
