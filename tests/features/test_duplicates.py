"""Duplicates: shown once, found both, parted again, and never hidden by a circle or by what is gone."""

from __future__ import annotations

import pytest

from app.errors import Conflict
from app.features import records
from app.features.crm import activities, contacts, customers, duplicates, timeline
from app.features.crm.customers import Customer
from app.gateway.session import Session
from app.ids import Id
from tests.builders import a_contact, a_customer, an_activity


def names(session: Session) -> list[str]:
    rows = session.ask(records.ids, "customer")
    return sorted(one for (one,) in session.ask(records.rows, "customer", list(rows), ["name"]).values())


def add(session: Session, name: str, **values: object) -> Id:
    return session.do(customers.add, a_customer(name, **values)).id


def record(session: Session, id_: Id) -> Customer:
    found = session.ask(records.open_one, "customer", id_).record
    assert isinstance(found, Customer)
    return found


def test_a_duplicate_is_shown_with_the_one_that_is_kept(book: Session) -> None:
    kept, twin = (
        add(book, "Golden Gate", phone="1"),
        add(book, "Goldn Gate", phone="2", email="a@example.org"),
    )
    for customer in (kept, twin):
        book.do(contacts.add, a_contact(customer))
        book.do(activities.add, an_activity(customer))
    book.do(duplicates.merge, kept, [twin])
    assert names(book) == ["Golden Gate"] and book.ask(records.count, "customer") == 1
    assert (record(book, kept).phone, record(book, kept).email) == ("1", "a@example.org")
    assert len(book.ask(records.children, "contact", kept)) == 2
    assert len(book.ask(timeline.timeline, kept)) == 2 and book.ask(timeline.kinds_of, kept) == {"note": 2}
    assert [one.id for one in book.ask(duplicates.of, kept)] == [twin]
    # It is still there for whoever has its page open, or finds it.
    assert record(book, twin).name == "Goldn Gate"


def test_parting_brings_it_back_with_all_that_is_its_own(book: Session) -> None:
    kept, twin = add(book, "Golden Gate"), add(book, "Goldn Gate", phone="2")
    book.do(contacts.add, a_contact(twin))
    book.do(duplicates.merge, kept, [twin])
    book.do(duplicates.part, twin)
    assert names(book) == ["Golden Gate", "Goldn Gate"]
    assert len(book.ask(records.children, "contact", twin)) == 1
    assert book.ask(records.children, "contact", kept) == []


def test_undo_takes_a_merge_back_whole(book: Session) -> None:
    kept, twin = add(book, "Golden Gate"), add(book, "Goldn Gate", phone="2")
    book.do(duplicates.merge, kept, [twin])
    assert record(book, kept).phone == "2"
    book.undo()
    assert names(book) == ["Golden Gate", "Goldn Gate"] and record(book, kept).phone == ""


def test_duplicates_of_duplicates_follow(book: Session) -> None:
    first, second, third = (add(book, name) for name in ("A", "B", "C"))
    book.do(duplicates.merge, second, [third])
    book.do(duplicates.merge, first, [second])
    assert names(book) == ["A"] and len(book.ask(duplicates.of, first)) == 2
    with pytest.raises(Conflict):
        book.do(duplicates.merge, third, [first])
    with pytest.raises(Conflict):
        book.do(duplicates.merge, first, [first])


def test_a_circle_that_two_have_made_hides_nobody(book: Session) -> None:
    first, second = add(book, "A"), add(book, "B")
    book.do(customers.edit, first, {"same_as": second})
    book.do(customers.edit, second, {"same_as": first})
    assert names(book) == ["A", "B"]


def test_a_duplicate_of_what_is_deleted_is_shown_again(book: Session) -> None:
    kept, twin = add(book, "A"), add(book, "B")
    book.do(duplicates.merge, kept, [twin])
    book.do(customers.delete, [kept])
    assert names(book) == ["B"]
