"""Everything of an open book that stands on its writing connection; made anew when that changes or a write failed."""

from __future__ import annotations

from collections.abc import Callable

from app.model.statements import Stream
from app.store.aside import Asides
from app.store.audit_log import AuditLog
from app.store.confirmed import Confirmed
from app.store.database import Database
from app.store.facts import Facts
from app.store.journal import Journal
from app.store.numbers import Numbers
from app.store.outbox import Outbox
from app.store.quarantine import QuarantineLog
from app.store.reader import Reader
from app.store.restoring import Restoring
from app.store.roster_log import RosterLog
from app.store.streams import Streams
from app.store.tables import Tables
from app.store.undo_log import UndoLog
from app.store.unknown import UnknownRecords

SERVER = "server"
"""The fact that says that the company is connected; only then is there anything that waits to be confirmed."""


class Ground:
    """The store's parts, each on the writer."""

    def __init__(self, database: Database, device: bytes, now_ms: Callable[[], int]) -> None:
        writer = self.writer = database.writer
        self.device = device
        self.devices = Numbers(writer, "device_number")
        self.books = Numbers(writer, "book_number")
        self.tables = Tables(writer, self.devices, self.books, now_ms)
        self.journal = Journal(writer, self.devices, self.books)
        self.audit = AuditLog(writer, device)
        self.undo = UndoLog(writer)
        self.facts = Facts(writer)
        self.reader = Reader(writer, self.books)
        self.roster_log = RosterLog(writer)
        self.streams = Streams(writer, self.devices, self.books)
        self.asides = Asides(writer, self.devices, self.books, self.streams)
        self.outbox = Outbox(writer, self.books)
        self.quarantine = QuarantineLog(writer, self.devices, self.books)
        self.is_connected = self.facts.get(SERVER) is not None

    def confirmed(self, stream: Stream, erased: frozenset[bytes]) -> Confirmed:
        """The confirmed state of one stream."""
        return Confirmed(
            self.tables, self.asides, self.journal, self.streams, self.devices, self.books,
            self.unknown(stream), stream, self.device, erased,
        )  # fmt: skip

    def restoring(self, stream: Stream) -> Restoring:
        """What puts a snapshot in the place of one stream."""
        return Restoring(
            self.writer, self.tables, self.asides, self.journal, self.streams, self.quarantine,
            self.unknown(stream), self.devices, self.books, stream,
        )  # fmt: skip

    def unknown(self, stream: Stream) -> UnknownRecords:
        """Records of a stream whose kinds this program does not know yet."""
        return UnknownRecords(self.writer, self.books, stream)
