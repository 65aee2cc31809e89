"""An import while it is being made: file, columns, rehearsal, result. It lives with the desk, not with a screen.

The assistant's pages show it and tell it what was chosen; it asks the desk, keeps what came back, and says when
something is another than before. So one may go elsewhere, or switch the language, and find all as it was.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QStandardPaths, QTimer, Signal

from app.errors import AppError, Invalid
from app.features.crm.importing import loading, paths
from app.features.crm.importing.layout import Layout, Preview
from app.features.crm.importing.loading import Prepared
from app.features.crm.importing.mapping import BY_HAND, Mapping
from app.features.crm.importing.outcome import Report
from app.features.crm.importing.source import stamp
from app.gateway import progress
from app.i18n import _
from ui import errors, formats
from ui.desk import Desk, Pending
from ui.jobs import POLL_MS, Job
from ui.widgets.import_chosen import Chosen

FILE, COLUMNS, REHEARSAL, RESULT = range(4)
FOLDER = "import.folder"


class ImportWork(QObject):
    """`changed`: draw anew. `went_on`: a rehearsal or import has come further."""

    changed = Signal()
    went_on = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)
        self._clear()
        desk.changed.connect(self._book_changed)

    @staticmethod
    def of(desk: Desk) -> ImportWork:
        """The one of this desk."""
        found = desk.findChild(ImportWork)
        return found if isinstance(found, ImportWork) else ImportWork(desk)

    def _clear(self) -> None:
        self.chosen = Chosen()
        self.step = FILE
        self.fields: paths.Fields = {}
        self.preview: Preview | None = None
        self.mapping: Mapping | None = None
        self.is_reading = False
        self.trouble = ""  # the file cannot be read
        self.rehearsing: Job[Any] | None = None
        self.rehearsal: Report | None = None
        self.rehearsal_trouble = ""
        self.is_stale = False  # the book has changed since the rehearsal
        self.was_stopped = False
        self.loading: Job[Any] | None = None
        self.result: Report | None = None
        self.mark: Any = None
        self.began_ms = 0
        self.is_undone = False
        self.load_trouble = ""
        self.notice = ""  # something that the person should know on the present page

    # The file

    def begin_with(self, path: str) -> None:
        """Another file; what was known of the last one is forgotten."""
        if self.is_busy:
            return
        kind = self.chosen.kind
        self._clear()
        self.chosen.path, self.chosen.kind = path, kind
        self._desk.memory.set(FOLDER, str(Path(path).parent))
        self._prepare()

    def start_over(self) -> None:
        """Forget the file. Does nothing while something runs."""
        if not self.is_busy:
            self._clear()
            self.changed.emit()

    def choose_kind(self, kind: str) -> None:
        """What the rows are: CUSTOMERS or CONTACTS."""
        if kind != self.chosen.kind:
            self.chosen.kind = kind
            self.chosen.by_hand.clear()
            self._prepare()

    def choose_layout(self, **parts: Any) -> None:
        """Read the file in another way; a part that is None is guessed again."""
        layout = replace(self.chosen.layout, **parts)
        if layout != self.chosen.layout:
            self.chosen.layout = layout
            self._prepare()

    def guess_layout(self) -> None:
        """Guess again how the file is to be read."""
        self.chosen.layout = Layout()
        self._prepare()

    def read_again(self) -> None:
        """Look at the file as it is now."""
        self._prepare()

    def _prepare(self) -> None:
        self._forget_rehearsal()
        chosen = self.chosen
        if not chosen.path:
            self.changed.emit()
            return
        self.is_reading, self.notice = True, ""
        job = loading.Job(chosen.path, chosen.kind, chosen.layout)
        asked = self._desk.ask(self, loading.prepare, job).label(_("Reading the file…"))
        asked.then(self._prepared).failed(self._unreadable).latest("prepare").start()
        self.changed.emit()

    def _prepared(self, prepared: Prepared) -> None:
        mapping = prepared.mapping
        for column, path in self.chosen.by_hand.items():
            if column in mapping.columns:
                mapping = mapping.mapped(column, path, prepared.fields)
        self.is_reading, self.trouble = False, ""
        self.preview, self.fields, self.mapping = prepared.preview, prepared.fields, mapping
        self.changed.emit()

    def _unreadable(self, error: BaseException) -> None:
        self.is_reading = False
        if isinstance(error, AppError):
            self.trouble = error.text  # what was last read stays, so that its layout can be corrected
        else:
            errors.show(error, self)
        self.changed.emit()

    # The columns

    def map(self, column: str, path: str) -> None:
        """A column becomes another field, or none. A field that another column filled moves over."""
        if self.mapping is None:
            return
        self.mapping = self.mapping.mapped(column, path, self.fields)
        self.chosen.by_hand = {
            name: target
            for name, target, how in zip(
                self.mapping.columns, self.mapping.targets, self.mapping.by, strict=True
            )
            if how == BY_HAND
        }
        self._decided()

    def decide(self, **parts: Any) -> None:
        """Other options: fields of Chosen."""
        for name, value in parts.items():
            setattr(self.chosen, name, value)
        self._decided()

    def _decided(self) -> None:
        self._forget_rehearsal()
        self.changed.emit()

    @property
    def file_mapping(self) -> Mapping:
        """The mapping with all options in it."""
        assert self.mapping is not None
        return self.chosen.applied_to(self.mapping)

    @property
    def job(self) -> loading.Job:
        """All decisions, as rehearsal and import are given them."""
        assert self.preview is not None
        chosen = self.chosen
        return loading.Job(
            chosen.path, chosen.kind, self.preview.layout, self.file_mapping, match=chosen.match_text
        )

    @property
    def mapped_count(self) -> int:
        """How many columns are taken."""
        return sum(bool(target) for target in self.mapping.targets) if self.mapping else 0

    @property
    def has_name(self) -> bool:
        """Whether some column tells who a row is about, so that something new can be made of it."""
        targets = self.mapping.targets if self.mapping else ()
        names = ("customer.name", "contact.name", "customer.id", "contact.id")
        return any(target in names or target.startswith("contact.name.") for target in targets)

    # Going from step to step

    @property
    def is_busy(self) -> bool:
        """Whether a rehearsal or an import is running."""
        return self.rehearsing is not None or self.loading is not None

    def can_go(self, step: int) -> bool:
        """Whether the person may go to this step now."""
        if self.loading is not None or (self.result is not None and not self.is_undone):
            return step == RESULT
        is_read = self.preview is not None and bool(self.preview.samples)
        is_read = is_read and not self.is_reading and not self.trouble
        match step:
            case 0:
                return True
            case 1:
                return is_read
            case 2:
                return is_read and self.mapped_count > 0
            case _:
                return self.result is not None

    def go(self, step: int) -> None:
        """Show a step. Coming to the rehearsal begins it, unless its outcome is known."""
        if step == self.step or not self.can_go(step):
            return
        self.step, self.notice = step, ""
        if step == REHEARSAL and self.rehearsal is None and self.rehearsing is None:
            self.rehearse()
        self.changed.emit()

    # The rehearsal

    def rehearse(self) -> None:
        """Find out what the import would do."""
        self._forget_rehearsal()
        self.began_ms = _now_ms()
        asked = self._desk.ask(self, loading.rehearse, self.job).label(_("Rehearsing the import…"))
        asked.then(self._rehearsed).failed(self._not_rehearsed)
        self.rehearsing = asked.start()
        self._poll.start()
        self.changed.emit()

    def _rehearsed(self, report: Report) -> None:
        self.rehearsing, self.rehearsal, self.is_stale = None, report, False
        self.changed.emit()

    def _not_rehearsed(self, error: BaseException) -> None:
        self.rehearsing = None
        if isinstance(error, AppError):
            self.rehearsal_trouble = error.text
        else:
            errors.show(error, self)
        self.changed.emit()

    def _forget_rehearsal(self) -> None:
        if self.rehearsing is not None:
            self.rehearsing.stop()
        self.rehearsing = self.rehearsal = None
        self.rehearsal_trouble, self.was_stopped = "", False
        if self.is_undone:
            self.result, self.mark, self.is_undone = None, None, False

    # The import

    def load(self) -> None:
        """Do it. A file that has changed since its rehearsal is rehearsed again instead."""
        if self.rehearsal is None or self.is_busy:
            return
        if stamp(self.chosen.path) != self.rehearsal.stamp:
            self.rehearse()
            self.notice = _("The file was changed meanwhile, so it was rehearsed again.")
            self.changed.emit()
            return
        self.step, self.result, self.mark, self.is_undone = RESULT, None, None, False
        self.load_trouble, self.was_stopped = "", False
        self.began_ms = _now_ms()
        job = self.job
        session: Any = self._desk.session

        def work(running: Job[Any]) -> tuple[Report, Any]:
            with progress.listening(running.step):
                report: Report = session.do(loading.load, job)
            wrote = report.created + report.updated
            return report, session.undo_mark() if wrote else None

        pending = Pending(self._desk.jobs, self, work, writes=True).label(_("Importing…"))
        pending = pending.then(self._loaded).failed(self._not_loaded).cancelled(self._load_stopped)
        self.loading = pending.start()
        self._poll.start()
        self.changed.emit()

    def _loaded(self, outcome: tuple[Report, Any]) -> None:
        self.loading = None
        self.result, self.mark = outcome
        self.rehearsal = None
        self.changed.emit()

    def _load_stopped(self) -> None:
        """Rolled back, or never begun: nothing remains."""
        self.loading, self.was_stopped = None, True
        self.changed.emit()

    def _not_loaded(self, error: BaseException) -> None:
        self.loading = None
        if isinstance(error, AppError):
            self.load_trouble = error.text
            if isinstance(error, Invalid):
                self.step = COLUMNS
                self.notice = error.text
        else:
            self.step = REHEARSAL
            errors.show(error, self)
        self.changed.emit()

    def stop(self) -> None:
        """End what is running. A stopped import leaves nothing; it takes a moment to clear up."""
        if self.rehearsing is not None:
            self.rehearsing.stop()
            self.rehearsing, self.was_stopped = None, True
        elif self.loading is not None:
            self.loading.stop()
        self.changed.emit()

    def undo(self) -> None:
        """Take the import back; what was changed by hand since stays."""
        if self.mark is not None and not self.is_undone:
            self._desk.undo(self, self.mark)

    def _book_changed(self, kinds: frozenset[str]) -> None:
        if "custom_field" in kinds and self.preview is not None and not self.is_busy and self.result is None:
            self._prepare()  # columns may become other fields now
        if self.rehearsal is not None and self.loading is None and kinds & {"customer", "contact"}:
            self.is_stale = True
            self.changed.emit()
        if self.mark is None:
            return
        mark = self.mark
        session: Any = self._desk.session

        def learned(stands: bool) -> None:
            if self.mark == mark and self.is_undone == stands:
                self.is_undone = not stands
                self.changed.emit()

        asked = self._desk.run(self, lambda _job: bool(session.is_undoable(mark)))
        asked.then(learned).latest("undone").start()

    def _look(self) -> None:
        if self.rehearsing is not None and self.rehearsing.stopped:  # from the status bar
            self.stop()
        if not self.is_busy:
            self._poll.stop()
        self.went_on.emit()

    # What the pages say

    @property
    def running(self) -> Job[Any] | None:
        """The rehearsal or the import."""
        return self.rehearsing or self.loading

    def remaining(self) -> str:
        """How long it will take, once that can be told."""
        job = self.running
        gone_s = (_now_ms() - self.began_ms) / 1000
        if job is None or job.total <= 0 or job.done <= 0 or gone_s < 2:
            return ""
        left_s = gone_s * (job.total - job.done) / job.done
        return _("{time} left").format(time=formats.duration(max(1, left_s)))

    @property
    def folder(self) -> str:
        """Where to look for a file: where the last one was."""
        kept = str(self._desk.memory.get(FOLDER) or "")
        if kept and Path(kept).is_dir():
            return kept
        places = QStandardPaths.StandardLocation
        documents = QStandardPaths.writableLocation(places.DocumentsLocation)
        return documents if Path(documents).is_dir() else QStandardPaths.writableLocation(places.HomeLocation)

    @property
    def file_name(self) -> str:
        return Path(self.chosen.path).name


def _now_ms() -> int:
    return int(time.time() * 1000)
