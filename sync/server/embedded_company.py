"""Rows of companies: rosters, sessions, invites, heartbeats, and the operator's own.

These statements, and those of embedded_streams and embedded_shelves, are PostgreSQL's too (sync/server/postgres_rows):
what the two engines say differently is left out of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from app.model.statements import Signed, Stream
from sync.server.storage import (
    AdmissionRow,
    BeatRow,
    CompanyRow,
    ContactRow,
    InviteRow,
    SessionRow,
)

OF_COMPANY = (
    *("statement", "stream", "device_end", "batch", "subject_key", "nonce", "session", "invite", "object"),
    *("chunk", "snapshot", "counter", "contact", "beat", "deposit", "company"),
)
"""Every table that has rows of companies."""


class Rows:
    """A connection within a transaction."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def _do(self, sql: str, *values: Any) -> None:
        self._connection.execute(sql, values)

    def _count(self, sql: str, *values: Any) -> int:
        """How many rows it changed."""
        changed: int = self._connection.execute(sql, values).rowcount
        return changed

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def _one(self, sql: str, *values: Any) -> Any:
        return self._connection.execute(sql, values).fetchone()

    def _all(self, sql: str, *values: Any) -> list[Any]:
        rows: list[Any] = self._connection.execute(sql, values).fetchall()
        return rows

    def _each(self, sql: str, *values: Any) -> Iterable[Any]:
        """Read as they are taken."""
        rows: Iterable[Any] = self._connection.execute(sql, values)
        return rows

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self._connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO part")
            self._connection.execute("RELEASE part")
            raise
        self._connection.execute("RELEASE part")


class CompanyRows(Rows):
    """Rows of companies and of the operator."""

    __slots__ = ()

    # ---- the operator's

    def fact(self, name: str) -> bytes | None:
        row = self._one("SELECT value FROM fact WHERE name = ?", name)
        return row[0] if row else None

    def put_fact(self, name: str, value: bytes) -> None:
        self._do(
            "INSERT INTO fact (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            *(name, value),
        )

    def add_admission(self, check: bytes, until_ms: int) -> None:
        self._do("INSERT INTO admission (code, until_ms) VALUES (?, ?)", check, until_ms)

    def admission(self, check: bytes) -> AdmissionRow | None:
        row = self._one("SELECT code, until_ms, company FROM admission WHERE code = ?", check)
        return AdmissionRow(*row) if row else None

    def use_admission(self, check: bytes, company: bytes) -> None:
        self._do("UPDATE admission SET company = ? WHERE code = ?", company, check)

    def companies(self) -> list[bytes]:
        return [row[0] for row in self._all("SELECT company FROM company ORDER BY company")]

    # ---- companies and their rosters

    def add_company(self, company: bytes, now_ms: int) -> None:
        self._do("INSERT INTO company (company, admitted_ms) VALUES (?, ?)", company, now_ms)

    def company(self, company: bytes, *, lock: bool = False) -> CompanyRow | None:
        row = self._one(
            "SELECT company, admitted_ms, suspended, length, head, restored_ms, quota_bytes FROM company"
            " WHERE company = ?",
            company,
        )
        return CompanyRow(row[0], row[1], bool(row[2]), *row[3:]) if row else None

    def suspend(self, company: bytes, suspended: bool) -> None:
        self._do("UPDATE company SET suspended = ? WHERE company = ?", int(suspended), company)

    def set_quota(self, company: bytes, quota_bytes: int) -> None:
        self._do("UPDATE company SET quota_bytes = ? WHERE company = ?", quota_bytes, company)

    def set_restored(self, company: bytes, at_ms: int) -> None:
        self._do("UPDATE company SET restored_ms = ? WHERE company = ?", at_ms, company)

    def delete_company(self, company: bytes) -> None:
        for table in OF_COMPANY:
            self._do(f"DELETE FROM {table} WHERE company = ?", company)

    def used_bytes(self, company: bytes) -> int:
        row = self._one(
            "SELECT (SELECT coalesce(sum(size_bytes), 0) FROM stream WHERE company = ?)"
            " + (SELECT coalesce(sum(size_bytes), 0) FROM chunk WHERE company = ?)",
            company,
            company,
        )
        return int(row[0])

    def add_statement(self, company: bytes, at: int, hash_: bytes, signed: Signed) -> None:
        self._do(
            "INSERT INTO statement (company, at, hash, data, signature) VALUES (?, ?, ?, ?, ?)",
            *(company, at, hash_, signed.data, signed.signature),
        )
        self._do("UPDATE company SET length = ?, head = ? WHERE company = ?", at + 1, hash_, company)

    def statements(self, company: bytes, start: int, most: int) -> list[Signed]:
        rows = self._all(
            "SELECT data, signature FROM statement WHERE company = ? AND at >= ? ORDER BY at LIMIT ?",
            *(company, start, most),
        )
        return [Signed(*row) for row in rows]

    def cut_statements(self, company: bytes, length: int, head: bytes) -> None:
        self._do("DELETE FROM statement WHERE company = ? AND at >= ?", company, length)
        self._do("UPDATE company SET length = ?, head = ? WHERE company = ?", length, head, company)

    # ---- sessions

    def use_nonce(self, company: bytes, nonce: bytes, until_ms: int) -> bool:
        return bool(
            self._count(
                "INSERT INTO nonce (company, nonce, until_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                *(company, nonce, until_ms),
            )
        )

    def add_session(self, company: bytes, check: bytes, device: bytes, until_ms: int) -> None:
        self._do(
            "INSERT INTO session (company, code, device, until_ms) VALUES (?, ?, ?, ?)",
            *(company, check, device, until_ms),
        )

    def session(self, company: bytes, check: bytes) -> SessionRow | None:
        row = self._one("SELECT device, until_ms FROM session WHERE company = ? AND code = ?", company, check)
        return SessionRow(*row) if row else None

    def tidy(self, company: bytes, now_ms: int) -> None:
        self._do("DELETE FROM session WHERE company = ? AND until_ms <= ?", company, now_ms)
        self._do("DELETE FROM nonce WHERE company = ? AND until_ms <= ?", company, now_ms)
        self._do("DELETE FROM invite WHERE company = ? AND until_ms <= ?", company, now_ms)

    # ---- letting devices in

    def add_invite(self, company: bytes, invite: InviteRow) -> None:
        self._do(
            "INSERT INTO invite (company, invite, code, author, until_ms, device, signing, sealing, sealed,"
            " at_ms, refused) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(company, *invite[:9], int(invite.refused)),
        )

    def invite(self, company: bytes, invite: bytes) -> InviteRow | None:
        row = self._one(f"{_INVITE} AND invite = ?", company, invite)
        return InviteRow(*row)._replace(refused=bool(row[9])) if row else None

    def invites(self, company: bytes) -> list[InviteRow]:
        rows = self._all(f"{_INVITE} ORDER BY invite", company)
        return [InviteRow(*row)._replace(refused=bool(row[9])) for row in rows]

    def put_invite(self, company: bytes, invite: InviteRow) -> None:
        self.remove_invite(company, invite.invite)
        self.add_invite(company, invite)

    def remove_invite(self, company: bytes, invite: bytes) -> None:
        self._do("DELETE FROM invite WHERE company = ? AND invite = ?", company, invite)

    # ---- heartbeats

    def put_contact(self, company: bytes, device: bytes, at_ms: int) -> None:
        self._do(
            "INSERT INTO contact (company, device, at_ms) VALUES (?, ?, ?)"
            " ON CONFLICT (company, device) DO UPDATE SET at_ms = excluded.at_ms",
            *(company, device, at_ms),
        )

    def contacts(self, company: bytes) -> list[ContactRow]:
        rows = self._all("SELECT device, at_ms FROM contact WHERE company = ? ORDER BY device", company)
        return [ContactRow(*row) for row in rows]

    def put_beat(self, company: bytes, beat: BeatRow) -> None:
        self._do(
            "INSERT INTO beat (company, book, tier, device, at_ms, position, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (company, book, tier, device) DO UPDATE SET at_ms = excluded.at_ms,"
            " position = excluded.position, sealed = excluded.sealed",
            *(company, *beat.stream, beat.device, beat.at_ms, beat.position, beat.sealed),
        )

    def beats(self, company: bytes) -> list[BeatRow]:
        rows = self._all(
            "SELECT device, book, tier, at_ms, position, sealed FROM beat WHERE company = ?"
            " ORDER BY book, tier, device",
            company,
        )
        return [BeatRow(row[0], Stream(row[1], row[2]), *row[3:]) for row in rows]


_INVITE = (
    "SELECT invite, code, author, until_ms, device, signing, sealing, sealed, at_ms, refused"
    " FROM invite WHERE company = ?"
)
