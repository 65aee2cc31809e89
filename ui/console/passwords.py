"""Passwords: from a file, from standard input, or typed without an echo. Never from arguments or environment."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from getpass import getpass
from pathlib import Path
from typing import Final

from app import paths
from app.crypto import strength
from app.crypto.recovery import RecoveryCode
from app.errors import Invalid, Locked, Unreadable, reason
from app.i18n import _
from ui.console.answer import is_terminal, plain

MAX_BYTES: Final = 64 * 1024
_PRINTED: Final = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){6}")
"""A recovery code as it is printed."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """What opens a vault: a password, or the recovery code with the password that will be in force."""

    password: str | None = field(default=None, repr=False)
    recovery: RecoveryCode | None = None
    new_password: str | None = field(default=None, repr=False)


class Secrets:
    """The lines of the password file, in the order in which a command asks for them; else questions."""

    def __init__(self, file: str | None) -> None:
        self._file = file
        self._lines: list[str] | None = None
        self._at = 0

    @property
    def is_given(self) -> bool:
        """Whether there is a password file."""
        return self._file is not None

    @property
    def can_ask(self) -> bool:
        """Whether a person can be asked instead."""
        return self._file is None and is_terminal(sys.stdin)

    def ask(self, question: str) -> str:
        """A secret that exists. Raises Locked where there is nobody to ask, Invalid where the file is short."""
        if self._file is None:
            if not self.can_ask:
                raise Locked(
                    _(
                        "A password is needed, and there is no terminal to ask for it. Give it with "
                        "--password-file FILE, or with --password-file - on standard input."
                    )
                )
            return getpass(f"{question}: ")
        lines = self._read()
        self._at += 1
        if self._at > len(lines):
            raise Invalid(
                "password",
                _("The password file is too short. Its line {number} must be: {question}.").format(
                    number=self._at, question=question
                ),
            )
        return lines[self._at - 1]

    def way_in(self, *, alone: bool) -> WayIn:
        """The password or the recovery code, whichever it is. A code goes with a new password."""
        first = self.ask(_("Password or recovery code"))
        try:
            code = RecoveryCode.parse(first)
        except Invalid:
            if _PRINTED.fullmatch(
                first.strip()
            ):  # a code with a slip in it: called a wrong password it misleads
                raise
            return WayIn(password=first)
        return WayIn(recovery=code, new_password=self.new(_("New password"), alone=alone))

    def new(self, question: str, *, alone: bool, discouraged: tuple[str, ...] = ()) -> str:
        """A password to be. A person is told how good it is and types it twice."""
        if not self.can_ask:
            return self.ask(question)
        while True:
            first = self.ask(question)
            judged = strength.assess(first, alone=alone, discouraged=("provender", *discouraged))
            print(plain(judged.text), file=sys.stderr)
            if not judged.acceptable:
                continue
            if self.ask(_("The same once more")) == first:
                return first
            print(_("The two were not the same. Please try again."), file=sys.stderr)

    def _read(self) -> list[str]:
        if self._lines is None:
            raw = _standard_input() if self._file == "-" else _content(paths.expanded(self._file or ""))
            if len(raw) > MAX_BYTES:
                raise Unreadable(
                    _("The password file is too long to be one. Each password is one line of it.")
                )
            try:
                text = raw.decode("utf-8-sig")
            except UnicodeDecodeError:
                raise Unreadable(_("The password file is not UTF-8 text. Save it as UTF-8.")) from None
            self._lines = text.splitlines()
        return self._lines


def _standard_input() -> bytes:
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(
            _("The password file “{path}” cannot be read: {reason}.").format(path=path, reason=reason(error))
        ) from None
