"""Claims about what a record's page asks: its timeline, and the values between which somebody has to decide."""

from __future__ import annotations

from app.features import alternatives, records
from app.features.crm import activities, contacts, customers, timeline
from app.gateway.session import Session
from tests.builders import a_contact, a_customer, an_activity


def test_the_timeline_is_newest_first_and_can_be_narrowed(book: Session) -> None:
    made = book.do(customers.add, a_customer())
    ana = book.do(contacts.add, a_contact(made.id))
    for at, kind, contact in ((1_000, "call", None), (3_000, "visit", ana.id), (2_000, "note", None)):
        book.do(
            activities.add, an_activity(made.id, f"at {at}", at=at, kind=kind, contact=contact, by="Olga")
        )
    found = book.ask(timeline.entries, book.ask(timeline.timeline, made.id))
    assert [(line.at_ms, line.kind, line.contact_name) for line in found] == [
        (3_000, "visit", "Ana Trujillo"), (2_000, "note", ""), (1_000, "call", ""),
    ]  # fmt: skip
    assert [
        line.text for line in book.ask(timeline.entries, book.ask(timeline.timeline, made.id, ("call",)))
    ] == ["at 1000"]
    assert book.ask(timeline.kinds_of, made.id) == {"call": 1, "visit": 1, "note": 1}


def test_a_settled_record_has_nothing_to_decide(book: Session) -> None:
    made = book.do(customers.add, a_customer(tags=("bio",)))
    book.do(customers.edit, made.id, {"phone": "1"})
    assert book.ask(alternatives.alternatives, "customer", made.id) == {}


def test_both_values_of_a_field_are_told_with_who_and_when(book: Session) -> None:
    made = book.do(customers.add, a_customer(phone="+49 1"))
    seen = book.ask(records.open_one, "customer", made.id).seen
    book.do(customers.edit, made.id, {"phone": "+49 2"}, seen)
    book.do(customers.edit, made.id, {"phone": "+49 3"}, seen)  # had not seen the 2
    found = book.ask(alternatives.alternatives, "customer", made.id)
    assert set(found) == {"phone"}
    assert {value.value for value in found["phone"]} == {"+49 2", "+49 3"}
    assert sum(value.is_shown for value in found["phone"]) == 1
    assert {value.author for value in found["phone"]} == {"Olga Owner"}
    assert book.ask(records.open_one, "customer", made.id).undecided == 1


def test_saving_one_of_the_values_decides(book: Session) -> None:
    made = book.do(customers.add, a_customer(phone="+49 1"))
    seen = book.ask(records.open_one, "customer", made.id).seen
    book.do(customers.edit, made.id, {"phone": "+49 2"}, seen)
    book.do(customers.edit, made.id, {"phone": "+49 3"}, seen)
    now = book.ask(records.open_one, "customer", made.id)
    book.do(customers.edit, made.id, {"phone": "+49 2"}, now.seen)
    assert book.ask(alternatives.alternatives, "customer", made.id) == {}
    assert book.ask(records.open_one, "customer", made.id).record.phone == "+49 2"  # type: ignore[attr-defined]
