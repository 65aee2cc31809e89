"""A line for a password: hidden or shown, with a warning for Caps Lock and, for new ones, its strength."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import _
from ui.theme import icon, look, set_icon


class PasswordLine(QLineEdit):
    """Dots, with an eye to show them. Nothing of it goes to the clipboard, undo or input methods."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self._eye = self.addAction(icon("eye"), QLineEdit.ActionPosition.TrailingPosition)
        self._eye.triggered.connect(lambda: self.show_text(self.echoMode() == QLineEdit.EchoMode.Password))
        self.show_text(False)

    def show_text(self, shown: bool) -> None:
        """Show the letters, or dots."""
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        set_icon(self._eye, "eye-off" if shown else "eye")
        self._eye.setText(_("Hide the password") if shown else _("Show the password"))
        self._eye.setToolTip(self._eye.text())

    def wipe(self) -> None:
        """Forget what was typed. Python and Qt may keep copies until memory is used again; see the promises."""
        self.show_text(False)
        self.clear()


class PasswordField(QWidget):
    """The line with its label and a hint for Caps Lock."""

    changed = Signal(str)
    entered = Signal()

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = look().tokens.px
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(4))
        head = QLabel(label)
        head.setProperty("role", "label")
        self.line = PasswordLine(label)
        head.setBuddy(self.line)
        self._caps = QLabel(_("Caps Lock is on."))
        self._caps.setProperty("role", "warning")
        self._caps.hide()
        for widget in (head, self.line, self._caps):
            self._column.addWidget(widget)
        self.setFocusProxy(self.line)
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self.changed)
        self.line.returnPressed.connect(self.entered)

    @property
    def caps_hint(self) -> bool:
        """Whether the hint is shown."""
        return not self._caps.isHidden()

    def text(self) -> str:
        """What was typed."""
        return self.line.text()

    def wipe(self) -> None:
        """Forget what was typed."""
        self.line.wipe()
        self._caps.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            self._watch(event)
        elif event.type() == QEvent.Type.FocusOut:
            self._caps.hide()
        return False

    def _watch(self, event: QKeyEvent) -> None:
        # Qt does not tell the state of the key; letters whose case contradicts Shift give it away.
        text = event.text()
        if event.key() == Qt.Key.Key_CapsLock:
            self._caps.setVisible(self._caps.isHidden() and bool(self.line.text()))
        elif len(text) == 1 and text.isalpha() and text.lower() != text.upper():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._caps.setVisible(text.isupper() != shift)


class NewPasswordField(PasswordField):
    """A password that is being chosen: a bar and a sentence say how strong it is.

    `judge` gives 0 (worthless) to 4 (strong) and a sentence; it is asked when the fingers rest, since the
    estimator takes some milliseconds.
    """

    def __init__(self, label: str, judge: Callable[[str], tuple[int, str]]) -> None:
        super().__init__(label)
        self._judge = judge
        self.score = 0
        self._bar = QProgressBar()
        self._bar.setRange(0, 4)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Strength of the password"))
        self._advice = QLabel(" ")
        self._advice.setProperty("role", "caption")
        self._advice.setWordWrap(True)
        self._advice.setTextFormat(Qt.TextFormat.PlainText)
        self._column.addWidget(self._bar)
        self._column.addWidget(self._advice)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(120)
        self._rest.timeout.connect(self.weigh)
        self.changed.connect(lambda _text: self._rest.start())

    def weigh(self) -> int:
        """Judge what stands there now. Gives the score."""
        self._rest.stop()
        text = self.line.text()
        self.score, advice = self._judge(text) if text else (0, "")
        self._bar.setValue(max(self.score, 1) if text else 0)
        level = {0: "weak", 1: "weak", 2: "fair"}.get(self.score, "good")
        self._bar.setProperty("level", level)
        self._bar.style().unpolish(self._bar)
        self._bar.style().polish(self._bar)
        self._advice.setText(advice or " ")
        self._bar.setAccessibleDescription(advice)
        return self.score
