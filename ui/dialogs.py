"""Dialogs that never block: each opens at once and calls back what was decided."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QDir, QEvent, QSettings, QStandardPaths, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import _
from ui.form import Form
from ui.theme import look, plain


class Dialog(QDialog):
    """A title, a sentence, what the caller puts in `body`, and two buttons. Call `open`, never `exec`."""

    def __init__(
        self, parent: QWidget | None, title: str, text: str = "", *, yes: str = "", danger: bool = False
    ) -> None:
        super().__init__(parent)
        title, text = plain(title), plain(text)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        px = look().tokens.px
        self.setMinimumWidth(px(400))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(px(24), px(24), px(24), px(16))
        outer.setSpacing(px(12))
        head = QLabel(title)
        head.setProperty("role", "heading")
        head.setWordWrap(True)
        outer.addWidget(head)
        if text:
            sentence = QLabel(text)
            sentence.setWordWrap(True)
            sentence.setTextFormat(Qt.TextFormat.PlainText)
            sentence.setProperty("role", "soft")
            outer.addWidget(sentence)
        self.body = QVBoxLayout()
        self.body.setSpacing(px(12))
        outer.addLayout(self.body)
        self._trouble = QLabel()
        self._trouble.setProperty("role", "error")
        self._trouble.setWordWrap(True)
        self._trouble.setTextFormat(Qt.TextFormat.PlainText)
        self._trouble.hide()
        outer.addWidget(self._trouble)
        outer.addSpacing(px(8))
        self.buttons = row = QHBoxLayout()
        row.addStretch(1)
        self.no = QPushButton(_("Cancel"))
        self.no.setAutoDefault(False)
        self.no.clicked.connect(self.reject)
        self.yes = QPushButton(yes or _("OK"))
        self.yes.setAutoDefault(False)
        self.yes.setProperty("kind", "danger" if danger else "primary")
        self.yes.clicked.connect(self.agree)
        row.addWidget(self.no)
        row.addWidget(self.yes)
        outer.addLayout(row)

    def agree(self) -> None:
        """The person agreed. Overridden where more is to be done before closing."""
        self.accept()

    def show_invalid(self, _field: str, text: str) -> bool:
        """Say what is wrong above the buttons; part of ui/errors.py's road."""
        self.show_banner(text, "danger")
        return True

    def show_banner(self, text: str, _level: str = "danger") -> None:
        """Say something above the buttons."""
        self._trouble.setText(text)
        self._trouble.setVisible(bool(text))

    def set_busy(self, busy: bool) -> None:
        """While the work runs nothing can be pressed twice."""
        self.yes.setEnabled(not busy)

    def event(self, event: QEvent) -> bool:
        # Qt sizes a window without asking wrapped sentences how tall they are at its width.
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """As tall as the content needs, as far as the screen allows."""
        layout = self.layout()
        if layout is None:
            return
        width = max(self.width(), self.minimumWidth(), layout.totalMinimumSize().width())
        wanted = layout.totalSizeHint().height()
        if layout.hasHeightForWidth():
            wanted = layout.totalHeightForWidth(width)
        wanted = min(wanted, self.screen().availableGeometry().height())
        self.setMinimumHeight(wanted)
        self.resize(width, wanted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            here = self.focusWidget()
            if isinstance(here, QPushButton):
                here.click()  # Enter on Cancel must not agree
            elif self.yes.isEnabled():
                self.agree()
            return
        super().keyPressEvent(event)


def confirm(
    parent: QWidget,
    title: str,
    text: str,
    yes: str,
    then: Callable[[], object],
    *,
    danger: bool = False,
) -> Dialog:
    """Ask before something happens. The button says what will happen, not “OK”."""
    dialog = Dialog(parent, title, text, yes=yes, danger=danger)
    dialog.accepted.connect(then)
    # Where something is lost, Enter alone must not lose it.
    (dialog.no if danger else dialog.yes).setFocus()
    dialog.open()
    return dialog


class TypedConfirmation(Dialog):
    """Asks to type a word, for what cannot be taken back."""

    def __init__(self, parent: QWidget, title: str, text: str, word: str, yes: str) -> None:
        super().__init__(parent, title, text, yes=yes, danger=True)
        self._word = word
        label = QLabel(_("Type “{word}” to go on.").format(word=word))
        label.setTextFormat(Qt.TextFormat.PlainText)
        self.line = QLineEdit()
        self.line.setAccessibleName(label.text())
        label.setBuddy(self.line)
        self.body.addWidget(label)
        self.body.addWidget(self.line)
        self.yes.setEnabled(False)
        self.line.textChanged.connect(lambda text: self.yes.setEnabled(text.strip() == word))
        self.line.setFocus()

    def agree(self) -> None:
        if self.line.text().strip() == self._word:
            self.accept()


def confirm_by_typing(
    parent: QWidget, title: str, text: str, word: str, yes: str, then: Callable[[], object]
) -> TypedConfirmation:
    """Ask to type `word` before something is lost for good."""
    dialog = TypedConfirmation(parent, title, text, word, yes)
    dialog.accepted.connect(then)
    dialog.open()
    return dialog


class FormDialog(Dialog):
    """A form in a dialog. `save` gets the checked values; close it yourself when the work is done."""

    def __init__(
        self, parent: QWidget, title: str, form: Form, yes: str, save: Callable[[FormDialog], object]
    ) -> None:
        super().__init__(parent, title, yes=yes)
        self.form = form
        self._save = save
        self.setMinimumWidth(look().tokens.px(480))
        self.body.addWidget(form)
        form.submitted.connect(self.agree)
        form.start()

    def agree(self) -> None:
        from app.errors import Invalid

        self.show_banner("")
        try:
            self.form.values()
        except Invalid as error:
            self.form.show_invalid(error.field, error.text)
            return
        self._save(self)

    def show_invalid(self, field: str, text: str) -> bool:
        return self.form.show_invalid(field, text) or super().show_invalid(field, text)


def pick_file(
    parent: QWidget,
    title: str,
    kinds: Sequence[str],
    then: Callable[[str], object],
    *,
    save_as: str = "",
) -> QFileDialog:
    """Ask for a file; `kinds` are filters such as `CSV (*.csv)`. With `save_as`, for one to be written.

    A file that would be replaced is asked about here: Qt's own question would run an event loop of its own.
    """
    # Qt would write down in the person's settings, readable by whoever has the disk, which folders were visited.
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, os.devnull)
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setNameFilters(list(kinds))
    if dialog.directory() == QDir.current():
        # Nobody keeps lists where the program happened to be started from.
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog.setDirectory(documents if Path(documents).is_dir() else QDir.homePath())
    if save_as:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        asks_itself = sys.platform == "darwin"  # whatever it is told
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite, not asks_itself)
        dialog.selectFile(save_as)
        if "." in save_as:
            dialog.setDefaultSuffix(save_as.rpartition(".")[2])
    else:
        asks_itself = True
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)

    def chosen(path: str) -> None:
        if not asks_itself and Path(path).exists():
            confirm(
                parent,
                _("Replace “{name}”?").format(name=Path(path).name),
                _("A file of this name is there already. What is in it would be lost."),
                _("Replace"),
                lambda: then(path),
                danger=True,
            )
        else:
            then(path)

    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog
