"""Pages made of cards: rows with a label and a control, in a column that scrolls."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.theme import icon_size, look, set_icon

MOST_PX = 720
NARROW_PX = 440


class CardColumn(QScrollArea):
    """A column of cards, not wider than is pleasant to read."""

    def __init__(self, most_px: int = MOST_PX) -> None:
        super().__init__()
        px = look().tokens.px
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setProperty("role", "page")
        outer = QHBoxLayout(page)
        outer.setContentsMargins(px(24), px(4), px(24), px(32))
        inside = QWidget()
        inside.setMaximumWidth(px(most_px))
        outer.addWidget(inside, 100)
        outer.addStretch(1)
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(px(12))
        self.column.addStretch(1)
        self.setWidget(page)

    def put(self, widget: QWidget) -> None:
        """Anything below the others."""
        self.column.insertWidget(self.column.count() - 1, widget)

    def card(self, title: str = "", text: str = "") -> Card:
        """A new card below the others."""
        card = Card(title, text)
        self.put(card)
        return card

    def clear(self) -> None:
        """Take every card away."""
        empty(self.column, keep_last=True)


def empty(layout: QLayout, *, keep_last: bool = False) -> None:
    """Take everything out of a layout; `keep_last` leaves its last item, a stretch."""
    while layout.count() > int(keep_last):
        item = layout.takeAt(0)
        if item is None:
            return
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            empty(inner)
            inner.deleteLater()


class Card(QFrame):
    """Rows that belong together, with a line between them."""

    def __init__(self, title: str = "", text: str = "") -> None:
        super().__init__()
        self.setProperty("role", "card")
        px = look().tokens.px
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(px(16), px(14), px(16), px(14))
        self.column.setSpacing(px(12))
        self._rows = 0
        if title:
            self.column.addWidget(words(title, "strong"))
        if text:
            self.column.addWidget(words(text, "soft"))
        self._rows = 1 if title or text else 0

    def row(self, label: str, control: QWidget | None = None, hint: str = "") -> Row:
        """A label with what it means at the left, a control at the right."""
        row = Row(label, control, hint)
        self.add(row, lined=True)
        return row

    def add(self, widget: QWidget, *, lined: bool = False) -> None:
        """Anything else, the whole width."""
        if lined and self._rows:
            line = QFrame()
            line.setProperty("role", "line")
            self.column.addWidget(line)
        self._rows += 1
        self.column.addWidget(widget)


class Row(QWidget):
    """The control goes below the label where there is little room."""

    def __init__(self, label: str, control: QWidget | None = None, hint: str = "") -> None:
        super().__init__()
        px = look().tokens.px
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(px(16))
        self.left = left = QVBoxLayout()
        left.setSpacing(px(2))
        self.label = words(label)
        self.hint = words(hint, "caption")
        self.hint.setVisible(bool(hint))
        left.addWidget(self.label)
        left.addWidget(self.hint)
        self._box.addLayout(left, 1)
        self.control = control
        if control is not None:
            control.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            self.label.setBuddy(control)
            if not control.accessibleName():
                control.setAccessibleName(label)
            if hint and not control.accessibleDescription():
                control.setAccessibleDescription(hint)
            self._box.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)

    def say(self, hint: str, label: str = "") -> None:
        """Other words under (and as) the label."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        if label:
            self.label.setText(label)
        if self.control is not None:
            self.control.setAccessibleDescription(hint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < look().tokens.px(NARROW_PX)
        wanted = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._box.direction() != wanted:
            self._box.setDirection(wanted)
            self._box.setSpacing(look().tokens.px(6 if narrow else 16))


def words(text: str, role: str = "") -> QLabel:
    """A label that wraps, is never markup, and looks like its role of the style sheet."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    return label


def push(text: str, act: Callable[[], object], icon: str = "", kind: str = "", name: str = "") -> QPushButton:
    """A button; `name` says more to screen readers where the text alone is not enough."""
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.setAccessibleName(name or text)
    if kind:
        button.setProperty("kind", kind)
    if icon:
        color = {"primary": "on_accent", "danger": "on_danger", "plain": "accent_text"}.get(kind, "text")
        set_icon(button, icon, color)
        button.setIconSize(icon_size())
    button.clicked.connect(lambda _on=False: act())
    return button
