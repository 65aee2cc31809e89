"""Claims about what a record's page asks: its timeline, and the values between which somebody has to decide."""

from __future__ import annotations

from app.features import alternatives, records
from app.features.crm import activities, contacts, customers, timeline
from app.gateway.session import Session
from tests.builders import a_contact, a_customer, an_activity
from tests.gateway.devices import send, two_devices


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


def test_what_one_deleted_and_another_edited_is_kept_with_what_went_with_it() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer())
        ana = here.do(contacts.add, a_contact(made.id))
        left = here.do(contacts.add, a_contact(made.id, "Left Long Ago"))
        note = here.do(activities.add, an_activity(made.id))
        send(here, there)
        there.do(customers.edit, made.id, {"phone": "2"})
        here.do(contacts.delete, [left.id])
        here._clock.ms += 60_000  # type: ignore[attr-defined]
        here.do(customers.delete, [made.id])
        send(here, there)
        send(there, here)
        for book in (here, there):
            assert book.ask(records.open_one, "customer", made.id).undecided == 1
            (life,) = book.ask(alternatives.alternatives, "customer", made.id)[""]
            assert not life.value and life.author
            assert len(book.ask(records.ids, "contact")) == 0
        there.do(customers.keep, made.id)
        send(there, here)
        for book in (here, there):
            now = book.ask(records.open_one, "customer", made.id)
            assert now.undecided == 0 and now.record.phone == "2"  # type: ignore[attr-defined]
            assert book.ask(records.open_one, "contact", ana.id).undecided == 0
            assert len(book.ask(records.ids, "contact")) == 1  # who was deleted on her own stays so
            assert len(book.ask(timeline.timeline, made.id)) == 1
            assert book.ask(records.open_one, "activity", note.id).undecided == 0
        assert here.state_hash() == there.state_hash()
        there.undo()
        assert there.ask(records.ids, "customer").tolist() == []


def test_keeping_a_settled_record_changes_nothing(book: Session) -> None:
    made = book.do(customers.add, a_customer())
    before = book.state_hash()
    book.do(customers.keep, made.id)
    assert book.state_hash() == before
