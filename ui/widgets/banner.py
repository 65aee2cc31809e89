"""A sentence across the page: a refusal, a warning, good news. It stays until it is closed or replaced."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.i18n import _
from ui.theme import icon_size, look, pixmap, plain, set_icon

LEVELS = {"danger": "error", "warning": "warning", "info": "info", "success": "success"}


class Banner(QFrame):
    """Hidden until `say`."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(8), px(8), px(8))
        row.setSpacing(px(8))
        self._sign = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._ways = QHBoxLayout()
        self._ways.setSpacing(px(8))
        self._do = QPushButton()
        self._do.setProperty("kind", "plain")
        self._do.clicked.connect(self._act)
        self._close = QToolButton()
        set_icon(self._close, "close", "text")
        self._close.setIconSize(icon_size())
        self._close.setAccessibleName(_("Close this message"))
        self._close.setToolTip(_("Close this message"))
        self._close.clicked.connect(self.dismiss)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addLayout(self._ways)
        row.addWidget(self._do)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._action: Callable[[], object] | None = None
        self.hide()

    def set_closable(self, closable: bool) -> None:
        """Whether the person may take it away. What stays true until it is mended has no cross."""
        self._close.setVisible(closable)

    @property
    def text(self) -> str:
        """What it says now; empty while hidden."""
        return "" if self.isHidden() else self._text.text()

    def say(
        self, text: str, level: str = "info", *, button: str = "", act: Callable[[], object] | None = None
    ) -> None:
        """Show a sentence; `button` and `act` offer a way out."""
        level = level if level in LEVELS else "info"
        text = plain(text)
        self._text.setText(text)
        self._sign.setPixmap(pixmap(LEVELS[level], f"{level}_text", 20, self.devicePixelRatioF()))
        self.setProperty("level", level)
        self.style().unpolish(self)
        self.style().polish(self)
        self._action = act
        self._do.setText(button)
        self._do.setVisible(bool(button))
        self.setAccessibleName(text)
        self.show()
        from PySide6.QtGui import QAccessible, QAccessibleEvent

        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def offer(self, *ways: tuple[str, Callable[[], object]]) -> None:
        """Buttons that decide something; what was said stays until it is no longer so."""
        while item := self._ways.takeAt(0):
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for text, act in ways:
            button = QPushButton(text)
            button.clicked.connect(lambda _on=False, act=act: act())
            self._ways.addWidget(button)

    def dismiss(self) -> None:
        """Take it away."""
        self.hide()
        self.closed.emit()

    def _act(self) -> None:
        act, self._action = self._action, None
        self.dismiss()
        if act is not None:
            act()
