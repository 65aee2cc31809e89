"""The settings screen: goes from section to section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QStackedWidget, QWidget

from app.i18n import N_, _
from ui.desk import Desk
from ui.screens.settings.section import Section
from ui.theme import icon, icon_size, look
from ui.widgets.screen import Screen

NARROW_PX = 640


@dataclass(frozen=True, slots=True)
class SectionOf:
    """Where a section is found."""

    name: str
    label: str
    icon: str
    cls: str

    def make(self, desk: Desk) -> Section:
        """Import and build it."""
        made: Section = getattr(import_module(f"ui.screens.settings.{self.name}"), self.cls)(desk)
        return made


SECTIONS = (
    SectionOf("appearance", N_("Appearance"), "theme", "Appearance"),
    SectionOf("custom_fields", N_("Custom fields"), "tag", "CustomFields"),
    SectionOf("security", N_("Security"), "shield", "Security"),
    SectionOf("trail", N_("Audit trail"), "history", "Trail"),
    SectionOf("backups", N_("Backup"), "save", "Backups"),
    SectionOf("company", N_("Company and profile"), "building", "Company"),
    SectionOf("about", N_("About"), "info", "About"),
)


class SettingsScreen(Screen):
    """`arrive({"section": name})` goes to a section."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.headed(_("Settings"))
        px = look().tokens.px
        self._made: dict[str, Section] = {}
        self.list = QListWidget()
        self.list.setAccessibleName(_("Sections of the settings"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setIconSize(icon_size())
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for section in SECTIONS:
            item = QListWidgetItem(_(section.label))
            item.setToolTip(_(section.label))
            item.setData(Qt.ItemDataRole.UserRole, section.name)
            self.list.addItem(item)
        self._labelled = True
        self.stack = QStackedWidget()
        self.list.currentRowChanged.connect(self._choose)
        row = QHBoxLayout()
        row.setContentsMargins(px(16), 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.list)
        row.addWidget(self.stack, 1)
        self.page.addLayout(row, 1)
        self.setFocusProxy(self.list)
        self._restyle()
        look().changed.connect(self._restyle)

    @property
    def section(self) -> str:
        """The name of the section in sight."""
        row = self.list.currentRow()
        return SECTIONS[row].name if row >= 0 else ""

    def go(self, name: str) -> None:
        """Show a section."""
        names = [section.name for section in SECTIONS]
        if name in names:
            self.list.setCurrentRow(names.index(name))

    def arrive(self, where: Mapping[str, Any]) -> None:
        wanted = str(where.get("section", ""))
        if wanted:
            self.go(wanted)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        elif not wanted:
            self._made[self.section].arrive()

    def state(self) -> dict[str, Any]:
        return {"section": self.section, "of": {name: made.state() for name, made in self._made.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.go(str(state.get("section", "")))
        of = state.get("of")
        for name, kept in of.items() if isinstance(of, dict) else ():
            if name in self._made and isinstance(kept, dict):
                self._made[name].restore(kept)

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """The list of sections takes the keyboard, unless the section in sight was rebuilt under somebody's hand."""
        made = self._made.get(self.section)
        if made is not None and made.keyboard is not None:
            wanted, made.keyboard = made.keyboard, None
            wanted.setFocus(reason)
        else:
            self.list.setFocus(reason)

    def _choose(self, row: int) -> None:
        if row < 0:
            return
        of = SECTIONS[row]
        if of.name not in self._made:
            self._made[of.name] = of.make(self.desk)
            self.stack.addWidget(self._made[of.name])
        self.banner.dismiss()
        self.stack.setCurrentWidget(self._made[of.name])
        self._made[of.name].arrive()

    def _restyle(self) -> None:
        for row, section in enumerate(SECTIONS):
            self.list.item(row).setIcon(icon(section.icon, "text_soft", active="on_selected"))
            self.list.item(row).setSizeHint(QSize(look().tokens.px(40), look().tokens.px(34)))
        self._fit(self.width())

    def _fit(self, width: int) -> None:
        """Where there is little room the sections are icons alone; their names stay for screen readers."""
        px = look().tokens.px
        self._labelled = width >= px(NARROW_PX)
        for row, section in enumerate(SECTIONS):
            item = self.list.item(row)
            item.setText(_(section.label) if self._labelled else "")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, _(section.label))
        self.list.setFixedWidth(px(190) if self._labelled else px(44))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.size().width() >= look().tokens.px(NARROW_PX)) != self._labelled:
            self._fit(event.size().width())
