"""What somebody has to decide: a field with several values, or a record that is deleted here and edited there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.features.alternatives import Value
from app.i18n import _, ngettext
from app.model.fields import Field
from ui import formats
from ui.form import Form
from ui.theme import icon_size, look, plain, set_icon
from ui.widgets.banner import Banner
from ui.widgets.popover import Popover


class UndecidedMark(QPushButton):
    """“2 values”. Pressing it opens the sheet; `keep` gets the value that shall stay."""

    def __init__(self, field: Field, values: Sequence[Value], keep: Callable[[Any], object]) -> None:
        n = len(values)
        super().__init__(ngettext("{n} value to decide on", "{n} values to decide between", n).format(n=n))
        self._field, self._values, self._keep = field, values, keep
        self.setProperty("kind", "warning")
        self.setIconSize(icon_size())
        set_icon(self, "warning", "warning_text")
        self.setToolTip(_("Two people changed this field. Nothing is lost; choose what shall stay."))
        self.setAccessibleName(_("{field}: {mark}").format(field=_(field.label), mark=self.text()))
        self.clicked.connect(self.open)

    def open(self) -> Popover:
        """Show the values."""
        px = look().tokens.px
        sheet = Popover(self, self.text())
        sheet.setMinimumWidth(px(320))
        title = QLabel(_(self._field.label))
        title.setProperty("role", "strong")
        sheet.box.addWidget(title)
        first: QPushButton | None = None
        for value in self._values:
            line = QFrame()
            line.setProperty("role", "entry")
            row = QHBoxLayout(line)
            row.setContentsMargins(px(10), px(8), px(8), px(8))
            column = QVBoxLayout()
            column.setSpacing(px(2))
            text = QLabel(formats.value(self._field, value.value) or _("empty"))
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setWordWrap(True)
            who = QLabel(said_by(value))
            who.setProperty("role", "caption")
            column.addWidget(text)
            column.addWidget(who)
            keep = QPushButton(_("Keep this"))
            keep.setAccessibleName(_("Keep {value}").format(value=text.text()))
            keep.clicked.connect(lambda _on=False, chosen=value.value: self._chosen(sheet, chosen))
            row.addLayout(column, 1)
            row.addWidget(keep)
            sheet.box.addWidget(line)
            first = first or keep
        sheet.open(first)
        return sheet

    def _chosen(self, sheet: Popover, value: Any) -> None:
        sheet.close()
        self._keep(value)


def mark_lines(
    form: Form, found: Mapping[str, Sequence[Value]], keep: Callable[[str, Any], object]
) -> list[UndecidedMark]:
    """Put a mark beside every field of a form that has several values; `keep` gets its name and the choice."""
    marks: list[UndecidedMark] = []
    for name, values in found.items():
        line = form.lines.get(name)
        if line is not None:
            mark = UndecidedMark(line.editor.field, values, partial(keep, name))
            layout = line.layout()
            assert isinstance(layout, QVBoxLayout)
            layout.insertWidget(1, mark, 0, Qt.AlignmentFlag.AlignLeft)
            marks.append(mark)
    return marks


def ask_life(
    banner: Banner, values: Sequence[Value], keep: Callable[[], object], delete: Callable[[], object]
) -> None:
    """Say that a record was deleted by one and edited by another, and offer both ways out."""
    gone = next((value for value in values if not value.value), None)
    if gone is not None and gone.author:
        said = _(
            "{author} deleted this ({when}) while somebody else went on editing it. "
            "It stays until that is decided."
        ).format(author=gone.author, when=formats.relative(gone.at_ms))
    else:
        said = _(
            "Somebody deleted this while somebody else went on editing it. It stays until that is decided."
        )
    banner.set_closable(False)
    banner.offer((_("Keep"), keep), (_("Delete"), delete))
    banner.say(said, "warning")


def said_by(value: Value) -> str:
    """Who wrote a value, and when; the one that lists show meanwhile is named."""
    when = formats.relative(value.at_ms)
    who = _("{author}, {when}").format(author=value.author, when=when) if value.author else when
    return plain(_("{who} (shown now)").format(who=who) if value.is_shown else who)
