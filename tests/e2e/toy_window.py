"""A small window that has one of everything, for proving that the driver sees and reaches it."""

from __future__ import annotations

import sys

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

ROWS = 100_000
Index = QModelIndex | QPersistentModelIndex


class Rows(QAbstractTableModel):
    """A hundred thousand rows that are made when asked for."""

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else ROWS

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 2

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return f"{'AB'[index.column()]}{index.row()}" if role == Qt.ItemDataRole.DisplayRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return ("First", "Second")[section]
        return None


class Toy(QWidget):
    """A name, a greeting, a list, a dialog."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Toy")
        self.name = QLineEdit()
        self.name.setAccessibleName("Name")
        self.greeting = QLabel("Nobody yet")
        self.table = QTableView()
        self.table.setAccessibleName("Rows")
        self.table.setModel(Rows(self))
        self.table.doubleClicked.connect(lambda index: self.greeting.setText(f"Opened {index.data()}"))
        choice = QComboBox()
        choice.addItems(["red", "green"])
        label = QLabel("Choice")
        label.setBuddy(choice)
        greet, ask = QPushButton("&Greet"), QPushButton("Ask")
        greet.clicked.connect(self._greet)
        ask.clicked.connect(self._ask)
        layout = QVBoxLayout(self)
        for widget in (self.name, greet, ask, QCheckBox("Loud"), label, choice, self.greeting, self.table):
            layout.addWidget(widget)
        QShortcut(QKeySequence("Ctrl+Q"), self, self.close)

    def _greet(self) -> None:
        self.greeting.setText(f"Hello {self.name.text()}")

    def _ask(self) -> None:
        dialog = QDialog(self)
        dialog.setWindowTitle("Sure?")
        yes = QPushButton("Yes")
        yes.clicked.connect(dialog.accept)
        QVBoxLayout(dialog).addWidget(yes)
        dialog.accepted.connect(lambda: self.greeting.setText("Sure"))
        dialog.open()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    toy = Toy()
    toy.resize(600, 500)
    toy.show()
    sys.exit(application.exec())
