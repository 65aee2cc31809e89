"""What can be written after `provender`: commands, options and their help. Loads next to nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from app.i18n import LANGUAGES, N_, _, ngettext

# argparse asks gettext's global catalogue, which knows neither our texts nor --language.
argparse._ = _  # type: ignore[attr-defined]
argparse.ngettext = ngettext  # type: ignore[attr-defined]

# Its texts, as far as a person can meet them here, so that they are translated with ours.
_OF_ARGPARSE: Final = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("expected at least one argument"),
    N_("ignored explicit argument %r"),
    N_("invalid %(type)s value: %(value)r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("unknown parser %(parser_name)r (choices: %(choices)s)"),
)

KINDS_TO_MOVE: Final = ("customers", "contacts")


QUOTES: Final = {"double": '"', "single": "'", "none": ""}
"""What may enclose the cells of a text table, by what is typed."""


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
    """The options, `command` among them ("" for the window). Raises WrongUsage."""
    options = _grammar().parse_args(arguments)
    for name, default in (("home", None), ("profile", None), ("password_file", None), ("language", None)):
        if not hasattr(options, name):
            setattr(options, name, default)
    options.json = getattr(options, "json", False)
    return options


def _grammar() -> _Parser:
    common = _common()
    parser = _Parser(
        prog="provender",
        description=_("The customer book of a small food distributor. Without a command the window opens."),
        epilog=_("Exit status: 0 done, 1 refused or failed, 2 wrong usage. Passwords are never arguments."),
        parents=[common],
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help=_("show the version and leave"))
    parser.set_defaults(command="")
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"))
    _Declaring(commands, common, "provender").everything()
    return parser


def _common() -> _Parser:
    """Options that every command takes, before or after its name."""
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = common.add_argument_group(_("options everywhere"))
    group.add_argument("-h", "--help", action="help", help=_("show this and leave"))
    group.add_argument(
        "--home", metavar=_("DIR"), help=_("the folder of all profiles (else PROVENDER_HOME, else your own)")
    )
    group.add_argument("--profile", metavar=_("NAME"), help=_("which company, where there are several"))
    group.add_argument(
        "--password-file", metavar=_("FILE"), help=_("read the password from a file, - for standard input")
    )
    group.add_argument("--json", action="store_true", help=_("answer with one JSON document"))
    group.add_argument("--language", choices=sorted(LANGUAGES), help=_("language of all texts"))
    return common


class _Declaring:
    """Adds the commands, each with a name, a sentence and what it takes."""

    def __init__(self, commands: Any, common: _Parser, program: str) -> None:
        self._commands, self._common, self._program = commands, common, program

    def everything(self) -> None:
        company = self.group("company", N_("make a company"))
        make = company.command(
            "create", N_("make a company in a new profile, and show its recovery code once")
        )
        make.add_argument("name", metavar=_("NAME"), help=_("of the company"))
        make.add_argument("--owner", required=True, metavar=_("NAME"), help=_("your own name"))
        make.add_argument("--email", default="", metavar=_("ADDRESS"), help=_("your own e-mail address"))

        demo = self.command("demo", N_("make the demonstration company, or show the one that is there"))
        demo.add_argument(
            "--customers", type=int, default=None, metavar="N", help=_("how many (up to 100,000)")
        )
        demo.add_argument(
            "--seed", type=int, default=None, metavar="S", help=_("another number, another company")
        )
        demo.add_argument("--open", action="store_true", help=_("then open it in the window"))

        self._moving()
        self._records()

        self.command("profiles", N_("list the companies on this computer; needs no password"))
        backup = self.command(
            "backup", N_("write an encrypted backup to a new file, and prove that it opens")
        )
        backup.add_argument("file", metavar=_("FILE"))
        restore = self.command("restore", N_("restore a backup into a new profile"))
        restore.add_argument("file", metavar=_("FILE"))
        self.command("status", N_("show what is in the book, how it opens and when it was backed up"))
        password = self.group("password", N_("change the password"))
        password.command(
            "change", N_("replace the password; the old one, or the recovery code, is asked for")
        )
        code = self.group("recovery-code", N_("replace the recovery code"))
        code.command("new", N_("withdraw the old code, encrypt anew, and show a new code once"))
        audit = self.group("audit", N_("read and verify the audit trail"))
        listing = audit.command("list", N_("who did what and when, newest first"))
        listing.add_argument("--limit", type=int, default=200, metavar="N", help=_("how many (200)"))
        audit.command("verify", N_("walk the whole chain and name the first row that does not hold"))
        self.command("doctor", N_("check everything that can be checked and say what is wrong"))

    def _moving(self) -> None:
        load = self.command(
            "import", N_("bring in customers or contacts from a file (CSV, XLSX, vCard, JSON)")
        )
        load.add_argument("file", metavar=_("FILE"))
        load.add_argument(
            "--as", dest="kind", required=True, choices=KINDS_TO_MOVE, help=_("what the rows are")
        )
        load.add_argument(
            "--map", nargs="+", action="extend", default=[], metavar=_("COLUMN=FIELD"),
            help=_("decide what a column is; an empty field leaves it out"),
        )  # fmt: skip
        load.add_argument(
            "--match", default=None, metavar=_("FIELD,…"), help=_("by which fields a row is known again")
        )
        load.add_argument(
            "--quotes",
            default=None,
            choices=sorted(QUOTES),
            help=_("what encloses the cells of a text table (guessed)"),
        )
        load.add_argument(
            "--rehearse", action="store_true", help=_("say what would happen and change nothing")
        )
        load.add_argument(
            "--rejects", default=None, metavar=_("FILE"), help=_("write rejected rows to this file")
        )
        save = self.command("export", N_("write customers or contacts to a file (CSV, XLSX, vCard, JSON)"))
        save.add_argument("kind", choices=KINDS_TO_MOVE, help=_("what to write"))
        save.add_argument("file", metavar=_("FILE"), help=_("its ending says the format"))

    def _records(self) -> None:
        self.command("undo", N_("take back the last step; an import is one"))
        self.command("redo", N_("do again what the last undo took back"))
        find = self.command("find", N_("find records by words, phone digits, pinyin or initials"))
        find.add_argument("text", metavar=_("TEXT"), nargs="+")
        find.add_argument("--kind", default=None, metavar=_("KIND"), help=_("only of this kind"))
        find.add_argument("--limit", type=int, default=20, metavar="N", help=_("how many (20)"))
        show = self.command("show", N_("show a record with all its fields"))
        change = self.command("set", N_("change fields of a record"))
        for one in (show, change):
            one.add_argument("kind", metavar=_("KIND"), help=_("customer, contact, activity, …"))
            one.add_argument("id", metavar=_("ID"), help=_("as “find” printed it"))
        change.add_argument(
            "values", nargs="+", metavar=_("FIELD=VALUE"), help=_("an empty value empties the field")
        )

    # ---- beneath

    def command(self, name: str, sentence: str) -> _Parser:
        """A command that does something."""
        parser = self._add(name, sentence)
        parser.set_defaults(command=f"{self._program} {name}".partition(" ")[2])
        return parser

    def group(self, name: str, sentence: str) -> _Declaring:
        """A word that is followed by another."""
        parser = self._add(name, sentence)
        inner = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"), required=True)
        return _Declaring(inner, self._common, f"{self._program} {name}")

    def _add(self, name: str, sentence: str) -> _Parser:
        text = _(sentence)
        parser: _Parser = self._commands.add_parser(
            name,
            prog=f"{self._program} {name}",
            help=text,
            description=_("{sentence}.").format(sentence=text[:1].upper() + text[1:]),
            parents=[self._common],
            add_help=False,
            allow_abbrev=False,
        )
        return parser
