"""Says what is particular about the book that was opened: older than it should be, unwatched, a demonstration."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.i18n import _

if TYPE_CHECKING:
    from app.bootstrap import Open
    from ui.desk import Desk
    from ui.window import Workspace


def judge(desk: Desk, page: object, book: Open, start_own: Callable[[], object]) -> None:
    """Say what the vault found out about itself when it was opened."""
    from app.vault.rollback import Verdict
    from ui.window import Workspace

    if not isinstance(page, Workspace):
        return
    match book.verdict:
        case Verdict.BEHIND:
            page.warn(
                _(
                    "The book on this computer is older than what was last saved here, as if a backup had been "
                    "put in its place. You can read it. Go on with it only if you know why."
                ),
                "danger",
                _("Go on with this state"),
                partial(_accept_rollback, desk, book),
            )
        case _ if book.session.identity.demo:
            page.warn(
                _("This is a demonstration: every customer in it is invented."),
                "info",
                _("Start your own company"),
                start_own,
            )
        case Verdict.UNKNOWN:
            page.warn(
                _(
                    "This computer's keyring no longer remembers this book, so nobody can tell whether it is "
                    "the newest. Compare the last entries with what you remember."
                ),
                "warning",
                _("Go on with this state"),
                partial(_ask_for_code, desk, page, book, start_own),
            )


def _accept_rollback(desk: Desk, book: Open) -> None:
    from app import bootstrap

    pending = desk.run(desk, lambda _job: bootstrap.accept_rollback(book), writes=True)
    pending.then(
        lambda _nothing: desk.say(_("Going on with this state. It is noted in the audit trail."))
    ).start()


def _ask_for_code(desk: Desk, page: Workspace, book: Open, start_own: Callable[[], object]) -> None:
    """The recovery code is the word that an unknown state asks for."""
    from PySide6.QtWidgets import QLineEdit

    from app import bootstrap
    from app.crypto.recovery import RecoveryCode
    from app.errors import Invalid
    from ui import errors
    from ui.dialogs import Dialog

    class Ask(Dialog):
        """Stays open until the code is right or the person gives up."""

        def agree(self) -> None:
            try:
                code = RecoveryCode.parse(line.text())
            except Invalid as error:
                self.show_invalid(error.field, error.text)
                return
            self.set_busy(True)
            pending = desk.run(self, lambda _job: bootstrap.confirm_state(book, code), writes=True)
            pending.then(lambda _nothing: self.accept()).failed(self._failed).start()

        def _failed(self, error: BaseException) -> None:
            self.set_busy(False)
            errors.show(error, self)

    dialog = Ask(
        page,
        _("Recovery code"),
        _("It was shown once when the company was made: seven groups of four letters and digits."),
        yes=_("Go on with this state"),
    )
    line = QLineEdit()
    line.setAccessibleName(_("Recovery code"))
    line.setPlaceholderText("XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX")
    dialog.body.addWidget(line)
    dialog.accepted.connect(lambda: desk.say(_("Going on with this state. It is noted in the audit trail.")))
    dialog.rejected.connect(lambda: judge(desk, page, book, start_own))
    dialog.open()
    line.setFocus()
