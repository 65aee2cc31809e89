"""Steps of a certified device whose program is patched, newer or older: nothing they hold stops the others."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.features import alternatives, history, lists, records
from app.features.crm import activities, contacts, custom_fields, customers, finding
from app.features.crm.custom_fields import CustomField
from app.features.crm.exporting import saving
from app.features.lists import Listing
from app.gateway.batches import Ingested
from app.gateway.session import Session
from app.ids import Id
from app.model.change import Edit, Step
from app.model.custom import as_field, definition_id
from app.model.encoding import Sealed
from app.model.entity import LIFE
from app.model.statements import Stream
from app.model.values import NOWHERE, Money, Position
from app.store.sealing import seal_edit
from tests.builders import a_contact, a_customer, an_activity
from tests.gateway.devices import order_of, send, two_devices

STRANGE: tuple[Any, ...] = (
    5,
    -1,
    2**53,
    True,
    b"",
    b"\xff" * 16,
    "",
    "\n",
    "x" * 3000,
    [],
    [[]],
    ["a", 1],
    [None] * 5,
    ["", "", "", "", 7],
    [10**12, 3],
)


def push(
    there: Session, here: Session, *edits: Edit, number: int = 1000, keys: Mapping[bytes, bytes] | None = None,
    tier: int = 0, book: bytes | None = None, time_ms: int = 1,
) -> Ingested:  # fmt: skip
    """What a patched program on `there` sends to `here`."""
    stream = Stream(book or here.identity.books[0], tier)
    step = Step(there.identity.device, number, *stream, time_ms, tuple(edits))
    order_of(here).put_patched(there, stream, (step,), keys)
    return order_of(here).pull(here, stream)


def look_at_everything(book: Session, id_: Id, tmp_path: Any) -> None:
    """What screens ask when they show a customer."""
    for kind in ("customer", "contact", "activity", "site"):
        names = [field.name for field in _entity(kind).fields if not field.restricted]
        custom = [field.name for field in book.ask(custom_fields.declared, kind)]
        rows = book.ask(records.ids, kind)
        book.ask(records.rows, kind, rows, [*names, *custom, "id", "marks"])
        for name in (*names, *custom):
            book.ask(lists.listed, kind, Listing(order=name))
    for kind in ("customers", "contacts"):
        book.ask(saving.save, saving.Export(tmp_path / f"{kind}.csv", kind))
    book.ask(records.open_one, "customer", id_)
    book.ask(records.restricted, "customer", id_)
    book.ask(history.history, "customer", id_)
    book.ask(alternatives.alternatives, "customer", id_)
    book.ask(finding.find, "Golden")


def _entity(kind: str) -> Any:
    from app.model.entity import entity_named

    return entity_named(kind)


@pytest.mark.parametrize("value", STRANGE)
def test_values_of_a_wrong_kind_stop_nothing(value: Any, tmp_path: Any) -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer(phone="1", tags=("bio",)))
        here.do(contacts.add, a_contact(made.id))
        here.do(activities.add, an_activity(made.id))
        own = here.do(custom_fields.add, CustomField(label="Seats", of="customer", kind="number"))
        entity = _entity("customer")
        plain = [field.name for field in entity.fields if not field.elementwise and not field.restricted]
        fields = (
            *plain,
            as_field(own.id, own.label, own.kind).name,
            "tags/\n",
            "tags/" + "x" * 190,
            "name/x",
            "tags",
            "later",
            "later/x",
        )
        result = push(there, here, Edit("customer", made.id, fields, (value,) * len(fields)))
        result = push(
            there, here, Edit("customer", made.id, ("credit_limit",), (value,)), tier=1, number=1001
        )
        assert result.applied == 1
        look_at_everything(here, made.id, tmp_path)
        # Whoever writes next decides, and everything is as it should be again.
        here.do(customers.edit, made.id, {"name": "Golden Gate", "phone": "2", "address": NOWHERE})
        assert here.ask(records.open_one, "customer", made.id).record.name == "Golden Gate"  # type: ignore[attr-defined]
        order_of(here).push(here)


def test_a_value_of_a_wrong_kind_counts_as_none_on_every_device() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer(phone="1"))
        send(here, there)
        edit = Edit("customer", made.id, ("legal_name", "position"), ([1], "nowhere"))
        before = here.ask(records.open_one, "customer", made.id).record
        push(there, here, edit)
        assert here.ask(records.open_one, "customer", made.id).record == before


def test_a_value_that_does_not_open_is_no_value() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer(phone="1"))
        edit = Edit("customer", made.id, ("phone",), (Sealed(os.urandom(80)),))
        assert push(there, here, edit).void == []
        foreign = seal_edit(
            Edit("customer", made.id, ("notes",), ("x",)), bytes(32), there.identity.device, 7, 0
        )
        assert push(there, here, foreign, number=1001, keys={made.id: bytes(32)}).void == []
        seen = here.ask(records.open_one, "customer", made.id).record
        assert (seen.phone, seen.notes) == ("1", "")  # type: ignore[attr-defined]
        good = Edit("customer", made.id, ("legal_name",), ("Good",))
        assert push(there, here, good, number=1002).applied == 1


@pytest.mark.parametrize(
    "edit",
    [
        Edit("customer", b"short", ("name",), ("x",)),
        Edit("customer", bytes(16), ("name", "name"), ("x", "y")),
        Edit("customer", bytes(16), ("name",), ("x", "y")),
        Edit("customer", bytes(16), (), ()),
        Edit("", bytes(16), ("name",), ("x",)),
        Edit("customer", bytes(16), ("name",), (1.5,)),
        Edit("customer", bytes(16), ("name",), ({"a": 1},)),
        Edit("customer", bytes(16), (LIFE,), ("no",)),
        Edit("customer", bytes(16), (LIFE,), ([[1, 2]],)),
        Edit("customer", bytes(16), tuple(f"f{n}" for n in range(257)), (None,) * 257),
    ],
)
def test_nonsense_is_void(edit: Edit) -> None:
    with two_devices() as (here, there):
        before = here.state_hash()
        result = push(there, here, edit)
        assert (result.applied, len(result.void)) == (0, 1)
        assert here.state_hash() == before


def test_a_kind_that_this_program_does_not_know_passes_through() -> None:
    with two_devices() as (here, there):
        heard: list[frozenset[str]] = []
        here.on_changed(heard.append)
        edit = Edit("spaceship", bytes(16), (LIFE, "name", "crew"), (True, "Rocinante", [b"\x01" * 16]))
        known = Edit("customer", b"\x02" * 16, (LIFE, "name"), (True, "Known"))
        assert push(there, here, edit, known).applied == 1
        assert here.ask(records.count, "customer") == 1
        assert heard == [frozenset({"customer"})]


def test_unknown_fields_come_back_as_they_came() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer("Golden"))
        values = (b"\x01" * 16, [b"\x02", ["a", 1]], True, 7, "text", None)
        names = tuple(f"later{number}" for number in range(len(values)))
        push(there, here, Edit("customer", made.id, names, values))
        # A second value beside the first makes the register spell out what stands in the row.
        push(there, here, Edit("customer", made.id, names, ("other",) * len(values)), number=1001)
        row = here._tables.load(_entity("customer"), 0, made.id)
        assert row is not None
        found = {name: sorted(map(repr, (v.value for v in row.registers[name]))) for name in names}
        assert found == {
            name: sorted((repr(value), repr("other"))) for name, value in zip(names, values, strict=True)
        }


def test_two_devices_that_write_the_first_personal_value_at_once_read_each_other() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer("Golden"))
        send(here, there)
        here.do(customers.edit, made.id, {"phone": "from here"})
        there.do(customers.edit, made.id, {"phone": "from there", "notes": "there"})
        assert (send(here, there).void, send(there, here).void) == ([], [])
        for book in (here, there):
            assert book.ask(records.open_one, "customer", made.id).undecided == 1
            lines = book.ask(history.history, "customer", made.id)
            assert {"from here", "from there"} <= {line.after for line in lines}
        assert here.state_hash() == there.state_hash()
        here.do(customers.edit, made.id, {"phone": "decided", "notes": "here"})
        here.undo()
        here.redo()
        there.do(customers.edit, made.id, {"email": "a@b.example"})
        send(here, there)
        send(there, here)
        assert here.state_hash() == there.state_hash()
        seen = there.ask(records.open_one, "customer", made.id).record
        assert (seen.phone, seen.notes, seen.email) == ("decided", "here", "a@b.example")  # type: ignore[attr-defined]


def test_only_the_company_itself_says_its_name(tmp_path: Any) -> None:
    with two_devices() as (here, there):
        edit = Edit("company", b"\x03" * 16, (LIFE, "name", "demo"), (True, "Evil", True))
        result = push(there, here, edit)
        assert [verdict.reason for _step, verdict in result.quarantined] == ["role"]
        from app import bootstrap
        from app.clock import FakeClock

        push(there, here, edit, number=1001, book=here.identity.company_book)
        identity, *_rest = bootstrap.standing(here.database, FakeClock())
        assert (identity.company_name, identity.demo) == ("Acme Foods", False)


def test_a_custom_field_whose_kind_was_changed_still_lists(book: Session, tmp_path: Any) -> None:
    own = book.do(custom_fields.add, CustomField(label="Seats", of="customer", kind="text"))
    made = book.do(
        customers.add, a_customer(custom={definition_id(as_field(own.id, "", "text").name): "many"})
    )
    for kind in ("number", "money", "day", "moment", "choices", "yes_no", "choice", "text"):
        book.do(custom_fields.edit, own.id, {"kind": kind})
        look_at_everything(book, made.id, tmp_path)
    assert replace(made) == book.ask(records.open_one, "customer", made.id).record


def test_history_shows_only_what_was_written_to_the_record_itself() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer("Golden", credit_limit=Money(77, "EUR")))
        other = here.do(customers.add, a_customer("Somebody else"))
        dots = {
            (change.row, change.field): dot
            for kept in here.ground.journal.all_without_place()
            for dot, change in kept.step.dotted()
        }
        office, name = dots[made.id, "credit_limit"], dots[other.id, "name"]
        send(here, there)
        seen = ((office, name), (office,))
        push(there, here, Edit("customer", made.id, ("name", "phone"), ("Silver", "1"), seen))
        lines = here.ask(history.history, "customer", made.id)
        assert "credit_limit" not in {line.field for line in lines}
        assert not {"Somebody else", 77} & {line.before for line in lines if line.before is not None}


def test_a_making_that_says_nothing_of_some_fields_is_none_of_them() -> None:
    with two_devices() as (here, there):
        edit = Edit("activity", b"\x05" * 16, (LIFE, "kind", "text", "at"), (True, None, 5, None))
        tags = Edit("customer", b"\x06" * 16, (LIFE, "name", "tags/a", "tags/b"), (True, "N", None, True))
        office = Edit("activity", b"\x05" * 16, (LIFE, "limit"), (True, 5))
        assert push(there, here, edit, tags).applied == 1
        assert push(there, here, office, number=1001, tier=1).applied == 1
        made = here.ask(records.open_one, "customer", Id(b"\x06" * 16)).record
        assert made.tags == ("b",)  # type: ignore[attr-defined]


def test_undo_puts_no_value_back_that_the_field_cannot_hold() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer("Golden"))
        push(there, here, Edit("customer", made.id, ("legal_name", "position"), ([1], "nowhere")))
        here.do(customers.edit, made.id, {"legal_name": "Golden Ltd", "position": Position(1, 2)})
        here.undo()
        seen = here.ask(records.open_one, "customer", made.id).record
        assert (seen.legal_name, seen.position) == ("", None)  # type: ignore[attr-defined]


@pytest.mark.parametrize("tier", [0, 1])
def test_a_field_in_the_wrong_stream_is_kept_aside(tier: int) -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer("Golden", credit_limit=Money(7, "EUR")))
        before = here.ask(records.open_one, "customer", made.id).record
        fields = ("credit_limit",) if tier == 0 else ("web", "tags/x")
        values: tuple[Any, ...] = ([9, "EUR"],) if tier == 0 else ("evil.example", True)
        for number in (1000, 1001):
            push(there, here, Edit("customer", made.id, fields, values), tier=tier, number=number)
        assert here.ask(records.open_one, "customer", made.id).record == before
        assert here.ask(records.restricted, "customer", made.id) == {"credit_limit": Money(7, "EUR")}
