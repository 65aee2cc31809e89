"""What is left of a workspace that was built anew: nothing that still listens."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.sync.client.world import a_world
from tests.ui.company import desk_of
from ui.screens import SCREENS
from ui.window import Workspace


def test_a_workspace_that_is_gone_hears_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_world() as world, desk_of(world.owner, begin=False) as desk:
        workspace = Workspace(desk)
        workspace.resize(1000, 700)
        workspace.show()
        for place in SCREENS:
            if place.in_navigation:
                workspace.go(place.name, {})
        qtbot.waitUntil(lambda: desk.jobs.idle, timeout=8000)
        workspace.hide()
        workspace.deleteLater()
        qtbot.waitUntil(lambda: not shiboken6.isValid(workspace), timeout=2000)
        with qtbot.captureExceptions() as caught:
            desk.changed.emit(frozenset({"customer", "member", "book"}))
            assert desk.link is not None
            desk.link.told.emit(desk.link.status._replace(knocks=3, unsent=2))
            for _turn in range(20):
                QApplication.processEvents()
                qtbot.wait(20)
        assert caught == []
