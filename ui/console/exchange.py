"""`import` and `export`."""

from __future__ import annotations

from typing import Final

from app import paths
from app.features.crm.exporting import saving
from app.features.crm.exporting.saving import Export
from app.features.crm.importing import loading
from app.features.crm.importing.layout import Layout
from app.features.crm.importing.loading import Job
from app.features.crm.importing.outcome import Report
from app.i18n import _, ngettext
from ui.console.answer import Answer, plain, table
from ui.console.call import Call
from ui.console.grammar import QUOTES
from ui.console.waiting import showing

SHOWN: Final = 20


def load(call: Call) -> Answer:
    """Import a file as one undoable step, or say what that would do."""
    options = call.options
    job = Job(
        paths.expanded(options.file),
        options.kind,
        chosen=loading.chosen(options.map),
        match=options.match or "",
        rejects=paths.expanded(options.rejects) if options.rejects else None,
        layout=Layout(quote=QUOTES[options.quotes]) if options.quotes else None,
    )
    with call.opened() as opened, showing(_("Rehearsing…") if options.rehearse else _("Importing…")):
        session = opened.session
        report = session.ask(loading.rehearse, job) if options.rehearse else session.do(loading.load, job)
    document = {**report.as_json(), "rehearsal": options.rehearse}
    return Answer(document, _told(report, rehearsal=options.rehearse, rejects=options.rejects))


def save(call: Call) -> Answer:
    """Export everything of a kind that this person may see."""
    path = paths.expanded(call.options.file)
    with call.opened() as opened, showing(_("Exporting…")):
        count = opened.session.ask(saving.save, Export(path, call.options.kind))
    text = ngettext("{n} record was written to {file}.", "{n} records were written to {file}.", count)
    return Answer(
        {"file": str(path), "kind": call.options.kind, "rows": count},
        text.format(n=count, file=plain(str(path))),
    )


COMMANDS: Final = {"import": load, "export": save}


def _told(report: Report, *, rehearsal: bool, rejects: str | None) -> str:
    told = (
        _(
            "Rehearsal of {rows} rows: {created} would be new, {updated} changed, {unchanged} the same, {rejected} "
            "rejected. Nothing was changed."
        )
        if rehearsal
        else _("{rows} rows: {created} new, {updated} changed, {unchanged} the same, {rejected} rejected.")
    )
    lines = [
        told.format(
            rows=report.rows,
            created=report.created,
            updated=report.updated,
            unchanged=report.unchanged,
            rejected=report.rejected_count,
        )
    ]
    for warning in report.as_json()["warnings"]:
        first = warning["examples"][0] if warning["examples"] else {}
        if not first:
            line = _("{warning}: {count}")
        elif first["text"]:
            line = _("{warning}: {count} (first in row {row}: {text})")
        else:
            line = _("{warning}: {count} (first in row {row})")
        lines.append(plain(line.format(warning=warning["text"], count=warning["count"], **first)))
    if report.rejected:
        shown = report.rejected[:SHOWN]
        lines.append(table([(_("row {row}").format(row=one.row), one.column, one.reason) for one in shown]))
        if report.rejected_count > len(shown):
            lines.append(_("… and {n} more.").format(n=report.rejected_count - len(shown)))
        if rejects and not rehearsal:
            lines.append(
                _("The rejected rows are in {file}, with a reason each.").format(file=plain(rejects))
            )
    return "\n".join(lines)
