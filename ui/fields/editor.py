"""What every field editor can do, and the editors of one line."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QToolButton,
    QWidget,
)

from app.errors import Invalid
from app.i18n import _
from app.model.fields import Field
from ui.theme import icon_size, look, set_icon

WIDE_FROM = 400  # a line that may hold so many characters is shown as long as the form is wide
Raw = str | bool | list[Any] | dict[str, Any]


class Editor(QWidget):
    """Edits one value. `value` is checked by the field; `raw` is what was typed, right or wrong, for drafts."""

    changed = Signal()
    wide = False  # takes a whole line of a form that has two columns
    labels_itself = False  # shows its label within (a tick box)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._main: QWidget = self
        self._named: list[tuple[QWidget, str]] = []

    def value(self) -> Any:
        """The value as it would be kept. Raises Invalid."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """Show a value that was kept."""
        raise NotImplementedError

    def raw(self) -> Raw:
        """What stands in the editor, as JSON can hold it."""
        raise NotImplementedError

    def show_raw(self, raw: Raw) -> None:
        """Show again what `raw` gave. Anything else is ignored."""
        raise NotImplementedError

    def set_read_only(self, read_only: bool) -> None:
        """Let it be read and copied, not edited."""
        self._main.setEnabled(not read_only)

    def mark(self, invalid: bool) -> None:
        """Colour the edge of what has to be mended."""
        for widget in self._edges():
            if widget.property("invalid") != invalid:
                widget.setProperty("invalid", invalid)
                widget.style().unpolish(widget)
                widget.style().polish(widget)

    def name(self, label: str, description: str = "") -> None:
        """Tell screen readers what this is."""
        self._main.setAccessibleName(label)
        self._main.setAccessibleDescription(description)
        for widget, part in self._named:
            widget.setAccessibleName(_("{field}: {part}").format(field=label, part=_(part)))

    def holds(self, main: QWidget) -> None:
        """This inner widget takes the focus and the name."""
        self._main = main
        self.setFocusProxy(main)

    def inner(self) -> QWidget:
        """The widget that takes the focus."""
        return self._main

    def _edges(self) -> tuple[QWidget, ...]:
        return (self._main,)

    def _row(self, *widgets: QWidget) -> QHBoxLayout:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look().tokens.px(4))
        for widget in widgets:
            row.addWidget(widget)
        row.setStretch(0, 1)
        return row


class LineEditor(Editor):
    """One line of text."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.wide = field.kind == "text" and field.max >= WIDE_FROM
        self.line = QLineEdit()
        self.holds(self.line)
        self.line.textChanged.connect(lambda _text: self.changed.emit())
        self.row = self._row(self.line)

    def value(self) -> Any:
        return self.field.clean(self.line.text())

    def show_value(self, value: Any) -> None:
        self.line.setText(str(value or ""))
        self.line.setCursorPosition(0)

    def raw(self) -> Raw:
        return self.line.text()

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, str):
            self.line.setText(raw)

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)


class ReachEditor(LineEditor):
    """A phone number, an e-mail address or a website, with a button to use it and one to copy it."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        sign, hint = {
            "phone": ("phone", _("Call")),
            "email": ("mail", _("Write an e-mail")),
            "web": ("open", _("Open in the browser")),
        }[field.kind]
        self._open = self._button(sign, hint, self._reach)
        self._copy = self._button("copy", _("Copy"), self._take)
        self.line.textChanged.connect(self._arm)
        self._arm("")

    def _button(self, sign: str, hint: str, act: Any) -> QToolButton:
        button = QToolButton()
        set_icon(button, sign)
        button.setIconSize(icon_size())
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        # Tab goes from field to field; the context menu key reaches the same two actions.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(act)
        self.row.addWidget(button)
        return button

    def link(self) -> str:
        """What the operating system is asked to open; empty while the value makes no sense."""
        try:
            text = str(self.field.clean(self.line.text()))
        except Invalid:
            return ""
        if not text:
            return ""
        if self.field.kind == "phone":
            digits = "".join(sign for sign in text if sign.isdigit() or sign == "+")
            return f"tel:{digits}" if digits else ""
        if self.field.kind == "email":
            return f"mailto:{text}"
        return text if text.casefold().startswith(("http://", "https://")) else f"https://{text}"

    def _arm(self, _text: str) -> None:
        has_text = bool(self.line.text().strip())
        for button in (self._open, self._copy):
            button.setVisible(has_text)

    def _reach(self) -> None:
        if link := self.link():
            QDesktopServices.openUrl(QUrl(link))

    def _take(self) -> None:
        QGuiApplication.clipboard().setText(self.line.text().strip())


class LongTextEditor(Editor):
    """Several lines. It grows with its text up to a dozen of them; Tab goes on to the next field."""

    wide = True

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.holds(self.text)
        self.text.textChanged.connect(self._changed)
        self._row(self.text)
        self._fit()

    def value(self) -> Any:
        return self.field.clean(self.text.toPlainText())

    def show_value(self, value: Any) -> None:
        self.text.setPlainText(str(value or ""))

    def raw(self) -> Raw:
        return self.text.toPlainText()

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, str):
            self.text.setPlainText(raw)

    def set_read_only(self, read_only: bool) -> None:
        self.text.setReadOnly(read_only)

    def _changed(self) -> None:
        self._fit()
        self.changed.emit()

    def _fit(self) -> None:
        lines = max(3, min(12, self.text.document().blockCount() + 1))
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * lines + look().tokens.px(20))


class ChoiceEditor(Editor):
    """One of a few."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.box = QComboBox()
        self.holds(self.box)
        if not field.required:
            self.box.addItem(_(getattr(field, "empty_label", "")) or "–", "")
        for value, label in getattr(field, "options", ()):
            self.box.addItem(_(label), value)
        self.box.setMaxVisibleItems(16)
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.box.installEventFilter(self)
        self.box.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self._row(self.box)

    def value(self) -> Any:
        return self.field.clean(self.box.currentData() or "")

    def show_value(self, value: Any) -> None:
        index = self.box.findData(value or "")
        if index < 0 and value:  # a value of a newer version: keep it, show it as it is
            self.box.addItem(str(value), value)
            index = self.box.count() - 1
        self.box.setCurrentIndex(index)

    def raw(self) -> Raw:
        return str(self.box.currentData() or "")

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, str):
            self.show_value(raw)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Scrolling a form must not change the choices that pass under the pointer.
        if isinstance(event, QWheelEvent) and not self.box.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


class YesNoEditor(Editor):
    """A box to tick."""

    labels_itself = True

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.box = QCheckBox(_(field.label))
        self.holds(self.box)
        self.box.toggled.connect(lambda _on: self.changed.emit())
        self._row(self.box)

    def value(self) -> Any:
        return self.field.clean(self.box.isChecked())

    def show_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))

    def raw(self) -> Raw:
        return self.box.isChecked()

    def show_raw(self, raw: Raw) -> None:
        self.box.setChecked(raw is True)
