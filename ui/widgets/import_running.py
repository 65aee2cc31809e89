"""Long work of an import in the middle of its page: what runs, how far it is, and a Stop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.i18n import _
from ui import formats
from ui.theme import icon_size, look, set_icon
from ui.widgets.import_work import ImportWork


class Running(QWidget):
    """Shows the work that runs."""

    def __init__(self, work: ImportWork, stop: Callable[[], object]) -> None:
        super().__init__()
        self._work = work
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setSpacing(px(10))
        column.addStretch(2)
        self._title, self._note = QLabel(), QLabel()
        self._title.setProperty("role", "heading")
        self._note.setProperty("role", "soft")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(px(360))
        self._far = QLabel()
        self._far.setProperty("role", "caption")
        self.stop = QPushButton(_("Stop"))
        set_icon(self.stop, "stop", "text")
        self.stop.setIconSize(icon_size())
        self.stop.clicked.connect(stop)
        for widget in (self._title, self._note):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            widget.setWordWrap(True)
            column.addWidget(widget)
        column.addSpacing(px(6))
        for small in (self._bar, self._far, self.stop):
            column.addWidget(small, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        work.went_on.connect(self._look)

    def say(self, title: str, note: str) -> None:
        """What runs, and what a stop would mean."""
        self._title.setText(title)
        self._note.setText(note)
        self._bar.setAccessibleName(title)
        self._look()

    def _look(self) -> None:
        job = self._work.running
        if job is None or not self.isVisible():
            return
        self.stop.setEnabled(not job.stopped)
        if job.stopped:
            self._far.setText(_("Stopping…"))
            self._bar.setRange(0, 0)
            return
        self._bar.setRange(0, 1000 if job.total > 0 else 0)
        if job.total <= 0:
            self._far.setText(_("Reading the book…"))
            return
        done = min(1.0, job.done / job.total)
        self._bar.setValue(round(done * 1000))
        share = _("{n}%").format(n=formats.count(round(done * 100)))
        text = _("{share} of the file").format(share=share)
        left = self._work.remaining()
        self._far.setText(_("{far}, {left}").format(far=text, left=left) if left else text)
