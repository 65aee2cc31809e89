"""`conflicts`: what two people wrote at once, and which of it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app import ids
from app.errors import Invalid, NotFound
from app.i18n import _
from ui.console.answer import Answer, plain, table
from ui.console.call import Call
from ui.console.moments import as_json, for_people
from ui.console.online import id_of

if TYPE_CHECKING:
    from app.features.alternatives import Value
    from app.features.review import Conflict, Tray
    from app.ids import Id

THE_RECORD: Final = "record"
"""What stands for a field where a record was deleted here and edited there."""


def listing(call: Call) -> Answer:
    """All that waits for a decision, and all that had no effect."""
    from app.features import review

    with call.opened() as opened:
        tray = review.look(opened.session)
    document = {
        "conflicts": [
            {
                "kind": one.kind,
                "id": ids.show(one.id),
                "title": one.title,
                "field": one.field or THE_RECORD,
                "values": [
                    {
                        "number": number,
                        "value": _text(one, value),
                        "author": _said_by(tray, value.device, value.author),
                        "device": tray.authors.get(value.device, ""),
                        "at": as_json(value.at_ms),
                        "shown": value.is_shown,
                    }
                    for number, value in enumerate(one.values, 1)
                ],
            }
            for one in tray.conflicts
        ],
        "held": [
            {
                "author": _said_by(tray, one.device, one.author),
                "device": tray.authors.get(one.device, ""),
                "book": one.book,
                "at": as_json(one.at_ms),
                "reason": one.reason,
            }
            for one in tray.held
        ],
    }
    rows = [
        (
            one.kind,
            ids.show(one.id),
            one.title,
            one.field or THE_RECORD,
            f"{number}{'*' if value.is_shown else ''}",
            _said_by(tray, value.device, value.author),
            for_people(value.at_ms),
            _text(one, value),
        )
        for one in tray.conflicts
        for number, value in enumerate(one.values, 1)
    ]
    lines = [table(rows)] if rows else []
    lines += [
        _("Without effect: {author}, {when}: {reason}").format(
            author=plain(_said_by(tray, one.device, one.author)),
            when=for_people(one.at_ms),
            reason=one.reason,
        )
        for one in tray.held
    ]
    return Answer(document, "\n".join(lines) or _("Nothing waits for a decision."))


def keep(call: Call) -> Answer:
    """Keep one value, write another one, or let the deletion of a record stand."""
    from app.features import review

    options = call.options
    record = id_of(options.id)
    with call.opened() as opened:
        session = opened.session
        found = next(
            (
                one
                for one in review.waiting(session)
                if (one.kind, one.id, one.field or THE_RECORD) == (options.kind, record, options.field)
            ),
            None,
        )
        if found is None:
            raise NotFound(_("Nothing is to be decided there. “provender conflicts list” shows what is."))
        if found.declared is None:
            session.do(review.delete if options.delete else review.keep, found.kind, found.id)
        else:
            value = _chosen(found, options)
            session.do(review.decide, found.kind, found.id, found.field, value, found.seen)
    document = {"kind": options.kind, "id": options.id, "field": options.field}
    return Answer(document, _("It is decided."))


def _chosen(found: Conflict, options: Any) -> Any:
    """The value that is meant. Raises Invalid."""
    assert found.declared is not None
    if options.value is not None:
        return found.declared.parse(options.value)
    if options.number is None or not 1 <= options.number <= len(found.values):
        raise Invalid("number", _("Say which value with --number, or another one with --value."))
    return found.values[options.number - 1].value


def _said_by(tray: Tray, device: Id, author: str) -> str:
    """The person and the device: what a device calls itself alone tells nobody who wrote."""
    return tray.authors.get(device) or author


def _text(conflict: Conflict, value: Value) -> str:
    if conflict.declared is None:
        return _("edited") if value.value else _("deleted")
    return conflict.declared.text(value.value) if value.value is not None else ""


COMMANDS: Final = {"conflicts list": listing, "conflicts keep": keep}
