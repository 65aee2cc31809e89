"""What an import would do, or did: counts as tiles, and under them rows with what becomes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.features.crm.importing.conversions import WARNINGS
from app.features.crm.importing.outcome import Alike, Difference, Example, Report
from app.i18n import _, sentences
from ui import formats
from ui.theme import look, plain, set_icon
from ui.widgets import import_words as words
from ui.widgets.import_chosen import CONTACTS
from ui.widgets.import_targets import Targets
from ui.widgets.import_tiles import Tile, Tiles
from ui.widgets.import_work import ImportWork

NEW, CHANGED, SAME, REJECTED, REMARKS, ALIKE = "new", "changed", "same", "rejected", "remarks", "alike"
MOST_VALUES = 4  # of a new record, beside its name


class ReportView(QWidget):
    """`save_rejected` is called when the person asks for the rejected rows as a file."""

    def __init__(self, work: ImportWork, save_rejected: Callable[[], object]) -> None:
        super().__init__()
        self._work = work
        self._report: Report | None = None
        self._present = ""
        self._is_final = False
        self._named: Targets | None = None
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        self.tiles = Tiles()
        self.tiles.chosen.connect(self.show_part)
        column.addWidget(self.tiles)
        line = QHBoxLayout()
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setProperty("role", "soft")
        line.addWidget(self.sentence, 1)
        self.save = QPushButton(_("Save rejected rows…"))
        set_icon(self.save, "save", "text")
        self.save.clicked.connect(save_rejected)
        line.addWidget(self.save, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(line)
        self.tree = QTreeWidget()
        self.tree.setUniformRowHeights(True)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.tree.setIndentation(px(18))
        self.tree.setAccessibleName(_("Rows"))
        self.tree.setMinimumHeight(px(150))
        self.tree.setStyleSheet(
            "QTreeView::branch:has-children:closed { image: url(theme:right.svg); }"
            "QTreeView::branch:has-children:open { image: url(theme:down.svg); }"
        )
        column.addWidget(self.tree, 1)

    def show_report(self, report: Report | None, *, final: bool) -> None:
        """Show the outcome of a rehearsal, or with `final` of an import."""
        is_other = report is not self._report or final != self._is_final
        self._report, self._is_final = report, final
        if report is None:
            return
        tiles = self._tiles(report)
        if is_other:
            self._present = next(
                (tile.name for tile in tiles if tile.count and self._has_rows(tile.name)), ""
            )
        self.tiles.show_tiles(tiles, self._present)
        if is_other:
            self.show_part(self._present)

    def show_part(self, name: str) -> None:
        """Show the rows of one tile."""
        report = self._report
        if report is None:
            return
        self._present = name
        self.sentence.setText(self._sentence(name, report))
        self.sentence.setVisible(bool(self.sentence.text()))
        self.save.setVisible(name == REJECTED)
        self.tree.clear()
        self.tree.setVisible(self._has_rows(name))
        match name:
            case "new":
                self._fill((_("Row"), self._who(), _("Value")), map(self._made, report.to_create))
            case "changed":
                self._fill(
                    (_("Row"), self._who(), _("Now"), _("After the import")),
                    map(self._changed, report.to_update),
                )
            case "same":
                self._fill((_("Row"), self._who()), map(_left, report.to_leave))
            case "rejected":
                self._fill(
                    (_("Row"), _("Column"), _("Reason")),
                    (_item((one.row, one.column, one.reason)) for one in report.rejected),
                )
            case "remarks":
                self._fill((_("Row"), _("Column"), _("Text")), self._remarks(report))
            case "alike":
                self._fill((_("Row"), self._who(), _("Phone"), _("Shared with")), map(_shared, report.alike))

    def _tiles(self, report: Report) -> list[Tile]:
        new, changed = (_("Made"), _("Changed")) if self._is_final else (_("New"), _("To be changed"))
        remarks = {kind: warned for kind, warned in report.warnings.items() if kind != "same_phone"}
        alike = report.warnings.get("same_phone")
        tiles = [
            Tile(NEW, new, report.created, "plus", "accent_text"),
            Tile(CHANGED, changed, report.updated, "pencil", "info_text"),
            Tile(SAME, _("The same"), report.unchanged, "check", "text_soft"),
            Tile(REJECTED, _("Rejected"), report.rejected_count, "error", "danger_text"),
            Tile(
                REMARKS,
                _("Remarks"),
                sum(warned.count for warned in remarks.values()),
                "warning",
                "warning_text",
            ),
        ]
        if not self._is_final:
            tiles.append(
                Tile(ALIKE, _("Possible duplicates"), alike.count if alike else 0, "merge", "warning_text")
            )
        return tiles

    def _has_rows(self, name: str) -> bool:
        # An import keeps no examples: what was made is in the book now.
        return bool(name) and not (self._is_final and name in (NEW, CHANGED, SAME))

    def _sentence(self, name: str, report: Report) -> str:
        kind = self._work.chosen.kind
        alike = report.warnings.get("same_phone")
        match name:
            case "new":
                text, count, shown = (
                    words.to_make(kind, report.created),
                    report.created,
                    len(report.to_create),
                )
            case "changed":
                text, count, shown = (
                    words.to_change(kind, report.updated),
                    report.updated,
                    len(report.to_update),
                )
            case "same":
                text, count, shown = words.the_same(report.unchanged), report.unchanged, len(report.to_leave)
            case "rejected":
                count, shown = report.rejected_count, len(report.rejected)
                text = words.rejected(count)
            case "remarks":
                return _("These rows are taken. Something about them may be worth a look.")
            case "alike":
                count, shown = alike.count if alike else 0, len(report.alike)
                text = words.alike(count)
            case _:
                return ""
        return text if shown >= count else sentences((text, words.shown(shown)))

    def _who(self) -> str:
        return _("Contact") if self._work.chosen.kind == CONTACTS else _("Customer")

    def _fill(self, heads: Sequence[str], items: Iterable[QTreeWidgetItem]) -> None:
        tree, px = self.tree, look().tokens.px
        tree.setColumnCount(len(heads))
        tree.setHeaderLabels(list(heads))
        rows = list(items)
        tree.addTopLevelItems(rows)
        tree.setRootIsDecorated(any(row.childCount() for row in rows))
        tree.header().setStretchLastSection(True)
        tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        widths = {2: (90,), 3: (90, 320), 4: (90, 280, 330)}[len(heads)]
        if self._present == REMARKS:
            widths = (130, 170)
        for section, width in enumerate(widths):
            tree.setColumnWidth(section, px(width))
        if self._present in (CHANGED, REMARKS):
            tree.expandAll()
        elif rows:
            rows[0].setExpanded(True)
        if self._present == REMARKS:
            for number in range(len(rows)):
                tree.setFirstColumnSpanned(number, tree.rootIndex(), True)

    # Rows

    def _made(self, example: Example) -> QTreeWidgetItem:
        values = (
            self._text(one, one.after)
            for one in example.differences
            if one.after != example.title and one.path != "contact.source"
        )
        item = _item((example.row, example.title, " · ".join([*values][:MOST_VALUES])), strong=1, soft=2)
        for one in example.differences:
            item.addChild(_item(("", self._label(one), self._text(one, one.after)), soft=1))
        return item

    def _changed(self, example: Example) -> QTreeWidgetItem:
        item = _item((example.row, example.title, "", ""), strong=1)
        for one in example.differences:
            before, after = self._text(one, one.before), self._text(one, one.after)
            child = _item(("", self._label(one), before or _("empty"), after), soft=1)
            child.setForeground(2, QBrush(look().color("text_soft")))
            item.addChild(child)
        return item

    def _remarks(self, report: Report) -> Iterable[QTreeWidgetItem]:
        for kind, warned in report.warnings.items():
            if kind == "same_phone":
                continue
            text = _("{what}: {count}").format(what=_(WARNINGS[kind]), count=formats.count(warned.count))
            item = _item((text, "", ""), strong=0)
            for row, column, said in warned.examples:
                item.addChild(_item((_("Row {number}").format(number=row), column, said)))
            yield item

    def _label(self, one: Difference) -> str:
        return self._targets().label(one.path)

    def _targets(self) -> Targets:
        work = self._work
        if self._named is None or self._named.known is not work.fields:
            self._named = Targets(
                "contact" if work.chosen.kind == CONTACTS else "customer", work.fields, self
            )
        return self._named

    def _text(self, one: Difference, value: Any) -> str:
        field = self._work.fields.get(one.path)
        return formats.value(field, value) if field is not None else str(value or "")


def _left(example: Example) -> QTreeWidgetItem:
    return _item((example.row, example.title))


def _shared(one: Alike) -> QTreeWidgetItem:
    if one.other:
        other = one.other
    elif one.other_row:
        other = _("Row {number} of this file").format(number=one.other_row)
    else:
        other = _("Several customers")
    return _item((one.row, one.title, one.phone, other))


def _item(cells: Sequence[str | int], *, strong: int = -1, soft: int = -1) -> QTreeWidgetItem:
    item = QTreeWidgetItem([" ".join(plain(str(cell)).split()) for cell in cells])
    if strong >= 0:
        item.setFont(strong, look().font(strong=True))
    if soft >= 0:
        item.setForeground(soft, QBrush(look().color("text_soft")))
    return item
