"""The recovery code as a sheet of paper: printed, or saved as PDF. Never kept by the program."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from html import escape

from PySide6.QtCore import QMarginsF
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPdfWriter, QTextDocument
from PySide6.QtWidgets import QDialog, QWidget

from app.errors import Unreadable, reason
from app.i18n import _
from ui import formats
from ui.theme import look, plain


def sheet(company: str, groups: Sequence[str]) -> QTextDocument:
    """One page: the code, what it is for, how it is used and kept. Fonts come from Qt, for Chinese names too."""
    page = QTextDocument()
    font = QFont(look().font())
    font.setPointSize(10)
    page.setDefaultFont(font)
    cells = [
        f"<td style='padding: 6px 14px; font-family: monospace; font-size: 19pt;'>{escape(group)}</td>"
        for group in groups
    ]
    rows = "".join(f"<tr>{''.join(cells[at : at + 4])}</tr>" for at in range(0, len(cells), 4))
    head = (
        _("Company: {name}").format(name=plain(company)),
        _("Made on: {day}").format(day=formats.day(date.today())),  # noqa: DTZ011 - the person's own day
    )
    purpose = _(
        "This code opens the customer book on its own: when the password is forgotten, when the computer's "
        "keyring is lost, or when a backup is restored on another computer. Without the password and without "
        "this code nobody can open the book, and nobody can help: not the maker of Provender, not the server."
    )
    use = _(
        "On the unlock screen choose “Forgot password?”, type the code (capitals, spaces and hyphens do not "
        "matter) and choose a new password."
    )
    keeping = (
        _("Print it, then delete the file, also from the recycle bin and the printer's list."),
        _("Lock the paper away, in a safe or with your important documents, and never beside the computer."),
        _("Do not photograph it, mail it or store it in the cloud."),
        _(
            "Has somebody seen it, or is it lost? Make a new code in the settings: this one stops working at once."
        ),
    )
    page.setHtml(
        _tagged("h1", _("Provender recovery sheet"))
        + "".join(_tagged("p", line) for line in head)
        + f"<table border='1' cellspacing='0' style='margin: 18px 0;'>{rows}</table>"
        + _tagged("h3", _("What this is for"))
        + _tagged("p", purpose)
        + _tagged("h3", _("How to use it"))
        + _tagged("p", use)
        + _tagged("h3", _("How to keep it"))
        + f"<ul>{''.join(_tagged('li', point) for point in keeping)}</ul>"
    )
    return page


def _tagged(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>"


def save_pdf(path: str, company: str, groups: Sequence[str]) -> None:
    """Write the sheet as PDF that only this person can read. Raises Unreadable where the file cannot be written."""
    writer = QPdfWriter(path)
    writer.setTitle(_("Provender recovery sheet"))
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
