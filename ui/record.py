"""A record's page: asks for it, saves what changed and nothing else, goes to its neighbours, deletes it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.errors import Invalid, NotFound
from app.features import alternatives, records
from app.features.alternatives import Value
from app.features.crm import custom_fields
from app.features.history import Line
from app.features.verbs import Verbs
from app.i18n import N_, _
from app.ids import Id, parse, show
from app.model.entity import Record, entity_named
from app.model.fields import Field
from ui import errors, formats
from ui.actions import Action
from ui.desk import Desk
from ui.dialogs import confirm
from ui.form import Group
from ui.widgets.banner import Banner
from ui.widgets.drafts import Draft
from ui.widgets.empty import EmptyState
from ui.widgets.record_form import RecordForm
from ui.widgets.record_header import RecordHeader
from ui.widgets.screen import Screen
from ui.widgets.undecided import ask_life

BLANK, SHOWN, GONE = range(3)


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
    kept: str
    """After `keep`, with `{name}`."""
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


class RecordScreen(Screen):
    """The page; subclasses put form, header and whatever else belongs to the record in their places."""

    of: RecordOf

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.words = self.of.words()
        self.entity = entity_named(self.of.kind)
        self.among: array[int] = array("q")
        self.at = 0
        self._is_stale = False
        self.decision = Banner()
        self._decision_place = self.place_banner(self.decision)
        self.header = RecordHeader()
        self.form = RecordForm(desk, self.of.kind, self.of.groups)
        self.body = QWidget()
        self.stack = QStackedWidget()
        self.gone = EmptyState(
            "trash", self.words.gone, _("It may have been deleted. Undo brings it back."),
            self.words.back, lambda: desk.show(self.of.list_screen),
        )  # fmt: skip
        for widget in (QWidget(), self.body, self.gone):
            self.stack.addWidget(widget)
        self.page.addWidget(self.stack, 1)
        # The page itself takes the keyboard, so that its shortcuts work before a field is entered.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lay_out()
        for action in self.page_actions():
            self.actions_here.add(action)
        self._connect()

    # For subclasses

    def lay_out(self) -> None:
        """Put `header`, `form` and more into `body`."""
        raise NotImplementedError

    def shown_record(self, record: Record | None) -> None:
        """Another record is shown, None for a new one; or the same one with new values."""

    def more_actions(self) -> tuple[Action, ...]:
        """What can be done here besides saving and deleting; those of the group “more” are in the menu."""
        return ()

    def saves_elsewhere(self) -> bool:
        """Whether Ctrl+S belongs to something else on the page right now; True if it was saved."""
        return False

    def leaves(self) -> None:
        """The page goes on to another record: keep what is half-done."""

    # What the window asks

    @property
    def id(self) -> Id | None:
        """The record that is shown, None for a new one."""
        return self.form.id

    @property
    def opened(self) -> records.Opened | None:
        """The record as it was read last; None for a new one, or while it is on its way."""
        return self.form.opened

    def arrive(self, where: Mapping[str, Any]) -> None:
        self.leaves()
        self.among = where.get("among") or array("q")
        self.at = int(where.get("at") or 0)
        wanted = where.get("id")
        if wanted != self.id or self.opened is None:
            self.form.leave(wanted)
            self.banner.dismiss()
            self.decision.dismiss()
        if self.isVisible() and not self.isAncestorOf(self.focusWidget() or self.window()):
            self.setFocus()
        self._learn()

    def leave(self) -> bool:
        self.form.keep_draft()
        self.leaves()
        return True

    def state(self) -> dict[str, Any]:
        """The draft is in the vault already; the window says again what to show."""
        self.leave()
        return {"id": show(self.id) if self.id else ""}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.form.leave(parse(str(state["id"])) if state.get("id") else None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._learn()

    def show_invalid(self, field: str, text: str) -> bool:
        """What the door refused, beside its field; part of ui/errors.py's road."""
        return self.form.show_invalid(field, text)

    # Asking

    def _learn(self) -> None:
        """Ask what the company's own fields are, then for the record."""
        self._is_stale = False

        def learned(custom: tuple[Field, ...]) -> None:
            self.form.use(custom)
            if self.id is None:
                self._show_new()
            else:
                self._ask()

        self.desk.ask(self, custom_fields.declared, self.of.kind).then(learned).latest("fields").start()

    def _ask(self) -> None:
        assert self.id is not None

        def failed(error: BaseException) -> None:
            if isinstance(error, NotFound):
                self.form.opened = None
                self.stack.setCurrentIndex(GONE)
            else:
                errors.show(error, self)

        asked = self.desk.ask(self, records.open_one, self.of.kind, self.id)
        asked.then(self._landed).failed(failed).latest("record").start()

    def _landed(self, found: records.Opened) -> None:
        if found.record.id != self.id or self.form.form is None:
            return
        before = self.opened
        draft = self.form.show_kept(found)
        self.stack.setCurrentIndex(SHOWN)
        if before is None or before.record != found.record:
            self.shown_record(found.record)
        self.header.show_place(self.at, len(self.among))
        self._show_dirty()
        if draft is not None:
            self._tell_draft(self.words.draft, draft)
        self._ask_undecided(found.undecided)

    def _show_new(self) -> None:
        draft = self.form.show_new()
        self.stack.setCurrentIndex(SHOWN)
        self.shown_record(None)
        self.header.show_place(0, 0)
        self._show_dirty()
        if draft is not None:
            self._tell_draft(self.words.draft_new, draft)

    def _ask_undecided(self, count: int) -> None:
        if not count or self.id is None:
            self._show_undecided({})
            return
        asked = self.desk.ask(self, alternatives.alternatives, self.of.kind, self.id)
        asked.then(self._show_undecided).latest("undecided").start()

    def _show_undecided(self, found: Mapping[str, Sequence[Value]]) -> None:
        self.form.show_undecided(found, self.set_value)
        if "" in found:
            self._decision_place.show()
            ask_life(self.decision, found[""], self.keep, self.delete)
        else:
            self.decision.dismiss()

    # Editing

    def save(self) -> None:
        """Save the changed fields, and only those."""
        if self.saves_elsewhere() or not self.form.is_dirty:
            return
        try:
            if self.id is None:
                done = self.desk.do(self, self.of.verbs.add, self.form.made()).then(self._made)
            else:
                asked = self.desk.do(self, self.of.verbs.edit, self.id, self.form.changes(), self.form.seen)
                done = asked.then(partial(self._saved, self.id))
        except Invalid as error:
            self.show_invalid(error.field, error.text)
            return
        self.header.save.setEnabled(False)
        done.failed(self._not_saved).start()

    def discard(self) -> None:
        """Throw away what was typed."""
        self.banner.dismiss()
        if self.id is None:
            self.form.empty()
            self.desk.show(self.of.list_screen)
        else:
            self.form.forget()
            self._ask()

    def delete(self) -> None:
        """Delete the record once the person has said yes."""
        if self.opened is None or self.id is None:
            return
        id_, name = self.id, str(getattr(self.opened.record, self.entity.title_field))

        def deleted(_count: int) -> None:
            self.form.drafts.drop(id_)
            self.desk.say(self.words.deleted.format(name=name), undo=True)
            if self.id == id_:
                self.desk.show(self.of.list_screen)

        confirm(
            self.window(), self.words.delete.format(name=name), self.words.delete_text, _("Delete"),
            lambda: self.desk.do(self, self.of.verbs.delete, [id_]).then(deleted).start(), danger=True,
        )  # fmt: skip

    def keep(self) -> None:
        """Keep the record although somebody deleted it."""
        if self.opened is not None and self.id is not None:
            name = str(getattr(self.opened.record, self.entity.title_field))
            asked = self.desk.do(self, self.of.verbs.keep, self.id)
            asked.then(lambda _done: self.desk.say(self.words.kept.format(name=name), undo=True)).start()

    def set_value(self, field: str, value: Any, said: str = "") -> None:
        """Save one field at once: a stage from the header, a value put back, a choice between two."""
        if self.id is None or self.opened is None:
            return
        asked = self.desk.do(self, self.of.verbs.edit, self.id, {field: value}, self.opened.seen)
        asked.then(lambda _changed: self.desk.say(said or self.words.saved, undo=True)).start()

    def put_back(self, line: Line) -> None:
        """Give a field the value that it had before a change."""
        if self.opened is None:
            return
        field, wanted = self.entity.by_name.get(line.field), line.before
        if field is not None and field.elementwise:
            now = set(getattr(self.opened.record, line.field))
            wanted = tuple(sorted(now - {line.after} if line.after else now | {line.before}))
        self.set_value(line.field, wanted, _("The old value is back."))

    def _made(self, record: Record) -> None:
        self.form.empty()
        self.banner.dismiss()
        self.desk.say(self.words.made.format(name=str(getattr(record, self.entity.title_field))), undo=True)
        self.desk.open(self.of.kind, record.id)

    def _saved(self, id_: Id, _changed: int) -> None:
        self.desk.say(self.words.saved, undo=True)
        if self.id == id_:
            # Shown anew as it is kept: trimmed, and with what came from elsewhere meanwhile.
            self.banner.dismiss()
            self.form.forget()
            self._ask()
        else:
            self.form.drafts.drop(id_)

    def _not_saved(self, error: BaseException) -> None:
        self._show_dirty()
        errors.show(error, self)

    def _show_dirty(self) -> None:
        self.header.show_dirty(self.form.is_dirty, self.id is None)
        self.actions_here.refresh()

    def _tell_draft(self, text: str, draft: Draft) -> None:
        said = text.format(when=formats.relative(draft.at_ms))
        self.show_banner(said, "info")
        self.banner.say(said, "info", button=_("Discard"), act=self.discard)

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
        self.form.edited.connect(self._show_dirty)
        self.desk.changed.connect(self.records_changed)

    def _open_more(self) -> None:
        ids = [action.id for action in self.more_actions() if action.group == "more"]
        menu = self.actions_here.menu(*ids, "record.delete", parent=self.header.more)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.header.more.mapToGlobal(self.header.more.rect().bottomLeft()))

    def records_changed(self, kinds: frozenset[str]) -> None:
        """Something was written, here or elsewhere."""
        if not kinds & {self.of.kind, "custom_field"}:
            return
        if not self.isVisible():
            self._is_stale = True
        elif "custom_field" in kinds:
            self._learn()
        elif self.id is not None:
            self._ask()
