"""Claims about the one search over everything, through the door."""

from __future__ import annotations

from app.features.crm import activities, contacts, customers, finding
from app.gateway.session import Session
from app.model.values import Address
from tests.builders import a_contact, a_customer, an_activity

MOST = {"customer": 3, "contact": 2, "site": 2, "activity": 2}


def test_a_common_word_does_not_hide_the_rarer_kinds(book: Session) -> None:
    made = [book.do(customers.add, a_customer(f"Golden {number}")) for number in range(12)]
    book.do(contacts.add, a_contact(made[0].id, "Goldie"))
    for number in range(12):
        book.do(activities.add, an_activity(made[0].id, f"Golden olives, box {number}"))
    found = book.ask(finding.find_each, "gold", MOST)
    assert [hit.kind for hit in found.hits] == ["customer"] * 3 + ["contact"] + ["activity"] * 2
    assert not found.similar
    assert found.hits[3].of == "Golden 0"


def test_a_typing_error_is_forgiven_only_where_no_kind_has_the_word(book: Session) -> None:
    made = book.do(customers.add, a_customer("Nrgize"))
    book.do(contacts.add, a_contact(made.id, "Nrgise Taylor"))
    assert [hit.kind for hit in book.ask(finding.find_each, "nrgize", MOST).hits] == ["customer"]
    found = book.ask(finding.find_each, "nrgizx", MOST)
    assert found.similar and "Nrgize" in {hit.title for hit in found.hits}


def test_namesakes_are_told_apart_by_where_they_are(book: Session) -> None:
    for street in ("1 First Street", "2 Second Street"):
        book.do(customers.add, a_customer("Subway", address=Address(street, "", "Oakland", "", "")))
    hits = book.ask(finding.find_each, "subway", MOST).hits
    assert {hit.subtitle for hit in hits} == {"1 First Street, Oakland", "2 Second Street, Oakland"}


def test_what_was_opened_before_is_named_and_what_is_gone_is_left_out(book: Session) -> None:
    kept, gone = (book.do(customers.add, a_customer(name)) for name in ("Kept", "Gone"))
    contact = book.do(contacts.add, a_contact(kept.id, "Ana"))
    book.do(customers.delete, [gone.id])
    hits = book.ask(finding.recent, [("contact", contact.id), ("customer", gone.id), ("customer", kept.id)])
    assert [(hit.title, hit.of) for hit in hits] == [("Ana", "Kept"), ("Kept", "")]
