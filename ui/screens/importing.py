"""The import assistant: file, columns, rehearsal, import, as steps of one screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.features.crm.importing.outcome import Report
from app.features.crm.importing.returning import save_rejected
from app.features.filtering import Filter
from app.gateway import progress
from app.i18n import N_, _, ngettext
from ui import formats
from ui.actions import Action
from ui.desk import Desk
from ui.dialogs import pick_file
from ui.jobs import Job
from ui.theme import icon_size, look, set_icon
from ui.widgets import import_words as words
from ui.widgets.import_chosen import CONTACTS, CUSTOMERS
from ui.widgets.import_columns import ColumnsStep
from ui.widgets.import_drop import FileDrop
from ui.widgets.import_file import FileStep
from ui.widgets.import_rehearsal import RehearsalStep
from ui.widgets.import_result import ResultStep
from ui.widgets.import_stepper import Stepper, StepState
from ui.widgets.import_work import COLUMNS, FILE, REHEARSAL, RESULT, ImportWork
from ui.widgets.screen import Screen

KINDS = {"customer": CUSTOMERS, "contact": CONTACTS}


class ImportScreen(Screen):
    """Shows the desk's ImportWork. `arrive` takes `file` (a path, with `at` when it was dropped, in seconds of
    time.monotonic) and `kind` (of record)."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.work = ImportWork.of(desk)
        px = look().tokens.px
        self.over = QPushButton(_("Start over"))
        self.over.setProperty("kind", "plain")
        set_icon(self.over, "close", "accent_text")
        self.over.setIconSize(icon_size())
        self.over.clicked.connect(self._start_over)
        policy = self.over.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # or all beneath would jump
        self.over.setSizePolicy(policy)
        self.headed(_("Import"), self.over)
        self.stepper = Stepper((_("File"), _("Columns"), _("Rehearsal"), _("Import")))
        self.stepper.chosen.connect(self.work.go)
        self.file = FileStep(self.work)
        self.file.picked.connect(self._take)
        self.columns = ColumnsStep(self.work)
        self.rehearsal = RehearsalStep(self.work, self._save_rejected)
        self.result = ResultStep(self.work, self._save_rejected, self._show_new)
        self.steps = (self.file, self.columns, self.rehearsal, self.result)
        self._stack = QStackedWidget()
        for step in self.steps:
            self._stack.addWidget(step)
        area = QScrollArea()  # scrolls only where the window is too low for all of a step
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._stack)
        self._stack.setProperty("role", "page")
        body = QVBoxLayout()
        body.setContentsMargins(px(24), 0, px(24), px(16))
        body.setSpacing(px(16))
        body.addWidget(self.stepper)
        body.addWidget(area, 1)
        self.page.addLayout(body, 1)
        self.page.addWidget(self._foot())
        drop = FileDrop(self, self._take)
        drop.hovered.connect(self.file.drop.show_hover)
        for action in self._actions():
            self.actions_here.add(action)
        self.work.changed.connect(self._refresh)
        self._seen = self._state_seen()
        self._wants_keyboard = False
        self._arrived_at = 0.0
        self._refresh()

    # What the window asks

    def arrive(self, where: Mapping[str, Any]) -> None:
        path, at = where.get("file"), float(where.get("at", 0.0))
        if path and at > self._arrived_at:  # going back in the history takes no file anew
            self._arrived_at = at
            self._take(str(path))
        elif (kind := KINDS.get(str(where.get("kind")))) and not self.work.chosen.path:
            self.work.choose_kind(kind)
        self._focus_step()

    # Going on

    def next(self) -> None:
        """To the next step; after the rehearsal, do it."""
        work = self.work
        if work.step == REHEARSAL:
            if self._can_import():
                work.load()
        elif work.step < REHEARSAL:
            if work.step == COLUMNS:
                self.columns.options.take_words()
            work.go(work.step + 1)

    def back(self) -> None:
        """To the step before."""
        work = self.work
        if work.step > FILE:
            work.go(work.step - 1)

    def _can_import(self) -> bool:
        report = self.work.rehearsal
        return not self.work.is_busy and report is not None and report.created + report.updated > 0

    def _can_next(self) -> bool:
        work = self.work
        return (
            self._can_import()
            if work.step == REHEARSAL
            else work.step < REHEARSAL and work.can_go(work.step + 1)
        )

    def _take(self, path: str) -> None:
        if self.work.is_busy:
            self.desk.say(_("An import is running. Stop it, or wait for its end."))
            return
        # It was in the dialog, or on another window from which the file was dragged, and belongs to what comes next.
        self._wants_keyboard = True
        self.work.begin_with(path)

    def _start_over(self) -> None:
        self.work.start_over()
        self._focus_step()

    # Afterwards

    def _save_rejected(self) -> None:
        work = self.work
        report = work.result or work.rehearsal
        if report is None or work.preview is None:
            return
        source, layout = Path(work.chosen.path), work.preview.layout
        name = _("{file} – rejected rows.csv").format(file=source.stem)
        dialog = pick_file(
            self.window(), _("Save rejected rows"), [_("Text table (CSV)") + " (*.csv)"],
            partial(self._write_rejected, source, layout, report), save_as=name,
        )  # fmt: skip
        dialog.setDirectory(str(source.parent))

    def _write_rejected(self, source: Path, layout: Any, report: Report, target: str) -> None:
        def write(job: Job[int]) -> int:
            with progress.listening(job.step):
                return save_rejected(source, layout, report, target)

        def said(count: int) -> None:
            text = ngettext("{n} rejected row was saved.", "{n} rejected rows were saved.", count)
            self.desk.say(text.format(n=formats.count(count)))

        self.desk.run(self, write).label(_("Saving rejected rows…")).then(said).start()

    def _show_new(self) -> None:
        screen = "contacts" if self.work.chosen.kind == CONTACTS else "customers"
        began = datetime.fromtimestamp(self.work.began_ms / 1000, UTC).isoformat()
        self.desk.show(screen, filters=(Filter("touched", "since", began),))

    # Showing

    def _refresh(self) -> None:
        work = self.work
        focus = QApplication.focusWidget()
        had_keyboard = focus is not None and (focus is self or self.isAncestorOf(focus))
        self.over.setVisible(bool(work.chosen.path) and not work.is_busy and work.step != RESULT)
        self.stepper.setVisible(bool(work.chosen.path))
        self._stack.setCurrentIndex(work.step)
        self.steps[work.step].refresh()
        self.stepper.show_states(self._states())
        self._show_foot()
        self.actions_here.refresh()
        # Only if the keyboard was here: one may be writing elsewhere while an import comes to its end.
        if self._seen != (now := self._state_seen()):
            self._seen, self._wants_keyboard = now, self._wants_keyboard or had_keyboard
        focus = QApplication.focusWidget()
        if self._wants_keyboard:
            self._wants_keyboard = not self._focus_step()
        elif had_keyboard and (focus is None or not self.isAncestorOf(focus)):
            self._focus_step()  # what had it was switched off, and Qt went on to somewhere

    def _state_seen(self) -> tuple[object, ...]:
        """When this is another one, the keyboard belongs to what comes next."""
        work = self.work
        return work.step, work.chosen.path, work.is_busy, work.result is None, work.is_undone

    def _states(self) -> list[StepState]:
        work = self.work
        reached = REHEARSAL if work.rehearsal else COLUMNS if work.step > FILE else FILE
        if work.loading is not None or work.result is not None or work.step == RESULT:
            reached = RESULT
        notes = [work.file_name, "", "", ""]
        if work.mapping is not None and reached >= COLUMNS:
            notes[1] = _("{taken} of {n} columns").format(
                taken=work.mapped_count, n=len(work.mapping.columns)
            )
        report = work.result or work.rehearsal
        if report is not None:
            notes[2] = _("{new} new, {changed} changed").format(
                new=formats.count(report.created), changed=formats.count(report.updated)
            )
        done = (reached > FILE, reached > COLUMNS, reached > REHEARSAL, work.result is not None)
        return [StepState(notes[step], step == work.step, done[step], work.can_go(step)) for step in range(4)]

    def _foot(self) -> QWidget:
        px = look().tokens.px
        self._foot_bar = bar = QWidget()
        bar.setProperty("role", "foot")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(bar)
        row.setContentsMargins(px(24), px(10), px(24), px(10))
        row.setSpacing(px(12))
        self.back_button = QPushButton(_("Back"))
        self.back_button.clicked.connect(self.back)
        self.next_button = QPushButton(_("Next"))
        self.next_button.setProperty("kind", "primary")
        self.next_button.clicked.connect(self.next)
        self._hint = QLabel()
        self._hint.setProperty("role", "caption")
        row.addWidget(self.back_button)
        row.addStretch(1)
        row.addWidget(self._hint)
        row.addWidget(self.next_button)
        return bar

    def _show_foot(self) -> None:
        work = self.work
        self._foot_bar.setVisible(bool(work.chosen.path) and work.step != RESULT)
        self.back_button.setVisible(work.step > FILE)
        self.next_button.setEnabled(self._can_next())
        report = work.rehearsal
        hint, text = "", _("Next")
        if work.step == COLUMNS:
            text = _("Rehearse")
            hint = _("Nothing is written yet.")
        elif work.step == REHEARSAL:
            count = report.created + report.updated if report is not None else 0
            text = words.button(count) if count else _("Import")
            hint = _("All of it can be undone.") if count else ""
        self._hint.setText(hint)
        self.next_button.setText(text)
        self.next_button.setAccessibleName(text)

    def _focus_step(self) -> bool:
        """Give the keyboard to what is likely to be pressed next; False if that cannot be pressed yet."""
        work = self.work
        if not work.chosen.path:
            wanted: QWidget = self.file.drop.button
        elif work.loading is not None:
            wanted = self.result.running.stop
        elif work.rehearsing is not None:
            wanted = self.rehearsal.running.stop
        elif work.step == RESULT and work.result is not None:
            wanted = self.result.another if work.is_undone else self.result.show_new
        else:
            wanted = self.next_button
        if wanted.isEnabled():
            wanted.setFocus()
            return True
        (self.file.other if work.step == FILE else self.back_button).setFocus()
        return not (work.is_reading or work.is_busy)

    def _actions(self) -> tuple[Action, ...]:
        work = self.work

        def rest() -> bool:
            return not work.is_busy

        def has_rejected() -> bool:
            report = work.result or work.rehearsal
            return report is not None and report.rejected_count > 0

        def can_back() -> bool:
            return work.step > FILE and work.can_go(work.step - 1)

        run: Callable[[], object] = self.file.choose_file
        return (
            Action("import.file", N_("Choose a file to import…"), run, "folder", "Ctrl+O", rest),
            Action("import.next", N_("Next step"), self.next, "arrow-right", "Ctrl+Return", self._can_next),
            Action("import.back", N_("Previous step"), self.back, "arrow-left", "Ctrl+Backspace", can_back),
            Action("import.stop", N_("Stop"), work.stop, "stop", "Escape", lambda: work.is_busy),
            Action("import.save", N_("Save rejected rows…"), self._save_rejected, "save", "Ctrl+S", has_rejected),
            Action("import.over", N_("Start over"), self._start_over, "close", "", lambda: rest() and bool(work.chosen.path)),
        )  # fmt: skip
