"""Actions are data; menus, toolbars, shortcuts and the command palette are made from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton, QWidget

from app.i18n import _
from ui.theme import icon_size, set_icon


def always() -> bool:
    """The usual answer to whether an action can be run."""
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person can do here. `label` is marked with N_ and translated where it is shown."""

    id: str
    label: str
    run: Callable[[], object]
    icon: str = ""
    shortcut: str = ""  # as Qt writes it: Ctrl+K means Cmd+K on a Mac
    enabled: Callable[[], bool] = always
    checked: Callable[[], bool] | None = None
    group: str = ""  # menus draw a line between groups
    danger: bool = False


class ActionSet(QObject):
    """The actions of one widget, with their shortcuts alive while the keyboard is inside it.

    `everywhere`: alive in the whole window, wherever the keyboard is.
    """

    def __init__(self, owner: QWidget, actions: Iterable[Action] = (), *, everywhere: bool = False) -> None:
        super().__init__(owner)
        self._owner = owner
        within, window = (
            Qt.ShortcutContext.WidgetWithChildrenShortcut,
            Qt.ShortcutContext.WindowShortcut,
        )
        self._context = window if everywhere else within
        self._known: dict[str, tuple[Action, QAction]] = {}
        for action in actions:
            self.add(action)

    def add(self, action: Action) -> QAction:
        """Take in one more action."""
        made = QAction(_(action.label), self._owner)
        made.setObjectName(action.id)
        if action.icon:
            set_icon(made, action.icon, "danger_text" if action.danger else "text_soft")
        if action.shortcut:
            made.setShortcut(QKeySequence(action.shortcut))
            made.setShortcutContext(self._context)
            keys = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            made.setToolTip(_("{action} ({keys})").format(action=_(action.label), keys=keys))
        made.setCheckable(action.checked is not None)
        made.triggered.connect(lambda _on=False: self.run(action.id))
        self._owner.addAction(made)
        self._known[action.id] = (action, made)
        return made

    def run(self, id_: str) -> None:
        """Run an action if it can be run now."""
        action, _made = self._known[id_]
        if action.enabled():
            action.run()
        self.refresh()

    def refresh(self) -> None:
        """Ask every action anew whether it can be run and whether it is on."""
        for action, made in self._known.values():
            made.setEnabled(action.enabled())
            if action.checked is not None:
                made.setChecked(action.checked())

    def all(self) -> tuple[Action, ...]:
        """The actions as data, for the palette."""
        return tuple(action for action, _made in self._known.values())

    def qaction(self, id_: str) -> QAction:
        """Qt's side of an action."""
        return self._known[id_][1]

    def menu(self, *ids: str, parent: QWidget | None = None) -> QMenu:
        """A menu of these actions, or of all; a line stands between groups."""
        menu = QMenu(parent or self._owner)
        menu.aboutToShow.connect(self.refresh)
        previous: str | None = None
        for id_ in ids or self._known:
            action, made = self._known[id_]
            if previous is not None and action.group != previous:
                menu.addSeparator()
            menu.addAction(made)
            previous = action.group
        return menu

    def pop_up(self, *ids: str) -> None:
        """Show the menu under the pointer; it goes when it is closed."""
        from PySide6.QtGui import QCursor

        menu = self.menu(*ids)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(QCursor.pos())

    def button(self, id_: str, kind: str = "") -> QPushButton:
        """A button with text; `kind` is one of the style sheet's (primary, danger, plain)."""
        action, made = self._known[id_]
        button = QPushButton(made.text())
        button.setAccessibleName(made.text())
        button.setToolTip(made.toolTip() if action.shortcut else "")
        color = {"primary": "on_accent", "danger": "on_danger", "plain": "accent_text"}.get(kind, "text")
        if kind:
            button.setProperty("kind", kind)
        if action.icon:
            set_icon(button, action.icon, color)
            button.setIconSize(icon_size())
        button.clicked.connect(lambda: self.run(id_))
        made.changed.connect(lambda: button.setEnabled(made.isEnabled()))
        button.setEnabled(action.enabled())
        return button

    def icon_button(self, id_: str) -> QToolButton:
        """A button with the icon alone."""
        _action, made = self._known[id_]
        button = QToolButton()
        button.setDefaultAction(made)
        button.setIconSize(icon_size())
        button.setAccessibleName(made.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
