"""Saved views of a list: switch, save, rename, delete, and which one a person begins with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QCheckBox, QLineEdit, QMenu, QPushButton, QWidget

from app.features import lists
from app.features.crm import views
from app.features.crm.views import SavedView
from app.features.lists import Layout, Listing
from app.i18n import _
from app.ids import show
from ui.desk import Desk
from ui.dialogs import Dialog, confirm
from ui.theme import icon_size, set_icon

Present = Callable[[], tuple[Listing, Layout]]
"""The list as it stands: what a view would keep."""


class NameDialog(Dialog):
    """A name for a view, and who sees it."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        yes: str,
        name: str,
        shared: bool,
        take: Callable[[str, bool], object],
    ) -> None:
        super().__init__(parent, title, yes=yes)
        self._take = take
        self.line = QLineEdit(name)
        self.line.setAccessibleName(_("Name of the view"))
        self.line.setPlaceholderText(_("Name of the view"))
        self.line.selectAll()
        self.everyone = QCheckBox(_("Everyone in the company sees it"))
        self.everyone.setChecked(shared)
        self.body.addWidget(self.line)
        self.body.addWidget(self.everyone)
        self.line.setFocus()

    def agree(self) -> None:
        name = self.line.text().strip()
        if not name:
            self.show_banner(_("Please give the view a name."))
            return
        self._take(name, self.everyone.isChecked())
        self.accept()


class ViewMenu(QPushButton):
    """The button that names the present view. `chosen` gives the view, None for the whole list."""

    chosen = Signal(object)
    ready = Signal()  # the views are known, for the first time or anew

    def __init__(self, desk: Desk, kind: str, everything: str, present: Present) -> None:
        super().__init__(everything)
        self._desk, self._kind, self._everything, self._present = desk, kind, everything, present
        person = getattr(desk.session, "person", None)
        self._member = show(person.member) if person is not None else ""
        self.views: tuple[SavedView, ...] = ()
        self.current: SavedView | None = None
        self.setIconSize(icon_size())
        set_icon(self, "bookmark", "text")
        self.menu_of_views = QMenu(self)
        self.menu_of_views.aboutToShow.connect(self._fill)
        self.setMenu(self.menu_of_views)
        self._name()

    def load(self) -> None:
        """Ask for the views anew."""
        self._desk.ask(self, views.of_list, self._kind, self._member).then(self._landed).latest(
            "views"
        ).start()

    def show_current(self, view: SavedView | None) -> None:
        """Say that this view is shown."""
        self.current = view
        self._name()

    def refresh(self) -> None:
        """The list was changed: say whether it still is as the view keeps it."""
        self._name()

    def at_start(self) -> SavedView | None:
        """The view with which this person begins."""
        wanted = self._desk.memory.get(self._start_key)
        return next((view for view in self.views if show(view.id) == wanted), None)

    @property
    def is_changed(self) -> bool:
        """Whether the list differs from the view that is named."""
        return self.current is not None and lists.to_json(*self._present()) != self.current.definition

    @property
    def _start_key(self) -> str:
        return f"start.{self._kind}"

    def _landed(self, found: tuple[SavedView, ...]) -> None:
        self.views = found
        if self.current is not None:
            # By id: somebody may have renamed or changed it. Deleted, the list stays as it is, without a name.
            self.current = next((view for view in found if view.id == self.current.id), None)
        self._name()
        self.ready.emit()

    def _name(self) -> None:
        name = self.current.name if self.current else self._everything
        self.setText(_("{view} (changed)").format(view=name) if self.is_changed else name)
        self.setAccessibleName(_("View: {view}").format(view=self.text()))

    def _fill(self) -> None:
        menu = self.menu_of_views
        menu.clear()
        group = QActionGroup(menu)
        own = [view for view in self.views if view.owner]
        shared = [view for view in self.views if not view.owner]
        self._entry(group, self._everything, None)
        for title, some in ((_("For everyone"), shared), (_("Mine"), own)):
            if some:
                menu.addSection(title)
            for saved in some:
                self._entry(group, saved.name, saved)
        menu.addSeparator()
        view = self.current
        if view is not None and self.is_changed:
            menu.addAction(_("Save changes to “{view}”").format(view=view.name), partial(self._save, view))
            menu.addAction(_("Back to the saved view"), partial(self.chosen.emit, view))
        menu.addAction(_("Save as a new view…"), self.save_as)
        if view is not None:
            menu.addAction(_("Rename…"), partial(self._rename, view))
            menu.addAction(_("Delete…"), partial(self._delete, view))
        if view is None:
            return
        menu.addSeparator()
        begin = QAction(_("Begin with this view"), menu)
        begin.setCheckable(True)
        begin.setChecked(self._desk.memory.get(self._start_key) == show(view.id))
        begin.toggled.connect(self._begin_here)
        menu.addAction(begin)

    def _entry(self, group: QActionGroup, name: str, view: SavedView | None) -> None:
        # A menu reads & as the mark of a key.
        action = QAction(name.replace("&", "&&"), group)
        action.setCheckable(True)
        action.setChecked((view.id if view else None) == (self.current.id if self.current else None))
        action.triggered.connect(lambda _on=False: self.chosen.emit(view))
        self.menu_of_views.addAction(action)

    def save_as(self) -> NameDialog:
        """Keep the list as it stands under a name."""

        def take(name: str, shared: bool) -> None:
            made = SavedView(
                name=name,
                of=self._kind,
                definition=lists.to_json(*self._present()),
                owner="" if shared else self._member,
            )
            self._desk.do(self, views.add, made).then(self._made).start()

        dialog = NameDialog(self.window(), _("Save this view"), _("Save"), "", False, take)
        dialog.open()
        return dialog

    def _made(self, view: SavedView) -> None:
        self.current = view
        self._desk.say(_("View “{view}” was saved.").format(view=view.name), undo=True)
        self.load()

    def _save(self, view: SavedView) -> None:
        values = {"definition": lists.to_json(*self._present())}
        self._edit(view, values, _("View “{view}” was saved.").format(view=view.name))

    def _rename(self, view: SavedView) -> None:
        def take(name: str, shared: bool) -> None:
            values = {"name": name, "owner": "" if shared else self._member}
            self._edit(view, values, _("View “{view}” was saved.").format(view=name))

        NameDialog(self.window(), _("Rename the view"), _("Rename"), view.name, not view.owner, take).open()

    def _edit(self, view: SavedView, values: dict[str, Any], said: str) -> None:
        def done(_changed: int) -> None:
            self.current = replace(view, **values)
            self._desk.say(said, undo=True)
            self.load()

        self._desk.do(self, views.edit, view.id, values).then(done).start()

    def _delete(self, view: SavedView) -> None:
        def delete() -> None:
            self._desk.do(self, views.delete, [view.id]).then(lambda _count: self._deleted(view)).start()

        confirm(
            self.window(),
            _("Delete the view “{view}”?").format(view=view.name),
            _("The records themselves stay. You can undo this."),
            _("Delete view"),
            delete,
            danger=True,
        )

    def _deleted(self, view: SavedView) -> None:
        self._desk.say(_("View “{view}” was deleted.").format(view=view.name), undo=True)
        self.chosen.emit(None)
        self.load()

    def _begin_here(self, on: bool) -> None:
        kept = show(self.current.id) if on and self.current else None
        self._desk.memory.set(self._start_key, kept)
