"""Builds a stream's confirmed state from a snapshot, in place of what was there, with our waiting steps over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.errors import Damaged
from app.i18n import _
from app.model.chain import Chain
from app.model.change import Edit
from app.model.encoding import Sealed, decode
from app.model.entity import FIELD_TIER, Entity, entity_named
from app.model.fitting import fitted
from app.model.statements import Stream
from app.store import quarantine, record_data, search
from app.store.aside import Aside, Asides
from app.store.confirmed import Confirmed, Key, has_place
from app.store.database import Connection
from app.store.index import KINDS
from app.store.journal import KEPT, QUARANTINED, Journal, Kept
from app.store.merging import Author, Held, blank, filled
from app.store.numbers import Numbers
from app.store.quarantine import QuarantineLog
from app.store.record_data import Runs, Spelled
from app.store.rows import plan
from app.store.schema import table_name
from app.store.sealing import open_readable
from app.store.state import ENDS, At, ends, hash_of, kinds
from app.store.streams import Streams
from app.store.tables import Tables
from app.store.unknown import UnknownRecords


class Restoring:
    """One stream, within the transaction that the door has begun."""

    def __init__(
        self, connection: Connection, tables: Tables, asides: Asides, journal: Journal, streams: Streams,
        without_effect: QuarantineLog, unknown: UnknownRecords, devices: Numbers, books: Numbers, stream: Stream,
    ) -> None:  # fmt: skip
        self._connection, self._tables, self._asides, self._journal = connection, tables, asides, journal
        self._streams, self._without_effect, self._unknown = streams, without_effect, unknown
        self._devices, self._stream = devices, stream
        self._book, self._tier = books[stream.book], stream.tier
        self._numbers: dict[Key, int] = {}
        self._taken: dict[str, set[bytes]] = {}
        self._void: set[tuple[bytes, int]] = set()
        self._ends: list[bytes] = []
        self.records = 0
        """How many the snapshot has brought."""
        self.kinds: set[str] = set()

    def run(
        self, chain: Chain, steps: Mapping[bytes, int], records: Iterable[tuple[bytes, bytes]], state_hash: bytes,
        confirmed: Confirmed, sealed: Mapping[int, int],
    ) -> None:  # fmt: skip
        """`steps`: the last step number of each device; `sealed`: of our own steps that wait, the sequence of the
        batch that holds each. Raises Damaged unless the records are those of the state hash."""
        waiting = self._journal.without_place(self._stream)
        subjects = self._subjects(waiting)
        self._empty()
        digests = [self._put(data, key) for data, key in records]
        self.records = len(digests)
        if hash_of(digests) != state_hash:
            raise Damaged(_("A snapshot of a book is not what was signed. It is not believed."))
        self._tables.flush()
        self._streams.restart(self._stream)
        self._streams.advance(chain, chain.ends, steps)
        self._streams.add_heads(self._stream, [(chain.position, chain.head)])
        self._require_ends()
        left = self._placed(waiting, chain, steps, sealed)
        confirmed.begin_anew(left, subjects, steps)
        confirmed.settle()
        self.kinds |= confirmed.kinds

    def _require_ends(self) -> None:
        """Raise Damaged unless the devices' chains end where those who vouch for the snapshot say so."""
        at = At(self._book, self._tier)
        if self._ends != [data for data, _key in ends(self._connection, at, self._devices.ids)]:
            raise Damaged(_("A snapshot of a book is not what was signed. It is not believed."))

    def learn(self, kind: str) -> None:
        """Give the records of a kind that has a table by now their rows."""
        table = table_name(entity_named(kind), self._tier)
        self._taken[kind] = {id_ for (id_,) in self._connection.execute(f"SELECT id FROM {table}").fetchall()}
        for found, id_, data, key in list(self._unknown.all()):
            if found == kind:
                _kind, _id, runs, spelled = record_data.read(data)
                self._put_row(entity_named(kind), id_, runs, spelled, key or b"")
        self._unknown.drop(kind)
        self._tables.flush()
        self.kinds.add(kind)

    # ---- what was there

    def _subjects(self, waiting: Iterable[Kept]) -> dict[Key, bytes]:
        """The keys of records to which something of ours waits: the snapshot does not know ours."""
        found: dict[Key, bytes] = {}
        for kept in waiting:
            for edit in kept.step.edits:
                if has_place(edit.kind, self._tier) and (edit.kind, edit.row) not in found:
                    row = self._tables.load(entity_named(edit.kind), self._tier, edit.row)
                    if row is not None and row.subject:
                        found[edit.kind, edit.row] = row.subject
        return found

    def _empty(self) -> None:
        """Take everything out; records that come back get the numbers that lists know them by."""
        for entity in kinds(self._tier):
            table = table_name(entity, self._tier)
            rows = self._connection.execute(
                f"SELECT id, row FROM {table} WHERE book = ?", (self._book,)
            ).fetchall()
            if rows:
                self.kinds.add(entity.name)
                self._numbers.update({(entity.name, id_): number for id_, number in rows})
                self._tables.reserve(table, max(number for _id, number in rows))
                if self._tier == FIELD_TIER and entity.name in KINDS:
                    search.remove(self._connection, KINDS[entity.name], [number for _id, number in rows])
                self._connection.execute(f"DELETE FROM {table} WHERE book = ?", (self._book,))
            others = self._connection.execute(f"SELECT id FROM {table}").fetchall()
            self._taken[entity.name] = {id_ for (id_,) in others}
        self._asides.clear(self._book, self._tier)
        self._unknown.clear()
        self._without_effect.clear(self._stream)

    # ---- what comes

    def _put(self, data: bytes, key: bytes) -> bytes:
        """One record; returns what the state hash goes by."""
        if len(key) % 32:
            raise Damaged(
                _("A snapshot of this book holds a record that cannot be read. It is not believed.")
            )
        plain = decode(data)  # that the bytes are canonical follows from the state hash
        if isinstance(plain, list) and plain[:1] == [ENDS]:
            self._ends.append(data)
            return record_data.digest(data)
        if isinstance(plain, list) and plain[:1] == [quarantine.KIND]:
            entry = quarantine.read(self._stream, plain)
            self._without_effect.add([entry])
            self._void.add((entry.device, entry.step))
            return record_data.digest(data)
        kind, id_, runs, spelled = record_data.checked(plain)
        if not has_place(kind, self._tier):
            self._unknown.put(kind, id_, data, key)
        else:
            self._put_row(entity_named(kind), id_, runs, spelled, key)
            self.kinds.add(kind)
        return record_data.digest(data)

    def _put_row(self, entity: Entity, id_: bytes, runs: Runs, spelled: Spelled, key: bytes) -> None:
        number = self._numbers.get((entity.name, id_))
        is_free = id_ not in self._taken[entity.name]
        if is_free and len(runs) == 1 and not spelled:
            device, step, time_ms, first, fields, values = runs[0]
            edit = self._edit(entity, id_, device, step, first, fields, values, key)
            if None not in edit.values and Sealed not in map(type, edit.values):
                author = Author(device, step, self._stream.book, self._tier, time_ms)
                self._tables.create(author, edit, first, key, number)
                return
        held = self._held(entity, id_, runs, spelled, key)
        if is_free:
            self._tables.put(entity, self._tier, held, None, number)
        else:
            self._asides.put(self._book, self._tier, entity.name, id_, Aside([], held))

    def _edit(
        self, entity: Entity, id_: bytes, device: bytes, step: int, first: int, fields: Any, values: Any, key: bytes
    ) -> Edit:  # fmt: skip
        edit = Edit(entity.name, id_, tuple(fields), tuple(values))
        return fitted(entity, open_readable(edit, key, device, step, first)[0])

    def _held(self, entity: Entity, id_: bytes, runs: Runs, spelled: Spelled, key: bytes) -> Held:
        """The row of registers of any shape."""
        row_plan = plan(entity, self._tier)
        held = blank(row_plan, id_, self._book)
        for name, register in record_data.registers_of(runs, spelled).items():
            opened = []
            for version in register:
                dot = version.dot
                edit = self._edit(entity, id_, dot.device, dot.step, dot.nth, (name,), (version.value,), key)
                opened.append(version._replace(value=edit.values[0]))
                name = edit.fields[0]  # noqa: PLW2901 - what has no place here is kept aside
            held.registers[name] = tuple(opened)
        filled(row_plan, held)
        held.raw[6] = key or None
        return held

    # ---- ours

    def _placed(
        self, waiting: Iterable[Kept], chain: Chain, steps: Mapping[bytes, int], sealed: Mapping[int, int]
    ) -> list[Kept]:
        """Give those of our steps their place that the snapshot holds already; the others are left."""
        left, placed = [], []
        for kept in waiting:
            step = kept.step
            sequence = sealed.get(step.number, 0)
            is_sealed = 0 < sequence <= chain.end(step.device).sequence
            if step.number <= steps.get(step.device, 0) or is_sealed:
                state = QUARANTINED if (step.device, step.number) in self._void else KEPT
                placed.append((step, state, kept.receipt_ms, chain.position))
            else:
                left.append(kept)
        self._journal.place(placed)
        return left
