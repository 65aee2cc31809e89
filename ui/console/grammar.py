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

ROLES: Final = ("owner", "manager", "rep", "clerk", "auditor", "it")
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
        self._company()

    def _company(self) -> None:
        """What concerns the server and the other devices of the company."""
        server = self.group("server", N_("connect this company to a server"))
        connect = server.command("connect", N_("make this company known to a server, and send it everything"))
        connect.add_argument("url", metavar="URL", help=_("https://HOST:PORT"))
        connect.add_argument(
            "--token-file", required=True, metavar=_("FILE"), help=_("the token of the server’s operator")
        )
        connect.add_argument(
            "--pin", default=None, metavar=_("FILE"), help=_("the pin of the server’s own authority")
        )
        sync = self.command("sync", N_("fetch and send changes"))
        sync.add_argument("--watch", action="store_true", help=_("go on until Ctrl+C"))
        sync.add_argument(
            "--join",
            action="store_true",
            help=_("owners: bring two histories of a stopped book together, after the server was restored"),
        )
        invite = self.command("invite", N_("invite somebody into this company"))
        invite.add_argument("--name", required=True, metavar=_("NAME"), help=_("of the person"))
        invite.add_argument("--email", default="", metavar=_("ADDRESS"), help=_("their e-mail address"))
        invite.add_argument("--role", required=True, choices=ROLES, help=_("what they may do"))
        invite.add_argument(
            "--books", default="", metavar=_("BOOK,…"), help=_("names of books, or “all” that you have")
        )
        invite.add_argument("--office", action="store_true", help=_("restricted fields too"))
        invite.add_argument(
            "--link-file", required=True, metavar=_("FILE"), help=_("where to write the invitation")
        )
        join = self.command("join", N_("join a company by an invitation; shows six words and waits"))
        join.add_argument(
            "--link-file", default=None, metavar=_("FILE"), help=_("the invitation; else go on waiting")
        )
        join.add_argument("--name", default="", metavar=_("NAME"), help=_("what this device is called"))
        join.add_argument("--wait", type=float, default=None, metavar=_("SECONDS"), help=_("at most so long"))
        devices = self.group("devices", N_("devices of the company, and those that wait"))
        devices.command("list", N_("all devices with their state, six words and last contact"))
        approve = devices.command("approve", N_("let a waiting device in"))
        approve.add_argument("id", metavar=_("ID"))
        approve.add_argument(
            "--words", required=True, metavar=_("WORDS"), help=_("the six words that its screen shows")
        )
        for name, sentence in (
            ("refuse", N_("turn a waiting device away")),
            ("revoke", N_("end a device; its books get new keys")),
        ):
            devices.command(name, sentence).add_argument("id", metavar=_("ID"))
        self._books()
        self._conflicts()

    def _conflicts(self) -> None:
        conflicts = self.group("conflicts", N_("what two people wrote at once"))
        conflicts.command("list", N_("all that waits for a decision, with every value"))
        keep = conflicts.command("keep", N_("decide which value stays"))
        keep.add_argument("kind", metavar=_("KIND"), help=_("as “conflicts list” printed it"))
        keep.add_argument("id", metavar=_("ID"))
        keep.add_argument("field", metavar=_("FIELD"), help=_("“record” where one was deleted and edited"))
        keep.add_argument("--number", type=int, default=None, metavar="N", help=_("keep this value"))
        keep.add_argument("--value", default=None, metavar=_("VALUE"), help=_("write another one"))
        keep.add_argument("--delete", action="store_true", help=_("delete the record after all"))

    def _books(self) -> None:
        books = self.group("books", N_("books of customers, and who has them"))
        books.command("list", N_("all books with their members"))
        books.command("create", N_("make a new, empty book")).add_argument("name", metavar=_("NAME"))
        for name, sentence in (
            ("give", N_("give a member a book")),
            ("take", N_("take a book from a member")),
        ):
            one = books.command(name, sentence)
            one.add_argument("book", metavar=_("BOOK"))
            one.add_argument("member", metavar=_("MEMBER"))
            one.add_argument("--office", action="store_true", help=_("its restricted fields"))
        twins = self.group("duplicates", N_("the same customer written down twice"))
        merge = twins.command("merge", N_("show customers as the one that is kept; undoable"))
        merge.add_argument("id", metavar=_("KEPT"))
        merge.add_argument("customers", nargs="+", metavar=_("ID"))
        twins.command("part", N_("make a customer of its own of a duplicate")).add_argument(
            "id", metavar=_("ID")
        )
        move = books.command("move", N_("move customers with all that belongs to them"))
        move.add_argument("customers", nargs="+", metavar=_("ID"))
        move.add_argument("--to", required=True, metavar=_("BOOK"), help=_("name or id of the other book"))

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
