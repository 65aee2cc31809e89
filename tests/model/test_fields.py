"""Every kind of field keeps what it takes, reads back what it wrote, and says what to do about the rest."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Invalid
from app.ids import Id
from app.model.encoding import canonical, decode
from app.model.fields import (
    DAYS,
    KINDS,
    Amount,
    Choice,
    Choices,
    Day,
    Elements,
    Email,
    Field,
    Link,
    Links,
    LongText,
    Moment,
    Number,
    Phone,
    Place,
    Postal,
    Tags,
    Text,
    Web,
    Windows,
    YesNo,
    named,
)  # fmt: skip
from app.model.values import Address, Money, Position

OPTIONS = (("it", "Italian"), ("Italian", "The other one"), ("IT", "Capitals"), ("zh", "Chinese"))
"""On purpose: the label of one is the value of another, and two differ by case alone."""

FIELDS: dict[str, Field] = {
    cls.kind: named(field, "field")
    for cls, field in (
        (Text, Text("T")), (LongText, LongText("T")), (Choice, Choice("T", options=OPTIONS)), (Phone, Phone("T")),
        (Choices, Choices("T", options=OPTIONS)), (Email, Email("T")), (Web, Web("T")), (Postal, Postal("T")),
        (Day, Day("T")), (Moment, Moment("T")), (Amount, Amount("T")), (Number, Number("T", unit="kg")),
        (YesNo, YesNo("T")), (Link, Link("T", to="customer")), (Links, Links("T", to="customer")),
        (Elements, Elements("T")), (Tags, Tags("T")), (Windows, Windows("T")), (Place, Place("T")),
    )
}  # fmt: skip

# Any text at all: also halves of surrogate pairs, controls, separators of lines and of this program.
wild = st.text(
    st.one_of(st.characters(), st.sampled_from("|\\;；\n\r\t\x00\x1f\u2028\ud800 　，,./:'")), max_size=70
)
some_id = st.binary(min_size=16, max_size=16).map(Id)
option = st.sampled_from([value for value, _label in OPTIONS])
window = st.builds(
    lambda day, start, length: f"{day} {start // 60}:{start % 60:02}-{(start + length) // 60}:{(start + length) % 60:02}",
    st.sampled_from(DAYS), st.integers(0, 1000), st.integers(1, 440),
)  # fmt: skip

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": wild,
    "long_text": wild,
    "choice": st.one_of(st.just(""), option),
    "choices": st.lists(option),
    "phone": wild,
    "email": st.one_of(st.just(""), st.emails()),
    "web": st.one_of(st.just(""), st.from_regex(r"\A(https?://)?[a-z]{1,9}\.[a-z]{2,5}/[!-~]{0,20}\Z")),
    "address": st.builds(Address, wild, wild, wild, wild, wild),
    "day": st.one_of(st.none(), st.dates()),
    "moment": st.one_of(st.none(), st.integers(0, 253_402_300_799_999)),
    "money": st.one_of(
        st.none(),
        st.builds(
            Money, st.integers(-(2**53) + 1, 2**53 - 1), st.sampled_from(("EUR", "CNY", "JPY", "KWD", "USD"))
        ),
    ),
    "number": st.one_of(st.none(), st.decimals(allow_nan=False, allow_infinity=False)),
    "yes_no": st.booleans(),
    "link": st.one_of(st.none(), some_id),
    "links": st.lists(some_id, max_size=5),
    "elements": st.lists(wild, max_size=6),
    "tags": st.lists(wild, max_size=6),
    "windows": st.lists(window, max_size=6),
    "position": st.one_of(
        st.none(),
        st.builds(Position, st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000)),
    ),
}

REMEDY = re.compile(
    r"Please|Write|Give|looks like|is not one of|goes from|There is room for|five parts at most|Use one that"
)


def clean(field: Field, value: Any) -> Any:
    """The value as kept, or None where the field does not take it, which it must explain."""
    try:
        return field.clean(value)
    except Invalid as error:
        explained(field, error)
        return ...


def explained(field: Field, error: Invalid) -> None:
    """Refusals name the field, what was wrong and what to do, in a sentence of bearable length."""
    assert error.field == "field"
    assert REMEDY.search(error.text), error.text
    assert error.text.rstrip("”").endswith("."), error.text
    assert len(error.text) < 220, error.text


def test_every_kind_is_tested() -> None:
    assert FIELDS.keys() == VALUES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_kept_survives_every_form(kind: str, data: st.DataObject) -> None:
    field = FIELDS[kind]
    kept = clean(field, data.draw(VALUES[kind]))
    if kept is ...:
        return
    assert field.clean(kept) == kept, "cleaning twice"
    assert field.parse(field.text(kept)) == kept, "through text"
    wire = field.to_wire(kept)
    travelled = decode(canonical(wire))
    assert field.from_wire(travelled) == kept, "through the wire"
    assert canonical(field.to_wire(field.parse(field.text(kept)))) == canonical(wire), "one form on the wire"
    row = field.to_row(travelled)
    assert len(row) == len(field.columns)
    assert field.from_row(*row) == kept, "through the row"
    assert canonical(field.row_to_wire(*row)) == canonical(wire), "from the row to the wire"
    assert field.plain == (wire == kept and row == (kept,)) or not field.plain


@pytest.mark.parametrize("kind", KINDS)
@given(text=wild)
@settings(max_examples=80, deadline=None)
def test_any_text_is_taken_or_explained(kind: str, text: str) -> None:
    field = FIELDS[kind]
    try:
        value = field.parse(text)
    except Invalid as error:
        explained(field, error)
        return
    assert field.parse(field.text(value)) == value
    assert field.clean(value) == value


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_empty_in_every_form(kind: str) -> None:
    field = FIELDS[kind]
    assert field.parse("") == field.empty
    assert field.parse(" ") == field.empty
    assert field.from_wire(None) == field.empty
    assert field.from_row(*field.to_row(None)) == field.empty


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "yes_no"])
def test_required_fields_ask_to_be_filled_in(kind: str) -> None:
    make: Any = type(FIELDS[kind])
    field = named(make("T", required=True, **options(kind)), "field")
    with pytest.raises(Invalid) as caught:
        field.parse("")
    explained(field, caught.value)
    with pytest.raises(Invalid):
        field.clean(field.empty)


def options(kind: str) -> dict[str, Any]:
    return {"options": OPTIONS} if kind in ("choice", "choices") else {}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  A\tB\x00C ", "A B C"),
        ("long_text", "a\r\nb\rc ", "a\nb\nc"),
        ("choice", "it", "it"), ("choice", "IT", "IT"), ("choice", "italian", "Italian"), ("choice", "chinese", "zh"),
        ("choice", "ZH", "zh"), ("choice", "the other one", "Italian"),
        ("yes_no", "是", True), ("yes_no", "No", False),
        ("day", "2026-11-23", date(2026, 11, 23)), ("day", "2026/1/2", date(2026, 1, 2)),
        ("day", "2026年1月2日", date(2026, 1, 2)), ("day", "2026-11-23T10:00:00", date(2026, 11, 23)),
        ("moment", "1970-01-01T00:00:01.005+00:00", 1005), ("moment", "1970-01-01T01:00:00+01:00", 0),
        ("moment", "9999-12-31T23:59:59.999999+00:00", 253_402_300_799_999),
        ("money", "1500.00 EUR", Money(150_000, "EUR")), ("money", "EUR 1,500", Money(150_000, "EUR")),
        ("money", "1'234'567.5 chf", Money(123_456_750, "CHF")), ("money", "1500 JPY", Money(1500, "JPY")),
        ("money", "1.250 KWD", Money(1250, "KWD")), ("money", "-0.05 EUR", Money(-5, "EUR")),
        ("number", "2.50 kg", Decimal("2.5")), ("number", "1 000", Decimal(1000)), ("number", "-0", Decimal(0)),
        ("number", "1e3", Decimal(1000)),
        ("address", "Hauptstr. 1 | 80331 | München", Address("Hauptstr. 1", "80331", "München")),
        ("address", "a \\| b", Address("a | b")), ("address", " |  | Köln", Address("", "", "Köln")),
        ("position", "48.137154, 11.576124", Position(48_137_154, 11_576_124)),
        ("tags", "b; a；a; ", ("a", "b")), ("windows", "MO 6:00 – 10:30", ("mo 06:00-10:30",)),
    ],
)  # fmt: skip
def test_texts_that_people_write(kind: str, text: str, value: Any) -> None:
    assert FIELDS[kind].parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "x" * 201), ("long_text", "x" * 20_001), ("choice", "french"), ("choices", "it; french"),
        ("email", "anna"), ("email", "anna@host"), ("email", "an na@example.com"), ("web", "javascript:alert(1)"),
        ("web", "not a page"), ("yes_no", "perhaps"), ("day", "23.11.2026"), ("day", "2026-02-30"),
        ("day", "2026-11-239"), ("moment", "yesterday"), ("moment", "1969-12-31T23:59:59+00:00"),
        ("money", "1500"), ("money", "1500 EURO"), ("money", "1,50 EUR"), ("money", "1.500 EUR"),
        ("money", "1.500,00 EUR"), ("money", "0.5 JPY"), ("money", "99999999999999999999999 EUR"), ("number", "1,5"),
        ("number", "NaN"), ("number", "1e99"), ("number", "lots"), ("address", "a|b|c|d|e|f"), ("position", "48.1"),
        ("position", "91, 0"), ("position", "1e99999999, 0"), ("position", "NaN, 0"), ("link", "nobody"),
        ("links", "nobody"), ("tags", "x" * 61), ("windows", "mo 10:00-09:00"), ("windows", "xx 10:00-11:00"),
        ("windows", "mo 10:60-11:00"), ("elements", "; ".join(map(str, range(101)))),
    ],
)  # fmt: skip
def test_texts_that_are_refused(kind: str, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        FIELDS[kind].parse(text)
    explained(FIELDS[kind], caught.value)


def test_limits_of_numbers_are_explained() -> None:
    field = named(Number("T", minimum=1, maximum=9), "field")
    for value in (Decimal(0), Decimal(10)):
        with pytest.raises(Invalid) as caught:
            field.clean(value)
        explained(field, caught.value)


def test_a_day_is_not_a_moment() -> None:
    from datetime import UTC, datetime

    with pytest.raises(Invalid):
        FIELDS["day"].clean(datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(Invalid):
        FIELDS["day"].clean("2026-01-01")
    assert FIELDS["day"].clean(date(2026, 1, 1) + timedelta(1)) == date(2026, 1, 2)


def test_an_unknown_option_of_a_declaration_is_our_mistake() -> None:
    with pytest.raises(TypeError):
        Text("T", requird=True)
