"""`devices`: who is in, who waits, and who is out."""

from __future__ import annotations

from typing import Final

from app import ids
from app.clock import SystemClock
from app.errors import Conflict, Offline
from app.i18n import N_, _
from ui.console.answer import Answer, plain, table
from ui.console.call import Call
from ui.console.moments import as_json, for_people
from ui.console.online import id_of, online

STATES: Final = {"waiting": N_("waiting"), "active": N_("active"), "revoked": N_("revoked")}


def listing(call: Call) -> Answer:
    """All devices of the company; those that wait as far as the server can be reached."""
    from app.features.trust import devices
    from sync.client import enrol

    failure = None
    with online(call) as road:
        session = road.session
        try:
            road.settle()
            knocks = road.hold(enrol.knocks(session))
            contacts = road.hold(enrol.contacts(session))
        except Offline as error:
            failure, knocks, contacts = error, (), enrol.known_contacts(session)
        lines = devices.lines(
            session.sync.roster, session.sync.device, session.ask(devices.names), contacts, knocks
        )
    document = {
        "devices": [
            {
                "id": ids.show(line.id),
                "name": line.name,
                "member": line.member_name,
                "state": line.state,
                "words": " ".join(line.words),
                "last_contact": as_json(line.last_contact_ms),
                "own": line.is_own,
                "locked": line.is_locked,
            }
            for line in lines
        ]
    }
    rows = [
        (
            ids.show(line.id),
            line.name or _("(no name)"),
            line.member_name,
            _(STATES[line.state]),
            for_people(line.last_contact_ms) if line.last_contact_ms else "",
            " ".join(line.words) if line.state == "waiting" else "",
        )
        for line in lines
    ]
    return Answer(document, table(rows), failure)


def approve(call: Call) -> Answer:
    """Let a waiting device in, after its six words were compared."""
    from sync.client import enrol

    device = id_of(call.options.id)
    with online(call) as road:
        road.settle()
        knock = road.hold(enrol.approve(road.session, device, call.options.words, SystemClock().now_ms()))
        road.settle()
    return Answer(
        {"id": ids.show(device), "state": "active"},
        _("“{name}” is in.").format(name=plain(knock.name or ids.show(device))),
    )


def refuse(call: Call) -> Answer:
    """Turn a waiting device away; its invitation is over."""
    from sync.client import enrol

    device = id_of(call.options.id)
    with online(call) as road:
        road.settle()
        road.hold(enrol.refuse(road.session, device))
        road.settle()
    return Answer({"id": ids.show(device), "state": "refused"}, _("It was turned away."))


def revoke(call: Call) -> Answer:
    """End a device: it gets nothing more, and the books that it had get new keys."""
    from app.features.trust import devices
    from sync.client import enrol

    device = id_of(call.options.id)
    with online(call) as road:
        road.settle()
        session = road.session
        known = session.sync.roster.facts.devices.get(device)
        if known is None or not known.active:
            raise Conflict(_("This device is not active."))
        road.hold(enrol.decide(session, [devices.revoke(device)], SystemClock().now_ms()))
        if device != session.sync.device:
            road.settle()
    return Answer({"id": ids.show(device), "state": "revoked"}, _("The device is revoked."))


COMMANDS: Final = {
    "devices list": listing,
    "devices approve": approve,
    "devices refuse": refuse,
    "devices revoke": revoke,
}
