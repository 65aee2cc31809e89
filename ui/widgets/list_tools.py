"""What stands above a list: its views, the line to find with, filters and columns; or what the chosen rows offer."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from app.i18n import _
from ui.theme import icon_size, look, set_icon
from ui.widgets.filter_bar import FilterBar
from ui.widgets.search_box import SearchBox
from ui.widgets.view_menu import ViewMenu

TOOLS, CHOSEN = range(2)


class ListTools(QWidget):
    """`bars` shows the tools, or `chosen` in their place while several rows are chosen."""

    def __init__(self, views: ViewMenu, search: SearchBox, filters: FilterBar, chosen: QWidget) -> None:
        super().__init__()
        px = look().tokens.px
        self.columns = QToolButton()
        set_icon(self.columns, "columns")
        self.columns.setIconSize(icon_size())
        self.columns.setToolTip(_("Choose columns"))
        self.columns.setAccessibleName(_("Choose columns"))
        tools = QWidget()
        line = QHBoxLayout(tools)
        line.setContentsMargins(px(24), 0, px(24), 0)
        line.setSpacing(px(8))
        search.setMaximumWidth(px(340))
        line.addWidget(views)
        line.addWidget(search, 1)
        line.addWidget(filters.add)
        line.addStretch(1)
        line.addWidget(self.columns)
        self.bars = QStackedWidget()
        self.bars.addWidget(tools)
        self.bars.addWidget(chosen)
        self.bars.setSizePolicy(
            self.bars.sizePolicy().horizontalPolicy(), views.sizePolicy().verticalPolicy()
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bars)
        chips = QVBoxLayout()
        chips.setContentsMargins(px(24), px(8), px(24), 0)
        chips.addWidget(filters)
        column.addLayout(chips)


def pushed(text: str, sign: str, kind: str = "") -> QPushButton:
    """A button with an icon."""
    button = QPushButton(text)
    if kind:
        button.setProperty("kind", kind)
    set_icon(button, sign, "on_accent" if kind == "primary" else "text")
    button.setIconSize(icon_size())
    return button
