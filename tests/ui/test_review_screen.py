"""The review tray in the window: both values, who and when; deciding, releasing, leaving it be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.features import records, review
from tests.sync.client.world import World
from tests.ui.company import a_company, desk_of
from tests.ui.open_book import settled, shown
from tests.ui.test_members import texts
from ui.desk import Desk
from ui.dialogs import FormDialog
from ui.screens.review import Review
from ui.widgets.review_cards import ConflictCard, HeldCard, LifeCard


@pytest.fixture
def world() -> Iterator[World]:
    with a_company(4) as made:
        yield made


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    with desk_of(world.owner, begin=False) as desk:
        yield desk


@pytest.fixture
def screen(qtbot: QtBot, desk: Desk) -> Review:
    screen = Review(desk)
    shown(qtbot, screen)
    screen.arrive({})
    settled(qtbot, desk, lambda: screen.tray is not None)
    return screen


def button(inside: QWidget, text: str) -> QPushButton:
    return next(one for one in inside.findChildren(QPushButton) if one.text() == text and one.isVisible())


def cards(screen: Review, kind: type[QWidget]) -> list[QWidget]:
    return [one for one in screen.findChildren(kind) if one.isVisible()]


def test_both_values_are_shown_with_who_and_when(screen: Review) -> None:
    said = texts(screen)
    assert "+49 40 555 0123" in said and "+49 40 555 0199" in said
    assert "Ana Trujillo (Ana’s van), just now" in said
    assert "(shown now)" in said
    assert "Closed in August." in said


def test_keeping_a_value_ends_the_conflict_everywhere(
    qtbot: QtBot, desk: Desk, world: World, screen: Review
) -> None:
    said: list[str] = []
    desk.said.connect(lambda text, _undo: said.append(text))
    card = next(one for one in cards(screen, ConflictCard) if "Phone" in texts(one))
    before = len(cards(screen, ConflictCard))
    keep = next(
        one
        for one in card.findChildren(QPushButton)
        if "Keep" in one.accessibleName() and "0199" in one.accessibleName()
    )
    keep.click()
    settled(qtbot, desk, lambda: len(cards(screen, ConflictCard)) == before - 1)
    assert any("stays" in text for text in said)
    world.settle()
    for device in world.devices:
        assert not [one for one in device.session.ask(review.conflicts) if one.field == "phone"]


def test_something_else_can_be_written(qtbot: QtBot, desk: Desk, world: World, screen: Review) -> None:
    assert screen.tray is not None
    one = next(one for one in screen.tray.conflicts if one.field == "notes")
    screen.edit(one)
    dialog = next(d for d in screen.window().findChildren(FormDialog) if d.isVisible())
    line = dialog.form.editor("notes").inner()
    assert isinstance(line, QLineEdit) or hasattr(line, "setPlainText")
    (line.setText if isinstance(line, QLineEdit) else line.setPlainText)("Closed in August and at Easter.")
    dialog.agree()
    settled(qtbot, desk, lambda: not any(one.field == "notes" for one in screen.tray.conflicts))  # type: ignore[union-attr]
    assert world.owner.reads(one.id, "notes") == "Closed in August and at Easter."


def test_a_deletion_against_an_edit_can_be_undone(
    qtbot: QtBot, desk: Desk, world: World, screen: Review
) -> None:
    (card,) = cards(screen, LifeCard)
    button(card, "Keep").click()
    settled(qtbot, desk, lambda: not cards(screen, LifeCard))
    assert world.owner.session.ask(records.count, "customer") == 4


def test_a_manager_releases_what_had_no_effect(
    qtbot: QtBot, desk: Desk, world: World, screen: Review
) -> None:
    (card,) = cards(screen, HeldCard)
    said = texts(card)
    assert "1 edit by Ana Trujillo (Ana’s van) has no effect" in said
    assert "The author's role does not cover this change." in said
    assert "Assigned to: Ana Trujillo" in said
    button(card, "Release").click()
    settled(qtbot, desk, lambda: not cards(screen, HeldCard))
    world.settle()
    assert not world.devices[2].session.ask(review.held)


def test_what_was_seen_is_left_without_effect(qtbot: QtBot, desk: Desk, screen: Review) -> None:
    (card,) = cards(screen, HeldCard)
    button(card, "Leave without effect").click()
    settled(qtbot, desk, lambda: not cards(screen, HeldCard))
    assert desk.session.ask(review.count, desk.memory.get("review.dismissed")) == len(
        screen.tray.conflicts  # type: ignore[union-attr]
    )


def test_its_author_is_told_that_it_waits(qtbot: QtBot, world: World) -> None:
    with desk_of(world.devices[2], begin=False) as desk:
        screen = Review(desk)
        shown(qtbot, screen)
        screen.arrive({})
        settled(qtbot, desk, lambda: screen.tray is not None)
        (card,) = cards(screen, HeldCard)
        assert "1 edit of yours waits for your manager" in texts(card)
        assert not [one for one in card.findChildren(QPushButton) if one.text() == "Release"]
