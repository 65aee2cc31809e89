"""What a person comes to where several work together: members, letting somebody in, synchronisation, review."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtWidgets import QWidget

from app.features.trust.people import Person
from sync.client.status import State, Status
from tests.ui.scenes import Scene, Settle
from ui.screens.members import Members
from ui.screens.synchronising import Synchronisation
from ui.widgets.connect_dialog import ConnectDialog
from ui.widgets.record_list import RecordList
from ui.window import Workspace


def company_scenes() -> Iterator[tuple[str, Scene]]:
    """Name of the picture, and how one gets there in the owner's workspace."""
    yield "company-members", _members
    for name, act in (
        ("invite", lambda screen: screen.invite()),
        ("compare", lambda screen: screen.compare(screen.knocks[0])),
        ("books", lambda screen: screen._dialog(_kind("BooksDialog"), _other(screen))),
        ("remove", lambda screen: screen.remove(_other(screen))),
    ):
        yield f"company-{name}", partial(_in_members, act)
    yield "company-link", _link
    yield "company-review", _review
    yield "company-bookshelf", _books
    yield "company-move", _move
    yield "company-connect", _connect
    yield "company-sync", _sync
    for state in (State.OFFLINE, State.ATTENTION, State.PAUSED):
        yield f"company-sync-{state.value}", partial(_sync_as, state)


def _members(workspace: Workspace, settle: Settle) -> None:
    screen = _screen(workspace, settle)
    for _turn in range(40):
        if screen.knocks:
            break
        settle()
    settle()


def _in_members(act: Callable[[Members], object], workspace: Workspace, settle: Settle) -> None:
    _members(workspace, settle)
    act(_screen(workspace, settle))


def _link(workspace: Workspace, settle: Settle) -> None:
    from app.clock import SystemClock
    from app.features.trust.invitations import Offer
    from sync.client import enrol
    from ui.widgets.invite_dialog import OfferDialog

    def shown(offer: Offer) -> None:
        OfferDialog(workspace.window(), offer, workspace.desk.say).open()

    now_ms = SystemClock().now_ms()
    workspace.desk.talk(
        workspace, lambda session: enrol.invite(session, now_ms, name="Lena Vogel", role="manager")
    ).then(shown).start()
    settle()


def _review(workspace: Workspace, settle: Settle) -> None:
    workspace.go("review", {})
    settle()


def _books(workspace: Workspace, settle: Settle) -> None:
    workspace.go("books", {})
    settle()


def _move(workspace: Workspace, settle: Settle) -> None:
    workspace.go("customers", {})
    settle()
    shown = workspace.shown
    assert isinstance(shown, RecordList)
    shown.table.selectAll()
    shown.actions_here.run("list.move")
    settle()


def _connect(workspace: Workspace, settle: Settle) -> None:
    ConnectDialog(workspace.window(), workspace.desk, lambda: None).open()
    settle()


def _sync(workspace: Workspace, settle: Settle) -> None:
    workspace.go("sync", {})
    settle()


def _sync_as(state: State, workspace: Workspace, settle: Settle) -> None:
    """The page and the badge as they say something that does not happen here."""
    from app.clock import SystemClock

    _sync(workspace, settle)
    now_ms, screen = SystemClock().now_ms(), workspace.shown
    assert isinstance(screen, Synchronisation)
    problem = {
        State.OFFLINE: "The server cannot be reached.",
        State.ATTENTION: "The space for this company on the server is used up. Ask its operator for more.",
    }.get(state, "")
    status = Status(state, 12, now_ms - 3_000_000, now_ms - 3_100_000, problem)
    screen._show_status(status)
    workspace.foot.badge.show_status(status)


def _screen(workspace: Workspace, settle: Settle) -> Members:
    if not isinstance(workspace.shown, Members):
        workspace.go("members", {})
        settle()
    assert isinstance(workspace.shown, Members)
    return workspace.shown


def _other(screen: Members) -> Person:
    assert screen.company is not None
    return next(one for one in screen.company.people if not one.is_own)


def _kind(name: str) -> type[QWidget]:
    from ui.widgets import member_dialogs

    found: type[QWidget] = getattr(member_dialogs, name)
    return found
