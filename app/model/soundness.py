"""What every opened batch must be like; whatever its author alone got wrong voids it identically everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from app.errors import Damaged
from app.i18n import _
from app.model.change import MOST_CHANGES, Edit, Step
from app.model.encoding import Sealed
from app.model.entity import LIFE

DEEPEST = 4
"""Lists and maps within each other in one value."""
MOST_PARTS = 4096
"""Values, covers and dots of one change, counted together."""
LONGEST_NAME = 200
LARGEST_INTEGER = 2**53


class Void(Damaged):
    """A batch that has no effect for anybody, since its author's program wrote nonsense. An alert says so."""

    code = "void_batch"


def sound(steps: Sequence[Step], changes: int, after: int) -> None:
    """Raise Void unless the steps of a batch are such as an honest program writes.

    `changes` is the number that the header states; `after` the device's last step number in this stream, for
    a number that came again would make two values of one dot.
    """
    if sum([step.size for step in steps]) != changes or not 0 < changes <= MOST_CHANGES:
        raise _void()
    for step in steps:
        if not after < step.number < LARGEST_INTEGER or abs(step.time_ms) > LARGEST_INTEGER or not step.edits:
            raise _void()
        after = step.number
        first = 0
        for edit in step.edits:
            kind, row, fields, values, seen = edit
            count = len(fields)
            if count != len(values) or not count or len(row) != 16:
                raise _void()
            if (kind, fields) not in _sound_names:
                _look_at_names(kind, fields)
            if seen:
                _sound_seen(step, edit, first)
            # Names are there once each: past a first LIFE nothing but values of fields is to come.
            begins = fields[0] == LIFE and values[0] is True
            if not (begins or LIFE not in fields) or not _SIMPLE.issuperset(map(type, values)):
                for name, value in zip(fields, values, strict=True):
                    if type(value) in _SIMPLE and name != LIFE:
                        continue
                    _sound_value(name, value)
            first += count


_SIMPLE = frozenset({str, bytes, bool, type(None), Sealed})
_sound_names: set[tuple[str, tuple[str, ...]]] = set()
"""Kinds with fields that were looked at before: nearly all edits of a kind name one of few sets of fields."""


def _look_at_names(kind: str, fields: tuple[str, ...]) -> None:
    if len(set(fields)) != len(fields) or not all(0 < len(name) <= LONGEST_NAME for name in (kind, *fields)):
        raise _void()
    if len(_sound_names) > 2048:
        _sound_names.clear()
    _sound_names.add((kind, fields))


def _sound_seen(step: Step, edit: Edit, first: int) -> None:
    if len(edit.seen) != len(edit.fields):
        raise _void()
    for nth, seen in enumerate(edit.seen, first):
        if len(seen) > MOST_PARTS or len(set(seen)) != len(seen):
            raise _void()
        if not all(_is_dot(*named, named.nth) for named in seen) or (step.device, step.number, nth) in seen:
            raise _void()


def _sound_value(field: str, value: Any) -> None:
    if field != LIFE:
        if _parts(value, DEEPEST) > MOST_PARTS:
            raise _void()
    elif isinstance(value, list):
        _sound_covers(value)
    elif value is not True:
        raise _void()


def _sound_covers(ranges: list[Any]) -> None:
    if len(ranges) > MOST_PARTS:
        raise _void()
    for cover in ranges:
        if not isinstance(cover, list) or len(cover) != 4 or not _is_dot(*cover):
            raise _void()


def _is_dot(device: Any, step: Any, first: Any, last: Any) -> bool:
    return (
        type(device) is bytes
        and len(device) == 16
        and all(type(number) is int for number in (step, first, last))
        and 0 < step < LARGEST_INTEGER
        and 0 <= first <= last < MOST_CHANGES
    )


def _parts(value: Any, deepest: int) -> int:
    """How many parts a value has. Raises Void for what no field writes."""
    if value is None or isinstance(value, bool | str | bytes | Sealed):
        return 1
    if type(value) is int:
        if abs(value) > LARGEST_INTEGER:
            raise _void()
        return 1
    if deepest and isinstance(value, list | tuple):
        return 1 + _sum(_parts(part, deepest - 1) for part in value)
    # No floats, whose texts differ between programs, and no maps: no field kind writes them.
    raise _void()


def _sum(parts: Iterable[int]) -> int:
    total = 0
    for part in parts:
        total += part
        if total > MOST_PARTS:
            raise _void()
    return total


def _void() -> Void:
    return Void(_("A received batch is not such as this program writes. It has no effect anywhere."))
