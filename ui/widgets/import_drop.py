"""Where a file is dropped, and taking files that are dropped on anything."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import _
from ui.theme import icon_size, look, pixmap, set_icon


class FileDrop(QObject):
    """Lets a widget take a file that is dropped on it. `hovered` says whether one is above it."""

    dropped = Signal(str)
    hovered = Signal(bool)

    def __init__(self, on: QWidget, take: Callable[[str], object]) -> None:
        super().__init__(on)
        on.setAcceptDrops(True)
        on.installEventFilter(self)
        self.dropped.connect(take)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event:
            case QDropEvent() if event.type() == QEvent.Type.Drop:
                self.hovered.emit(False)
                if path := _file(event.mimeData()):
                    event.acceptProposedAction()
                    self.dropped.emit(path)
                    return True
            case QDragEnterEvent() | QDragMoveEvent():
                if _file(event.mimeData()):
                    event.acceptProposedAction()
                    self.hovered.emit(True)
                    return True
            case _:
                if event.type() == QEvent.Type.DragLeave:
                    self.hovered.emit(False)
        return False


class DropZone(QWidget):
    """The empty first page: a place to drop a file on, and a button for those who would rather choose."""

    def __init__(self, choose: Callable[[], object]) -> None:
        super().__init__()
        px = look().tokens.px
        self._is_hovered = False
        column = QVBoxLayout(self)
        column.setContentsMargins(px(32), px(32), px(32), px(32))
        column.setSpacing(px(8))
        column.addStretch(2)
        self._sign = QLabel()
        self._sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._sign)
        column.addSpacing(px(4))
        for text, role in (
            (_("Drop your list here"), "heading"),
            (_("Text tables (CSV, TSV), Excel workbooks (XLSX), business cards (vCard) or JSON, as any program exports them."), "soft"),
        ):  # fmt: skip
            label = QLabel(text)
            label.setProperty("role", role)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            column.addLayout(_centred(label, px(440)))
        column.addSpacing(px(12))
        self.button = QPushButton(_("Choose a file…"))
        self.button.setProperty("kind", "primary")
        set_icon(self.button, "folder", "on_accent")
        self.button.setIconSize(icon_size())
        self.button.clicked.connect(choose)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(px(12))
        note = QLabel(
            _("Nothing is written before you have seen what would happen, and all of it can be undone.")
        )
        note.setProperty("role", "caption")
        note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        note.setWordWrap(True)
        column.addLayout(_centred(note, px(440)))
        column.addStretch(3)
        self.setFocusProxy(self.button)
        self._restyle()
        look().changed.connect(self._restyle)

    def show_hover(self, hovered: bool) -> None:
        """A file is above the window, or no longer."""
        self._is_hovered = hovered
        self.update()

    def _restyle(self) -> None:
        size = look().tokens.px(40)
        self._sign.setPixmap(pixmap("import", "accent", size, self.devicePixelRatioF()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        now = look()
        px = now.tokens.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._is_hovered:
            painter.setPen(QPen(now.color("accent"), 2, Qt.PenStyle.DashLine))
            painter.setBrush(now.color("selected"))
        else:
            painter.setPen(QPen(now.color("control_border"), 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), px(12), px(12))


def _centred(label: QLabel, width: int) -> QHBoxLayout:
    """A wrapped label in the middle. Aligning it instead would give it the height of one line."""
    label.setMaximumWidth(width)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(label, 1000)
    row.addStretch(1)
    return row


def _file(data: QMimeData) -> str:
    """The first file of what is dragged."""
    return next((url.toLocalFile() for url in data.urls() if url.isLocalFile()), "")
