"""Half-filled forms of a kind, to go on with; a button that is there only while there are some."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu, QPushButton

from app.i18n import _, ngettext
from app.ids import Id
from app.model.entity import entity_named
from ui import formats
from ui.desk import Desk
from ui.theme import icon_size, plain, set_icon
from ui.widgets.drafts import drafts_of


class DraftMenu(QPushButton):
    """“2 drafts”: each opens where it was left."""

    def __init__(self, desk: Desk, kind: str) -> None:
        super().__init__()
        self._desk, self._kind = desk, kind
        self.setIconSize(icon_size())
        set_icon(self, "pencil", "text")
        self.drafts = QMenu(self)
        self.drafts.aboutToShow.connect(self._fill)
        self.setMenu(self.drafts)
        self.refresh()

    def refresh(self) -> None:
        """Count anew."""
        n = len(drafts_of(self._desk, self._kind))
        self.setText(ngettext("{n} draft", "{n} drafts", n).format(n=formats.count(n)))
        self.setToolTip(_("Forms that were begun and not saved"))
        self.setVisible(n > 0)

    def _fill(self) -> None:
        self.drafts.clear()
        new = _("New: {kind}").format(kind=_(entity_named(self._kind).label))
        for id_, draft in drafts_of(self._desk, self._kind):
            title = draft.title or _("Without a name")
            text = _("{title}, {when}").format(
                title=title if id_ else f"{new} – {title}", when=formats.relative(draft.at_ms)
            )
            self.drafts.addAction(plain(text).replace("&", "&&"), partial(self._open, id_))

    def _open(self, id_: Id | None) -> None:
        self._desk.open(self._kind, id_)
