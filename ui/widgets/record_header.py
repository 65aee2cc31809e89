"""The head of a record's page: its name, what it is at a glance, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.i18n import _
from ui import formats
from ui.theme import icon_size, look, set_icon
from ui.widgets.avatar import Avatar
from ui.widgets.elided import Elided


class RecordHeader(QWidget):
    """`glance` takes pills and chips beside the name, `quick` the small buttons below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(24), px(16), px(24), px(12))
        row.setSpacing(px(14))
        self.avatar = Avatar("", 44)
        row.addWidget(self.avatar, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(px(4))
        first = QHBoxLayout()
        first.setSpacing(px(10))
        self.title = Elided()
        self.title.setProperty("role", "title")
        self.glance = QHBoxLayout()
        self.glance.setSpacing(px(6))
        first.addWidget(self.title)
        first.addLayout(self.glance)
        first.addStretch(1)
        # The second line has the whole width: beside the buttons, editing would push the window wider.
        first.addLayout(self._buttons())
        second = QHBoxLayout()
        second.setSpacing(px(8))
        self.subtitle = Elided()
        self.subtitle.setProperty("role", "soft")
        self.quick = QHBoxLayout()
        self.quick.setSpacing(px(2))
        second.addWidget(self.subtitle)
        second.addLayout(self.quick)
        second.addStretch(1)
        column.addLayout(first)
        column.addLayout(second)
        row.addLayout(column, 1)

    def _buttons(self) -> QHBoxLayout:
        self.place = QLabel()
        self.place.setProperty("role", "caption")
        self.back, self.forth = QToolButton(), QToolButton()
        for button, sign in ((self.back, "chevron-up"), (self.forth, "chevron-down")):
            set_icon(button, sign)
            button.setIconSize(icon_size())
        self.unsaved = QLabel(_("Not saved"))
        self.unsaved.setProperty("role", "warning")
        self.discard = QPushButton(_("Discard"))
        self.save = QPushButton(_("Save"))
        self.save.setProperty("kind", "primary")
        self.more = QToolButton()
        set_icon(self.more, "more")
        self.more.setIconSize(icon_size())
        self.more.setToolTip(_("More"))
        self.more.setAccessibleName(_("More"))
        right = QHBoxLayout()
        right.setSpacing(look().tokens.px(6))
        for widget in (self.place, self.back, self.forth, self.unsaved, self.discard, self.save, self.more):
            right.addWidget(widget)
        return right

    def show_title(self, title: str, subtitle: str = "") -> None:
        """Another name."""
        self.title.setText(title)
        self.avatar.show_name(title)
        self.subtitle.setText(subtitle)
        self.subtitle.setVisible(bool(subtitle))

    def show_place(self, at: int, among: int) -> None:
        """Where the record stands in the list it was opened from; `among` 0: in none."""
        for widget in (self.place, self.back, self.forth):
            widget.setVisible(among > 1)
        self.place.setText(
            _("{n} of {all}").format(n=formats.count(at + 1), all=formats.count(among)) if among else ""
        )
        self.back.setEnabled(at > 0)
        self.forth.setEnabled(at + 1 < among)

    def show_dirty(self, dirty: bool, is_new: bool) -> None:
        """Whether there is something to save."""
        self.unsaved.setVisible(dirty and not is_new)
        self.discard.setVisible(dirty or is_new)
        self.discard.setText(_("Cancel") if is_new else _("Discard"))
        self.save.setText(_("Create") if is_new else _("Save"))
        self.save.setEnabled(dirty)
        self.save.setVisible(dirty or is_new)
        self.more.setVisible(not is_new)
        self.avatar.setVisible(not is_new)
