"""Statements of the roster over the wire: fetching what others said, and saying one's own at the present head."""

from __future__ import annotations

from collections import Counter

from app.crypto.identity import verify
from app.errors import Conflict, Damaged
from app.features.trust.saying import Accepted, Intention
from app.gateway.syncing import Syncing
from app.i18n import _
from app.model.chain import HEAD_PURPOSE, head_message
from app.model.statements import Body, Last, Signed, Stream
from sync.client.doubts import signed_head
from sync.client.talk import Talk, ask
from sync.protocol.messages import Append, FetchEnds, FetchHeads, FetchRoster, SignedStatement
from sync.protocol.problems import Problem

MOST_TRIES = 8


def fetch(sync: Syncing, known_length: int | None = None) -> Talk[int]:
    """Bring our roster up to the server's; returns how many statements the server has.

    `known_length` is what the server has just said, so that nothing is asked where nothing is new. A server that
    has fewer than we have is not believed: ours stays as it is. Raises Damaged where its statements do not go on
    from ours.
    """
    length = known_length
    while length is None or length > sync.roster.index + 1:
        part = yield from ask(FetchRoster(sync.roster.index + 1))
        length = part.length
        if not part.statements:
            break
        sync.take_statements([Signed(one.data, one.signature) for one in part.statements])
    return length


def say(sync: Syncing, intention: Intention, command: str, *, again: bool = False) -> Talk[bool]:
    """Say something about the company, judged from the roster and the accepted sequences as they are now.

    Whether anything was said. Where a device has sent something meanwhile, the same intention is looked at again
    by itself. Where the roster has moved, only one that is harmless to repeat (`again`: a new epoch) is; otherwise
    Conflict, so that a person looks at what they decide about, and never signs it again silently.
    """
    for _try in range(MOST_TRIES):
        yield from fetch(sync)
        body = intention(sync.roster, (yield from _accepted(sync)))
        if body is None:
            return False
        yield from _shown(sync, body)
        signed = sync.statement(body, command)
        try:
            yield from ask(Append(SignedStatement(signed.data, signed.signature)))
        except Problem as problem:
            if problem.name == "ends_moved" or (problem.name == "roster_moved" and again):
                continue
            if problem.name == "roster_moved":
                yield from fetch(sync)
                raise Conflict(
                    _("The company's roster has moved on meanwhile. Look at it again, then repeat.")
                ) from problem
            raise
        yield from fetch(sync)
        return True
    raise Conflict(_("Other devices are very busy. Please try again."))


def _accepted(sync: Syncing) -> Talk[Accepted]:
    """The last sequences that the server has accepted, and never less than what we have followed ourselves."""
    ends = yield from ask(FetchEnds())
    accepted = {(one.device, one.stream): one.sequence for one in ends.ends}
    for stream in _judged(sync):
        for device, end in sync.chain(stream).ends.items():
            accepted[device, stream] = max(end.sequence, accepted.get((device, stream), 0))
    return accepted


def _shown(sync: Syncing, body: Body) -> Talk[None]:
    """Raise Damaged where a statement would leave a device more sequences than the server's signed head has room for.

    Whoever is taken something away could go on writing under them, with the help of such a server.
    """
    lasts: tuple[Last, ...] = getattr(body, "last", ())
    judged, more = _judged(sync), Counter[Stream]()
    for last in lasts:
        if last.stream in judged:
            more[last.stream] += max(0, last.sequence - sync.chain(last.stream).end(last.device).sequence)
    if not +more:
        return
    said = {Stream(one.book, one.tier): one for one in (yield from ask(FetchHeads())).heads}
    for stream, count in (+more).items():
        head = said.get(stream)
        if head is None or head.position - sync.chain(stream).position < count:
            raise Damaged(
                _(
                    "The server says of a device that it has sent more than the book holds. Nothing was decided; ask "
                    "whoever runs the server."
                )
            )
        message = head_message(signed_head(sync.company, head))
        verify(sync.roster.facts.server or b"", HEAD_PURPOSE, message, head.signature)


def _judged(sync: Syncing) -> frozenset[Stream]:
    """The streams of which we know ourselves how far each device has come."""
    return frozenset(sync.streams()) - {halt.stream for halt in sync.halts()}
