"""What an empty list or page says instead: what belongs here, and how to begin."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ui.theme import look, pixmap


class EmptyState(QWidget):
    """An icon, a heading, a sentence, and up to two buttons."""

    def __init__(
        self,
        icon: str,
        title: str,
        text: str = "",
        button: str = "",
        act: Callable[[], object] | None = None,
        other: str = "",
        other_act: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        px = look().tokens.px
        self._icon = icon
        column = QVBoxLayout(self)
        column.setContentsMargins(px(32), px(32), px(32), px(32))
        column.setSpacing(px(8))
        column.addStretch(2)
        self._sign = QLabel()
        self._sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._sign)
        column.addSpacing(px(8))
        head = QLabel(title)
        head.setProperty("role", "heading")
        head.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head.setWordWrap(True)
        column.addWidget(head)
        if text:
            sentence = QLabel(text)
            sentence.setProperty("role", "soft")
            sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
            sentence.setWordWrap(True)
            # A wrapping label that is centred gets the height of its own guess: give it the width it wraps at.
            sentence.setFixedWidth(min(px(420), sentence.fontMetrics().horizontalAdvance(text) + px(24)))
            column.addWidget(sentence, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(px(12))
        for label, work, kind in ((button, act, "primary"), (other, other_act, "plain")):
            if label and work is not None:
                push = QPushButton(label)
                push.setProperty("kind", kind)
                push.clicked.connect(work)
                column.addWidget(push, 0, Qt.AlignmentFlag.AlignHCenter)
                if self.focusProxy() is None:
                    self.setFocusProxy(push)
        column.addStretch(3)
        self._restyle()
        look().changed.connect(self._restyle)

    def _restyle(self) -> None:
        size = look().tokens.px(40)
        self._sign.setPixmap(pixmap(self._icon, "accent", size, self.devicePixelRatioF()))
