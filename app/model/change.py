"""What happened: changes of one field each, grouped into edits of one record and steps of one stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

STEP_FORMAT = 1
MOST_CHANGES = 256
"""Changes that one step may hold (SECURITY.md section 4)."""


class Dot(NamedTuple):
    """The name of one written value: device, the device's own step counter, place in the step."""

    device: bytes
    step: int
    nth: int


class Change(NamedTuple):
    """One field of one record: the value, and the dots of the values that it replaces."""

    kind: str
    row: bytes
    field: str
    value: Any
    seen: tuple[Dot, ...]


class Edit(NamedTuple):
    """All changes of one step to one record, column-wise. `seen` is empty where no change names a dot.

    A created record's edit begins with the field `~` (LIFE) and the value True.
    """

    kind: str
    row: bytes
    fields: tuple[str, ...]
    values: tuple[Any, ...]
    seen: tuple[tuple[Dot, ...], ...] = ()

    def changes(self) -> Iterator[Change]:
        seen = self.seen or ((),) * len(self.fields)
        for field, value, dots in zip(self.fields, self.values, seen, strict=True):
            yield Change(self.kind, self.row, field, value, dots)


class Step(NamedTuple):
    """At most 256 changes of one command in one stream; arrives whole.

    `time_ms` is the author's plain clock. Indices of dots count the changes of all edits in order.
    """

    device: bytes
    number: int
    book: bytes
    tier: int
    time_ms: int
    edits: tuple[Edit, ...]

    def dotted(self) -> Iterator[tuple[Dot, Change]]:
        """Every change with its dot."""
        index = 0
        for edit in self.edits:
            for change in edit.changes():
                yield Dot(self.device, self.number, index), change
                index += 1

    @property
    def size(self) -> int:
        """How many changes there are."""
        if len(self.edits) == 1:  # as of nearly all steps
            return len(self.edits[0].fields)
        return sum([len(edit.fields) for edit in self.edits])
