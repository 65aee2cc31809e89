"""Undo beside other people's work: what belongs to a record that stays, stays with it."""

from __future__ import annotations

from app.features import records
from app.features.crm import activities, contacts, customers
from app.gateway.command import command
from app.gateway.session import Session
from app.gateway.tx import Tx
from app.ids import Id
from app.model.values import Money
from tests.builders import a_contact, a_customer, an_activity
from tests.gateway.devices import RECEIPT_MS, send, two_devices


@command("customer.test_import", "Import")
def load(tx: Tx, count: int) -> None:
    """What an import does: many customers with their people and restricted values, some rows twice."""
    for number in range(count):
        made = tx.save(a_customer(f"Customer {number}", credit_limit=Money(number + 1, "EUR")))
        tx.save(a_contact(made.id, f"Person {number}", phone=f"{number}"))
        if number % 2:
            tx.edit(customers.Customer, made.id, {"notes": "twice", "phone": f"+{number}"})


def limits(book: Session) -> dict[str, Money | None]:
    found = {}
    for name, id_ in book.ask(
        records.rows, "customer", book.ask(records.ids, "customer"), ["name", "id"]
    ).values():
        found[name] = book.ask(records.restricted, "customer", id_)["credit_limit"]
    return found


def named(book: Session, kind: str, name: str) -> Id:
    rows = book.ask(records.rows, kind, book.ask(records.ids, kind), ["name", "id"])
    return next(Id(id_) for found, id_ in rows.values() if found == name)


def test_a_record_that_one_command_made_and_edited_goes_when_it_is_undone(book: Session) -> None:
    book.do(load, 4)
    undone = book.undo()
    assert [book.ask(records.count, kind) for kind in ("customer", "contact")] == [0, 0]
    assert undone.kept_count == 0
    book.redo()
    assert limits(book) == {f"Customer {number}": Money(number + 1, "EUR") for number in range(4)}
    book.undo()
    assert book.ask(records.count, "customer") == 0


def test_a_customer_that_stays_keeps_its_restricted_values(book: Session) -> None:
    book.do(load, 4)
    mark = book.undo_mark()
    book.do(activities.add, an_activity(named(book, "customer", "Customer 1")))
    book.do(contacts.edit, named(book, "contact", "Person 2"), {"role": "chef"})
    book.do(customers.edit, named(book, "customer", "Customer 3"), {"access": "ring twice"})
    book.undo(mark)
    assert limits(book) == {
        "Customer 1": Money(2, "EUR"),
        "Customer 2": Money(3, "EUR"),
        "Customer 3": Money(4, "EUR"),
    }


def test_a_restricted_value_that_somebody_set_since_keeps_its_customer(book: Session) -> None:
    book.do(load, 300)  # so many that a restricted value lies in an older step than its customer
    mark = book.undo_mark()
    for name in ("Customer 0", "Customer 127"):
        book.do(customers.edit, named(book, "customer", name), {"credit_limit": Money(99, "EUR")})
    undone = book.undo(mark)
    assert limits(book) == dict.fromkeys(("Customer 0", "Customer 127"), Money(99, "EUR"))
    assert named(book, "customer", "Customer 0") in {kept.id for kept in undone.kept}


def test_a_restricted_value_that_was_the_first_goes_again(book: Session) -> None:
    made = book.do(customers.add, a_customer())
    book.do(customers.edit, made.id, {"credit_limit": Money(5, "EUR")})
    book.undo()
    assert limits(book) == {made.name: None}
    book.redo()
    assert limits(book) == {made.name: Money(5, "EUR")}


def test_a_value_that_stays_does_not_keep_the_others_of_its_record(book: Session) -> None:
    made = book.do(customers.add, a_customer(phone="1", notes="one", credit_limit=Money(1, "EUR")))
    book.do(customers.edit, made.id, {"phone": "2", "notes": "two", "credit_limit": Money(2, "EUR")})
    mark = book.undo_mark()
    book.do(customers.edit, made.id, {"phone": "3"})
    undone = book.undo(mark)
    assert [(kept.kind, kept.field) for kept in undone.kept] == [("customer", "phone")]
    seen = book.ask(records.open_one, "customer", made.id).record
    assert (seen.phone, seen.notes) == ("3", "one")  # type: ignore[attr-defined]
    assert book.ask(records.restricted, "customer", made.id)["credit_limit"] == Money(1, "EUR")


def test_undoing_an_edit_of_a_record_that_is_gone_says_so(book: Session) -> None:
    made = book.do(customers.add, a_customer(phone="1"))
    book.do(customers.edit, made.id, {"phone": "2"})
    mark = book.undo_mark()
    book.do(customers.delete, [made.id])
    undone = book.undo(mark)
    assert [(kept.kind, kept.id) for kept in undone.kept] == [("customer", made.id)]


def test_undo_brings_back_the_value_that_was_shown() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer(phone="0"))
        send(here, there)
        here.do(customers.edit, made.id, {"phone": "mine"})
        # The other clock is years ahead; its word counts no more than the server's receipt allows.
        there._clock.ms += 10**11  # type: ignore[attr-defined]
        there.do(customers.edit, made.id, {"phone": "theirs"})
        send(there, here, receipt_ms=RECEIPT_MS - 10**9)
        shown = here.ask(records.open_one, "customer", made.id)
        assert shown.undecided == 1
        assert shown.record.phone == "mine"  # type: ignore[attr-defined]
        here.do(customers.edit, made.id, {"phone": "decided"})
        here.undo()
        assert here.ask(records.open_one, "customer", made.id).record.phone == "mine"  # type: ignore[attr-defined]


def test_one_undo_after_the_other_goes_back_to_the_beginning_and_redo_to_the_end(book: Session) -> None:
    def phone() -> str | None:
        found = book.ask(records.ids, "customer")
        return str(book.ask(records.rows, "customer", found, ["phone"])[found[0]][0]) if found else None

    made = book.do(customers.add, a_customer(phone="1"))
    book.do(customers.edit, made.id, {"phone": "2"})
    book.do(customers.edit, made.id, {"phone": "3", "notes": "three"})
    book.do(customers.delete, [made.id])
    states = ["3", "2", "1", None]
    for _again in range(3):
        for state in states:
            assert book.undo().kept_count == 0
            assert phone() == state
        for state in [*reversed(states[:-1]), None]:
            assert book.redo().kept_count == 0
            assert phone() == state


def test_what_a_colleague_put_between_stays_in_a_row_of_undos() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer(phone="1"))
        here.do(customers.edit, made.id, {"phone": "2", "notes": "two"})
        here.do(customers.edit, made.id, {"phone": "3", "notes": "three"})
        here.undo()
        send(here, there)
        there.do(customers.edit, made.id, {"phone": "theirs"})
        send(there, here)
        undone = here.undo()
        assert [(kept.kind, kept.field) for kept in undone.kept] == [("customer", "phone")]
        seen = here.ask(records.open_one, "customer", made.id).record
        assert (seen.phone, seen.notes) == ("theirs", "")  # type: ignore[attr-defined]
        undone = here.undo()
        assert [(kept.kind, kept.field) for kept in undone.kept] == [("customer", "")]
        assert here.ask(records.count, "customer") == 1
