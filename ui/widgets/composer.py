"""One line to say what happened: a kind, a sentence, Enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.errors import Invalid
from app.features.crm.activities import ACTIVITIES
from app.i18n import N_, _
from app.ids import Id, show
from app.model.fields import Moment
from ui.desk import Desk
from ui.fields.days import MomentEditor
from ui.theme import icon_size, look, plain, set_icon

SIGNS = {"visit": "visit", "call": "phone", "message": "message", "note": "note"}
USUAL = "note"
KIND_KEY = "composer.kind"
DRAFT_MS = 600
MOST_LINES = 6


class Composer(QFrame):
    """`added` gives kind, text, contact and moment. What is typed survives leaving and crashing."""

    added = Signal(str, str, object, object)  # kind, text, contact or None, milliseconds or None for now

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._of: Id | None = None
        self.setProperty("role", "composer")
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(8), px(8), px(8), px(8))
        column.setSpacing(px(6))
        column.addLayout(self._kinds())
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText(_("What happened? One sentence is enough."))
        self.text.setAccessibleName(_("What happened?"))
        self.text.setTabChangesFocus(True)
        self.text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text.installEventFilter(self)
        self.text.textChanged.connect(self._changed)
        column.addWidget(self.text)
        self.when = MomentEditor(Moment(N_("When"), name="at"))
        self.when.name(_("When"))
        self.when.hide()
        column.addWidget(self.when)
        self._foot = QWidget()
        column.addWidget(self._foot)
        self._lay_foot()
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(DRAFT_MS)
        self._save.timeout.connect(self.keep)
        self._fit()

    @property
    def kind(self) -> str:
        """The kind that is pressed."""
        return next((name for name, button in self.kinds.items() if button.isChecked()), USUAL)

    def show_kind(self, kind: str) -> None:
        """Press another kind."""
        self.kinds.get(kind, self.kinds[USUAL]).setChecked(True)

    def begin(self, of: Id) -> None:
        """For another customer: what was half-typed there is shown again."""
        self.keep()
        self._of = of
        kept = self._desk.memory.get(self._key)
        kept = kept if isinstance(kept, dict) else {}
        self.text.setPlainText(str(kept.get("text", "")))
        self.show_kind(str(kept.get("kind") or self._desk.memory.get(KIND_KEY) or USUAL))
        self._show_when(False)
        self._save.stop()

    def show_contacts(self, contacts: Sequence[tuple[Id, str]]) -> None:
        """With whom it may have been."""
        chosen = self.contact.currentData()
        self.contact.clear()
        self.contact.addItem(_("With…"), None)
        for id_, name in contacts:
            self.contact.addItem(plain(name), id_)
        self.contact.setCurrentIndex(max(0, self.contact.findData(chosen)))
        self.contact.setVisible(bool(contacts))

    def keep(self) -> None:
        """Write down what is half-typed."""
        self._save.stop()
        if self._of is None:
            return
        text = self.text.toPlainText()
        if text.strip():
            self._desk.memory.set(self._key, {"text": text, "kind": self.kind})
        elif self._desk.memory.get(self._key) is not None:
            self._desk.memory.set(self._key, None)

    def submit(self) -> None:
        """Say it."""
        text = self.text.toPlainText().strip()
        if not text:
            self.text.setFocus()
            return
        at: int | None = None
        if not self.when.isHidden():
            try:
                at = self.when.value()
            except Invalid:
                self.when.mark(True)
                self.when.setFocus()
                return
        self._desk.memory.set(KIND_KEY, self.kind)
        self.added.emit(self.kind, text, self.contact.currentData(), at)

    def clear(self) -> None:
        """It was said."""
        self.text.clear()
        self.contact.setCurrentIndex(0)
        self._show_when(False)
        self.keep()
        self.text.setFocus()

    @property
    def _key(self) -> str:
        return f"draft:activity:{show(self._of)}" if self._of else ""

    def _kinds(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(look().tokens.px(2))
        group = QButtonGroup(self)
        group.setExclusive(True)
        self.kinds: dict[str, QToolButton] = {}
        for place, (name, label) in enumerate(ACTIVITIES, 1):
            button = QToolButton()
            button.setText(_(label))
            button.setToolTip(_("{kind} (Alt+{n})").format(kind=_(label), n=place))
            button.setAccessibleName(_(label))
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIconSize(icon_size())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            set_icon(button, SIGNS[name], "text_soft", active="on_selected")
            button.clicked.connect(self.text_focus)
            group.addButton(button)
            row.addWidget(button)
            self.kinds[name] = button
        row.addStretch(1)
        self.kinds[USUAL].setChecked(True)
        return row

    def text_focus(self) -> None:
        """Give the keyboard back to the sentence."""
        self.text.setFocus()

    def _lay_foot(self) -> None:
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look().tokens.px(6))
        self.contact = QComboBox()
        self.contact.setAccessibleName(_("With whom"))
        self.contact.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.contact.setMinimumContentsLength(10)
        self.now = QToolButton()
        self.now.setText(_("Now"))
        self.now.setToolTip(_("It happened at another time"))
        self.now.setAccessibleName(_("It happened at another time"))
        self.now.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.now.setIconSize(icon_size())
        set_icon(self.now, "clock")
        self.now.clicked.connect(lambda: self._show_when(True))
        self.add = QPushButton(_("Add"))
        self.add.setProperty("kind", "primary")
        self.add.setToolTip(_("Enter; Shift+Enter begins a new line"))
        self.add.clicked.connect(self.submit)
        row.addWidget(self.contact)
        row.addWidget(self.now)
        row.addStretch(1)
        row.addWidget(self.add)
        self.contact.hide()

    def _show_when(self, shown: bool) -> None:
        if shown:
            from ui.widgets.drafts import now_ms

            self.when.show_value(now_ms())
        self.when.mark(False)
        self.when.setVisible(shown)
        self.now.setVisible(not shown)
        if shown:
            self.when.setFocus()

    def _changed(self) -> None:
        self._fit()
        self._save.start()

    def _fit(self) -> None:
        wanted = max(1, int(self.text.document().size().height()))  # in lines, wrapped ones too
        lines = min(MOST_LINES, wanted)
        more = (
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if wanted > lines else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        self.text.setVerticalScrollBarPolicy(more)
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * lines + look().tokens.px(20))
        self.add.setEnabled(bool(self.text.toPlainText().strip()))

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Give the keyboard to the text. Not by a focus proxy: Tab would jump over the kinds before it."""
        self.text.setFocus(reason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.text and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key_pressed(event)
        return super().eventFilter(watched, event)

    def _key_pressed(self, event: QKeyEvent) -> bool:
        held: Any = event.modifiers()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if held & Qt.KeyboardModifier.ShiftModifier:
                return False
            self.submit()
            return True
        number = event.key() - Qt.Key.Key_1
        if held == Qt.KeyboardModifier.AltModifier and 0 <= number < len(ACTIVITIES):
            self.show_kind(ACTIVITIES[number][0])
            return True
        return False
