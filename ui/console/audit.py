"""`audit list` and `audit verify`."""

from __future__ import annotations

from typing import Final

from app import ids
from app.features.trust import audit
from app.features.trust.audit import OUTCOMES
from app.i18n import _, ngettext
from app.model.audit import BrokenTrail
from ui.console.answer import Answer, table
from ui.console.call import Call
from ui.console.grammar import WrongUsage
from ui.console.moments import as_json, for_people


def listing(call: Call) -> Answer:
    """Who did what, newest first."""
    limit = call.options.limit
    if limit < 1:
        raise WrongUsage(_("--limit takes a number from 1 on."))
    with call.opened() as opened:
        lines = opened.session.ask(audit.listed, limit)
    document = {
        "rows": [
            {
                "number": line.number,
                "time": as_json(line.at_ms),
                "member": ids.show(line.member),
                "who": line.who,
                "command": line.command,
                "outcome": line.outcome,
                "count": line.count,
                "detail": dict(line.detail),
                "reason": line.reason,
            }
            for line in lines
        ]
    }
    rows = [
        (str(line.number), for_people(line.at_ms), line.who, _(line.kind) if line.kind else "",
         _(line.what), _(OUTCOMES.get(line.outcome, line.outcome)), str(line.count or ""))
        for line in lines
    ]  # fmt: skip
    return Answer(document, table(rows))


def verify(call: Call) -> Answer:
    """Walk the chain; the first row that does not hold is named."""
    with call.opened() as opened:
        try:
            head = opened.session.ask(audit.verified)
        except BrokenTrail as error:
            document = {"rows": error.number - 1, "head": None, "ok": False, "first_bad": error.number}
            return Answer(document, failure=error)
    return Answer(
        {"rows": head.number, "head": head.hash.hex(), "ok": True, "first_bad": None},
        ngettext(
            "The audit trail is whole: {n} row, head {head}.",
            "The audit trail is whole: {n} rows, head {head}.",
            head.number,
        ).format(n=head.number, head=head.hash.hex()[:16]),
    )


COMMANDS: Final = {"audit list": listing, "audit verify": verify}
