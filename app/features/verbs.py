"""The commands that every record kind has: add, edit, edit many, delete, keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from app.gateway.command import Command, command
from app.gateway.tx import Seen, Tx
from app.i18n import N_, _, ngettext
from app.ids import Id
from app.model.entity import Record, entity_of

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Verbs(Generic[R]):
    """`Verbs.of(Customer)` declares `customer.add`, `.edit`, `.edit_many`, `.delete` and `.keep`."""

    add: Command[[R], R]
    edit: Command[..., int]
    edit_many: Command[..., int]
    delete: Command[[Sequence[Id]], int]
    keep: Command[[Id], None]

    @classmethod
    def of(cls, kind: type[R]) -> Verbs[R]:
        """Declare the five commands of a kind."""
        entity = entity_of(kind)
        name, label, plural = entity.name, entity.label, entity.plural

        @command(f"{name}.add", N_("Add"))
        def add(tx: Tx, record: R) -> R:
            tx.label = _("Add {kind}").format(kind=_(label))
            return tx.save(record)

        @command(f"{name}.edit", N_("Edit"))
        def edit(tx: Tx, id_: Id, values: Mapping[str, Any], seen: Seen | None = None) -> int:
            tx.label = _("Edit {kind}").format(kind=_(label))
            return tx.edit(kind, id_, values, seen)

        @command(f"{name}.edit_many", N_("Edit several"))
        def edit_many(
            tx: Tx,
            ids: Sequence[Id],
            values: Mapping[str, Any],
            add_to: Mapping[str, Sequence[str]] | None = None,
            take_from: Mapping[str, Sequence[str]] | None = None,
        ) -> int:
            """Set fields of many records; `add_to` and `take_from` change sets such as tags."""
            tx.label = _("Edit {count} {kinds}").format(count=len(ids), kinds=_(plural))
            changed = 0
            for done, id_ in enumerate(ids):
                wanted = dict(values)
                if add_to or take_from:
                    now = tx.get(kind, id_)
                    for field, elements in (add_to or {}).items():
                        wanted[field] = (*wanted.get(field, getattr(now, field)), *elements)
                    for field, elements in (take_from or {}).items():
                        kept = wanted.get(field, getattr(now, field))
                        wanted[field] = tuple(element for element in kept if element not in elements)
                changed += bool(tx.edit(kind, id_, wanted))
                tx.progress.step(done + 1, len(ids))
            return changed

        @command(f"{name}.delete", N_("Delete"))
        def delete(tx: Tx, ids: Sequence[Id]) -> int:
            """Delete records and what lives with them."""
            tx.label = ngettext("Delete {count} {kind}", "Delete {count} {kinds}", len(ids)).format(
                count=len(ids), kind=_(label), kinds=_(plural)
            )
            for done, id_ in enumerate(ids):
                tx.delete(kind, id_)
                tx.progress.step(done + 1, len(ids))
            return len(ids)

        @command(f"{name}.keep", N_("Keep"))
        def keep(tx: Tx, id_: Id) -> None:
            """Keep a record that somebody deleted while somebody else went on editing it."""
            tx.label = _("Keep {kind}").format(kind=_(label))
            tx.keep(kind, id_)

        return cls(add, edit, edit_many, delete, keep)


def with_custom(record: R, values: Mapping[str, Any]) -> R:
    """The record with some custom values set."""
    return replace(record, custom={**record.custom, **values})
