"""What happened with a customer, newest first, by day; a few at a time, however many there are."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStyleOptionViewItem, QToolButton, QVBoxLayout, QWidget

from app.features.crm import timeline
from app.features.crm.activities import ACTIVITIES
from app.features.crm.timeline import Entry
from app.i18n import _
from app.ids import Id
from ui import formats
from ui.desk import Desk
from ui.theme import look, pixmap, plain
from ui.widgets.composer import SIGNS
from ui.widgets.empty import EmptyState
from ui.widgets.lines import LINE, WRAP, Index, LineDrawer, Lines

AT_ONCE = 60
KIND_LABELS = dict(ACTIVITIES)
HUES = {"visit": 0, "call": 1, "message": 5, "note": 6}


@dataclass(frozen=True, slots=True)
class Day:
    """A heading."""

    day: date


class TimelineModel(QAbstractListModel):
    """Days and entries as far as they were asked for."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._rows: array[int] = array("q")
        self._asked = 0
        self._is_asking = False
        self._generation = 0
        self._lines: list[Day | Entry] = []
        self.total = 0

    def show(self, rows: array[int], *, keep: int = 0) -> None:
        """Other rows; at least `keep` of them are fetched at once, so that the place on screen stays."""
        self._rows, self.total = rows, len(rows)
        self._generation += 1
        self._is_asking = False
        self._fetch(0, max(AT_ONCE, keep), fresh=True)

    @property
    def entries(self) -> list[Entry]:
        """The entries that are here."""
        return [line for line in self._lines if isinstance(line, Entry)]

    def line(self, row: int) -> Day | Entry | None:
        """What stands at a place."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._lines)

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and not self._is_asking and self._asked < len(self._rows)

    def fetchMore(self, parent: Index) -> None:
        self._fetch(self._asked, AT_ONCE, fresh=False)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self._lines[index.row()]
        if role == LINE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return day_label(line.day) if isinstance(line, Day) else spoken(line)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self._lines[index.row()], Day):
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _fetch(self, first: int, count: int, *, fresh: bool) -> None:
        rows, generation = self._rows[first : first + count], self._generation
        self._is_asking = True

        def landed(found: list[Entry]) -> None:
            if generation == self._generation:
                self._is_asking = False
                self._asked = first + len(rows)
                self._take(found, fresh=fresh)

        self._desk.ask(self, timeline.entries, rows).then(landed).start()

    def _take(self, found: list[Entry], *, fresh: bool) -> None:
        lines: list[Day | Entry] = []
        last = None if fresh or not self._lines else self._lines[-1]
        day = day_of(last.at_ms) if isinstance(last, Entry) else None
        for entry in found:
            if day_of(entry.at_ms) != day:
                day = day_of(entry.at_ms)
                lines.append(Day(day))
            lines.append(entry)
        if fresh:
            self.beginResetModel()
            self._lines = lines
            self.endResetModel()
        elif lines:
            self.beginInsertRows(QModelIndex(), len(self._lines), len(self._lines) + len(lines) - 1)
            self._lines += lines
            self.endInsertRows()


class TimelineDrawer(LineDrawer):
    """Days as headings; entries with a sign, who and when above, the text below."""

    def _margins(self) -> tuple[int, int]:
        px = look().tokens.px
        return px(44), px(12)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = self.line(index)
        if isinstance(line, Day):
            return self.heading_size()
        px = look().tokens.px
        width = self.view.width_for_text(*self._margins())
        return QSize(10, px(30) + self.text_height(line.text, width) + px(8))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line, px, now = self.line(index), look().tokens.px, look()
        painter.save()
        if isinstance(line, Day):
            self.draw_heading(painter, option, day_label(line.day))
            painter.restore()
            return
        self.draw_ground(painter, option)
        box = option.rect
        under, over = now.tokens.hues[HUES.get(line.kind, 7)]
        side = px(28)
        disc = QRect(box.left() + px(6), box.top() + px(7), side, side)
        from PySide6.QtGui import QColor

        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(under))
        painter.setPen(QColor(over) if now.tokens.name == "contrast" else Qt.PenStyle.NoPen)
        painter.drawEllipse(disc)
        sign = px(16)
        at = disc.center() - QPoint(sign // 2 - 1, sign // 2 - 1)
        painter.drawPixmap(
            at, pixmap(SIGNS.get(line.kind, "note"), "text", sign, self.view.devicePixelRatioF())
        )
        left, right = self._margins()
        width = self.view.width_for_text(left, right)
        head = QRect(box.left() + left, box.top() + px(6), width, px(18))
        painter.setFont(now.font(-1, strong=True))
        painter.setPen(now.color("text"))
        kind = _(KIND_LABELS.get(line.kind, line.kind))
        painter.drawText(head, int(Qt.AlignmentFlag.AlignVCenter), kind)
        head.setLeft(head.left() + painter.fontMetrics().horizontalAdvance(kind) + px(8))
        painter.setFont(now.font(-1))
        painter.setPen(now.color("text_soft"))
        metrics = painter.fontMetrics()
        detail = metrics.elidedText(details(line), Qt.TextElideMode.ElideRight, head.width())
        painter.drawText(head, int(Qt.AlignmentFlag.AlignVCenter), detail)
        painter.setFont(now.font())
        painter.setPen(now.color("text"))
        body = QRect(box.left() + left, box.top() + px(26), width, box.height() - px(28))
        painter.drawText(body, WRAP, plain(line.text))
        painter.restore()


class Timeline(QWidget):
    """The list with its kinds above. It asks for itself once `show_of` says whose it is."""

    edit_wanted = Signal(object)  # an Entry
    delete_wanted = Signal(object)
    counted = Signal(int)

    def __init__(self, desk: Desk, write: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._of = desk, None
        self._customer: Id | None = None
        self._chosen: tuple[str, ...] = ()
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        self._bar = QWidget()
        self._row = QHBoxLayout(self._bar)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(px(4))
        self.kinds: dict[str, QToolButton] = {}
        for name, label in (("", _("All")), *((name, _(label)) for name, label in ACTIVITIES)):
            button = QToolButton()
            button.setText(label)
            button.setCheckable(True)
            button.setChecked(not name)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setProperty("kind", "small")
            button.clicked.connect(lambda _on=False, name=name: self.show_kind(name))
            self._row.addWidget(button)
            self.kinds[name] = button
        self._row.addStretch(1)
        column.addWidget(self._bar)
        self.model = TimelineModel(desk, self)
        self.list = Lines(_("Timeline"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(TimelineDrawer(self.list))
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.list.doubleClicked.connect(lambda index: self._edit(index.row()))
        self.list.installEventFilter(self)
        column.addWidget(self.list, 1)
        self.empty = EmptyState(
            "note",
            _("Nothing has been noted yet"),
            _("A visit, a call, a promise: one sentence now saves ten questions later."),
            _("Note something"),
            write,
        )
        self.empty.hide()
        column.addWidget(self.empty, 1)
        self.model.modelReset.connect(self._settle)

    def show_of(self, customer: Id) -> None:
        """The timeline of this customer."""
        if customer != self._customer:
            self._customer = customer
            self._chosen = ()
            self._press()
            self.list.scrollToTop()
        self.refresh()

    def show_kind(self, kind: str) -> None:
        """Only entries of this kind; empty for all."""
        self._chosen = (kind,) if kind else ()
        self._press()
        self.refresh()

    def refresh(self) -> None:
        """Something was added or changed: ask anew and stay where one was."""
        if self._customer is None:
            return
        keep, place = len(self.model.entries), self.list.verticalScrollBar().value()

        def landed(rows: array[int]) -> None:
            self._place = place
            self.model.show(rows, keep=keep)

        asked = self._desk.ask(self, timeline.timeline, self._customer, self._chosen)
        asked.then(landed).latest("timeline").start()
        counts = self._desk.ask(self, timeline.kinds_of, self._customer)
        counts.then(self._show_counts).latest("kinds").start()

    def _show_counts(self, found: dict[str, int]) -> None:
        total = sum(found.values())
        for name, button in self.kinds.items():
            count = found.get(name, 0) if name else total
            label = _(KIND_LABELS[name]) if name else _("All")
            text = _("{label} {n}").format(label=label, n=formats.count(count)) if count else label
            button.setText(text)
            button.setAccessibleName(text)
            button.setEnabled(bool(count) or not name)
        self.counted.emit(total)

    def _settle(self) -> None:
        has_any = self.model.rowCount() > 0
        self.list.setVisible(has_any)
        self.empty.setVisible(not has_any)
        self._bar.setVisible(has_any or bool(self._chosen))
        self.list.verticalScrollBar().setValue(getattr(self, "_place", 0))

    def _press(self) -> None:
        for name, button in self.kinds.items():
            button.setChecked(name == (self._chosen[0] if self._chosen else ""))

    def _edit(self, row: int) -> None:
        line = self.model.line(row)
        if isinstance(line, Entry):
            self.edit_wanted.emit(line)

    def _delete(self, row: int) -> None:
        line = self.model.line(row)
        if isinstance(line, Entry):
            self.delete_wanted.emit(line)

    def _copy(self, row: int) -> None:
        line = self.model.line(row)
        if isinstance(line, Entry):
            QGuiApplication.clipboard().setText(line.text)

    def _open_menu(self, at: QPoint) -> None:
        row = self.list.indexAt(at).row()
        if not isinstance(self.model.line(row), Entry):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("Edit"), lambda: self._edit(row))
        menu.addAction(_("Copy text"), lambda: self._copy(row))
        menu.addSeparator()
        menu.addAction(_("Delete"), lambda: self._delete(row))
        menu.popup(self.list.viewport().mapToGlobal(at))

    def eventFilter(self, watched: QObject, event: Any) -> bool:
        if watched is self.list and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            row = self.list.currentIndex().row()
            match event.key():
                case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_F2:
                    self._edit(row)
                    return True
                case Qt.Key.Key_Delete:
                    self._delete(row)
                    return True
        return super().eventFilter(watched, event)


def day_of(at_ms: int) -> date:
    """The day on this computer's clock."""
    return datetime.fromtimestamp(at_ms / 1000).astimezone().date()


def day_label(day: date) -> str:
    """Today, yesterday, or the day with its weekday."""
    days = (datetime.now().astimezone().date() - day).days
    if days == 0:
        return _("Today")
    if days == 1:
        return _("Yesterday")
    weekday = formats.weekday(("mo", "tu", "we", "th", "fr", "sa", "su")[day.weekday()])
    return _("{weekday}, {day}").format(weekday=weekday, day=formats.day(day))


def details(entry: Entry) -> str:
    """With whom, by whom, at what time."""
    mark = _("to be decided") if entry.is_undecided else ""
    parts = [mark, entry.contact_name, entry.by, formats.clock_time(entry.at_ms)]
    return plain(" · ".join(part for part in parts if part))


def spoken(entry: Entry) -> str:
    """An entry as a screen reader says it."""
    return _("{kind}, {details}: {text}").format(
        kind=_(KIND_LABELS.get(entry.kind, entry.kind)), details=details(entry), text=plain(entry.text)
    )
