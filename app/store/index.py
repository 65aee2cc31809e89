"""Keeps the search index in step with the rows, in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.model.change import Edit
from app.model.entity import CUSTOM, Entity, entity_named
from app.model.fields import Field
from app.model.terms import CODE, NAME, PHONE, TEXT, Entry, TextKind
from app.store import search
from app.store.database import Connection
from app.store.rows import plan

KINDS = {"customer": 1, "contact": 2, "site": 3, "activity": 4}
"""Numbers of the kinds that the search box finds, as the index keeps them; never renumber."""

MOST_VISITED = 20
"""Customers that become the last touched because somebody noted an activity; a bulk load touches none."""

KIND_NAMES = {number: name for name, number in KINDS.items()}


MOST_GATHERED = 5000


class Index:
    """Gathers entries and writes them many at a time: the index is slow to change between adding and removing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._gathered: dict[tuple[int, int], Entry | None] = {}
        self._visited: set[bytes] = set()
        self._shapes: dict[tuple[str, tuple[str, ...]], tuple[tuple[int, TextKind, Field | None], ...]] = {}

    def begin(self) -> None:
        """Forget entries that were never written."""
        self._gathered.clear()
        self._visited.clear()

    def created(self, entity: Entity, row: int, book: int, edit: Edit) -> None:
        """A row that one edit has made."""
        kind = KINDS.get(entity.name)
        if kind is None:
            return
        title = ""
        texts: list[tuple[TextKind, str]] = []
        values = edit.values
        for place, text_class, field in self._shape(entity, edit.fields):
            value = values[place]
            if field is None or field.kind != "address":
                text = value if isinstance(value, str) else ""
                if value is True:
                    text = edit.fields[place].partition("/")[2]
            else:
                text = " ".join(value)
            if text_class == NAME:
                title = text
            if text:
                texts.append((text_class, text))
        self._gather(kind, row, Entry(kind, row, book, title, tuple(texts)))
        if entity.name == "activity" and len(self._visited) <= MOST_VISITED and "customer" in edit.fields:
            self._visited.add(values[edit.fields.index("customer")])

    def changed(
        self, entity: Entity, row: int, book: int, raw: Sequence[Any] | None, sets: Mapping[str, Any]
    ) -> None:
        """A row with new values in some columns; `raw` None means that it is gone."""
        kind = KINDS.get(entity.name)
        if kind is None:
            return
        if raw is None:
            self._gather(kind, row, None)
            return
        row_plan = plan(entity)
        title = ""
        texts: list[tuple[TextKind, str]] = []
        for field in entity.searched:
            if field.restricted:
                continue
            columns = row_plan.columns[
                row_plan.places[field.name].start - 9 : row_plan.places[field.name].stop - 9
            ]
            parts = [
                sets.get(name, old)
                for name, old in zip(columns, raw[row_plan.places[field.name]], strict=True)
            ]
            text = " ".join(str(part) for part in parts if part).strip()
            if field.name == entity.title_field:
                title = text
            if text:
                texts.append((text_class_of(entity, field), text))
        extra = sets.get("extra", raw[8])
        if extra:
            texts += [(TEXT, value) for value in json.loads(extra).values() if isinstance(value, str)]
        self._gather(kind, row, Entry(kind, row, book, title, tuple(texts)))

    def flush(self) -> None:
        """Write what was gathered."""
        gone: dict[int, list[int]] = {}
        entries: list[Entry] = []
        for (kind, row), entry in self._gathered.items():
            if entry is None:
                gone.setdefault(kind, []).append(row)
            else:
                entries.append(entry)
        self._gathered.clear()
        for kind, rows in gone.items():
            search.remove(self._connection, kind, rows)
        if len(entries) == 1:
            search.index(self._connection, entries[0])
        elif entries:
            search.index_many(self._connection, entries)
        self._touch_visited()

    def _touch_visited(self) -> None:
        """Who was visited or called just now is what people look for next; after a bulk load nobody is."""
        if 0 < len(self._visited) <= MOST_VISITED:
            for id_ in sorted(self._visited):
                found = self._connection.execute(
                    "SELECT row FROM customer WHERE id = ? AND gone = 0", (id_,)
                ).fetchone()
                if found:
                    search.touch(self._connection, KINDS["customer"], found[0])
        self._visited.clear()

    def _gather(self, kind: int, row: int, entry: Entry | None) -> None:
        """The newest word on a record; None means that it is no longer found."""
        self._gathered.pop((kind, row), None)  # it moves to the end: touched last
        self._gathered[kind, row] = entry
        if len(self._gathered) >= MOST_GATHERED:
            self.flush()

    def _shape(
        self, entity: Entity, fields: tuple[str, ...]
    ) -> tuple[tuple[int, TextKind, Field | None], ...]:
        """Which places of an edit are searched, and as what."""
        key = (entity.name, fields)
        found = self._shapes.get(key)
        if found is None:
            if len(self._shapes) > 512:
                self._shapes.clear()
            made: list[tuple[int, TextKind, Field | None]] = []
            for place, name in enumerate(fields):
                field = entity.by_name.get(name.partition("/")[0])
                if name.startswith(CUSTOM):
                    made.append((place, TEXT, None))
                elif field is not None and field.search and not field.restricted:
                    made.append((place, text_class_of(entity, field), field))
            found = self._shapes[key] = tuple(made)
        return found


def text_class_of(entity: Entity, field: Field) -> TextKind:
    """How a field's text is indexed: as name, phone, code, or plain text."""
    if field.name == entity.title_field and field.kind == "text":
        return NAME
    if field.kind == "phone":
        return PHONE
    return CODE if field.name in ("code", "wechat", "email") else TEXT


def kind_of(name: str) -> int:
    """The index's number of a kind. Raises NotFound for a kind that does not exist."""
    return KINDS[entity_named(name).name]
