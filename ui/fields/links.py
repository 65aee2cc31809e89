"""Editors of links: type a few letters, choose the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from PySide6.QtCore import QModelIndex, QTimer
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QWidget

from app import ids
from app.errors import NotFound
from app.i18n import _
from app.model.fields import Field
from ui.desk import Pending
from ui.fields.chips import ChipBox
from ui.fields.editor import Editor, Raw
from ui.theme import icon, plain, set_icon


class Hit(NamedTuple):
    """A record that was found: what to show, and what tells it from its namesakes."""

    id: Any
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """How records of a kind are found by text and named by id, through the desk."""

    find: Callable[[str], Pending[Sequence[Hit]]]
    title: Callable[[Any], Pending[str]]


@dataclass(frozen=True, slots=True)
class Offered:
    """The few records of a kind that may be linked, where it is known which: a list to choose from."""

    hits: Sequence[Hit]


Lookups = Mapping[str, Lookup | Offered]
WAIT_MS = 60  # typing goes on; ask once it rests for this long


class _Finder(QLineEdit):
    """A line that offers records while typing."""

    def __init__(self, lookup: Lookup | None, picked: Callable[[Hit], None]) -> None:
        super().__init__()
        self._lookup, self._picked = lookup, picked
        self._hits: Sequence[Hit] = ()
        self._model = QStandardItemModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.activated[QModelIndex].connect(self._take)  # type: ignore[index]  # an overload
        self.setCompleter(self._completer)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._wait.timeout.connect(self._ask)
        self.textEdited.connect(lambda _text: self._wait.start())
        self.setPlaceholderText(_("Type to find"))

    def _ask(self) -> None:
        if self._lookup is not None and self.text().strip():
            self._lookup.find(self.text()).then(self._offer).latest("lookup").start()

    def _offer(self, hits: Sequence[Hit]) -> None:
        self._hits = hits
        self._model.clear()
        for hit in hits:
            self._model.appendRow(
                QStandardItem(plain(f"{hit.title} – {hit.detail}" if hit.detail else hit.title))
            )
        if hits and self.hasFocus():
            self._completer.complete()

    def _take(self, index: QModelIndex) -> None:
        row = index.row()
        if 0 <= row < len(self._hits):
            hit = self._hits[row]
            # The completer writes its own text after this.
            QTimer.singleShot(0, self, lambda: self._picked(hit))


class LinkEditor(Editor):
    """One other record."""

    def __init__(self, field: Field, lookup: Lookup | None, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._lookup = lookup
        self._hit: Hit | None = None
        self.line = _Finder(lookup, self._picked)
        action = self.line.addAction(icon("link"), QLineEdit.ActionPosition.TrailingPosition)
        set_icon(action, "link")
        action.setVisible(False)
        self._linked = action
        self.line.editingFinished.connect(self._tidy)
        self.line.textEdited.connect(lambda _text: self.changed.emit())
        self.holds(self.line)
        self._row(self.line)

    def value(self) -> Any:
        if self.line.text().strip() and (self._hit is None or self.line.text() != self._hit.title):
            raise self.field.invalid(_("Please choose one of those that are offered."))
        return self.field.clean(self._hit.id if self._hit and self.line.text().strip() else None)

    def show_value(self, value: Any) -> None:
        if value is None:
            self._picked(None)
            return
        self._picked(Hit(value, _("Loading…")))
        if self._lookup is not None:
            wanted = value

            def named(title: str) -> None:
                if self._hit is not None and self._hit.id == wanted:
                    self._picked(Hit(wanted, title))

            def failed(error: BaseException) -> None:
                if isinstance(error, NotFound):
                    named(_("(not there any more)"))

            self._lookup.title(value).then(named).failed(failed).start()

    def raw(self) -> Raw:
        return [ids.show(self._hit.id) if self._hit else "", self.line.text()]

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, list) and len(raw) == 2:
            if raw[0] and isinstance(raw[0], str):
                self._hit = Hit(ids.parse(raw[0]), str(raw[1]))
            self.line.setText(str(raw[1]))

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)

    def _picked(self, hit: Hit | None) -> None:
        self._hit = hit
        self.line.setText(hit.title if hit else "")
        self.line.setCursorPosition(0)
        self._linked.setVisible(hit is not None)
        self.changed.emit()

    def _tidy(self) -> None:
        if not self.line.text().strip():
            self._picked(None)


class LinkChoice(Editor):
    """One of a few other records."""

    def __init__(self, field: Field, offered: Offered, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.box = QComboBox()
        self.box.addItem(_("None"), "")
        for hit in offered.hits:
            self.box.addItem(plain(hit.title), ids.show(hit.id))
        self.box.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.holds(self.box)
        self._row(self.box)

    def value(self) -> Any:
        chosen = str(self.box.currentData() or "")
        return self.field.clean(ids.parse(chosen) if chosen else None)

    def show_value(self, value: Any) -> None:
        self.show_raw(ids.show(value) if value else "")

    def raw(self) -> Raw:
        return str(self.box.currentData() or "")

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, str):
            if self.box.findData(raw) < 0:
                self.box.addItem(_("(not there any more)"), raw)
            self.box.setCurrentIndex(self.box.findData(raw))


class LinksEditor(Editor):
    """Several other records, each a chip."""

    wide = True

    def __init__(self, field: Field, lookup: Lookup | None, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._lookup = lookup
        self._titles: dict[Any, str] = {}
        self.chips = ChipBox()
        self.chips.show_text = lambda element: self._titles.get(element, _("Loading…"))
        self.chips.make = lambda _text: None
        self.finder = _Finder(lookup, self._picked)
        self.chips.changed.connect(self.changed)
        self.chips.line.hide()
        self.holds(self.finder)
        self._row(self.chips, self.finder)

    def value(self) -> Any:
        return self.field.clean(self.chips.elements())

    def show_value(self, value: Any) -> None:
        self.chips.show_elements(value or ())
        for element in value or ():
            if self._lookup is not None and element not in self._titles:
                self._lookup.title(element).then(self._naming(element)).start()

    def raw(self) -> Raw:
        return [ids.show(element) for element in self.chips.elements()]

    def show_raw(self, raw: Raw) -> None:
        if isinstance(raw, list):
            self.show_value([ids.parse(str(text)) for text in raw])

    def set_read_only(self, read_only: bool) -> None:
        self.finder.setVisible(not read_only)
        self.chips.set_read_only(read_only)
        self.chips.line.hide()

    def _naming(self, element: Any) -> Callable[[str], None]:
        def landed(title: str) -> None:
            self._titles[element] = title
            self.chips.show_elements(self.chips.elements())

        return landed

    def _picked(self, hit: Hit) -> None:
        self._titles[hit.id] = hit.title
        if hit.id not in self.chips.elements():
            self.chips.show_elements((*self.chips.elements(), hit.id))
        self.finder.clear()
