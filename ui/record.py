"""A record's page: its form with drafts, saving what changed and nothing else, undecided fields, deleting."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QCompleter, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app.errors import Invalid, NotFound
from app.features import alternatives, lists, records
from app.features.alternatives import Value
from app.features.crm import custom_fields
from app.features.history import Line
from app.features.verbs import Verbs
from app.i18n import N_, _
from app.ids import Id, parse, show
from app.model.custom import definition_id
from app.model.entity import CUSTOM, Record, entity_named
from app.model.fields import Field
from ui import errors, formats
from ui.actions import Action
from ui.desk import Desk
from ui.dialogs import confirm
from ui.fields.chips import ChipsEditor
from ui.fields.editor import LineEditor
from ui.form import Form, Group
from ui.widgets.drafts import Draft, Drafts, merged, now_ms
from ui.widgets.empty import EmptyState
from ui.widgets.record_header import RecordHeader
from ui.widgets.restricted import Restricted
from ui.widgets.screen import Screen
from ui.widgets.undecided import UndecidedMark


@dataclass(frozen=True, slots=True)
class Words:
    """What a page of one kind says."""

    new: str
    gone: str
    back: str
    saved: str
    made: str
    delete: str
    """`Delete “{name}”?`"""
    delete_text: str
    deleted: str
    draft: str
    draft_new: str


@dataclass(frozen=True, slots=True)
class RecordOf:
    """Which records a page shows, and how its form is laid out."""

    kind: str
    verbs: Verbs[Any]
    groups: Callable[[], tuple[Group, ...]]
    words: Callable[[], Words]
    list_screen: str
    suggested: tuple[str, ...] = ()
    """Text fields for which values in use are offered."""


class RecordScreen(Screen):
    """The page; subclasses put form, header and whatever else belongs to the record in their places."""

    of: RecordOf

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.words = self.of.words()
        self.entity = entity_named(self.of.kind)
        self.id: Id | None = None
        self.opened: records.Opened | None = None
        self.seen: Mapping[str, Any] = {}
        self.form: Form | None = None
        self.custom: tuple[Field, ...] = ()
        self.among: array[int] = array("q")
        self.at = 0
        self.drafts = Drafts(desk, self.of.kind, self)
        self._is_stale = False
        self._marks: list[UndecidedMark] = []
        self.header = RecordHeader()
        self.restricted = Restricted(
            desk, self.of.kind, [field for field in self.entity.fields if field.restricted]
        )
        self.form_place = QVBoxLayout()
        self.body = QWidget()
        self.stack = QStackedWidget()
        self.gone = EmptyState(
            "trash", self.words.gone, _("It may have been deleted. Undo brings it back."),
            self.words.back, lambda: desk.show(self.of.list_screen),
        )  # fmt: skip
        self.stack.addWidget(QWidget())
        self.stack.addWidget(self.body)
        self.stack.addWidget(self.gone)
        self.page.addWidget(self.stack, 1)
        self.lay_out()
        for action in self.page_actions():
            self.actions_here.add(action)
        self._connect()

    # For subclasses

    def lay_out(self) -> None:
        """Put `header`, `form_place` and more into `body`."""
        raise NotImplementedError

    def shown_record(self, record: Record | None) -> None:
        """Another record is shown, None for a new one; or the same one with new values."""

    def more_actions(self) -> tuple[Action, ...]:
        """What can be done here besides saving and deleting."""
        return ()

    def saves_elsewhere(self) -> bool:
        """Whether Ctrl+S belongs to something else on the page right now; True if it was saved."""
        return False

    def leaves(self) -> None:
        """The page goes on to another record: keep what is half-done."""

    # What the window asks

    def arrive(self, where: Mapping[str, Any]) -> None:
        self._keep_draft()
        self.leaves()
        self.among = where.get("among") or array("q")
        self.at = int(where.get("at") or 0)
        wanted = where.get("id")
        if wanted != self.id or self.opened is None:
            self.id = wanted
            self.opened = None
            self.banner.dismiss()
            self.restricted.close_again()
        self._learn()

    def leave(self) -> bool:
        self._keep_draft()
        self.leaves()
        return True

    def state(self) -> dict[str, Any]:
        """The draft is in the vault already; the window says again what to show."""
        self._keep_draft()
        self.leaves()
        return {"id": show(self.id) if self.id else ""}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.id = parse(str(state["id"])) if state.get("id") else None

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._learn()

    def show_invalid(self, field: str, text: str) -> bool:
        """What the door refused, beside its field; part of ui/errors.py's road."""
        return self.form is not None and self.form.show_invalid(field, text)

    # Asking

    def _learn(self) -> None:
        """Ask what the kind's own fields are, then for the record."""
        self._is_stale = False

        def learned(custom: tuple[Field, ...]) -> None:
            self._keep_draft()
            if custom != self.custom or self.form is None:
                self._make_form(custom)
            if self.id is None:
                self._show_new()
            else:
                self._ask()

        self.desk.ask(self, custom_fields.declared, self.of.kind).then(learned).latest("fields").start()

    def _ask(self) -> None:
        assert self.id is not None

        def failed(error: BaseException) -> None:
            if isinstance(error, NotFound):
                self.opened = None
                self.stack.setCurrentIndex(2)
            else:
                errors.show(error, self)

        asked = self.desk.ask(self, records.open_one, self.of.kind, self.id)
        asked.then(self._landed).failed(failed).latest("record").start()

    def _landed(self, found: records.Opened) -> None:
        if found.record.id != self.id or self.form is None:
            return
        before, self.opened = self.opened, found
        if before is not None and before.record == found.record:
            # Nothing of it is new: leave the form, and whoever types in it, alone.
            self.seen = merged(found.seen, self.seen, self.form.changed_fields())
        else:
            self._load(found, is_first=before is None)
        self.header.show_place(self.at, len(self.among))
        self._ask_undecided(found.undecided)

    def _load(self, found: records.Opened, *, is_first: bool) -> None:
        """Show the kept values, and over them what was typed: a draft, or what stands in the form now."""
        assert self.form is not None
        record, form = found.record, self.form
        draft = self.drafts.get(self.id) if is_first else None
        typed: Mapping[str, Any] = form.state() if not is_first else draft.fields if draft else {}
        old_seen = self.seen if not is_first else draft.seen if draft else {}
        self.seen = merged(found.seen, old_seen, tuple(typed))
        values = {field.name: getattr(record, field.name) for field in self.entity.fields}
        with _cursor_kept():
            form.load(values | custom_fields.values_of(record, self.custom))
            form.restore(typed)
        self.stack.setCurrentIndex(1)
        self.restricted.setVisible(found.restricted_allowed)
        self.restricted.show_of(record.id)
        self.shown_record(record)
        self._show_dirty()
        if draft is not None and form.is_dirty:
            self._tell_draft(self.words.draft, draft)

    def _show_new(self) -> None:
        assert self.form is not None
        draft = self.drafts.get(None)
        self.opened, self.seen = None, {}
        self.form.load(self.entity.defaults)
        if draft is not None:
            self.form.restore(draft.fields)
        self._drop_marks()
        self.stack.setCurrentIndex(1)
        self.restricted.hide()
        self.shown_record(None)
        self.header.show_place(0, 0)
        self._show_dirty()
        if draft is not None and self.form.is_dirty:
            self._tell_draft(self.words.draft_new, draft)
        self.form.start()

    def _make_form(self, custom: tuple[Field, ...]) -> None:
        """The form of declared and own fields; typed values go over into the new one."""
        old, typed = self.form, self.form.state() if self.form else {}
        self.custom = custom
        shown = [field for field in self.entity.fields if not field.restricted]
        groups = [*self.of.groups()]
        if custom:
            groups.append(Group(_("Own fields"), tuple(field.name for field in custom)))
        self.form = form = Form([*shown, *custom], groups=groups)
        form.restore(typed)
        form.changed.connect(self._edited)
        if old is not None:
            self.form_place.replaceWidget(old, form)
            old.hide()
            old.deleteLater()
            self.opened = None
        else:
            self.form_place.insertWidget(0, form)
        for name in self.of.suggested:
            self._suggest(name)

    def _suggest(self, name: str) -> None:
        """Offer the values in use: the same word for the same thing."""
        assert self.form is not None
        made = self.form.editor(name)

        def landed(found: list[tuple[Any, int]]) -> None:
            texts = [str(value) for value, _count in found]
            if isinstance(made, ChipsEditor):
                made.suggest(texts)
            elif isinstance(made, LineEditor):
                _complete(made, texts)

        self.desk.ask(made, lists.facets, self.of.kind, name).then(landed).start()

    # Editing

    @property
    def is_dirty(self) -> bool:
        """Whether something waits to be saved."""
        return (self.form is not None and self.form.is_dirty) or self.restricted.is_dirty

    def save(self) -> None:
        """Save the changed fields, and only those."""
        if self.saves_elsewhere() or self.form is None or not self.is_dirty:
            return
        try:
            if self.id is None:
                self._save_new(self.form.values())
                return
            values = self.form.changes() | self.restricted.changes()
        except Invalid as error:
            self.show_invalid(error.field, error.text)
            return
        id_ = self.id
        self.header.save.setEnabled(False)
        asked = self.desk.do(self, self.of.verbs.edit, id_, values, self.seen)
        asked.then(lambda _changed: self._saved(id_)).failed(self._not_saved).start()

    def discard(self) -> None:
        """Throw away what was typed."""
        self.banner.dismiss()
        self.drafts.drop(self.id)
        if self.id is None:
            self.form = self._emptied()
            self.desk.show(self.of.list_screen)
            return
        self.opened = None
        self.restricted.close_again()
        self._ask()

    def delete(self) -> None:
        """Delete the record once the person has said yes."""
        if self.opened is None or self.id is None:
            return
        id_, name = self.id, str(getattr(self.opened.record, self.entity.title_field))

        def deleted(_count: int) -> None:
            self.drafts.drop(id_)
            self.desk.say(self.words.deleted.format(name=name), undo=True)
            if self.id == id_:
                self.id, self.opened = None, None
                self.desk.show(self.of.list_screen)

        confirm(
            self.window(), self.words.delete.format(name=name), self.words.delete_text, _("Delete"),
            lambda: self.desk.do(self, self.of.verbs.delete, [id_]).then(deleted).start(), danger=True,
        )  # fmt: skip

    def set_value(self, field: str, value: Any, said: str = "") -> None:
        """Save one field at once: a stage from the header, a value put back, a choice between two."""
        if self.id is None or self.opened is None:
            return
        seen = self.opened.seen
        asked = self.desk.do(self, self.of.verbs.edit, self.id, {field: value}, seen)
        asked.then(lambda _changed: self.desk.say(said or self.words.saved, undo=True)).start()

    def put_back(self, line: Line) -> None:
        """Give a field the value that it had before a change."""
        if self.opened is None:
            return
        field = self.entity.by_name.get(line.field)
        wanted = line.before
        if field is not None and field.elementwise:
            now = set(getattr(self.opened.record, line.field))
            wanted = tuple(sorted(now - {line.after} if line.after else now | {line.before}))
        self.set_value(line.field, wanted, _("The old value is back."))

    def _save_new(self, values: dict[str, Any]) -> None:
        custom = {
            definition_id(field.name): field.to_wire(values[field.name])
            for field in self.custom
            if values[field.name] != field.empty
        }
        own = {name: value for name, value in values.items() if not name.startswith(CUSTOM)}
        record = self.entity.cls(**own, custom=custom)
        self.header.save.setEnabled(False)
        self.desk.do(self, self.of.verbs.add, record).then(self._made).failed(self._not_saved).start()

    def _made(self, record: Record) -> None:
        self.drafts.drop(None)
        self.form = self._emptied()
        self.banner.dismiss()
        self.desk.say(self.words.made.format(name=str(getattr(record, self.entity.title_field))), undo=True)
        self.desk.open(self.of.kind, record.id)

    def _saved(self, id_: Id) -> None:
        self.drafts.drop(id_)
        self.banner.dismiss()
        self.desk.say(self.words.saved, undo=True)
        if self.id == id_ and self.form is not None:
            # Shown anew as it is kept: trimmed, and with what came from elsewhere meanwhile.
            self.opened = None
            self.restricted.close_again()
            self._ask()

    def _not_saved(self, error: BaseException) -> None:
        self._show_dirty()
        errors.show(error, self)

    def _emptied(self) -> Form | None:
        if self.form is not None:
            self.form.load(self.entity.defaults)
        return self.form

    def _edited(self) -> None:
        self._show_dirty()
        if self.form is not None and (self.opened is not None or self.id is None):
            self.drafts.soon(self.id, partial(self._draft, self.form, self.id))

    def _show_dirty(self) -> None:
        self.header.show_dirty(self.is_dirty, self.id is None)
        self.actions_here.refresh()

    # Drafts

    def _draft(self, form: Form, id_: Id | None) -> Draft | None:
        if id_ != self.id or not form.is_dirty:
            return None
        dirty = form.changed_fields()
        seen = {name: dots for name, dots in self.seen.items() if name.partition("/")[0] in dirty}
        title = str(form.editor(self.entity.title_field).raw())
        return Draft(form.state(), seen, now_ms(), title)

    def _keep_draft(self) -> None:
        self.drafts.flush()

    def _tell_draft(self, text: str, draft: Draft) -> None:
        when = formats.relative(draft.at_ms)
        self.show_banner(text.format(when=when), "info")
        self.banner.say(text.format(when=when), "info", button=_("Discard"), act=self.discard)

    # Undecided fields

    def _ask_undecided(self, count: int) -> None:
        if not count:
            self._drop_marks()
            return
        asked = self.desk.ask(self, alternatives.alternatives, self.of.kind, self.id or Id(b""))
        asked.then(self._show_undecided).latest("undecided").start()

    def _show_undecided(self, found: Mapping[str, Sequence[Value]]) -> None:
        self._drop_marks()
        for name, values in found.items():
            line = self.form.lines.get(name) if self.form is not None else None
            if line is not None:
                mark = UndecidedMark(line.editor.field, values, partial(self.set_value, name))
                layout = line.layout()
                assert isinstance(layout, QVBoxLayout)
                layout.insertWidget(1, mark, 0, Qt.AlignmentFlag.AlignLeft)
                self._marks.append(mark)
        if "" in found:
            self.show_banner(
                _(
                    "Somebody deleted this while somebody else went on editing it. It stays until that is decided."
                ),
                "warning",
            )

    def _drop_marks(self) -> None:
        marks, self._marks = self._marks, []
        for mark in marks:
            mark.hide()
            mark.deleteLater()

    # Neighbours

    def step(self, by: int) -> None:
        """Go to the record before or after this one in the list it was opened from."""
        at = self.at + by
        if not 0 <= at < len(self.among):
            return
        row = self.among[at]

        def landed(found: dict[int, tuple[Any, ...]]) -> None:
            if row in found:
                self.desk.open(self.of.kind, found[row][0], among=self.among, at=at)

        self.desk.ask(self, records.rows, self.of.kind, [row], ["id"]).then(landed).latest("step").start()

    # Making

    def page_actions(self) -> tuple[Action, ...]:
        """The actions of the page."""

        def is_open() -> bool:
            return self.opened is not None

        def can_go(by: int) -> bool:
            return 0 <= self.at + by < len(self.among)

        return (
            Action("record.save", N_("Save"), self.save, "save", "Ctrl+S", group="edit"),
            *self.more_actions(),
            Action(
                "record.back", N_("Previous in the list"), partial(self.step, -1), "chevron-up", "Ctrl+PgUp",
                partial(can_go, -1), group="go",
            ),
            Action(
                "record.forth", N_("Next in the list"), partial(self.step, 1), "chevron-down", "Ctrl+PgDown",
                partial(can_go, 1), group="go",
            ),
            Action("record.delete", N_("Delete…"), self.delete, "trash", "", is_open, group="end", danger=True),
        )  # fmt: skip

    def _connect(self) -> None:
        head = self.header
        head.save.clicked.connect(self.save)
        head.discard.clicked.connect(self.discard)
        head.back.clicked.connect(partial(self.step, -1))
        head.forth.clicked.connect(partial(self.step, 1))
        for button, id_ in ((head.back, "record.back"), (head.forth, "record.forth")):
            made = self.actions_here.qaction(id_)
            button.setToolTip(made.toolTip())
            button.setAccessibleName(made.text())
        head.save.setToolTip(self.actions_here.qaction("record.save").toolTip())
        head.more.clicked.connect(self._open_more)
        self.restricted.changed.connect(self._show_dirty)
        self.desk.changed.connect(self._changed)

    def _open_more(self) -> None:
        ids = [action.id for action in (*self.more_actions(),) if action.group == "more"]
        menu = self.actions_here.menu(*ids, "record.delete", parent=self.header.more)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.header.more.mapToGlobal(self.header.more.rect().bottomLeft()))

    def _changed(self, kinds: frozenset[str]) -> None:
        if not kinds & {self.of.kind, "custom_field"}:
            return
        if not self.isVisible():
            self._is_stale = True
        elif "custom_field" in kinds:
            self._learn()
        elif self.id is not None:
            self._ask()


@contextmanager
def _cursor_kept() -> Iterator[None]:
    """Values are shown anew while somebody types: the line keeps its cursor."""
    line = QApplication.focusWidget()
    place = line.cursorPosition() if isinstance(line, QLineEdit) else 0
    yield
    if isinstance(line, QLineEdit):
        line.setCursorPosition(place)


def _complete(made: LineEditor, texts: Sequence[str]) -> None:
    completer = QCompleter(list(texts), made)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    made.line.setCompleter(completer)
