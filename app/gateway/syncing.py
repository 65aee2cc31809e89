"""The door's side for other devices: what waits to be sent, what arrives, keys, the roster, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from app.crypto.keys import SecretKey
from app.errors import Conflict
from app.gateway.adopting import Adopting
from app.gateway.batches import (
    Followed,
    Halt,
    Ingested,
    Outgoing,
    SealedBatch,
    Snapshot,
    SnapshotRecord,
)
from app.gateway.book import Book
from app.gateway.command import Command
from app.gateway.company import Company
from app.gateway.connecting import connect
from app.gateway.ground import SERVER
from app.gateway.receiving import Receiving, outgoing
from app.i18n import N_, _
from app.model import chain as chains
from app.model.chain import Chain, End, SignedHead
from app.model.change import Step
from app.model.roster import Roster
from app.model.statements import Body, Signed, Stream
from app.store.facts import Facts
from app.store.journal import KEPT, SEALED
from app.store.outbox import SealedRow
from app.store.record_data import digest
from app.store.state import At, confirmed_hash, confirmed_records, hash_of
from app.store.streams import HaltRow, Streams

__all__ = ["Followed", "Halt", "Ingested", "Outgoing", "SealedBatch", "Snapshot", "SnapshotRecord", "Syncing"]

ADOPT: Command[[], Any] = Command("session.adopt", N_("Send what another device left"), lambda _tx: None)
FOLLOW: Command[[], Any] = Command("session.follow", N_("Receive changes"), lambda _tx: None)


class Syncing:
    """What sync.client uses of an open book; reached as `session.sync`. Callable from any one thread at a time."""

    def __init__(self, session: Book) -> None:
        self._session = session
        self._company = Company(session)

    # ---- who we are

    @property
    def company(self) -> bytes:
        """The company's identity: the hash of the roster's first statement (32 bytes)."""
        return self.roster.company

    @property
    def device(self) -> bytes:
        """This device's id."""
        return self._session.ground.device

    @property
    def roster(self) -> Roster:
        """The validated roster as far as it was fetched."""
        return self._session.roster

    def sign(self, purpose: str, message: bytes) -> bytes:
        """This device's signature."""
        return self._company.sign(purpose, message)

    def statement(self, body: Body, command: str) -> Signed:
        """The next statement of the roster, signed. The policy is asked, an audit row written.

        It follows the present head and is not stored: it counts once the server has it and it was fetched with
        `take_statements`. Raises what Roster.draft raises, before anything is signed.
        """
        return self._company.statement(body, command)

    def take_statements(self, signed: Sequence[Signed]) -> None:
        """Take in the statements that follow ours: validated, stored; keys that they bring are opened, rights
        renewed. Those that we have already are skipped. Raises Damaged where they do not go on from ours."""
        self._company.take(signed)

    # ---- streams and keys

    def streams(self) -> tuple[Stream, ...]:
        """Those that our member may have and whose present key we hold."""
        return self._company.streams()

    def key(self, stream: Stream, epoch: int) -> SecretKey:
        """A stream's key of one epoch. Raises NotFound."""
        return self._company.key(stream, epoch)

    def forget(self) -> None:
        """Wipe the keys that were opened: the book is being closed."""
        self._company.forget()

    def chain(self, stream: Stream) -> Chain:
        """How far the stream was followed, and where each device's own chain ends."""
        with self._session.looking() as ground:
            return ground.streams.chain(self.company, stream)

    def head_at(self, stream: Stream, position: int) -> bytes | None:
        """The head at a position of our chain; None below a snapshot."""
        with self._session.looking() as ground:
            return ground.streams.head_at(stream, position)

    def said(self, stream: Stream) -> SignedHead | None:
        """The last head that the server has signed for us."""
        with self._session.looking() as ground:
            return ground.streams.said(stream)

    def last_step(self, stream: Stream, device: bytes) -> int:
        """The highest step number of a device that a batch of this stream has brought, void ones not counted; 0 for
        none. The same on everybody who has followed as far (soundness.sound)."""
        with self._session.looking() as ground:
            return ground.streams.last_step(stream, device)

    # ---- sending

    def unsealed(self, stream: Stream, most_changes: int = 256) -> list[Outgoing]:
        """The next steps to be sealed, oldest first, as many as one batch takes."""
        with self._session.looking() as ground:
            steps: list[tuple[Step, bytes]] = []
            size = 0
            for step, body in ground.journal.unsealed(ground.device, stream):
                size += step.size
                if steps and size > most_changes:
                    break
                steps.append((step, body))
            return outgoing(ground, steps, self.roster.facts.erased)

    def seal(self, batch: SealedBatch) -> None:
        """Commit a batch's bytes: from now on exactly these are sent. Its steps count as sealed."""
        self.seal_all([batch])

    def seal_all(self, batches: Sequence[SealedBatch]) -> None:
        """The same for several at once. Raises Conflict for a sequence that does not come next."""
        with self._session.keeping() as ground:
            ends: dict[Stream, int] = {}
            for batch in batches:
                last = ends[batch.stream] if batch.stream in ends else self._own_end(batch.stream).sequence
                ends[batch.stream] = batch.sequence
                if batch.sequence != last + 1:
                    raise Conflict(_("A batch of this device was sealed twice. It goes on by itself."))
                ground.outbox.add(
                    SealedRow(
                        batch.stream, batch.sequence, 0, 0, batch.steps, batch.header, batch.signature,
                        batch.keys, batch.body,
                    )
                )  # fmt: skip
                ground.journal.mark(ground.device, batch.stream, batch.steps, SEALED)

    def own_end(self, stream: Stream) -> End:
        """Where our own chain in a stream ends, batches that only were sealed included."""
        with self._session.looking():
            return self._own_end(stream)

    def _own_end(self, stream: Stream) -> End:
        ground = self._session.ground
        end = ground.streams.chain(self.company, stream).end(ground.device)
        last = ground.outbox.last(stream)
        if last is None or last.sequence <= end.sequence:
            return end
        header = chains.parse(last.header)
        return End(last.sequence, chains.hash_of(last.header), header.roster_at, header.seen_at)

    def sealed(self, stream: Stream, most: int = 64) -> list[SealedBatch]:
        """Batches that the server has not yet accepted, in order."""
        with self._session.looking() as ground:
            return [_batch(row) for row in ground.outbox.waiting(stream, most)]

    def accepted(
        self, stream: Stream, receipts: Mapping[int, tuple[int, int]], *, follows: bool = False
    ) -> None:
        """The server has these: sequence → (position, receipt ms). Where all of them are given to `follow` next
        (`follows`), that tells the journal so."""
        with self._session.keeping() as ground:
            ground.outbox.accept(stream, receipts)
            found = ground.outbox.steps(stream, receipts.keys()) if not follows else {}
            numbers = [number for _header, steps in found.values() for number in steps]
            ground.journal.mark(ground.device, stream, numbers, KEPT)
        self._session.reached()

    def sealed_after(self, stream: Stream, position: int) -> list[SealedBatch]:
        """Accepted batches above a position, kept until backed up, for a restored server."""
        with self._session.looking() as ground:
            return [_batch(row) for row in ground.outbox.after(stream, position)]

    def handed_after(self, stream: Stream, position: int, most: int = 64) -> list[tuple[int, bytes]]:
        """Position and bytes (`Followed.handed`) of others' batches above a position, oldest first."""
        with self._session.looking() as ground:
            return ground.outbox.handed_after(stream, position, most)

    def kept(self, stream: Stream, position: int) -> None:
        """The server has everything up to here in a backup: sealed bytes up to there are forgotten."""
        with self._session.keeping() as ground:
            followed = ground.streams.chain(self.company, stream).position
            ground.outbox.forget(stream, min(position, followed))

    def waiting(self) -> dict[Stream, int]:
        """Steps of ours that no server has, per stream."""
        with self._session.looking() as ground:
            return ground.journal.waiting()

    # ---- receiving

    def follow(
        self,
        stream: Stream,
        chain: Chain,
        said: SignedHead | None,
        items: Sequence[Followed],
        heads: Sequence[tuple[int, bytes]],
    ) -> Ingested:
        """Take in batches in their order, all or nothing: chain, heads, journal, rows, quarantine, search."""
        if not items:
            with self._session.keeping() as ground:
                if said is not None:
                    ground.streams.say(stream, said)
            return Ingested()
        with self._session.taking(FOLLOW) as tx:
            ground = self._session.ground
            result = Receiving(ground, self.roster, stream).run(chain, items, heads)
            if said is not None:
                ground.streams.say(stream, said)
            tx.detail.update(applied=result.applied, confirmed=result.confirmed, position=chain.position)
            tx.detail.update(quarantined=len(result.quarantined), void=len(result.void))
            tx.writing.kinds.update(result.kinds)
        return result

    def begin_anew(self, stream: Stream) -> None:
        """Put the stream back to before its first batch, with what waits replayed over nothing: an owner has joined two
        branches of it, and its order is another one now. What follows must be at hand already."""
        with self._session.taking(FOLLOW) as tx:
            ground = self._session.ground
            restoring = ground.restoring(stream)
            confirmed = ground.confirmed(stream, self.roster.facts.erased)
            restoring.run(Chain.start(self.company, stream), {}, (), hash_of(()), confirmed, {})
            ground.streams.unsay(stream)
            ground.outbox.forget_handed(stream)
            tx.detail.update(snapshot=0)
            tx.writing.kinds.update(restoring.kinds)

    def adopt(self, stream: Stream) -> int:
        """Issue anew what the device that this vault was before has never sent, once all that it has sent was
        followed. To be called before anything of ours is sealed in the stream; returns how many steps."""
        with self._session.looking() as ground:
            if not ground.journal.waiting_of_others(stream, ground.device):
                return 0
        with self._session.taking(ADOPT) as tx:
            adopting = Adopting(self._session.ground, self.roster, stream)
            count = adopting.run()
            tx.detail.update(steps=count)
            tx.writing.kinds.update(adopting.kinds)
        return count

    def halt(self, stream: Stream, fault: str, position: int, evidence: bytes) -> None:
        """Stop this stream and keep the evidence; nothing of what we have changes."""
        now_ms = self._session.clock.now_ms()
        with self._session.keeping() as ground:
            ground.streams.halt(HaltRow(stream, fault, position, now_ms, evidence))

    def halts(self) -> list[Halt]:
        """Streams that stand still, and why."""
        with self._session.looking() as ground:
            return [Halt(*row) for row in ground.streams.halts()]

    def resume(self, stream: Stream) -> None:
        """Let a stream go on; the evidence stays."""
        with self._session.keeping() as ground:
            ground.streams.resume(stream)

    # ---- state

    def state_hash(self, stream: Stream) -> bytes:
        """Of confirmed state alone: equal on every device that has followed the stream as far as we have."""
        ground = self._session.ground
        with self._session.database.reader(snapshot=True) as connection:
            return confirmed_hash(connection, At(ground.books[stream.book], stream.tier), ground.devices.ids)

    @contextmanager
    def snapshot(self, stream: Stream) -> Iterator[Snapshot]:
        """`with sync.snapshot(stream) as snapshot:` reads the confirmed state of one moment, record by record. A fresh
        device can be built from it (`take_snapshot`)."""
        ground = self._session.ground
        with self._session.database.reader(snapshot=True) as connection:
            streams = Streams(connection, ground.devices, ground.books)
            chain = streams.chain(self.company, stream)
            steps = {ground.devices.ids[number]: step for number, step in streams.steps(stream).items()}
            at = At(ground.books[stream.book], stream.tier)
            digests: list[bytes] = []

            def read() -> Iterator[SnapshotRecord]:
                for data, key in confirmed_records(
                    connection, at, ground.devices.ids, self.roster.facts.erased
                ):
                    digests.append(digest(data))
                    yield SnapshotRecord(data, key)

            yield Snapshot(chain, steps, read(), lambda: hash_of(digests))

    def take_snapshot(
        self,
        stream: Stream,
        chain: Chain,
        said: SignedHead | None,
        steps: Mapping[bytes, int],
        records: Iterable[SnapshotRecord],
        state_hash: bytes,
    ) -> Ingested:
        """Replace the stream's confirmed state, all or nothing, and replay our pending steps over it. `steps`: the last
        step number of each device there. Raises Damaged unless the records are those of the state hash, and Conflict
        for a snapshot of what was followed already."""
        with self._session.taking(FOLLOW) as tx:
            ground = self._session.ground
            if ground.streams.chain(self.company, stream).position >= chain.position:
                raise Conflict(_("The book has moved on meanwhile. It goes on by itself."))
            sealed = {number: batch.sequence for batch in ground.outbox.all(stream) for number in batch.steps}
            restoring = ground.restoring(stream)
            confirmed = ground.confirmed(stream, self.roster.facts.erased)
            restoring.run(chain, steps, records, state_hash, confirmed, sealed)
            if said is not None:
                ground.streams.say(stream, said)
            tx.detail.update(snapshot=chain.position)
            tx.writing.kinds.update(restoring.kinds)
        return Ingested(changes=restoring.records, kinds=restoring.kinds)

    # ---- facts of this vault

    def fact(self, name: str, default: Any = None) -> Any:
        """A value that the vault keeps for the company's connection, encrypted with it."""
        with self._session.database.reader() as connection:
            return Facts(connection).get(name, default)

    def put_fact(self, name: str, value: Any) -> None:
        """Keep such a value; None forgets it."""
        with self._session.keeping() as ground:
            ground.facts.put(name, value)
            if name == SERVER and value is not None and not ground.is_connected:
                connect(ground, self.roster)
        if name == SERVER:
            self._session.recount()


def _batch(row: SealedRow) -> SealedBatch:
    return SealedBatch(
        row.stream, row.sequence, row.header, row.signature, row.body, row.keys, row.steps, row.position, row.receipt_ms
    )  # fmt: skip
