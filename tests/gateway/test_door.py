"""The door: what is done is whole, permitted, audited, and can be taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.access.policy import Policy, Question, problems, shipped
from app.errors import Cancelled, Conflict, Invalid, NotFound, Refused
from app.features import history, records
from app.features.crm import activities, contacts, custom_fields, customers, finding
from app.features.crm.custom_fields import CustomField
from app.features.crm.customers import Customer
from app.gateway import progress
from app.gateway.command import command
from app.gateway.session import Session
from app.gateway.tx import Tx
from app.model.values import Address, Money
from app.store.audit_log import AuditLog
from tests.builders import a_contact, a_customer, an_activity


@command("customer.test_fail", "Fail half way")
def fail_half_way(tx: Tx) -> None:
    tx.save(a_customer("First"))
    raise Invalid("name", "half way")


@command("customer.test_many", "Many")
def many(tx: Tx, count: int) -> None:
    for number in range(count):
        tx.save(a_customer(f"Customer {number}", phone=f"+49 {number:06}", tags=(f"t{number % 3}",)))
        tx.progress.step(number + 1, count)


def test_what_is_saved_is_there_with_every_kind_of_value(book: Session) -> None:
    made = book.do(
        customers.add,
        a_customer(
            "Café Zoë", phone="+49 30 1", address=Address("Weg 1", "10115", "Berlin", "", "DE"),
            tags=("bio", "vip"), windows=("mo 06:00-10:30",), credit_limit=Money(100_000, "EUR"),
        ),
    )  # fmt: skip
    seen = book.ask(records.open_one, "customer", made.id)
    assert seen.record == replace(made, credit_limit=None)
    assert book.ask(records.restricted, "customer", made.id) == {"credit_limit": Money(100_000, "EUR")}


def test_a_failing_command_leaves_nothing_but_its_audit_row(book: Session) -> None:
    with pytest.raises(Invalid):
        book.do(fail_half_way)
    assert book.ask(records.count, "customer") == 0
    assert book.undoable() is None
    row = AuditLog(book.database.writer, book.identity.device).rows()[0]
    assert (row.command, row.outcome, row.detail["code"]) == ("customer.test_fail", "failed", "invalid")


def test_stopping_half_way_leaves_nothing(book: Session) -> None:
    def stop_at_500(done: int, _total: int) -> None:
        if done == 500:
            raise Cancelled

    before = book.head()
    with pytest.raises(Cancelled), progress.listening(stop_at_500):
        book.do(many, 1000)
    assert book.ask(records.count, "customer") == 0
    assert book.head() == before
    book.do(many, 10)
    assert book.ask(records.count, "customer") == 10


def test_undo_and_redo_bring_every_field_back_and_forth(book: Session) -> None:
    made = book.do(customers.add, a_customer(tags=("bio",), credit_limit=Money(5, "EUR")))
    before = book.ask(records.open_one, "customer", made.id).record
    book.do(customers.edit, made.id, {"name": "Other", "tags": ("new",), "credit_limit": None, "phone": "1"})
    after = book.ask(records.open_one, "customer", made.id).record
    book.undo()
    assert book.ask(records.open_one, "customer", made.id).record == before
    assert book.ask(records.restricted, "customer", made.id)["credit_limit"] == Money(5, "EUR")
    book.redo()
    assert book.ask(records.open_one, "customer", made.id).record == after
    assert book.ask(records.restricted, "customer", made.id)["credit_limit"] is None


def test_undoing_a_bulk_command_keeps_later_edits_and_says_so(book: Session) -> None:
    book.do(many, 300)
    mark = book.undo_mark()
    assert mark is not None
    edited = next(iter(_all(book)))
    book.do(customers.edit, edited.id, {"name": "Mended by hand"})
    assert book.is_undoable(mark)
    undone = book.undo(mark)
    assert not book.is_undoable(mark)
    with pytest.raises(Conflict):
        book.undo(mark)
    assert undone.restored == 299
    assert [(kept.kind, kept.id) for kept in undone.kept] == [("customer", edited.id)]
    assert [customer.name for customer in _all(book)] == ["Mended by hand"]


def test_undoing_an_import_keeps_a_customer_that_got_a_visit_since(book: Session) -> None:
    book.do(many, 3)
    visited = next(iter(_all(book)))
    book.do(activities.add, an_activity(visited.id))
    book._undo._connection.execute("DELETE FROM undo WHERE label LIKE 'Add%'")
    book.undo()
    assert [customer.id for customer in _all(book)] == [visited.id]


def test_deleting_a_customer_takes_its_people_along_and_undo_brings_them_back(book: Session) -> None:
    made = book.do(customers.add, a_customer())
    book.do(contacts.add, a_contact(made.id))
    book.do(activities.add, an_activity(made.id))
    book.do(customers.delete, [made.id])
    assert [book.ask(records.count, kind) for kind in ("customer", "contact", "activity")] == [0, 0, 0]
    with pytest.raises(NotFound):
        book.ask(records.open_one, "customer", made.id)
    book.undo()
    assert [book.ask(records.count, kind) for kind in ("customer", "contact", "activity")] == [1, 1, 1]


def test_a_write_that_had_not_seen_the_present_value_keeps_both(book: Session) -> None:
    made = book.do(customers.add, a_customer(phone="1"))
    opened = book.ask(records.open_one, "customer", made.id)
    book.do(customers.edit, made.id, {"phone": "2"})
    book.do(customers.edit, made.id, {"phone": "3"}, opened.seen)
    now = book.ask(records.open_one, "customer", made.id)
    assert now.undecided == 1
    book.do(customers.edit, made.id, {"phone": getattr(now.record, "phone", None)})
    assert book.ask(records.open_one, "customer", made.id).undecided == 0


def test_history_tells_each_change_with_both_values(book: Session) -> None:
    made = book.do(customers.add, a_customer("One", phone="1"))
    book.do(customers.edit, made.id, {"name": "Two"})
    lines = book.ask(history.history, "customer", made.id)
    assert ("name", "One", "Two") in [(line.field, line.before, line.after) for line in lines]
    assert "made" in [line.what for line in lines]


def test_nothing_to_undo_is_said_plainly(book: Session) -> None:
    with pytest.raises(Conflict):
        book.undo()


def test_the_audit_chain_holds_and_names_no_value(book: Session) -> None:
    made = book.do(customers.add, a_customer("Secret Name", tags=("secret-tag",)))
    book.ask(records.restricted, "customer", made.id)
    log = AuditLog(book.database.writer, book.identity.device)
    assert log.verify() == book.head()
    assert [row.command for row in log.rows()[:2]] == ["record.restricted", "customer.add"]
    assert "ecret" not in repr(log.rows())


def test_a_person_without_the_right_is_refused_before_and_after(book: Session) -> None:
    made = book.do(customers.add, a_customer(credit_limit=Money(5, "EUR")))
    rep = replace(book.person, roles=frozenset({"rep"}), offices=frozenset())
    owner = book.person
    book.take(Policy(rep))
    assert book.ask(custom_fields.declared, "customer") == ()
    book.do(customers.edit, made.id, {"name": "A rep may rename"})
    with pytest.raises(Refused):
        book.do(customers.edit, made.id, {"credit_limit": Money(9, "EUR")})
    with pytest.raises(Refused):
        book.do(customers.delete, [made.id])
    with pytest.raises(Refused):
        book.ask(records.restricted, "customer", made.id)
    with pytest.raises(Refused):
        book.ask(records.rows, "customer", [1], ["credit_limit"])
    outcomes = [row.outcome for row in AuditLog(book.database.writer, book.identity.device).rows()[:5]]
    # The look at a restricted field is noted before it is tried, then its refusal.
    assert outcomes == ["refused", "refused", "read", "refused", "refused"]
    book.take(Policy(owner))
    assert book.ask(records.restricted, "customer", made.id) == {"credit_limit": Money(5, "EUR")}


def test_nobody_without_a_role_may_do_anything(book: Session) -> None:
    nobody = Policy(replace(book.person, roles=frozenset()))
    for action in ("run", "read", "export", "create", "update", "delete"):
        assert not nobody.allows(Question(action, "customer"))


def test_an_erring_policy_denies(book: Session) -> None:
    erring = Policy(book.person, ['forbid (principal, action, resource) when { context.missing == "x" };'])
    assert not erring.allows(Question("update", "customer", book=book.identity.books[0]))


def test_the_shipped_policies_fit_their_schema() -> None:
    assert problems([shipped("provender.cedar")]) == []
    assert problems(['permit (principal, action == Action::"fly", resource);']) != []


def test_listeners_hear_which_kinds_changed(book: Session) -> None:
    heard: list[frozenset[str]] = []
    book.on_changed(heard.append)
    made = book.do(customers.add, a_customer())
    book.do(contacts.add, a_contact(made.id))
    assert heard == [frozenset({"customer"}), frozenset({"contact"})]


def test_what_screens_remember_stays_in_the_vault(book: Session) -> None:
    book.remember("list.customer", {"columns": ["name"]})
    assert book.recall("list.customer") == {"columns": ["name"]}
    book.remember("list.customer", None)
    assert book.recall("list.customer") is None


def _all(book: Session) -> list[Customer]:
    ids_ = [
        values[0]
        for values in book.ask(records.rows, "customer", book.ask(records.ids, "customer"), ["id"]).values()
    ]
    found = [book.ask(records.open_one, "customer", id_).record for id_ in ids_]
    return [record for record in found if isinstance(record, Customer)]


def test_quiet_moments_merge_the_search_index(book: Session) -> None:
    book.do(many, 400)
    for number in range(40):
        book.do(customers.add, a_customer(f"One by one {number}"))
    assert book.tidy() in (True, False)
    while book.tidy():
        pass
    assert len(book.ask(finding.find, "one by", limit=100)) == 40


def test_whoever_was_visited_last_is_found_first(book: Session) -> None:
    book.do(many, 5)
    second = next(customer for customer in _all(book) if customer.name == "Customer 1")
    assert book.ask(finding.find, "cust")[0].title == "Customer 4"
    book.do(activities.add, an_activity(second.id))
    assert book.ask(finding.find, "cust", kinds=("customer",))[0].title == "Customer 1"


def test_options_of_a_choice_keep_their_order(book: Session) -> None:
    options = ("Low", "Medium", "High")
    made = book.do(
        custom_fields.add, CustomField(label="Priority", of="customer", kind="choice", options=options)
    )
    assert book.ask(custom_fields.declared, "customer")[0].parse("Medium") == "Medium"
    record = book.ask(records.open_one, "custom_field", made.id).record
    assert isinstance(record, CustomField)
    assert record.options == options
    book.do(custom_fields.edit, made.id, {"options": ("High", "Low")})
    book.undo()
    again = book.ask(records.open_one, "custom_field", made.id).record
    assert isinstance(again, CustomField)
    assert again.options == options
