"""Claims about lists: filters, text, order, facets, and what saved views keep."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from app import ids
from app.clock import FakeClock
from app.errors import Invalid
from app.features import lists, records
from app.features.crm import contacts, custom_fields, customers
from app.features.crm.contacts import Contact
from app.features.crm.custom_fields import CustomField
from app.features.filtering import Filter, filterable
from app.features.lists import Layout, Listing
from app.gateway.session import Session
from app.model.entity import entity_named
from app.model.values import Address
from tests.builders import a_book, a_contact, a_customer

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def book() -> Iterator[Session]:
    """Six customers, made once: no test here writes."""
    with a_book() as session:
        seats = session.do(custom_fields.add, CustomField(label="Seats", of="customer", kind="number"))
        cuisine = session.do(
            custom_fields.add,
            CustomField(label="Cuisine", of="customer", kind="choices", options=("Thai", "Wok", "Sushi")),
        )
        many = {ids.show(seats.id): "120", ids.show(cuisine.id): ["Thai", "Wok"]}
        few = {ids.show(seats.id): "30", ids.show(cuisine.id): ["Sushi"]}
        for record in (
            a_customer(
                "Änne's Kitchen", stage="active", tags=("bio", "vip"), address=_in("Köln"), custom=few
            ),
            a_customer("bakery Uno", stage="lost", tags=("bio",), address=_in("Munich"), custom=many),
            a_customer("Café Zoë", stage="lead", kind="cafe", address=_in("Munich"), assigned_to="Tom"),
            a_customer(
                "王佳丽饭店", stage="active", windows=("mo 06:00-10:30",), legal_name="王佳丽有限公司"
            ),
            a_customer("Delta", stage="trial", code="0", legal_name="ÉTOILE SARL"),
            a_customer("echo", kind="hotel", stage="active", notes="50% off_season"),
        ):
            session.do(customers.add, record)
        yield session


def _in(city: str) -> Address:
    return Address(city=city)


def names(book: Session, *filters: Filter, now_ms: int = 0, **more: Any) -> list[str]:
    found = book.ask(lists.listed, "customer", Listing(filters, **more), now_ms)
    texts = book.ask(records.rows, "customer", found, ["name"])
    return [texts[row][0] for row in found]


def own(book: Session, label: str) -> str:
    return next(field.name for field in book.ask(custom_fields.declared, "customer") if field.label == label)


def test_a_list_is_sorted_by_name_as_people_sort(book: Session) -> None:
    assert names(book) == ["Änne's Kitchen", "bakery Uno", "Café Zoë", "Delta", "echo", "王佳丽饭店"]


def test_choices_are_sorted_as_they_are_declared_and_nothing_comes_last(book: Session) -> None:
    assert names(book, order="stage")[:2] == ["Café Zoë", "Delta"]
    assert names(book, order="stage", descending=True)[0] == "bakery Uno"
    for descending in (False, True):
        assert names(book, order="assigned_to", descending=descending)[0] == "Café Zoë"
        assert set(names(book, order="kind", descending=descending)[:2]) == {"Café Zoë", "echo"}


def test_custom_numbers_are_sorted_by_what_they_count(book: Session) -> None:
    assert names(book, order=own(book, "Seats"))[:2] == ["Änne's Kitchen", "bakery Uno"]
    assert names(book, order=own(book, "Seats"), descending=True)[:2] == ["bakery Uno", "Änne's Kitchen"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter("stage", "any", ("lead", "trial")), {"Café Zoë", "Delta"}),
        (Filter("stage", "none", ("active", "lost")), {"Café Zoë", "Delta"}),
        (Filter("tags", "any", ("vip",)), {"Änne's Kitchen"}),
        (Filter("tags", "all", ("bio", "vip")), {"Änne's Kitchen"}),
        (Filter("tags", "none", ("vip",)), {"bakery Uno", "Café Zoë", "Delta", "echo", "王佳丽饭店"}),
        (Filter("address.city", "any", ("Munich",)), {"bakery Uno", "Café Zoë"}),
        (Filter("address.city", "contains", "mun"), {"bakery Uno", "Café Zoë"}),
        (Filter("name", "contains", "anne"), {"Änne's Kitchen"}),
        (Filter("name", "starts", "CAFE"), {"Café Zoë"}),
        (Filter("name", "lacks", "e"), {"王佳丽饭店"}),
        (Filter("legal_name", "contains", "étoile"), {"Delta"}),
        (Filter("legal_name", "contains", "佳丽"), {"王佳丽饭店"}),
        (Filter("notes", "contains", "0% off_"), {"echo"}),
        (Filter("code", "filled"), {"Delta"}),
        (Filter("windows", "any", ("mo", "tu")), {"王佳丽饭店"}),
        (Filter("assigned_to", "any", ("Tom",)), {"Café Zoë"}),
        (Filter("marks", "yes"), set()),
        (Filter("position", "filled"), set()),
    ],
)
def test_every_test_finds_what_it_says(book: Session, wanted: Filter, found: set[str]) -> None:
    assert set(names(book, wanted)) == found


def test_filters_hold_together_and_with_the_text(book: Session) -> None:
    munich = Filter("address.city", "any", ("Munich",))
    assert names(book, munich, Filter("stage", "any", ("lead",))) == ["Café Zoë"]
    assert names(book, munich, text="uno") == ["bakery Uno"]
    assert names(book, text="wjl") == ["王佳丽饭店"]
    assert names(book, text="zoe") == ["Café Zoë"]


def test_custom_fields_filter_by_their_kind(book: Session) -> None:
    seats, cuisine = own(book, "Seats"), own(book, "Cuisine")
    assert names(book, Filter(seats, "least", "100")) == ["bakery Uno"]
    assert names(book, Filter(seats, "most", "99.5")) == ["Änne's Kitchen"]
    assert len(names(book, Filter(seats, "empty"))) == 4
    assert names(book, Filter(cuisine, "any", ("Wok", "Thai"))) == ["bakery Uno"]
    with pytest.raises(Invalid):
        names(book, Filter(seats, "least", "many"))


def test_the_last_days_count_from_now_on_this_clock(book: Session) -> None:
    now = FakeClock().now_ms()
    assert len(names(book, Filter("touched", "last", 1), now_ms=now)) == 6
    assert names(book, Filter("touched", "last", 1), now_ms=now + 3 * DAY_MS) == []
    assert names(book, Filter("touched", "since", "2999-01-01"), now_ms=now) == []
    with pytest.raises(Invalid):
        names(book, Filter("touched", "since", "soon"), now_ms=now)


def test_a_filter_that_is_not_complete_or_whose_field_is_gone_leaves_all(book: Session) -> None:
    assert len(names(book, Filter("stage", "any", ()))) == 6
    assert len(names(book, Filter("x:gone", "any", ("a",)))) == 6
    assert len(names(book, Filter("stage", "least", "3"))) == 6


def test_facets_count_values_and_elements_under_the_other_filters(book: Session) -> None:
    munich = Filter("address.city", "any", ("Munich",))
    assert book.ask(lists.facets, "customer", "tags") == [("bio", 2), ("vip", 1)]
    assert book.ask(lists.facets, "customer", "tags", (munich,)) == [("bio", 1)]
    assert book.ask(lists.facets, "customer", "address.city", (munich,)) == [("Munich", 2), ("Köln", 1)]
    cuisine = own(book, "Cuisine")
    assert book.ask(lists.facets, "customer", cuisine) == [("Sushi", 1), ("Thai", 1), ("Wok", 1)]


def test_custom_columns_are_values_of_their_kind(book: Session) -> None:
    found = book.ask(lists.listed, "customer", Listing())
    columns = [own(book, "Seats"), own(book, "Cuisine")]
    texts = book.ask(records.rows, "customer", found[:1], columns)
    assert texts[found[0]] == (Decimal(30), ("Sushi",))


def test_restricted_fields_are_no_filter(book: Session) -> None:
    offered = {one.path for one in filterable(entity_named("customer"))}
    assert "credit_limit" not in offered
    assert {"stage", "address.city", "tags", "touched", "marks"} <= offered


def test_rows_become_ids_in_their_order(book: Session) -> None:
    rows = book.ask(lists.listed, "customer", Listing(order="name", descending=True))
    found = book.ask(lists.ids_of, "customer", rows)
    assert [book.ask(records.open_one, "customer", id_).record.name for id_ in found] == names(book)[::-1]  # type: ignore[attr-defined]
    assert book.ask(lists.place_of, "customer", found[0]) == rows[0]
    assert book.ask(lists.place_of, "customer", ids.fresh()) is None


def test_an_export_is_asked_what_the_list_shows(book: Session) -> None:
    listing = Listing((Filter("tags", "any", ("bio",)),), "uno")
    where, order = book.ask(lists.question, "customer", listing)
    assert list(book.ask(records.ids, "customer", where, order)) == list(
        book.ask(lists.listed, "customer", listing)
    )
    rows = book.ask(lists.listed, "customer", Listing())
    where, order = book.ask(lists.question, "customer", Listing(order="name", descending=True), 0, rows[:2])
    assert list(book.ask(records.ids, "customer", where, order)) == [rows[1], rows[0]]


def test_contacts_can_be_listed_by_their_customer() -> None:
    with a_book() as session:
        for name in ("Zeta", "Alpha"):
            made = session.do(customers.add, a_customer(name))
            session.do(contacts.add, a_contact(made.id, f"Ana of {name}"))
        rows = session.ask(lists.listed, "contact", Listing(order="customer.name"))
        found = session.ask(records.rows, "contact", rows, ["name", "customer.name"])
        assert [found[row] for row in rows] == [("Ana of Alpha", "Alpha"), ("Ana of Zeta", "Zeta")]
        assert entity_named("contact").cls is Contact


def test_a_view_survives_its_text_form() -> None:
    listing = Listing(
        (Filter("stage", "any", ("lead", "lost")), Filter("touched", "last", 7)), "wok", "stage", True
    )
    layout = Layout(("name", "stage"), {"name": 220})
    assert lists.from_json(lists.to_json(listing, layout)) == (listing, layout)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"filters": 3}', '{"filters": [{"field": 1}], "columns": {}}']
)
def test_a_view_that_makes_no_sense_is_the_whole_list(text: str) -> None:
    assert lists.from_json(text) == (Listing(), Layout())


def test_filters_replace_and_leave() -> None:
    one, two, three = (Filter("stage", "any", (value,)) for value in ("lead", "lost", "active"))
    listing = Listing((one, two))
    assert listing.with_filter(three, one).filters == (three, two)
    assert listing.with_filter(three).filters == (one, two, three)
    assert listing.without(two).filters == (one,)
    assert listing.is_narrow and not Listing(text=" ").is_narrow
