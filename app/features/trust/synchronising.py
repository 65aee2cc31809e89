"""How every book stands with the server: how far it was followed, what waits, who wrote last, what stopped it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Refused
from app.features.trust import books, connecting, devices
from app.gateway.batches import Halt
from app.gateway.session import Session
from app.i18n import N_, _
from app.ids import Id
from app.model.chain import FAULTS
from app.model.standing import FIELD, Device
from app.model.statements import Stream
from app.store import activity

WHAT_TO_DO = {
    "older": N_(
        "The server was probably restored from a backup, and the devices give it back what it has lost. It goes on by "
        "itself once the server has caught up."
    ),
    "missing": N_(
        "The server was probably restored from a backup, and the devices give it back what it has lost. It goes on by "
        "itself once the server has caught up."
    ),
}
"""By fault. For all others OTHERWISE."""
OTHERWISE = N_(
    "Nothing on this computer was changed, and this book is not synchronised any more. Save the evidence and show it to "
    "whoever runs the server. Let it go on only once it is known what happened."
)

UNKNOWN = N_("The server showed something that cannot be right.")


@dataclass(frozen=True, slots=True)
class Wrote:
    """A device, and when the server has received what it wrote last, as far as it was verified here."""

    device: Id
    name: str
    at_ms: int | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One stream: a book, or the restricted fields of one."""

    stream: Stream
    book: str
    is_company: bool
    is_office: bool
    position: int
    unsent: int
    steps: int
    size_bytes: int
    epoch: int
    """Number of the present key; 0 for none yet."""
    wrote: tuple[Wrote, ...]
    halt: Halt | None

    @property
    def trouble(self) -> str:
        """What stopped it, in a sentence; empty while it goes on."""
        return "" if self.halt is None else trouble(self.halt.fault)

    @property
    def way_out(self) -> str:
        """What to do about that."""
        return "" if self.halt is None else _(WHAT_TO_DO.get(self.halt.fault, OTHERWISE))


@dataclass(frozen=True, slots=True)
class Overview:
    """`host` is empty for a company without a server."""

    host: str
    lines: tuple[Line, ...]


def trouble(fault: str) -> str:
    """A fault of chain.FAULTS as a sentence."""
    known = {name: text for name, text in FAULTS.items() if name == fault}
    return _(next(iter(known.values()), UNKNOWN))


def look(session: Session) -> Overview:
    """Everything that the page about synchronisation shows."""
    sync = session.sync
    known = connecting.server(sync)
    if known is None:
        return Overview("", ())
    try:
        titles, (device_names, members) = session.ask(books.names), session.ask(devices.names)
    except Refused:
        titles, device_names, members = {}, {}, {}
    facts, own = sync.roster.facts, sync.device
    waiting = sync.waiting()
    halts = {halt.stream: halt for halt in reversed(sync.halts())}
    with session.database.reader() as connection:
        shares = activity.shares(connection, session.ground.devices, session.ground.books)
    lines = []
    for stream in sorted({*sync.streams(), *halts}):
        of = [share for share in shares if share.stream == stream]
        wrote = tuple(
            Wrote(
                Id(share.device),
                called(share.device, device_names, members, facts.devices),
                share.receipt_ms,
                share.device == own,
            )
            for share in of
        )
        epoch = facts.epochs.get(stream)
        lines.append(
            Line(
                stream,
                titles.get(Id(stream.book), ""),
                stream.book == facts.company_book,
                stream.tier != FIELD,
                sync.chain(stream).position,
                waiting.get(stream, 0),
                sum(share.steps for share in of),
                sum(share.size_bytes for share in of),
                epoch.number if epoch is not None else 0,
                wrote,
                halts.get(stream),
            )
        )
    lines.sort(key=lambda line: (not line.is_company, line.book.casefold(), line.stream))
    return Overview(known.host, tuple(lines))


def resume(session: Session, stream: Stream) -> None:
    """Let a stream go on that somebody has looked at; the evidence stays."""
    session.note("book.resumed", "done")
    session.sync.resume(stream)


def called(
    device: bytes, names: Mapping[Id, str], members: Mapping[Id, str], known: Mapping[bytes, Device]
) -> str:
    """How people call a device: by its member, with its own name."""
    name = names.get(Id(device), "") or _("A device")
    owner = known.get(device)
    person = members.get(Id(owner.member), "") if owner is not None else ""
    return _("{person} ({device})").format(person=person, device=name) if person else name
