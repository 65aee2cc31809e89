"""What the program can do and can be asked: functions with a name, a label, and nothing else to remember.

Rights, transaction, audit and undo are the door's (session.py). A command that opens a transaction is a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from app.gateway.tx import Tx
    from app.gateway.view import View

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Command(Generic[P, R_co]):
    """Something that changes the book. `undoable=False` for what undo must not touch."""

    name: str
    label: str
    run: Callable[Concatenate[Tx, P], R_co]
    kind: str = ""
    undoable: bool = True


@dataclass(frozen=True, slots=True)
class Query(Generic[P, R_co]):
    """Something that only reads. `audited=True`: a row is written before anything is delivered."""

    name: str
    label: str
    run: Callable[Concatenate[View, P], R_co]
    kind: str = ""
    audited: bool = False
    detail: Callable[..., Mapping[str, str | int]] | None = None


COMMANDS: dict[str, Command[..., Any]] = {}
QUERIES: dict[str, Query[..., Any]] = {}


def command(
    name: str, label: str, *, undoable: bool = True
) -> Callable[[Callable[Concatenate[Tx, P], R]], Command[P, R]]:
    """Declare a command `kind.verb`."""

    def register(run: Callable[Concatenate[Tx, P], R]) -> Command[P, R]:
        made = Command(name, label, run, name.partition(".")[0], undoable)
        if COMMANDS.setdefault(name, made) is not made:
            raise TypeError(f"two commands are called {name!r}")
        return made

    return register


def query(
    name: str,
    label: str,
    *,
    audited: bool = False,
    detail: Callable[..., Mapping[str, str | int]] | None = None,
) -> Callable[[Callable[Concatenate[View, P], R]], Query[P, R]]:
    """Declare a query `kind.verb`. `detail(view, *args)` adds counts and names, never values, to its audit row."""

    def register(run: Callable[Concatenate[View, P], R]) -> Query[P, R]:
        made = Query(name, label, run, name.partition(".")[0], audited, detail)
        if QUERIES.setdefault(name, made) is not made:
            raise TypeError(f"two queries are called {name!r}")
        return made

    return register
