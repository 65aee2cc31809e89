"""A copied or restored vault of a connected company, on its way to becoming a device of its own.

Two devices must not go on as one, and only the server knows what the old one has sent. So the old device signs over to
a new one there: the certificate names the last sequences that the server has accepted. The new keys lie in the vault
before anything is said, so that whatever was broken off goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from app import ids
from app.clock import Clock
from app.crypto import epochs
from app.crypto.identity import DeviceKeys, verify
from app.crypto.keys import SecretKey
from app.errors import Conflict, Refused
from app.features.trust import connecting, devices
from app.features.trust.saying import Accepted
from app.i18n import _
from app.ids import Id
from app.model.roster import Roster
from app.model.statements import Signed, signed
from app.store.database import Connection, Database
from app.store.facts import Facts
from app.store.numbers import Numbers
from app.store.outbox import Outbox
from app.store.roster_log import RosterLog
from app.store.streams import Streams
from app.store.undo_log import UndoLog

FACT: Final = "replacing"


def is_connected(database: Database) -> bool:
    """Whether the company in this vault has a server, so that only with it a device may be replaced."""
    return Facts(database.writer).get(connecting.FACT) is not None


def copied() -> str:
    """Why such a vault is open for reading only."""
    return _(
        "This vault was restored or copied. It is open for reading only until it has synchronised and become a new "
        "device, because two devices must not go on as one."
    )


def is_certified(database: Database, clock: Clock) -> bool:
    """Whether the company knows the new device already, but the vault was closed before it became that."""
    if Facts(database.writer).get(FACT) is None:
        return False
    successor = Replacing(database, clock)
    try:
        return successor.is_certified
    finally:
        successor.wipe()


class Replacing:
    """The old device, as long as it is still the one that can sign in (Signatory of sync.client)."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        facts = Facts(database.writer)
        kept: dict[str, Any] | None = facts.get(FACT)
        if kept is None:
            fresh = DeviceKeys.fresh()
            kept = {"device": ids.fresh(), "keys": fresh.private_bytes()}
            with self._writing() as connection:
                Facts(connection).put(FACT, kept)
        self.device = Id(facts.get("device"))
        self._old_keys, self.successor = DeviceKeys(facts.get("device_keys")), Id(kept["device"])
        self._keys = DeviceKeys(kept["keys"])
        self.roster = Roster.read(RosterLog(database.writer).read(), verify)

    @property
    def company(self) -> bytes:
        return self.roster.company

    @property
    def is_certified(self) -> bool:
        """Whether the company knows the new device."""
        known = self.roster.facts.devices.get(self.successor)
        return known is not None and known.signing == self._keys.public.signing

    def sign(self, purpose: str, message: bytes) -> bytes:
        """The old device's signature."""
        return self._old_keys.sign(purpose, message)

    def take(self, statements: Iterable[Signed]) -> None:
        """Take in what follows our roster. Raises Damaged where it does not go on from ours."""
        before, roster = self.roster.index, self.roster
        for one in statements:
            roster = roster.append(one, verify)
        with self._writing() as connection:
            for index, (one, _statement) in enumerate(roster.statements(before + 1), before + 1):
                RosterLog(connection).append(index, one)
        self.roster = roster

    def check(self) -> None:
        """Raises Refused where the old device has ended: then somebody must invite this computer anew."""
        if not self.roster.standing(self.device).active:
            raise Refused(
                _(
                    "The device that this vault was made on no longer belongs to the company. Ask an owner or manager "
                    "for an invitation; what was not sent from here can still be read here."
                )
            )

    def statement(self, accepted: Accepted) -> Signed:
        """The certificate by which the old device signs over to the new one. Raises Refused, Conflict."""
        self.check()
        body = devices.succession(self.device, self.successor, self._keys.public)(self.roster, accepted)
        if body is None:
            raise Conflict(_("This device, or one with the same keys, was certified before."))
        draft = self.roster.draft(body, self.device, self._clock.now_ms())
        return signed(draft, self._old_keys.sign)

    def finish(self) -> None:
        """From now on this vault is the new device: all keys that it may have are opened, in one transaction."""
        if not self.is_certified:
            raise Conflict(_("Nobody has let this device in yet."))
        said = [statement for _signed, statement in self.roster.statements()]
        with self._writing() as connection:
            streams = Streams(
                connection, Numbers(connection, "device_number"), Numbers(connection, "book_number")
            )
            held = {place: SecretKey(raw) for place, raw in streams.keys().items()}
            opened = epochs.opened(said, self.company, self.device, self._old_keys, held)
            opened = epochs.opened(said, self.company, self.successor, self._keys, opened)
            for (stream, epoch), key in opened.items():
                streams.put_key(stream, epoch, key.reveal())
            facts = Facts(connection)
            facts.put("device", self.successor)
            facts.put("device_keys", self._keys.private_bytes())
            facts.put(FACT, None)
            # Of the old device's batches the server has those that count; the others are sealed anew under the new name.
            Outbox(connection, Numbers(connection, "book_number")).clear()
            # Its entries are numbers of steps alone, and the new device counts its own.
            UndoLog(connection).clear()

    def wipe(self) -> None:
        """Forget the keys in memory."""
        self._old_keys.wipe()
        self._keys.wipe()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """The vault is open for reading only, but for this."""
        frozen = self._database.is_frozen
        self._database.thaw()
        try:
            with self._database.transaction() as connection:
                yield connection
        finally:
            if frozen:
                self._database.freeze(copied())
