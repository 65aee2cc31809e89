"""Backup: make one now, see when the last was made, know how it comes back."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.features.trust import backups
from app.features.trust.backups import Made
from app.gateway import progress
from app.i18n import _, ngettext
from ui import errors, formats
from ui.desk import Desk
from ui.dialogs import pick_file
from ui.jobs import POLL_MS, Job
from ui.screens.settings.section import Section, push, words
from ui.theme import look
from ui.widgets.banner import Banner

OLD_DAYS = 7
DAY_MS = 86_400_000


class Backups(Section):
    """The interim backup: one encrypted file, opened again before it counts."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            desk,
            _("Backup"),
            _("One encrypted file with the whole book. It is opened and read as a proof before it counts."),
        )
        card = self.card()
        self.make = push(_("Make a backup…"), self.choose_file, "save", "primary")
        self.last = card.row(_("Last backup"), self.make, _("Looking…"))
        self.result = Banner()
        card.add(self.result)
        self.running = Running()
        card.add(self.running)
        card = self.card(_("How a backup comes back"))
        for text in (
            _("On the welcome screen choose “Restore from a backup”, here or on another computer."),
            _(
                "It opens with your recovery code anywhere; with your password only on this computer, whose keyring "
                "holds the second half of the key."
            ),
            _("A restored book goes on as a new device, so that two computers never pass for one."),
        ):
            card.add(words(text, "soft"))
        card = self.card(_("Where to keep it"))
        card.add(
            words(
                _(
                    "On another device than this one: a stick in a drawer, a network folder. Whoever finds it can read "
                    "nothing without the recovery code. Keep code and backup in different places."
                ),
                "soft",
            )
        )

    def arrive(self) -> None:
        self.desk.ask(self, backups.last).then(self._show_last).latest("last").start()

    def choose_file(self) -> None:
        """Ask where to."""
        name = f"provender-{date.today().isoformat()}.backup"  # noqa: DTZ011 - the person's own day
        pick_file(
            self,
            _("Make a backup"),
            [_("Provender backup (*.backup)"), _("All files (*)")],
            self.back_up,
            save_as=name,
        )

    def back_up(self, path: str) -> None:
        """Write and prove a backup, with progress and a Stop."""
        book = self.desk.book
        if book is None:
            return
        self.result.dismiss()
        work = self.desk.vault(self, lambda opened: backups.make(opened, Path(path), progress.step))
        job = work.then(self._made).failed(self._failed).start()
        had_keyboard = self.focusWidget() is self.make
        self.running.follow(job, self._stopped)
        if had_keyboard:
            self.running.stop.setFocus()  # before its button goes off, and Qt gives the keyboard to the navigation
        self.make.setEnabled(False)

    def _made(self, made: Made) -> None:
        self._over()
        self.result.say(
            _("The backup is written to {path} ({size}). It was opened and read as a proof.").format(
                path=made.path, size=formats.size(made.size_bytes)
            ),
            "success",
        )
        self.arrive()

    def _failed(self, error: BaseException) -> None:
        self._over()
        errors.show(error, self)

    def _stopped(self) -> None:
        self._over()
        self.result.say(_("The backup was stopped. Nothing of it is left."), "info")

    def _over(self) -> None:
        had_keyboard = self.focusWidget() in (self.running.stop, self.running)
        self.make.setEnabled(True)
        if had_keyboard:
            self.make.setFocus()
        self.running.end()

    def _show_last(self, at_ms: int | None) -> None:
        if at_ms is None:
            self.last.say(_("This book has never been backed up. If the laptop is lost, so is the book."))
            return
        days = int((time.time() * 1000 - at_ms) // DAY_MS)
        text = formats.relative(at_ms)
        if days > OLD_DAYS:
            text = ngettext(
                "{when}, {n} day ago. Time for a new one.", "{when}, {n} days ago. Time for a new one.", days
            ).format(when=formats.day(_day(at_ms)), n=days)
        self.last.say(text)


class Running(QWidget):
    """How far the backup is, with a Stop."""

    def __init__(self) -> None:
        super().__init__()
        px = look().tokens.px
        self._label = QLabel(_("Making the backup…"))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Making the backup…"))
        self.stop: QPushButton = push(_("Stop"), self._halt, "stop")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(16))
        left = QVBoxLayout()
        left.setSpacing(px(6))
        left.addWidget(self._label)
        left.addWidget(self._bar)
        row.addLayout(left, 1)
        row.addWidget(self.stop)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)
        self._job: Job[Made] | None = None
        self.hide()

    def follow(self, job: Job[Made], stopped: object) -> None:
        """Show how far this work is until `end`; call `stopped` when it ended by Stop."""
        self._job, self._stopped = job, stopped
        self.stop.setEnabled(True)
        self._bar.setRange(0, 0)
        self._label.setText(_("Making the backup…"))
        self.show()
        self._poll.start()

    def end(self) -> None:
        """It is over."""
        self._poll.stop()
        self._job = None
        self.hide()

    def _look(self) -> None:
        job = self._job
        if job is None:
            return
        if job.total:
            self._bar.setRange(0, job.total)
            self._bar.setValue(job.done)
        if job.stopped and job.error is not None:
            # Cancelled work tells nobody, so the one who shows it looks.
            stopped = self._stopped
            if callable(stopped):
                stopped()

    def _halt(self) -> None:
        if self._job is not None:
            self._job.stop()
            self.stop.setEnabled(False)
            self._label.setText(_("Stopping…"))


def _day(at_ms: int) -> date:
    return date.fromtimestamp(at_ms / 1000)  # noqa: DTZ012 - shown on this computer's clock
