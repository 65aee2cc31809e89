"""A record that lives with another, as a card, and the panel into which its card opens."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from app.i18n import _
from ui.form import Form
from ui.theme import icon_size, look, pixmap, plain, set_icon
from ui.widgets.avatar import Avatar
from ui.widgets.banner import Banner

Detail = tuple[str, str, str]
"""Icon, text, and what the operating system opens when it is pressed (empty: nothing)."""


class Card(QFrame):
    """One record. Enter or a click opens it for editing."""

    opened = Signal()
    deleted = Signal()
    reached = Signal(str)

    def __init__(self, title: str, subtitle: str, details: Sequence[Detail]) -> None:
        super().__init__()
        self.setProperty("role", "entry")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(
            plain(", ".join(part for part in (title, subtitle, *(d[1] for d in details)) if part))
        )
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(10), px(10), px(8), px(10))
        row.setSpacing(px(10))
        row.addWidget(Avatar(title, 32), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(px(2))
        column.addWidget(_label(title, "strong"))
        if subtitle:
            column.addWidget(_label(subtitle, "soft"))
        for sign, text, link in details:
            column.addLayout(self._detail(sign, text, link))
        row.addLayout(column, 1)
        edit = QToolButton()
        set_icon(edit, "pencil")
        edit.setIconSize(icon_size())
        edit.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        edit.setToolTip(_("Edit"))
        edit.setAccessibleName(_("Edit {name}").format(name=title))
        edit.clicked.connect(self.opened)
        row.addWidget(edit, 0, Qt.AlignmentFlag.AlignTop)

    def _detail(self, sign: str, text: str, link: str) -> QHBoxLayout:
        px = look().tokens.px
        row = QHBoxLayout()
        row.setSpacing(px(6))
        if link:
            button = QPushButton(plain(text))
            button.setProperty("kind", "link")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            set_icon(button, sign, "text_soft")
            button.clicked.connect(lambda: self.reached.emit(link))
            row.addWidget(button)
            row.addStretch(1)
        else:
            picture = QLabel()
            picture.setPixmap(pixmap(sign, "text_soft", px(16), self.devicePixelRatioF()))
            label = _label(text, "soft")
            label.setWordWrap(True)
            row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(label, 1)
        return row

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_F2 | Qt.Key.Key_Space:
                self.opened.emit()
            case Qt.Key.Key_Delete:
                self.deleted.emit()
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
            case _:
                super().keyPressEvent(event)


class Panel(QFrame):
    """One record being edited."""

    saved = Signal()
    left = Signal()
    deleted = Signal()

    def __init__(self, form: Form, is_new: bool) -> None:
        super().__init__()
        self.form = form
        self.setProperty("role", "card")
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(14), px(14), px(14), px(10))
        column.setSpacing(px(12))
        self.decision = Banner()
        column.addWidget(self.decision)
        column.addWidget(form)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        delete = QPushButton(_("Delete"))
        delete.setProperty("kind", "plain")
        delete.clicked.connect(self.deleted)
        if not is_new:
            row.addWidget(delete)
        row.addStretch(1)
        leave = QPushButton(_("Cancel"))
        leave.clicked.connect(self.left)
        save = QPushButton(_("Save"))
        save.setProperty("kind", "primary")
        save.clicked.connect(self.saved)
        row.addWidget(leave)
        row.addWidget(save)
        column.addLayout(row)
        form.submitted.connect(self.saved)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def show_invalid(self, field: str, text: str) -> bool:
        """What the door refused, beside its field; part of ui/errors.py's road."""
        return self.form.show_invalid(field, text)


def _label(text: str, role: str) -> QLabel:
    label = QLabel(plain(text))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label
