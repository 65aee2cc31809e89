"""The one function that writes rows comes to what the oracle says, under the same random histories as the merge."""

from __future__ import annotations

from typing import Any

import pytest

from app.features.crm.customers import Customer
from app.gateway.session import Session
from app.model.change import Dot, Edit, Step
from app.model.encoding import decode_step
from app.model.entity import LIFE, entity_of
from app.model.merge import Version, counted_time
from app.store.merging import Author, marks
from app.store.numbers import Numbers
from app.store.rows import plan
from app.store.tables import Tables
from app.store.versions import IN_ROW
from tests.model.histories import World, seeded
from tests.model.judging import judge
from tests.model.oracle import Scene
from tests.model.replica import BOOK, KIND

FIELDS = {"name": "legal_name", "phone": "code", "limit": "price_list"}
"""The histories' fields, as fields of customers that are neither personal nor restricted."""

SEED, HISTORIES = 11, 60


def text(value: Any) -> str:
    """One text for each value that the histories write."""
    return f"{type(value).__name__} {value!r}"


def renamed(edit: Edit) -> Edit:
    """The edit as one of a customer."""
    values = tuple(
        value if name == LIFE or "/" in name else text(value)
        for name, value in zip(edit.fields, edit.values, strict=True)
    )
    return edit._replace(fields=tuple(FIELDS.get(name, name) for name in edit.fields), values=values)


@pytest.mark.parametrize("part", range(6))
def test_rows_come_to_what_the_oracle_says(book: Session, part: int) -> None:
    for number in range(part, HISTORIES, 6):
        world = judge(*seeded(SEED, number))
        writer = book.database.writer
        writer.execute("BEGIN")
        try:
            tables = Tables(
                writer, Numbers(writer, "device_number"), Numbers(writer, "book_number"), lambda: 0
            )
            tables.begin()
            play(tables, world)
            compare(tables, world.oracle().everything(), number)
        finally:
            writer.execute("ROLLBACK")


def play(tables: Tables, world: World) -> None:
    """Apply the relay's log as a device does that receives it all."""
    for entry in world.relay.log:
        step: Step = decode_step(entry.data, entry.device, BOOK, 0)
        if not world.accepts(entry.device, [change.field for _dot, change in step.dotted()]):
            continue
        author = Author(entry.device, entry.number, BOOK, 0, counted_time(step.time_ms, entry.receipt_ms))
        first = 0
        for edit in step.edits:
            tables.apply(author, renamed(edit), first)
            first += len(edit.fields)
    tables.flush()


def compare(tables: Tables, scene: Scene, number: int) -> None:
    row_plan = plan(entity_of(Customer), 0)
    for row in scene.rows():
        found = tables.load(entity_of(Customer), 0, row)
        assert found is not None, (number, row)
        where = f"history {number}, record {row[:1]!r}"
        assert found.gone == scene.gone(row), where
        told = {FIELDS.get(name, name) for name in scene.fields(row)}
        assert {name for name, register in found.registers.items() if register} == told, where
        record = row_plan.values(found.raw)
        waiting = 0
        for name in scene.fields(row):
            register = found.registers[FIELDS.get(name, name)]
            current = scene.current(row, name)
            assert {tuple(version.dot) for version in register} == {one.name for one in current}, (
                where,
                name,
            )
            if name in FIELDS:
                assert record[FIELDS[name]] == text(scene.displayed(row, name).value), (where, name)
                assert values(register, record[FIELDS[name]]) == {text(one.value) for one in current}, (
                    where,
                    name,
                )
                waiting += scene.differs(row, name)
            elif "/" in name:
                present = name.partition("/")[2] in record["tags"]
                assert present == scene.holds(row, name), (where, name)
        unsettled = bool(scene.deletions(row)) and not found.gone
        assert marks(found.registers, found.gone) == found.raw[4] == waiting + unsettled, where
    assert {Dot(*name) for name in scene.place}, number
    assert KIND == "customer"


def values(register: tuple[Version, ...], in_row: str) -> set[str]:
    return {in_row if version.value is IN_ROW else version.value for version in register}
