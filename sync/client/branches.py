"""Joining two histories of a stream, after a restored server was written to before anybody had healed it.

An owner says that what has parted until now may come together (`join`), with what their own device had seen of the
lost history, if anything. From then on every device that had followed it brings what was lost behind what went on, byte
for byte, with the server's own signature for what the owner had not seen (`bring`, `rejoin`). Since the order is another
one then, it follows the whole stream anew, from a snapshot if there is one, with what waits replayed over it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from app.crypto.identity import verify
from app.errors import Conflict
from app.features.trust.saying import Accepted
from app.gateway.syncing import Syncing
from app.i18n import _
from app.model import chain as chains
from app.model.chain import HEAD_PURPOSE, SignedHead
from app.model.roster import Roster
from app.model.statements import Body, BranchesJoined, Lost, Stream
from sync.client import hashes, held, statements
from sync.client.talk import Talk, ask
from sync.protocol.messages import MOST_PUSHED, FetchHeads, HandedBatch, HeadSaid, Pull, Push, SentBatch

COMMAND: Final = "server.join"
BRINGING: Final = "book.rejoined"
MOST_BYTES: Final = 1 << 20


class Parted(NamedTuple):
    """Where two histories parted, and the head of the one that goes on."""

    position: int
    head: bytes
    winning: HeadSaid
    is_here: bool
    """Whether one goes on from the other: nothing has parted as far as this device knows."""


# ---- an owner


def join(sync: Syncing, stream: Stream) -> Talk[bool]:
    """Say that the server's history goes on, and that what has parted from it until now is brought behind it; whether
    anything had to be said. Raises Conflict where this device has followed what was lost and has not all of it any
    more, Refused where its person is no owner."""
    found = yield from parted(sync, stream)
    until = sync.roster.facts.parted_until.get(stream, -1)
    if found.is_here and (until >= found.winning.position or not found.winning.position):
        return False

    def intention(roster: Roster, _accepted: Accepted) -> Body | None:
        if _is_listed(sync, stream, roster):
            return None
        return _joined(sync, stream, found)

    return (yield from statements.say(sync, intention, COMMAND))


def bring(sync: Syncing, stream: Stream) -> Talk[bool]:
    """After an owner's word: say what else was lost, as far as the server's signature proves it; whether we stand on a
    branch that is joined by now."""
    if _is_listed(sync, stream, sync.roster):
        return True
    until = sync.roster.facts.parted_until.get(stream, -1)
    proof = held.remembered(sync, stream)
    chain = sync.chain(stream)
    if until < 0 or proof is None or (proof.position, proof.head) != (chain.position, chain.head):
        return False
    found = yield from parted(sync, stream)
    if found.is_here or found.position > until:
        return False

    def intention(roster: Roster, _accepted: Accepted) -> Body | None:
        if _is_listed(sync, stream, roster):
            return None
        return replace(_joined(sync, stream, found), signature=proof.signature)

    yield from statements.say(sync, intention, BRINGING, again=True)
    return _is_listed(sync, stream, sync.roster)


def _joined(sync: Syncing, stream: Stream, found: Parted) -> BranchesJoined:
    winning = found.winning
    lost = () if found.is_here else _lost(sync, stream, found.position)
    return BranchesJoined(*stream, found.position, found.head, winning.position, winning.head, lost)


def _is_listed(sync: Syncing, stream: Stream, roster: Roster) -> bool:
    chain = sync.chain(stream)
    return (chain.position, chain.head) in roster.facts.lost_heads.get(stream, {})


def parted(sync: Syncing, stream: Stream) -> Talk[Parted]:
    """Where the server's history and ours part. Raises Conflict, Damaged."""
    heads = (yield from ask(FetchHeads())).heads
    said = next((one for one in heads if (one.book, one.tier) == stream), None)
    ours = sync.chain(stream)
    if said is None:
        raise Conflict(_("The server does not show this book. Try again later."))
    server = sync.roster.facts.server or b""
    verify(server, HEAD_PURPOSE, chains.head_message(SignedHead(sync.company, *said[:5])), said.signature)
    back, latest = 1, min(ours.position, said.position)
    while True:
        start = max(0, latest - back)
        theirs = yield from _server_heads(sync, stream, start, said)
        if theirs is not None:
            break
        if not start:
            raise Conflict(_("The server shows a history of this book that has nothing in common with ours."))
        back *= 4
    common = [at for at in range(start, latest + 1) if theirs.get(at) == _head_at(sync, stream, at)]
    position = max(common)
    return Parted(position, theirs[position], said, position == latest)


def _server_heads(sync: Syncing, stream: Stream, start: int, said: HeadSaid) -> Talk[dict[int, bytes] | None]:
    """Its heads from a place of ours on; None where they do not lead to the one that it has signed."""
    position, head = start, _head_at(sync, stream, start)
    if head is None:
        raise Conflict(_("This device no longer knows enough of the book's history. Try it on another one."))
    heads = {position: head}
    while position < said.position:
        reply = yield from ask(Pull(*stream, position))
        if not reply.batches:
            return None
        for handed in reply.batches:
            position += 1
            head = chains.next_head(head, chains.hash_of(handed.header), handed.receipt_ms)
            heads[position] = head
    return heads if heads.get(said.position) == said.head else None


def _lost(sync: Syncing, stream: Stream, after: int) -> tuple[Lost, ...]:
    """The links of our own history from there on. Raises Conflict where we do not have them all any more."""
    chain, kept = sync.chain(stream), held.batches(sync, stream, after)
    head = _head_at(sync, stream, after) or b""
    lost = []
    for position in range(after + 1, chain.position + 1):
        if position not in kept:
            break
        link = Lost(chains.hash_of(kept[position].header), kept[position].receipt_ms)
        head = chains.next_head(head, *link)
        lost.append(link)
    if head != chain.head:
        raise Conflict(_("This device no longer has all that the server has lost. Try it on another one."))
    return tuple(lost)


# ---- everybody who had followed what was lost


def stranded(sync: Syncing, stream: Stream) -> int | None:
    """The place from which to go on, where we stand on a branch that was joined; None otherwise."""
    chain = sync.chain(stream)
    return sync.roster.facts.lost_heads.get(stream, {}).get((chain.position, chain.head))


def rejoin(sync: Syncing, stream: Stream) -> Talk[None]:
    """Bring what the server has lost behind what went on; then the stream is followed anew (`anew_until`).

    May be broken off at any point: the server knows what it has taken already.
    """
    position = stranded(sync, stream)
    if position is None:
        return
    kept = held.batches(sync, stream, position)
    lost = [kept[at] for at in range(position + 1, sync.chain(stream).position + 1) if at in kept]
    until = 1
    for part in _parts(batch for batch in lost if batch.body):
        sent = tuple(SentBatch(one.header, one.signature, one.body, one.keys) for one in part)
        reply = yield from ask(Push(*stream, sent))
        if len(reply.receipts) < len(part):
            raise Conflict(_("The server does not take what it has lost. It is tried again later."))
        own = {
            receipt.sequence: (receipt.position, receipt.receipt_ms)
            for batch, receipt in zip(part, reply.receipts, strict=True)
            if chains.parse(batch.header).device == sync.device
        }
        if own:
            sync.accepted(stream, own)
        until = max(until, reply.head.position)
    hashes.forget(sync, stream)
    held.forget(sync, stream)
    put_anew(sync, stream, until)
    sync.resume(stream)


def anew_until(sync: Syncing, stream: Stream) -> int:
    """Up to where the stream is being followed anew, our own batches with the others'; 0 where it is not."""
    return int(sync.fact(_name(stream)) or 0)


def put_anew(sync: Syncing, stream: Stream, until: int) -> None:
    """Note what `anew_until` says from now on."""
    sync.put_fact(_name(stream), until or None)


def _parts(batches: Iterable[HandedBatch]) -> list[list[HandedBatch]]:
    parts: list[list[HandedBatch]] = []
    size = MOST_BYTES
    for batch in batches:
        more = len(batch.header) + len(batch.body) + 130 * len(batch.keys) + 100
        if size + more > MOST_BYTES or len(parts[-1]) == MOST_PUSHED:
            parts.append([])
            size = 0
        parts[-1].append(batch)
        size += more
    return parts


def _head_at(sync: Syncing, stream: Stream, position: int) -> bytes | None:
    return sync.head_at(stream, position) if position else chains.origin(sync.company, stream)


def _name(stream: Stream) -> str:
    return f"anew/{stream.book.hex()}/{stream.tier}"
