"""Who wrote which value when: the registers of a row in one compact column.

Nearly all fields of nearly all rows hold one value, which stands in the row's own columns. So the column
keeps runs of dots, `[device, step, time, first place, [fields…]]`, and spells out only those registers that
hold several values or a deletion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.model.change import Dot
from app.model.encoding import Sealed, decode, encode
from app.model.entity import LIFE
from app.model.merge import Register, Version


class InRow:
    """Stands for a value that is to be read from the row's columns."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "IN_ROW"


IN_ROW = InRow()


def created(device: int, step: int, time_ms: int, first: int, fields: Sequence[str]) -> bytes:
    """The column of a row that one edit has made."""
    return encode(([(device, step, time_ms, first, fields)], {}))


def pack(registers: Mapping[str, Register], number_of: Mapping[bytes, int]) -> bytes:
    """The column of any row."""
    runs: list[list[Any]] = []
    spelled: dict[str, list[list[Any]]] = {}
    singles: list[tuple[int, int, int, int, str]] = []
    for field, register in registers.items():
        if len(register) == 1 and not is_spelled(field, register[0].value):
            dot, time_ms, _value = register[0]
            singles.append((number_of[dot.device], dot.step, time_ms, dot.nth, field))
        elif register:
            spelled[field] = [
                [
                    number_of[version.dot.device],
                    version.dot.step,
                    version.dot.nth,
                    version.time_ms,
                    version.value,
                ]
                for version in register
            ]
    singles.sort()
    for device, step, time_ms, nth, field in singles:
        run = runs[-1] if runs else None
        if run and run[0] == device and run[1] == step and run[2] == time_ms and run[3] + len(run[4]) == nth:
            run[4].append(field)
        else:
            runs.append([device, step, time_ms, nth, [field]])
    return encode((runs, spelled))


def is_spelled(field: str, value: Any) -> bool:
    """Whether a single value stands in the versions, since no column can hold it: a deletion, or one that does not
    open here."""
    return isinstance(value, Sealed) or (field == LIFE and isinstance(value, list))


def unpack(column: bytes, device_of: Mapping[int, bytes]) -> dict[str, Register]:
    """The registers; a single value is IN_ROW, except a living record's LIFE, which is True."""
    runs, spelled = decode(column)
    registers: dict[str, Register] = {}
    for device, step, time_ms, first, fields in runs:
        author = device_of[device]
        for place, field in enumerate(fields, first):
            registers[field] = (
                Version(Dot(author, step, place), time_ms, True if field == LIFE else IN_ROW),
            )
    for field, versions in spelled.items():
        registers[field] = tuple(
            Version(Dot(device_of[device], step, nth), time_ms, value)
            for device, step, nth, time_ms, value in versions
        )
    return registers


def dots(registers: Mapping[str, Register], fields: Iterable[str]) -> tuple[tuple[Dot, ...], ...]:
    """The present dots of each field, as a write that has seen them names them."""
    return tuple(tuple(version.dot for version in registers.get(field, ())) for field in fields)
