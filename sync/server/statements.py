"""The roster's road: fetching it, appending to it, and the ends that a statement must name."""

from __future__ import annotations

from app.errors import AppError
from app.model import statements as say
from app.model.chain import origin
from app.model.roster import outdated
from app.model.statements import Signed, Statement, Stream
from sync.protocol.messages import (
    Append,
    Done,
    Ends,
    FetchEnds,
    FetchRoster,
    RosterPart,
    SignedStatement,
)
from sync.protocol.problems import Problem
from sync.server import beats
from sync.server.asked import Asked

MOST_BYTES = 1 << 20
MOST = 500


def fetch_roster(asked: Asked, request: FetchRoster) -> RosterPart:
    """As many statements as fit; whoever asks goes on where they end."""
    row = asked.row()
    part: list[SignedStatement] = []
    size = 0
    for one in asked.tx.statements(asked.company, request.start, MOST):
        size += len(one.data) + 80
        if part and size > MOST_BYTES:
            break
        part.append(SignedStatement(*one))
    return RosterPart(tuple(part), row.length)


def fetch_ends(asked: Asked, request: FetchEnds) -> Ends:
    return Ends(tuple(asked.tx.ends(asked.company)))


def append(asked: Asked, request: Append) -> Done:
    extend(asked, asked.company, Signed(*request.statement))
    return Done()


def extend(asked: Asked, company: bytes, signed: Signed) -> None:
    """One more statement: head and ends are compared and swapped while the company and all its streams are locked.

    One that is there already is there. Raises Problem.
    """
    tx = asked.tx
    row = asked.row(company, lock=True)
    roster = asked.roster(company)
    try:
        statement = say.parse(signed.data)
    except AppError as error:
        raise Problem("statement_refused", fault=error.code) from error
    if statement.at <= roster.index and roster.hash_at(statement.at) == say.hash_of(signed.data):
        return
    if statement.previous != roster.head or statement.at != roster.index + 1:
        raise Problem("roster_moved")
    if row.length >= asked.house.limits.roster_length:
        raise Problem("quota")
    tx.streams(company, lock=True)
    try:
        longer = roster.append(signed, asked.house.verify)
    except AppError as error:
        raise Problem("statement_refused", fault=error.code) from error
    _ends_as_named(asked, company, statement, restored=bool(row.restored_ms))
    if isinstance(statement.body, say.BranchesJoined):
        _parted_as_said(asked, company, statement.body)
    tx.add_statement(company, longer.index, longer.head, signed)
    for stream in longer.facts.streams():
        if stream.book not in roster.facts.books:
            tx.add_stream(company, stream, origin(company, stream))
    if isinstance(statement.body, say.RecordErased):
        tx.erase_keys(company, statement.body.records)
        beats.erase(tx, company, longer.facts.streams(), longer.facts.erased)
    asked.house.rosters.keep(longer)


def _ends_as_named(asked: Asked, company: bytes, statement: Statement, *, restored: bool) -> None:
    """Raise Problem unless the statement names the sequences that were accepted last, as they are now.

    A server that was restored has lost batches that a statement, which it lost as well, rightly names: naming more
    than is there takes nothing from anybody, and all devices judge by what is named.
    """

    def accepted(device: bytes, stream: Stream) -> int:
        end = asked.tx.end(company, stream, device)
        return end.sequence if end else 0

    behind = outdated(statement.body, accepted)
    if not behind:
        return
    last: say.Lasts = statement.body.last  # type: ignore[attr-defined]
    if not restored or any(item.sequence < accepted(item.device, item.stream) for item in last):
        raise Problem("ends_moved")


def _parted_as_said(asked: Asked, company: bytes, body: say.BranchesJoined) -> None:
    """Raise Problem unless this stream's history has both the place where the branches parted and the one where it
    goes on, as the statement says."""
    stream = Stream(body.book, body.tier)

    def head_at(position: int) -> bytes | None:
        if not position:
            return origin(company, stream)
        return asked.tx.head_at(company, stream, position)

    if (head_at(body.position), head_at(body.winning_at)) != (body.head, body.winning):
        raise Problem("statement_refused", fault="fork")
