"""Replicas and a relay in one process: what the program does with histories, reduced to its rules.

A replica is confirmed state, which is a pure function of the relay's log, and pending steps replayed over it.
All rules are the program's own (app.model.merge, called through the module so that mutants reach them); the
oracle beside it knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.model import merge
from app.model.change import Dot, Edit, Step
from app.model.encoding import canonical, decode, decode_step, encode_step
from app.model.entity import LIFE
from app.model.merge import Register, Version

KIND = "customer"
BOOK = b"book-of-customers"[:16]

Registers = dict[str, Register]
State = dict[bytes, Registers]
Accepts = Callable[[bytes, Iterable[str]], bool]
"""Whether a step of a device with changes of these fields has effect; else it is quarantined whole."""


class Entry(NamedTuple):
    """A place in the relay's order."""

    device: bytes
    number: int
    data: bytes
    receipt_ms: int


@dataclass
class Relay:
    """Orders steps. Its clock may go back; receipt times do not."""

    now_ms: int
    log: list[Entry] = field(default_factory=list)
    numbers: dict[bytes, int] = field(default_factory=dict)

    def take(self, device: bytes, number: int, data: bytes) -> None:
        """Accept a step once; repeating it is safe."""
        if number <= self.numbers.get(device, 0):
            return
        assert number == self.numbers.get(device, 0) + 1, "a device sends its steps in order"
        receipt_ms = max(self.now_ms, self.log[-1].receipt_ms if self.log else self.now_ms)
        self.log.append(Entry(device, number, data, receipt_ms))
        self.numbers[device] = number


class Seen(NamedTuple):
    """What a form showed when it was opened: the dots of the values of each of its fields."""

    row: bytes
    field: str
    dots: tuple[Dot, ...]


class Undoable(NamedTuple):
    """One change of an own step: what it wrote, and what was displayed before."""

    row: bytes
    field: str
    dot: Dot
    value: Any
    before: Any


def apply(state: State, step: Step, time_ms: int) -> None:
    """All changes of a step, in order."""
    for dot, change in step.dotted():
        registers = state.setdefault(change.row, {})
        value = change.value
        if change.field == LIFE and isinstance(value, list):
            value = merge.deletion(registers, value)
        registers[change.field] = merge.write(
            registers.get(change.field, ()), Version(dot, time_ms, value), change.seen
        )


class Replica:
    """One device."""

    def __init__(self, device: bytes, accepts: Accepts) -> None:
        self.device, self.accepts = device, accepts
        self.confirmed: State = {}
        self.position = 0
        self.number = 0
        self.acknowledged = 0
        self.pending: list[bytes] = []
        self.undoable: list[list[Undoable]] = []
        self.form: Seen | None = None
        self._view: State | None = None

    # ---- reading

    @property
    def view(self) -> State:
        """Confirmed state with the pending steps over it."""
        if self._view is None:
            view = {row: dict(registers) for row, registers in self.confirmed.items()}
            for data in self.pending:
                step = decode_step(data, self.device, BOOK, 0)
                apply(view, step, merge.counted_time(step.time_ms, None))
            self._view = view
        return self._view

    def dots(self, row: bytes, name: str) -> tuple[Dot, ...]:
        """The dots that a form names which shows this field now."""
        return tuple(version.dot for version in self.view.get(row, {}).get(name, ()))

    def displayed(self, row: bytes, name: str) -> Any:
        register = self.view.get(row, {}).get(name, ())
        return merge.shown(register).value if register else None

    # ---- writing

    def write(self, time_ms: int, edits: tuple[Edit, ...], remember: bool = True) -> Step:
        """A step of the person at this device."""
        self.number += 1
        step = Step(self.device, self.number, BOOK, 0, time_ms, edits)
        if remember:
            self.undoable.append(
                [
                    Undoable(
                        change.row, change.field, dot, change.value, self.displayed(change.row, change.field)
                    )
                    for dot, change in step.dotted()
                ]
            )
        self.pending.append(encode_step(step))
        self._view = None
        return step

    def inverse(self) -> list[tuple[Undoable, Any]]:
        """What undo would write: for each value of the last step that still stands, the one before it.

        Whatever a colleague has replaced meanwhile is left alone. Undoing a creation deletes what the step
        wrote, and nothing that others added.
        """
        if not self.undoable:
            return []
        found: list[tuple[Undoable, Any]] = []
        step = self.undoable.pop()
        made = {
            change.row
            for change in step
            if change.field == LIFE and change.value is True and change.before is None
        }
        for change in step:
            if change.dot not in self.dots(change.row, change.field):
                continue
            if change.row in made:
                if change.field == LIFE:
                    own = [other.dot for other in step if other.row == change.row]
                    found.append((change, merge.covers(own)))
            elif change.field == LIFE:
                # Undoing a deletion restores; undoing a restoration deletes what was deleted then.
                found.append((change, True if isinstance(change.value, list) else change.before))
            else:
                found.append((change, change.before))
        return found

    # ---- talking

    def push(self, relay: Relay, most: int, acknowledged: bool) -> None:
        """Send up to so many pending steps; the answer may be lost."""
        for number, data in list(enumerate(self.pending, self.number - len(self.pending) + 1))[:most]:
            relay.take(self.device, number, data)
        if acknowledged:
            self.acknowledged = relay.numbers.get(self.device, 0)

    def pull(self, relay: Relay, most: int, again: int) -> None:
        """Take up to so many entries, after some that were delivered before."""
        start = max(0, self.position - again)
        for position, entry in enumerate(relay.log[start : self.position + most], start):
            if position < self.position:
                continue
            step = decode_step(entry.data, entry.device, BOOK, 0)
            if self.accepts(entry.device, (change.field for _dot, change in step.dotted())):
                apply(self.confirmed, step, merge.counted_time(step.time_ms, entry.receipt_ms))
            if entry.device == self.device:
                first = self.number - len(self.pending) + 1
                if entry.number >= first:  # our own: confirmed, whether or not the answer ever came
                    del self.pending[0]
            self.position = position + 1
        self._view = None

    # ---- going on after a restart

    def save(self) -> bytes:
        """Everything that outlives the process. An open form does not."""
        return canonical(
            [
                self.device, self.position, self.number, self.acknowledged, self.pending, plain(self.confirmed),
                self.undoable,
            ]
        )  # fmt: skip

    @classmethod
    def load(cls, data: bytes, accepts: Accepts) -> Replica:
        device, position, number, acknowledged, pending, confirmed, undoable = decode(data)
        replica = cls(device, accepts)
        replica.position, replica.number, replica.acknowledged = position, number, acknowledged
        replica.pending, replica.confirmed = list(pending), fancy(confirmed)
        replica.undoable = [
            [Undoable(row, name, Dot(*dot), value, before) for row, name, dot, value, before in step]
            for step in undoable
        ]
        return replica

    def twin(self) -> Replica:
        return deepcopy(self)


def plain(state: State) -> list[Any]:
    """Confirmed state in a canonical order: equal states have equal bytes."""
    return [
        [row, [[name, register] for name, register in sorted(registers.items())]]
        for row, registers in sorted(state.items())
    ]


def fancy(rows: list[Any]) -> State:
    return {
        row: {
            name: tuple(Version(Dot(*dot), time_ms, value) for dot, time_ms, value in register)
            for name, register in registers
        }
        for row, registers in rows
    }
