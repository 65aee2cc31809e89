"""Statements of the roster over the wire: fetching what others said, and saying one's own at the present head."""

from __future__ import annotations

from app.errors import Conflict
from app.features.trust.saying import Intention
from app.gateway.syncing import Syncing
from app.i18n import _
from app.model.statements import Signed
from sync.client.talk import Talk, ask
from sync.protocol.messages import Append, FetchEnds, FetchRoster, SignedStatement
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
        ends = yield from ask(FetchEnds())
        accepted = {(one.device, one.stream): one.sequence for one in ends.ends}
        body = intention(sync.roster, accepted)
        if body is None:
            return False
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
