"""Editors of days and moments: typed freely, or picked from a calendar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QDate, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCalendarWidget, QFrame, QLineEdit, QToolButton, QVBoxLayout, QWidget

from app.i18n import N_, _
from app.model.fields import Field
from ui import formats
from ui.fields.editor import Editor, Raw
from ui.fields.reading import read_day, read_time
from ui.theme import icon_size, look, set_icon


class DayLine(QLineEdit):
    """A line that understands days. The arrow keys go to the day before and after."""

    def __init__(self) -> None:
        super().__init__()
        self.editingFinished.connect(self._tidy)

    def day(self) -> date | None:
        """The day meant; None for an empty line. Raises ValueError."""
        return read_day(self.text(), _today())

    def show_day(self, day: date | None) -> None:
        """Write the day in the present language."""
        self.setText(formats.day(day))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None or self.isReadOnly():
            super().keyPressEvent(event)
            return
        try:
            day = self.day() or _today()
            self.show_day(date.fromordinal(day.toordinal() + step))
        except (ValueError, OverflowError):
            self.show_day(_today())

    def _tidy(self) -> None:
        try:
            self.show_day(self.day())
        except (ValueError, OverflowError):
            return  # stays as typed; the form says what is wrong


class CalendarButton(QToolButton):
    """Opens a calendar; `picked` gives the day, None for clearing."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        set_icon(self, "calendar")
        self.setIconSize(icon_size())
        self.setToolTip(_("Pick a day"))
        self.setAccessibleName(_("Pick a day"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def open(self, day: date | None) -> None:
        """Show the calendar under the button."""
        sheet = QFrame(self, Qt.WindowType.Popup)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.setProperty("role", "card")
        calendar = QCalendarWidget()
        calendar.setLocale(formats.locale())
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        shown = day or _today()
        calendar.setSelectedDate(QDate(shown.year, shown.month, shown.day))
        box = QVBoxLayout(sheet)
        box.setContentsMargins(4, 4, 4, 4)
        box.addWidget(calendar)

        def take(picked: QDate) -> None:
            sheet.close()
            self.picked.emit(date(picked.year(), picked.month(), picked.day()))

        calendar.clicked.connect(take)
        calendar.activated.connect(take)
        sheet.adjustSize()
        sheet.move(self.mapToGlobal(QPoint(self.width() - sheet.width(), self.height() + 2)))
        sheet.show()
        calendar.setFocus()


class DayEditor(Editor):
    """A day that can be empty."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line = DayLine()
        self.line.setPlaceholderText(formats.day(_today()))
        self.line.textChanged.connect(lambda _text: self.changed.emit())
        self.holds(self.line)
        self.button = CalendarButton()
        self.button.clicked.connect(self._pick)
        self.button.picked.connect(self.line.show_day)
        self._row(self.line, self.button)

    def value(self) -> Any:
        try:
            return self.field.clean(self.line.day())
        except (ValueError, OverflowError):
            raise self.field.invalid(_not_a_day(self.line.text())) from None

    def show_value(self, value: Any) -> None:
        self.line.show_day(value)

    def raw(self) -> Raw:
        return self.line.text()

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, str):
            self.line.setText(raw)

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)
        self.button.setVisible(not read_only)

    def _pick(self) -> None:
        try:
            self.button.open(self.line.day())
        except (ValueError, OverflowError):
            self.button.open(None)


class MomentEditor(Editor):
    """A day and a time of this computer's time zone."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line = DayLine()
        self.time = QLineEdit()
        self.time.setFixedWidth(look().tokens.px(76))
        self.time.setPlaceholderText("09:00")
        self._named = [(self.time, N_("Time"))]
        self._kept: tuple[str, str, int] | None = None
        for line in (self.line, self.time):
            line.textChanged.connect(lambda _text: self.changed.emit())
        self.holds(self.line)
        self.button = CalendarButton()
        self.button.clicked.connect(lambda: self.button.open(None))
        self.button.picked.connect(self.line.show_day)
        self._row(self.line, self.button, self.time)

    def value(self) -> Any:
        if self._kept and (self.line.text(), self.time.text()) == self._kept[:2]:
            return self.field.clean(self._kept[2])  # seconds are not shown, and not lost
        try:
            day = self.line.day()
        except (ValueError, OverflowError):
            raise self.field.invalid(_not_a_day(self.line.text())) from None
        if day is None:
            return self.field.clean(None)
        try:
            hours, minutes = read_time(self.time.text() or "0:00")
            at = datetime(day.year, day.month, day.day, hours, minutes).astimezone()
        except ValueError:
            raise self.field.invalid(
                _("“{value}” is not a time. Write it as 14:30.").format(value=self.time.text()[:20])
            ) from None
        return self.field.clean(int(at.timestamp() * 1000))

    def show_value(self, value: Any) -> None:
        if value is None:
            self.line.clear()
            self.time.clear()
            self._kept = None
            return
        at = datetime.fromtimestamp(value / 1000).astimezone()
        self.line.show_day(at.date())
        self.time.setText(f"{at.hour:02}:{at.minute:02}")
        self._kept = (self.line.text(), self.time.text(), value)

    def raw(self) -> Raw:
        return [self.line.text(), self.time.text()]

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, list) and len(raw) == 2:
            self.line.setText(str(raw[0]))
            self.time.setText(str(raw[1]))

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)
        self.time.setReadOnly(read_only)
        self.button.setVisible(not read_only)

    def _edges(self) -> tuple[QWidget, ...]:
        return (self.line, self.time)


def _not_a_day(text: str) -> str:
    return _("“{value}” is not a day. Write it as {example}.").format(
        value=text[:40], example=formats.day(_today())
    )


def _today() -> date:
    return datetime.now().astimezone().date()
