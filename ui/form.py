"""A form made from declared fields: load a record, edit it, ask what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.errors import Invalid
from app.i18n import _
from app.model.fields import Field
from ui.fields import Editor, Lookups, Raw, editor
from ui.theme import look

TWO_COLUMNS_PX = 560
MOST_PX = 880  # lines longer than this are hard to fill in


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together, under a heading."""

    title: str
    fields: tuple[str, ...]


class Line(QWidget):
    """One field of a form: label, editor, and what is wrong with it."""

    def __init__(self, field: Field, made: Editor) -> None:
        super().__init__()
        self.editor = made
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        text = _(field.label)
        if not made.labels_itself:
            label = QLabel(_("{label} (required)").format(label=text) if field.required else text)
            label.setProperty("role", "label")
            label.setBuddy(made.inner())
            column.addWidget(label)
        column.addWidget(made)
        self._trouble = QLabel()
        self._trouble.setProperty("role", "error")
        self._trouble.setWordWrap(True)
        self._trouble.setTextFormat(Qt.TextFormat.PlainText)
        self._trouble.hide()
        column.addWidget(self._trouble)
        column.addStretch(1)
        self._name = text
        self._required = field.required
        made.name(text, _("required") if field.required else "")

    def say(self, trouble: str) -> None:
        """Show what is wrong; empty text takes it away."""
        self._trouble.setText(trouble)
        self._trouble.setVisible(bool(trouble))
        self.editor.mark(bool(trouble))
        self.editor.name(self._name, trouble or (_("required") if self._required else ""))

    @property
    def trouble(self) -> str:
        """What the line complains of."""
        return self._trouble.text() if not self._trouble.isHidden() else ""


class Form(QWidget):
    """Editors for some fields. It does not save: its owner asks `changes` and gives them to a command."""

    changed = Signal()
    submitted = Signal()  # Ctrl+Enter, or Enter in a line

    def __init__(
        self,
        fields: Iterable[Field],
        lookups: Lookups | None = None,
        groups: Sequence[Group] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        shown = [field for field in fields if not field.hidden]
        self.lines: dict[str, Line] = {}
        for field in shown:
            made = editor(field, lookups)
            made.changed.connect(self._edited)
            self.lines[field.name] = Line(field, made)
        self._loaded: dict[str, Raw] = {}
        self._quiet = False
        self._read_only = False
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(look().tokens.px(24))
        self._grid.setVerticalSpacing(look().tokens.px(16))
        self._headings: dict[int, QLabel] = {}
        self._groups = self._grouped(groups)
        self.setMaximumWidth(look().tokens.px(MOST_PX))
        self._flow(1)
        self.load({})

    # Values

    def load(self, values: Mapping[str, Any]) -> None:
        """Show these values as the ones that are kept; fields that are missing are shown empty."""
        self._quiet = True
        try:
            for name, line in self.lines.items():
                field = line.editor.field
                line.editor.show_value(values.get(name, field.empty))
                line.say("")
        finally:
            self._quiet = False
        self._loaded = {name: line.editor.raw() for name, line in self.lines.items()}
        self.changed.emit()

    def load_record(self, record: Any) -> None:
        """Show a record's fields, its custom ones too (`x:<id>`)."""
        self.load(
            {name: getattr(record, name) for name in self.lines if hasattr(record, name)} | record.custom
        )

    def values(self) -> dict[str, Any]:
        """All values, checked. Raises Invalid with the first, after all are marked beside their fields."""
        return self._checked(self.lines)

    def changes(self) -> dict[str, Any]:
        """The checked values of the fields that were changed since `load`, so that saving touches no other."""
        return self._checked(name for name in self.lines if self._is_changed(name))

    def changed_fields(self) -> tuple[str, ...]:
        """Names of the fields that differ from what was loaded, whether they are right or wrong."""
        return tuple(name for name in self.lines if self._is_changed(name))

    @property
    def is_dirty(self) -> bool:
        """Whether anything differs from what was loaded."""
        return any(self._is_changed(name) for name in self.lines)

    def state(self) -> dict[str, Raw]:
        """The half-filled form as JSON can hold it: what was typed in the changed fields, right or wrong."""
        return {name: self.lines[name].editor.raw() for name in self.changed_fields()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Show a draft over what was loaded."""
        for name, raw in state.items():
            if name in self.lines:
                self.lines[name].editor.show_raw(raw)

    # Trouble

    def show_invalid(self, field: str, text: str) -> bool:
        """Say it beside the field and go there; False if the form has no such field."""
        line = self.lines.get(field.partition(".")[0])
        if line is None:
            return False
        line.say(text)
        line.editor.setFocus()
        self._bring_into_sight(line)
        return True

    def troubles(self) -> dict[str, str]:
        """What is said beside the fields now."""
        return {name: line.trouble for name, line in self.lines.items() if line.trouble}

    def set_read_only(self, read_only: bool) -> None:
        """Let it be read and copied, not edited."""
        self._read_only = read_only
        for line in self.lines.values():
            line.editor.set_read_only(read_only)

    def editor(self, name: str) -> Editor:
        """The editor of a field, for what only its screen knows (suggestions)."""
        return self.lines[name].editor

    def start(self) -> None:
        """Put the keyboard into the first field."""
        for line in self.lines.values():
            line.editor.setFocus()
            return

    def _checked(self, names: Iterable[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        first: Invalid | None = None
        for name in names:
            line = self.lines[name]
            try:
                found[name] = line.editor.value()
                line.say("")
            except Invalid as error:
                line.say(error.text)
                first = first or Invalid(name, error.text)
        if first is not None:
            raise first
        return found

    def _is_changed(self, name: str) -> bool:
        return self.lines[name].editor.raw() != self._loaded.get(name)

    def _edited(self) -> None:
        if self._quiet:
            return
        sender = self.sender()
        for line in self.lines.values():
            if line.editor is sender and line.trouble:
                line.say("")  # it is being mended; checked again when it is saved
        self.changed.emit()

    # Layout

    def _grouped(self, groups: Sequence[Group]) -> list[tuple[str, list[Line]]]:
        left = dict(self.lines)
        result: list[tuple[str, list[Line]]] = []
        for group in groups:
            lines = [left.pop(name) for name in group.fields if name in left]
            if lines:
                result.append((group.title, lines))
        if left:
            result.append((_("More") if result else "", list(left.values())))
        # Tab goes through the fields as they stand.
        self.lines = {line.editor.field.name: line for _title, lines in result for line in lines}
        return result

    def _flow(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        row = 0
        for place, (title, lines) in enumerate(self._groups):
            if title:
                self._grid.addWidget(self._heading(place, title), row, 0, 1, 2)
                row += 1
            column = 0
            for line in lines:
                wide = line.editor.wide or columns == 1
                if wide and column:
                    row, column = row + 1, 0
                self._grid.addWidget(line, row, column, 1, 2 if wide else 1)
                column = 0 if wide else 1 - column
                row += 1 if column == 0 else 0
            row += 1 if column else 0
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1 if columns == 2 or column == 0 else 0)
        self._grid.setHorizontalSpacing(look().tokens.px(24) if columns == 2 else 0)

    def _heading(self, place: int, title: str) -> QLabel:
        if place not in self._headings:
            label = QLabel(_(title))
            label.setProperty("role", "heading")
            label.setContentsMargins(0, look().tokens.px(8) if place else 0, 0, 0)
            self._headings[place] = label
        return self._headings[place]

    def _bring_into_sight(self, line: Line) -> None:
        parent = self.parent()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(line, 0, look().tokens.px(24))
                return
            parent = parent.parent()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._flow(2 if event.size().width() >= look().tokens.px(TWO_COLUMNS_PX) else 1)

    def minimumSizeHint(self) -> QSize:
        # Narrow enough to fall back to one column, whatever the two would need.
        return QSize(look().tokens.px(240), super().minimumSizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submitted.emit()
            return
        super().keyPressEvent(event)


def scrolled(form: Form) -> QScrollArea:
    """The form in a page that scrolls."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    page = QWidget()
    page.setProperty("role", "page")
    box = QVBoxLayout(page)
    margin = look().tokens.px(24)
    box.setContentsMargins(margin, margin, margin, margin)
    form.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    box.addWidget(form)
    box.addStretch(1)
    area.setWidget(page)
    return area
