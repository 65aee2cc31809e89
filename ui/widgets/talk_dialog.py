"""A dialog whose work waits for the server: it stays until that is done, and says beside its buttons what stood in the
way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtWidgets import QWidget

from app.errors import AppError
from ui import errors
from ui.desk import Pending
from ui.dialogs import Dialog

R = TypeVar("R")


class TalkDialog(Dialog):
    """Also being offline is said here, where somebody waits for the answer."""

    def wait_for(self, pending: Pending[R], then: Callable[[R], object]) -> None:
        """Do it, then `then`, and close."""
        self.show_banner("")
        self.set_busy(True)

        def done(result: R) -> None:
            self.set_busy(False)
            then(result)

        pending.then(done).failed(self.trouble).start()

    def trouble(self, error: BaseException) -> None:
        """Say what stood in the way."""
        self.set_busy(False)
        if isinstance(error, AppError):
            self.show_banner(error.text)
        else:
            errors.show(error, self)


class AskFirst(TalkDialog):
    """Asks before something is said to the company; closes once it was said."""

    def __init__(
        self,
        parent: QWidget,
        title: str,
        text: str,
        yes: str,
        make: Callable[[], Pending[Any]],
        then: Callable[[], object],
        *,
        danger: bool = False,
    ) -> None:
        super().__init__(parent, title, text, yes=yes, danger=danger)
        self._make, self._then = make, then
        (self.no if danger else self.yes).setFocus()

    def agree(self) -> None:
        self.wait_for(self._make(), self._done)

    def _done(self, _result: object) -> None:
        self._then()
        self.accept()
