"""May this person do this? Cedar decides; the sole importer of cedarpy."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from app import ids
from app.errors import Refused
from app.i18n import _

Action = Literal["run", "read", "export", "create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits here, with what the policies ask about."""

    member: ids.Id
    name: str
    roles: frozenset[str]
    books: frozenset[ids.Id]
    offices: frozenset[ids.Id]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that a command is about to do. `book` is empty for the company's own book."""

    action: Action
    kind: str = ""
    command: str = ""
    book: bytes = b""
    fields: frozenset[str] = frozenset()
    restricted: bool = False
    count: int = 1


class Policy:
    """The policies of a company, asked for one person; answers are remembered while neither changes."""

    def __init__(self, person: Person, texts: Iterable[str] = ()) -> None:
        import cedarpy

        self.person = person
        self._cedar = cedarpy
        text = "\n".join([shipped("provender.cedar"), *texts])
        self._policies = cedarpy.PolicySet.from_str(text)
        self._schema = cedarpy.Schema.from_str(shipped("provender.cedarschema"))
        self._entities = cedarpy.Entities.from_json_str(json.dumps([_member(person)]))
        self._answers: dict[Question, bool] = {}

    def require(self, question: Question) -> None:
        """Pass or raise Refused."""
        if not self.allows(question):
            raise Refused(_("Your role does not allow this. Ask an owner of the company if you need it."))

    def allows(self, question: Question) -> bool:
        """Whether the decision is Allow and not one policy erred."""
        answer = self._answers.get(question)
        if answer is None:
            if len(self._answers) > 4096:
                self._answers.clear()
            answer = self._answers[question] = self._ask(question)
        return answer

    def _ask(self, question: Question) -> bool:
        context: dict[str, Any] = {"command": question.command}
        if question.action != "run":
            context = {
                "book": ids.show(question.book) if question.book else "",
                "restricted": question.restricted,
                "fields": sorted(question.fields),
                "count": question.count,
            }
        result = self._cedar.is_authorized(
            {
                "principal": {"type": "Member", "id": ids.show(self.person.member)},
                "action": {"type": "Action", "id": question.action},
                "resource": {"type": "Kind", "id": question.kind},
                "context": context,
            },
            self._policies,
            self._entities,
            self._schema,
        )
        return bool(result.allowed) and not result.diagnostics.errors


def problems(texts: Collection[str]) -> list[str]:
    """What Cedar's validator says against policies; empty when they fit the schema."""
    import cedarpy

    result = cedarpy.validate_policies("\n".join(texts), shipped("provender.cedarschema"))
    return [] if result.validation_passed else [str(error) for error in result.errors]


@cache
def shipped(name: str) -> str:
    """A file of resources/policies."""
    return (files("resources") / "policies" / name).read_text("utf-8")


def _member(person: Person) -> dict[str, Any]:
    return {
        "uid": {"type": "Member", "id": ids.show(person.member)},
        "attrs": {
            "roles": sorted(person.roles),
            "books": sorted(ids.show(book) for book in person.books),
            "offices": sorted(ids.show(book) for book in person.offices),
        },
        "parents": [],
    }
