"""The audit trail as stored: one row per command, written in the command's own transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby, islice

from app.errors import Damaged
from app.i18n import _
from app.model.audit import (
    FORMAT,
    GENESIS,
    MOST_TOUCHED,
    START,
    AuditRow,
    BrokenTrail,
    Head,
    Outcome,
    canonical_row,
    link,
    verify,
)
from app.model.encoding import decode
from app.store.database import Connection


class AuditLog:
    """The chain of this device."""

    def __init__(self, connection: Connection, device: bytes) -> None:
        self._connection, self._device = connection, device

    def head(self) -> Head:
        """The last row's number and hash."""
        row = self._connection.execute(
            "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1"
        ).fetchone()
        return Head(row[0], row[1]) if row else Head(0, GENESIS)

    def hash_at(self, number: int) -> bytes | None:
        """The hash of a row, as rollback protection compares it; 0 is the trail before its first row."""
        if number == 0:
            return GENESIS
        row = self._connection.execute("SELECT hash FROM audit WHERE number = ?", (number,)).fetchone()
        return row[0] if row else None

    def append(
        self,
        time_ms: int,
        member: bytes,
        command: str,
        outcome: Outcome,
        touched: list[bytes],
        detail: Mapping[str, str | int],
        reason: str = "",
        count: int | None = None,
    ) -> Head:
        """Write one row; `count` where more were touched than are named. Raises what the driver raises: without its row a command does not happen."""
        number, previous = self.head()
        row = AuditRow(
            number + 1,
            self._device,
            time_ms,
            member,
            command,
            outcome,
            tuple(islice(touched, MOST_TOUCHED)),
            len(touched) if count is None else count,
            detail,
            reason,
        )
        hash_ = link(previous, row)
        self._connection.execute(
            "INSERT INTO audit (number, at, member, command, outcome, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.number, time_ms, member, command, outcome, canonical_row(row), hash_),
        )
        return Head(row.number, hash_)

    def rows(self, newest: int = 0, most: int = 200, after: int = 0) -> list[AuditRow]:
        """Rows with numbers above `after`, newest first; `newest` limits from above (0: no limit)."""
        found = self._connection.execute(
            "SELECT body FROM audit WHERE number > ? AND number <= ? ORDER BY number DESC LIMIT ?",
            (after, newest or 2**62, most),
        ).fetchall()
        return [read(body) for (body,) in found]

    def verify(self, end: Head | None = None) -> Head:
        """Walk the whole chain, through `end` where one is known. Raises BrokenTrail, which names the first bad row.

        A vault that was copied goes on as a new device: its rows continue the chain of the old one's.
        """
        head = START
        for _device, rows in groupby(self._stored(), key=lambda one: one[0].device):
            head = verify(rows, head)
        if end is not None and self.hash_at(end.number) != end.hash:
            verify((), head, end)
        return head

    def _stored(self) -> Iterator[tuple[AuditRow, bytes]]:
        cursor = self._connection.execute(
            "SELECT number, at, member, command, outcome, body, hash FROM audit ORDER BY number"
        )
        for number, at, member, command, outcome, body, hash_ in cursor:
            try:
                row = read(body)
            except (Damaged, ValueError, TypeError):
                raise BrokenTrail(
                    number, _("Audit row {number} cannot be read: it was altered.").format(number=number)
                ) from None
            # The columns serve the list; they must say what the chained body says.
            if (row.number, row.time_ms, row.member, row.command, row.outcome) != (
                number,
                at,
                member,
                command,
                outcome,
            ):
                row = row._replace(number=number, time_ms=at, member=member, command=command, outcome=outcome)
            yield row, hash_


def read(body: bytes) -> AuditRow:
    """The row of its bytes. Raises Damaged."""
    parts = decode(body)
    if not isinstance(parts, list) or len(parts) != 11 or parts[0] != FORMAT:
        raise Damaged(_("A row of the audit trail cannot be read."))
    number, device, time_ms, member, command, outcome, touched, count, detail, reason = parts[1:]
    return AuditRow(number, device, time_ms, member, command, outcome, tuple(touched), count, detail, reason)
