"""Third step of an import: what it would do, before anything is written."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.i18n import _
from ui.theme import look
from ui.widgets.banner import Banner
from ui.widgets.empty import EmptyState
from ui.widgets.import_report import ReportView
from ui.widgets.import_running import Running
from ui.widgets.import_work import COLUMNS, FILE, ImportWork


class RehearsalStep(QWidget):
    """Runs by itself when it is reached; stopped or failed it says so, with the way on."""

    def __init__(self, work: ImportWork, save_rejected: Callable[[], object]) -> None:
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
            _("The rehearsal was stopped"),
            _("Nothing was written."),
            _("Rehearse again"),
            work.rehearse,
            _("Back to the columns"),
            lambda: work.go(COLUMNS),
        )
        self.report = ReportView(work, save_rejected)
        self._nothing = QWidget()
        for page in (self.running, self._stopped, self.report, self._nothing):
            self._stack.addWidget(page)

    def refresh(self) -> None:
        """Show how far the rehearsal is, or what came of it."""
        work = self._work
        if work.rehearsing is not None:
            self._stack.setCurrentWidget(self.running)
            self.running.say(
                _("Rehearsing the import"),
                _("The whole file is read and compared with the book. Nothing is written."),
            )
        elif work.rehearsal is not None:
            self.report.show_report(work.rehearsal, final=False)
            self._stack.setCurrentWidget(self.report)
        elif work.was_stopped:
            self._stack.setCurrentWidget(self._stopped)
        else:
            self._stack.setCurrentWidget(self._nothing)
        self._say()

    def _say(self) -> None:
        work, report = self._work, self._work.rehearsal
        if work.rehearsal_trouble:
            self._tell(work.rehearsal_trouble, "danger", _("Back to the file"), lambda: work.go(FILE))
        elif work.is_stale and report is not None:
            text = _("The book has changed since this rehearsal. The import goes by what it holds then.")
            self._tell(text, "info", _("Rehearse again"), work.rehearse)
        elif work.notice:
            self._tell(work.notice, "info")
        elif report is not None and not report.rows:
            self._tell(_("The file has no rows below its heading."), "warning")
        elif report is not None and not report.created + report.updated and report.rejected_count:
            self._tell(
                _("No row can be imported. Look at the reasons, and mend the columns or the file."), "warning"
            )
        elif report is not None and not report.created + report.updated:
            self._tell(_("There is nothing to import: the book has all of it already."), "success")
        else:
            self.banner.hide()

    def _tell(self, text: str, level: str, button: str = "", act: Callable[[], object] | None = None) -> None:
        if text != self.banner.text:
            self.banner.say(text, level, button=button, act=act)
