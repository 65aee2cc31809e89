"""Steps in the making: edits are applied at once, sealed, numbered, and kept for the journal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from app.access.policy import Action, Question
from app.model.audit import MOST_TOUCHED
from app.model.change import MOST_CHANGES, Dot, Edit, Step
from app.model.entity import FIELD_TIER, LIFE, OFFICE_TIER, Entity
from app.store.aside import Asides
from app.store.journal import UNSENT, Journal
from app.store.merging import Author
from app.store.sealing import seal_edit
from app.store.tables import Row, Tables

JOURNAL_AT_ONCE = 64
MOST_REMEMBERED = 200_000
"""Records that are counted exactly once each; beyond, one that is changed twice counts twice."""


@dataclass(slots=True)
class _Open:
    """A step that still takes edits."""

    author: Author
    edits: list[Edit] = field(default_factory=list)
    size: int = 0


@dataclass(slots=True)
class Done:
    """What a transaction did to one kind in one book, for the second question to the policy."""

    fields: set[str] = field(default_factory=set)
    count: int = 0


class Writing:
    """The writing side of one transaction."""

    def __init__(
        self,
        tables: Tables,
        journal: Journal,
        device: bytes,
        last_step: int,
        time_ms: int,
        asides: Asides | None,
    ) -> None:
        """`asides` keeps what is confirmed of rows that are changed; None in a company without a server."""
        self._tables, self._journal, self._asides = tables, journal, asides
        self.device, self.time_ms = device, time_ms
        self.first = last_step + 1
        self.last = last_step
        self._open: dict[tuple[bytes, int], _Open] = {}
        self._closed: list[Step] = []
        self.done: dict[tuple[Action, str, bytes, bool], Done] = defaultdict(Done)
        self.kinds: set[str] = set()
        self.touched: list[bytes] = []
        """The first records that were touched, as many as an audit row names."""
        self.touched_count = 0
        self._touched: set[bytes] = set()

    def create(
        self,
        entity: Entity,
        book: bytes,
        tier: int,
        id_: bytes,
        fields: tuple[str, ...],
        values: tuple[Any, ...],
    ) -> None:
        """A record that nobody has yet. What no step has room for follows as changes of it."""
        first, rest = fields[:MOST_CHANGES], fields[MOST_CHANGES:]
        step = self._step(book, tier, len(first))
        edit = Edit(entity.name, id_, first, values[:MOST_CHANGES])
        key = self._tables.create(step.author, edit, step.size)
        self._keep(step, edit, key)
        if rest:
            none_seen: tuple[tuple[Dot, ...], ...] = ((),) * len(rest)
            self._change(entity, book, tier, id_, rest, values[MOST_CHANGES:], none_seen, None)
        self._count("create" if tier == FIELD_TIER else "update", entity, book, tier, fields, id_)

    def change(
        self, entity: Entity, book: bytes, tier: int, id_: bytes, fields: tuple[str, ...], values: tuple[Any, ...],
        seen: tuple[tuple[Dot, ...], ...], row: Row | None,
    ) -> list[Dot]:  # fmt: skip
        """New values for a record; `row` is what was just loaded of it. Returns their dots."""
        made = self._change(entity, book, tier, id_, fields, values, seen, row)
        deletes = LIFE in fields and isinstance(values[fields.index(LIFE)], list)
        self._count("delete" if deletes else "update", entity, book, tier, fields, id_)
        return made

    def _change(
        self, entity: Entity, book: bytes, tier: int, id_: bytes, fields: tuple[str, ...], values: tuple[Any, ...],
        seen: tuple[tuple[Dot, ...], ...], row: Row | None,
    ) -> list[Dot]:  # fmt: skip
        """As many steps as it takes; each arrives whole and is right without the others."""
        made: list[Dot] = []
        for at in range(0, len(fields), MOST_CHANGES):
            part = slice(at, at + MOST_CHANGES)
            step = self._step(book, tier, len(fields[part]))
            edit = Edit(entity.name, id_, fields[part], values[part], seen[part])
            row = row or self._tables.load(entity, tier, id_)
            if self._asides is not None and row is not None:
                self._asides.keep(entity, tier, row, self.device, step.author.step)
            key = self._tables.apply(step.author, edit, step.size, seen=row)
            made += [
                Dot(self.device, step.author.step, step.size + place) for place in range(len(edit.fields))
            ]
            self._keep(step, edit, key)
            row = None  # what was loaded is old now
        return made

    def _keep(self, step: _Open, edit: Edit, key: bytes | None) -> None:
        if key is not None:
            edit = seal_edit(edit, key, self.device, step.author.step, step.size)
        step.edits.append(edit)
        step.size += len(edit.fields)

    def _count(
        self, action: Action, entity: Entity, book: bytes, tier: int, fields: tuple[str, ...], id_: bytes
    ) -> None:
        done = self.done[action, entity.name, b"" if entity.company else book, tier == OFFICE_TIER]
        done.count += 1
        done.fields.update(fields)
        if entity.name not in self.kinds:
            self.kinds.add(entity.name)
        if id_ not in self._touched:
            self._note(id_)

    def _note(self, id_: bytes) -> None:
        """Count a record once. Of very many only the first are remembered, so that memory stays bounded."""
        self.touched_count += 1
        if len(self._touched) < MOST_REMEMBERED:
            self._touched.add(id_)
        if len(self.touched) < MOST_TOUCHED:
            self.touched.append(id_)

    def _step(self, book: bytes, tier: int, size: int) -> _Open:
        """The open step of a stream with room for `size` changes."""
        open_ = self._open.get((book, tier))
        if open_ is not None and open_.size + size > MOST_CHANGES:
            self._close(open_)
            open_ = None
        if open_ is None:
            self.last += 1
            open_ = self._open[book, tier] = _Open(Author(self.device, self.last, book, tier, self.time_ms))
        return open_

    def _close(self, open_: _Open) -> None:
        author = open_.author
        self._closed.append(
            Step(author.device, author.step, author.book, author.tier, author.time_ms, tuple(open_.edits))
        )
        if len(self._closed) >= JOURNAL_AT_ONCE:
            self._journal.append(self._closed, UNSENT)
            self._closed.clear()

    def flush(self) -> None:
        """Let reads of this transaction see everything."""
        self._tables.flush()

    def finish(self) -> None:
        """Write what still waits."""
        for open_ in self._open.values():
            self._close(open_)
        self._open.clear()
        self._journal.append(self._closed, UNSENT)
        self._closed.clear()
        self._tables.flush()

    def questions(self) -> list[Question]:
        """What the policy is asked once it is known what the command really does."""
        return [
            Question(
                action,
                kind,
                book=book,
                fields=frozenset(name.partition("/")[0] for name in done.fields if name != LIFE),
                restricted=restricted,
                count=done.count,
            )
            for (action, kind, book, restricted), done in self.done.items()
        ]
