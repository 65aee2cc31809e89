"""Synchronisation in the window: the badge tells the truth, the page says what each book is at and what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from pytestqt.qtbot import QtBot

from app.errors import Invalid
from app.model.statements import Stream
from sync.client.status import State, Status
from sync.protocol.codec import write_token
from tests.builders import a_book
from tests.relay import HOST, Relay
from tests.sync.client.world import Device, World, a_world
from tests.ui.company import RelayLink, desk_of
from tests.ui.open_book import desk_over, settled, shown
from tests.ui.test_members import texts
from ui.desk import Desk
from ui.dialogs import Dialog
from ui.screens.synchronising import Synchronisation
from ui.widgets.connect_dialog import ConnectDialog, read_pin, read_token_file
from ui.widgets.sync_badge import PATIENCE_MS, SyncBadge, said

NOW = int(time.time() * 1000)


@pytest.fixture
def world() -> Iterator[World]:
    with a_world("manager") as made:
        yield made


@pytest.fixture
def desk(qtbot: QtBot, world: World) -> Iterator[Desk]:
    with desk_of(world.owner) as desk:
        qtbot.waitUntil(lambda: bool(desk.link and desk.link.status.synced_ms), timeout=8000)
        yield desk


def page_of(qtbot: QtBot, desk: Desk) -> Synchronisation:
    screen = Synchronisation(desk)
    shown(qtbot, screen)
    screen.arrive({})
    settled(qtbot, desk)
    return screen


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status(State.UNCONNECTED), "Only on this computer"),
        (Status(State.SYNCED, 0, NOW, NOW), "Synchronised just now"),
        (Status(State.SYNCED, 2, NOW, NOW), "2 unsent"),
        (Status(State.SENDING, 1, NOW, NOW), "Sending, 1 unsent"),
        (Status(State.RECEIVING, 0, NOW, NOW), "Receiving…"),
        (Status(State.PAUSED, 3, NOW, NOW), "Paused, 3 unsent"),
        (Status(State.ATTENTION, 0, NOW, NOW, "The disk is full."), "Needs attention"),
    ],
)
def test_the_badge_says_how_things_stand(status: Status, words: str) -> None:
    now_ms = int(time.time() * 1000)
    assert said(status._replace(since_ms=now_ms, synced_ms=now_ms)) == words


def test_the_badge_says_since_when_it_is_offline() -> None:
    assert said(Status(State.OFFLINE, 4, NOW)).startswith("Offline since ")
    assert said(Status(State.OFFLINE, 4, NOW)).endswith(", 4 unsent")


def test_the_badge_tells_screen_readers_and_leads_to_the_page(qtbot: QtBot, desk: Desk) -> None:
    badge = SyncBadge(desk)
    shown(qtbot, badge, 300, 40)
    badge.show_status(Status(State.ATTENTION, 0, NOW, NOW, "The disk is full."))
    assert badge.accessibleName() == "Synchronisation: Needs attention"
    assert "The disk is full." in badge.toolTip()
    with qtbot.waitSignal(desk.shown) as gone:
        badge.click()
    assert gone.args is not None and gone.args[0] == "sync"


def test_a_round_that_brings_nothing_does_not_flicker(qtbot: QtBot, desk: Desk) -> None:
    badge = SyncBadge(desk)
    shown(qtbot, badge, 300, 40)
    now_ms = int(time.time() * 1000)
    synced, looking = (Status(state, 0, now_ms, now_ms) for state in (State.SYNCED, State.RECEIVING))
    badge.show_status(synced)
    badge.show_status(looking)
    assert badge.text() == "Synchronised just now"
    badge.show_status(synced)
    qtbot.wait(PATIENCE_MS + 50)
    assert badge.text() == "Synchronised just now"
    badge.show_status(looking)
    qtbot.waitUntil(lambda: badge.text() == "Receiving…", timeout=2000)


def test_every_book_says_what_it_is_at(qtbot: QtBot, desk: Desk, world: World) -> None:
    world.devices[1].adds("Written elsewhere")
    world.devices[1].sync()
    assert desk.link is not None
    desk.link.nudge()
    screen = page_of(qtbot, desk)
    qtbot.waitUntil(lambda: "Computer 1" in texts(screen), timeout=8000)
    words = texts(screen)
    assert "Everything is synchronised" in words
    assert "Last synchronised with relay.test" in words
    assert "Customers and what belongs to them" in words and "Restricted fields" in words
    assert "nothing unsent" in words
    assert "Last verified: " in words


def test_pausing_holds_back_what_is_written(qtbot: QtBot, desk: Desk, world: World) -> None:
    screen = page_of(qtbot, desk)
    screen.pause(True)
    world.owner.adds("Held back")
    qtbot.waitUntil(lambda: "Synchronisation is paused" in texts(screen), timeout=8000)
    assert screen.go_on.isVisible() and not screen.rest.isVisible()
    assert "1 change is on this computer only." in texts(screen)
    screen.pause(False)
    qtbot.waitUntil(lambda: not world.owner.session.unsent(), timeout=8000)


def test_a_stopped_book_says_why_and_what_to_do(
    qtbot: QtBot, desk: Desk, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = world.owner.book
    world.owner.session.sync.halt(book, "fork", 3, b"what the server did")
    screen = page_of(qtbot, desk)
    settled(qtbot, desk, lambda: "The server shows another history than before." in texts(screen))
    assert "Save the evidence and show it to whoever runs the server." in texts(screen)
    file = tmp_path / "it.evidence"
    monkeypatch.setattr("ui.screens.synchronising.pick_file", lambda *_args, **_kw: _args[3](str(file)))
    line = next(one for one in screen._overview.lines if one.halt is not None)  # type: ignore[union-attr]
    screen.save_evidence(line)
    assert file.read_bytes() == b"what the server did"
    screen.resume(line)
    ask = next(one for one in screen.window().findChildren(Dialog) if one.isVisible())
    ask.agree()
    settled(qtbot, desk, lambda: not world.owner.session.sync.halts())
    settled(qtbot, desk, lambda: "another history" not in texts(screen))


def test_a_company_of_one_computer_is_connected(qtbot: QtBot, tmp_path: Path) -> None:
    with Relay(tmp_path / "server") as relay, a_book() as session, desk_over(session) as desk:
        device = cast("Device", SimpleNamespace(session=session, wire=relay.wire()))
        desk.link = RelayLink(device, desk)
        desk.link.begin()
        try:
            screen = page_of(qtbot, desk)
            assert screen.unconnected.isVisible()
            screen.connect_server()
            ask = next(one for one in screen.window().findChildren(ConnectDialog) if one.isVisible())
            ask.agree()
            assert "This is not the address of a server." in texts(ask)
            ask.url.setText(f"https://{HOST}")
            ask.agree()
            assert "Please choose the token file." in texts(ask)
            token = tmp_path / "token"
            token.write_text(write_token(bytes(32)) + "\n")
            ask.token.setText(str(token))
            ask.agree()
            settled(qtbot, desk, lambda: "This token is unknown to the server" in texts(ask))
            token.write_text(write_token(relay.admission()) + "\n")
            ask.agree()
            settled(qtbot, desk, lambda: not screen.unconnected.isVisible())
            qtbot.waitUntil(lambda: "Everything is synchronised" in texts(screen), timeout=8000)
            assert Stream(session.identity.books[0], 0) in session.sync.streams()
        finally:
            desk.link.stop()


def test_token_and_pin_are_read_from_their_files(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("nonsense\n")
    for read in (read_pin, read_token_file):
        with pytest.raises(Invalid):
            read(file)
    file.write_text("ab" * 32 + "\n")
    assert read_pin(file) == b"\xab" * 32
