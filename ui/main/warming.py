"""Imports what the open book needs while the password is being typed, so that it opens at once."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from PySide6.QtCore import QObject, QTimer

from ui.jobs import Job, Jobs

# While workers imported the window's modules, the program was seen to end with a segmentation fault on the GUI
# thread, twice in some hundreds of starts (PySide 6.11.3). What is supposed, not proved: PySide notes every class
# of Qt's kind in one table and reads it without the interpreter's lock when Qt asks an object what it is, so a
# class defined on another thread can break that reading. Therefore workers import what knows nothing of Qt, and
# the window's own modules come after that on the GUI thread, one at a time: keys are heard in between.
WITHOUT_QT = (
    *("sync.client.runner", "sync.client.status", "app.features.lists", "app.features.conditions"),
    "app.features.crm.exporting.saving",
)
WINDOW = (
    *("ui.desk", "ui.formats", "ui.widgets.screen", "ui.widgets.result_list", "ui.palette", "ui.screens"),
    *("ui.fields", "ui.widgets.avatar", "ui.widgets.sidebar", "ui.widgets.sync_badge", "ui.window"),
    *("ui.table", "ui.widgets.drafts", "ui.widgets.filter_bar", "ui.dialogs", "ui.widgets.export_dialog"),
    *("ui.widgets.list_actions", "ui.widgets.record_list"),
)


class WarmUp(QObject):
    """Begins when it is made. A book that is opened meanwhile imports the rest itself."""

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self.is_over = False
        job: Job[None] = Job(self, _import_without_qt, writes=False)
        job.then = lambda _nothing: self._go_on(iter(WINDOW))
        job.failed = lambda _error: self._go_on(iter(()))  # whoever needs the module will say what is wrong
        jobs.start(job)

    def _go_on(self, names: Iterator[str]) -> None:
        name = next(names, None)
        if name is not None:
            import_module(name)
            QTimer.singleShot(0, self, lambda: self._go_on(names))
            return
        from ui import screens

        screens.SCREENS[0].load()
        self.is_over = True


def _import_without_qt(_job: Job[None]) -> None:
    for name in WITHOUT_QT:
        import_module(name)
