"""One round of synchronisation after another: what to ask the server next. Never opens a socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from app.clock import Clock
from app.errors import AppError, Conflict, Damaged, NotFound, Offline, Outdated, Refused
from app.features.trust import rotation
from app.gateway.syncing import Halt, Ingested, Syncing
from app.i18n import _
from app.model.chain import StreamFault
from app.model.statements import Stream
from sync.client import branches, doubts, evidence, hashes, healing, held, snapshots, statements
from sync.client.beats import Beats
from sync.client.depositing import deposit
from sync.client.following import BodiesGone, Following
from sync.client.pushing import Pushing
from sync.client.talk import Talk, ask
from sync.protocol.messages import FetchHeads, Heads, HeadSaid, Hello
from sync.protocol.problems import Problem

MOST_TURNS: Final = 20
"""How often one round pulls and pushes a stream that others keep moving."""
MOST_BEFORE_BEAT: Final = 8_192
"""Changes that a round may take in and still end with a heartbeat."""
WRONG_CLOCK_MS: Final = 5 * 60 * 1000
LOOK_AT_CLOCK_S: Final = 3600.0

FOR_ALL: Final = frozenset({"no_session", "device_ended", "suspended", "closing", "too_many", "failed"})
"""Refusals that concern the whole conversation, not one stream of it."""


@dataclass(slots=True)
class Report:
    """What one round did."""

    sent: int = 0
    received: int = 0
    conflicts: int = 0
    quarantined: int = 0
    void: int = 0
    knocks: int = 0
    seconds: float = 0.0
    bytes: int = 0
    clock_off_ms: int = 0
    """How far this computer's clock is ahead of the server's; 0 while that is harmless. Warned of, never adopted."""
    faults: list[StreamFault] = field(default_factory=list)
    """Streams that were stopped in this round."""
    problems: list[AppError] = field(default_factory=list)
    """Streams that have to wait for something else."""
    diverged: list[Stream] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    busy: bool = False
    """Others kept sending: there is more to fetch at once."""
    is_locked: bool = False
    """The company asks that this device locks now."""

    def add(self, other: Report) -> None:
        """This and another round together."""
        self.sent += other.sent
        self.received += other.received
        self.conflicts += other.conflicts
        self.quarantined += other.quarantined
        self.void += other.void
        self.seconds += other.seconds
        self.bytes += other.bytes
        self.knocks, self.clock_off_ms, self.busy = other.knocks, other.clock_off_ms, other.busy
        self.faults += other.faults
        self.problems, self.diverged = other.problems, other.diverged
        self.kinds |= other.kinds
        self.is_locked |= other.is_locked


class Engine:
    """One device's conversations with its company's server, round after round."""

    def __init__(self, sync: Syncing, clock: Clock) -> None:
        self._sync, self._clock = sync, clock
        self._beats = Beats(sync, clock)
        self._looked_at_clock_s: float | None = None
        self._clock_off_ms = 0
        self._refused: set[bytes] = set()
        """Snapshots that are not tried again."""
        self._report = Report()
        self._taken_in = 0
        """Changes in this round, ours among them."""

    # ---- rounds

    def round(self) -> Talk[Report]:
        """Bring every stream up to date in both directions.

        A fault in one stream stops that stream alone. Raises Offline and Problem where the round cannot go on at
        all, OtherDevice where this vault is a copy, Refused where the membership has ended, Damaged where the
        server is another than the company's, and whatever the book itself raises (DiskFull).
        """
        report = self._report = Report()
        self._taken_in = 0
        began_s = self._clock.elapsed_s()
        yield from self._look_at_clock()
        report.clock_off_ms = self._clock_off_ms
        try:
            heads = yield from ask(FetchHeads())
        except Problem as problem:
            if problem.name != "device_ended":
                raise
            yield from self._ended()
            raise Refused(problem.text) from problem
        report.knocks = heads.knocks
        yield from self._roster(heads)
        yield from self._begin_epochs()
        said = {Stream(one.book, one.tier): one for one in heads.heads}
        halted = {halt.stream: halt for halt in self._sync.halts()}
        for stream in self._sync.streams():
            if (yield from self._rejoined(stream, halted=stream in halted)):
                halted.pop(stream, None)
            if stream in halted and not self._came_back(halted[stream], said.get(stream)):
                continue
            yield from self._guarded(stream, said.get(stream))
        yield from self._beat()
        report.seconds = self._clock.elapsed_s() - began_s
        return report

    def _look_at_clock(self) -> Talk[None]:
        """Who the server is, and how far our clock is from its own."""
        now_s = self._clock.elapsed_s()
        if self._looked_at_clock_s is not None and now_s - self._looked_at_clock_s < LOOK_AT_CLOCK_S:
            return
        welcome = yield from ask(Hello())
        if welcome.signing != self._sync.roster.facts.server:
            yield from statements.fetch(self._sync)
            if welcome.signing != self._sync.roster.facts.server:
                raise Damaged(_("This is not the server that your company named. Nothing was sent to it."))
        off_ms = self._clock.now_ms() - welcome.now_ms
        self._clock_off_ms = off_ms if abs(off_ms) > WRONG_CLOCK_MS else 0
        self._looked_at_clock_s = now_s

    def _roster(self, heads: Heads) -> Talk[None]:
        """Fetch what is new; a server that was restored is given what it has lost."""
        if heads.roster_length <= self._sync.roster.index:
            yield from healing.roster(self._sync, heads.roster_length)
        else:
            yield from statements.fetch(self._sync, heads.roster_length)

    # ---- keys

    def _begin_epochs(self) -> Talk[None]:
        """Give a new key to books that somebody may no longer read, and a first one to those that have none."""
        for saying in rotation.pending(self._sync):
            try:
                yield from statements.say(self._sync, saying.intention, saying.command, again=saying.again)
            except NotFound:
                continue  # we do not hold the present key; whoever does will rotate
            except (Refused, Problem) as error:
                if isinstance(error, Problem) and error.name in FOR_ALL:
                    raise
                self._report.problems.append(error)

    # ---- one stream

    def _rejoined(self, stream: Stream, *, halted: bool) -> Talk[bool]:
        """Whether we stood on a branch that an owner has joined with the server's, and go on from there now."""
        until = self._sync.roster.facts.parted_until
        if stream not in until or not (halted or branches.stranded(self._sync, stream) is not None):
            return False
        try:
            if not (yield from branches.bring(self._sync, stream)):
                return False
            yield from branches.rejoin(self._sync, stream)
        except (Conflict, Refused, Problem) as error:
            if isinstance(error, Problem) and error.name in FOR_ALL:
                raise
            self._report.problems.append(error)
            return False
        return True

    def _guarded(self, stream: Stream, said: HeadSaid | None) -> Talk[None]:
        """One stream; what goes wrong in it stops it alone."""
        following = Following(self._sync, stream, self._told)
        try:
            yield from self._stream(stream, said, following)
        except StreamFault as fault:
            self._halt(fault, said, following)
        except (NotFound, Outdated, Damaged) as error:
            # A key that has not reached us yet, a program that is too old, a snapshot that is not what was signed.
            self._report.problems.append(error)
        except Problem as problem:
            if problem.name in FOR_ALL:
                raise
            self._report.problems.append(problem)
        except Offline:
            self._remember(following)
            raise
        finally:
            if following.made is not None:  # something came between making it and sending it
                following.made.close()

    def _stream(self, stream: Stream, said: HeadSaid | None, following: Following) -> Talk[None]:
        if said is None:
            doubts.hidden(following.chain, following.said)
            raise NotFound(_("The server does not show a book that is yours. It tries again by itself."))
        if healing.lost(following, said):
            said = yield from healing.stream(self._sync, following, said)
        yield from self._catch_up(said, following, snapshots.FAR_BEHIND)
        for _turn in range(MOST_TURNS):
            try:
                yield from following.pull(said)
            except BodiesGone:
                # Whoever was away for long must begin at a snapshot, however little was written meanwhile.
                if not (yield from self._catch_up(following.last_said or said, following, 0)):
                    raise Problem("body_gone") from None
                yield from following.pull(following.last_said or said)
            following.kept(said)
            self._sync.adopt(stream)
            pushing = Pushing(self._sync, stream, following)
            try:
                yield from pushing.run()
            finally:
                self._report.sent += pushing.sent
            self._remember(following)
            if following.made is not None:
                yield from self._send(following.made, following)
            said = following.last_said or said
            if following.chain.position >= said.position:
                return
        self._report.busy = True

    def _remember(self, following: Following) -> None:
        """Keep the server's signature on where we have arrived."""
        arrived = following.last_said
        if arrived is not None and arrived.position == following.chain.position:
            held.remember(self._sync, following.stream, arrived)

    def _send(self, made: snapshots.Made, following: Following) -> Talk[None]:
        """Let others have a snapshot. One that does not get there is made again at the next milestone."""
        try:
            yield from made.send()
        except Problem as problem:
            if problem.name in FOR_ALL:
                raise
            self._report.problems.append(problem)
        finally:
            made.close()
            following.made = None

    def _catch_up(self, said: HeadSaid, following: Following, least: int) -> Talk[bool]:
        """Whoever is behind by more than so many batches begins at a snapshot, if there is one that counts; whether
        there was."""
        position = following.chain.position
        if said.position - position > least:
            try:
                taken = yield from snapshots.catch_up(
                    self._sync, following.stream, position, said.position, self._refused
                )
            except Damaged as error:
                self._report.problems.append(error)  # without it, then: the long way
                return False
            if taken is not None:
                self._refused.add(taken.manifest.object)  # should it come to another state than was signed
                following.begin_at(taken)
                return True
        return False

    def _came_back(self, halt: Halt, said: HeadSaid | None) -> bool:
        """Whether a server that had shown an older state shows by now what it had shown before, or how it went on.
        Everything else waits until a person has looked at it and lets the stream go on."""
        known = self._sync.said(halt.stream)
        if halt.fault != "older" or said is None or known is None or said.position < known.position:
            return False
        self._sync.resume(halt.stream)
        return True

    def _halt(self, fault: StreamFault, said: HeadSaid | None, following: Following) -> None:
        data = evidence.of(fault, said, following)
        self._sync.halt(fault.stream, fault.fault, fault.position, data)
        self._report.faults.append(fault)

    def _told(self, stream: Stream, result: Ingested) -> None:
        report = self._report
        self._taken_in += result.changes
        report.received += result.applied
        report.conflicts += result.conflicts
        report.quarantined += len(result.quarantined)
        report.void += len(result.void)
        report.kinds |= result.kinds

    # ---- the rest

    def _beat(self) -> Talk[None]:
        self._report.diverged = hashes.diverged(self._sync)
        if self._taken_in > MOST_BEFORE_BEAT:
            return  # a hash of it all would keep people waiting who have just been brought up to date
        try:
            found = yield from self._beats.run(self._report)
            if found is not None:
                hashes.note_diverged(self._sync, found)
                self._report.diverged = found
        except Problem as problem:
            if problem.name in FOR_ALL:
                raise
            self._report.problems.append(problem)

    def _ended(self) -> Talk[None]:
        """The membership has ended: what was never sent is handed over outside the order, once, and waits there for
        a manager. The roster says why."""
        yield from statements.fetch(self._sync)
        yield from deposit(self._sync)
