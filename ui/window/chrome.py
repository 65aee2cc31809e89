"""What stands around the screen: navigation, top bar, status bar."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.i18n import _
from ui import screens
from ui.actions import ActionSet
from ui.desk import Desk
from ui.theme import icon_size, look, set_icon
from ui.widgets.avatar import Avatar
from ui.widgets.busy import Busy
from ui.widgets.elided import ElidedLabel
from ui.widgets.search_box import SearchBox
from ui.widgets.sidebar import Place, Sidebar
from ui.widgets.sync_badge import SyncBadge


def navigation(desk: Desk, places: Iterable[screens.ScreenOf]) -> Sidebar:
    """The company's name and the places to go."""
    px = look().tokens.px
    bar = Sidebar(
        [
            Place(place.name, _(place.label), place.icon, _(screens.GROUPS.get(place.group, place.group)))
            for place in places
            if place.in_navigation
        ]
    )
    _dress(bar, "sidebar")
    bar.setFixedWidth(px(216))
    bar.setAccessibleName(_("Navigation"))
    company = str(getattr(getattr(desk.session, "identity", None), "company_name", "")) or "Provender"
    head = QHBoxLayout()
    head.setContentsMargins(px(6), 0, 0, px(12))
    head.setSpacing(px(10))
    head.addWidget(Avatar(company, 28))
    head.addWidget(ElidedLabel(company, "strong"), 1)
    bar.head.addLayout(head)
    return bar


class TopBar(QWidget):
    """Back, forward, search, undo, redo."""

    def __init__(self, actions: ActionSet, search: SearchBox) -> None:
        super().__init__()
        _dress(self, "bar")
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(8), px(12), px(8))
        row.setSpacing(px(4))
        row.addWidget(actions.icon_button("back"))
        row.addWidget(actions.icon_button("forward"))
        row.addStretch(1)
        search.setMaximumWidth(px(560))
        row.addWidget(search, 4)
        row.addStretch(1)
        row.addWidget(actions.icon_button("undo"))
        row.addWidget(actions.icon_button("redo"))


class Foot(QWidget):
    """Who is signed in, what is going on, how things stand with the server, and the lock."""

    def __init__(self, desk: Desk, actions: ActionSet) -> None:
        super().__init__()
        _dress(self, "foot")
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(2), px(8), px(2))
        row.setSpacing(px(12))
        person = str(getattr(getattr(desk.session, "person", None), "name", ""))
        row.addWidget(_plain(person, "caption"))
        self.notice = _plain("", "caption")
        self.notice.hide()
        row.addWidget(self.notice)
        row.addStretch(1)
        self.busy = Busy(desk.jobs)
        row.addWidget(self.busy)
        self.badge = SyncBadge(desk)
        row.addWidget(self.badge)
        lock = QToolButton()
        lock.setText(_("Lock"))
        lock.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        lock.setAccessibleName(_("Lock"))
        lock.setToolTip(actions.qaction("lock").toolTip())
        lock.setIconSize(icon_size())
        set_icon(lock, "lock")
        lock.clicked.connect(lambda _on=False: desk.lock())
        row.addWidget(lock)

    def say(self, text: str) -> None:
        """A remark beside the name; empty text takes it away."""
        self.notice.setText(text)
        self.notice.setVisible(bool(text))


def _dress(widget: QWidget, role: str) -> None:
    widget.setProperty("role", role)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)


def _plain(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
