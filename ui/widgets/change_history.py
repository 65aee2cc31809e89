"""Who changed what of a record, from which value to which, with a way to put a value back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QVBoxLayout, QWidget

from app.features import history
from app.features.history import Line
from app.i18n import N_, _
from app.ids import Id
from app.model.fields import Field
from ui import formats
from ui.desk import Desk
from ui.theme import look, plain
from ui.widgets.empty import EmptyState
from ui.widgets.lines import LINE, WRAP, Index, LineDrawer, Lines

SAME_EDIT_MS = 2_000  # changes of one person within this time are one edit to the eye


@dataclass(frozen=True, slots=True)
class Head:
    """Who, and when."""

    author: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the record as a whole."""

    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field, from one value to another."""

    line: Line
    label: str
    before: str
    after: str
    is_element: bool = False
    """One element of a set, which comes or goes."""


Shown = Head | Event | Change
WHAT = {"made": N_("Created"), "deleted": N_("Deleted"), "restored": N_("Brought back")}


class HistoryModel(QAbstractListModel):
    """The lines as they are drawn."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lines: Sequence[Shown] = ()

    def show(self, lines: Sequence[Shown]) -> None:
        """Other lines."""
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role == LINE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return spoken(line)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self.lines[index.row()], Change):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return Qt.ItemFlag.ItemIsEnabled


class HistoryDrawer(LineDrawer):
    """A heading for each edit; below it the fields with the old and the new value."""

    def _margins(self) -> tuple[int, int]:
        px = look().tokens.px
        return px(12), px(12) + self.button_width()

    def button_width(self) -> int:
        """Room for “Put back”."""
        from PySide6.QtGui import QFontMetrics

        return QFontMetrics(look().font(-1)).horizontalAdvance(_("Put back")) + look().tokens.px(20)

    def button(self, box: QRect) -> QRect:
        """Where “Put back” stands in a line."""
        px = look().tokens.px
        width = self.button_width()
        return QRect(box.right() - width - px(4), box.top() + px(4), width, px(24))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line, px = self.line(index), look().tokens.px
        if isinstance(line, Head):
            return self.heading_size()
        if isinstance(line, Event):
            return QSize(10, px(28))
        width = self.view.width_for_text(*self._margins())
        return QSize(10, px(26) + self.text_height(values_of(line), width) + px(6))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line, px, now = self.line(index), look().tokens.px, look()
        painter.save()
        box, (left, right) = option.rect, self._margins()
        if isinstance(line, Head):
            self.draw_heading(painter, option, head_text(line))
        elif isinstance(line, Event):
            painter.setFont(now.font())
            painter.setPen(now.color("text"))
            painter.drawText(box.adjusted(left, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), line.text)
        else:
            self.draw_ground(painter, option)
            painter.setFont(now.font(-1))
            painter.setPen(now.color("text_soft"))
            top = QRect(box.left() + left, box.top() + px(6), box.width() - left - right, px(18))
            painter.drawText(top, int(Qt.AlignmentFlag.AlignVCenter), line.label)
            painter.setFont(now.font())
            painter.setPen(now.color("text"))
            width = self.view.width_for_text(left, right)
            body = QRect(box.left() + left, box.top() + px(25), width, box.height() - px(28))
            painter.drawText(body, WRAP, values_of(line))
            state = option.state
            if state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus):
                self._draw_button(painter, self.button(box))
        painter.restore()

    def _draw_button(self, painter: QPainter, box: QRect) -> None:
        now, px = look(), look().tokens.px
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(now.color("raised"))
        painter.setPen(now.color("control_border"))
        painter.drawRoundedRect(box, px(5), px(5))
        painter.setFont(now.font(-1))
        painter.setPen(now.color("accent_text"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), _("Put back"))

    def editorEvent(self, event: QEvent, model: Any, option: QStyleOptionViewItem, index: Index) -> bool:
        is_click = event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent)
        if is_click and isinstance(self.line(index), Change):
            at: QPoint = event.position().toPoint()  # type: ignore[attr-defined]
            if self.button(option.rect).contains(at):
                self.view.activated.emit(index)
                return True
        return False


class ChangeHistory(QWidget):
    """The history of one record. `put_back` gives the line whose old value is wanted again."""

    put_back = Signal(object)

    def __init__(self, desk: Desk, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._kind = desk, kind
        self._id: Id | None = None
        self._fields: Mapping[str, Field] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.model = HistoryModel(self)
        self.list = Lines(_("Change history"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(HistoryDrawer(self.list))
        self.list.activated.connect(lambda index: self._put_back(index.row()))
        self.list.installEventFilter(self)
        column.addWidget(self.list, 1)
        self.empty = EmptyState("history", _("Nothing has been changed yet"))
        self.empty.hide()
        column.addWidget(self.empty, 1)

    def show_of(self, id_: Id, fields: Mapping[str, Field]) -> None:
        """The history of this record; `fields` name and show its values."""
        if id_ != self._id:
            self._id = id_
            self.model.show(())
        self._fields = fields
        self.refresh()

    def refresh(self) -> None:
        """Ask anew."""
        if self._id is None:
            return

        def landed(lines: list[Line]) -> None:
            devices = tuple({line.device for line in lines})
            named = self._desk.ask(self, history.authors, devices)
            named.then(lambda names: self._show(lines, names)).latest("authors").start()

        self._desk.ask(self, history.history, self._kind, self._id).then(landed).latest("history").start()

    def _show(self, lines: list[Line], names: Mapping[Id, str]) -> None:
        place = self.list.verticalScrollBar().value()
        self.model.show(arranged(lines, names, self._fields))
        self.list.setVisible(bool(lines))
        self.empty.setVisible(not lines)
        self.list.verticalScrollBar().setValue(place)

    def _put_back(self, row: int) -> None:
        if 0 <= row < len(self.model.lines):
            line = self.model.lines[row]
            if isinstance(line, Change):
                self.put_back.emit(line.line)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_key = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if watched is self.list and is_key and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
            self._put_back(self.list.currentIndex().row())
            return True
        return super().eventFilter(watched, event)


def arranged(lines: Sequence[Line], names: Mapping[Id, str], fields: Mapping[str, Field]) -> list[Shown]:
    """Lines under headings of who and when. What a record was made with is one line: “Created”."""
    shown: list[Shown] = []
    last: Line | None = None
    for line in lines:
        if line.what == "changed" and (line.first or line.field not in fields):
            continue
        same = (
            last is not None
            and last.device == line.device
            and abs(last.at_ms - line.at_ms) < SAME_EDIT_MS
            and last.what == line.what == "changed"
        )
        if not same:
            shown.append(Head(names.get(line.device, ""), line.at_ms))
        last = line
        if line.what == "changed":
            field = fields[line.field]
            before, after = value_text(field, line.before), value_text(field, line.after)
            shown.append(Change(line, _(field.label), before, after, field.elementwise))
        else:
            shown.append(Event(_(WHAT[line.what])))
    return shown


def value_text(field: Field, value: Any) -> str:
    """A value, or an element of a set, on one line."""
    if field.elementwise and isinstance(value, str):
        return formats.value(field, (value,))
    return formats.value(field, value)


def values_of(change: Change) -> str:
    """What became of the field, in one sentence."""
    if change.before and change.after:
        return _("{before} → {after}").format(before=change.before, after=change.after)
    if change.is_element:
        text = _("added: {value}") if change.after else _("removed: {value}")
        return text.format(value=change.after or change.before)
    if change.after:
        return _("set to {value}").format(value=change.after)
    return _("emptied; it was {value}").format(value=change.before)


def head_text(head: Head) -> str:
    """Who changed something, and when."""
    when = formats.moment(head.at_ms)
    return plain(_("{author} · {when}").format(author=head.author, when=when)) if head.author else when


def spoken(line: Shown) -> str:
    """A line as a screen reader says it."""
    if isinstance(line, Head):
        return head_text(line)
    if isinstance(line, Event):
        return line.text
    return _("{field}: {change}. Enter puts the old value back.").format(
        field=line.label, change=values_of(line)
    )
