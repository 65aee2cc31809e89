"""The bytes of a record in snapshots and state hashes: known vectors, and what no honest program writes."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from app.errors import Damaged
from app.features.crm.customers import Customer
from app.model.change import Dot, Edit
from app.model.encoding import Sealed, canonical, decode
from app.model.entity import LIFE, entity_of
from app.model.merge import Version
from app.store import record_data
from app.store.merging import Author, apply, blank
from app.store.rows import plan
from app.store.state import hash_of
from app.store.versions import pack, unpack

DEVICE, OTHER, ROW, BOOK = b"\x11" * 16, b"\x22" * 16, b"\x33" * 16, b"\x44" * 16
KEY = bytes(range(32))
NUMBERS = {DEVICE: 7, OTHER: 3}
IDS = {7: DEVICE, 3: OTHER}

KNOWN_DIGEST = "930537a12c3a4cffc19464347f063920013509eb0cb424bc2f89196cc395d37a"
KNOWN_STATE = "90b3ed9a65b5c35181e725d322bbbf8d563f04b99de342e6cc53a3d546242bcd"


def a_row(*edits: tuple[bytes, int, int, Edit]) -> Any:
    """A customer's row after some edits by device, step and place of the first change."""
    row_plan = plan(entity_of(Customer))
    held = blank(row_plan, ROW, 1)
    for device, step, first, edit in edits:
        apply(row_plan, held, Author(device, step, BOOK, 0, 1000 * step), edit, first)
    held.raw[6], held.raw[7] = KEY, pack(held.registers, NUMBERS)
    return row_plan, held.raw


def data_of(*edits: tuple[bytes, int, int, Edit]) -> bytes:
    row_plan, raw = a_row(*edits)
    return record_data.of_row(row_plan, raw, IDS)[0]


MAKING = Edit("customer", ROW, (LIFE, "name", "legal_name", "phone"), (True, "Golden", "", "+49 30 1"))


def test_known_bytes() -> None:
    data = data_of((DEVICE, 1, 0, MAKING))
    kind, id_, runs, spelled = decode(data)
    assert (kind, id_, spelled) == ("customer", ROW, {})
    ((device, step, time_ms, first, fields, values),) = runs
    assert (device, step, time_ms, first) == (DEVICE, 1, 1000, 0)
    assert (fields, values[:3]) == ([LIFE, "name", "legal_name", "phone"], [True, "Golden", None])
    assert isinstance(values[3], Sealed)
    assert hashlib.sha256(data).hexdigest() == KNOWN_DIGEST
    assert hash_of([record_data.digest(data)]).hex() == KNOWN_STATE


def test_the_order_in_which_devices_got_their_numbers_does_not_count() -> None:
    edits = (
        (DEVICE, 1, 0, MAKING),
        (OTHER, 1, 0, Edit("customer", ROW, ("web", "name"), ("w", "Silver"))),
        (DEVICE, 2, 0, Edit("customer", ROW, ("tags/a",), (True,))),
    )
    row_plan, raw = a_row(*edits)
    before = record_data.of_row(row_plan, raw, IDS)
    turned = dict(zip(NUMBERS, reversed(NUMBERS.values()), strict=True))
    raw[7] = pack(unpack(raw[7], IDS), turned)
    assert record_data.of_row(row_plan, raw, {number: id_ for id_, number in turned.items()}) == before


def test_rows_and_records_of_an_unknown_kind_come_to_the_same_bytes() -> None:
    data = data_of((DEVICE, 1, 0, MAKING), (OTHER, 1, 0, Edit("customer", ROW, ("name",), ("Silver",))))
    kind, id_, runs, spelled = record_data.read(data)
    assert record_data.write(kind, id_, record_data.registers_of(runs, spelled)) == data


def test_a_value_that_does_not_open_stands_where_others_have_it() -> None:
    whole = data_of((DEVICE, 1, 0, MAKING))
    sealed = decode(whole)[2][0][5][3]
    closed = MAKING._replace(values=(*MAKING.values[:3], sealed))
    row_plan, raw = a_row((DEVICE, 1, 0, closed))
    raw[6] = None
    assert record_data.of_row(row_plan, raw, IDS)[0] == whole


@pytest.mark.parametrize(
    "plain",
    [
        [],
        5,
        ["customer", b"short", [], {}],
        ["customer", ROW, [[DEVICE, 1, 0, 0, ["name"], []]], {}],
        ["customer", ROW, [[DEVICE, "1", 0, 0, ["name"], ["x"]]], {}],
        ["customer", ROW, [[b"", 1, 0, 0, ["name"], ["x"]]], {}],
        ["customer", ROW, [[DEVICE, 1, 0, 0, [LIFE], ["x"]]], {}],
        ["customer", ROW, [[DEVICE, 1, 0, 0, ["name", "name"], ["x", "y"]]], {}],
        ["customer", ROW, [], {LIFE: [[DEVICE, 1, 0, 0, [[1, 2]]]]}],
        ["customer", ROW, [], {"name": [[DEVICE, 1, 0, 2**60, "x"]]}],
        ["customer", ROW, [], {"name": 5}],
        ["customer", ROW, {}, [1]],
    ],
)
def test_nonsense_is_damage(plain: Any) -> None:
    with pytest.raises(Damaged):
        record_data.read(canonical(plain))


def test_registers_keep_their_dots() -> None:
    registers = {"name": (Version(Dot(DEVICE, 1, 1), 5, "A"), Version(Dot(OTHER, 1, 0), 6, "B"))}
    data = record_data.write("customer", ROW, registers)
    assert record_data.registers_of(*record_data.read(data)[2:]) == registers
