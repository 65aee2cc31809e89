"""A dialog that asks for one name: of a book, of a computer."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from app.i18n import _
from ui.theme import look
from ui.widgets.talk_dialog import TalkDialog


class NamingDialog(TalkDialog):
    """Asks for a name; `label` says of what."""

    def __init__(self, parent: QWidget, title: str, text: str, yes: str, label: str, name: str = "") -> None:
        super().__init__(parent, title, text, yes=yes)
        self.name = QLineEdit(name)
        self.name.setAccessibleName(label)
        box = QVBoxLayout()
        box.setSpacing(look().tokens.px(4))
        above = QLabel(label)
        above.setProperty("role", "label")
        above.setBuddy(self.name)
        box.addWidget(above)
        box.addWidget(self.name)
        self.body.addLayout(box)
        self.name.selectAll()
        self.name.setFocus()

    def title(self) -> str:
        """What was typed; empty, and said so, where nothing was."""
        title = " ".join(self.name.text().split())
        if not title:
            self.show_banner(_("Please fill this in."))
            self.name.setFocus()
        return title
