"""No statement of the server asks, or changes, anything of a company without naming it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from sync.server import (
    embedded_company,
    embedded_shelves,
    embedded_streams,
    postgres_pending,
    postgres_rows,
)
from sync.server.embedded_company import OF_COMPANY
from sync.server.postgres_rows import ours

ASKING = {"_do", "_count", "_one", "_all", "_each", "_many"}
OPERATORS = {"fact", "admission"}
LISTED = "SELECT company FROM company ORDER BY company"
"""What the operator sees of all companies."""


def statements() -> Iterator[str]:
    """Every statement's text."""
    for module in (embedded_company, embedded_shelves, embedded_streams, postgres_rows):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ASKING
            ):
                yield evaluated(module, node.args[0])
    yield from (
        value for name, value in vars(postgres_pending).items() if isinstance(value, str) and "?" in value
    )


def evaluated(module: ModuleType, text: ast.expr) -> str:
    """The words of a statement, with the module's constants in their places, and any table's name."""
    if isinstance(text, ast.Name):
        return ""  # handed through
    value = eval(compile(ast.Expression(text), module.__name__, "eval"), {**vars(module), "table": "batch"})
    assert isinstance(value, str)
    return value


TEXTS = sorted({text for text in statements() if text})


def test_they_were_found() -> None:
    named = set().union(*(ours(text).tables for text in TEXTS))
    assert len(TEXTS) > 60
    assert set(OF_COMPANY) | OPERATORS <= named


@pytest.mark.parametrize("text", TEXTS)
def test_every_statement_names_the_company(text: str) -> None:
    tables = ours(text).tables & set(OF_COMPANY)
    if not tables or text == LISTED:
        return
    conditions = len(re.findall(r"\bWHERE company = \?|\bINSERT INTO \w+ \(company,", text))
    parts = len(re.findall(r"\b(?:FROM|INTO|UPDATE) (?!SET)\w+", text))
    assert conditions == parts, text
