"""A record's bytes that are the same on every device: in snapshots, and for kinds that this program does not know.

`[kind, id, runs, spelled]`: a run is `[device, step, time, first place, [fields…], [values…]]` of single values,
`spelled` maps the other fields to `[[device, step, place, time, value]…]`. Personal values are sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from app.crypto.seal import seal_values
from app.errors import Damaged
from app.i18n import _
from app.model.change import Dot
from app.model.encoding import Sealed, canonical, decode, decode_canonical, encode
from app.model.entity import LIFE, Entity
from app.model.merge import Register, Version
from app.store.rows import RowPlan
from app.store.sealing import KEY_BYTES, context, is_sealed

Runs = list[tuple[bytes, int, int, int, Sequence[str], Sequence[Any]]]
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

    def kept(into: list[Any], at: int, device: bytes, step: int, nth: int, field: str) -> None:
        """A personal value is sealed with all the others, below."""
        value = into[at]
        if subject and value is not None and field != LIFE and is_sealed(entity, field):
            bound = context(entity.name, id_, device, step) + nth.to_bytes(2, "big") + field.encode()
            to_seal.append((bound, encode(value)))
            places.append((into, at))

    runs: list[list[Any]] = []
    for number, step, time_ms, first, fields in packed_runs:
        device = device_of[number]
        values = [True if field == LIFE else row_plan.wire(raw, field) for field in fields]
        for at, field in enumerate(fields):
            kept(values, at, device, step, first + at, field)
        runs.append([device, step, time_ms, first, fields, values])
    spelled: dict[str, list[list[Any]]] = {}
    for field, versions in packed_spelled.items():
        spelled[field] = []
        for number, step, nth, time_ms, value in versions:
            one = [device_of[number], step, nth, time_ms, value]
            kept(one, 4, one[0], step, nth, field)
            spelled[field].append(one)
        spelled[field].sort(key=lambda one: one[:3])
    if to_seal:
        for (into, at), blob in zip(places, seal_values(subject[:KEY_BYTES], to_seal), strict=True):
            into[at] = Sealed(blob)
    runs.sort(key=lambda run: run[:4])
    return canonical((entity.name, id_, runs, spelled)), subject


def digest_of_row(entity: Entity, raw_id: bytes, versions: bytes, device_of: Mapping[int, bytes]) -> bytes:
    """What the state hash says of a row: every dot with its time, and deletions. Values follow from the dots, whose
    steps the stream's head binds."""
    packed_runs, packed_spelled = decode(versions)
    runs = sorted((device_of[number], *rest) for number, *rest in packed_runs)
    spelled = {
        field: sorted(
            (device_of[number], step, nth, time_ms, value if field == LIFE else None)
            for number, step, nth, time_ms, value in found
        )
        for field, found in packed_spelled.items()
    }
    return _digest(entity.name, raw_id, runs, spelled)


def digest(data: bytes) -> bytes:
    """The same of a record's bytes."""
    kind, id_, runs, spelled = read(data)
    return _digest(
        kind,
        id_,
        [run[:5] for run in runs],
        {
            field: [(*one[:4], one[4] if field == LIFE else None) for one in found]
            for field, found in spelled.items()
        },
    )


def _digest(kind: str, id_: bytes, runs: Any, spelled: Any) -> bytes:
    return hashlib.sha256(canonical((kind, id_, runs, spelled))).digest()


# ---- reading and writing


def read(data: bytes) -> tuple[str, bytes, Runs, Spelled]:
    """The parts of a record's bytes. Raises Damaged for what no honest program writes."""
    plain = decode_canonical(data)
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
    runs: list[list[Any]] = []
    spelled: dict[str, list[list[Any]]] = {}
    singles: list[tuple[bytes, int, int, int, str, Any]] = []
    for field, register in registers.items():
        if len(register) == 1 and not (field == LIFE and isinstance(register[0].value, list)):
            dot, time_ms, value = register[0]
            singles.append((dot.device, dot.step, time_ms, dot.nth, field, value))
        elif register:
            spelled[field] = [[*version.dot, version.time_ms, version.value] for version in register]
    singles.sort(key=lambda one: one[:4])
    for device, step, time_ms, nth, field, value in singles:
        run = runs[-1] if runs else None
        if run and run[:3] == [device, step, time_ms] and run[3] + len(run[4]) == nth:
            run[4].append(field)
            run[5].append(value)
        else:
            runs.append([device, step, time_ms, nth, [field], [value]])
    return canonical((kind, id_, runs, spelled))


def _is_run(device: Any, step: Any, time_ms: Any, first: Any, fields: Any, values: Any) -> bool:
    return (
        _is_place(device, step, first, time_ms)
        and len(fields) == len(values) > 0
        and all(isinstance(field, str) for field in fields)
        and all(value is True for field, value in zip(fields, values, strict=True) if field == LIFE)
    )


def _is_version(field: Any, device: Any, step: Any, nth: Any, time_ms: Any, value: Any) -> bool:
    is_life = value is True or (isinstance(value, list) and all(_is_cover(*cover) for cover in value))
    return isinstance(field, str) and _is_place(device, step, nth, time_ms) and (field != LIFE or is_life)


def _is_cover(device: Any, step: Any, first: Any, last: Any) -> bool:
    return _is_place(device, step, first, last)


def _is_place(device: Any, *numbers: Any) -> bool:
    return (
        type(device) is bytes
        and len(device) == 16
        and all(type(number) is int and abs(number) <= 2**53 for number in numbers)
    )
