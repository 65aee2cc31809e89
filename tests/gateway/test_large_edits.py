"""Records with more fields and elements than one step may hold: several steps, one command, one undo."""

from __future__ import annotations

from app.features import records
from app.features.crm import custom_fields, customers
from app.features.crm.custom_fields import CustomField
from app.features.crm.customers import Customer
from app.gateway.session import Session
from app.ids import Id
from app.model.change import MOST_CHANGES
from app.model.custom import as_field, definition_id
from app.model.soundness import sound
from app.model.values import Money
from tests.builders import a_customer
from tests.gateway.devices import send, two_devices

TAGS = tuple(f"tag {number:03}" for number in range(100))
OTHERS = tuple(f"other {number:03}" for number in range(100))
WINDOWS = tuple(
    sorted(
        f"{day} {hour:02}:{minute:02}-{hour:02}:{minute + 10:02}"
        for day in ("mo", "tu")
        for hour in range(10)
        for minute in (0, 10, 20, 30, 40)
    )
)


def with_customs(book: Session, count: int) -> list[str]:
    names = []
    for number in range(count):
        made = book.do(custom_fields.add, CustomField(label=f"Field {number}", of="customer"))
        names.append(as_field(made.id, made.label, made.kind).name)
    return names


def large(names: list[str]) -> Customer:
    custom = {definition_id(name): f"value of {name}" for name in names}
    return a_customer(
        "Large", phone="1", tags=TAGS, windows=WINDOWS, credit_limit=Money(5, "EUR"), custom=custom
    )


def check(book: Session) -> None:
    """Every step is one that other devices take, in the order of its number."""
    for kept in book.ground.journal.all_without_place():
        step = kept.step
        assert step.size <= MOST_CHANGES
        sound([step], step.size, step.number - 1)


def opened(book: Session, id_: Id) -> Customer:
    found = book.ask(records.open_one, "customer", id_).record
    assert isinstance(found, Customer)
    return found


def test_a_record_of_many_parts_is_made_in_several_steps(book: Session) -> None:
    names = with_customs(book, 80)
    before = book.state_hash()
    made = book.do(customers.add, large(names))
    check(book)
    seen = opened(book, made.id)
    assert (seen.tags, seen.windows, len(seen.custom)) == (TAGS, WINDOWS, 80)
    book.undo()
    assert book.ask(records.count, "customer") == 0
    book.redo()
    assert opened(book, made.id) == seen
    assert book.state_hash() != before


def test_an_edit_of_many_parts_comes_back_whole(book: Session) -> None:
    names = with_customs(book, 80)
    made = book.do(customers.add, a_customer("Small", tags=TAGS))
    before = opened(book, made.id)
    values = {**dict.fromkeys(names, "new"), "tags": OTHERS, "windows": WINDOWS, "phone": "2"}
    assert (
        book.do(customers.edit, made.id, values, book.ask(records.open_one, "customer", made.id).seen) == 381
    )
    check(book)
    after = opened(book, made.id)
    assert (after.tags, after.windows, len(after.custom)) == (OTHERS, WINDOWS, 80)
    assert book.ask(records.open_one, "customer", made.id).undecided == 0
    book.undo()
    assert opened(book, made.id) == before
    check(book)
    book.redo()
    assert opened(book, made.id) == after


def test_other_devices_arrive_at_the_same() -> None:
    with two_devices() as (here, there):
        names = with_customs(here, 80)
        made = here.do(customers.add, large(names))
        here.do(customers.edit, made.id, {"tags": OTHERS, "windows": ()})
        check(here)
        send(here, there)
        assert opened(there, made.id) == opened(here, made.id)
        for stream in here.roster.facts.streams():
            assert there.sync.state_hash(stream) == here.sync.state_hash(stream)
