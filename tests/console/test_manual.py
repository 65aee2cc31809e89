"""The chapter on the command line says what there is."""

from __future__ import annotations

import re

from app import bootstrap
from app.errors import AppError
from tests.architecture.sources import ROOT
from tests.console.test_usage import COMMANDS
from ui.console import doctor
from ui.console.grammar import parse

POSITIONAL = {
    "command", "version", "name", "text", "id", "values", "file", "url", "book", "member", "customers", "field",
}  # fmt: skip
CHAPTER = (ROOT / "resources/docs/manual/command-line.md").read_text(encoding="utf-8")


def codes(cls: type[AppError]) -> set[str]:
    """Of this class and those below it, as far as they are the program's and not a test's."""
    ours = [below for below in cls.__subclasses__() if not below.__module__.startswith("tests")]
    return {cls.code}.union(*(codes(below) for below in ours))


def test_every_error_code_is_explained() -> None:
    assert bootstrap
    assert doctor.Unwell.code == "unwell"
    known = {
        code
        for line in CHAPTER.splitlines()
        if line.startswith("| `")
        for code in re.findall("`([a-z_]+)`", line)
    }
    ours = codes(AppError)
    assert ours - known == set()


def test_every_command_and_option_stands_in_it() -> None:
    for command, rest in COMMANDS.items():
        assert f"provender {command}" in CHAPTER
        for option in vars(parse([*command.split(), *rest])):
            flag = {"kind": "as", "password_file": "password-file"}.get(option, option)
            if option not in POSITIONAL:
                assert f"--{flag.replace('_', '-')}" in CHAPTER, flag
