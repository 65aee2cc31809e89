"""Changing many records at once: choose a field, give its value; or add and take away tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from app.errors import Invalid
from app.i18n import _
from app.model.fields import Field
from ui.dialogs import Dialog
from ui.fields import Editor, editor
from ui.theme import look

SET, ADD, TAKE = "set", "add", "take"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do with all of them, as the command `edit_many` takes it."""

    values: dict[str, Any] = field(default_factory=dict)
    add_to: dict[str, Sequence[str]] = field(default_factory=dict)
    take_from: dict[str, Sequence[str]] = field(default_factory=dict)


class BulkEdit(Dialog):
    """`start` preselects a field. Nothing is written here: `take` gets what is wanted."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        yes: str,
        fields: Sequence[Field],
        take: Callable[[Wanted], object],
        *,
        offer: Callable[[Editor], object] | None = None,
        start: tuple[str, str] = ("", SET),
    ) -> None:
        super().__init__(parent, title, yes=yes)
        self.setMinimumWidth(look().tokens.px(460))
        self._take, self._offer = take, offer
        self._editor: Editor | None = None
        self.what = QComboBox()
        self.what.setAccessibleName(_("What to change"))
        self.what.setMaxVisibleItems(20)
        for one in fields:
            if one.elementwise:
                self.what.addItem(_("Add to {field}").format(field=_(one.label)), (one, ADD))
                self.what.addItem(_("Take from {field}").format(field=_(one.label)), (one, TAKE))
            else:
                self.what.addItem(_(one.label), (one, SET))
        for place in range(self.what.count()):
            one, way = self.what.itemData(place)
            if (one.name, way) == start:
                self.what.setCurrentIndex(place)
        self._place = QVBoxLayout()
        self._hint = QLabel()
        self._hint.setProperty("role", "caption")
        self._hint.setWordWrap(True)
        # On Linux a combo box is called by its label, whatever its accessible name.
        head, self._label = QLabel(_("What to change")), QLabel()
        head.setBuddy(self.what)
        for label in (head, self._label):
            label.setProperty("role", "label")
        for widget in (head, self.what, self._label):
            self.body.addWidget(widget)
        self.body.addLayout(self._place)
        self.body.addWidget(self._hint)
        self.what.currentIndexChanged.connect(lambda _index: self._show_editor())
        self._show_editor()

    def _show_editor(self) -> None:
        if self._editor is not None:
            self._place.removeWidget(self._editor)
            self._editor.hide()
            self._editor.deleteLater()
        one, way = self.what.currentData()
        self._editor = made = editor(one)
        made.name(_(one.label))
        self._label.setText(_(one.label))
        self._label.setBuddy(made.inner())
        made.show_value(one.empty)
        self._place.addWidget(made)
        if self._offer is not None:
            self._offer(made)
        self._hint.setText(
            _("Left empty, the field is emptied everywhere.") if way == SET and not one.required else ""
        )
        self.show_banner("")
        self.adjustSize()
        made.setFocus()

    def agree(self) -> None:
        one, way = self.what.currentData()
        assert self._editor is not None
        try:
            value = self._editor.value()
        except Invalid as error:
            self._editor.mark(True)
            self.show_banner(error.text)
            return
        if way != SET and not value:
            self.show_banner(_("Please give at least one."))
            return
        self.accept()
        self._take(
            Wanted(
                {one.name: value} if way == SET else {},
                {one.name: value} if way == ADD else {},
                {one.name: value} if way == TAKE else {},
            )
        )
