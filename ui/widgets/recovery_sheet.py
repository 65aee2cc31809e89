"""The recovery code as a sheet of paper: printed, or saved as PDF. Never kept by the program."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QMarginsF
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPdfWriter, QTextDocument
from PySide6.QtWidgets import QDialog, QWidget

from app.errors import Unreadable, reason
from app.i18n import _


def sheet(company: str, groups: Sequence[str]) -> QTextDocument:
    """One page: what it is for, the code, where to keep it."""
    page = QTextDocument()
    page.setDefaultFont(QFont("Noto Sans", 11))
    rows = "".join(
        f"<td style='padding: 6px 14px; font-family: monospace; font-size: 20pt;'>{escape(group)}</td>"
        + ("</tr><tr>" if place % 4 == 3 else "")
        for place, group in enumerate(groups)
    )
    # Texts stand outside the f-string: within one, the extraction of texts does not see them.
    below = (
        _("With this code the book opens without the password and gets a new one."),
        _("Keep it like cash: in a safe, not with the laptop, not in a photo or an e-mail."),
        _("Whoever finds both this sheet and the laptop can read all customers."),
    )
    title, owner = _("Recovery code"), _("Provender, company “{name}”").format(name=company)
    page.setHtml(
        f"<h1>{escape(title)}</h1><p>{escape(owner)}</p>"
        f"<table border='1' cellspacing='0' style='margin: 24px 0;'><tr>{rows}</tr></table>"
        + "".join(f"<p>{escape(text)}</p>" for text in below)
    )
    return page


def save_pdf(path: str, company: str, groups: Sequence[str]) -> None:
    """Write the sheet as PDF that only this person can read. Raises Unreadable where the file cannot be written."""
    writer = QPdfWriter(path)
    writer.setTitle(_("Recovery code"))
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(20, 20, 20, 20)
        )
    )
    try:
        # Qt's writer fails without a word, and would let everybody read the code.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            if os.name != "nt":
                os.fchmod(handle, 0o600)
        finally:
            os.close(handle)
    except OSError as error:
        raise Unreadable(
            _("The file cannot be written: {reason}. Choose another place.").format(reason=reason(error))
        ) from error
    sheet(company, groups).print_(writer)


def print_sheet(parent: QWidget, company: str, groups: Sequence[str]) -> None:
    """Ask for a printer and print the sheet."""
    from PySide6.QtCore import Qt
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

    printer = QPrinter()
    dialog = QPrintDialog(printer, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accepted.connect(lambda: sheet(company, groups).print_(printer))
    QDialog.open(dialog)
