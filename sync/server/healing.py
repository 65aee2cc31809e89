"""A restored server takes back what it had signed, byte for byte, and nothing else.

Its own signature on a later head proves the order up to there. What the headers then say was admitted once; only
bodies, keys and devices' signatures are looked at again, so that nobody fills the places with something else.
"""

from __future__ import annotations

from app.model import chain as chains
from app.model.chain import BATCH_PURPOSE, HEAD_PURPOSE, End, SignedHead
from app.model.roster import Roster
from app.model.statements import Stream
from sync.protocol.messages import HandedBatch, Heal, Pushed, Receipt
from sync.protocol.problems import Problem
from sync.server.asked import Asked
from sync.server.storage import BatchRow, KeyRow, StreamRow
from sync.server.streams import end_of, fill, key_rows, parsed, weight, whole


def heal(asked: Asked, request: Heal) -> Pushed:
    """Problem `head_unknown` with the fault `signature` (this server never said so), `gap` (this begins after what
    is there), `links` (these batches do not lead there), or `fork` (something else was written since)."""
    stream, tx = Stream(request.book, request.tier), asked.tx
    row = tx.stream(asked.company, stream, lock=True)
    if row is None:
        raise Problem("no_access")
    roster = asked.roster(anew=True)
    asked.held(stream)
    head = _signed_by_us(asked, stream, request)
    heads = _heads(asked, stream, request)
    if (max(heads), heads[max(heads)]) != (head.position, head.head):
        raise Problem("head_unknown", fault="links")
    _same_as_here(asked, row, heads)
    receipts = _fill_known(asked, row, request, roster)
    row = _add_lost(asked, row, request, roster, heads, receipts)
    return Pushed(tuple(receipts), asked.said(row))


def _signed_by_us(asked: Asked, stream: Stream, request: Heal) -> SignedHead:
    said = request.head
    head = SignedHead(asked.company, *stream, said.position, said.head, said.receipt_ms)
    if (said.book, said.tier) != stream or not asked.holds(
        asked.house.signing.public, HEAD_PURPOSE, chains.head_message(head), said.signature
    ):
        raise Problem("head_unknown", fault="signature")
    return head


def _heads(asked: Asked, stream: Stream, request: Heal) -> dict[int, bytes]:
    """Position → head, from where the request begins up to where it leads."""
    position = request.after
    head = (
        asked.tx.head_at(asked.company, stream, position)
        if position
        else chains.origin(asked.company, stream)
    )
    if head is None:
        raise Problem("head_unknown", fault="gap")
    heads = {position: head}
    links = [(chains.hash_of(batch.header), batch.receipt_ms) for batch in request.batches]
    for header_hash, receipt_ms in (*links, *request.rest):
        position += 1
        head = chains.next_head(head, header_hash, receipt_ms)
        heads[position] = head
    return heads


def _same_as_here(asked: Asked, row: StreamRow, heads: dict[int, bytes]) -> None:
    """Raise Problem unless both histories are the same where both reach."""
    last = max(heads)
    if last >= row.position:
        same = heads[row.position] == row.head
    else:
        same = heads[last] == asked.tx.head_at(asked.company, row.stream, last)
    if not same:
        raise Problem("head_unknown", fault="fork")


def _fill_known(asked: Asked, row: StreamRow, request: Heal, roster: Roster) -> list[Receipt]:
    """Bodies of batches whose headers are here already."""
    receipts: list[Receipt] = []
    for position, batch in enumerate(request.batches, request.after + 1):
        if position > row.position:
            break
        known = asked.tx.batch(asked.company, row.stream, position)
        if known is None:
            continue
        if known.body is None and batch.body and position >= row.whole_from:
            fill(asked, row.stream, known, parsed(batch.header), batch, roster)
        if known.device == asked.device:
            receipts.append(Receipt(known.sequence, position, known.receipt_ms))
    return receipts


def _add_lost(
    asked: Asked,
    row: StreamRow,
    request: Heal,
    roster: Roster,
    heads: dict[int, bytes],
    receipts: list[Receipt],
) -> StreamRow:
    batches: list[BatchRow] = []
    keys: list[KeyRow] = []
    ends: dict[bytes, End] = {}
    for position, sent in enumerate(request.batches, request.after + 1):
        if position <= row.position:
            continue
        batch, end = _lost(asked, roster, position, sent, heads[position])
        batches.append(batch)
        ends[batch.device] = end
        if sent.body:
            keys += key_rows(position, sent.keys, roster)
        if batch.device == asked.device:
            receipts.append(Receipt(batch.sequence, position, batch.receipt_ms))
    if not batches:
        return row
    tx, last = asked.tx, batches[-1]
    size = weight(batches)
    tx.add_batches(asked.company, row.stream, batches, keys)
    tx.move_stream(asked.company, row.stream, last.position, last.head, last.receipt_ms, size)
    for device, end in ends.items():
        tx.put_end(asked.company, row.stream, device, end)
    return row._replace(position=last.position, head=last.head, receipt_ms=last.receipt_ms)


def _lost(
    asked: Asked, roster: Roster, position: int, sent: HandedBatch, head: bytes
) -> tuple[BatchRow, End]:
    """One batch that comes back, and where its device's chain then ends."""
    header, hash_ = parsed(sent.header), chains.hash_of(sent.header)
    device = roster.facts.devices.get(header.device)
    if device is None or roster.counted(header.roster_at, header.roster_head) > roster.index:
        raise Problem("roster_unknown")
    if not asked.holds(device.signing, BATCH_PURPOSE, hash_, sent.signature):
        raise Problem("batch_refused", fault="signature")
    if sent.body:
        whole(header, sent, roster)
    row = BatchRow(
        position, header.device, header.sequence, sent.header, sent.signature, sent.receipt_ms, head,
        sent.body or None, len(sent.keys) if sent.body else 0,
    )  # fmt: skip
    return row, end_of(header, hash_, roster)
