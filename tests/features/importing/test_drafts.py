"""What becomes of the cells of a row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.features.crm.importing import headings
from app.model.values import Address, Money, Position
from tests.features.importing.files import draft_of, drafts, put
from tests.lookalike import restaurants_csv, suppliers_csv


def kinds(draft: object) -> list[str]:
    return [kind for kind, _column, _text in draft.warnings]  # type: ignore[attr-defined]


def test_the_lookalike_of_restaurants_becomes_customers_without_refusals(tmp_path: Path) -> None:
    found = drafts(put(tmp_path, restaurants_csv()))
    assert not [draft for draft in found if draft.reject]
    names = {draft.customer["name"] for draft in found}
    assert {"CAFÉ DÉJÀ VU", "EL NIÑO’S", "SMØRREBRØD – BAR", "ALL YOU CAN EAT €9"} <= names
    odd = [draft for draft in found if "odd_postcode" in kinds(draft)]
    assert odd and all(draft.customer["address"].postcode == "CA" for draft in odd)
    assert "no_address" in kinds(found[-1]) and found[-1].customer["address"].city == "San Francisco"


def test_the_lookalike_of_suppliers_is_put_right_where_a_street_has_a_comma(tmp_path: Path) -> None:
    found = drafts(put(tmp_path, suppliers_csv()))
    assert not [draft.reject for draft in found if draft.reject]
    joined = [draft for draft in found if "joined" in kinds(draft)]
    assert len(joined) == 10
    assert all(draft.customer["address"].country in ("France", "Brazil") for draft in joined)
    assert all(", " in draft.customer["address"].street for draft in joined)
    assert found[0].customer["address"].region == "" and "NULL" not in str(found[0].customer)
    assert found[0].contact == {"name": "María Andersson", "role": "Owner"}


def test_a_row_that_cannot_be_put_right_is_rejected() -> None:
    draft = draft_of(["name", "city"], ("A", "B", "C"))
    assert "3 cells" in draft.reject


@pytest.mark.parametrize("word", ["NULL", "null", "(null)", "N/A", "#N/A", "\\N", " NULL "])
def test_words_that_programs_write_for_nothing_are_empty_everywhere(word: str) -> None:
    draft = draft_of(["name", "phone", "city"], ("A", word, word))
    assert "phone" not in draft.customer and "address" not in draft.customer
    assert draft_of(["name", "phone"], (word, "1")).reject == "The name is missing."


@pytest.mark.parametrize("word", ["-", "无", "None", "暂无", "—"])
def test_what_people_write_for_nothing_is_empty_but_may_be_a_name(word: str) -> None:
    assert "phone" not in draft_of(["name", "phone"], ("A", word)).customer
    assert draft_of(["name", "phone"], (word, "1")).customer["name"] == word


def test_the_words_can_be_decided_for_a_file() -> None:
    draft = draft_of(["name", "phone"], ("A", "NULL"), empty_words=frozenset(), empty_signs=frozenset())
    assert draft.customer["phone"] == "NULL"
    assert "null" in headings.EMPTY_WORDS


def test_names_are_joined_in_the_order_of_their_language() -> None:
    columns = ["Company", "Salutation", "First Name", "Middle Name", "Last Name"]
    assert draft_of(columns, ("X", "Dr.", "Ana", "M.", "Trujillo")).contact == {"name": "Dr. Ana M. Trujillo"}
    assert draft_of(columns, ("X", "", "佳丽", "", "王")).contact == {"name": "王佳丽"}
    assert draft_of(columns, ("X", "Mr.", "", "", "")).contact is None


def test_addresses_of_several_lines_and_chinese_parts() -> None:
    draft = draft_of(["name", "Street", "Street2", "City"], ("A", "1 Main St\nFloor 2", "Back door", "Rome"))
    assert draft.customer["address"] == Address("1 Main St, Floor 2, Back door", "", "Rome")
    draft = draft_of(
        ["客户名称", "省", "市", "区", "详细地址"], ("甲", "上海", "上海市", "浦东新区", "世纪大道1号")
    )
    assert draft.customer["address"] == Address("浦东新区世纪大道1号", "", "上海市", "上海", "")


def test_positions_are_checked_and_never_refuse_a_row() -> None:
    columns = ["name", "latitude", "longitude"]
    assert draft_of(columns, ("A", "37.786848", "-122.421547")).customer["position"] == Position(
        37786848, -122421547
    )
    assert draft_of(columns, ("A", "52,5", "13,4")).customer["position"] == Position(52500000, 13400000)
    for lat, lon in (("0", "0"), ("95", "10"), ("north", "1")):
        draft = draft_of(columns, ("A", lat, lon))
        assert "position" not in draft.customer and kinds(draft) == ["odd_position"]


def test_phones_stay_as_people_wrote_them() -> None:
    for phone in ("+86 138-0013-8000", "(5) 555-4729", "030/12345 ext. 7", "+14155550100"):
        assert draft_of(["name", "phone"], ("A", phone)).customer["phone"] == phone
    assert draft_of(["name", "phone"], ("A", "１３８００１３８０００")).customer["phone"] == "13800138000"
    assert kinds(draft_of(["name", "phone"], ("A", "8.61380E+12"))) == ["damaged_number"]


def test_mail_addresses_are_checked_and_further_ones_kept() -> None:
    draft = draft_of(["name", "email"], ("A", "a@example.com; b@example.com"))
    assert draft.customer["email"] == "a@example.com" and draft.customer["notes"] == "b@example.com"
    assert draft_of(["name", "email"], ("A", "Ana <a@example.com>")).customer["email"] == "a@example.com"
    draft = draft_of(["name", "email"], ("A", "not an address"))
    assert draft.column == "email" and "is not an e-mail address" in draft.reject


def test_choices_understand_other_programs() -> None:
    def stage(word: str) -> str | None:
        return draft_of(["name", "Status"], ("A", word)).customer.get("stage")

    assert [stage(w) for w in ("Prospect", "Customer", "成交客户", "active", "At risk")] == [
        "lead", "active", "active", "active", "at_risk",
    ]  # fmt: skip
    assert draft_of(["name", "Industry"], ("A", "Food & Beverage")).customer["kind"] == "restaurant"
    assert draft_of(["name", "客户类型"], ("A", "连锁咖啡厅")).customer["kind"] == "cafe"
    assert draft_of(["name", "Payment Terms"], ("A", "30 Days")).customer["payment_terms"] == "net30"
    odd = draft_of(["name", "Status"], ("A", "purple"))
    assert "stage" not in odd.customer and kinds(odd) == ["unknown_choice"] and not odd.reject


def test_languages_days_money_and_tags() -> None:
    columns = ["Company", "Contact Name", "Language", "Birthday", "Credit Limit", "Tags"]
    draft = draft_of(columns, ("X", "Ana", "zh_CN", "12.04.1985", "1.500,50 €", "b, a、c"))
    assert draft.contact == {"name": "Ana", "language": "zh", "birthday": date(1985, 4, 12)}
    assert draft.customer["credit_limit"] == Money(150050, "EUR")
    assert draft.customer["tags"] == ("a", "b", "c")
    assert draft_of(columns, ("X", "Ana", "", "4/12/1985", "", "")).contact["birthday"] == date(1985, 4, 12)  # type: ignore[index]
    assert draft_of(columns, ("X", "Ana", "", "13/4/1985", "", "")).contact["birthday"] == date(1985, 4, 13)  # type: ignore[index]
    bare = draft_of(columns, ("X", "Ana", "", "someday", "1500", "* myContacts ::: Key, accounts"))
    assert kinds(bare) == ["no_currency", "odd_day"] and bare.contact["notes"] == "someday"  # type: ignore[index]
    assert bare.customer["tags"] == ("Key, accounts", "myContacts")
    assert draft_of(columns, ("X", "", "", "", "1500", ""), currency="CNY").customer["credit_limit"] == Money(
        150000, "CNY"
    )


def test_long_notes_are_shortened_with_a_warning_and_lines_joined() -> None:
    draft = draft_of(["name", "Description", "Comments"], ("A", "one\ntwo", "three"))
    assert draft.customer["notes"] == "one / two; three"
    long = draft_of(["name", "notes"], ("A", "x" * 5000))
    assert len(long.customer["notes"]) == 1000 and kinds(long) == ["too_long"]


def test_a_customer_with_a_number_but_no_person() -> None:
    draft = draft_of(["客户名称", "手机", "微信"], ("甲餐厅", "13800138000", "jia"))
    assert draft.customer["phone"] == "13800138000"
    assert draft.contact == {"name": "甲餐厅", "wechat": "jia"}


def test_a_person_alone_makes_the_customer() -> None:
    draft = draft_of(["First Name", "Last Name", "Company"], ("Ana", "Trujillo", ""))
    assert draft.customer["name"] == "Ana Trujillo" and kinds(draft) == ["named_after"]


def test_faults_name_their_column() -> None:
    assert draft_of(["Customer Name", "phone"], ("", "1")).column == "Customer Name"
    draft = draft_of(["name", "Customer Code"], ("A", "x" * 100))
    assert draft.column == "Customer Code" and "shorten" in draft.reject
