"""Claims about a customer's page: saving, drafts, deciding, timeline, contacts, history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.errors import NotFound
from app.features import lists, records
from app.features.crm import activities, contacts, custom_fields, customers, sites, timeline
from app.features.crm.custom_fields import CustomField
from app.features.crm.customers import Customer
from app.features.crm.sites import Site
from app.features.lists import Listing
from app.gateway.session import Session
from app.ids import Id
from app.model.custom import definition_id
from app.model.values import Address, Money
from app.store.audit_log import AuditLog
from tests.builders import a_book, a_contact, a_customer, an_activity
from tests.gateway.devices import send, two_devices
from tests.ui.open_book import desk_over, settled, shown
from ui.desk import Desk
from ui.dialogs import Dialog, FormDialog
from ui.screens.customer import CustomerPage
from ui.widgets.banner import Banner
from ui.widgets.change_history import Change
from ui.widgets.child_card import Card
from ui.widgets.undecided import UndecidedMark

HOUR_MS = 3_600_000


@pytest.fixture
def session() -> Iterator[Session]:
    with a_book() as book:
        yield book


@pytest.fixture
def made(session: Session) -> Customer:
    return session.do(
        customers.add,
        a_customer(
            "Golden Wok", stage="lead", phone="+49 89 123456", tags=("bio",), address=Address(city="Munich"),
            credit_limit=Money(50_000, "EUR"),
        ),
    )  # fmt: skip


@pytest.fixture
def desk(qtbot: QtBot, session: Session) -> Iterator[Desk]:
    with desk_over(session) as desk:
        yield desk


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, made: Customer) -> CustomerPage:
    return opened(qtbot, desk, made.id)


def opened(qtbot: QtBot, desk: Desk, id_: Id | None, **where: Any) -> CustomerPage:
    screen = CustomerPage(desk)
    shown(qtbot, screen, 1300, 900)
    screen.arrive({"kind": "customer", "id": id_, **where})
    settled(qtbot, desk, lambda: screen.form.form is not None and (screen.opened is not None or id_ is None))
    return screen


def line(page: CustomerPage, name: str) -> QLineEdit:
    assert page.form.form is not None
    inner = page.form.form.editor(name).inner()
    assert isinstance(inner, QLineEdit)
    return inner


def now(session: Session, id_: Id) -> Any:
    return session.ask(records.open_one, "customer", id_).record


# Showing and saving


def test_the_head_says_who_it_is_at_a_glance(page: CustomerPage) -> None:
    assert page.header.title.text() == "Golden Wok"
    assert page.header.subtitle.text() == "Munich"
    assert page.stage.text() == "Lead"
    assert [chip.text for chip in page.tags] == ["bio"]
    assert page.quick["phone"].text() == "+49 89 123456" and page.quick["email"].isHidden()


def test_saving_sends_the_changed_fields_alone(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    said: list[tuple[str, bool]] = []
    desk.said.connect(lambda text, undo: said.append((text, undo)))
    line(page, "code").setText(" K 7 ")
    assert page.header.save.isVisible() and page.form.is_dirty
    session.do(customers.edit, made.id, {"email": "new@example.com"})  # a colleague, meanwhile
    settled(qtbot, desk)
    line(page, "code").setFocus()
    qtbot.keyClick(line(page, "code"), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, desk, lambda: not page.form.is_dirty and bool(said))
    record = now(session, made.id)
    assert (record.code, record.email) == ("K 7", "new@example.com")
    assert session.ask(records.open_one, "customer", made.id).undecided == 0
    assert said == [("The customer was saved.", True)]
    assert line(page, "code").text() == "K 7" and not page.header.save.isVisible()


def test_what_a_colleague_wrote_while_one_typed_is_not_overwritten_unseen(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    line(page, "phone").setText("+49 89 2")
    session.do(customers.edit, made.id, {"phone": "+49 89 3"})
    settled(qtbot, desk)
    assert line(page, "phone").text() == "+49 89 2"
    page.save()
    settled(qtbot, desk, lambda: bool(page.form.marks))
    assert page.opened is not None and page.opened.undecided == 1


def test_one_of_two_values_is_kept_with_one_press(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    seen = session.ask(records.open_one, "customer", made.id).seen
    session.do(customers.edit, made.id, {"phone": "+49 89 2"}, seen)
    session.do(customers.edit, made.id, {"phone": "+49 89 3"}, seen)
    page = opened(qtbot, desk, made.id)
    settled(qtbot, desk, lambda: bool(page.form.marks))
    mark = page.form.marks[0]
    assert mark.text() == "2 values to decide between" and mark.accessibleName().startswith("Phone")
    sheet = mark.open()
    keep = {button.accessibleName(): button for button in sheet.findChildren(QPushButton)}
    keep["Keep +49 89 2"].click()
    settled(qtbot, desk, lambda: not page.form.marks)
    assert now(session, made.id).phone == "+49 89 2" and line(page, "phone").text() == "+49 89 2"


def test_a_value_that_cannot_be_taken_is_said_beside_its_field(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    line(page, "email").setText("nobody")
    line(page, "code").setText("K 8")
    page.save()
    settled(qtbot, desk)
    assert page.form.form is not None and "email" in page.form.form.troubles()
    assert now(session, made.id).code == ""


def test_undo_brings_the_form_back(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    line(page, "code").setText("K 9")
    page.save()
    settled(qtbot, desk, lambda: now(session, made.id).code == "K 9" and not page.form.is_dirty)
    desk.undo(page)
    settled(qtbot, desk, lambda: line(page, "code").text() == "")


def test_the_stage_is_changed_from_the_head(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    menu = page.stage.menu()
    assert menu is not None
    next(action for action in menu.actions() if action.text() == "Active").trigger()
    settled(qtbot, desk, lambda: page.stage.text() == "Active")
    assert now(session, made.id).stage == "active"


def test_a_custom_field_is_edited_like_any_other(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    field = session.do(custom_fields.add, CustomField(label="Seats", of="customer", kind="number"))
    page = opened(qtbot, desk, made.id)
    name = page.form.custom[0].name
    line(page, name).setText("40")
    page.save()
    settled(qtbot, desk, lambda: not page.form.is_dirty)
    assert now(session, made.id).custom == {definition_id(name): "40"} and field.label == "Seats"


# Restricted


def test_restricted_fields_are_shown_when_asked_for_and_the_look_is_audited(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    assert page.form.form is not None and "credit_limit" not in page.form.form.lines
    page.form.restricted.button.click()
    settled(qtbot, desk, lambda: page.form.restricted.form is not None)
    audit = AuditLog(session.database.writer, session.identity.device).rows()
    assert any(row.command == "record.restricted" and row.outcome == "read" for row in audit)
    form = page.form.restricted.form
    assert form is not None
    form.editor("credit_limit").inner().setText("700")  # type: ignore[attr-defined]
    assert page.form.is_dirty
    page.save()
    settled(qtbot, desk, lambda: page.form.restricted.form is None)
    assert session.ask(records.restricted, "customer", made.id) == {"credit_limit": Money(70_000, "EUR")}


# Drafts


def test_what_was_typed_survives_a_crash(qtbot: QtBot, desk: Desk, session: Session, made: Customer) -> None:
    page = opened(qtbot, desk, made.id)
    line(page, "code").setText("half a co")
    page.form.drafts.flush()
    settled(qtbot, desk)
    with desk_over(session) as after:  # nothing of the first desk is asked again
        again = opened(qtbot, after, made.id)
        assert line(again, "code").text() == "half a co" and again.form.is_dirty
        assert "not saved yet" in again.banner.text
        again.save()
        settled(qtbot, after, lambda: not again.form.is_dirty)
        assert now(session, made.id).code == "half a co"
        assert session.recall_all("draft:") == {}


def test_going_to_another_customer_and_back_loses_nothing(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    other = session.do(customers.add, a_customer("Other"))
    line(page, "code").setText("typed")
    page.arrive({"kind": "customer", "id": other.id})
    settled(qtbot, desk, lambda: page.header.title.text() == "Other")
    assert line(page, "code").text() == "" and page.banner.text == ""
    page.arrive({"kind": "customer", "id": made.id})
    settled(qtbot, desk, lambda: page.header.title.text() == "Golden Wok")
    assert line(page, "code").text() == "typed"


def test_discarding_forgets_the_draft(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    line(page, "code").setText("typed")
    page.form.drafts.flush()
    page.header.discard.click()
    settled(qtbot, desk, lambda: not page.form.is_dirty)
    assert session.recall_all("draft:") == {} and line(page, "code").text() == ""


def test_a_draft_whose_field_changed_meanwhile_keeps_both_values(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    page = opened(qtbot, desk, made.id)
    line(page, "phone").setText("+49 89 2")
    page.leave()
    page.hide()
    session.do(customers.edit, made.id, {"phone": "+49 89 3"})
    settled(qtbot, desk)
    again = opened(qtbot, desk, made.id)
    again.save()
    settled(qtbot, desk, lambda: bool(again.form.marks))


def test_a_half_filled_new_customer_is_offered_again(qtbot: QtBot, desk: Desk, session: Session) -> None:
    page = opened(qtbot, desk, None)
    line(page, "name").setText("Nearly")
    page.leave()
    settled(qtbot, desk)
    with desk_over(session) as after:
        again = opened(qtbot, after, None)
        assert line(again, "name").text() == "Nearly" and "began this customer" in again.banner.text
        asked: list[tuple[str, object]] = []
        after.opened.connect(lambda kind, id_, _where: asked.append((kind, id_)))
        again.save()
        settled(qtbot, after, lambda: bool(asked))
        rows = session.ask(lists.listed, "customer", Listing())
        assert asked == [("customer", session.ask(lists.ids_of, "customer", rows)[0])]
        assert session.recall_all("draft:") == {}


def test_a_new_customer_needs_a_name(qtbot: QtBot, desk: Desk, session: Session) -> None:
    page = opened(qtbot, desk, None)
    assert page.side.isHidden() and page.header.save.text() == "Create"
    line(page, "code").setText("K 1")
    page.save()
    assert page.form.form is not None and page.form.form.troubles() == {"name": "Please fill this in."}


# Leaving, deleting, neighbours


def test_deleting_asks_first_and_goes_to_the_list(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    went: list[str] = []
    desk.shown.connect(lambda name, _where: went.append(name))
    page.actions_here.run("record.delete")
    sheet = page.window().findChildren(QDialog)[-1]
    assert sheet.windowTitle() == "Delete “Golden Wok”?"
    sheet.accept()
    settled(qtbot, desk, lambda: went == ["customers"])
    with pytest.raises(NotFound):
        now(session, made.id)


def test_a_customer_that_is_gone_says_so_and_comes_back_with_undo(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    session.do(customers.delete, [made.id])
    settled(qtbot, desk, lambda: page.stack.currentIndex() == 2)
    session.undo()
    settled(qtbot, desk, lambda: page.stack.currentIndex() == 1)


def test_the_next_customer_of_the_list_is_one_key_away(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    other = session.do(customers.add, a_customer("Zebra"))
    rows = session.ask(lists.listed, "customer", Listing())
    page = opened(qtbot, desk, made.id, among=rows, at=0)
    assert page.header.place.text() == "1 of 2" and not page.header.back.isEnabled()
    desk.opened.connect(lambda kind, id_, where: page.arrive({"kind": kind, "id": id_, **where}))
    page.actions_here.run("record.forth")
    settled(qtbot, desk, lambda: page.header.title.text() == "Zebra")
    assert page.id == other.id and page.header.place.text() == "2 of 2"


# Timeline


def test_a_sentence_and_enter_add_to_the_timeline(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    page.actions_here.run("customer.note")
    text = page.side.composer.text
    assert text.hasFocus()
    qtbot.keyClick(text, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClicks(text, "Wants a sample")
    qtbot.keyClick(text, Qt.Key.Key_Return)
    settled(qtbot, desk, lambda: len(page.side.timeline.model.entries) == 1)
    entry = page.side.timeline.model.entries[0]
    assert (entry.kind, entry.text, entry.by) == ("call", "Wants a sample", "Olga Owner")
    assert text.toPlainText() == "" and page.side.tabText(0) == "Timeline (1)"
    assert session.recall_all("draft:") == {}


def test_a_half_typed_sentence_stays_with_its_customer(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    other = session.do(customers.add, a_customer("Other"))
    page.side.composer.text.setPlainText("Half a sen")
    page.arrive({"kind": "customer", "id": other.id})
    settled(qtbot, desk, lambda: page.header.title.text() == "Other")
    assert page.side.composer.text.toPlainText() == ""
    page.arrive({"kind": "customer", "id": made.id})
    settled(qtbot, desk, lambda: page.side.composer.text.toPlainText() == "Half a sen")


def test_thousands_of_activities_come_a_few_at_a_time(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    for place in range(130):
        session.do(activities.add, an_activity(made.id, f"no {place}", at=place * HOUR_MS, kind="call"))
    page = opened(qtbot, desk, made.id)
    settled(qtbot, desk, lambda: bool(page.side.timeline.model.entries))
    assert page.side.timeline.model.total == 130 and len(page.side.timeline.model.entries) < 130
    for _turn in range(3):
        page.side.timeline.list.scrollToBottom()
        settled(qtbot, desk)
        model = page.side.timeline.model
        if model.canFetchMore(page.side.timeline.list.rootIndex()):
            model.fetchMore(page.side.timeline.list.rootIndex())
        settled(qtbot, desk)
    texts = [entry.text for entry in page.side.timeline.model.entries]
    assert texts == [f"no {place}" for place in reversed(range(130))]


def test_the_timeline_is_narrowed_to_a_kind(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    session.do(activities.add, an_activity(made.id, "called", kind="call"))
    session.do(activities.add, an_activity(made.id, "noted", kind="note"))
    settled(qtbot, desk, lambda: len(page.side.timeline.model.entries) == 2)
    assert (
        page.side.timeline.kinds["call"].text() == "Call 1"
        and not page.side.timeline.kinds["visit"].isEnabled()
    )
    page.side.timeline.kinds["call"].click()
    settled(qtbot, desk, lambda: len(page.side.timeline.model.entries) == 1)
    assert page.side.timeline.model.entries[0].text == "called"


def test_an_entry_is_deleted_with_a_key_and_undone(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    session.do(activities.add, an_activity(made.id, "wrong"))
    settled(qtbot, desk, lambda: len(page.side.timeline.model.entries) == 1)
    page.side.timeline.list.setCurrentIndex(page.side.timeline.model.index(1))
    qtbot.keyClick(page.side.timeline.list, Qt.Key.Key_Delete)
    settled(qtbot, desk, lambda: not page.side.timeline.model.entries)
    assert not page.side.timeline.empty.isHidden()
    desk.undo(page)
    settled(qtbot, desk, lambda: len(page.side.timeline.model.entries) == 1)


# Contacts and sites


def test_a_contact_is_added_on_the_page(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    page.actions_here.run("customer.contact")
    panel = page.side.people.panel
    assert panel is not None
    panel.form.editor("name").inner().setText("Ana Trujillo")  # type: ignore[attr-defined]
    page.side.people.save()
    settled(qtbot, desk, lambda: len(page.side.people.records) == 1)
    assert page.side.people.panel is None and page.side.tabText(1) == "Contacts (1)"
    assert page.side.people.findChild(Card).accessibleName() == "Ana Trujillo"  # type: ignore[union-attr]
    assert page.side.composer.contact.count() == 2


def test_a_contact_is_edited_in_its_place_and_its_draft_survives(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    ana = session.do(contacts.add, a_contact(made.id))
    page = opened(qtbot, desk, made.id)
    settled(qtbot, desk, lambda: len(page.side.people.records) == 1)
    page.side.people.open(page.side.people.records[0])
    settled(qtbot, desk, lambda: page.side.people.panel is not None)
    page.side.people.panel.form.editor("role").inner().setText("Chef")  # type: ignore[union-attr, attr-defined, unused-ignore]
    page.leave()
    settled(qtbot, desk)
    with desk_over(session) as after:
        again = opened(qtbot, after, made.id)
        settled(qtbot, after, lambda: len(again.side.people.records) == 1)
        again.side.people.open(again.side.people.records[0])
        settled(qtbot, after, lambda: again.side.people.panel is not None)
        again.side.people.save()
        settled(qtbot, after, lambda: again.side.people.panel is None)
    kept = session.ask(records.open_one, "contact", ana.id)
    assert kept.record.role == "Chef" and kept.undecided == 0  # type: ignore[attr-defined]
    assert session.recall_all("draft:") == {}


def test_two_values_of_a_contact_are_marked_and_decided_in_its_panel(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    ana = session.do(contacts.add, a_contact(made.id))
    seen = session.ask(records.open_one, "contact", ana.id).seen
    session.do(contacts.edit, ana.id, {"phone": "1"}, seen)
    session.do(contacts.edit, ana.id, {"phone": "2"}, seen)
    page = opened(qtbot, desk, made.id)
    settled(qtbot, desk, lambda: len(page.side.people.records) == 1)
    page.side.people.open(page.side.people.records[0])
    settled(qtbot, desk, lambda: page.side.people.findChild(UndecidedMark) is not None)
    mark = page.side.people.findChild(UndecidedMark)
    assert mark is not None
    mark._keep("1")
    settled(qtbot, desk, lambda: session.ask(records.open_one, "contact", ana.id).undecided == 0)
    assert session.ask(records.open_one, "contact", ana.id).record.phone == "1"  # type: ignore[attr-defined]


def test_opening_a_contact_shows_its_customer_with_the_contact_open(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    ana = session.do(contacts.add, a_contact(made.id))
    page = CustomerPage(desk)
    shown(qtbot, page, 1300, 900)
    page.arrive({"kind": "contact", "id": ana.id})
    settled(qtbot, desk, lambda: page.side.people.panel is not None)
    assert page.header.title.text() == "Golden Wok" and page.side.currentIndex() == 1


def test_a_delivery_site_shows_where_and_when(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    session.do(
        sites.add,
        Site(
            name="Back door",
            customer=made.id,
            address=Address("Hof 3", "80331", "Munich"),
            windows=("mo 06:00-07:00",),
        ),
    )
    page = opened(qtbot, desk, made.id)
    settled(qtbot, desk, lambda: len(page.side.places.records) == 1)
    name = page.side.places.findChild(Card).accessibleName()  # type: ignore[union-attr]
    assert name == "Back door, Hof 3, 80331 Munich, Mon 06:00-07:00"


# History


def test_the_history_puts_an_old_value_back(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer, page: CustomerPage
) -> None:
    session.do(customers.edit, made.id, {"phone": "+49 89 2", "tags": ("bio", "vip")})
    page.actions_here.run("customer.history")
    settled(qtbot, desk, lambda: len(page.side.history.model.lines) >= 4)
    changes = [one for one in page.side.history.model.lines if isinstance(one, Change)]
    assert {(one.label, one.before, one.after) for one in changes} == {
        ("Phone", "+49 89 123456", "+49 89 2"),
        ("Tags", "", "vip"),
    }
    for label in ("Phone", "Tags"):
        page.put_back(next(one.line for one in changes if one.label == label))
        settled(qtbot, desk)
    settled(qtbot, desk, lambda: now(session, made.id).phone == "+49 89 123456")
    assert now(session, made.id).tags == ("bio",)
    assert session.ask(timeline.kinds_of, made.id) == {}


def test_a_narrow_page_shows_the_form_as_a_tab(qtbot: QtBot, desk: Desk, page: CustomerPage) -> None:
    page.resize(800, 700)
    qtbot.waitUntil(lambda: page.side.count() == 5)
    assert page.side.tabText(0) == "Details" and page.form.isVisible()
    page.resize(1300, 900)
    qtbot.waitUntil(lambda: page.side.count() == 4)
    assert page.form.isVisible()


# Deleted here, edited there


@pytest.fixture
def disputed() -> Iterator[tuple[Session, Session, Id]]:
    """Two books that hold a customer which one device deleted while the other edited it."""
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer("Golden Wok"))
        here.do(contacts.add, a_contact(made.id))
        send(here, there)
        there.do(customers.edit, made.id, {"phone": "2"})
        here.do(customers.delete, [made.id])
        send(there, here)
        send(here, there)
        yield here, there, made.id


def ways(banner: Banner) -> dict[str, QPushButton]:
    return {button.text(): button for button in banner.findChildren(QPushButton) if button.isVisible()}


def test_what_one_deleted_and_another_edited_is_kept_with_one_press(
    qtbot: QtBot, disputed: tuple[Session, Session, Id]
) -> None:
    here, _there, id_ = disputed
    with desk_over(here) as desk:
        page = opened(qtbot, desk, id_)
        settled(qtbot, desk, lambda: page.decision.isVisible())
        assert "deleted this" in page.decision.text
        ways(page.decision)["Keep"].click()
        settled(qtbot, desk, lambda: not page.decision.isVisible())
        assert here.ask(records.open_one, "customer", id_).undecided == 0
        settled(qtbot, desk, lambda: len(page.side.people.records) == 1)


def test_what_one_deleted_and_another_edited_is_deleted_once_the_question_is_answered(
    qtbot: QtBot, disputed: tuple[Session, Session, Id]
) -> None:
    here, _there, id_ = disputed
    with desk_over(here) as desk:
        page = opened(qtbot, desk, id_)
        settled(qtbot, desk, lambda: page.decision.isVisible())
        ways(page.decision)["Delete"].click()
        question = page.window().findChild(Dialog)
        assert question is not None and page.decision.isVisible()
        question.yes.click()
        settled(qtbot, desk, lambda: len(here.ask(records.ids, "customer")) == 0)


def test_a_disputed_contact_is_decided_in_its_panel(
    qtbot: QtBot, disputed: tuple[Session, Session, Id]
) -> None:
    here, there, id_ = disputed
    here.do(customers.keep, id_)
    send(here, there)
    (row,) = here.ask(records.ids, "contact")
    ana = here.ask(records.rows, "contact", [row], ["id"])[row][0]
    there.do(contacts.edit, ana, {"role": "Chef"})
    here.do(contacts.delete, [ana])
    send(there, here)
    with desk_over(here) as desk:
        page = opened(qtbot, desk, id_)
        settled(qtbot, desk, lambda: len(page.side.people.records) == 1)
        page.side.show_child("contact", ana)
        page.side.people.open(page.side.people.records[0])
        settled(qtbot, desk, lambda: page.side.people.panel is not None)
        panel = page.side.people.panel
        assert panel is not None
        settled(qtbot, desk, lambda: panel.decision.isVisible())
        ways(panel.decision)["Keep"].click()
        settled(qtbot, desk, lambda: here.ask(records.open_one, "contact", ana).undecided == 0)


def test_an_entry_of_the_timeline_is_given_to_another_contact(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    ana, bo = (session.do(contacts.add, a_contact(made.id, name)) for name in ("Ana", "Bo"))
    note = session.do(activities.add, an_activity(made.id, contact=ana.id))
    page = opened(qtbot, desk, made.id)
    settled(
        qtbot, desk, lambda: len(page.side.people.records) == 2 and bool(page.side.timeline.model.entries)
    )
    page.side.timeline.edit_wanted.emit(page.side.timeline.model.entries[0])
    dialog = page.window().findChild(FormDialog)
    assert dialog is not None and not dialog.form.is_dirty
    box = dialog.form.editor("contact").inner()
    assert isinstance(box, QComboBox) and box.currentText() == "Ana"
    assert [box.itemText(at) for at in range(box.count())] == ["None", "Ana", "Bo"]
    box.setCurrentText("Bo")
    dialog.yes.click()
    settled(qtbot, desk, lambda: page.side.timeline.model.entries[0].contact_name == "Bo")
    assert session.ask(records.open_one, "activity", note.id).record.contact == bo.id  # type: ignore[attr-defined]


def test_an_entry_whose_contact_is_gone_keeps_it_until_another_is_chosen(
    qtbot: QtBot, desk: Desk, session: Session, made: Customer
) -> None:
    ana = session.do(contacts.add, a_contact(made.id, "Ana"))
    session.do(activities.add, an_activity(made.id, contact=ana.id))
    session.do(contacts.delete, [ana.id])
    page = opened(qtbot, desk, made.id)
    settled(qtbot, desk, lambda: bool(page.side.timeline.model.entries))
    page.side.timeline.edit_wanted.emit(page.side.timeline.model.entries[0])
    dialog = page.window().findChild(FormDialog)
    assert dialog is not None and not dialog.form.is_dirty
    assert dialog.form.values()["contact"] == ana.id
