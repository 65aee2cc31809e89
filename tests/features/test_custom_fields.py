"""Claims about fields that users define."""

from __future__ import annotations

from app.features import records
from app.features.crm import custom_fields, customers
from app.features.crm.custom_fields import CustomField
from app.gateway.session import Session
from app.model.custom import as_field, definition_id
from tests.builders import a_customer


def labels(book: Session, kind: str = "customer") -> list[str]:
    return [field.label for field in book.ask(custom_fields.declared, kind)]


def test_fields_stand_in_the_order_that_was_chosen_and_new_ones_behind(book: Session) -> None:
    made = [book.do(custom_fields.add, CustomField(label=label, of="customer")) for label in ("A", "B", "C")]
    assert labels(book) == ["A", "B", "C"]
    assert book.do(custom_fields.arrange, [made[2].id, made[0].id, made[1].id]) == 3
    book.do(custom_fields.add, CustomField(label="D", of="customer"))
    assert labels(book) == ["C", "A", "B", "D"]
    assert [field.label for field in book.ask(custom_fields.definitions)] == ["C", "A", "B", "D"]
    book.undo()
    book.undo()
    assert labels(book) == ["A", "B", "C"]


def test_a_deleted_field_comes_back_with_its_values(book: Session) -> None:
    field = book.do(custom_fields.add, CustomField(label="Oven", of="customer", kind="number", unit="kW"))
    (shown,) = book.ask(custom_fields.declared, "customer")
    customer = book.do(customers.add, a_customer())
    book.do(customers.edit, customer.id, {shown.name: shown.parse("12.5")})
    book.do(custom_fields.delete, [field.id])
    assert labels(book) == []
    book.undo()
    (again,) = book.ask(custom_fields.declared, "customer")
    record = book.ask(records.open_one, "customer", customer.id).record
    assert again.text(custom_fields.values_of(record, [again])[again.name]) == "12.5"


def test_a_value_that_was_emptied_beside_another_can_be_set_again(book: Session) -> None:
    one, two = (
        book.do(custom_fields.add, CustomField(label=label, of="customer")).id for label in ("One", "Two")
    )
    first, second = (as_field(id_, "", "text").name for id_ in (one, two))
    made = book.do(customers.add, a_customer())
    book.do(customers.edit, made.id, {first: "a", second: "b"})
    book.do(customers.edit, made.id, {first: ""})
    book.do(customers.edit, made.id, {first: "c"})
    assert book.ask(records.open_one, "customer", made.id).record.custom == {
        definition_id(first): "c", definition_id(second): "b",
    }  # fmt: skip
