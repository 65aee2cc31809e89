"""`doctor`: what is wrong on this computer, and what to do about it."""

from __future__ import annotations

from typing import Final

from app import bootstrap
from app.clock import SystemClock
from app.errors import AppError, Locked, NotFound
from app.features.trust import doctor
from app.features.trust.doctor import LABELS, Check
from app.i18n import N_, _, ngettext
from ui.console.answer import Answer, plain
from ui.console.call import Call

OUTCOMES: Final = {"ok": N_("good"), "warn": N_("note"), "fail": N_("bad")}


class Unwell(AppError):
    """At least one check failed."""

    code = "unwell"


def examine(call: Call) -> Answer:
    """Check from outside, then, where the book opens, from inside."""
    folder, checks = None, []
    try:
        folder = call.chosen().folder
    except NotFound as error:
        if call.profile is not None:
            raise
        checks.append(Check("opening", "warn", error.text))
    checks = [*doctor.outside(call.home, folder, bootstrap.keychain(), SystemClock()), *checks]
    if folder is not None:
        try:
            with call.opened() as opened:
                checks.append(Check("opening", "ok", _("The book opens.")))
                checks += doctor.inside(opened, opened.verdict)
        except Locked as error:
            # Nothing is wrong: nobody gave the password, or the window has the book.
            checks.append(Check("opening", "warn", error.text))
        except AppError as error:
            checks.append(Check("opening", "fail", error.text))
    by_name = {check.name: check for check in checks}
    failed = sum(check.outcome == "fail" for check in by_name.values())
    failure = None
    if failed:
        text = ngettext("{n} check failed.", "{n} checks failed.", failed).format(n=failed)
        failure = Unwell(text)
    document = {
        "ok": not failed,
        "checks": [
            {"name": check.name, "outcome": check.outcome, "text": check.text, "remedy": check.remedy}
            for check in by_name.values()
        ],
    }
    return Answer(document, "\n".join(_lines(check) for check in by_name.values()), failure)


COMMANDS: Final = {"doctor": examine}


def _lines(check: Check) -> str:
    said = _("{name}: {text}").format(name=_(LABELS[check.name]), text=plain(check.text))
    line = f"{_(OUTCOMES[check.outcome]):<5} {said}"
    return f"{line}\n      → {plain(check.remedy)}" if check.remedy else line
