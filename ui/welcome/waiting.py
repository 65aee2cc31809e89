"""Waits to be let into a company: shows the six words, knocks, asks now and then, and opens the book once it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal

from app.errors import Offline
from app.i18n import _
from ui import errors
from ui.jobs import Job, Jobs
from ui.theme import plain
from ui.widgets.cards import words
from ui.widgets.gate import Gate, Gates
from ui.widgets.six_words import SixWords

if TYPE_CHECKING:
    from app.bootstrap import Open, Waiting
    from sync.protocol.messages import Service

FIRST_MS = 50
ASK_MS = 3_000


class WaitingPage(Gates):
    """`entered` carries app.bootstrap's Open. What was begun goes on wherever it was broken off."""

    entered = Signal(object)
    left = Signal()
    """The person wants to do something else meanwhile."""

    def __init__(self, waiting: Waiting, jobs: Jobs) -> None:
        super().__init__()
        self.waiting, self._jobs = waiting, jobs
        self._knocked = self._stopped = False
        self._asked: Service | None = None
        host = waiting.joining.server.host
        self.gate = Gate(
            _("Waiting to be let in"),
            _(
                "Read these six words to the person who invited you, best on the telephone. They let this computer in "
                "once they see the same words."
            ),
            width=520,
            sign="shield",
        )
        self.gate.body.addWidget(SixWords(waiting.joining.words))
        self.state = words("", "soft")
        self.state.setAccessibleName(_("State"))
        self.gate.body.addWidget(self.state)
        name = plain(waiting.joining.name)
        self.gate.body.addWidget(
            words(
                _(
                    "This computer is called “{name}”. You may close the program: it goes on waiting when you open it again."
                ).format(name=name),
                "caption",
            )
        )  # fmt: skip
        self.gate.button(_("Back"), self.left.emit, "plain")
        self.addWidget(self.gate)
        self._say(_("Knocking at {host}…").format(host=host))
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self.ask)

    def begin(self) -> None:
        """After the first paint."""
        self._again.start(FIRST_MS)

    def stop(self) -> None:
        """Ask no more, and break off what is being asked: the vault is being closed."""
        self._stopped = True
        self._again.stop()
        abort = getattr(self._asked, "abort", None)
        if abort is not None:
            abort()

    def service(self, url: str, pin: bytes) -> Service:
        """A connection; tests put another one in its place."""
        from sync.client.transport import Transport

        return Transport(url, pin)

    def ask(self) -> None:
        """Knock where that was not done yet, and see whether somebody has opened."""
        waiting, knocked = self.waiting, self._knocked

        def work(_job: Job[Any]) -> tuple[str, Open | None]:
            from app.clock import SystemClock
            from sync.client import enrol
            from sync.client.line import Line
            from sync.client.talk import drive

            joining = waiting.joining
            service = self._asked = self.service(joining.server.url, joining.server.pin)
            try:
                if not knocked:
                    drive(enrol.knock(joining), service)
                state = drive(enrol.look(joining), service)
                if state != "certified":
                    return state, None
                line = Line(service, joining, joining.server.host, SystemClock())
                drive(enrol.enter(joining), line)
            finally:
                close = getattr(service, "close", None)
                if close is not None:
                    close()
            return state, waiting.enter()

        job: Job[tuple[str, Open | None]] = Job(self, work, writes=False, talks=True)
        job.then, job.failed = self._answered, self._failed
        self._jobs.start(job)

    def _answered(self, answer: tuple[str, Open | None]) -> None:
        state, book = answer
        self._knocked = True
        if book is not None:
            self.entered.emit(book)
        elif state == "refused":
            self._say("")
            self.gate.show_banner(
                _(
                    "The invitation does not hold any more: it was withdrawn, used or has expired. Ask for a new one, "
                    "go back, and delete this company from the computer."
                ),
                "warning",
            )
        else:
            self.gate.quiet()
            self._say(_("The company knows that you are here. Waiting until somebody lets you in…"))
            self._again.start(ASK_MS)

    def _failed(self, error: BaseException) -> None:
        if self._stopped:
            return
        if isinstance(error, Offline):
            self._say(_("{why} It tries again by itself.").format(why=error.text))
            self._again.start(ASK_MS)
        else:
            self._say("")
            errors.show(error, self.gate)

    def _say(self, text: str) -> None:
        self.state.setText(text)
