"""The form of one record: what was kept, what is typed over it, and what its person has seen of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.features.alternatives import Value
from app.features.crm import custom_fields
from app.features.records import Opened
from app.i18n import _
from app.ids import Id
from app.model.custom import definition_id
from app.model.entity import CUSTOM, Record, entity_named
from app.model.fields import Field
from ui.desk import Desk
from ui.form import Form, Group
from ui.widgets.drafts import Draft, Drafts, merged, now_ms
from ui.widgets.restricted import Restricted
from ui.widgets.suggestions import suggest
from ui.widgets.undecided import UndecidedMark, mark_lines


class RecordForm(QWidget):
    """It shows and keeps drafts; saving is its page's business. `edited` after every change."""

    edited = Signal()

    def __init__(self, desk: Desk, kind: str, groups: Callable[[], tuple[Group, ...]]) -> None:
        super().__init__()
        self._desk, self._kind, self._groups = desk, kind, groups
        self.entity = entity_named(kind)
        self.id: Id | None = None
        self.opened: Opened | None = None
        self.seen: Mapping[str, Any] = {}
        self.custom: tuple[Field, ...] = ()
        self.form: Form | None = None
        self.marks: list[UndecidedMark] = []
        self.drafts = Drafts(desk, kind, self)
        self.restricted = Restricted(desk, kind, [field for field in self.entity.fields if field.restricted])
        self.restricted.changed.connect(self.edited)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        # A column would ask how tall the form is at its own width, wider than the form ever gets.
        self._row = QHBoxLayout()
        self._row.addStretch(0)
        self._column.addLayout(self._row)
        self._column.addWidget(self.restricted)
        self._column.addStretch(1)

    # What the page asks

    @property
    def is_dirty(self) -> bool:
        """Whether something waits to be saved."""
        return (self.form is not None and self.form.is_dirty) or self.restricted.is_dirty

    def changes(self) -> dict[str, Any]:
        """The edited values, checked. Raises Invalid."""
        assert self.form is not None
        return self.form.changes() | self.restricted.changes()

    def made(self) -> Record:
        """The record that the filled form describes. Raises Invalid."""
        assert self.form is not None
        values = self.form.values()
        custom = {
            definition_id(field.name): field.to_wire(values[field.name])
            for field in self.custom
            if values[field.name] != field.empty
        }
        own = {name: value for name, value in values.items() if not name.startswith(CUSTOM)}
        return self.entity.cls(**own, custom=custom)

    def show_invalid(self, field: str, text: str) -> bool:
        """Say what is wrong beside the field; False if it is not here."""
        return self.form is not None and self.form.show_invalid(field, text)

    # Showing

    def use(self, custom: tuple[Field, ...]) -> None:
        """Make the form, with the company's own fields; what was typed goes over into the new one."""
        self.keep_draft()
        if custom == self.custom and self.form is not None:
            return
        old = self.form
        typed = old.state() if old is not None else {}
        self.custom = custom
        groups = [*self._groups()]
        if custom:
            groups.append(Group(_("Custom fields"), tuple(field.name for field in custom)))
        shown = [field for field in self.entity.fields if not field.restricted]
        self.form = form = Form([*shown, *custom], groups=groups)
        form.restore(typed)
        form.changed.connect(self._edited)
        self.marks = []
        self._row.insertWidget(0, form, 1)
        if old is not None:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
            self.opened = None
        for line in form.lines.values():
            suggest(self._desk, self._kind, line.editor)

    def leave(self, id_: Id | None) -> None:
        """Another record comes, None for a new one."""
        self.keep_draft()
        self.id, self.opened = id_, None
        self.restricted.close_again()

    def show_kept(self, found: Opened) -> Draft | None:
        """The kept values, and over them what was typed; gives the draft that was taken up."""
        assert self.form is not None
        before, self.opened = self.opened, found
        if before is not None and before.record == found.record:
            # Nothing of it is new: leave the form, and whoever types in it, alone.
            self.seen = merged(found.seen, self.seen, self.form.changed_fields())
            return None
        record, form = found.record, self.form
        draft = self.drafts.get(self.id) if before is None else None
        typed: Mapping[str, Any] = form.state() if before is not None else draft.fields if draft else {}
        old_seen = self.seen if before is not None else draft.seen if draft else {}
        self.seen = merged(found.seen, old_seen, tuple(typed))
        values = {field.name: getattr(record, field.name) for field in self.entity.fields}
        with _cursor_kept():
            form.load(values | custom_fields.values_of(record, self.custom))
            form.restore(typed)
        self.restricted.setVisible(found.restricted_allowed)
        self.restricted.show_of(record.id)
        return draft if form.is_dirty else None

    def show_new(self) -> Draft | None:
        """An empty form, or the half-filled one that was left."""
        assert self.form is not None
        draft = self.drafts.get(None)
        self.opened, self.seen = None, {}
        self.show_undecided({}, lambda _name, _value: None)
        self.restricted.hide()
        self.form.load(self.entity.defaults)
        if draft is not None:
            self.form.restore(draft.fields)
        self.form.start()
        return draft if self.form.is_dirty else None

    def empty(self) -> None:
        """The new record was made or given up."""
        self.drafts.drop(None)
        if self.form is not None:
            self.form.load(self.entity.defaults)

    def forget(self) -> None:
        """Saved or thrown away: no draft any more, and the kept values are shown as soon as they come."""
        self.drafts.drop(self.id)
        self.opened = None
        self.restricted.close_again()

    def show_undecided(
        self, found: Mapping[str, Sequence[Value]], keep: Callable[[str, Any], object]
    ) -> None:
        """Mark fields with several values; `keep` gets the field and the value that shall stay."""
        marks, self.marks = self.marks, []
        for mark in marks:
            mark.hide()
            mark.deleteLater()
        if self.form is not None:
            self.marks = mark_lines(self.form, found, keep)

    # Drafts

    def keep_draft(self) -> None:
        """Write down what is half-typed."""
        self.drafts.flush()

    def _edited(self) -> None:
        if self.form is not None and (self.opened is not None or self.id is None):
            self.drafts.soon(self.id, partial(self._draft, self.form, self.id))
        self.edited.emit()

    def _draft(self, form: Form, id_: Id | None) -> Draft | None:
        if id_ != self.id or not form.is_dirty:
            return None
        dirty = form.changed_fields()
        seen = {name: dots for name, dots in self.seen.items() if name.partition("/")[0] in dirty}
        title = str(form.editor(self.entity.title_field).raw())
        return Draft(form.state(), seen, now_ms(), title)


@contextmanager
def _cursor_kept() -> Iterator[None]:
    """Values are shown anew while somebody types: the line keeps its cursor."""
    line = QApplication.focusWidget()
    place = line.cursorPosition() if isinstance(line, QLineEdit) else 0
    yield
    if isinstance(line, QLineEdit):
        line.setCursorPosition(place)
