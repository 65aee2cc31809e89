"""The restricted fields of a record: shown when somebody asks, since every look is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.features import records
from app.i18n import _, listed
from app.ids import Id
from app.model.fields import Field
from ui.desk import Desk
from ui.form import Form
from ui.theme import icon_size, look, set_icon


class Restricted(QWidget):
    """Closed until “Show” is pressed. `changed` after every edit, as of any form."""

    changed = Signal()

    def __init__(self, desk: Desk, kind: str, fields: Sequence[Field], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._kind, self._fields = desk, kind, fields
        self._id: Id | None = None
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(24), 0, 0)
        column.setSpacing(px(8))
        title = QLabel(_("Restricted"))
        title.setProperty("role", "heading")
        self._hint = QLabel(
            _("{fields}. Who looks at this, and when, is written into the audit trail.").format(
                fields=listed(_(field.label) for field in fields)
            )
        )
        self._hint.setProperty("role", "soft")
        self._hint.setWordWrap(True)
        self.button = QPushButton(_("Show"))
        self.button.setIconSize(icon_size())
        set_icon(self.button, "eye", "text")
        self.button.setAccessibleName(_("Show the restricted fields"))
        self.button.clicked.connect(self.open)
        row = QHBoxLayout()
        row.addWidget(self._hint, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(title)
        column.addLayout(row)
        self.form: Form | None = None
        self._column = column

    def show_of(self, id_: Id) -> None:
        """Another record, or the same one anew: closed again, unless something is being edited there."""
        if id_ == self._id and self.form is not None and self.form.is_dirty:
            return
        self._id = id_
        self.close_again()

    def close_again(self) -> None:
        """Hide the values."""
        form, self.form = self.form, None
        self.button.show()
        if form is not None:
            self._column.removeWidget(form)
            form.hide()
            form.deleteLater()

    def open(self) -> None:
        """Ask for the values; the door writes that down first."""
        if self._id is None:
            return
        wanted = self._id

        def landed(values: Mapping[str, Any]) -> None:
            if wanted == self._id and self.form is None:
                self.form = form = Form(self._fields)
                form.load(values)
                form.changed.connect(self.changed)
                self._column.addWidget(form)
                self.button.hide()
                form.start()

        self._desk.ask(self, records.restricted, self._kind, self._id).then(landed).start()

    @property
    def is_dirty(self) -> bool:
        """Whether something was edited."""
        return self.form is not None and self.form.is_dirty

    def changes(self) -> dict[str, Any]:
        """The edited values. Raises Invalid."""
        return {} if self.form is None else self.form.changes()
