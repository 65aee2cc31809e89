"""How far each stream was followed: positions, the ends of device chains, heads, keys, and why one stands still."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from app.model.chain import Chain, End, SignedHead
from app.model.encoding import decode, encode
from app.model.statements import Stream
from app.store.database import Connection
from app.store.numbers import Numbers


class HaltRow(NamedTuple):
    """Why a stream stands still."""

    stream: Stream
    fault: str
    position: int
    at_ms: int
    evidence: bytes


class Streams:
    """Reads through the connection that it is given; writes only on the writer's."""

    def __init__(self, connection: Connection, devices: Numbers, books: Numbers) -> None:
        self._connection, self._devices, self._books = connection, devices, books
        self._chains: dict[Stream, Chain] = {}
        self._steps: dict[tuple[int, int], dict[int, int]] = {}

    def forget(self) -> None:
        """Read everything anew: a transaction was rolled back."""
        self._chains.clear()
        self._steps.clear()

    # ---- how far

    def chain(self, company: bytes, stream: Stream) -> Chain:
        """What we know of a stream; its start where nothing was followed."""
        found = self._chains.get(stream)
        if found is None:
            found = self._chains[stream] = self._read(company, stream)
        return found

    def advance(self, chain: Chain, devices: Iterable[bytes], steps: Mapping[bytes, int]) -> None:
        """The stream was followed to here. `devices` have new ends in it, `steps` their last step numbers."""
        key = self._key(chain.stream)
        self._connection.execute(
            "INSERT INTO stream (book, tier, position, head, receipt) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (book, tier) DO UPDATE SET position = excluded.position, head = excluded.head, "
            "receipt = excluded.receipt",
            (*key, chain.position, chain.head, chain.receipt_ms),
        )
        known = self.steps(chain.stream)
        for device in devices:
            number = self._devices[device]
            known[number] = max(known.get(number, 0), steps.get(device, 0))
            self._connection.execute(
                "INSERT OR REPLACE INTO stream_end "
                "(book, tier, device, sequence, hash, roster_at, seen_at, step) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, number, *chain.end(device), known[number]),
            )
        self._chains[chain.stream] = chain

    def restart(self, stream: Stream) -> None:
        """Forget how far it was followed; a snapshot says it anew."""
        for table in ("stream_end", "stream_head"):
            self._connection.execute(f"DELETE FROM {table} WHERE book = ? AND tier = ?", self._key(stream))
        self._chains.pop(stream, None)
        self._steps.pop(self._key(stream), None)

    def steps(self, stream: Stream) -> dict[int, int]:
        """Device number → the number of its last step that was followed: later dots in rows are ours and wait."""
        return self.steps_at(*self._key(stream))

    def steps_at(self, book: int, tier: int) -> dict[int, int]:
        """The same by local numbers."""
        found = self._steps.get((book, tier))
        if found is None:
            rows = self._connection.execute(
                "SELECT device, step FROM stream_end WHERE book = ? AND tier = ?", (book, tier)
            ).fetchall()
            found = self._steps[book, tier] = dict(rows)
        return found

    def last_step(self, stream: Stream, device: bytes) -> int:
        """The number of a device's last step in a stream, 0 for none."""
        return self.steps(stream).get(self._devices[device], 0)

    def all(self) -> list[Stream]:
        """The streams that were followed."""
        rows = self._connection.execute("SELECT book, tier FROM stream ORDER BY book, tier").fetchall()
        return [Stream(self._books.ids[book], tier) for book, tier in rows]

    def _read(self, company: bytes, stream: Stream) -> Chain:
        key = self._key(stream)
        row = self._connection.execute(
            "SELECT position, head, receipt FROM stream WHERE book = ? AND tier = ?", key
        ).fetchone()
        if row is None or not row[0]:
            return Chain.start(company, stream)
        ends = self._connection.execute(
            "SELECT device, sequence, hash, roster_at, seen_at FROM stream_end WHERE book = ? AND tier = ?",
            key,
        ).fetchall()
        devices = self._devices.ids
        return Chain(
            company, stream, row[0], row[1], row[2], {devices[end[0]]: End(*end[1:]) for end in ends}
        )

    # ---- heads

    def add_heads(self, stream: Stream, heads: Sequence[tuple[int, bytes]]) -> None:
        """Heads of our chain by position."""
        key = self._key(stream)
        self._connection.executemany(
            "INSERT OR REPLACE INTO stream_head (book, tier, position, head) VALUES (?, ?, ?, ?)",
            [(*key, position, head) for position, head in heads],
        )

    def head_at(self, stream: Stream, position: int) -> bytes | None:
        """The head at a position, None where it is not known any more."""
        row = self._connection.execute(
            "SELECT head FROM stream_head WHERE book = ? AND tier = ? AND position = ?",
            (*self._key(stream), position),
        ).fetchone()
        return row[0] if row else None

    def say(self, stream: Stream, said: SignedHead) -> None:
        """The last head that the server has signed."""
        self._connection.execute(
            "INSERT INTO stream (book, tier, position, head, receipt, said) VALUES (?, ?, 0, x'', 0, ?) "
            "ON CONFLICT (book, tier) DO UPDATE SET said = excluded.said",
            (*self._key(stream), encode(tuple(said))),
        )

    def unsay(self, stream: Stream) -> None:
        """Forget the last head that the server has signed: it is on a branch that does not go on."""
        self._connection.execute(
            "UPDATE stream SET said = NULL WHERE book = ? AND tier = ?", self._key(stream)
        )

    def said(self, stream: Stream) -> SignedHead | None:
        """What `say` was told last."""
        row = self._connection.execute(
            "SELECT said FROM stream WHERE book = ? AND tier = ?", self._key(stream)
        ).fetchone()
        return SignedHead(*decode(row[0])) if row and row[0] else None

    # ---- keys

    def put_key(self, stream: Stream, epoch: int, key: bytes) -> None:
        """Keep a stream's key."""
        self._connection.execute(
            "INSERT OR REPLACE INTO stream_key (book, tier, epoch, key) VALUES (?, ?, ?, ?)",
            (*self._key(stream), epoch, key),
        )

    def keys(self) -> dict[tuple[Stream, int], bytes]:
        """All keys that we hold, by stream and epoch."""
        rows = self._connection.execute("SELECT book, tier, epoch, key FROM stream_key").fetchall()
        return {(Stream(self._books.ids[book], tier), epoch): key for book, tier, epoch, key in rows}

    # ---- standing still

    def halt(self, halt: HaltRow) -> None:
        """This stream stands still. The same once more adds nothing."""
        key = self._key(halt.stream)
        found = self._connection.execute(
            "SELECT 1 FROM halt WHERE book = ? AND tier = ? AND fault = ? AND position = ? AND over = 0",
            (*key, halt.fault, halt.position),
        ).fetchone()
        if found is None:
            self._connection.execute(
                "INSERT INTO halt (book, tier, fault, position, at, evidence) VALUES (?, ?, ?, ?, ?, ?)",
                (*key, halt.fault, halt.position, halt.at_ms, halt.evidence),
            )

    def halts(self, *, over: bool = False) -> list[HaltRow]:
        """Why streams stand still; or, `over`, did once: the evidence stays."""
        rows = self._connection.execute(
            "SELECT book, tier, fault, position, at, evidence FROM halt WHERE over = ? ORDER BY number",
            (int(over),),
        ).fetchall()
        return [HaltRow(Stream(self._books.ids[book], tier), *rest) for book, tier, *rest in rows]

    def resume(self, stream: Stream) -> None:
        """It goes on."""
        self._connection.execute("UPDATE halt SET over = 1 WHERE book = ? AND tier = ?", self._key(stream))

    def _key(self, stream: Stream) -> tuple[int, int]:
        return self._books[stream.book], stream.tier
