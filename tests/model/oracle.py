"""What a history must come to, worked out another way: no registers, only who had seen what.

Written from SECURITY.md section 4, in the words used there, without the program's merge. A *writing* is one
value set down by somebody. It knows what its author had before him: a stretch of the common order and his own
writings. From that alone follows which writings he saw as current, so which ones his replaces:

    a writing is current as long as no accepted writing came after it whose author saw it as current and
    answered it.

Sets of writings are recomputed from the start for every question. It is slow, and meant to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

MINUTE = 60_000

Name = tuple[bytes, int, int]
"""Who wrote it, in which of his steps, at which place."""


@dataclass(frozen=True, eq=False)
class Writing:
    """One value, with what its author had before him when the form was opened."""

    name: Name
    row: bytes
    field: str
    value: Any
    clock_ms: int
    log_seen: int
    """How much of the common order the author had."""
    own_seen: int
    """How many steps he himself had written."""
    answers: frozenset[Name] | None = None
    """Exactly what it answers (undo, or a patched program); None: all that the form showed as current."""
    deletes: bool = False
    covers: frozenset[Name] | None = None
    """Of a deletion, exactly what it covers; None: all of the record that was current for its author."""

    @property
    def step(self) -> tuple[bytes, int]:
        return self.name[0], self.name[1]


@dataclass(frozen=True)
class Placed:
    """A step's place in the common order."""

    device: bytes
    number: int
    receipt_ms: int


class Oracle:
    """Answers for one history. `allowed` says whether a step with these fields has effect at all."""

    def __init__(
        self,
        writings: Iterable[Writing],
        order: Sequence[Placed],
        allowed: Callable[[bytes, Iterable[str]], bool],
    ) -> None:
        self.order = order
        self.by_step: dict[tuple[bytes, int], list[Writing]] = {}
        for writing in writings:
            self.by_step.setdefault(writing.step, []).append(writing)
        self.receipts = {(placed.device, placed.number): placed.receipt_ms for placed in order}
        self.void = {
            step
            for step, members in self.by_step.items()
            if not allowed(step[0], [member.field for member in members])
        }
        self._answered: dict[Name, frozenset[Name]] = {}
        self._covered: dict[Name, frozenset[Name]] = {}

    # ---- questions

    def seen_by(self, device: bytes, log_seen: int, own_seen: int) -> Scene:
        """What a device has before it that has so much of the order and has itself written so many steps."""
        placed = self.order[:log_seen]
        done = {(place.device, place.number) for place in placed}
        steps = [(place.device, place.number) for place in placed]
        line = [step for step in steps if step not in self.void]
        line += [(device, number) for number in range(1, own_seen + 1) if (device, number) not in done]
        known = done - self.void
        return Scene(self, [writing for step in line for writing in self.by_step.get(step, ())], known)

    def everything(self) -> Scene:
        """What all come to in the end."""
        return self.seen_by(b"", len(self.order), 0)

    # ---- what a writing answers and covers

    def answered(self, writing: Writing) -> frozenset[Name]:
        if writing.answers is not None:
            return writing.answers
        found = self._answered.get(writing.name)
        if found is None:
            scene = self.seen_by(writing.name[0], writing.log_seen, writing.own_seen)
            current = scene.current(writing.row, writing.field)
            found = self._answered[writing.name] = frozenset(other.name for other in current)
        return found

    def covered(self, deletion: Writing) -> frozenset[Name]:
        if deletion.covers is not None:
            return deletion.covers
        found = self._covered.get(deletion.name)
        if found is None:
            scene = self.seen_by(deletion.name[0], deletion.log_seen, deletion.own_seen)
            found = self._covered[deletion.name] = frozenset(
                other.name
                for name in scene.fields(deletion.row)
                for other in scene.current(deletion.row, name)
            )
        return found


class Scene:
    """Writings in an order, as somebody has them before him."""

    def __init__(self, oracle: Oracle, line: list[Writing], confirmed: set[tuple[bytes, int]]) -> None:
        self.oracle, self.line, self.confirmed = oracle, line, confirmed

    @cached_property
    def place(self) -> dict[Name, int]:
        return {writing.name: place for place, writing in enumerate(self.line)}

    def rows(self) -> set[bytes]:
        return {writing.row for writing in self.line}

    def fields(self, row: bytes) -> set[str]:
        return {writing.field for writing in self.line if writing.row == row}

    def current(self, row: bytes, field: str) -> list[Writing]:
        """Writings that nobody answered after them."""
        here = [writing for writing in self.line if (writing.row, writing.field) == (row, field)]
        return [
            one
            for one in here
            if not any(
                self.place[one.name] < self.place[other.name] and one.name in self.oracle.answered(other)
                for other in here
            )
        ]

    def counted_clock(self, writing: Writing) -> int:
        """An author's clock may run ahead of the server's receipt by five minutes, no more."""
        if writing.step not in self.confirmed:
            return writing.clock_ms
        limit = self.oracle.receipts[writing.step] + 5 * MINUTE
        return limit if writing.clock_ms > limit else writing.clock_ms

    def displayed(self, row: bytes, field: str) -> Writing:
        """Of several, the latest; of equally late ones, the one with the greatest name."""
        ranked = sorted(
            self.current(row, field), key=lambda writing: (self.counted_clock(writing), writing.name)
        )
        return ranked[-1]

    def differs(self, row: bytes, field: str) -> bool:
        """Whether somebody has to decide between values."""
        return len({_spelled(writing.value) for writing in self.current(row, field)}) > 1

    def holds(self, row: bytes, field: str) -> bool:
        """Of a set's element: whether an adding stands that no removal had seen."""
        return any(writing.value is True for writing in self.current(row, field))

    def deletions(self, row: bytes) -> list[Writing]:
        return [writing for writing in self.current(row, "~") if writing.deletes]

    def gone(self, row: bytes) -> bool:
        """Deleted, with nothing left that the deletions had not seen.

        What a deletion covers counts only if it came before it: nobody covers what is yet to be written.
        """
        deletions = self.deletions(row)
        if not deletions:
            return False
        for field in self.fields(row):
            for writing in self.current(row, field):
                if writing in deletions:
                    continue
                if not any(
                    writing.name in self.oracle.covered(deletion)
                    and self.place[writing.name] < self.place[deletion.name]
                    for deletion in deletions
                ):
                    return False
        return True


def _spelled(value: Any) -> str:
    """A value so that 1, True and "1" are three."""
    return f"{type(value).__name__} {value!r}"
