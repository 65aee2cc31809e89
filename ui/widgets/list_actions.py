"""What can be done with the chosen rows of a list: open, edit, tag, export, delete; and how rows are chosen."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QStackedWidget, QToolButton, QWidget

from app.features import lists
from app.features.lists import Listing
from app.i18n import N_, _
from app.ids import Id
from app.model.entity import Entity
from app.model.fields import Field
from ui import formats
from ui.actions import Action
from ui.dialogs import confirm
from ui.table import RowsModel, Table
from ui.theme import icon_size, look, set_icon
from ui.widgets.bulk_edit import ADD, SET, TAKE, BulkEdit, Wanted
from ui.widgets.export_dialog import ExportDialog
from ui.widgets.inline_edit import InlineEdit
from ui.widgets.list_of import ListOf, Words
from ui.widgets.screen import Screen
from ui.widgets.suggestions import suggest

Flag = QItemSelectionModel.SelectionFlag
MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class ListScreen(Screen):
    """What the actions need of the screen that they act on; RecordList builds it."""

    of: ListOf
    words: Words
    entity: Entity
    custom: tuple[Field, ...]
    listing: Listing
    model: RowsModel
    table: Table
    inline: InlineEdit
    bars: QStackedWidget

    def now_ms(self) -> int:
        """What “the last days” count from."""
        return int(time.time() * 1000)

    def open_record(self, id_: Any, row: int) -> None:
        """Show a record; it can go to its neighbours in this list."""
        self.desk.open(self.of.kind, id_, among=self.model.ids(), at=row)


class ListActions(QObject):
    """One per list. `bar` stands in place of the tools while several rows are chosen."""

    def __init__(self, of: ListScreen) -> None:
        super().__init__(of)
        self._list = of
        self._is_picking = False  # Space picks rows one by one; the arrows then leave the picked ones alone
        self.bar = QWidget()
        self.label = QLabel()
        self.label.setProperty("role", "strong")

    # Choosing

    def key(self, event: QKeyEvent) -> bool:
        """A key pressed on the table; True where it was used."""
        table, key, held = self._list.table, Qt.Key(event.key()), event.modifiers()
        here = table.currentIndex()
        if key == Qt.Key.Key_Space and here.isValid():
            if not self._is_picking and table.chosen_count() <= 1:
                # The row on which the keyboard merely stood was not picked by anybody.
                table.selectionModel().clearSelection()
            self._is_picking = True
            table.selectionModel().select(here, Flag.Toggle | Flag.Rows)
            self.chosen_changed(table.chosen_count())
            return True
        if key == Qt.Key.Key_Escape and (self._is_picking or table.chosen_count() > 1):
            self.clear()
            return True
        if self._is_picking and key in MOVES and held == Qt.KeyboardModifier.NoModifier:
            row = max(0, min(here.row() + MOVES[key], self._list.model.rowCount() - 1))
            at = self._list.model.index(row, max(0, here.column()))
            table.selectionModel().setCurrentIndex(at, Flag.NoUpdate)
            table.scrollTo(at)
            table.viewport().update()
            return True
        return False

    def clear(self) -> None:
        """Choose nothing but the row under the keyboard."""
        table = self._list.table
        self._is_picking = False
        here = table.currentIndex()
        table.selectionModel().clearSelection()
        if here.isValid():
            table.selectRow(here.row())
        self.chosen_changed(table.chosen_count())

    def chosen_changed(self, count: int) -> None:
        """Show what can be done with several rows, or the tools again."""
        of = self._list
        if not count:
            self._is_picking = False
        is_many = count > 1 or (count == 1 and self._is_picking)
        self._make_bar()
        self.label.setText(
            _("{n} of {all} chosen").format(n=formats.count(count), all=formats.count(of.model.rowCount()))
        )
        of.bars.setCurrentIndex(1 if is_many else 0)
        of.actions_here.refresh()

    def _make_bar(self) -> None:
        if self.bar.layout() is not None:
            return
        px = look().tokens.px
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(px(24), 0, px(24), 0)
        row.setSpacing(px(8))
        leave = QToolButton()
        set_icon(leave, "close", "text")
        leave.setIconSize(icon_size())
        leave.setToolTip(_("Choose none (Escape)"))
        leave.setAccessibleName(_("Choose none"))
        leave.clicked.connect(self.clear)
        row.addWidget(leave)
        row.addWidget(self.label)
        row.addSpacing(px(8))
        for id_ in (
            "list.edit_many",
            "list.add_tags",
            "list.take_tags",
            "list.move",
            "list.export_chosen",
            "list.delete",
        ):
            if id_ in {action.id for action in self._list.actions_here.all()}:
                row.addWidget(self._list.actions_here.button(id_))
        row.addStretch(1)

    # Doing

    def actions(self) -> tuple[Action, ...]:
        """The actions of the chosen rows."""
        of = self._list

        def chosen() -> bool:
            return of.table.chosen_count() > 0

        def can_move() -> bool:
            identity = getattr(of.desk.session, "identity", None)
            return chosen() and len(getattr(identity, "books", ())) > 1

        has_tags = "tags" in of.entity.by_name
        return (
            Action("list.open", N_("Open"), self._open, "open", enabled=chosen, group="open"),
            Action("list.edit_many", N_("Edit…"), self.edit, "pencil", "Ctrl+E", chosen, group="edit"),
            *(
                (
                    Action("list.add_tags", N_("Add tags…"), self.add_tags, "tag", "", chosen, group="edit"),
                    Action("list.take_tags", N_("Take tags away…"), self.take_tags, "minus", "", chosen, group="edit"),
                )
                if has_tags
                else ()
            ),
            *(
                (Action("list.move", N_("Move to book…"), self.move, "book", "", can_move, group="edit"),)
                if of.of.kind == "customer"
                else ()
            ),
            Action("list.copy", N_("Copy"), self.copy, "copy", "Ctrl+C", chosen, group="take"),
            Action("list.export_chosen", N_("Export…"), self.export_chosen, "export", "", chosen, group="take"),
            Action("list.delete", N_("Delete…"), self.delete, "trash", "Del", chosen, group="end", danger=True),
        )  # fmt: skip

    def open_menu(self, at: QPoint) -> None:
        """The menu of a row, with what its cell offers."""
        of = self._list
        index = of.table.indexAt(at)
        if not index.isValid():
            return
        if not of.table.selectionModel().isRowSelected(index.row(), index.parent()):
            of.table.selectRow(index.row())
        of.table.selectionModel().setCurrentIndex(index, Flag.NoUpdate)
        of.actions_here.refresh()
        ids = [action.id for action in self.actions()]
        menu: QMenu = of.actions_here.menu(*ids, parent=of.table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = of.model.columns[index.column()]
        edit = menu.addAction(
            _("Edit “{field}” here").format(field=_(column.label)),
            lambda: of.inline.start(index.row(), index.column()),
        )
        menu.insertAction(menu.actions()[1], edit)
        menu.popup(of.table.viewport().mapToGlobal(at))

    def edit(self) -> None:
        """Set a field of all chosen."""
        self._edit("", SET)

    def add_tags(self) -> None:
        """Add tags to all chosen."""
        self._edit("tags", ADD)

    def take_tags(self) -> None:
        """Take tags away from all chosen."""
        self._edit("tags", TAKE)

    def delete(self) -> None:
        """Delete all chosen, once the person has said yes to their number."""
        of, rows = self._list, self._list.table.chosen()
        words, count = of.words, len(rows)

        def deleted(done: int) -> None:
            of.desk.say(words.deleted(done), undo=True)

        def go() -> None:
            self._with_ids(
                rows,
                lambda ids: (
                    of.desk.do(of, of.of.verbs.delete, ids).label(_("Deleting…")).then(deleted).start()
                ),
            )

        confirm(of.window(), words.delete(count), words.delete_text, _("Delete"), go, danger=True)

    def move(self) -> None:
        """Move all chosen into another book, once the person has said which."""
        from ui.widgets.list_moving import ask_where

        of, rows = self._list, self._list.table.chosen()
        self._with_ids(rows, lambda ids: ask_where(of, of.desk, ids))

    def copy(self) -> None:
        """The shown cells of the chosen rows whose text is here, for a spreadsheet or a message."""
        of = self._list
        model, header = of.model, of.table.header
        order = [header.logicalIndex(place) for place in range(header.count())]
        shown = [section for section in order if not header.isSectionHidden(section)]
        lines = []
        for index in of.table.selectionModel().selectedRows():
            if model.row(index.row()) is not None:
                lines.append("\t".join(str(model.index(index.row(), section).data()) for section in shown))
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))
            of.desk.say(_("Copied."))

    def export_all(self) -> None:
        """Write the present view to a file."""
        self._export(None)

    def export_chosen(self) -> None:
        """Write the chosen rows to a file."""
        self._export(self._list.table.chosen())

    def _open(self) -> None:
        of, here = self._list, self._list.table.currentIndex()
        if (id_ := of.table.current_id()) is not None:
            of.open_record(id_, here.row())

    def _edit(self, field: str, way: str) -> None:
        of, rows = self._list, self._list.table.chosen()
        count = len(rows)

        def changed(done: int) -> None:
            of.desk.say(of.words.changed(done), undo=bool(done))

        def take(wanted: Wanted) -> None:
            self._with_ids(
                rows,
                lambda ids: (
                    of.desk.do(of, of.of.verbs.edit_many, ids, wanted.values, wanted.add_to, wanted.take_from)
                    .label(_("Changing…"))
                    .then(changed)
                    .start()
                ),
            )

        BulkEdit(
            of.window(), of.words.edit(count), _("Change"), self._editable(), take,
            offer=partial(suggest, of.desk, of.of.kind), start=(field, way),
        ).open()  # fmt: skip

    def _editable(self) -> list[Field]:
        """What makes sense for many: not what names one record, and nothing restricted."""
        entity = self._list.entity
        single = {entity.title_field, "legal_name", "code", "position", "windows", "notes", "address"}
        declared = [
            field
            for field in entity.fields
            if field.name not in single
            and not field.restricted
            and field.kind not in ("phone", "email", "web", "link", "links", "day", "moment", "long_text")
        ]
        return [*declared, *self._list.custom]

    def _with_ids(self, rows: array[int], use: Callable[[Sequence[Id]], object]) -> None:
        of = self._list
        of.desk.ask(of, lists.ids_of, of.of.kind, rows).then(use).start()

    def _export(self, rows: array[int] | None) -> None:
        of = self._list
        shown = [name for name in of.table.header.shown_columns() if name in of.entity.by_name or ":" in name]
        count = of.model.rowCount()
        ExportDialog(of, of.desk, of.of.kind, of.listing, count, shown, rows, of.now_ms()).open()
