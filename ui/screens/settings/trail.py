"""The last rows of the audit trail, and its verification."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.features.trust import audit
from app.features.trust.audit import OUTCOMES, Line
from app.i18n import N_, _, ngettext
from app.model.audit import BrokenTrail, Head
from ui import errors, formats
from ui.desk import Desk
from ui.screens.settings.section import Section, push
from ui.theme import look, plain
from ui.widgets.banner import Banner

SHOWN = 200
COLUMNS = (N_("When"), N_("Who"), N_("What"), N_("Records"), N_("Outcome"))
Index = QModelIndex | QPersistentModelIndex


class Trail(Section):
    """Who did what, newest first."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            desk,
            _("Audit trail"),
            _(
                "One row for everything that is done, refused or looked up in restricted fields. Rows hold no "
                "customer data, and each is bound to all before it, so that an altered or missing one shows."
            ),
        )
        px = look().tokens.px
        card = self.card()
        self.result = Banner()
        self.verify = card.row(
            _("Verification"),
            push(_("Verify now"), self._verify, "shield"),
            _("Walks through every row and checks that nothing was altered, cut out or reordered."),
        )
        card.add(self.result)
        card = self.card(_("Last entries"))
        self.rows = Rows(self)
        self.table = QTableView()
        self.table.setModel(self.rows)
        self.table.setAccessibleName(_("Last entries of the audit trail"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(px(30))
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(px(60))
        self.table.setMinimumHeight(px(340))
        self.table.setStyleSheet(f"QTableView::item {{ padding: 0 {px(12)}px; }}")
        card.add(self.table)
        desk.changed.connect(self._changed)

    def arrive(self) -> None:
        self.desk.ask(self, audit.listed, SHOWN).then(self.rows.show).latest("rows").start()

    def _changed(self, _kinds: frozenset[str]) -> None:
        if self.isVisible():
            self.arrive()

    def _verify(self) -> None:
        button = self.verify.control
        assert button is not None
        button.setEnabled(False)

        def whole(head: Head) -> None:
            button.setEnabled(True)
            self.result.say(
                ngettext(
                    "The trail is whole: {n} row, from the first to the last.",
                    "The trail is whole: {n} rows, from the first to the last.",
                    head.number,
                ).format(n=formats.count(head.number)),
                "success",
            )
            self.arrive()

        def broken(error: BaseException) -> None:
            button.setEnabled(True)
            if isinstance(error, BrokenTrail):
                self.result.say(
                    _("{what} Keep a copy of the profile folder and tell whoever is responsible.").format(
                        what=error.text
                    ),
                    "danger",
                )
            else:
                errors.show(error, self)

        work = self.desk.ask(self, audit.verified).label(_("Verifying the audit trail…"))
        work.then(whole).failed(broken).start()


class Rows(QAbstractTableModel):
    """Rows of the trail as text."""

    def __init__(self, parent: Section) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Show these."""
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _(COLUMNS[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _cell(line, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 3:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 4 and line.outcome in _BAD:
            return look().color("danger_text")
        return None


_BAD = ("refused", "failed")


def _cell(line: Line, column: int) -> str:
    match column:
        case 0:
            return formats.moment(line.at_ms)
        case 1:
            return plain(line.who)
        case 2:
            what = plain(_(line.what))
            return f"{_(line.kind)} · {what}" if line.kind else what
        case 3:
            return formats.count(line.count) if line.count else ""
        case _:
            return _(OUTCOMES.get(line.outcome, line.outcome))
