"""Shows the recovery code once, and insists that it is kept."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit

from app.i18n import _
from ui import errors
from ui.theme import look
from ui.widgets.gate import Gate

if TYPE_CHECKING:
    pass

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})  # as app.crypto.recovery reads them


class Code(Gate):
    """Shows the recovery code once and asks for two of its groups, so that it is really written down."""

    confirmed = Signal()

    def __init__(self, company: str, groups: tuple[str, ...]) -> None:
        super().__init__(
            _("Keep this recovery code"),
            _(
                "It opens the book if you forget the password or lose the keyring of this computer. It is shown "
                "only now. Print it, or save it on a stick that you lock away."
            ),
            width=460,
            sign="key",
        )
        self._company, self._groups = company, groups
        px = look().tokens.px
        code = QLabel("\n".join("   ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)))
        code.setProperty("role", "code")
        code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        code.setAccessibleName(_("Recovery code"))
        code.setAccessibleDescription(" ".join(groups))
        self.body.addWidget(code)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        for label, act, sign in (
            (_("Print…"), self._print, "print"),
            (_("Save as PDF…"), self._save, "save"),
        ):
            row.addWidget(self.button(label, act, "", sign))
        self.body.addLayout(row)
        line = QFrame()
        line.setProperty("role", "line")
        self.body.addWidget(line)
        self._asked = sorted(secrets.SystemRandom().sample(range(len(groups)), min(2, len(groups))))
        text = _("To go on, type groups {first} and {second} from your copy.").format(
            first=self._asked[0] + 1, second=self._asked[-1] + 1
        )
        label_ = QLabel(text)
        label_.setWordWrap(True)
        self.body.addWidget(label_)
        answers = QHBoxLayout()
        answers.setSpacing(px(8))
        self.answers: list[QLineEdit] = []
        for place in self._asked:
            answer = QLineEdit()
            answer.setMaxLength(8)
            answer.setAccessibleName(_("Group {n}").format(n=place + 1))
            answer.setPlaceholderText(_("Group {n}").format(n=place + 1))
            answer.returnPressed.connect(self._confirm)
            answers.addWidget(answer)
            self.answers.append(answer)
        self.body.addLayout(answers)
        self.button(_("I have kept the code"), self._confirm)

    @property
    def asked(self) -> tuple[str, ...]:
        """What must be typed."""
        return tuple(self._groups[place] for place in self._asked)

    def _confirm(self) -> None:
        typed = tuple(answer.text().strip().upper().translate(_READ_AS) for answer in self.answers)
        if typed == self.asked:
            self.confirmed.emit()
        else:
            self.show_banner(
                _("These are not the groups on the sheet. Compare them and try again."), "danger"
            )

    def _print(self) -> None:
        from ui.widgets.recovery_sheet import print_sheet

        print_sheet(self, self._company, self._groups)

    def _save(self) -> None:
        from ui.dialogs import pick_file
        from ui.widgets.recovery_sheet import save_pdf

        def write(path: str) -> None:
            try:
                save_pdf(path, self._company, self._groups)
            except Exception as error:
                errors.show(error, self)

        pick_file(
            self, _("Save the recovery code"), [_("PDF (*.pdf)")], write, save_as="provender-recovery.pdf"
        )
