"""What an empty list or page says instead: what belongs here, and how to begin."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
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
        self._sentence: QLabel | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(32), px(16), px(32))
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
            self._sentence = sentence
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._wrap()

    def minimumSizeHint(self) -> QSize:
        # Else the sentence, wide as it was wrapped last, would keep the page from becoming narrower.
        return QSize(look().tokens.px(160), super().minimumSizeHint().height())

    def _wrap(self) -> None:
        """A wrapping label that is centred gets the height of its own guess: give it the width it wraps at."""
        if self._sentence is not None:
            px, label = look().tokens.px, self._sentence
            wanted = label.fontMetrics().horizontalAdvance(label.text()) + px(24)
            width = max(px(120), min(px(420), wanted, self.width() - px(32)))
            label.setFixedWidth(width)
            label.setMinimumHeight(label.heightForWidth(width))

    def _restyle(self) -> None:
        size = look().tokens.px(40)
        self._sign.setPixmap(pixmap(self._icon, "accent", size, self.devicePixelRatioF()))
        self._wrap()
