"""The company's roster and the keys of its books, as this device holds them: said, taken in, opened, checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.access import membership
from app.access.policy import Policy, Question
from app.crypto import epochs
from app.crypto.identity import DeviceKeys, verify
from app.crypto.keys import SecretKey
from app.errors import Conflict, Damaged, NotFound, Refused
from app.gateway.book import Book
from app.gateway.ground import Ground
from app.i18n import _
from app.model import statements as say
from app.model.roster import Roster
from app.model.statements import Body, EpochBegun, Signed, Stream, Wrap
from app.store.streams import HaltRow


class Company:
    """Part of gateway/syncing.py."""

    def __init__(self, session: Book) -> None:
        self._session = session
        self._device_keys: tuple[bytes, DeviceKeys] | None = None
        self._keys: dict[tuple[Stream, int], SecretKey] | None = None
        self._looked_at = -1

    def sign(self, purpose: str, message: bytes) -> bytes:
        """This device's signature."""
        with self._session.looking() as ground:
            return self._own_keys(ground).sign(purpose, message)

    def statement(self, body: Body, command: str) -> Signed:
        """The next statement, signed; with an audit row."""
        session = self._session
        with session.looking() as ground:
            if session.ended:
                raise Refused(session.ended)
            question = Question("run", command.partition(".")[0], command)
            try:
                session.policy.require(question)
            except Refused:
                session.note(command, "refused")
                raise
            draft = session.roster.draft(body, ground.device, session.clock.now_ms())
            signed = say.signed(draft, self._own_keys(ground).sign)
            session.note(command, "done", statement=body.kind, at=draft.at)
            return signed

    def take(self, signed: Sequence[Signed]) -> None:
        """What Syncing.take_statements says."""
        session = self._session
        # Until the session says so, too, another thread must not take in the same statements.
        with session.looking():
            with session.keeping() as ground:
                before = session.roster
                roster = _grown(before, signed)
                for at, (one, _statement) in enumerate(roster.statements(before.index + 1), before.index + 1):
                    ground.roster_log.append(at, one)
                self._withheld(ground, roster, before.index + 1)
                self._gather(ground, roster)
            if roster is not before:
                self._stand(roster)

    def _withheld(self, ground: Ground, roster: Roster, start: int) -> None:
        """Stop a stream in which we have followed batches of a device beyond the last that a new statement leaves it.

        The server, which compares these with what it has accepted, had the statement when it handed them out.
        """
        now_ms = self._session.clock.now_ms()
        for one, statement in roster.statements(start):
            for last in getattr(statement.body, "last", ()):
                chain = ground.streams.chain(roster.company, last.stream)
                if chain.end(last.device).sequence > last.sequence:
                    ground.streams.halt(HaltRow(last.stream, "withheld", chain.position, now_ms, one.data))

    def _stand(self, roster: Roster) -> None:
        """Who we are by now. A device that has ended reads what it has and writes nothing."""
        session = self._session
        try:
            place = membership.place(roster, session.ground.device, session.clock.now_ms())
        except Refused as ended:
            session.end(roster, ended.text)
            return
        identity = replace(session.identity, books=place.books)
        person = replace(place.person, name=session.person.name)
        session.renew(identity, Policy(person), roster)

    # ---- keys

    def key(self, stream: Stream, epoch: int) -> SecretKey:
        """A stream's key of one epoch. Raises NotFound."""
        found = self._held().get((stream, epoch))
        if found is None:
            raise NotFound(
                _(
                    "The key of this book has not reached this device yet. It comes with the next synchronisation."
                )
            )
        return found

    def streams(self) -> tuple[Stream, ...]:
        """Those that our member may have and whose present key we hold."""
        session, held = self._session, self._held()
        roster, now_ms = session.roster, session.clock.now_ms()
        standing = roster.standing(session.ground.device)
        if not session.ended and standing.roles_at(now_ms) != session.person.roles:
            self._stand(roster)  # something that was lent has run out
        return tuple(
            stream
            for stream in sorted(standing.streams)
            if standing.holds(stream, now_ms)
            and (epoch := roster.facts.epochs.get(stream)) is not None
            and (stream, epoch.number) in held
        )

    def forget(self) -> None:
        """Wipe what was opened."""
        if self._device_keys is not None:
            self._device_keys[1].wipe()
        for key in (self._keys or {}).values():
            key.wipe()
        self._device_keys, self._keys, self._looked_at = None, None, -1

    def _held(self) -> dict[tuple[Stream, int], SecretKey]:
        session = self._session
        if self._keys is None or self._looked_at != session.roster.index:
            if session.database.is_frozen:
                with session.looking() as ground:
                    self._load(ground)
            else:
                with session.keeping() as ground:
                    self._gather(ground, session.roster)
        assert self._keys is not None
        return self._keys

    def _load(self, ground: Ground) -> dict[tuple[Stream, int], SecretKey]:
        if self._keys is None:
            self._keys = {at: SecretKey(raw) for at, raw in ground.streams.keys().items()}
        return self._keys

    def _gather(self, ground: Ground, roster: Roster) -> None:
        """Open what the roster brings for this device and is not held yet, back to the first epoch.

        What does not open, or is not what the roster's commitment speaks of, is not believed: that key is missing.
        """
        held = self._load(ground)
        begun = {
            (Stream(body.book, body.tier), body.number): body
            for _signed, statement in roster.statements()
            if isinstance(body := statement.body, EpochBegun)
        }
        for wrap in _wraps_for(roster, ground.device):
            epoch = begun.get((wrap.stream, wrap.epoch))
            if epoch is None or (wrap.stream, wrap.epoch) in held:
                continue
            try:
                own = self._own_keys(ground)
                key = epochs.unwrap(own, roster.company, wrap, epoch.commitment)
            except Damaged:
                continue
            self._keep(ground, wrap.stream, wrap.epoch, key)
        for stream, number in sorted(begun, reverse=True):
            newer = held.get((stream, number))
            if number == 1 or newer is None or (stream, number - 1) in held:
                continue
            old, before = begun[stream, number].old, begun[stream, number - 1]
            try:
                key = epochs.open_old(newer, old, roster.company, stream, number, before.commitment)
            except Damaged:
                continue
            self._keep(ground, stream, number - 1, key)
        self._looked_at = roster.index

    def _keep(self, ground: Ground, stream: Stream, epoch: int, key: SecretKey) -> None:
        assert self._keys is not None
        ground.streams.put_key(stream, epoch, key.reveal())
        self._keys[stream, epoch] = key

    def _own_keys(self, ground: Ground) -> DeviceKeys:
        if self._device_keys is None or self._device_keys[0] != ground.device:
            self._device_keys = ground.device, DeviceKeys(ground.facts.get("device_keys"))
        return self._device_keys[1]


def _grown(roster: Roster, signed: Sequence[Signed]) -> Roster:
    """The roster with what follows it. Raises Damaged where something does not."""
    for one in signed:
        at = say.parse(one.data).at
        if at <= roster.index:
            if roster.statements(at)[0][0].data != one.data:
                raise Damaged(
                    _(
                        "The server shows another list of members than before. It is not believed; nothing was changed."
                    )
                )
            continue
        try:
            roster = roster.append(one, verify)
        except (Conflict, Refused) as error:
            raise Damaged(
                _("The server shows a statement about the company that does not hold: {reason}").format(
                    reason=error.text
                )
            ) from error
    return roster


def _wraps_for(roster: Roster, device: bytes) -> Iterator[Wrap]:
    for _signed, statement in roster.statements():
        for wrap in getattr(statement.body, "wraps", ()):
            if wrap.device == device:
                yield wrap
