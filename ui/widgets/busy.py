"""Long work in the status bar: what is done, how far, and a Stop."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from app.i18n import _
from ui import formats
from ui.jobs import POLL_MS, Jobs
from ui.theme import icon_size, look, set_icon


class Busy(QWidget):
    """Shows the oldest of the work that takes long, and how many more there are."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        px = look().tokens.px
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        self._label = QLabel()
        self._bar = QProgressBar()
        self._bar.setFixedWidth(px(140))
        self._bar.setTextVisible(False)
        self._count = QLabel()
        self._count.setProperty("role", "caption")
        self._stop = QToolButton()
        set_icon(self._stop, "stop")
        self._stop.setIconSize(icon_size())
        self._stop.setText(_("Stop"))
        self._stop.setToolTip(_("Stop"))
        self._stop.setAccessibleName(_("Stop"))
        self._stop.clicked.connect(self._halt)
        for widget in (self._label, self._bar, self._count, self._stop):
            row.addWidget(widget)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)
        jobs.shown_changed.connect(self._changed)
        self.hide()

    def _changed(self) -> None:
        shown = bool(self._jobs.shown)
        self.setVisible(shown)
        self._stop.setEnabled(shown)
        self._poll.start() if shown else self._poll.stop()
        self._look()

    def _look(self) -> None:
        if not self._jobs.shown:
            return
        job, others = self._jobs.shown[0], len(self._jobs.shown) - 1
        text = _("{work} and {n} more").format(work=job.label, n=others) if others else job.label
        self._label.setText(text)
        self._bar.setAccessibleName(text)
        self._bar.setRange(0, 1000 if job.total else 0)
        if job.total:
            self._bar.setValue(job.done * 1000 // job.total)
            # Not how many: of a file these would be bytes.
            self._count.setText(_("{percent} %").format(percent=job.done * 100 // job.total))
        else:
            self._count.setText(formats.count(job.done) if job.done else "")

    def _halt(self) -> None:
        if self._jobs.shown:
            self._jobs.shown[0].stop()
            self._stop.setEnabled(False)
            self._label.setText(_("Stopping…"))
