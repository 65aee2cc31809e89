"""What streams must come to, worked out from their batches alone and without the store: who wrote what, who answered.

A value stands while no later step with effect names its dot. That is all; nothing is kept between questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from app.access import ingest
from app.errors import Damaged
from app.model.change import Dot, Step
from app.model.entity import FIELD_TIER, OFFICE_TIER, entities
from app.model.roster import Roster
from app.model.soundness import sound
from app.model.statements import Stream
from app.store.rows import plan
from app.store.versions import unpack
from tests.gateway.order import Order

GRACE_MS = 300_000

Registers = dict[str, dict[Dot, tuple[int, Any]]]
State = dict[tuple[str, bytes], Registers]
"""By kind and record, by field: the dots that stand, each with its time and, of a deletion, what it covers."""


def play(state: State, step: Step, time_ms: int) -> None:
    """One step with effect."""
    for dot, change in step.dotted():
        record = state.setdefault((change.kind, change.row), {})
        covered: Any = None
        if change.field == "~" and isinstance(change.value, list):
            standing = {one for field in record.values() for one in field}
            covered = frozenset(
                one
                for one in standing
                for device, number, first, last in change.value
                if one.device == device and one.step == number and first <= one.nth <= last
            )
        field = record.setdefault(change.field, {})
        for answered in change.seen:
            field.pop(answered, None)
        field[dot] = (time_ms, covered)


def confirmed(
    order: Order, roster: Roster, stream: Stream, position: int
) -> tuple[State, set[tuple[bytes, int]]]:
    """The stream's state after so many batches, and the steps that have no effect."""
    state: State = {}
    without: set[tuple[bytes, int]] = set()
    last: dict[bytes, int] = defaultdict(int)
    for batch in order.batches[stream][:position]:
        header = batch.header
        try:
            sound(batch.steps, header.changes, last[header.device])
        except Damaged:
            without.update((step.device, step.number) for step in batch.steps)
            continue
        last[header.device] = batch.steps[-1].number
        standing = roster.judged(header.device, stream, header.sequence, header.roster_at)
        for step in batch.steps:
            verdict = ingest.judge(
                standing, stream, batch.receipt_ms, step, lambda kind, id_: (kind, id_) in state
            )
            if verdict is None:
                play(state, step, min(step.time_ms, batch.receipt_ms + GRACE_MS))
            else:
                without.add((step.device, step.number))
    return state, without


def with_waiting(state: State, waiting: Iterable[Step]) -> State:
    """The same with steps over it that have no place yet."""
    for step in waiting:
        play(state, step, step.time_ms)
    return state


# ---- what a vault holds


def stored(book: Any, stream: Stream) -> State:
    """The rows of a stream as they are shown."""
    ground = book.ground
    found: State = {}
    for entity in entities():
        if stream.tier == OFFICE_TIER and not entity.has_office:
            continue
        rows = ground.writer.execute(
            f"{plan(entity, stream.tier).select} WHERE book = ?", (ground.books[stream.book],)
        ).fetchall()
        for raw in rows:
            found[entity.name, raw[1]] = _registers(unpack(raw[7], ground.devices.ids))
    return found


def confirmed_aside(book: Any, stream: Stream) -> State:
    """The confirmed state that a vault holds: its rows, with what lies aside in place of those that wait."""
    ground = book.ground
    last = ground.streams.steps(stream)
    at = (ground.books[stream.book], stream.tier)
    aside = {
        (entity.name, id_): one
        for entity in entities()
        if stream.tier == FIELD_TIER or entity.has_office
        for id_, one in ground.asides.of(*at, entity.name)
    }
    found = {}
    for key, registers in stored(book, stream).items():
        dots = [dot for field in registers.values() for dot in field]
        if key not in aside and all(dot.step <= last.get(ground.devices[dot.device], 0) for dot in dots):
            found[key] = registers
    for key, one in aside.items():
        if one.body is not None:
            found[key] = _registers(one.body.registers)
    return found


def _registers(registers: Any) -> Registers:
    return {
        field: {
            version.dot: (
                version.time_ms,
                _covered(version.value) if field == "~" and isinstance(version.value, list) else None,
            )
            for version in register
        }
        for field, register in registers.items()
        if register
    }


def _covered(ranges: Any) -> frozenset[Dot]:
    return frozenset(
        Dot(device, step, nth) for device, step, first, last in ranges for nth in range(first, last + 1)
    )


def cleaned(state: State) -> State:
    """Without fields in which nothing stands."""
    return {
        key: {name: field for name, field in registers.items() if field} for key, registers in state.items()
    }
