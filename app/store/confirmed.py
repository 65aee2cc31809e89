"""Confirmed state: what the log says up to here, beneath whatever of ours still waits.

One of these lives for as long as one call takes in batches of one stream. Rows in which nothing of ours waits are
merged where they lie. Of the others the confirmed version is advanced aside; `settle` then writes what is shown: the
confirmed version with our waiting steps replayed over it, unaltered, in their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from app.model.change import Edit, Step
from app.model.encoding import Sealed
from app.model.entity import FIELD_TIER, LIFE, Entity, entity_named, is_kind
from app.model.fitting import fitted
from app.model.statements import Stream
from app.store.aside import Aside, Asides, StepKey, pending
from app.store.journal import Journal, Kept
from app.store.merging import Author, Held, apply, blank
from app.store.numbers import Numbers
from app.store.rows import plan
from app.store.sealing import open_readable, with_key
from app.store.streams import Streams
from app.store.tables import Row, Tables
from app.store.unknown import UnknownRecords
from app.store.versions import pack, unpack

Key = tuple[str, bytes]
"""Kind and id of a record."""


class Confirmed:
    """The confirmed state of one stream, within the transaction that the door has begun."""

    def __init__(
        self, tables: Tables, asides: Asides, journal: Journal, streams: Streams,
        devices: Numbers, books: Numbers, unknown: UnknownRecords, stream: Stream,
        own: bytes, erased: Collection[bytes],
    ) -> None:  # fmt: skip
        self._tables, self._asides, self._journal, self._unknown = tables, asides, journal, unknown
        self._devices, self._stream, self._erased = devices, stream, erased
        self._book, self._tier = books[stream.book], stream.tier
        self._last = dict(streams.steps(stream))
        self._found: dict[Key, Aside | None] = {}
        self._rows: dict[Key, Row | None] = {}
        self._dirty: set[Key] = set()
        self._edits_of: dict[StepKey, dict[Key, list[tuple[Edit, int]]]] = {}
        self._times: dict[StepKey, int] = {}
        self._subjects: dict[Key, bytes] = {}
        self._waiting = journal.waiting_of_others(stream, own)
        self.kinds: set[str] = set()
        """Kinds of which something that is shown has changed."""

    # ---- looking

    def look_ahead(self, steps: Iterable[Step], *, ours: bool) -> None:
        """Read at once what steps are about: one question after the other would take as long as all the rest."""
        wanted: dict[str, dict[bytes, None]] = defaultdict(dict)
        for step in steps:
            for edit in step.edits:
                if (edit.kind, edit.row) not in self._found and has_place(edit.kind, self._tier):
                    wanted[edit.kind][edit.row] = None
        has_asides = bool(wanted) and self._asides.any(self._book, self._tier)
        for kind, ids in wanted.items():
            asked = list(ids)
            found = self._asides.some(self._book, self._tier, kind, asked) if has_asides else {}
            rows = {} if ours else self._tables.load_many(entity_named(kind), self._tier, asked)
            for id_ in asked:
                self._found[kind, id_] = found.get(id_)
                if not ours:
                    self._rows[kind, id_] = rows.get(id_)

    def exists(self, kind: str, id_: bytes) -> bool:
        """Whether a record is in confirmed state, living or deleted."""
        if self._is_new((kind, id_)):
            return False
        if not has_place(kind, self._tier):
            return self._unknown.exists(kind, id_)
        aside = self._aside(kind, id_)
        if aside is not None:
            return aside.body is not None
        return self._row(kind, id_) is not None

    def exists_of_ours(self, kind: str, id_: bytes) -> bool:
        """The same for a record of which a step of ours is about to be confirmed: without an entry that step makes it."""
        aside = self._entry(kind, id_)
        return aside is not None and aside.body is not None

    # ---- advancing

    def passed(self, device: bytes, step: int) -> None:
        """The next step in the order: its dots, and those before, wait no more."""
        self._last[self._devices[device]] = step

    def apply(self, step: Step, time_ms: int, keys: Mapping[bytes, bytes]) -> None:
        """A step that another device wrote; `time_ms` is the time that counts, `keys` came beside it."""
        author = Author(step.device, step.number, step.book, step.tier, time_ms)
        first = 0
        for edit in step.edits:
            if has_place(edit.kind, self._tier):
                self._apply(author, edit, first, keys.get(edit.row))
            else:
                self._unknown.apply(author, edit, first, keys.get(edit.row))
            first += len(edit.fields)
        if (self._devices[step.device], step.number) in self._waiting:
            self._done(
                step, has_effect=True
            )  # it waited here: written by the device that this vault was before

    def _apply(self, author: Author, edit: Edit, first: int, keys: bytes | None) -> None:
        key = (edit.kind, edit.row)
        aside = None if self._is_new(key) else self._aside(*key)
        self.kinds.add(edit.kind)
        readable, used = self._opened(edit, author, first, keys)
        if aside is None:
            row = self._rows.pop(key)
            self._tables.apply(author, readable, first, used, seen=row, is_new=row is None)
        else:
            self._advance(key, aside, author, readable, first, used)

    def confirm(self, step: Step, time_ms: int) -> None:
        """A step of ours has found its place; `time_ms` is the time that counts."""
        author: Author | None = None
        first = 0
        for edit in step.edits:
            key = (edit.kind, edit.row)
            aside = self._entry(*key)
            # Without an entry what is shown is what is confirmed, unless the server did not believe our clock.
            if aside is not None or not is_making(edit) or time_ms != step.time_ms:
                author = author or Author(step.device, step.number, step.book, step.tier, time_ms)
                aside = aside or self._begun(key, (self._devices[step.device], step.number))
                readable, used = self._opened(edit, author, first, None)
                self._advance(key, aside, author, readable, first, used)
            first += len(edit.fields)
        if author is not None:
            self._done(step, has_effect=True)

    def take_back(self, step: Step) -> None:
        """A step of ours has found its place, and has no effect there."""
        self._done(step, has_effect=False)

    def take_back_of_others(self, step: Step) -> None:
        """The same for a step of another device; it may have waited here, if this vault was that device before."""
        if (self._devices[step.device], step.number) in self._waiting:
            self._done(step, has_effect=False)

    def _done(self, step: Step, *, has_effect: bool) -> None:
        number = (self._devices[step.device], step.number)
        for edit in step.edits:
            key = (edit.kind, edit.row)
            aside = self._entry(*key)
            if aside is None and not has_effect:
                aside = self._begun(key, number)
            if aside is not None and number in aside.steps:
                aside.steps.remove(number)
                self._dirty.add(key)

    def _advance(
        self, key: Key, aside: Aside, author: Author, edit: Edit, first: int, subject: bytes
    ) -> None:
        if aside.body is None:
            aside.body = blank(plan(entity_named(edit.kind), self._tier), edit.row, self._book)
        apply(plan(entity_named(edit.kind), self._tier), aside.body, author, edit, first)
        aside.body.raw[6] = with_key(aside.body.raw[6], subject) or None
        self._dirty.add(key)

    def _opened(self, edit: Edit, author: Author, first: int, keys: bytes | None) -> tuple[Edit, bytes]:
        """The edit readable, and fitting, with those keys that opened it."""
        if Sealed in map(type, edit.values):
            row, aside = self._row(edit.kind, edit.row), self._entry(edit.kind, edit.row)
            confirmed = aside.body.raw[6] if aside is not None and aside.body is not None else None
            known = with_key(confirmed, row.subject if row is not None else None)
            known = with_key(known, keys) if edit.row not in self._erased else None
            edit, used = open_readable(edit, known, author.device, author.step, first)
            return fitted(entity_named(edit.kind), edit), used
        return fitted(entity_named(edit.kind), edit), b""

    def begin_anew(
        self, waiting: Iterable[Kept], subjects: Mapping[Key, bytes], last: Mapping[bytes, int],
        *, is_empty: bool = False,
    ) -> None:  # fmt: skip
        """A snapshot has taken the place of everything: replay what waits over its rows; over nothing where the
        confirmed state `is_empty`."""
        self._last = {self._devices[device]: step for device, step in last.items()}
        steps: dict[Key, list[StepKey]] = defaultdict(list)
        for kept in waiting:
            for edit in kept.step.edits:
                if has_place(edit.kind, self._tier):
                    steps[edit.kind, edit.row].append((self._devices[kept.step.device], kept.step.number))
        for key, found in steps.items():
            row, aside = self._row(*key), self._entry(*key)
            body = aside.body if aside is not None else None
            if is_empty:
                body = None
            elif row is not None and row.book == self._book:
                body = Held(row.raw, row.registers)
            self._found[key] = Aside(sorted(set(found), key=lambda one: (one[1], one[0])), body)
            self._subjects[key] = subjects.get(key, b"")
            self._dirty.add(key)

    def rename(self, records: Iterable[Key], steps: Mapping[StepKey, StepKey]) -> None:
        """Steps that wait bear another device's name from now on; the journal says so already."""
        for key in dict.fromkeys(records):
            row, aside = self._row(*key), self._entry(*key)
            if aside is None:
                waiting = pending(row.registers, self._devices, self._last) if row is not None else []
                aside = self._found[key] = Aside(list(waiting), None)
            renamed = {steps.get(step, step) for step in aside.steps}
            aside.steps[:] = sorted(renamed, key=lambda one: (one[1], one[0]))
            self._dirty.add(key)

    # ---- what is shown

    def settle(self) -> None:
        """Write what is shown of every record whose confirmed version or waiting steps have changed."""
        for kind, id_ in sorted(self._dirty):
            self._settle(entity_named(kind), id_, self._found[kind, id_])
        self._dirty.clear()
        self._tables.flush()

    def _settle(self, entity: Entity, id_: bytes, aside: Aside | None) -> None:
        assert aside is not None
        live = self._tables.load(entity, self._tier, id_)
        if live is not None and live.book != self._book:
            # Its place in the table is another stream's; this one's version is known, and not shown.
            self._write(entity, id_, aside, keeps=aside.body is not None)
            return
        shown = self._replayed(entity, id_, aside, live)
        if shown is not None:
            before = live.raw if live is not None else None
            self._tables.put(entity, self._tier, shown, live)
            if before is None or list(before[6:]) != shown.raw[6:]:
                self.kinds.add(entity.name)
        elif live is not None:
            self._tables.remove(entity, self._tier, live)
            self.kinds.add(entity.name)
        self._write(entity, id_, aside, keeps=bool(aside.steps))

    def _write(self, entity: Entity, id_: bytes, aside: Aside, *, keeps: bool) -> None:
        if keeps:
            self._asides.put(self._book, self._tier, entity.name, id_, aside)
        else:
            self._asides.drop(self._book, self._tier, entity.name, id_)

    def _replayed(self, entity: Entity, id_: bytes, aside: Aside, live: Row | None) -> Held | None:
        """The confirmed version with what waits over it; None where neither is there."""
        row_plan = plan(entity, self._tier)
        body = aside.body
        ours = with_key(live.subject if live else None, self._subjects.get((entity.name, id_)))
        ours = ours if aside.steps else None  # a key of ours that nothing needs any more, others never had
        subject = with_key(body.raw[6] if body else None, ours) or None
        held = None
        if body is not None:
            held = Held(body.raw, unpack(pack(body.registers, self._devices), self._devices.ids))
        for step in aside.steps:
            device = self._devices.ids[step[0]]
            for edit, first in self._edits(step).get((entity.name, id_), ()):
                readable = fitted(entity, open_readable(edit, subject, device, step[1], first)[0])
                held = held or blank(row_plan, id_, self._book)
                author = Author(device, step[1], self._stream.book, self._tier, self._times[step])
                apply(row_plan, held, author, readable, first)
        if held is not None:
            held.raw[6] = subject
        return held

    def _edits(self, step: StepKey) -> dict[Key, list[tuple[Edit, int]]]:
        """A waiting step's edits by record, sealed as they stand in the journal."""
        found = self._edits_of.get(step)
        if found is None:
            found = self._edits_of[step] = defaultdict(list)
            for kept in self._journal.steps(self._devices.ids[step[0]], self._stream, [step[1]]):
                self._times[step] = kept.step.time_ms
                first = 0
                for edit in kept.step.edits:
                    found[edit.kind, edit.row].append((edit, first))
                    first += len(edit.fields)
        return found

    # ---- entries

    def _entry(self, kind: str, id_: bytes) -> Aside | None:
        """The stored entry, or the one that was begun here."""
        key = (kind, id_)
        if key not in self._found:
            self._found[key] = self._asides.some(self._book, self._tier, kind, [id_]).get(id_)
        return self._found[key]

    def _is_new(self, key: Key) -> bool:
        """Whether it is known already that there is neither a row nor an entry: so of nearly all that arrive."""
        return self._rows.get(key, self) is None and self._found.get(key, self) is None

    def _aside(self, kind: str, id_: bytes) -> Aside | None:
        """The entry; begun here for a record that only a waiting step of ours has made, and for one whose place in
        its table another stream has taken."""
        key = (kind, id_)
        aside = self._entry(kind, id_)
        if aside is None and (row := self._row(kind, id_)) is not None:
            if row.book != self._book:
                aside = self._found[key] = Aside([], None)
            elif waiting := pending(row.registers, self._devices, self._last):
                aside = self._found[key] = Aside(waiting, None)
        return aside

    def _begun(self, key: Key, step: StepKey) -> Aside:
        """An entry for a record that a waiting step of ours has made."""
        row = self._row(*key)
        waiting = pending(row.registers, self._devices, self._last) if row is not None else []
        steps: Sequence[StepKey] = sorted({*waiting, step}, key=lambda one: (one[1], one[0]))
        aside = self._found[key] = Aside(list(steps), None)
        self._dirty.add(key)
        return aside

    def _row(self, kind: str, id_: bytes) -> Row | None:
        key = (kind, id_)
        if key not in self._rows:
            self._rows[key] = self._tables.load(entity_named(kind), self._tier, id_)
        return self._rows[key]


def has_place(kind: str, tier: int) -> bool:
    """Whether this program has a table for it; what a newer one writes is kept as it came."""
    return is_kind(kind) and (tier == FIELD_TIER or entity_named(kind).has_office)


def is_making(edit: Edit) -> bool:
    """Whether an edit makes its record."""
    return edit.fields[:1] == (LIFE,) and edit.values[0] is True and not any(edit.seen)
