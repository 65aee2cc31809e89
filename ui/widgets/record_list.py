"""A list of records as a screen: find, filter, sort, choose, change many, with views that can be saved."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QLabel,
    QWidget,
)

from app.features import lists, records
from app.features.crm import custom_fields
from app.features.crm.views import SavedView
from app.features.filtering import Filter, filterable
from app.features.lists import Layout, Listing
from app.i18n import N_, _
from app.ids import parse, show
from app.model.entity import Entity, entity_named
from app.model.fields import Field
from ui import formats
from ui.actions import Action
from ui.desk import Desk, Pending
from ui.table import Column, Order, RowsModel, Source, Table, columns_of
from ui.theme import look
from ui.widgets.column_sheet import ColumnSheet
from ui.widgets.draft_menu import DraftMenu
from ui.widgets.empty import EmptyState
from ui.widgets.filter_bar import FilterBar
from ui.widgets.inline_edit import InlineEdit
from ui.widgets.list_actions import ListActions, ListScreen
from ui.widgets.list_tools import ListTools, pushed
from ui.widgets.search_box import SearchBox
from ui.widgets.view_menu import ViewMenu

SAVE_MS = 400


class RecordList(ListScreen):
    """The list; subclasses say of what."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.words = self.of.words()
        self.entity: Entity = entity_named(self.of.kind)
        self.listing = Listing()
        self.total = 0
        self.custom: tuple[Field, ...] = ()
        self._is_ready = False
        self._is_stale = False
        self._begin_with: dict[str, Any] = {}
        self._here: int | None = None
        self._seen: tuple[Any, records.Opened] | None = None
        self._empty_shown = ""
        self.model = RowsModel(Source(self._ids, self._rows, self._first), self._columns(), self)
        self.table = Table(self.model, self.of.kind, desk.memory, self)
        self.table.setAccessibleName(self.words.title)
        self.inline = InlineEdit(self.table, self._values_of, self._save_cell)
        self.views = ViewMenu(desk, self.of.kind, self.words.everything, self.present)
        self.search = SearchBox(self.words.hint)
        self.filters = FilterBar(self._facets)
        self.many = ListActions(self)
        self.tools = ListTools(self.views, self.search, self.filters, self.many.bar)
        self.bars, self.columns_button = self.tools.bars, self.tools.columns
        self._save_later = QTimer(self)
        self._save_later.setSingleShot(True)
        self._save_later.setInterval(SAVE_MS)
        self._save_later.timeout.connect(self._remember)
        self._lay_out()
        self._connect()
        for action in self._actions():
            self.actions_here.add(action)
        self.new_button.setToolTip(self.actions_here.qaction("list.new").toolTip())

    # What the window asks

    def arrive(self, where: Mapping[str, Any]) -> None:
        """Show the list. `filters` (tuples field, test, value) and `text` narrow it for a caller."""
        wanted = where.get("filters")
        if wanted is not None:
            self.views.show_current(None)
            filters = tuple(one if isinstance(one, Filter) else Filter(*one) for one in wanted)
            self._begin_with = {"listing": Listing(filters, str(where.get("text", "")))}
        if not self._is_ready:
            self._learn_fields()
        elif self._begin_with:
            self._begin()
        elif self._is_stale:
            self.refresh()
        self.drafts.refresh()
        self.table.setFocus()

    def state(self) -> dict[str, Any]:
        """Filters, text and the row under the keyboard: the list is built anew in another language."""
        view, here = self.views.current, self.table.current_id()
        return {
            "definition": lists.to_json(*self.present()),
            "view": show(view.id) if view else "",
            "here": show(here) if here else "",
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        listing, _layout = lists.from_json(str(state.get("definition", "")))
        self._begin_with = {"listing": listing, "view": state.get("view"), "here": state.get("here")}

    def refresh(self) -> None:
        """Something changed: ask anew. Selection and place stay."""
        self._is_stale = False
        self.model.refresh()
        self._count()

    def present(self) -> tuple[Listing, Layout]:
        """The list as it stands: what a saved view keeps."""
        return self.listing, Layout(self.table.header.shown_columns(), {})

    def _ids(self, order: Order | None) -> Pending[array[int]]:
        if order is not None:
            self.listing = replace(self.listing, order=order.column, descending=order.descending)
        return self.desk.ask(self, lists.listed, self.of.kind, self.listing, self.now_ms())

    def _first(self, _order: Order | None, count: int) -> Pending[array[int]]:
        return self.desk.ask(self, lists.listed, self.of.kind, self.listing, self.now_ms(), count)

    def _rows(self, rows: array[int], names: tuple[str, ...]) -> Pending[dict[int, tuple[Any, ...]]]:
        return self.desk.ask(self, records.rows, self.of.kind, rows, names)

    def _facets(self, owner: QObject, path: str, take: Callable[[list[tuple[Any, int]]], object]) -> None:
        asked = self.desk.ask(owner, lists.facets, self.of.kind, path, self.listing.filters, self.now_ms())
        asked.then(take).start()

    def _count(self) -> None:
        def counted(total: int) -> None:
            self.total = total
            self._say_count()

        self.desk.ask(self, records.count, self.of.kind).then(counted).latest("count").start()

    def _values_of(self, id_: Any, take: Callable[[Mapping[str, Any]], object]) -> None:
        def opened(found: records.Opened) -> None:
            record = found.record
            self._seen = (id_, found)
            values = {field.name: getattr(record, field.name) for field in self.entity.fields}
            take(values | custom_fields.values_of(record, self.custom))

        self.desk.ask(self, records.open_one, self.of.kind, id_).then(opened).start()

    def _save_cell(self, id_: Any, name: str, value: Any, _old: Any) -> None:
        seen = self._seen[1].seen if self._seen is not None and self._seen[0] == id_ else None
        self.desk.do(self, self.of.verbs.edit, id_, {name: value}, seen).then(self._cell_saved).start()

    def _cell_saved(self, changed: int) -> None:
        if changed:
            self.desk.say(self.words.changed(1), undo=True)

    def _learn_fields(self) -> None:
        def learned(custom: tuple[Field, ...]) -> None:
            changed, self.custom = custom != self.custom, custom
            if changed:
                self.model.set_columns(self._columns())
            self.filters.set_fields(filterable(self.entity, custom))
            fields = {field.name: field for field in (*self.entity.fields, *custom) if not field.restricted}
            self.inline.set_fields(fields)
            if not self._is_ready:
                self._is_ready = True
                self.views.load()

        self.desk.ask(self, custom_fields.declared, self.of.kind).then(learned).latest("fields").start()

    def _columns(self) -> tuple[Column, ...]:
        hide = [field.name for field in self.entity.fields if field.restricted]
        made = columns_of(self.entity, self.of.shown, more=self.custom, hide=hide, show=self.of.show)
        made = tuple(replace(one, width=self.of.widths.get(one.name, one.width)) for one in made)
        first, rest = made[:1], made[1:]
        changed = Column("touched", N_("Last changed"), 150, formats.relative, soft=True, at_first=False)
        return (*first, *self.of.more, *rest, changed)

    # Beginning, and what is remembered

    def _views_ready(self) -> None:
        if not self.model.loaded:
            self._begin()
        else:  # another name, or none
            self._save_later.start()

    def _begin(self) -> None:
        """Show what was asked for: by a caller, before the rebuild, as chosen, or as left the last time."""
        begun, self._begin_with = self._begin_with, {}
        kept = self.desk.memory.get(f"list.{self.of.kind}")
        listing = begun.get("listing")
        if listing is None and (view := self.views.at_start()) is not None and not self.model.loaded:
            self.show_view(view)
            return
        if listing is None:
            kept = kept if isinstance(kept, dict) else {}
            listing, _layout = lists.from_json(str(kept.get("definition", "")))
            listing = replace(listing, text="")
            begun = {"view": kept.get("view")}
        self.views.show_current(next((v for v in self.views.views if show(v.id) == begun.get("view")), None))
        self._show(listing)
        if here := begun.get("here"):
            self._find_again(str(here))
        self._count()

    def show_view(self, view: SavedView | None) -> None:
        """Show a saved view, None for the whole list."""
        listing, layout = (Listing(), Layout()) if view is None else lists.from_json(view.definition)
        self.views.show_current(view)
        if layout.columns:
            self.table.header.use(layout.columns)
        self._show(listing)
        self._save_later.start()
        self._count()

    def _show(self, listing: Listing) -> None:
        known = {column.name for column in self.model.columns}
        if listing.order not in known:
            listing = replace(listing, order=self.entity.title_field, descending=False)
        self.listing = listing
        self.search.show_text(listing.text)
        self.filters.show_filters(listing.filters)
        self.table.header.sort(Order(listing.order, listing.descending))
        self.views.refresh()

    def narrow(self, listing: Listing) -> None:
        """Show the same list with other filters or another text."""
        if listing != self.listing:
            self.listing = listing
            self.model.load()
            self._changed_by_hand()

    def clear_filters(self) -> None:
        """Show everything again."""
        self.search.show_text("")
        self.filters.show_filters(())
        self.narrow(replace(self.listing, filters=(), text=""))
        self.table.setFocus()

    def _changed_by_hand(self) -> None:
        self.views.refresh()
        self._save_later.start()

    def _remember(self) -> None:
        view = self.views.current
        definition = lists.to_json(*self.present())
        self.desk.memory.set(
            f"list.{self.of.kind}", {"definition": definition, "view": show(view.id) if view else ""}
        )

    def _find_again(self, text: str) -> None:
        def found(row: int | None) -> None:
            self._here = row
            self._go_here()

        self.desk.ask(self, lists.place_of, self.of.kind, parse(text)).then(found).start()

    def _go_here(self) -> None:
        """Put the keyboard on the row where it was, once list and row are both known."""
        if self._here is not None and self._here in self.model.ids():
            self.table.choose_row(self.model.ids().index(self._here))
            self._here = None

    # Opening

    def _open(self, id_: Any) -> None:
        row = self.table.currentIndex().row()
        self.open_record(id_, row)

    def open_new(self) -> None:
        """Begin a new record."""
        self.desk.open(self.of.kind, None)

    # Keyboard

    def _actions(self) -> tuple[Action, ...]:
        def chosen() -> bool:
            return self.table.chosen_count() > 0

        return (
            Action("list.new", self.words.new, self.open_new, "plus", "Ctrl+N", group="make"),
            Action("list.import", N_("Import a list…"), self.import_button.click, "import", group="make"),
            Action("list.export", N_("Export this list…"), self.many.export_all, "export", group="make"),
            Action("list.filter", N_("Add a filter"), self._add_filter, "filter", "Ctrl+F", group="find"),
            Action("list.find", N_("Find in this list"), self._start_finding, "search", "/", group="find"),
            Action(
                "list.clear", N_("Clear filters"), self.clear_filters, "close", "Ctrl+Shift+F",
                lambda: self.listing.is_narrow, group="find",
            ),
            Action("list.columns", N_("Choose columns"), self._choose_columns, "columns", group="look"),
            Action("list.save_view", N_("Save this view"), self._save_view, "bookmark", group="look"),
            Action("list.edit_cell", N_("Edit in the list"), self._edit_cell, "pencil", "F2", chosen, group="edit"),
            *self.many.actions(),
        )  # fmt: skip

    def _add_filter(self) -> None:
        self.bars.setCurrentIndex(0)
        self.filters.open_new()

    def _start_finding(self) -> None:
        self.bars.setCurrentIndex(0)
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _choose_columns(self) -> None:
        sheet = ColumnSheet(self.columns_button, self.table)
        sheet.closed.connect(self._changed_by_hand)
        sheet.start()

    def _save_view(self) -> None:
        self.views.save_as()

    def _edit_cell(self) -> None:
        self.inline.start()

    def _typed(self, letters: str) -> None:
        self._start_finding()
        self.search.setText(letters)

    def _into_list(self) -> None:
        self.table.setFocus()
        if not self.table.currentIndex().isValid():
            self.table.choose_row(0)

    def _entered(self) -> None:
        if self.model.rowCount() == 1 and (id_ := self.model.id_at(0)) is not None:
            self.open_record(id_, 0)
        else:
            self._into_list()

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Give the keyboard to the list. Not by a focus proxy: Tab would jump over all that stands before it."""
        self.table.setFocus(reason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.table and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self.many.key(event)
        return super().eventFilter(watched, event)

    # Making

    def _lay_out(self) -> None:
        px = look().tokens.px
        self.drafts = DraftMenu(self.desk, self.of.kind)
        self.import_button = pushed(_("Import"), "import")
        self.export_button = pushed(_("Export"), "export")
        self.new_button = pushed(_(self.words.new), "plus", "primary")
        row = self.headed(
            self.words.title, self.drafts, self.import_button, self.export_button, self.new_button
        )
        self.count_label = QLabel()
        self.count_label.setProperty("role", "soft")
        row.insertWidget(1, self.count_label)
        row.setAlignment(self.count_label, Qt.AlignmentFlag.AlignBottom)
        self.page.addWidget(self.tools)
        self.page.addSpacing(px(8))
        self.fill(self.table)

    def _connect(self) -> None:
        self.table.opened.connect(self._open)
        self.table.typed.connect(self._typed)
        self.table.installEventFilter(self)
        self.table.chosen_changed.connect(self.many.chosen_changed)
        self.table.customContextMenuRequested.connect(self.many.open_menu)
        self.model.fresh.connect(self._say_count)
        self.table.header.sortIndicatorChanged.connect(lambda *_parts: self._changed_by_hand())
        self.table.header.sectionMoved.connect(lambda *_parts: self._changed_by_hand())
        self.search.searched.connect(lambda text: self.narrow(replace(self.listing, text=text)))
        self.search.down.connect(self._into_list)
        self.search.left.connect(self.table.setFocus)
        self.search.returnPressed.connect(self._entered)
        self.filters.changed.connect(lambda filters: self.narrow(replace(self.listing, filters=filters)))
        self.views.chosen.connect(self.show_view)
        self.views.ready.connect(self._views_ready)
        self.columns_button.clicked.connect(self._choose_columns)
        self.new_button.clicked.connect(self.open_new)
        self.import_button.clicked.connect(lambda: self.desk.show("import", kind=self.of.kind))
        self.export_button.clicked.connect(self.many.export_all)
        self.desk.changed.connect(self._records_changed)

    def _records_changed(self, kinds: frozenset[str]) -> None:
        if "custom_field" in kinds:
            self._learn_fields()
        if "saved_view" in kinds:
            self.views.load()
        if kinds & {self.of.kind, *self.of.also}:
            if self.isVisible():
                self.refresh()
            else:
                self._is_stale = True

    def _say_count(self) -> None:
        found = self.model.rowCount()
        total = max(self.total, found)
        if not self.model.loaded:
            text = ""
        elif found == total:
            text = self.words.count(found)
        else:
            text = _("{found} of {all}").format(found=formats.count(found), all=formats.count(total))
        self.count_label.setText(text)
        if self.model.loaded and not found:
            self._show_empty(total)
        self._go_here()
        self.actions_here.refresh()

    def _show_empty(self, total: int) -> None:
        wanted = "fits" if total or self.listing.is_narrow else "none"
        if self._empty_shown == wanted:
            return
        self._empty_shown = wanted
        words = self.words
        if wanted == "fits":
            empty = EmptyState(
                "search", words.none_fits, _("Change or clear the filters to see more."),
                _("Clear filters"), self.clear_filters,
            )  # fmt: skip
        else:
            empty = EmptyState(
                self.of.icon, words.empty, words.empty_text,
                _("Import a list"), self.import_button.click, _(words.new), self.open_new,
            )  # fmt: skip
        self.table.set_empty(empty)
