"""The sheet under the search box: asks at every stroke, shows what came, opens and runs what was chosen."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from app import ids
from app.features.crm import finding
from app.features.crm.finding import Found
from app.i18n import _
from app.ids import Id
from ui.actions import Action
from ui.desk import Desk
from ui.palette.commands import command_rows, is_meant, opens_so
from ui.palette.hits import MOST, Listing, Opening, recent_rows, record_rows
from ui.theme import look
from ui.widgets.search_box import SearchBox
from ui.widgets.search_results import SHADOW, Result, ResultSheet, hint

NAMES_ONLY = {kind: most for kind, most in MOST.items() if kind != "activity"}
TEXTS_FROM = 3
"""Letters from which on activities are looked through: shorter ones occur in nearly every note."""
RECENT = "palette.recent"
MOST_RECENT = 8
ONLY_ACTIONS = ">"
WIDTH = 620


class SearchPalette(ResultSheet):
    """The keyboard stays in the box; the sheet lies over the window below it."""

    def __init__(
        self, desk: Desk, box: SearchBox, offers: Callable[[], Iterable[Action]], host: QWidget
    ) -> None:
        super().__init__(_("Search results"), host)
        self._desk, self._box, self._offers, self._host = desk, box, offers, host
        self._asked: str | None = None
        self._shown = ""
        self._run_when_found = False
        self._came_from: weakref.ref[QWidget] | None = None
        self.ran.connect(self._leave_for)
        desk.opened.connect(self._remember)
        box.textChanged.connect(self._typed)
        box.installEventFilter(self)
        host.installEventFilter(self)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)
        if box.hasFocus():
            self.begin()

    # What the window calls

    def begin(self) -> None:
        """Open under the box, with what was opened last where nothing is typed."""
        self._asked = None
        self.ask(self._box.text())

    def ask(self, text: str) -> None:
        """Show what this text finds. Asking the same again does nothing."""
        if text == self._asked:
            return
        self._asked = text
        words = text.strip()
        if words.startswith(ONLY_ACTIONS):
            rows = self._commands(words[1:])
            self._show(rows, text, "" if rows else _("There is no such command."))
        elif words:
            most = MOST if len(words) >= TEXTS_FROM or not words.isascii() else NAMES_ONLY
            self._desk.ask(self, finding.find_each, words, most).then(
                lambda found: self._found(text, found)
            ).latest("find").start()
        else:
            self._desk.ask(self, finding.recent, self._recent()).then(
                lambda hits: self._show((*recent_rows(hits), *self._commands("")), text)
            ).latest("find").start()

    def take_keyboard(self) -> None:
        """The arrow down in the box."""
        if self.isHidden():
            self.begin()

    # Finding

    def _typed(self, text: str) -> None:
        # At once, not when the fingers rest: the answer takes less than a frame, and only the last one counts.
        if self._box.hasFocus():
            self._run_when_found = False
            self.ask(text)

    def _found(self, text: str, found: Found) -> None:
        typed = "" if found.similar else text.strip()
        records, actions = record_rows(found.hits, typed), self._commands(text.strip())
        first = bool(actions) and is_meant(text, actions) and not any(opens_so(row) for row in records)
        rows = (*actions, *records) if first else (*records, *actions)
        note = ""
        if not rows:
            note = _(
                "Nothing was found for “{text}”, not even with one typing error forgiven. Try fewer or shorter "
                "words, a phone number, or pinyin."
            ).format(text=text.strip())
        elif found.similar and records:
            note = _("Nothing is written exactly so. This is similar:")
        self._show(rows, text, note)

    def _commands(self, typed: str) -> tuple[Result, ...]:
        return command_rows(self._desk, self._offers(), typed)

    def _show(self, rows: Sequence[Result], text: str, note: str = "") -> None:
        if not self._box.hasFocus():
            return
        self._shown = text
        self.show_rows(rows, note, hint())
        self._place()
        self.show()
        self.raise_()
        if self._run_when_found:
            self._run_when_found = False
            self.run_current()

    # Leaving

    def _leave_for(self, what: Any) -> None:
        """Close, put the keyboard back where it was, and only then do what was chosen."""
        self._close()
        if isinstance(what, Opening):
            self._desk.open(what.kind, what.id)
        elif isinstance(what, Listing):
            self._desk.show(what.screen, filters=(), text=what.text)
        elif isinstance(what, Action):
            # The keyboard's way home must have been walked: an action may look at where it is.
            QTimer.singleShot(0, self._host, lambda: what.run() if what.enabled() else None)

    def _close(self) -> None:
        self._asked = None
        self.hide()
        self._box.clear()
        target = self._came_from() if self._came_from is not None else None
        if target is not None and target.isVisible() and target.isEnabled():
            target.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._box.clearFocus()
            self._box.left.emit()

    def _remember(self, kind: str, id_: object, _where: object) -> None:
        if kind in MOST and isinstance(id_, bytes) and id_:
            entry = [kind, ids.show(Id(id_))]
            kept = [old for old in self._desk.memory.get(RECENT) or () if old != entry]
            self._desk.memory.set(RECENT, [entry, *kept][:MOST_RECENT])

    def _recent(self) -> list[tuple[str, Id]]:
        return [(kind, ids.parse(text)) for kind, text in self._desk.memory.get(RECENT) or ()]

    # Qt's events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QMouseEvent) and kind == QEvent.Type.MouseButtonPress:
            if watched is self._box and self._box.hasFocus() and self.isHidden():
                self.begin()
            elif not self.isHidden():
                self._pressed(event)
        elif watched is self._host:
            if kind == QEvent.Type.Resize and not self.isHidden():
                self._place()
        elif watched is self._box:
            if isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress:
                return self._key(event)
            if isinstance(event, QFocusEvent):
                self._focus(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        match event.key():
            case Qt.Key.Key_Escape:
                self._close()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self._shown != self._box.text() or self.isHidden():
                    self._run_when_found = True  # fingers faster than the answer: it opens when it is there
                    self.ask(self._box.text())
                else:
                    self.run_current()
            case Qt.Key.Key_Down | Qt.Key.Key_Up if self.isHidden():
                self.begin()
            case Qt.Key.Key_Down:
                self.step(1)
            case Qt.Key.Key_Up:
                self.step(-1)
            case Qt.Key.Key_PageDown:
                self.step(self.page())
            case Qt.Key.Key_PageUp:
                self.step(-self.page())
            case Qt.Key.Key_Home if control:
                self.step(-len(self.rows))
            case Qt.Key.Key_End if control:
                self.step(len(self.rows))
            case _:
                return False
        return True

    def _focus(self, event: QFocusEvent) -> None:
        passing = event.reason() in (
            Qt.FocusReason.ActiveWindowFocusReason,
            Qt.FocusReason.PopupFocusReason,
        )
        if passing:
            return
        if event.gotFocus():
            QTimer.singleShot(0, self, self._begin_if_here)
        else:
            self._asked = None
            self.hide()

    def _begin_if_here(self) -> None:
        if self._box.hasFocus() and self.isHidden():
            self.begin()

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is self._box and old is not None and old is not self._box:
            self._came_from = weakref.ref(old)

    def _pressed(self, event: QMouseEvent) -> None:
        """A press anywhere but here or in the box closes."""
        at = event.globalPosition().toPoint()
        for widget in (self, self._box):
            if widget.rect().contains(widget.mapFromGlobal(at)):
                return
        self.hide()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def _place(self) -> None:
        px, host, box = look().tokens.px, self._host, self._box
        wide = min(max(box.width(), px(WIDTH)), host.width() - px(16)) + 2 * SHADOW
        corner = box.mapTo(host, QPoint(0, box.height()))
        left = corner.x() + (box.width() - wide) // 2
        left = max(px(8) - SHADOW, min(left, host.width() - wide - px(8) + SHADOW))
        top = corner.y() + px(4) - SHADOW
        self.resize(wide, self.height())
        self.setGeometry(left, top, wide, min(self.wanted_height(), round((host.height() - top) * 0.86)))
