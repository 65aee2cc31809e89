"""Editors of several short texts: tags, several choices; each is a chip that can be taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCompleter, QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from app.errors import Invalid
from app.i18n import _, listed
from app.model.fields import Field
from ui.fields.editor import Editor, Raw
from ui.fields.flow import FlowLayout
from ui.theme import look, plain, set_icon


def hue_of(text: str) -> int:
    """The same text always gets the same colour; no meaning hangs on it."""
    return sum(text.encode()) % len(look().tokens.hues)


class Chip(QWidget):
    """A text on a coloured ground, with a cross where it may be removed."""

    removed = Signal()

    def __init__(
        self, text: str, *, hue: int | None = None, removable: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.text = text
        self._hue = hue_of(text) if hue is None else hue
        self.setFont(look().font(-1))
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(8), px(2), px(2 if removable else 8), px(2))
        row.setSpacing(px(2))
        self._label = QLabel(plain(text))
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setFont(self.font())
        row.addWidget(self._label)
        if removable:
            cross = QToolButton()
            set_icon(cross, "close", "text")
            cross.setIconSize(QSize(px(10), px(10)))
            cross.setStyleSheet("padding: 1px; border: none;")
            cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            cross.setAccessibleName(_("Remove {text}").format(text=plain(text)))
            cross.setToolTip(_("Remove {text}").format(text=plain(text)))
            cross.clicked.connect(self.removed)
            row.addWidget(cross)
        self._restyle()
        look().changed.connect(self._restyle)

    def _restyle(self) -> None:
        self._under, self._over = look().tokens.hues[self._hue % len(look().tokens.hues)]
        self._label.setStyleSheet(f"color: {self._over};")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outlined = look().tokens.name == "contrast"
        painter.setPen(QColor(self._over) if outlined else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._under))
        radius = self.height() / 2
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), radius, radius)


class ChipBox(QFrame):
    """Chips and a line to type the next one. Enter or comma adds, Backspace takes the last away."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "input")
        px = look().tokens.px
        self._flow = FlowLayout(self, px(4), stretch_last=True)
        self._flow.setContentsMargins(px(4), px(4), px(4), px(4))
        self.line = QLineEdit()
        self.line.setProperty("role", "bare")
        self.line.setMinimumWidth(px(90))
        self.line.installEventFilter(self)
        self.line.returnPressed.connect(self.take_line)
        self.line.textEdited.connect(self._edited)
        self._flow.addWidget(self.line)
        self._chips: list[tuple[Any, Chip]] = []
        self.make: Callable[[str], Any] = str.strip  # text to element; None refuses, Invalid too
        self.show_text: Callable[[Any], str] = str
        self._model = QStringListModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.activated.connect(self._picked)
        self.line.setCompleter(self._completer)
        self.setFocusProxy(self.line)
        self.read_only = False

    def suggest(self, texts: Iterable[str]) -> None:
        """What is offered while typing."""
        self._model.setStringList(sorted(set(texts), key=str.casefold))

    def elements(self) -> tuple[Any, ...]:
        """What the chips stand for."""
        return tuple(element for element, _chip in self._chips)

    def show_elements(self, elements: Iterable[Any]) -> None:
        """Show these and no others."""
        for _element, chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips.clear()
        for element in elements:
            self._add(element)
        self.changed.emit()

    def take_line(self) -> bool:
        """Turn what stands in the line into a chip; False if it cannot become one."""
        text = self.line.text().strip()
        if not text:
            return True
        try:
            element = self.make(text)
        except Invalid:
            return False
        if element in (None, ""):
            return False
        if element not in self.elements():
            self._add(element)
        self.line.clear()
        self.changed.emit()
        return True

    def remove(self, element: Any) -> None:
        """Take a chip away."""
        for place, (known, chip) in enumerate(self._chips):
            if known == element:
                del self._chips[place]
                self._flow.removeWidget(chip)
                chip.hide()
                chip.deleteLater()
                self._settle()
                self.changed.emit()
                return

    def set_read_only(self, read_only: bool) -> None:
        """Show the chips without a line and crosses."""
        self.read_only = read_only
        self.line.setVisible(not read_only)
        self.show_elements(self.elements())

    def _add(self, element: Any) -> None:
        chip = Chip(self.show_text(element), removable=not self.read_only, parent=self)
        chip.removed.connect(lambda: self.remove(element))
        self._chips.append((element, chip))
        self._flow.insert_before_last(chip)
        chip.show()
        self._settle()

    def _settle(self) -> None:
        self._flow.invalidate()
        self.updateGeometry()
        names = listed(chip.text for _element, chip in self._chips)
        self.line.setAccessibleDescription(names)

    def _edited(self, text: str) -> None:
        if text.endswith((",", "，", ";", "；")):
            self.line.setText(text[:-1])
            self.take_line()
        else:
            self.changed.emit()

    def _picked(self, text: str) -> None:
        self.line.setText(text)
        self.take_line()
        # The completer writes its text into the line after this signal.
        QTimer.singleShot(0, self.line, self.line.clear)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("focused", kind == QEvent.Type.FocusIn)
            self.style().unpolish(self)
            self.style().polish(self)
            popup = self._completer.popup()
            if kind == QEvent.Type.FocusOut and not (popup and popup.isVisible()):
                self.take_line()
        elif isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Backspace and not self.line.text() and self._chips:
                self.remove(self._chips[-1][0])
                return True
            if event.key() == Qt.Key.Key_Down and not self.line.text():
                self._completer.setCompletionPrefix("")
                self._completer.complete()
                return True
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.line.setFocus(Qt.FocusReason.MouseFocusReason)


class ChipsEditor(Editor):
    """Tags, several choices, and other sets of short texts."""

    wide = True

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.chips = ChipBox()
        self.holds(self.chips.line)
        options: tuple[tuple[str, str], ...] = getattr(field, "options", ())
        labels = dict(options)
        self.chips.show_text = lambda element: _(labels.get(element, element))
        self.chips.make = self._make
        self.chips.suggest(_(label) for _value, label in options)
        self.chips.changed.connect(self.changed)
        self._row(self.chips)

    def suggest(self, texts: Iterable[str]) -> None:
        """What is offered while typing (tags in use)."""
        self.chips.suggest(texts)

    def value(self) -> Any:
        rest = self.chips.line.text().strip()
        return self.field.clean([*self.chips.elements(), *([rest] if rest else ())])

    def show_value(self, value: Any) -> None:
        self.chips.show_elements(value or ())

    def raw(self) -> Raw:
        return [list(self.chips.elements()), self.chips.line.text()]

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, list) and len(raw) == 2 and isinstance(raw[0], list):
            self.chips.show_elements(raw[0])
            self.chips.line.setText(str(raw[1]))

    def set_read_only(self, read_only: bool) -> None:
        self.chips.set_read_only(read_only)

    def _make(self, text: str) -> Any:
        cleaned = self.field.clean([text])
        return cleaned[0] if cleaned else None

    def _edges(self) -> tuple[QWidget, ...]:
        return (self.chips,)
