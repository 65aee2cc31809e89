"""Joining a company in the window: the link, the six words, waiting, and coming in; also after the program was closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app import bootstrap
from app.crypto import passwords
from app.vault.keychain import NoKeychain
from sync.client import enrol
from tests.builders import PASSWORD
from tests.sync.client.world import World, a_world
from tests.ui.test_members import texts
from ui.jobs import Jobs
from ui.unlock import UnlockPage
from ui.unlock.page import as_opened
from ui.welcome import WaitingPage, WelcomePage
from ui.welcome.code import Code
from ui.welcome.join import Join


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    keyring = NoKeychain()
    monkeypatch.setattr(bootstrap, "keychain", lambda: keyring)
    monkeypatch.setattr("app.vault.keychain.system", lambda: keyring)
    monkeypatch.setattr(passwords, "calibrated", passwords.minimum, raising=False)
    return tmp_path / "home"


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs(lambda error, _owner: None)
    yield made
    made.close()


def invitation(world: World) -> str:
    owner = world.owner
    offer = owner.says(
        enrol.invite(owner.session, world.clock.now_ms(), name="Ana", books=owner.session.identity.books)
    )
    return str(offer.link)


def approve(world: World, page: WaitingPage) -> None:
    joining = page.waiting.joining
    world.owner.says(
        enrol.approve(world.owner.session, joining.device, " ".join(joining.words), world.clock.now_ms())
    )


def waiting(qtbot: QtBot, world: World, home: Path, jobs: Jobs) -> WaitingPage:
    made = bootstrap.join_company(
        home, invitation(world), "Ana’s van", PASSWORD, parameters=passwords.minimum()
    )
    return page_of(qtbot, world, made, jobs)


def page_of(qtbot: QtBot, world: World, made: Any, jobs: Jobs) -> WaitingPage:
    wire = world.wire()
    page = WaitingPage(made, jobs)
    page.service = lambda _url, _pin: wire  # type: ignore[method-assign, assignment]
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    return page


def test_the_form_leads_over_the_recovery_code_to_waiting(
    qtbot: QtBot, world: World, home: Path, jobs: Jobs
) -> None:
    page = WelcomePage(home, jobs)
    qtbot.addWidget(page)
    page.resize(900, 800)
    page.show()
    next(one for one in page.findChildren(QPushButton) if one.text() == "Join a company…").click()
    form = page.currentWidget()
    assert isinstance(form, Join)
    form.name.setText("Ana’s van")
    form._submit()
    assert "This is not an invitation, or a part of it is missing." in form.banner.text
    form.link.setPlainText(invitation(world))
    form.password.line.setText(PASSWORD)
    form.again.line.setText("another")
    form._submit()
    assert "The two passwords differ" in form.banner.text
    form.again.line.setText(PASSWORD)
    qtbot.keyClick(form.again.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(page.currentWidget(), Code), timeout=20_000)
    code = page.currentWidget()
    assert isinstance(code, Code)
    with qtbot.waitSignal(page.waiting) as came:
        for answer, group in zip(code.answers, code.asked, strict=True):
            answer.setText(group)
        code._confirm()
    assert came.args is not None
    came.args[0].close()


def test_it_shows_the_words_waits_and_comes_in(qtbot: QtBot, world: World, home: Path, jobs: Jobs) -> None:
    page = waiting(qtbot, world, home, jobs)
    assert all(word in texts(page) for word in page.waiting.joining.words)
    page.begin()
    qtbot.waitUntil(lambda: "The company knows that you are here." in texts(page), timeout=8000)
    approve(world, page)
    with qtbot.waitSignal(page.entered, timeout=10_000) as came:
        pass
    assert came.args is not None
    book = came.args[0]
    assert book.session.identity.books == world.owner.session.identity.books
    book.close()


def test_it_goes_on_waiting_after_the_program_was_closed(
    qtbot: QtBot, world: World, home: Path, jobs: Jobs
) -> None:
    page = waiting(qtbot, world, home, jobs)
    page.begin()
    qtbot.waitUntil(lambda: "The company knows that you are here." in texts(page), timeout=8000)
    said = page.waiting.joining.words
    profile = page.waiting.profile
    page.stop()
    qtbot.waitUntil(lambda: jobs.idle, timeout=8000)
    page.waiting.close()

    unlock = UnlockPage(home, [profile.name], profile.name, jobs)
    qtbot.addWidget(unlock)
    with qtbot.waitSignal(unlock.waiting, timeout=20_000) as came:
        unlock.submit(PASSWORD)
    assert came.args is not None
    again = page_of(qtbot, world, came.args[0], jobs)
    assert again.waiting.joining.words == said
    approve(world, again)
    with qtbot.waitSignal(again.entered, timeout=10_000) as entered:
        again.begin()
    assert entered.args is not None
    entered.args[0].close()


def test_without_a_network_it_says_so_and_tries_again(
    qtbot: QtBot, world: World, home: Path, jobs: Jobs
) -> None:
    page = waiting(qtbot, world, home, jobs)
    wire = page.service("", b"")
    wire.offline = True  # type: ignore[attr-defined]
    page.begin()
    qtbot.waitUntil(lambda: "It tries again by itself." in texts(page), timeout=8000)
    wire.offline = False  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: "The company knows that you are here." in texts(page), timeout=10_000)
    page.stop()
    qtbot.waitUntil(lambda: jobs.idle, timeout=8000)
    page.waiting.close()


def test_an_invitation_that_was_withdrawn_is_told(qtbot: QtBot, world: World, home: Path, jobs: Jobs) -> None:
    page = waiting(qtbot, world, home, jobs)
    page.begin()
    qtbot.waitUntil(lambda: "The company knows that you are here." in texts(page), timeout=8000)
    world.owner.says(enrol.refuse(world.owner.session, page.waiting.joining.device))
    qtbot.waitUntil(lambda: "The invitation does not hold any more" in page.gate.banner.text, timeout=10_000)
    qtbot.waitUntil(lambda: jobs.idle, timeout=8000)
    page.waiting.close()


def test_what_a_profile_is_shows_when_it_is_opened(world: World, home: Path) -> None:
    made = bootstrap.join_company(
        home, invitation(world), "Ana’s van", PASSWORD, parameters=passwords.minimum()
    )
    assert type(as_opened(made)).__name__ == "Waits"
    made.close()
