"""The company's roster: one linear, hash-linked log of signed statements, validated whole by every client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from app.errors import Conflict, Damaged, Refused
from app.i18n import _
from app.model import heads
from app.model import statements as say
from app.model.roster_needs import Author, exactly_named
from app.model.roster_rules import RULES, Outcome, Taken, found
from app.model.standing import Facts, Standing
from app.model.statements import Body, Sign, Signed, Statement, Stream, Verify


class _Entry(NamedTuple):
    """One statement with its hash and the facts that hold from it on."""

    signed: Signed
    statement: Statement
    hash: bytes
    facts: Facts


def genesis(founding: say.CompanyFounded, time_ms: int, sign: Sign) -> Signed:
    """A company's first statement, signed by the device that it names. Its hash identifies the company."""
    return say.signed(Statement(say.NOTHING, 0, founding.device, time_ms, founding), sign)


class Roster:
    """A validated roster. Never altered: `append` returns a longer one."""

    __slots__ = ("_entries", "_taken")

    def __init__(
        self, entries: tuple[_Entry, ...], taken: Mapping[bytes, tuple[tuple[int, Taken], ...]]
    ) -> None:
        """For this module only: use `begin` or `read`, which validate."""
        self._entries, self._taken = entries, taken

    @classmethod
    def begin(cls, signed: Signed, verify: Verify, company: bytes | None = None) -> Roster:
        """A roster of its first statement; `company` is the identity that an invite carried. Raises."""
        statement = say.parse(signed.data)
        body, hash_ = statement.body, say.hash_of(signed.data)
        if company is not None and hash_ != company:
            raise Damaged(_("This is the roster of another company than the one that you were invited to."))
        if not isinstance(body, say.CompanyFounded) or (
            statement.previous,
            statement.at,
            statement.device,
        ) != (say.NOTHING, 0, body.device):
            raise Damaged(_("The founding statement of this company contradicts itself. It is not believed."))
        verify(body.signing, say.PURPOSE, hash_, signed.signature)
        return cls((_Entry(signed, statement, hash_, found(body, hash_)),), {})

    @classmethod
    def read(cls, signed: Iterable[Signed], verify: Verify, company: bytes | None = None) -> Roster:
        """The roster of all its statements in order, each validated. Raises at the first that does not hold."""
        roster: Roster | None = None
        for one in signed:
            roster = cls.begin(one, verify, company) if roster is None else roster.append(one, verify)
        if roster is None:
            raise Damaged(_("The company's roster is empty. Restore a backup of the vault."))
        return roster

    # ---- what it proves

    @property
    def company(self) -> bytes:
        """The company's identity: the hash of the first statement (32 bytes)."""
        return self._entries[0].hash

    @property
    def head(self) -> bytes:
        """The hash of the last statement."""
        return self._entries[-1].hash

    @property
    def index(self) -> int:
        """The index of the last statement; the first is 0."""
        return len(self._entries) - 1

    @property
    def facts(self) -> Facts:
        """What holds now."""
        return self._entries[-1].facts

    def facts_at(self, index: int) -> Facts:
        """What held from a statement on. Raises Conflict for an index that is not there yet."""
        return self._entry(index).facts

    def hash_at(self, index: int) -> bytes:
        """The head when the roster ended at that index. Raises Conflict for one that is not there yet."""
        return self._entry(index).hash

    def statements(self, start: int = 0) -> tuple[tuple[Signed, Statement], ...]:
        """Statements with their bytes and signatures, for storing, sending and showing."""
        return tuple((entry.signed, entry.statement) for entry in self._entries[start:])

    def standing(self, device: bytes, index: int | None = None) -> Standing:
        """What is proved of a device at an index; without one, now."""
        return (self.facts if index is None else self.facts_at(index)).standing(device)

    def judged(self, device: bytes, stream: Stream, sequence: int, cited: int) -> Standing:
        """The standing by which a batch is judged: at the index that it cites, less what was taken since.

        A statement that takes something away names the device's last accepted sequence in each stream; it
        applies to every later sequence, whatever index that cites. So back-dating fails.
        """
        standing = self.standing(device, cited)
        for at, taken in self._taken.get(device, ()):
            # A taking that does not name the stream came after an earlier one that ended it, and was judged then.
            if at <= cited or stream not in taken.last or sequence <= taken.last[stream]:
                continue
            standing = standing._replace(
                active=standing.active and not taken.ended,
                roles={role: end for role, end in standing.roles.items() if role != taken.role},
                streams={held: end for held, end in standing.streams.items() if held not in taken.streams},
            )
        return standing

    def counted(self, at: int, head: bytes) -> int:
        """The index in this roster that a citation of (index, head) counts as, where it is of a lost branch."""
        return self.facts.lost_statements.get((at, head), at)

    # ---- growing

    def draft(self, body: Body, device: bytes, time_ms: int) -> Statement:
        """The next statement, validated but not signed. Raises as `append` does, before anything is signed."""
        statement = Statement(self.head, self.index + 1, device, time_ms, body)
        self._outcome(statement)
        return statement

    def append(self, signed: Signed, verify: Verify) -> Roster:
        """The roster with one more statement, validated in full.

        Raises Conflict where it does not follow the present head (somebody was quicker: validate the intention
        anew, never sign it again silently) or does not fit the facts, Refused where its author may not say it,
        Damaged where it is malformed or its signature does not hold.
        """
        statement = say.parse(signed.data)
        if statement.previous != self.head or statement.at != self.index + 1:
            raise Conflict(_("The company's roster has moved on meanwhile. Look at it again, then repeat."))
        known = self.facts.devices.get(statement.device)
        if known is None:
            raise Damaged(
                _("A statement about the company is signed by an unknown device. It is not believed.")
            )
        hash_ = say.hash_of(signed.data)
        verify(known.signing, say.PURPOSE, hash_, signed.signature)
        if isinstance(statement.body, say.BranchesJoined) and statement.body.signature:
            self._said_by_server(statement.body, verify)
        facts, taken = self._outcome(statement)
        ledger = dict(self._taken)
        for one in taken:
            ledger[one.device] = (*ledger.get(one.device, ()), (statement.at, one))
        return Roster((*self._entries, _Entry(signed, statement, hash_, facts)), ledger)

    def _outcome(self, statement: Statement) -> Outcome:
        facts = self.facts
        standing = facts.standing(statement.device)
        if not standing.active:
            raise Refused(_("This device no longer belongs to the company."))
        author = Author(statement.device, standing.member, facts.members[standing.member].lasting)
        if isinstance(statement.body, say.BranchesJoined):
            self._other_branch(statement.body)
        outcome = RULES[type(statement.body)](facts, author, statement.body, statement.at)
        exactly_named(facts, statement.body)
        return outcome

    def _said_by_server(self, body: say.BranchesJoined, verify: Verify) -> None:
        """Raise Damaged unless the company's server has signed the head to which the lost batches lead."""
        head = body.head
        for lost in body.lost:
            head = heads.next_head(head, *lost)
        position, receipt_ms = body.position + len(body.lost), body.lost[-1].receipt_ms if body.lost else 0
        message = heads.message(self.company, Stream(body.book, body.tier), position, head, receipt_ms)
        verify(self.facts.server or b"", heads.HEAD_PURPOSE, message, body.signature)

    def _other_branch(self, body: say.BranchesJoined) -> None:
        """Raise Damaged where statements are called lost that stand in this very roster."""
        if any(one.at <= self.index and one.hash == self.hash_at(one.at) for one in body.statements):
            raise Damaged(_("A statement about the company contradicts itself. It is not believed."))

    def _entry(self, index: int) -> _Entry:
        if not 0 <= index < len(self._entries):
            raise Conflict(_("The company's roster does not reach that far yet. Fetch it first."))
        return self._entries[index]


def outdated(body: Body, accepted: Callable[[bytes, Stream], int]) -> tuple[tuple[bytes, Stream], ...]:
    """The devices and streams of which a statement names another last sequence than was accepted by now.

    The server compares and swaps these together with the head, so that every device judges alike; the author
    looks again and signs anew.
    """
    last: tuple[say.Last, ...] = getattr(body, "last", ())
    return tuple(
        (item.device, item.stream) for item in last if accepted(item.device, item.stream) != item.sequence
    )
