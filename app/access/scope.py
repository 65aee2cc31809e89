"""What a person may see of each kind of record: rows out of scope and hidden fields do not exist."""

from __future__ import annotations

from collections.abc import Collection

from app.access.policy import Policy, Question
from app.errors import Refused
from app.i18n import _
from app.model.entity import Entity
from app.store.reader import Scope


class Scopes:
    """Scopes by kind, worked out once per kind for as long as rights stay as they are."""

    def __init__(self, policy: Policy, books: Collection[bytes]) -> None:
        self._policy, self._books = policy, tuple(books)
        self._known: dict[str, Scope] = {}

    def of(self, entity: Entity) -> Scope:
        """The books and fields of a kind that this person may read. Raises Refused where there are none."""
        scope = self._known.get(entity.name)
        if scope is None:
            scope = self._known[entity.name] = self._work_out(entity)
        return scope

    def _work_out(self, entity: Entity) -> Scope:
        restricted = frozenset(field.name for field in entity.fields if field.restricted)
        if entity.company:
            if not self._policy.allows(Question("read", entity.name)):
                raise Refused(
                    _("Your role does not let you see this. Ask an owner of the company if you need it.")
                )
            return Scope()
        seen = [book for book in self._books if self._policy.allows(Question("read", entity.name, book=book))]
        if not seen and self._books:
            raise Refused(
                _("Your role does not let you see this. Ask an owner of the company if you need it.")
            )
        # A restricted field is shown only where it may be read in every book that is shown.
        all_restricted = all(
            self._policy.allows(Question("read", entity.name, book=book, fields=restricted, restricted=True))
            for book in seen
        )
        return Scope(
            books=None if len(seen) == len(self._books) else frozenset(seen),
            hidden=frozenset() if all_restricted else restricted,
        )
