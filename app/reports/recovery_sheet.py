"""The sheet with the recovery code, to be printed and locked away."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Final

from app.crypto.recovery import RecoveryCode
from app.i18n import _
from app.reports.pdf import Document

GROUPS_A_LINE: Final = 4


def write(
    path: Path, code: RecoveryCode, *, company: str, profile: str, day: datetime.date
) -> tuple[str, ...]:
    """Write the sheet where the person chose, readable by this user only. Raises AppError.

    Gives the characters of the names that this computer has no font for; the code itself is always whole.
    """
    sheet = document(code, company=company, profile=profile, day=day)
    return sheet.save(path)


def document(code: RecoveryCode, *, company: str, profile: str, day: datetime.date) -> Document:
    """What stands on the sheet."""
    sheet = Document(_("Provender recovery sheet"))
    sheet.add("title", _("Provender recovery sheet"))
    sheet.add("text", _("Company: {name}").format(name=company))
    sheet.add("text", _("Profile: {name}").format(name=profile))
    sheet.add("text", _("Made on: {day}").format(day=day.isoformat()))
    sheet.add("rule")
    groups = code.groups()
    for at in range(0, len(groups), GROUPS_A_LINE):
        sheet.add("code", "-".join(groups[at : at + GROUPS_A_LINE]))
    sheet.add("rule")
    sheet.add("heading", _("What this is for"))
    sheet.add(
        "text",
        _(
            "This code opens the customer book on its own: when the password is forgotten, when the computer's "
            "keyring is lost, or when a backup is restored on another computer. Without the password and without "
            "this code nobody can open the book, and nobody can help: not the maker of Provender, not the server."
        ),
    )
    sheet.add("heading", _("How to use it"))
    sheet.add(
        "text",
        _(
            "On the unlock screen choose “Forgot password?”, type the code (capitals, spaces and hyphens do not "
            "matter) and choose a new password."
        ),
    )
    sheet.add("heading", _("How to keep it"))
    for point in (
        _("Print it, then delete the file, also from the recycle bin and the printer's list."),
        _("Lock the paper away, in a safe or with your important documents, and never beside the computer."),
        _("Do not photograph it, mail it or store it in the cloud."),
        _(
            "Has somebody seen it, or is it lost? Make a new code in the settings: this one stops working at once."
        ),
    ):
        sheet.add("point", point)
    return sheet
