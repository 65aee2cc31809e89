"""Claims about forms and editors."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app import i18n, ids
from app.errors import Invalid
from app.features.crm.activities import Activity
from app.features.crm.customers import Customer
from app.model.entity import entities, entity_of
from app.model.fields import (
    KINDS,
    Amount,
    Choices,
    Day,
    Elements,
    Link,
    Links,
    LongText,
    Moment,
    Number,
    Tags,
    Text,
    Windows,
    YesNo,
    named,
)
from app.model.values import Address, Money, Position
from tests.ui.conftest import asking
from ui.desk import Desk
from ui.fields import EDITORS, Hit, Lookup, editor
from ui.fields.reading import read_day, read_decimal, read_time
from ui.form import Form, Group

FULL: dict[str, Any] = {
    "name": "Zum Löwen",
    "legal_name": "Löwen Gastronomie GmbH",
    "kind": "restaurant",
    "stage": "at_risk",
    "code": "N-1042",
    "address": Address("Marienplatz 8", "80331", "München", "Bayern", "Germany"),
    "position": Position(48137154, 11576124),
    "windows": ("fr 05:00-07:00", "mo 06:00-10:30", "tu 06:00-10:30"),
    "access": "Ring twice",
    "phone": "+49 89 123456",
    "email": "info@loewen.example",
    "web": "www.loewen.example",
    "payment_terms": "net14",
    "tags": ("fish", "night delivery"),
    "notes": "王佳丽 asks for Lisa",
    "credit_limit": Money(150_050, "EUR"),
}


def customer_form(qtbot: QtBot) -> Form:
    form = Form(entity_of(Customer).fields, groups=[Group("Where", ("address", "windows"))])
    qtbot.addWidget(form)
    form.resize(900, 1200)
    form.show()
    return form


def test_every_kind_of_field_has_an_editor() -> None:
    assert set(EDITORS) | {"link", "links"} == set(KINDS)


def test_every_declared_kind_makes_a_form(qtbot: QtBot) -> None:
    for entity in entities():
        form = Form(entity.fields)
        qtbot.addWidget(form)
        assert not form.is_dirty


def test_what_is_loaded_comes_back_unchanged(qtbot: QtBot) -> None:
    form = customer_form(qtbot)
    form.load(FULL)
    assert not form.is_dirty
    assert form.changes() == {}
    values = form.values()
    assert {name: values[name] for name in FULL} == FULL


def test_only_changed_fields_are_given_to_save(qtbot: QtBot) -> None:
    form = customer_form(qtbot)
    form.load(FULL)
    line = form.editor("name").inner()
    assert isinstance(line, QLineEdit)
    line.setText("Goldener Löwe ")
    assert form.is_dirty
    assert form.changes() == {"name": "Goldener Löwe"}
    line.setText("Zum Löwen")
    assert not form.is_dirty


def test_everything_wrong_is_said_beside_its_field_at_once(qtbot: QtBot) -> None:
    form = customer_form(qtbot)
    form.load({**FULL, "email": "nobody", "name": ""})
    with pytest.raises(Invalid):
        form.values()
    assert set(form.troubles()) == {"name", "email"}
    name = form.editor("name").inner()
    assert isinstance(name, QLineEdit)
    assert "fill this in" in name.accessibleDescription()
    qtbot.keyClicks(name, "A")
    assert set(form.troubles()) == {"email"}


def test_an_error_from_below_goes_to_its_field(qtbot: QtBot) -> None:
    form = customer_form(qtbot)
    assert form.show_invalid("code", "Taken already.")
    assert form.troubles() == {"code": "Taken already."}
    assert not form.show_invalid("nothing", "?")


def test_a_draft_brings_back_what_was_typed_right_or_wrong(qtbot: QtBot) -> None:
    form, again = customer_form(qtbot), customer_form(qtbot)
    form.load(FULL)
    for name, text in (("email", "half@"), ("credit_limit", "12x")):
        inner = form.editor(name).inner()
        assert isinstance(inner, QLineEdit)
        inner.setText(text)
    state = form.state()
    assert set(state) == {"email", "credit_limit"}
    again.load(FULL)
    again.restore(state)
    assert again.state() == state
    again.restore({"gone": "x", "email": 3, "windows": "no", "address": None, "tags": [1]})


def test_a_wide_form_has_two_columns_and_a_narrow_one(qtbot: QtBot) -> None:
    form = customer_form(qtbot)
    form.resize(900, 1200)
    name, legal = form.lines["name"], form.lines["legal_name"]
    qtbot.waitUntil(lambda: name.y() == legal.y())
    form.resize(400, 1200)
    qtbot.waitUntil(lambda: name.y() < legal.y())


def test_tab_follows_the_order_on_screen(qtbot: QtBot) -> None:
    form = customer_form(qtbot)
    assert list(form.lines)[:2] == ["address", "windows"]


def test_every_editor_has_a_name_for_screen_readers(qtbot: QtBot) -> None:
    form = customer_form(qtbot)
    for name, line in form.lines.items():
        assert line.editor.inner().accessibleName(), name
        for edit in line.editor.findChildren(QLineEdit):
            assert edit.accessibleName() or edit.parent() is not line.editor, name


def test_fields_that_may_not_be_edited_can_be_read(qtbot: QtBot) -> None:
    form = customer_form(qtbot)
    form.load(FULL)
    form.set_read_only(True)
    name = form.editor("name").inner()
    assert isinstance(name, QLineEdit)
    qtbot.keyClicks(name, "x")
    assert form.changes() == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Text("T"), "x"),
        (LongText("T"), "one\ntwo"),
        (Choices("T", options=(("a", "Alpha"), ("b", "Beta"))), ("a", "b")),
        (Tags("T"), ("a b", "c")),
        (Elements("T"), ("a", "b")),
        (Day("T"), date(1984, 2, 29)),
        (Moment("T"), 1_780_000_012_345),
        (Amount("T"), Money(5, "JPY")),
        (Amount("T"), Money(-123_456_789, "KWD")),
        (Number("T", unit="kg"), Decimal("1234.5678")),
        (YesNo("T"), True),
        (Windows("T"), ("mo 06:00-10:30", "su 00:00-24:00")),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_editors_lose_nothing(qtbot: QtBot, language: str, field: Any, value: Any) -> None:
    i18n.use(language)
    made = editor(named(field, "f"))
    qtbot.addWidget(made)
    made.show_value(value)
    assert made.value() == value
    raw = made.raw()
    made.show_value(field.empty)
    assert made.value() == field.empty
    made.show_raw(raw)
    assert abs(made.value() - value) < 60_000 if field.kind == "moment" else made.value() == value


def test_chips_are_added_by_comma_and_taken_by_backspace(qtbot: QtBot) -> None:
    made = editor(named(Tags("Tags"), "tags"))
    qtbot.addWidget(made)
    made.show()
    line = made.inner()
    qtbot.keyClicks(line, "fish,night,")
    qtbot.keyClicks(line, "open")
    assert made.value() == ("fish", "night", "open")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.keyClick(line, Qt.Key.Key_Backspace)
    assert made.value() == ("fish", "night")


def test_a_choice_of_a_newer_version_is_kept(qtbot: QtBot) -> None:
    made = editor(entity_of(Customer).field("stage"))
    qtbot.addWidget(made)
    made.show_value("dormant")
    assert made.raw() == "dormant"


def test_scrolling_over_a_choice_does_not_change_it(qtbot: QtBot) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication, QComboBox

    made = editor(entity_of(Customer).field("stage"))
    qtbot.addWidget(made)
    made.show_value("active")
    box = made.findChild(QComboBox)
    assert box is not None
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, event)
    assert made.value() == "active"


def test_a_link_is_found_by_typing(qtbot: QtBot, desk: Desk) -> None:
    one, two = ids.fresh(), ids.fresh()
    names = {one: "Zum Löwen", two: "Löwenbräu"}
    lookup = Lookup(
        find=lambda text: desk.ask(
            desk, asking(lambda view: [Hit(i, n, "München") for i, n in names.items() if text in n])
        ),
        title=lambda id_: desk.ask(desk, asking(lambda view: names[id_])),
    )
    made = editor(entity_of(Activity).field("customer"), {"customer": lookup})
    qtbot.addWidget(made)
    made.show()
    line = made.inner()
    qtbot.keyClicks(line, "br")
    completer = line.completer()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: completer.model().rowCount() == 1)
    with pytest.raises(Invalid):
        made.value()
    line._take(completer.model().index(0, 0))  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: line.text() == "Löwenbräu")  # type: ignore[attr-defined]
    assert made.value() == two
    made.show_value(one)
    qtbot.waitUntil(lambda: line.text() == "Zum Löwen")  # type: ignore[attr-defined]
    assert made.value() == one


def test_several_links_are_chips(qtbot: QtBot, desk: Desk) -> None:
    one = ids.fresh()
    lookup = Lookup(
        find=lambda text: desk.ask(desk, asking(lambda view: [])),
        title=lambda id_: desk.ask(desk, asking(lambda view: "A")),
    )
    made = editor(named(Links("Others", to="customer"), "others"), {"customer": lookup})
    qtbot.addWidget(made)
    made.show_value((one,))
    qtbot.waitUntil(lambda: made.chips._chips[0][1].text == "A")  # type: ignore[attr-defined]
    assert made.value() == (one,)
    assert editor(named(Link("L", to="x"), "l")) is not None


TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", None),
        ("2026-12-24", date(2026, 12, 24)),
        ("24 Dec 2026", date(2026, 12, 24)),
        ("24 december", date(2026, 12, 24)),
        ("Dec 24, 2026", date(2026, 12, 24)),
        ("24.12.", date(2026, 12, 24)),
        ("24.12.26", date(2026, 12, 24)),
        ("3/4/61", date(1961, 4, 3)),
        ("2026年12月24日", date(2026, 12, 24)),
        ("12月24日", date(2026, 12, 24)),
        ("today", TODAY),
        ("明天", date(2026, 11, 24)),
        ("+7", date(2026, 11, 30)),
        ("-1", date(2026, 11, 22)),
    ],
)
def test_days_are_read_as_people_write_them(text: str, day: date | None) -> None:
    assert read_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["31.2.", "soon", "2026-13-01", "40", "1.1.99999"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_day(text, TODAY)


@pytest.mark.parametrize(
    ("text", "time"),
    [("14:30", (14, 30)), ("1430", (14, 30)), ("9", (9, 0)), ("9.15", (9, 15)), ("2:30 pm", (14, 30)), ("24:00", (24, 0)),
     ("下午2点", (14, 0)), ("下午2:30", (14, 30)), ("12 am", (0, 0)), ("25:00", None), ("9:75", None)],
)  # fmt: skip
def test_times_are_read_as_people_write_them(text: str, time: tuple[int, int] | None) -> None:
    if time is None:
        with pytest.raises(ValueError):
            read_time(text)
    else:
        assert read_time(text) == time


@pytest.mark.parametrize(
    ("text", "number"),
    [("", None), ("1,234.5", "1234.5"), ("1.234,5", "1234.5"), ("12,5", "12.5"), ("1 234", "1234"), ("1,234", "1234"),
     ("-0.10", "-0.10"), ("1'000", "1000")],
)  # fmt: skip
def test_numbers_are_read_with_either_point(text: str, number: str | None) -> None:
    assert read_decimal(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize("text", ["x", "1.2.3,4,5", "--1", "NaN", "Infinity", "1e999999999999"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_decimal(text)


def test_a_moment_shown_and_not_touched_keeps_its_seconds(qtbot: QtBot) -> None:
    made = editor(named(Moment("When"), "at"))
    qtbot.addWidget(made)
    at = 1_795_424_887_006
    made.show_value(at)
    assert made.value() == at
