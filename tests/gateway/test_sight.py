"""What a person sees through the door: no row of a book that is not theirs, no restricted value without an audit row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app import ids
from app.access.policy import Policy
from app.errors import NotFound, Refused
from app.features import lists, records
from app.features.crm import activities, contacts, customers, finding
from app.features.crm.exporting import saving
from app.features.filtering import Filter
from app.features.lists import Listing
from app.gateway.command import query
from app.gateway.session import Session
from app.gateway.view import View
from app.ids import Id
from app.model.values import Money
from app.store.audit_log import AuditLog
from app.store.reader import Is, Order
from tests.builders import a_contact, a_customer, an_activity


@query("customer.test_peek", "Peek")
def peek(view: View, id_: Id) -> Any:
    return view.restricted(customers.Customer, view.get(customers.Customer, id_))


def with_books(book: Session, *books: Id, roles: frozenset[str] = frozenset({"owner"})) -> None:
    """The person keeps only these books."""
    person = replace(
        book.person, roles=roles, books=frozenset(books), offices=frozenset(books) & book.person.offices
    )
    identity = replace(book.identity, books=books)
    book.go_on_as(identity, Policy(person), book.roster)


@pytest.mark.parametrize("role", ["owner", "manager", "rep"])
def test_who_has_no_book_any_more_sees_no_row_of_it(book: Session, role: str) -> None:
    made = book.do(customers.add, a_customer("Hidden", credit_limit=Money(5, "EUR")))
    assert book.ask(records.count, "customer") == 1
    with_books(book, roles=frozenset({role}))
    assert book.ask(records.count, "customer") == 0
    assert list(book.ask(records.ids, "customer")) == []
    assert book.ask(finding.find, "Hidden") == []
    with pytest.raises(NotFound):
        book.ask(records.open_one, "customer", made.id)
    with pytest.raises((NotFound, Refused)):
        book.ask(records.restricted, "customer", made.id)
    with pytest.raises(Refused):
        book.do(customers.add, a_customer("Nowhere"))


def test_who_lost_one_of_two_books_sees_no_row_of_it(book: Session) -> None:
    other = ids.fresh()
    kept = book.do(customers.add, a_customer("Kept"))
    lost = book.do(customers.add, a_customer("Lost", book=other))
    with_books(book, book.identity.books[0])
    assert book.ask(records.count, "customer") == 1
    assert book.ask(records.open_one, "customer", kept.id).record.id == kept.id
    with pytest.raises(NotFound):
        book.ask(records.open_one, "customer", lost.id)
    with pytest.raises(NotFound):
        book.do(customers.edit, lost.id, {"notes": "x"})


def test_a_link_shows_nothing_of_a_book_that_is_not_ones_own(book: Session) -> None:
    first, other = book.identity.books[0], ids.fresh()
    with_books(book, first, other)
    kept = book.do(customers.add, a_customer("Kept"))
    lost = book.do(customers.add, a_customer("Lost", book=other))
    ana, ben = (
        book.do(contacts.add, a_contact(one.id, name)) for one, name in ((kept, "Ana"), (lost, "Ben"))
    )
    for contact in (ana, ben):
        book.do(activities.add, an_activity(kept.id, contact=contact.id))
    with_books(book, first)
    rows = book.ask(records.ids, "activity")
    seen = book.ask(records.rows, "activity", rows, ["contact.name"])
    assert sorted(values[0] or "" for values in seen.values()) == ["", "Ana"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda book, row: book.ask(records.rows, "customer", [row], ["credit_limit"]),
        lambda book, row: book.ask(records.groups, "customer", "credit_limit"),
        lambda book, row: book.ask(records.ids, "customer", Is("credit_limit", "more", 4)),
        lambda book, row: book.ask(records.count, "customer", Is("credit_limit", "filled")),
        lambda book, row: book.ask(records.ids, "customer", None, (Order("credit_limit"),)),
        lambda book, row: book.ask(lists.facets, "customer", "credit_limit"),
    ],
)
def test_no_question_without_an_audit_row_touches_a_restricted_value(book: Session, ask: Any) -> None:
    book.do(customers.add, a_customer(credit_limit=Money(5, "EUR")))
    row = book.ask(records.ids, "customer")[0]
    with pytest.raises(Refused):
        ask(book, row)


def test_a_query_that_forgot_to_be_audited_gets_no_restricted_value(book: Session) -> None:
    made = book.do(customers.add, a_customer(credit_limit=Money(5, "EUR")))
    with pytest.raises(RuntimeError):
        book.ask(peek, made.id)
    assert book.ask(records.open_one, "customer", made.id).restricted_allowed
    assert book.ask(records.restricted, "customer", made.id) == {"credit_limit": Money(5, "EUR")}
    last = AuditLog(book.database.writer, book.identity.device).rows()[0]
    assert (last.command, last.outcome, last.touched) == ("record.restricted", "read", (made.id,))
    # The same thread's next question is an ordinary one again.
    with pytest.raises(Refused):
        book.ask(records.groups, "customer", "credit_limit")


def test_an_export_may_be_ordered_and_narrowed_by_restricted_fields(book: Session, tmp_path: Any) -> None:
    book.do(customers.add, a_customer("A", credit_limit=Money(5, "EUR")))
    book.do(customers.add, a_customer("B"))
    where, order = Is("credit_limit", "filled"), (Order("credit_limit"),)
    assert book.ask(saving.save, saving.Export(tmp_path / "a.csv", where=where, order=order)) == 1


def test_trying_values_does_not_tell_a_restricted_one(book: Session) -> None:
    made = book.do(customers.add, a_customer(credit_limit=Money(5, "EUR")))
    with_books(book, book.identity.books[0], roles=frozenset({"rep"}))
    for guess in (Money(4, "EUR"), Money(5, "EUR")):
        with pytest.raises(Refused):
            book.do(customers.edit, made.id, {"credit_limit": guess})


INJECTED = "customer.address.city\" = 'x' OR randomblob(9) OR \"row"


def test_a_path_from_outside_is_no_sql(book: Session) -> None:
    customer = book.do(customers.add, a_customer())
    book.do(contacts.add, a_contact(customer.id))
    with pytest.raises(NotFound):
        book.ask(records.ids, "contact", None, (Order(INJECTED),))


@pytest.mark.parametrize("path", [INJECTED, "nothing", "credit_limit", "customer.credit_limit", "x:aaaa.b"])
def test_a_saved_view_with_a_strange_order_falls_back_to_the_usual_one(book: Session, path: str) -> None:
    customer = book.do(customers.add, a_customer())
    book.do(contacts.add, a_contact(customer.id))
    for kind in ("customer", "contact"):
        assert len(book.ask(lists.listed, kind, Listing(order=path))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[" * 19_000,
        '{"filters": [{"field": "stage", "test": "any", "value": {"a": 1}}]}',
        '{"filters": [{"field": "touched", "test": "last", "value": [[1]]}]}',
        '{"filters": [{"field": "touched", "test": "last", "value": {"a": 1}}]}',
        '{"filters": [{"field": "touched", "test": "since", "value": "0001-01-02"}]}',
        '{"filters": [{"field": "touched", "test": "until", "value": "9999-12-30"}]}',
        '{"filters": [{"field": "name", "test": "is", "value": "\\ud800"}]}',
        '{"order": 5, "columns": [[]], "widths": {"a": "b"}, "filters": 7}',
    ],
)
def test_a_saved_view_that_makes_no_sense_hurts_nobody(book: Session, text: str) -> None:
    book.do(customers.add, a_customer())
    listing, _layout = lists.from_json(text)
    assert isinstance(book.ask(lists.question, "customer", listing, 1_780_000_000_000), tuple)
    book.ask(lists.listed, "customer", listing, 1_780_000_000_000)
    assert lists.from_json(lists.to_json(listing, _layout))[0] == listing


def test_filters_still_come_back_from_a_saved_view(book: Session) -> None:
    listing = Listing(
        (Filter("stage", "any", ("lead",)), Filter("touched", "last", 7)), order="customer.name"
    )
    assert lists.from_json(lists.to_json(listing, lists.Layout()))[0] == listing
