"""The main window's inside: goes from screen to screen, offers search, undo and lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import Any, Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.i18n import N_, _
from ui import screens
from ui.actions import Action, ActionSet
from ui.desk import Desk
from ui.theme import look
from ui.widgets.banner import Banner
from ui.widgets.import_drop import FileDrop
from ui.widgets.screen import Screen
from ui.widgets.search_box import SearchBox
from ui.widgets.toast import Toast
from ui.widgets.undo_keys import UndoKeys
from ui.window.chrome import Foot, TopBar, navigation
from ui.window.counts import Counts
from ui.window.history import Carried, Visit


class Palette(Protocol):
    """The sheet under the search box, as ui/palette.py makes it: Palette(desk, search, offers, workspace)."""

    def ask(self, text: str, /) -> None: ...
    def take_keyboard(self) -> None: ...
    def hide(self) -> None: ...


PaletteMaker = Callable[[Desk, SearchBox, Callable[[], tuple[Action, ...]], QWidget], Palette]


class Workspace(QWidget):
    """Built anew when the language changes; `carry` and `Carried` keep place, history and half-done work."""

    quit_wanted = Signal()

    def __init__(
        self,
        desk: Desk,
        carried: Carried | None = None,
        places: Sequence[screens.ScreenOf] | None = None,
        palette: PaletteMaker | None = None,
        more: Sequence[Action] = (),
    ) -> None:
        super().__init__()
        self.desk = desk
        self.setProperty("role", "page")
        self._places = {place.name: place for place in (screens.SCREENS if places is None else places)}
        self._made: dict[str, Screen] = {}
        self._past = carried or Carried()
        self._make_palette = palette
        self._palette: Palette | None = None
        self._undo_label: str | None = None
        self._redo_label: str | None = None
        known = (*self._own_actions(), *more, *self._goings())
        self.actions_here = ActionSet(self, known, everywhere=True)
        self.search = SearchBox(_("Search customers, contacts and actions"))
        self.sidebar = navigation(desk, self._places.values())
        self.counts = Counts(desk, self.sidebar)
        self.banner = Banner()
        self.stack = QStackedWidget()
        self.foot = Foot(desk, self.actions_here)
        self._lay_out()
        self.toast = Toast(self)
        self._connect()
        self._undo_keys = UndoKeys(self)
        self._learn_undo()
        if self._past.present is not None:
            self._show(self._past.present)
        elif self._places:
            self.go(next(iter(self._places)), {})

    # Going places

    @property
    def shown(self) -> Screen | None:
        """The screen in sight."""
        widget = self.stack.currentWidget()
        return widget if isinstance(widget, Screen) else None

    def go(self, name: str, where: Mapping[str, Any]) -> None:
        """Show a screen and remember where one came from."""
        if name in self._places and self._may_leave():
            visit = Visit(name, dict(where))
            self._past.go(visit)
            self._show(visit)

    def step(self, by: int) -> None:
        """Back (-1) or forward (1)."""
        if self._past.can_step(by) and self._may_leave():
            self._past.step(by)
            if self._past.present is not None:
                self._show(self._past.present)

    def carry(self) -> Carried:
        """Place, history and half-done work, for the workspace that replaces this one."""
        for name, screen in self._made.items():
            if state := screen.state():
                self._past.states[name] = state
        return self._past

    def offers(self) -> tuple[Action, ...]:
        """Everything that can be done here and now, for the palette: the screen's own first."""
        here = self.shown
        return ((*here.offers(),) if here else ()) + self.actions_here.all()

    def show_offline(self, text: str) -> None:
        """Say in the status bar that the server is away; part of ui/errors.py's road."""
        self.foot.say(text)

    def show_banner(self, text: str, level: str = "warning") -> None:
        """Say something on the screen in sight, or in passing where there is none."""
        here = self.shown
        if here is not None:
            here.show_banner(text, level)
        else:
            self.toast.say(text)

    def start(self) -> None:
        """What may wait until the window is there."""
        # Before the first search: it opens when the box is clicked, and remembers which records were opened.
        QTimer.singleShot(0, self, lambda: self._with_palette(lambda _palette: None))

    def _open(self, kind: str, id_: object, where: Mapping[str, Any]) -> None:
        for place in self._places.values():
            if kind in place.opens:
                self.go(place.name, {"kind": kind, "id": id_, **where})
                return

    def _may_leave(self) -> bool:
        here = self.shown
        return here is None or here.leave()

    def _show(self, visit: Visit) -> None:
        screen = self._made.get(visit.screen)
        if screen is None:
            screen = self._places[visit.screen].load()(self.desk)
            self._made[visit.screen] = screen
            self.stack.addWidget(screen)
            if state := self._past.states.pop(visit.screen, None):
                screen.restore(state)
        self.stack.setCurrentWidget(screen)
        place = self._places[visit.screen]
        if place.in_navigation or not place.opens:  # a record belongs to the list that it was found in
            self._show_chosen(visit.screen)
        screen.arrive(visit.where)
        screen.actions_here.refresh()
        self.actions_here.refresh()
        if self._palette is not None:
            self._palette.hide()

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Give the keyboard to the screen in sight."""
        if self.shown is not None:
            self.shown.setFocus(reason)

    # Search

    def _with_palette(self, use: Callable[[Palette], object]) -> None:
        if self._palette is None and self._make_palette is not None:
            self._palette = self._make_palette(self.desk, self.search, self.offers, self)
        if self._palette is not None:
            use(self._palette)

    def _leave_search(self) -> None:
        if self._palette is not None:
            self._palette.hide()
        self.setFocus()

    def _start_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
        self._with_palette(lambda palette: palette.ask(self.search.text()))

    # Undo

    def _learn_undo(self) -> None:
        session = self.desk.session

        def learned(labels: tuple[str | None, str | None]) -> None:
            self._undo_label, self._redo_label = labels
            self.actions_here.refresh()

        pending = self.desk.run(self, lambda _job: (session.undoable(), session.redoable()))
        pending.then(learned).latest("undo").start()

    # Making

    def _own_actions(self) -> tuple[Action, ...]:
        past, desk = self._past, self.desk

        def step(id_: str, label: str, by: int, sign: str, keys: str) -> Action:
            return Action(id_, label, partial(self.step, by), sign, keys, enabled=partial(past.can_step, by))

        def can_undo() -> bool:
            return self._undo_label is not None

        def can_redo() -> bool:
            return self._redo_label is not None

        return (
            Action("search", N_("Search and commands"), self._start_search, "search", "Ctrl+K"),
            step("back", N_("Back"), -1, "arrow-left", "Alt+Left"),
            step("forward", N_("Forward"), 1, "arrow-right", "Alt+Right"),
            Action("undo", N_("Undo"), partial(desk.undo, self), "undo", "Ctrl+Z", can_undo, group="edit"),
            Action(
                "redo", N_("Redo"), partial(desk.redo, self), "redo", "Ctrl+Shift+Z", can_redo, group="edit"
            ),
            Action("lock", N_("Lock"), desk.lock, "lock", "Ctrl+L", group="program"),
            Action("quit", N_("Quit"), self.quit_wanted.emit, "leave", "Ctrl+Q", group="program"),
        )

    def _goings(self) -> tuple[Action, ...]:
        return tuple(
            Action(
                f"go.{place.name}",
                place.label,
                partial(self.go, place.name, {}),
                place.icon,
                place.shortcut,
                group="go",
            )
            for place in self._places.values()
            if place.in_navigation or not place.opens  # a record's page is gone to by its record
        )

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.addWidget(TopBar(self.actions_here, self.search))
        right.addWidget(self._notice())
        right.addWidget(self.stack, 1)
        middle = QHBoxLayout()
        middle.addWidget(self.sidebar)
        middle.addLayout(right, 1)
        outer = QVBoxLayout(self)
        outer.addLayout(middle, 1)
        outer.addWidget(self.foot)
        for layout in (right, middle, outer):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)

    def _notice(self) -> QWidget:
        """Room for what concerns the whole book (older than it should be, opened for reading only)."""
        place = QWidget()
        row = QHBoxLayout(place)
        gap = look().tokens.px(12)
        row.setContentsMargins(2 * gap, gap, 2 * gap, 0)
        row.addWidget(self.banner)
        place.hide()
        self.banner.closed.connect(place.hide)
        self._notice_place = place
        return place

    def warn(self, text: str, level: str, button: str = "", act: Callable[[], object] | None = None) -> None:
        """Say something that concerns the whole book, above every screen."""
        self._notice_place.show()
        self.banner.say(text, level, button=button, act=act)

    def _connect(self) -> None:
        desk = self.desk
        self.toast.undo.connect(partial(desk.undo, self))
        desk.said.connect(self._say)
        desk.offered.connect(lambda text, button, act: self.toast.say(text, button=button, act=act))
        desk.opened.connect(self._open)
        desk.shown.connect(self.go)
        desk.changed.connect(self._changed)
        self.sidebar.chosen.connect(self._chosen)
        self.search.searched.connect(self._searched)
        self.search.left.connect(self._leave_search)
        self.search.down.connect(self._into_palette)
        if "import" in self._places:
            FileDrop(self, lambda path: self.go("import", {"file": path, "at": monotonic()}))

    def _say(self, text: str, undo: bool) -> None:
        self.toast.say(text, undo=undo)

    def _changed(self, _kinds: frozenset[str]) -> None:
        self._learn_undo()

    def _chosen(self, name: str) -> None:
        self.go(name, {})
        # Where leaving was refused, the navigation must not say otherwise.
        if self._past.present is not None:
            self._show_chosen(self._past.present.screen)

    def _show_chosen(self, screen: str) -> None:
        self.sidebar.show_chosen(self._places[screen].under or screen)

    def _searched(self, text: str) -> None:
        self._with_palette(lambda palette: palette.ask(text))

    def _into_palette(self) -> None:
        self._with_palette(lambda palette: palette.take_keyboard())
