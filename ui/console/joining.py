"""`invite` and `join`: how a device comes into a company."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

from app import bootstrap
from app.clock import SystemClock
from app.errors import Conflict, Refused, Unwritable, WrongPassword, reason
from app.i18n import _
from app.vault import profiles
from ui.console.answer import Answer, plain
from ui.console.call import Call
from ui.console.moments import as_json, for_people
from ui.console.online import book_of, online, reach, read
from ui.console.vault import code_text

LOOK_EVERY_S: Final = 2.0


def invite(call: Call) -> Answer:
    """Invite somebody; the link goes into a file that only this person may read."""
    from app import ids
    from app.features.trust import books
    from sync.client import enrol

    options = call.options
    target = Path(options.link_file)
    if target.exists():
        raise Unwritable(_("{path} is there already. Choose another name.").format(path=target))
    with online(call) as road:
        road.settle()
        session = road.session
        names = session.ask(books.names)
        own = {book: name for book, name in names.items() if book in session.identity.books}
        wanted = (
            list(session.identity.books)
            if options.books == "all"
            else [book_of(own, name.strip()) for name in options.books.split(",") if name.strip()]
        )
        offices = wanted if options.office else []
        made = road.hold(
            enrol.invite(
                session, SystemClock().now_ms(), name=options.name, email=options.email, role=options.role,
                books=wanted, offices=offices,
            )
        )  # fmt: skip
        road.settle()
    _write(target, made.link)
    document = {
        "invite": ids.show(made.record.id),
        "link_file": str(target),
        "until": as_json(made.until_ms),
    }
    return Answer(
        document,
        _(
            "The invitation of {name} is in {file}, good until {until}. Hand it over by a safe way: whoever has it may "
            "knock once. Compare the six words before you let the device in."
        ).format(name=plain(options.name), file=plain(str(target)), until=for_people(made.until_ms)),
    )


def join(call: Call) -> Answer:
    """Knock with an invitation, show the six words, and wait until somebody has opened."""
    from sync.client import enrol, status
    from sync.client.line import Line
    from sync.client.talk import drive
    from sync.protocol.problems import Problem

    waiting = _waiting(call)
    if isinstance(waiting, bootstrap.Open):
        waiting.close()
        raise Conflict(_("This device has been let in already."))
    opened, is_unknown = None, False
    try:
        joining, profile = waiting.joining, waiting.profile.name
        code = waiting.recovery_code.text() if waiting.recovery_code else ""
        words = " ".join(joining.words)
        # On standard error: whoever reads the document from standard output needs them before it is there.
        print(_("Read these six words to whoever lets you in: {words}").format(words=words), file=sys.stderr)
        if code:
            print(code_text(code), file=sys.stderr)
        sys.stderr.flush()
        document = {"profile": profile, "words": words, "recovery_code": code, "state": "waiting"}
        transport = reach(joining.server)
        try:
            try:
                drive(enrol.knock(joining), transport)
            except Problem as problem:
                is_unknown = bool(call.options.link_file) and problem.name == "invite_unknown"
                raise
            state = _wait(call, lambda: drive(enrol.look(joining), transport))
            if state == "refused":
                raise Refused(_("Nobody let this device in: the invitation is over. Ask for a new one."))
            if state == "waiting":
                text = _("Nobody has let this device in yet. “provender join” goes on waiting.")
                return Answer(document, text)
            drive(enrol.enter(joining), Line(transport, joining, joining.server.host, SystemClock()))
            opened = waiting.enter()
            status.once(opened.session, transport)
            bootstrap.learn_names(opened)
        finally:
            transport.close()
        company = opened.session.identity.company_name
        document |= {"state": "active", "company": company}
        return Answer(document, _("You are in: “{company}”.").format(company=plain(company)))
    finally:
        (opened or waiting).close()
        if (
            is_unknown
        ):  # a vault that was made for this invitation alone would only stand in the way of the next one
            profiles.delete(waiting.profile, bootstrap.keychain())


def _waiting(call: Call) -> bootstrap.Open | bootstrap.Waiting:
    """A vault that waits: a new one for a link, or one that was begun before."""
    options = call.options
    keychain = bootstrap.keychain()
    if options.link_file:
        link = read(options.link_file, _("an invitation"))
        password = call.secrets.new(_("New password"), alone=not keychain.is_safe)
        return bootstrap.join_company(
            call.home, link, options.name or _device_name(), password, profile=call.profile, keychain=keychain
        )
    profile = profiles.chosen(call.home, call.profile)
    opened = bootstrap.open_profile(
        profile, call.secrets.ask(_("Password")), keychain=keychain, keep_hours=None
    )
    if opened is None:
        raise WrongPassword(_("The password does not open this vault."))
    return opened


def _wait(call: Call, look: object) -> str:
    """Ask until there is an answer, or the time is over that --wait gives."""
    assert callable(look)
    until_s = None if call.options.wait is None else time.monotonic() + call.options.wait
    while True:
        state = str(look())
        if state != "waiting" or (until_s is not None and time.monotonic() >= until_s):
            return state
        time.sleep(LOOK_EVERY_S)


def _device_name() -> str:
    import platform

    return platform.node() or _("This computer")


def _write(target: Path, link: str) -> None:
    """Write a link where only this person may read it. Raises Unwritable."""
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(link + "\n")
    except OSError as error:
        raise Unwritable(
            _("{path} cannot be written: {reason}.").format(path=target, reason=reason(error))
        ) from error


COMMANDS: Final = {"invite": invite, "join": join}
