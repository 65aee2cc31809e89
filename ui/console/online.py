"""An open book with a line to its server: what every command needs that talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from app import bootstrap
from app.clock import SystemClock
from app.errors import AppError, Conflict, Invalid, Locked, NotFound, Unreadable, reason
from app.i18n import _
from app.ids import Id
from ui.console.call import Call

if TYPE_CHECKING:
    from app.features.trust.connecting import Server
    from app.gateway.session import Session
    from sync.client.line import Line
    from sync.client.talk import Talk
    from sync.client.transport import Transport

T = TypeVar("T")
MOST_BYTES: Final = 64 * 1024
"""Of a file with a token, a pin or a link."""


class Online(NamedTuple):
    """An open book, and the road to its server."""

    opened: bootstrap.Open
    transport: Transport
    line: Line

    @property
    def session(self) -> Session:
        return self.opened.session

    def hold(self, talk: Talk[T]) -> T:
        """Hold a conversation with the server."""
        from sync.client.talk import drive

        return drive(talk, self.line)

    def settle(self) -> Any:
        """Fetch and send until nothing is left to be done; what that did. Raises Locked where the company asks this
        computer to lock: the keyring reopens the book no more."""
        from sync.client import status

        report = status.once(self.session, self.transport)
        if report.is_locked:
            raise self.lock()
        bootstrap.learn_names(self.opened)
        return report

    def lock(self) -> Locked:
        """Close the book so that only a password opens it; what is to be said of that."""
        self.opened.close(forget=True)
        return Locked(_("Somebody of your company has asked this computer to lock."))


@contextmanager
def online(call: Call) -> Iterator[Online]:
    """The open book of a connected company. A copied vault first becomes a device of its own. Raises Conflict."""
    from sync.client import enrol
    from sync.client.line import Line

    with call.opened() as opened:
        known = enrol.server_of(opened.session)
        transport = reach(known)
        try:
            if opened.must_replace:
                _replace(opened, known, transport)
            yield Online(opened, transport, Line(transport, opened.session.sync, known.host, SystemClock()))
        finally:
            transport.close()


def reach(known: Server) -> Transport:
    """A way to a server; nothing is connected yet."""
    from sync.client.transport import Transport

    return Transport(known.url, known.pin)


def read(path: str, what: str) -> str:
    """The one line of a small file. Raises Unreadable."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(
            _("{path} cannot be read: {reason}.").format(path=path, reason=reason(error))
        ) from error
    try:
        text = data.decode("ascii").strip()
    except UnicodeDecodeError:
        text = ""
    if not text or len(data) > MOST_BYTES or len(text.split()) != 1:
        raise Unreadable(_("{path} does not hold {what}.").format(path=path, what=what))
    return text


def book_of(names: dict[Id, str], wanted: str) -> Id:
    """The book of a name or id. Raises NotFound, Conflict."""
    return _one(names, wanted, _("There is no book called “{name}”. “provender books list” shows them."))


def member_of(names: dict[Id, str], wanted: str) -> Id:
    """The member of a name or id. Raises NotFound, Conflict."""
    return _one(names, wanted, _("There is no member called “{name}”. “provender devices list” shows them."))


def id_of(text: str) -> Id:
    """An id as it was printed. Raises Invalid."""
    from app import ids

    try:
        return ids.parse(text)
    except (AppError, ValueError) as error:
        raise Invalid("id", _("“{text}” is not an id. Copy it from the list.").format(text=text)) from error


def _one(names: dict[Id, str], wanted: str, missing: str) -> Id:
    from app import ids

    found = [
        id_
        for id_, name in names.items()
        if wanted.casefold() == name.casefold() or wanted.lower() == ids.show(id_).lower()
    ]
    if not found:
        raise NotFound(missing.format(name=wanted))
    if len(found) > 1:
        raise Conflict(_("Several are called “{name}”. Give the id instead.").format(name=wanted))
    return found[0]


def _replace(opened: bootstrap.Open, known: Server, transport: Transport) -> None:
    from sync.client import enrol
    from sync.client.line import Line
    from sync.client.talk import drive

    successor = bootstrap.begin_replacing(opened)
    drive(enrol.replace(successor), Line(transport, successor, known.host, SystemClock()))
    bootstrap.finish_replacing(opened, successor)
