"""`server connect` and `sync`."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

from app.errors import AppError, Invalid, Offline
from app.i18n import _
from ui.console.answer import Answer, plain, table
from ui.console.call import Call
from ui.console.moments import as_json, for_people
from ui.console.online import Online, online, reach, read

TOKEN_BYTES: Final = 32
WATCH_S: Final = 2.0
"""How often `sync --watch` looks whether anything has changed its state."""


def connect(call: Call) -> Answer:
    """Make this company known to a server, and send it everything."""
    from app.features.trust import connecting
    from app.features.trust.connecting import Server
    from sync.client import enrol, status
    from sync.client.talk import drive
    from sync.protocol.codec import read_token
    from sync.protocol.problems import Problem

    options = call.options
    url = connecting.address(options.url)
    try:
        token = read_token(read(options.token_file, _("a token")))
    except Problem as error:
        raise Invalid("token", _("{path} does not hold a token.").format(path=options.token_file)) from error
    if len(token) != TOKEN_BYTES:  # the server would only say that it does not understand us
        raise Invalid("token", _("{path} does not hold a token.").format(path=options.token_file))
    pin = _pin(read(options.pin, _("a pin"))) if options.pin else b""
    with call.opened() as opened:
        transport = reach(Server(url, pin, b""))
        try:
            line = status_line(opened, url, transport)
            known = drive(enrol.connect(opened.session, url, pin, token), line)
            report = status.once(opened.session, transport)
        finally:
            transport.close()
        company = opened.session.identity.company_name
    document = {"company": company, "server": known.url, "sent": report.sent}
    return Answer(
        document,
        _("“{company}” is connected to {server}, and everything in it was sent, sealed.").format(
            company=plain(company), server=plain(known.url)
        ),
    )


def status_line(opened: Any, url: str, transport: Any) -> Any:
    """A line that signs in for a server that the vault does not know yet."""
    from app.clock import SystemClock
    from sync.client.line import Line, host_of

    return Line(transport, opened.session.sync, host_of(url), SystemClock())


def synchronise(call: Call) -> Answer:
    """Fetch and send once, or until Ctrl+C."""
    with online(call) as road:
        if call.options.watch:
            return _watch(road)
        report = road.settle()
        if call.options.join and _joined(road):
            report = road.settle()
        halts = road.session.sync.halts()
        document = {
            "sent": report.sent,
            "received": report.received,
            "conflicts": report.conflicts,
            "quarantined": report.quarantined,
            "seconds": round(report.seconds, 3),
            "bytes": report.bytes,
            "void": report.void,
            "waiting": report.knocks,
            "unsent": road.session.unsent(),
            "stopped": [{"fault": halt.fault, "position": halt.position} for halt in halts],
        }
    failure: AppError | None = None
    if report.faults:
        failure = report.faults[0]
    elif report.problems:
        failure = report.problems[0]
    rows = [
        (_("Sent"), str(report.sent)),
        (_("Received"), str(report.received)),
        (_("To be decided"), str(report.conflicts)),
        (_("Without effect"), str(report.quarantined + report.void)),
        (_("Not yet sent"), str(document["unsent"])),
    ]
    if report.knocks:
        rows.append((_("Devices that wait"), str(report.knocks)))
    return Answer(document, table(rows), failure)


def _joined(road: Online) -> bool:
    """Say that histories of our books that have parted may come together; whether there was anything to be said."""
    from sync.client import branches

    sync = road.session.sync
    said = [road.hold(branches.join(sync, stream)) for stream in sync.streams()]
    return True in said


def _watch(road: Online) -> Answer:
    """Go on until Ctrl+C; each change of state is one line on standard output."""
    from app.features.trust.connecting import server
    from sync.client.runner import Runner

    known = server(road.session.sync)
    assert known is not None
    runner, locked = Runner(road.session, lambda: reach(known)), threading.Event()
    runner.on_lock(locked.set)
    started_ms, seen = int(time.time() * 1000), None
    runner.start()
    try:
        while not locked.is_set():
            now = runner.status()
            if (now.state, now.problem) != seen:
                seen = (now.state, now.problem)
                line = f"{for_people(int(time.time() * 1000))}  {now.state.value}  {plain(now.problem)}"
                print(line.rstrip(), flush=True)
            time.sleep(WATCH_S / 10)
    except KeyboardInterrupt:
        pass
    finally:
        runner.stop()
    if locked.is_set():
        raise road.lock()
    last = runner.status()
    document = {
        "state": last.state.value, "unsent": last.unsent, "since": as_json(started_ms),
        "synced": as_json(last.synced_ms) if last.synced_ms else None,
    }  # fmt: skip
    return Answer(document, "", Offline(last.problem) if last.state.value == "offline" else None)


def _pin(text: str) -> bytes:
    """The pin of its 64 hexadecimal digits. Raises Invalid."""
    try:
        pin = bytes.fromhex(text)
    except ValueError:
        pin = b""
    if len(pin) != 32:
        raise Invalid(
            "pin", _("A pin has 64 hexadecimal digits; “provender-server init” writes it to a file.")
        )
    return pin


COMMANDS: Final = {"server connect": connect, "sync": synchronise}
