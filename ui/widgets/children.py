"""Records that live with another, on its page: contacts, delivery sites. Cards that open in their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.errors import Invalid
from app.features import alternatives, records
from app.features.alternatives import Value
from app.features.crm import custom_fields
from app.features.verbs import Verbs
from app.ids import Id
from app.model.custom import definition_id
from app.model.entity import Record, entity_named
from app.model.fields import Field
from ui.desk import Desk
from ui.form import Form, Group
from ui.theme import icon_size, look, set_icon
from ui.widgets.child_card import Card, Detail, Panel
from ui.widgets.drafts import Draft, Drafts, Seen, merged, now_ms
from ui.widgets.empty import EmptyState
from ui.widgets.undecided import ask_life, mark_lines

NOTHING: Seen = {}


@dataclass(frozen=True, slots=True)
class Kind:
    """Which records, and how their cards read."""

    name: str
    verbs: Verbs[Any]
    icon: str
    add: str
    empty: str
    empty_text: str
    deleted: str
    groups: tuple[Group, ...]
    subtitle: Callable[[Any], str]
    details: Callable[[Any], Sequence[Detail]]


class Children(QWidget):
    """All records of a kind that live with one parent. `counted` says how many there are."""

    counted = Signal(int)
    changed = Signal(object)  # the records, whenever they are known anew
    reached = Signal(str)

    def __init__(self, desk: Desk, kind: Kind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self.kind = desk, kind
        self.entity = entity_named(kind.name)
        assert self.entity.parent is not None
        self._link = self.entity.parent.name
        self._of: Id | None = None
        self._custom: tuple[Field, ...] = ()
        self.records: tuple[Any, ...] = ()
        self.panel: Panel | None = None
        self._editing: Id | None = None
        self._seen = NOTHING
        self._wanted: Id | None = None
        self.drafts = Drafts(desk, kind.name, self)
        px = look().tokens.px
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setProperty("role", "page")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 0, px(8), px(16))
        self._column.setSpacing(px(8))
        self._area.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area, 1)
        self.add = QPushButton(kind.add)
        self.add.setIconSize(icon_size())
        set_icon(self.add, "plus", "text")
        self.add.clicked.connect(self.begin)
        self.empty = EmptyState(kind.icon, kind.empty, kind.empty_text, kind.add, self.begin)
        self.empty.hide()
        outer.addWidget(self.empty, 1)

    def show_of(self, parent: Id) -> None:
        """The records of this parent."""
        if parent != self._of:
            self._close()
            self._of = parent
        self.refresh()

    def edit_soon(self, id_: Id) -> None:
        """Open this one as soon as it is here."""
        self._wanted = id_

    def refresh(self) -> None:
        """Ask anew; what is being edited stays open."""
        if self._of is None:
            return

        def learned(custom: tuple[Field, ...]) -> None:
            self._custom = custom
            assert self._of is not None
            asked = self._desk.ask(self, records.children, self.kind.name, self._of)
            asked.then(self._landed).latest("children").start()

        self._desk.ask(self, custom_fields.declared, self.kind.name).then(learned).latest("fields").start()

    def begin(self) -> None:
        """A new one."""
        if self.panel is None or self._editing is not None:
            self._open_panel(None, {})
        if self.panel is not None:
            self.panel.form.start()

    def save(self) -> None:
        """Save what is being edited."""
        panel = self.panel
        if panel is None or self._of is None:
            return
        try:
            if self._editing is None:
                record = self._made(panel.form.values())
                self._desk.do(panel, self.kind.verbs.add, record).then(
                    lambda made: self._saved(made.id)
                ).start()
            else:
                editing, values = self._editing, panel.form.changes()
                if not values:
                    self._close()
                    self._lay()
                    return
                done = self._desk.do(panel, self.kind.verbs.edit, editing, values, self._seen)
                done.then(lambda _changed: self._saved(editing)).start()
        except Invalid as error:
            panel.form.show_invalid(error.field, error.text)

    @property
    def is_editing(self) -> bool:
        """Whether the keyboard is in an open panel."""
        return self.panel is not None and self.panel.isAncestorOf(self.focusWidget() or self)

    def leave(self) -> None:
        """Keep what is half-typed; the page goes on to something else."""
        self.drafts.flush()

    def delete(self, record: Record) -> None:
        """Delete one; an Undo is offered."""

        def deleted(_count: int) -> None:
            self.drafts.drop(record.id)
            self._close()
            self._lay()
            self._desk.say(self.kind.deleted.format(name=self._title(record)), undo=True)

        self._desk.do(self, self.kind.verbs.delete, [record.id]).then(deleted).start()

    # Beneath

    def _landed(self, found: list[Any]) -> None:
        self.records = tuple(found)
        gone = self._editing is not None and all(record.id != self._editing for record in found)
        if gone:
            self._close()
        self.counted.emit(len(found))
        self.changed.emit(self.records)
        wanted, self._wanted = self._wanted, None
        record = next((record for record in found if record.id == wanted), None)
        self._lay()
        if record is not None:
            self.open(record)
        elif self.panel is None and self._of is not None and self.drafts.get(None, self._of) is not None:
            self._open_panel(None, {})

    def _lay(self) -> None:
        """Lay out cards anew, the open panel in its place."""
        while item := self._column.takeAt(0):
            widget = item.widget()
            if widget is not None and widget not in (self.panel, self.add):
                widget.hide()
                widget.deleteLater()
        if self.panel is not None and self._editing is None:
            self._column.addWidget(self.panel)
        for record in self.records:
            if self.panel is not None and record.id == self._editing:
                self._column.addWidget(self.panel)
            else:
                self._column.addWidget(self._card(record))
        has_any = bool(self.records) or self.panel is not None
        if self.panel is None:
            self._column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
            self.add.show()
        else:
            self.add.setParent(self)
            self.add.hide()
        self._column.addStretch(1)
        self._area.setVisible(has_any)
        self.empty.setVisible(not has_any)

    def _card(self, record: Any) -> Card:
        card = Card(self._title(record), self.kind.subtitle(record), self.kind.details(record))
        card.opened.connect(partial(self.open, record))
        card.deleted.connect(partial(self.delete, record))
        card.reached.connect(self.reached)
        return card

    def open(self, record: Any) -> None:
        """Edit a record in its place."""

        def landed(found: records.Opened) -> None:
            values = {field.name: getattr(found.record, field.name) for field in self.entity.fields}
            values |= custom_fields.values_of(found.record, self._custom)
            self._open_panel(record.id, values, found.seen)
            if self.panel is not None:
                self.panel.form.start()
            if found.undecided:
                asked = self._desk.ask(self, alternatives.alternatives, self.kind.name, record.id)
                asked.then(partial(self._mark, record)).latest("undecided").start()

        self._desk.ask(self, records.open_one, self.kind.name, record.id).then(landed).latest("open").start()

    def _mark(self, record: Any, found: Mapping[str, Sequence[Value]]) -> None:
        """Fields of the open record with several values."""
        panel = self.panel
        if panel is None or self._editing != record.id:
            return

        def keep(field: str, value: Any) -> None:
            done = self._desk.do(panel, self.kind.verbs.edit, record.id, {field: value}, self._seen)
            done.then(lambda _changed: self.open(record)).start()

        def stay() -> None:
            done = self._desk.do(panel, self.kind.verbs.keep, record.id)
            done.then(lambda _done: self.open(record)).start()

        mark_lines(panel.form, found, keep)
        if "" in found:
            ask_life(panel.decision, found[""], stay, partial(self.delete, record))

    def _open_panel(self, id_: Id | None, values: Mapping[str, Any], seen: Seen = NOTHING) -> None:
        self.drafts.flush()
        self._close()
        shown = [f for f in self.entity.fields if f.name != self._link and not f.restricted]
        form = Form([*shown, *self._custom], groups=self.kind.groups)
        form.load(values or self.entity.defaults)
        self._editing, self._seen = id_, seen
        self.panel = panel = Panel(form, id_ is None)
        draft = self.drafts.get(id_, self._under)
        if draft is not None:
            form.restore(draft.fields)
            self._seen = merged(self._seen, draft.seen, tuple(draft.fields))
        form.changed.connect(partial(self.drafts.soon, id_, partial(self._draft, form), self._under))
        panel.saved.connect(self.save)
        panel.left.connect(self._discard)
        panel.deleted.connect(self._delete_open)
        self._lay()

    @property
    def _under(self) -> Id | None:
        return self._of if self._editing is None else None

    def _draft(self, form: Form) -> Draft | None:
        if not form.is_dirty:
            return None
        return Draft(form.state(), self._seen if self._editing else {}, now_ms())

    def _discard(self) -> None:
        self.drafts.drop(self._editing, self._under)
        self._close()
        self._lay()
        (self.add if self.add.isVisible() else self).setFocus()

    def _delete_open(self) -> None:
        record = next((record for record in self.records if record.id == self._editing), None)
        if record is not None:
            self.delete(record)

    def _saved(self, _id: Id) -> None:
        self.drafts.drop(self._editing, self._under)
        self._close()
        self._lay()
        self.refresh()

    def _close(self) -> None:
        panel, self.panel, self._editing = self.panel, None, None
        self._seen = NOTHING
        if panel is not None:
            self._column.removeWidget(panel)
            panel.hide()
            panel.deleteLater()

    def _made(self, values: dict[str, Any]) -> Record:
        custom = {
            definition_id(field.name): field.to_wire(values[field.name])
            for field in self._custom
            if values[field.name] != field.empty
        }
        own: dict[str, Any] = {name: values[name] for name in values if name in self.entity.by_name}
        own[self._link] = self._of
        return self.entity.cls(**own, custom=custom)

    def _title(self, record: Any) -> str:
        return str(getattr(record, self.entity.title_field))
