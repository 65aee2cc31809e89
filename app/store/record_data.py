"""A record's bytes that are the same on every device: in snapshots, and for kinds that this program does not know.

`[kind, id, runs, spelled]`: a run is `[device, step, time, first place, [fields…], [values…]]` of single values,
`spelled` maps the other fields to `[[device, step, place, time, value]…]`. Personal values are sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from app.crypto.seal import seal_values
from app.errors import Damaged
from app.i18n import _
from app.model.change import Dot
from app.model.encoding import Sealed, canonical, decode, decode_canonical, encode
from app.model.entity import LIFE
from app.model.merge import Register, Version, canonical_value
from app.store.rows import RowPlan
from app.store.sealing import KEY_BYTES, context, is_sealed

Runs = list[tuple[bytes, int, int, int, Sequence[str], Sequence[Any]]]
Single = tuple[bytes, int, int, int, str, Any]
"""Device, step, time, place, field, value."""
Spelled = dict[str, list[tuple[bytes, int, int, int, Any]]]


def smallest(subject: bytes | None) -> bytes:
    """A record's keys in the order in which snapshots name them: the same on every device."""
    if not subject or len(subject) == KEY_BYTES:
        return subject or b""
    return b"".join(sorted(subject[at : at + KEY_BYTES] for at in range(0, len(subject), KEY_BYTES)))


def of_row(row_plan: RowPlan, raw: Sequence[Any], device_of: Mapping[int, bytes]) -> tuple[bytes, bytes]:
    """The bytes of a row, and its subject keys."""
    entity, id_, subject = row_plan.entity, raw[1], smallest(raw[6])
    packed_runs, packed_spelled = decode(raw[7])
    to_seal: list[tuple[bytes, bytes]] = []
    places: list[tuple[list[Any], int]] = []
    runs: list[list[Any]] = []
    for number, step, time_ms, first, fields in packed_runs:
        device = device_of[number]
        values: list[Any] = []
        bound = b""
        for nth, (name, encoded, read_value) in enumerate(_readers(row_plan, tuple(fields)), first):
            value = True if name == LIFE else canonical_value(read_value(raw))
            if encoded is not None and subject and value is not None:
                bound = bound or context(entity.name, id_, device, step)
                to_seal.append((bound + nth.to_bytes(2, "big") + encoded, encode(value)))
                places.append((values, nth - first))
            values.append(value)
        runs.append([device, step, time_ms, first, fields, values])
    runs.sort(key=lambda run: run[:4])
    spelled: dict[str, list[list[Any]]] = {}
    for field, versions in packed_spelled.items():
        found = spelled[field] = []
        is_personal = bool(subject) and field != LIFE and is_sealed(entity, field)
        for number, step, nth, time_ms, value in versions:
            device = device_of[number]
            one = [device, step, nth, time_ms, value if field == LIFE else canonical_value(value)]
            if is_personal and one[4] is not None and not isinstance(one[4], Sealed):
                bound = context(entity.name, id_, device, step) + nth.to_bytes(2, "big") + field.encode()
                to_seal.append((bound, encode(one[4])))
                places.append((one, 4))
            found.append(one)
        found.sort(key=lambda one: one[:3])
    if to_seal:
        for (into, at), blob in zip(places, seal_values(subject[:KEY_BYTES], to_seal), strict=True):
            into[at] = Sealed(blob)
    alone = [field for field, found in spelled.items() if len(found) == 1 and field != LIFE]
    if alone:
        # Values that do not open here stand where they stand for those who can read them.
        singles = [(*spelled.pop(field)[0], field) for field in alone]
        runs = _runs(
            [
                (device, step, time_ms, nth, field, value)
                for device, step, nth, time_ms, value, field in singles
            ]
            + [
                (device, step, time_ms, nth, field, value)
                for device, step, time_ms, first, fields, values in runs
                for nth, (field, value) in enumerate(zip(fields, values, strict=True), first)
            ]
        )
    return canonical((entity.name, id_, runs, spelled)), subject


def digest(data: bytes) -> bytes:
    """What the state hash goes by."""
    return hashlib.sha256(data).digest()


Reader = tuple[str, bytes | None, Callable[[Sequence[Any]], Any]]
_known_readers: dict[tuple[str, tuple[str, ...]], tuple[Reader, ...]] = {}


def _readers(row_plan: RowPlan, fields: tuple[str, ...]) -> tuple[Reader, ...]:
    """For each field its name, the name as bytes where it is sealed, and what reads its value from the row."""
    found = _known_readers.get((row_plan.table, fields))
    if found is None:
        if len(_known_readers) > 2048:
            _known_readers.clear()
        entity = row_plan.entity
        found = _known_readers[row_plan.table, fields] = tuple(
            (
                name,
                name.encode() if name != LIFE and is_sealed(entity, name) else None,
                _reader(row_plan, name),
            )
            for name in fields
        )
    return found


def _reader(row_plan: RowPlan, name: str) -> Callable[[Sequence[Any]], Any]:
    field = row_plan.entity.by_name.get(name)
    if field is not None and name in row_plan.places and not field.elementwise:
        place = row_plan.places[name]
        if field.plain:
            return itemgetter(place.start)
        convert = field.row_to_wire
        return lambda raw: convert(*raw[place])
    return lambda raw: row_plan.wire(raw, name)


# ---- reading and writing


def read(data: bytes) -> tuple[str, bytes, Runs, Spelled]:
    """The parts of a record's bytes. Raises Damaged for what no honest program writes."""
    return checked(decode_canonical(data))


def checked(plain: Any) -> tuple[str, bytes, Runs, Spelled]:
    """The same of what the bytes hold."""
    try:
        kind, id_, runs, spelled = plain
        whole = (
            isinstance(kind, str)
            and isinstance(id_, bytes)
            and len(id_) == 16
            and all(_is_run(*run) for run in runs)
            and all(_is_version(field, *one) for field, found in spelled.items() for one in found)
        )
    except (TypeError, ValueError, AttributeError):
        whole = False
    if not whole:
        raise Damaged(_("A snapshot of this book holds a record that cannot be read. It is not believed."))
    return kind, id_, runs, spelled


def registers_of(runs: Runs, spelled: Spelled) -> dict[str, Register]:
    """The registers with their values as they travel."""
    registers: dict[str, Register] = {}
    for device, step, time_ms, first, fields, values in runs:
        for nth, (field, value) in enumerate(zip(fields, values, strict=True), first):
            registers[field] = (Version(Dot(device, step, nth), time_ms, value),)
    for field, found in spelled.items():
        registers[field] = tuple(
            Version(Dot(device, step, nth), time_ms, value) for device, step, nth, time_ms, value in found
        )
    return registers


def write(kind: str, id_: bytes, registers: Mapping[str, Register]) -> bytes:
    """The bytes of registers that hold their values as they travel."""
    spelled: dict[str, list[list[Any]]] = {}
    singles: list[Single] = []
    for field, register in registers.items():
        if len(register) == 1 and not (field == LIFE and isinstance(register[0].value, list)):
            dot, time_ms, value = register[0]
            singles.append((dot.device, dot.step, time_ms, dot.nth, field, canonical_value(value)))
        elif register:
            spelled[field] = [
                [
                    *version.dot,
                    version.time_ms,
                    version.value if field == LIFE else canonical_value(version.value),
                ]
                for version in register
            ]
    return canonical((kind, id_, _runs(singles), spelled))


def _runs(singles: list[Single]) -> list[list[Any]]:
    runs: list[list[Any]] = []
    singles.sort(key=lambda one: one[:4])
    for device, step, time_ms, nth, field, value in singles:
        run = runs[-1] if runs else None
        if run and run[:3] == [device, step, time_ms] and run[3] + len(run[4]) == nth:
            run[4].append(field)
            run[5].append(value)
        else:
            runs.append([device, step, time_ms, nth, [field], [value]])
    return runs


def _is_run(device: Any, step: Any, time_ms: Any, first: Any, fields: Any, values: Any) -> bool:
    if not _is_place(device, step, first, time_ms) or len(fields) != len(values) or not fields:
        return False
    named = tuple(fields)
    if named not in _known_names:
        if not all(isinstance(field, str) for field in named) or len(set(named)) != len(named):
            return False
        if len(_known_names) > 2048:
            _known_names.clear()
        _known_names.add(named)
    return LIFE not in fields or values[fields.index(LIFE)] is True


_known_names: set[tuple[str, ...]] = set()
"""Fields of runs that were looked at before: nearly all records of a kind have one of few sets of fields."""


def _is_version(field: Any, device: Any, step: Any, nth: Any, time_ms: Any, value: Any) -> bool:
    is_life = value is True or (isinstance(value, list) and all(_is_cover(*cover) for cover in value))
    return isinstance(field, str) and _is_place(device, step, nth, time_ms) and (field != LIFE or is_life)


def _is_cover(device: Any, step: Any, first: Any, last: Any) -> bool:
    return _is_place(device, step, first, last)


def _is_place(device: Any, step: Any, nth: Any, number: Any) -> bool:
    return (
        type(device) is bytes
        and len(device) == 16
        and type(step) is type(nth) is type(number) is int
        and abs(step) <= _LARGEST
        and abs(nth) <= _LARGEST
        and abs(number) <= _LARGEST
    )


_LARGEST = 2**53
