"""Random histories of several devices, played on replicas and asked of the oracle.

A history is plain data, so that hypothesis can shrink it and a seed replays it: who does what, with small
numbers that are read modulo what there is to choose from.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.model import merge
from app.model.change import Dot, Edit
from app.model.entity import LIFE
from tests.model.oracle import Name, Oracle, Placed, Scene, Writing
from tests.model.replica import KIND, Relay, Replica, Seen

START_MS = 1_780_000_000_000
SECOND, MINUTE, YEAR = 1_000, 60_000, 365 * 86_400_000
SHIFTS = (0, SECOND, -SECOND, 4 * MINUTE, 6 * MINUTE, -6 * MINUTE, YEAR, -YEAR, 10 * YEAR, -10 * YEAR)
"""How wrong a device's clock may be."""
WAITS = (0, 1, SECOND, 6 * MINUTE, 20 * MINUTE, -10 * MINUTE)
"""How the true time goes on; the relay's clock may also be set back."""

FIELDS = ("name", "phone", "limit")
FORBIDDEN = "limit"
"""The field that the last device may not write: its steps with it are quarantined."""
ELEMENTS = ("tags/a", "tags/b", "tags/c")
VALUES: tuple[Any, ...] = ("", "x", "y", 1, True, None, [500, "EUR"], ["x", 1])


class Act(NamedTuple):
    """One thing that happens: which device, what, and three choices."""

    device: int
    verb: str
    a: int = 0
    b: int = 0
    c: int = 0


@dataclass
class World:
    """Replicas with their relay, and a record of who had seen what for the oracle.

    `compare` is asked in the midst of a history; it raises where a replica does not show what it should.
    """

    count: int
    compare: Callable[[Replica, Scene], None] = lambda replica, scene: None
    relay: Relay = field(default_factory=lambda: Relay(START_MS))
    now_ms: int = START_MS
    replicas: list[Replica] = field(default_factory=list)
    shifts: list[int] = field(default_factory=list)
    online: list[bool] = field(default_factory=list)
    forms: dict[int, tuple[int, int]] = field(default_factory=dict)
    writings: list[Writing] = field(default_factory=list)
    rows: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replicas = [Replica(bytes([65 + index]) * 16, self.accepts) for index in range(self.count)]
        self.shifts = [0] * self.count
        self.online = [True] * self.count

    def accepts(self, device: bytes, fields: Iterable[str]) -> bool:
        return device != bytes([64 + self.count]) * 16 or FORBIDDEN not in fields

    def play(self, history: Iterable[Act]) -> None:
        for act in history:
            index = act.device % self.count
            getattr(self, "_" + act.verb)(index, self.replicas[index], act)

    def oracle(self) -> Oracle:
        order = [Placed(entry.device, entry.number, entry.receipt_ms) for entry in self.relay.log]
        return Oracle(self.writings, order, self.accepts)

    # ---- what people do

    def _new(self, index: int, replica: Replica, act: Act) -> None:
        row = bytes([len(self.rows) + 1]) * 16
        self.rows.append(row)
        fields = (LIFE, "name", "phone") if act.a % 2 else (LIFE, "name", "tags/a")
        values = (True, VALUES[act.b % len(VALUES)], VALUES[act.c % len(VALUES)] if act.a % 2 else True)
        self._write(index, [Edit(KIND, row, fields, values)])

    def _edit(self, index: int, replica: Replica, act: Act) -> None:
        if row := self._living(replica, act.a):
            name = FIELDS[act.b % len(FIELDS)]
            self._write(index, [self._seeing(replica, row, {name: VALUES[act.c % len(VALUES)]})])

    def _several(self, index: int, replica: Replica, act: Act) -> None:
        """Two records and three fields in one step."""
        one, two = self._living(replica, act.a), self._living(replica, act.b)
        if one and two and one != two:
            value = VALUES[act.c % len(VALUES)]
            edits = [
                self._seeing(replica, one, {"name": value, "tags/b": bool(act.a % 2)}),
                self._seeing(replica, two, {"phone": value}),
            ]
            self._write(index, edits)

    def _open(self, index: int, replica: Replica, act: Act) -> None:
        if row := self._living(replica, act.a):
            name = FIELDS[act.b % len(FIELDS)]
            replica.form = Seen(row, name, replica.dots(row, name))
            self.forms[index] = (replica.position, replica.number)

    def _save(self, index: int, replica: Replica, act: Act) -> None:
        """A form that was opened earlier: it names what it showed then, whatever has come since."""
        if form := replica.form:
            replica.form = None
            edit = Edit(KIND, form.row, (form.field,), (VALUES[act.c % len(VALUES)],), (form.dots,))
            self._write(index, [edit], seen=self.forms[index])

    def _decide(self, index: int, replica: Replica, act: Act) -> None:
        """Keep one of several values, in the review tray."""
        for row, registers in sorted(replica.view.items()):
            for name, register in sorted(registers.items()):
                if name in FIELDS and len(register) > 1:
                    value = register[act.a % len(register)].value
                    self._write(index, [self._seeing(replica, row, {name: value})])
                    return

    def _add(self, index: int, replica: Replica, act: Act) -> None:
        if row := self._living(replica, act.a):
            self._write(index, [self._seeing(replica, row, {ELEMENTS[act.b % len(ELEMENTS)]: True})])

    def _remove(self, index: int, replica: Replica, act: Act) -> None:
        if row := self._living(replica, act.a):
            name = ELEMENTS[act.b % len(ELEMENTS)]
            if replica.dots(row, name):
                self._write(index, [self._seeing(replica, row, {name: False})])

    def _delete(self, index: int, replica: Replica, act: Act) -> None:
        if row := self._living(replica, act.a):
            seen = [version.dot for register in replica.view[row].values() for version in register]
            self._write(index, [self._seeing(replica, row, {LIFE: merge.covers(seen)})])

    def _restore(self, index: int, replica: Replica, act: Act) -> None:
        deleted = [
            row
            for row, registers in sorted(replica.view.items())
            if any(isinstance(version.value, list) for version in registers.get(LIFE, ()))
        ]
        if deleted:
            self._write(index, [self._seeing(replica, deleted[act.a % len(deleted)], {LIFE: True})])

    def _undo(self, index: int, replica: Replica, act: Act) -> None:
        found = replica.inverse()
        if not found:
            return
        edits = [
            Edit(KIND, change.row, (change.field,), (value,), ((change.dot,),)) for change, value in found
        ]
        self._write(index, edits, exactly=True)

    def _forge(self, index: int, replica: Replica, act: Act) -> None:
        """A patched program names values that are still to be written, and covers them with a deletion."""
        other = self.replicas[act.b % self.count]
        if not (row := self._living(replica, act.a)) or other is replica:
            return
        future = tuple(Dot(other.device, other.number + ahead, 0) for ahead in (1, 2))
        if act.c % 2:
            edit = Edit(KIND, row, (FIELDS[act.c % 2],), ("forged",), (future,))
        else:
            ranges = [[dot.device, dot.step, 0, 9] for dot in future]
            edit = Edit(KIND, row, (LIFE,), (ranges,), (replica.dots(row, LIFE),))
        self._write(index, [edit], exactly=True, remember=False)

    # ---- what happens to devices

    def _push(self, index: int, replica: Replica, act: Act) -> None:
        if self.online[index]:
            self.relay.now_ms = self.now_ms
            replica.push(self.relay, 1 + act.a % 8, acknowledged=act.b % 3 != 0)

    def _pull(self, index: int, replica: Replica, act: Act) -> None:
        if self.online[index]:
            replica.pull(self.relay, 1 + act.a % 8, again=act.b % 4)

    def _sync(self, index: int, replica: Replica, act: Act) -> None:
        if self.online[index]:
            self.relay.now_ms = self.now_ms
            replica.push(self.relay, 1_000, acknowledged=True)
            replica.pull(self.relay, 1_000, again=0)

    def _cut(self, index: int, replica: Replica, act: Act) -> None:
        self.online[index] = not self.online[index]

    def _restart(self, index: int, replica: Replica, act: Act) -> None:
        self.replicas[index] = Replica.load(replica.save(), self.accepts)
        self.forms.pop(index, None)

    def _clock(self, index: int, replica: Replica, act: Act) -> None:
        self.shifts[index] = SHIFTS[act.a % len(SHIFTS)]

    def _wait(self, index: int, replica: Replica, act: Act) -> None:
        self.now_ms += WAITS[act.a % len(WAITS)]

    def _look(self, index: int, replica: Replica, act: Act) -> None:
        """Ask the oracle what this device should show in the midst of it all."""
        self.compare(replica, self.oracle().seen_by(replica.device, replica.position, replica.number))

    # ---- beneath

    def _living(self, replica: Replica, choice: int) -> bytes | None:
        """A record that the device shows."""
        rows = [row for row, registers in sorted(replica.view.items()) if not merge.is_gone(registers)]
        return rows[choice % len(rows)] if rows else None

    def _seeing(self, replica: Replica, row: bytes, values: dict[str, Any]) -> Edit:
        return Edit(
            KIND,
            row,
            tuple(values),
            tuple(values.values()),
            tuple(replica.dots(row, name) for name in values),
        )

    def _write(
        self,
        index: int,
        edits: list[Edit],
        seen: tuple[int, int] | None = None,
        exactly: bool = False,
        remember: bool = True,
    ) -> None:
        """Write a step, and note for the oracle what its author had before him.

        `exactly`: the step answers and covers what it names, and nothing follows from what was seen.
        """
        replica = self.replicas[index]
        log_seen, own_seen = seen or (replica.position, replica.number)
        step = replica.write(self.now_ms + self.shifts[index], tuple(edits), remember)
        for dot, change in step.dotted():
            deletes = change.field == LIFE and isinstance(change.value, list)
            self.writings.append(
                Writing(
                    name=(dot.device, dot.step, dot.nth),
                    row=change.row,
                    field=change.field,
                    value=change.value,
                    clock_ms=step.time_ms,
                    log_seen=log_seen,
                    own_seen=own_seen,
                    answers=frozenset((one.device, one.step, one.nth) for one in change.seen)
                    if exactly
                    else None,
                    deletes=deletes,
                    covers=frozenset(_names(change.value)) if exactly and deletes else None,
                )
            )


def _names(ranges: Iterable[Any]) -> Iterator[Name]:
    for device, step, first, last in ranges:
        for nth in range(first, last + 1):
            yield device, step, nth


# ---- making histories

WEIGHTS: dict[str, int] = {
    "new": 5, "edit": 22, "several": 5, "open": 8, "save": 8, "decide": 5, "add": 7, "remove": 6, "delete": 6,
    "restore": 3, "undo": 8, "forge": 3, "push": 14, "pull": 14, "sync": 7, "cut": 3, "restart": 4,
    "clock": 6, "wait": 8, "look": 2,
}  # fmt: skip
VERBS = tuple(WEIGHTS)


def history(rng: random.Random, count: int, length: int) -> list[Act]:
    """A random history that begins with two shared records."""
    verbs = rng.choices(VERBS, tuple(WEIGHTS.values()), k=length)
    start = [Act(0, "new", 1, 1, 2), Act(0, "new", 0, 2, 1), *(Act(index, "sync") for index in range(count))]
    return start + [
        Act(rng.randrange(count), verb, rng.randrange(12), rng.randrange(12), rng.randrange(12))
        for verb in verbs
    ]


def seeded(seed: int, number: int) -> tuple[int, list[Act]]:
    """The history of that number under that seed: how many devices, and what happens."""
    rng = random.Random(f"{seed}/{number}")
    count = rng.randint(3, 6)
    return count, history(rng, count, rng.randint(10, 90))
