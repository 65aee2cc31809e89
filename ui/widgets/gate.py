"""The page before the book is open: a narrow column in the middle, with the mark above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import _
from ui.theme import icon_size, look, pixmap, plain, set_icon

if TYPE_CHECKING:
    from ui.widgets.banner import Banner


class Gates(QStackedWidget):
    """Several gates, one in sight; the keyboard belongs to that one."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self._changed)
        # As in the open book: whoever has locked must be able to leave.
        QShortcut(QKeySequence("Ctrl+Q"), self, lambda: self.window().close())

    def tell(self, text: str) -> None:
        """Good news on the gate in sight."""
        if isinstance(shown := self.currentWidget(), Gate):
            shown.show_banner(text, "success")

    def _changed(self, index: int) -> None:
        if (shown := self.widget(index)) is not None:
            self.setFocusProxy(shown)


class Gate(QScrollArea):
    """A heading, a sentence, a banner, and `body` for what is asked."""

    def __init__(self, title: str, text: str = "", *, width: int = 380, sign: str = "logo") -> None:
        super().__init__()
        px = look().tokens.px
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is asked takes the keyboard, not the page
        page = QWidget()
        page.setProperty("role", "page")
        outer = QVBoxLayout(page)
        outer.setContentsMargins(px(24), px(24), px(24), px(24))
        outer.addStretch(2)
        column = QWidget()
        column.setMaximumWidth(px(width))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(column, 100)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(3)
        self.setWidget(page)
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(px(8))
        self._sign_name = sign
        self._sign = QLabel()
        inside.addWidget(self._sign)
        inside.addSpacing(px(8))
        self.heading = QLabel(plain(title))
        self.heading.setProperty("role", "title")
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setWordWrap(True)
        inside.addWidget(self.heading)
        self.sentence = QLabel(text)
        self.sentence.setProperty("role", "soft")
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setVisible(bool(text))
        inside.addWidget(self.sentence)
        inside.addSpacing(px(8))
        self._inside = inside
        self._banner: Banner | None = None
        self.body = QVBoxLayout()
        self.body.setSpacing(px(12))
        inside.addLayout(self.body)
        self._restyle()
        look().changed.connect(self._restyle)

    @property
    def banner(self) -> Banner:
        """The banner; made when there is something to say, since the first paint pays for every widget."""
        if self._banner is None:
            from ui.widgets.banner import Banner

            self._banner = Banner()
            self._inside.insertWidget(self._inside.count() - 1, self._banner)
        return self._banner

    def quiet(self) -> None:
        """Take the banner away."""
        if self._banner is not None:
            self._banner.dismiss()

    def say(self, title: str, text: str = "") -> None:
        """Another heading and sentence."""
        self.heading.setText(plain(title))
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))

    def button(
        self, text: str, act: Callable[[], object], kind: str = "primary", sign: str = ""
    ) -> QPushButton:
        """Add a button as wide as the column."""
        push = QPushButton(text)
        push.setAutoDefault(False)
        if kind:
            push.setProperty("kind", kind)
        if sign:
            color = {"primary": "on_accent", "danger": "on_danger", "plain": "accent_text"}.get(kind, "text")
            set_icon(push, sign, color)
            push.setIconSize(icon_size())
        push.clicked.connect(act)
        self.body.addWidget(push)
        if self.focusProxy() is None:
            self.setFocusProxy(push)  # unless the page has a line to type in
        return push

    def show_banner(self, text: str, level: str = "warning") -> None:
        """Say something above what is asked; part of ui/errors.py's road."""
        self.banner.say(text, level)

    def show_invalid(self, _field: str, text: str) -> bool:
        """Say what is wrong above what is asked."""
        self.banner.say(text, "danger")
        return True

    def _restyle(self) -> None:
        self._sign.setPixmap(
            pixmap(self._sign_name, "accent", look().tokens.px(40), self.devicePixelRatioF())
        )


def destroyed(name: str) -> str:
    """What is said once a profile is gone."""
    return _("“{name}” was deleted from this computer.").format(name=name)
