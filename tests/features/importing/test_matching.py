"""Which record a row means: the rules, and the memory they take."""

from __future__ import annotations

import random
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import ids
from app.errors import Invalid
from app.features.crm.importing import paths
from app.features.crm.importing.keys import MANY, NONE, KeyTable
from app.features.crm.importing.matching import BY_CODE, BY_ID, BY_NAME, Contacts, Customers, match_fields
from app.model.values import NOWHERE, Address
from tests.features.importing.files import KNOWN

HERE = Address("1 Main St", "12345", "Rome")
THERE = Address("2 Side St", "12345", "Rome")


def book(*records: tuple[str, str, Address]) -> Customers:
    found = Customers()
    for name, code, address in records:
        found.add(ids.fresh(), name, code, address, "", {})
    return found


def values(name: str, code: str = "", address: Address = HERE) -> dict[str, object]:
    found: dict[str, object] = {"name": name}
    return found | ({"code": code} if code else {}) | ({"address": address} if address != NOWHERE else {})


def test_the_code_decides_first() -> None:
    known = book(("A", "1", HERE), ("B", "2", HERE))
    match = known.find(values("B", "1"))
    assert (match.number, match.by) == (0, BY_CODE)


def test_different_codes_never_match() -> None:
    assert book(("A", "1", HERE)).find(values("A", "2")).number == NONE


def test_codes_differ_when_they_are_written_differently() -> None:
    assert book(("A", "007", HERE)).find(values("A", "7")).number == NONE


@pytest.mark.parametrize(("kept", "asked"), [("1", ""), ("", "1"), ("", "")])
def test_name_and_address_decide_where_a_code_is_missing(kept: str, asked: str) -> None:
    known = book(("Café  Rose", kept, HERE), ("Other", "9", HERE))
    match = known.find(values("café rose ", asked, Address("1 MAIN ST", "12345", "rome")))
    assert (match.number, match.by) == (0, BY_NAME)
    assert known.find(values("Café Rose", asked, THERE)).number == NONE


def test_two_that_fit_are_too_many() -> None:
    assert book(("A", "1", HERE), ("A", "2", HERE)).find(values("A")).number == MANY
    assert book(("A", "", HERE), ("A", "", HERE)).find(values("A", "1")).number == MANY


def test_with_a_code_only_records_without_one_can_fit() -> None:
    assert book(("A", "1", HERE), ("A", "", HERE)).find(values("A", "2")).number == 1


def test_a_code_given_by_a_row_counts_from_then_on() -> None:
    known = book(("A", "", HERE))
    assert known.find(values("A", "1")).number == 0
    known.coded(0, "1")
    assert known.find(values("A", "1")).by == BY_CODE
    assert known.find(values("A", "2")).number == NONE


def test_our_own_id_comes_before_all() -> None:
    known = book(("A", "1", HERE), ("B", "2", HERE))
    match = known.find(values("A", "1"), known.id_of(1))
    assert (match.number, match.by) == (1, BY_ID)
    assert known.find(values("A", "1"), ids.fresh()).number == 0


def test_a_shared_phone_never_decides() -> None:
    known = Customers()
    known.add(ids.fresh(), "A", "", HERE, "+86 138 0013 8000", {})
    assert known.sharing("13800138000") == 0 and known.sharing("13800138001") == NONE
    assert known.sharing("12345") == NONE
    assert known.find({"name": "B", "phone": "+86 138 0013 8000"}).number == NONE


def test_fields_named_by_a_person_decide_instead() -> None:
    known = Customers(("email",))
    known.add(ids.fresh(), "A", "1", HERE, "", {"email": "a@example.com"})
    assert known.find({"name": "B", "code": "2", "email": "A@example.com"}).number == 0
    assert known.find({"name": "A", "code": "1"}).number == NONE


def test_fields_to_match_by_are_checked() -> None:
    def path(name: str) -> str:
        return paths.path_of(name, "customer", KNOWN)

    assert match_fields("code, email", path, "customer") == ("code", "email")
    with pytest.raises(Invalid):
        match_fields("wechat", path, "customer")
    with pytest.raises(Invalid):
        match_fields("nonsense", path, "customer")


def test_contacts_match_within_their_customer() -> None:
    people = Contacts()
    one, two = ids.fresh(), ids.fresh()
    first = people.add(ids.fresh(), one, "Ana Trujillo", "ana@example.com")
    people.add(ids.fresh(), two, "Ana Trujillo", "")
    assert people.find(one, {"name": "ana  trujillo"}).number == first
    assert people.find(one, {"name": "A. T.", "email": "ANA@example.com"}).number == first
    assert people.find(None, {"name": "Ana Trujillo"}).number == NONE
    people.add(ids.fresh(), two, "Ana Trujillo", "")
    assert people.find(two, {"name": "Ana Trujillo"}).number == MANY


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 50)), max_size=300))
def test_the_table_answers_like_a_dictionary(pairs: list[tuple[str, int]]) -> None:
    table, model = KeyTable(), {}  # type: ignore[var-annotated]
    for key, number in pairs:
        table.add(key, number)
        model.setdefault(key, set()).add(number)
    for key, numbers in model.items():
        assert table.find(key) == (next(iter(numbers)) if len(numbers) == 1 else MANY)
    assert table.find("not there") == NONE and len(table) == len(model)


def test_a_hundred_thousand_keys_take_few_bytes() -> None:
    table, rng = KeyTable(), random.Random(1)
    keys = [f"{rng.random()}" for _ in range(100_000)]
    for number, key in enumerate(keys):
        table.add(key, number)
    assert all(table.find(key) == number for number, key in enumerate(keys))
    size = sys.getsizeof(table._hashes) + sys.getsizeof(table._numbers)
    assert size / len(keys) < 40
