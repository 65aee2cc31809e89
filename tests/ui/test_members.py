"""Members and devices in the window: who is there, who waits, and what happens when it is decided."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.sync.client.world import World
from tests.ui.company import a_company, desk_of
from tests.ui.open_book import settled, shown
from ui.desk import Desk
from ui.screens.members import Members
from ui.widgets.invite_dialog import InviteDialog, OfferDialog
from ui.widgets.member_dialogs import BooksDialog, RoleDialog
from ui.widgets.six_words import CompareWords
from ui.widgets.talk_dialog import AskFirst


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_company(2) as made:
        yield made


@pytest.fixture
def desk(qtbot: QtBot, world: World) -> Iterator[Desk]:
    with desk_of(world.owner) as desk:
        qtbot.waitUntil(lambda: bool(desk.link and desk.link.status.synced_ms), timeout=8000)
        yield desk


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk) -> Members:
    screen = Members(desk)
    shown(qtbot, screen)
    screen.arrive({})
    settled(qtbot, desk, lambda: screen.company is not None)
    return screen


def texts(inside: QWidget) -> str:
    return "\n".join(label.text() for label in inside.findChildren(QLabel) if label.isVisible())


def pressed(inside: QWidget, text: str) -> None:
    next(one for one in inside.findChildren(QPushButton) if one.text() == text and one.isVisible()).click()


def dialog(screen: Members, kind: type[QWidget]) -> QWidget:
    return next(one for one in screen.window().findChildren(kind) if one.isVisible())


def test_everybody_is_shown_with_role_books_and_computers(screen: Members) -> None:
    said = texts(screen)
    for text in (
        "Chen Wei", "Manager", "Chen’s laptop", "Office computer", "Ana Trujillo", "Sales rep", "Ana’s van",
        "Lena Vogel", "“Marco’s laptop” waits to be let in",
    ):  # fmt: skip
        assert text in said
    assert "Key accounts with restricted fields" in said
    assert "Books: Customers, Key accounts" in said


def test_an_invitation_is_made_with_a_link_and_a_code(qtbot: QtBot, desk: Desk, screen: Members) -> None:
    screen.invite()
    form = dialog(screen, InviteDialog)
    assert isinstance(form, InviteDialog)
    form.agree()
    assert "Please give the name" in texts(form)
    form.name.setText("Nora Berg")
    form.agree()
    settled(
        qtbot,
        desk,
        lambda: any(isinstance(one, OfferDialog) for one in screen.window().findChildren(OfferDialog)),
    )
    offer = dialog(screen, OfferDialog)
    assert isinstance(offer, OfferDialog)
    assert offer.line.text().startswith("provender://join/")
    offer.accept()
    settled(qtbot, desk, lambda: "Nora Berg" in texts(screen))


def test_a_role_is_changed(qtbot: QtBot, desk: Desk, world: World, screen: Members) -> None:
    rep = world.devices[2].session.person.member
    person = next(one for one in screen.company.people if one.id == rep)  # type: ignore[union-attr]
    screen._dialog(RoleDialog, person)
    ask = dialog(screen, RoleDialog)
    assert isinstance(ask, RoleDialog)
    ask.role.setCurrentIndex(ask.role.findData("clerk"))
    ask.agree()
    settled(qtbot, desk, lambda: "Clerk" in texts(screen.cards[rep]))
    assert set(world.owner.session.sync.roster.facts.members[rep].roles) == {"clerk"}


def test_a_book_is_taken_and_given(qtbot: QtBot, desk: Desk, world: World, screen: Members) -> None:
    rep = world.devices[2].session.person.member
    for tick, books in ((False, "Books: Customers"), (True, "Books: Customers, Key accounts")):
        person = next(one for one in screen.company.people if one.id == rep)  # type: ignore[union-attr]
        screen._dialog(BooksDialog, person)
        ask = dialog(screen, BooksDialog)
        assert isinstance(ask, BooksDialog)
        book = next(id_ for id_, title in screen.company.books if title == "Key accounts")  # type: ignore[union-attr]
        ask.choice._boxes[book][0].setChecked(tick)
        ask.agree()
        lines = partial(lambda wanted: wanted in texts(screen.cards[rep]).split("\n"), books)
        settled(qtbot, desk, lines)


def test_what_the_roster_refuses_is_said_where_it_was_tried(
    qtbot: QtBot, desk: Desk, screen: Members
) -> None:
    screen.leave_company()  # the last owner
    ask = dialog(screen, AskFirst)
    assert isinstance(ask, AskFirst)
    ask.agree()
    settled(qtbot, desk, lambda: ask.yes.isEnabled())
    assert ask.isVisible()
    assert "Nobody else could read one of the books." in texts(ask)
    ask.reject()


def test_without_a_network_the_dialog_says_so(
    qtbot: QtBot, desk: Desk, world: World, screen: Members
) -> None:
    world.owner.wire.offline = True
    try:
        assert screen.company is not None
        people = screen.company.people
        person, line = next((one, line) for one in people for line in one.devices if not line.is_own)
        screen.lock(person, line)
        ask = dialog(screen, AskFirst)
        assert isinstance(ask, AskFirst)
        ask.agree()
        settled(qtbot, desk, lambda: ask.yes.isEnabled())
        assert "There is no network." in texts(ask)
        ask.reject()
    finally:
        world.owner.wire.offline = False


def test_a_computer_is_let_in_once_the_words_were_compared(
    qtbot: QtBot, desk: Desk, world: World, screen: Members
) -> None:
    settled(qtbot, desk, lambda: bool(screen.knocks))
    knock = screen.knocks[0]
    pressed(screen, "Compare the words…")
    ask = dialog(screen, CompareWords)
    assert isinstance(ask, CompareWords)
    assert all(word in texts(ask) for word in knock.words)
    assert ask.no.hasFocus() or ask.focusWidget() is ask.no
    ask.agree()
    settled(qtbot, desk, lambda: not screen.knocks)
    assert knock.device in world.owner.session.sync.roster.facts.devices
    settled(qtbot, desk, lambda: "Marco’s laptop" in texts(screen))


def test_a_computer_that_was_revoked_is_ended(
    qtbot: QtBot, desk: Desk, world: World, screen: Members
) -> None:
    of = world.devices[3]
    line = next(
        line
        for person in screen.company.people  # type: ignore[union-attr]
        for line in person.devices
        if line.id == of.session.identity.device
    )
    screen.revoke(line)
    ask = dialog(screen, AskFirst)
    assert isinstance(ask, AskFirst)
    ask.agree()
    settled(qtbot, desk, lambda: "Ended: Office computer" in texts(screen))
    assert not world.owner.session.sync.roster.facts.devices[of.session.identity.device].active
