"""What a person may see of each kind of record: rows out of scope and hidden fields do not exist."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from app.access.policy import Policy, Question
from app.errors import Refused
from app.i18n import _
from app.model.entity import Entity
from app.store.reader import Scope


class Scopes:
    """Scopes by kind, worked out once per kind for as long as rights stay as they are."""

    def __init__(
        self, policy: Policy, books: Collection[bytes], company_book: bytes, stored: Collection[bytes]
    ) -> None:
        """`books` are those that this person holds; `stored` all of which this file has, or once had, rows. Made anew
        when either changes."""
        self._policy, self._books = policy, tuple(books)
        self._company_book, self._stored = company_book, stored
        self._known: dict[str, Scope] = {}
        self._closed: dict[str, Scope] = {}

    def of(self, entity: Entity) -> Scope:
        """The books and fields of a kind that this person may read. Raises Refused where there are none."""
        scope = self._known.get(entity.name)
        if scope is None:
            scope = self._known[entity.name] = self._work_out(entity)
        return scope

    def closed(self, entity: Entity) -> Scope:
        """The same with all restricted fields hidden: for questions that leave no audit row."""
        scope = self.of(entity)
        if not entity.has_office:
            return scope
        closed = self._closed.get(entity.name)
        if closed is None:
            closed = self._closed[entity.name] = replace(scope, hidden=scope.hidden | _restricted(entity))
        return closed

    def _work_out(self, entity: Entity) -> Scope:
        if entity.company:
            if not self._policy.allows(Question("read", entity.name)):
                raise _refused()
            return Scope()
        seen = [book for book in self._books if self._policy.allows(Question("read", entity.name, book=book))]
        if not seen and self._books:
            raise _refused()
        # A restricted field is shown only where it may be read in every book that is shown.
        restricted = _restricted(entity)
        all_restricted = bool(seen) and all(
            self._policy.allows(Question("read", entity.name, book=book, fields=restricted, restricted=True))
            for book in seen
        )
        # Rows of a book that was taken from this person may still lie here; then the books are named one by one.
        is_all = bool(seen) and {self._company_book, *seen}.issuperset(self._stored)
        return Scope(
            books=None if is_all else frozenset(seen), hidden=frozenset() if all_restricted else restricted
        )


def _restricted(entity: Entity) -> frozenset[str]:
    return frozenset(field.name for field in entity.fields if field.restricted)


def _refused() -> Refused:
    return Refused(_("Your role does not let you see this. Ask an owner of the company if you need it."))
