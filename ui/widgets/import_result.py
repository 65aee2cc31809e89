"""Last step of an import: it runs, it is done, it was stopped, it was undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.features.crm.importing.outcome import Report
from app.i18n import _
from ui import formats
from ui.fields.flow import FlowBox
from ui.theme import icon_size, look, pixmap, set_icon
from ui.widgets import import_words as words
from ui.widgets.banner import Banner
from ui.widgets.empty import EmptyState
from ui.widgets.import_report import ReportView
from ui.widgets.import_running import Running
from ui.widgets.import_work import REHEARSAL, ImportWork


class ResultStep(QWidget):
    """Counts, and what can be done next."""

    def __init__(
        self, work: ImportWork, save_rejected: Callable[[], object], show_new: Callable[[], object]
    ) -> None:
        super().__init__()
        self._work = work
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look().tokens.px(12))
        self.banner = Banner()
        self.banner.set_closable(False)
        column.addWidget(self.banner)
        self._stack = QStackedWidget()
        column.addWidget(self._stack, 1)
        self.running = Running(work, work.stop)
        self._stopped = EmptyState(
            "stop",
            _("The import was stopped"),
            _("Nothing of it remains: the book is as it was before."),
            _("Back to the rehearsal"),
            lambda: work.go(REHEARSAL),
        )
        self._done = QWidget()
        self._make_done(save_rejected, show_new)
        self._nothing = QWidget()
        for page in (self.running, self._stopped, self._done, self._nothing):
            self._stack.addWidget(page)

    def _make_done(self, save_rejected: Callable[[], object], show_new: Callable[[], object]) -> None:
        px = look().tokens.px
        column = QVBoxLayout(self._done)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(16))
        line = QHBoxLayout()
        line.setSpacing(px(14))
        self._sign = QLabel()
        line.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(px(2))
        self.headline, self._note = QLabel(), QLabel()
        self.headline.setProperty("role", "title")
        self._note.setProperty("role", "soft")
        self._note.setWordWrap(True)
        said.addWidget(self.headline)
        said.addWidget(self._note)
        line.addLayout(said, 1)
        column.addLayout(line)
        self._buttons = FlowBox(px(8))
        self.show_new = QPushButton(_("Show what was imported"))
        self.show_new.setProperty("kind", "primary")
        self.show_new.clicked.connect(show_new)
        self.undo = QPushButton(_("Undo the import"))
        set_icon(self.undo, "undo", "text")
        self.undo.clicked.connect(self._work.undo)
        self.another = QPushButton(_("Import another file"))
        self.another.clicked.connect(self._work.start_over)
        for button in (self.show_new, self.undo, self.another):
            button.setIconSize(icon_size())
            self._buttons.flow.addWidget(button)
        column.addWidget(self._buttons)
        self.report = ReportView(self._work, save_rejected)
        column.addWidget(self.report, 1)
        self._filler = QWidget()
        column.addWidget(self._filler, 1)

    def refresh(self) -> None:
        """Show what runs or what came of it."""
        work = self._work
        if work.loading is not None:
            self._stack.setCurrentWidget(self.running)
            self.running.say(
                _("Importing"), _("You can go on working meanwhile. Stopping leaves nothing of it behind.")
            )
        elif work.result is not None:
            self._show_done(work.result)
        elif work.was_stopped:
            self._stack.setCurrentWidget(self._stopped)
        else:
            self._stack.setCurrentWidget(self._nothing)
        if not work.load_trouble:
            self.banner.hide()
        elif work.load_trouble != self.banner.text:
            self.banner.say(
                work.load_trouble, "danger", button=_("Back to the rehearsal"), act=lambda: work.go(REHEARSAL)
            )

    def _show_done(self, report: Report) -> None:
        work = self._work
        self._stack.setCurrentWidget(self._done)
        sign, color = ("undo", "text_soft") if work.is_undone else ("success", "success_text")
        self._sign.setPixmap(pixmap(sign, color, look().tokens.px(36), self.devicePixelRatioF()))
        if work.is_undone:
            self.headline.setText(_("The import was undone"))
            self._note.setText(
                _(
                    "What it had made is gone and what it had changed is back, but for what somebody has changed since."
                )
            )
        else:
            self.headline.setText(words.imported(report.created + report.updated))
            self._note.setText(
                _("“{file}” took {time}.").format(file=work.file_name, time=formats.duration(report.seconds))
                if report.seconds >= 1
                else _("From “{file}”.").format(file=work.file_name)
            )
        self.show_new.setVisible(not work.is_undone and report.created + report.updated > 0)
        self.undo.setVisible(not work.is_undone and work.mark is not None)
        self._buttons.fit()
        self.report.setVisible(not work.is_undone)
        self._filler.setVisible(work.is_undone)
        self.report.show_report(report, final=True)
