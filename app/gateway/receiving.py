"""What arrives from other devices, and what waits to be sent to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from app.access import ingest
from app.access.ingest import Quarantine
from app.errors import Damaged, OtherDevice
from app.i18n import _
from app.model.change import Edit, Step
from app.model.encoding import Sealed
from app.model.entity import FIELD_TIER, entity_named, is_kind
from app.model.fitting import fitted
from app.model.merge import counted_time
from app.model.roster import Roster
from app.model.soundness import sound
from app.model.statements import Stream
from app.store.journal import KEPT, QUARANTINED, Journal
from app.store.sealing import needed_keys, open_edit, with_key
from app.store.tables import Author, Tables


class Received(NamedTuple):
    """A step as a batch brought it: personal values sealed, with the keys of records that are new to us.

    `cited` is the roster index by which its author is judged, `receipt_ms` the server's clock.
    """

    step: Step
    keys: Mapping[bytes, bytes]
    receipt_ms: int
    cited: int


class Outgoing(NamedTuple):
    """A step of ours that no server has acknowledged, with the keys that its sealed values need."""

    step: Step
    keys: Mapping[bytes, bytes]


@dataclass(slots=True)
class Ingested:
    """What an ingest did."""

    applied: int = 0
    known: int = 0
    quarantined: list[tuple[Step, Quarantine]] = field(default_factory=list)
    void: list[Step] = field(default_factory=list)
    """Steps of which their author's program made nonsense: kept, without effect for anybody, to be told to managers."""
    kinds: set[str] = field(default_factory=set)


class Receiving:
    """Applies received steps in their order, within the transaction that the door has begun."""

    def __init__(self, tables: Tables, journal: Journal, roster: Roster, own: bytes) -> None:
        self._tables, self._journal, self._roster, self._own = tables, journal, roster, own

    def run(self, received: Iterable[Received]) -> Ingested:
        """Every step is kept; those that nobody allowed, or that make no sense, have no effect. The same step twice
        is one. Raises OtherDevice for steps of our own that this vault has not written."""
        result = Ingested()
        for one in received:
            step = one.step
            if self._journal.has(step.device, step.number):
                result.known += 1
                continue
            if step.device == self._own:
                raise OtherDevice(
                    _(
                        "This vault was restored or copied. It is open for reading only until it has enrolled as a "
                        "new device, because two devices must not go on as one."
                    )
                )
            try:
                sound([step], step.size, step.number - 1)
                standing = self._roster.standing(step.device, one.cited)
                verdict = ingest.judge(
                    standing, Stream(step.book, step.tier), one.receipt_ms, step, self._exists
                )
                if verdict is not None:
                    self._journal.append([step], QUARANTINED, one.receipt_ms)
                    result.quarantined.append((step, verdict))
                    continue
                opened = self._opened(one)
            except Damaged:
                self._journal.append([step], QUARANTINED, one.receipt_ms)
                result.void.append(step)
                continue
            self._journal.append([step], KEPT, one.receipt_ms)
            self._apply(one, opened)
            result.applied += 1
            result.kinds.update(edit.kind for edit in step.edits if _has_place(edit, step.tier))
        self._tables.flush()
        return result

    def _opened(self, one: Received) -> list[tuple[Edit, bytes | None]]:
        """The edits readable, each with the keys that opened it. Raises Damaged where one does not open."""
        step, opened, first = one.step, [], 0
        for edit in step.edits:
            plain, key = edit, None
            if _has_place(edit, step.tier) and any(isinstance(value, Sealed) for value in edit.values):
                row = self._tables.load(entity_named(edit.kind), step.tier, edit.row)
                known = with_key(row.subject if row is not None else None, one.keys.get(edit.row)) or b""
                key = needed_keys([edit], known)
                plain = open_edit(edit, key, step.device, step.number, first)
            opened.append((plain, key))
            first += len(edit.fields)
        return opened

    def _apply(self, one: Received, opened: Iterable[tuple[Edit, bytes | None]]) -> None:
        step = one.step
        author = Author(
            step.device, step.number, step.book, step.tier, counted_time(step.time_ms, one.receipt_ms)
        )
        first = 0
        for edit, key in opened:
            if _has_place(edit, step.tier):
                self._tables.apply(author, fitted(entity_named(edit.kind), edit), first, key)
            first += len(edit.fields)

    def _exists(self, kind: str, id_: bytes) -> bool:
        return is_kind(kind) and self._tables.load(entity_named(kind), FIELD_TIER, id_) is not None


def _has_place(edit: Edit, tier: int) -> bool:
    """Whether this program has a table for it; what a newer one writes waits in the journal for the update."""
    return is_kind(edit.kind) and (tier == FIELD_TIER or entity_named(edit.kind).has_office)


def outgoing(tables: Tables, steps: Iterable[Step]) -> list[Outgoing]:
    """Steps with the subject keys of the records whose personal values they carry."""
    made = []
    for step in steps:
        keys: dict[bytes, bytes] = {}
        for edit in step.edits:
            if edit.row not in keys and any(isinstance(value, Sealed) for value in edit.values):
                row = tables.load(entity_named(edit.kind), step.tier, edit.row)
                if row is not None and row.subject is not None:
                    keys[edit.row] = needed_keys(
                        [other for other in step.edits if other.row == edit.row], row.subject
                    )
        made.append(Outgoing(step, keys))
    return made
