"""Editor of delivery windows: a line for each span of hours, with the weekdays on which it holds."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.errors import Invalid
from app.i18n import _
from app.model.fields import DAYS, Field
from ui import formats
from ui.fields.editor import Editor, Raw
from ui.fields.reading import read_time
from ui.theme import icon_size, look, set_icon


class _Span(QWidget):
    """Weekdays, from, to."""

    changed = Signal()
    removed = Signal()

    def __init__(self, days: set[str], start: str, end: str) -> None:
        super().__init__()
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(2))
        self.days: dict[str, QToolButton] = {}
        for day in DAYS:
            button = QToolButton()
            button.setText(formats.weekday(day))
            button.setToolTip(formats.weekday(day, full=True))
            button.setAccessibleName(formats.weekday(day, full=True))
            button.setCheckable(True)
            button.setChecked(day in days)
            button.toggled.connect(lambda _on: self.changed.emit())
            row.addWidget(button)
            self.days[day] = button
        row.addSpacing(px(8))
        self.start, self.end = QLineEdit(start), QLineEdit(end)
        for line, name in ((self.start, _("From")), (self.end, _("To"))):
            line.setAccessibleName(name)
            line.setPlaceholderText("06:00" if line is self.start else "10:00")
            line.setFixedWidth(px(66))
            line.textChanged.connect(lambda _text: self.changed.emit())
            line.editingFinished.connect(lambda line=line: _tidy(line))
        row.addWidget(self.start)
        row.addWidget(QLabel("–"))
        row.addWidget(self.end)
        remove = QToolButton()
        set_icon(remove, "close")
        remove.setIconSize(icon_size())
        remove.setToolTip(_("Remove this line"))
        remove.setAccessibleName(_("Remove this line"))
        remove.clicked.connect(self.removed)
        row.addWidget(remove)
        row.addStretch(1)
        self._remove = remove

    def chosen(self) -> list[str]:
        """The weekdays that are pressed."""
        return [day for day, button in self.days.items() if button.isChecked()]

    def is_empty(self) -> bool:
        """Whether nothing was filled in."""
        return not self.start.text().strip() and not self.end.text().strip()

    def set_read_only(self, read_only: bool) -> None:
        """Show without letting edit."""
        for button in self.days.values():
            button.setEnabled(not read_only)
        self.start.setReadOnly(read_only)
        self.end.setReadOnly(read_only)
        self._remove.setVisible(not read_only)


class WindowsEditor(Editor):
    """Delivery windows. Days that share their hours share a line."""

    wide = True

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._spans: list[_Span] = []
        self._label = ""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look().tokens.px(4))
        self.add = QPushButton(_("Add hours"))
        self.add.setProperty("kind", "plain")
        set_icon(self.add, "plus", "accent_text")
        self.add.clicked.connect(self._add_new)
        self._column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        self.holds(self.add)

    def value(self) -> Any:
        windows: list[str] = []
        for span in self._spans:
            if span.is_empty():
                continue
            if not span.chosen():
                raise self.field.invalid(_("Please choose the weekdays of these hours."))
            try:
                start, end = read_time(span.start.text()), read_time(span.end.text())
            except ValueError:
                raise self.field.invalid(_("Please write the hours as 06:00 and 10:30.")) from None
            for day in span.chosen():
                windows.append(f"{day} {start[0]:02}:{start[1]:02}-{end[0]:02}:{end[1]:02}")
        try:
            return self.field.clean(windows)
        except Invalid:
            raise self.field.invalid(_("The hours must end after they begin, on the same day.")) from None

    def show_value(self, value: Any) -> None:
        by_hours: dict[str, set[str]] = {}
        for window in value or ():
            by_hours.setdefault(window[3:], set()).add(window[:2])
        spans = []
        for hours, days in sorted(by_hours.items()):
            start, _dash, end = hours.partition("-")
            spans.append((days, start, end))
        self._show(spans)

    def raw(self) -> Raw:
        return [[span.chosen(), span.start.text(), span.end.text()] for span in self._spans]

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, list) and all(isinstance(part, list) and len(part) == 3 for part in raw):
            self._show([(set(days), str(start), str(end)) for days, start, end in raw])

    def name(self, label: str, description: str = "") -> None:
        self._label = label
        self.add.setAccessibleName(_("{field}: {part}").format(field=label, part=_("Add hours")))
        self.add.setAccessibleDescription(description)

    def set_read_only(self, read_only: bool) -> None:
        self.add.setVisible(not read_only)
        for span in self._spans:
            span.set_read_only(read_only)

    def _show(self, spans: list[tuple[set[str], str, str]]) -> None:
        for span in self._spans:
            self._column.removeWidget(span)
            span.hide()
            span.deleteLater()
        self._spans.clear()
        for days, start, end in spans:
            self._insert(days, start, end)
        self.changed.emit()

    def _insert(self, days: set[str], start: str, end: str) -> _Span:
        span = _Span(days, start, end)
        span.changed.connect(self.changed)
        span.removed.connect(lambda: self._remove(span))
        self._column.insertWidget(len(self._spans), span)
        self._spans.append(span)
        return span

    def _add_new(self) -> None:
        free = set(DAYS[:5]) if not self._spans else set()
        self._insert(free, "", "").start.setFocus()
        self.changed.emit()

    def _remove(self, span: _Span) -> None:
        self._spans.remove(span)
        self._column.removeWidget(span)
        span.hide()
        span.deleteLater()
        self.add.setFocus()
        self.changed.emit()

    def _edges(self) -> tuple[QWidget, ...]:
        return tuple(line for span in self._spans for line in (span.start, span.end))


def _tidy(line: QLineEdit) -> None:
    try:
        hours, minutes = read_time(line.text())
    except ValueError:
        return
    line.setText(f"{hours:02}:{minutes:02}")
