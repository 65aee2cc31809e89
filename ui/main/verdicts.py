"""Says what is particular about the book that was opened: older than it should be, unwatched, a demonstration."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

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
        case _ if book.must_replace:
            page.warn(
                _(
                    "This book was copied or restored, and its company works with a server. It can be read; to write, "
                    "this computer has to become a device of its own first. What was never sent goes along."
                ),
                "warning",
                _("Go on as a new device"),
                partial(_replace, desk, page, book, start_own),
            )
        case Verdict.BEHIND:
            page.warn(
                _(
                    "The book on this computer is older than what was last saved here, as if a backup had been "
                    "put in its place. You can read it. Go on with it only if you know why."
                ),
                "danger",
                _("Go on with this state"),
                partial(_ask_for_password, desk, page, book, start_own),
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


def _replace(desk: Desk, page: Workspace, book: Open, start_own: Callable[[], object]) -> None:
    """The old device signs over to a new one at the server."""
    from ui.widgets.talk_dialog import AskFirst

    link = desk.link
    if link is None:
        return

    def gone_on() -> None:
        desk.say(_("This computer is a device of its own now. It is synchronising."))

    dialog = AskFirst(
        page,
        _("Go on as a new device?"),
        _(
            "The device that this book was copied from ends with this. If it is still in use, restore nothing here: ask "
            "for an invitation of its own instead."
        ),
        _("Go on as a new device"),
        lambda: desk.speak(page, link.replace_device),
        gone_on,
    )
    dialog.rejected.connect(lambda: judge(desk, page, book, start_own))
    dialog.open()


def _went_on(desk: Desk, page: Workspace, book: Open, start_own: Callable[[], object]) -> None:
    if book.must_replace:  # the server has to say first what the old device has sent
        judge(desk, page, book, start_own)
        return
    desk.say(_("Going on with this state. It is noted in the audit trail."))
    if desk.link is not None:
        desk.link.begin()


def _ask_for_password(desk: Desk, page: Workspace, book: Open, start_own: Callable[[], object]) -> None:
    """An owner's word, and a fresh one: within its hours the keyring opens the book for whoever sits here."""
    from app import bootstrap
    from app.vault import unlock
    from ui.widgets.password import PasswordField

    field = PasswordField(_("Your password"))

    def work(password: str) -> None:
        unlock.confirm_password(book.vault, password)
        bootstrap.accept_rollback(book)

    def taken() -> Callable[[], None]:
        password = field.line.text()
        return lambda: work(password)

    _ask(desk, page, book, start_own, (_("Go on with this state"), ""), field, taken)


def _ask_for_code(desk: Desk, page: Workspace, book: Open, start_own: Callable[[], object]) -> None:
    """The recovery code is the word that an unknown state asks for."""
    from PySide6.QtWidgets import QLineEdit

    from app import bootstrap
    from app.crypto.recovery import RecoveryCode

    line = QLineEdit()
    line.setAccessibleName(_("Recovery code"))
    line.setPlaceholderText("XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX")

    def taken() -> Callable[[], None]:
        code = RecoveryCode.parse(line.text())
        return lambda: bootstrap.confirm_state(book, code)

    said = _("It was shown once when the company was made: seven groups of four letters and digits.")
    _ask(desk, page, book, start_own, (_("Recovery code"), said), line, taken)


def _ask(
    desk: Desk,
    page: Workspace,
    book: Open,
    start_own: Callable[[], object],
    texts: tuple[str, str],
    field: QWidget,
    taken: Callable[[], Callable[[], None]],
) -> None:
    """A dialog that stays until what was typed is right, or the person gives up and is offered the way out again.

    `taken` gives the work for what stands in the field now. Raises Invalid.
    """
    from app.errors import Invalid
    from ui import errors
    from ui.dialogs import Dialog

    class Ask(Dialog):
        def agree(self) -> None:
            try:
                work = taken()
            except Invalid as error:
                self.show_invalid(error.field, error.text)
                return
            self.set_busy(True)
            pending = desk.run(self, lambda _job: work(), writes=True)
            pending.then(lambda _nothing: self.accept()).failed(self._failed).start()

        def _failed(self, error: BaseException) -> None:
            self.set_busy(False)
            errors.show(error, self)

    dialog = Ask(page, *texts, yes=_("Go on with this state"))
    dialog.body.addWidget(field)
    dialog.accepted.connect(partial(_went_on, desk, page, book, start_own))
    dialog.rejected.connect(lambda: judge(desk, page, book, start_own))
    dialog.open()
    field.setFocus()
