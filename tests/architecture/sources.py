"""The program's own source files, parsed, for tests that look at how they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("app", "ui", "sync", "resources")


@cache
def files(*folders: str) -> tuple[Path, ...]:
    """Every Python file of ours under these folders of the repository, in order."""
    found = (path for folder in folders or PROGRAM for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path for path in found if "third-party" not in path.parts))


@cache
def parsed(path: Path) -> ast.Module:
    """Its syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and content of every string in the code, pieces of f-strings too, but not docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def place(path: Path, line: int) -> str:
    """A place as editors understand it: `app/ids.py:12`."""
    return f"{path.relative_to(ROOT)}:{line}"
