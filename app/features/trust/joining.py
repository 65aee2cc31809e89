"""A vault that has no company yet: its device knocks with an invitation, waits, and is let in.

Everything that it needs to go on lies in the vault from the first moment, so that it may be closed, or killed, and
opened again at any point; what the server says of the company is believed only as a whole, and from the hash on that
came with the invitation.
"""

from __future__ import annotations

from typing import Any, Final

from app import ids
from app.clock import Clock
from app.crypto import epochs, invites, words
from app.crypto.identity import DeviceKeys, verify
from app.crypto.invites import Link
from app.errors import Conflict, Damaged
from app.features.trust import connecting
from app.features.trust.connecting import Server
from app.i18n import _
from app.ids import Id
from app.model.roster import Roster
from app.model.statements import Signed
from app.store.database import Database
from app.store.facts import Facts
from app.store.numbers import Numbers
from app.store.roster_log import RosterLog
from app.store.streams import Streams

FACT: Final = "joining"


def address_of(link: str) -> str:
    """The host to which an invitation leads, by which the vault is called until the company's name is known.

    Raises Invalid, Outdated."""
    found = invites.parse(link)
    return Server(found.url, found.pin, found.server).host


def is_joining(database: Database) -> bool:
    """Whether a vault waits to be let into a company."""
    return Facts(database.writer).get(FACT) is not None


def begin(database: Database, link: str, name: str) -> None:
    """Draw the device's keys and remember the invitation, in one. Raises Invalid, Outdated for the link."""
    found, keys, device = invites.parse(link), DeviceKeys.fresh(), ids.fresh()
    # Sealed once: whoever knocks again must say exactly the same, or it would be somebody else.
    sealed = invites.seal_knock(
        invites.keys_of(found.secret, found.company, found.invite),
        found.company, found.invite, device, keys.public, name,
    )  # fmt: skip
    with database.transaction() as connection:
        facts = Facts(connection)
        facts.put("device", device)
        facts.put("device_keys", keys.private_bytes())
        facts.put(FACT, {"link": link, "name": name, "sealed": sealed})
    keys.wipe()


class Unseen:
    """A roster of which nothing was seen yet."""

    index = 0


class Joining:
    """The waiting device. It can sign in (Signatory of sync.client) once it was certified."""

    def __init__(self, database: Database, clock: Clock) -> None:
        facts = Facts(database.writer)
        kept: dict[str, Any] = facts.get(FACT)
        self._database, self._clock = database, clock
        self.link: Link = invites.parse(kept["link"])
        self.name: str = kept["name"]
        self.sealed: bytes = kept["sealed"]
        """What this device says of itself, for those who know the invitation."""
        self.device = Id(facts.get("device"))
        self._keys = DeviceKeys(facts.get("device_keys"))
        self.public = self._keys.public
        self.roster = Unseen()
        self.is_in = False

    @property
    def company(self) -> bytes:
        """The identity of the company, as the invitation says it."""
        return self.link.company

    @property
    def server(self) -> Server:
        """The server, as the invitation says it."""
        return Server(self.link.url, self.link.pin, self.link.server)

    @property
    def words(self) -> tuple[str, ...]:
        """The six words that the person reads out to whoever lets this device in."""
        return words.of_device(self.company, self.device, self.public)

    @property
    def token(self) -> bytes:
        """What proves to the server that this knock was expected."""
        return invites.keys_of(self.link.secret, self.company, self.link.invite).token

    def sign(self, purpose: str, message: bytes) -> bytes:
        """This device's signature."""
        return self._keys.sign(purpose, message)

    def take(self, statements: list[Signed]) -> None:
        """Believe the company's roster, whole, and become its device: all in one transaction.

        Raises Damaged where it is another company's, does not hold, or is not the one that let this device in.
        """
        roster = Roster.read(statements, verify, self.company)
        known = roster.facts.devices.get(self.device)
        if known is None or not roster.standing(self.device).active:
            raise Conflict(_("Nobody has let this device in yet."))
        if (known.signing, known.sealing) != (self.public.signing, self.public.sealing):
            raise Damaged(
                _(
                    "The company knows this device under other keys than its own. It does not join such a company."
                )
            )
        if roster.facts.server is None:
            raise Damaged(_("The company's roster does not name its server. It is not believed."))
        opened = epochs.opened(
            (statement for _signed, statement in roster.statements()), self.company, self.device, self._keys
        )
        with self._database.transaction() as connection:
            log, facts = RosterLog(connection), Facts(connection)
            for index, signed in enumerate(statements):
                log.append(index, signed)
            streams = Streams(
                connection, Numbers(connection, "device_number"), Numbers(connection, "book_number")
            )
            for (stream, epoch), key in opened.items():
                streams.put_key(stream, epoch, key.reveal())
            server = Server(self.link.url, self.link.pin, roster.facts.server)
            facts.put(connecting.FACT, connecting.as_fact(server))
            facts.put(FACT, None)
        self.is_in = True

    def wipe(self) -> None:
        """Forget the keys in memory."""
        self._keys.wipe()
