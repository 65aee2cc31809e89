"""Fields of the company's own: added, renamed, put in order, removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.features.crm import custom_fields
from app.features.crm.custom_fields import EXTENSIBLE, FIELD_KINDS, CustomField
from app.i18n import _, listed, ngettext
from app.ids import Id
from app.model.entity import entity_of
from ui.desk import Desk
from ui.dialogs import FormDialog, confirm
from ui.form import Form
from ui.screens.settings.section import Card, Section, push, words
from ui.theme import icon_size, look, set_icon

KINDS = dict(FIELD_KINDS)
WITH_OPTIONS = ("choice", "choices")


class CustomFields(Section):
    """One card for each kind of record that can have them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            desk,
            _("Custom fields"),
            _(
                "What your company needs to know and we did not think of. The fields appear on the record, as "
                "columns and filters of the list, in search, import and export; on every device of the company."
            ),
        )
        self._lists: dict[str, FieldList] = {}
        for kind, label in EXTENSIBLE:
            card = self.card(_(label))
            shown = FieldList(self, kind, card)
            card.add(shown)
            add = push(
                _("Add a field…"), shown.add, "plus", name=_("Add a field to {kind}").format(kind=_(label))
            )
            line = QHBoxLayout()
            line.addWidget(add)
            line.addStretch(1)
            card.column.addLayout(line)
            self._lists[kind] = shown
        desk.changed.connect(self._changed)

    def arrive(self) -> None:
        self.desk.ask(self, custom_fields.definitions).then(self._show).latest("definitions").start()

    def list_of(self, kind: str) -> FieldList:
        """The fields of a kind, as shown."""
        return self._lists[kind]

    def _changed(self, kinds: frozenset[str]) -> None:
        if "custom_field" in kinds:
            self.arrive()

    def _show(self, found: list[CustomField]) -> None:
        for kind, shown in self._lists.items():
            shown.show_fields([field for field in found if field.of == kind])


class FieldList(QWidget):
    """The fields of one kind."""

    def __init__(self, section: CustomFields, kind: str, card: Card) -> None:
        super().__init__()
        self.desk, self._kind, self._card = section.desk, kind, card
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.fields: list[CustomField] = []
        self._focus: tuple[Id, str] | None = None
        self.show_fields([])

    def show_fields(self, fields: list[CustomField]) -> None:
        """Show these, in this order."""
        self.fields = fields
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if not fields:
            self._column.addWidget(words(_("None yet."), "soft"))
        for place, field in enumerate(fields):
            if place:
                line = QFrame()
                line.setProperty("role", "line")
                self._column.addWidget(line)
            self._column.addWidget(self._line(field, place))

    def add(self) -> None:
        """Ask for a new field."""
        FieldDialog(self, self.desk, CustomField(label="", of=self._kind)).open()

    def edit(self, field: CustomField) -> None:
        """Ask for another label, other options, another unit."""
        FieldDialog(self, self.desk, field).open()

    def remove(self, field: CustomField) -> None:
        """Ask before a field goes."""

        def go() -> None:
            self.desk.do(self, custom_fields.delete, [field.id]).then(
                lambda _count: self.desk.say(
                    _("The field “{label}” was removed.").format(label=field.label), undo=True
                )
            ).start()

        confirm(
            self,
            _("Remove the field “{label}”?").format(label=field.label),
            _(
                "It disappears from every record and list. Its values are kept: Undo brings the field back with all "
                "of them."
            ),
            _("Remove the field"),
            go,
            danger=True,
        )

    def move(self, place: int, by: int) -> None:  # type: ignore[override]  # QWidget's is for windows
        """Let a field stand higher or lower."""
        ids = [field.id for field in self.fields]
        target = place + by
        if 0 <= target < len(ids):
            ids[place], ids[target] = ids[target], ids[place]
            self._focus = (ids[target], "up" if by < 0 else "down")
            self.desk.do(self, custom_fields.arrange, ids).start()

    def _line(self, field: CustomField, place: int) -> QWidget:
        px = look().tokens.px
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, px(6), 0, px(6))
        row.setSpacing(px(2))
        left = QVBoxLayout()
        left.setSpacing(0)
        name = QLabel(field.label)
        name.setTextFormat(Qt.TextFormat.PlainText)
        left.addWidget(name)
        left.addWidget(words(describe(field), "caption"))
        row.addLayout(left, 1)
        for sign, hint, act, enabled in (
            ("chevron-up", _("Move “{label}” up"), lambda: self.move(place, -1), place > 0),
            (
                "chevron-down",
                _("Move “{label}” down"),
                lambda: self.move(place, 1),
                place < len(self.fields) - 1,
            ),
            ("pencil", _("Edit “{label}”"), lambda: self.edit(field), True),
            ("trash", _("Remove “{label}”"), lambda: self.remove(field), True),
        ):
            button = QToolButton()
            set_icon(button, sign)
            button.setIconSize(icon_size())
            button.setToolTip(hint.format(label=field.label))
            button.setAccessibleName(hint.format(label=field.label))
            button.setEnabled(enabled)
            button.clicked.connect(act)
            row.addWidget(button)
            if self._focus == (field.id, sign.removeprefix("chevron-")):
                (button if enabled else line).setFocus()
                self._focus = None
        return line


class FieldDialog(FormDialog):
    """Asks for a field. The kind of a field that exists stays: its values were written for it."""

    def __init__(self, owner: QWidget, desk: Desk, field: CustomField) -> None:
        self._desk, self._field = desk, field
        self._is_new = not field.id
        wanted = ("label", "kind", "options", "unit") if self._is_new else ("label", "options", "unit")
        declared = [entity_of(CustomField).field(name) for name in wanted]
        super().__init__(
            owner,
            _("New field") if self._is_new else _("Edit the field “{label}”").format(label=field.label),
            Form(declared),
            _("Add the field") if self._is_new else _("Save"),
            lambda _dialog: self._save_field(),
        )
        self._note = words("", "caption")
        self.body.addWidget(self._note)
        self.form.load(
            {"label": field.label, "kind": field.kind, "options": field.options, "unit": field.unit}
        )
        self.form.changed.connect(self._fit)
        self._fit()
        self.form.start()

    @property
    def kind(self) -> str:
        """The kind as it stands."""
        return str(self.form.editor("kind").raw()) if self._is_new else self._field.kind

    def _fit(self) -> None:
        """Options and unit only where they mean something."""
        kind = self.kind
        self.form.lines["options"].setVisible(kind in WITH_OPTIONS)
        self.form.lines["unit"].setVisible(kind == "number")
        self._note.setText(_notes().get(kind, ""))
        self._note.setVisible(bool(self._note.text()))

    def _save_field(self) -> None:
        values = self.form.values()
        if self.kind in WITH_OPTIONS and not values["options"]:
            self.form.show_invalid("options", _("Please give at least one option."))
            return
        self.set_busy(True)
        if self._is_new:
            record = replace(self._field, **_only_meant(values, self.kind))
            self._desk.do(self, custom_fields.add, record).then(self._done).failed(self._failed).start()
        else:
            work = self._desk.do(self, custom_fields.edit, self._field.id, self.form.changes())
            work.then(self._done).failed(self._failed).start()

    def _done(self, _result: Any) -> None:
        self._desk.say(_("The field was added.") if self._is_new else _("Saved."), undo=True)
        self.accept()

    def _failed(self, error: BaseException) -> None:
        from ui import errors

        self.set_busy(False)
        errors.show(error, self)


def describe(field: CustomField) -> str:
    """Kind, unit and options of a field on one line."""
    parts = [_(KINDS.get(field.kind, field.kind))]
    if field.kind == "number" and field.unit:
        parts.append(field.unit)
    if field.kind in WITH_OPTIONS:
        count = len(field.options)
        parts.append(
            ngettext("{n} option: {list}", "{n} options: {list}", count).format(
                n=count, list=listed(field.options)
            )
        )
    return " · ".join(parts)


def _only_meant(values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Without an option or unit that was typed before another kind was chosen."""
    meant = dict(values)
    if kind not in WITH_OPTIONS:
        meant["options"] = ()
    if kind != "number":
        meant["unit"] = ""
    return meant


def _notes() -> dict[str, str]:
    return {
        "choice": _("One of the options can be chosen. Type an option and press Enter, then the next."),
        "choices": _("Any of the options can be chosen. Type an option and press Enter, then the next."),
        "number": _("The unit is shown beside the number: kW, m², seats."),
        "phone": _("Found by any run of its digits."),
    }
