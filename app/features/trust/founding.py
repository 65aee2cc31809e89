"""How a company begins, and how a copied vault becomes a device of its own."""

from __future__ import annotations

import platform
from dataclasses import replace

from app import ids
from app.clock import Clock
from app.features.trust.members import Book, Company, Device, Member
from app.gateway.command import command
from app.gateway.tx import Tx
from app.i18n import N_, _
from app.ids import Id
from app.model.roster import Roster, genesis
from app.model.roster_needs import lasts_needed
from app.model.statements import CompanyFounded, DeviceCertified, Last, signed
from app.store.database import Database
from app.store.facts import Facts
from app.store.roster_log import RosterLog
from app.store.undo_log import UndoLog


@command("company.found", N_("Make a company"), undoable=False)
def found_company(tx: Tx, company: Company, owner: Member, id_: Id, book_name: str) -> None:
    """The names that go with the roster's ids."""
    tx.save(replace(company, id=id_))
    tx.save(owner)
    device = tx.facts.get("device")
    tx.save(Device(id=device, name=platform.node() or _("This computer")))
    tx.save(Book(id=Id(tx.home), name=book_name))


def found(database: Database, clock: Clock, member: Id) -> None:
    """The vault's own facts and the roster's first statement."""
    from app.crypto.identity import DeviceKeys

    keys, device, company_book, book = DeviceKeys.fresh(), ids.fresh(), ids.fresh(), ids.fresh()
    founding = CompanyFounded(
        member=member, device=device, signing=keys.public.signing, sealing=keys.public.sealing,
        company_book=company_book, first_book=book,
    )  # fmt: skip
    signed = genesis(founding, clock.now_ms(), keys.sign)
    with database.transaction() as connection:
        RosterLog(connection).append(0, signed)
        facts = Facts(connection)
        facts.put("device", device)
        facts.put("device_keys", keys.private_bytes())
    keys.wipe()


def enrol(database: Database, clock: Clock) -> None:
    """Give a copied or restored vault a device of its own; the old one ends in the same statement."""
    from app.crypto.identity import DeviceKeys, verify

    with database.transaction() as connection:
        facts = Facts(connection)
        log = RosterLog(connection)
        old, old_keys = facts.get("device"), DeviceKeys(facts.get("device_keys"))
        roster = Roster.read(log.read(), verify)
        keys, device = DeviceKeys.fresh(), ids.fresh()
        body = DeviceCertified(
            device=device, member=roster.standing(old).member, signing=keys.public.signing,
            sealing=keys.public.sealing, replaces=old,
        )  # fmt: skip
        # No server has accepted anything yet: zero is the last sequence of the old device in every stream.
        needed = sorted(lasts_needed(roster.facts, body))
        body = replace(body, last=tuple(Last(device_, *stream, 0) for device_, stream in needed))
        statement = signed(roster.draft(body, old, clock.now_ms()), old_keys.sign)
        log.append(roster.append(statement, verify).index, statement)
        facts.put("device", device)
        facts.put("device_keys", keys.private_bytes())
        # Its entries are numbers of steps alone, and the new device counts its own from one again.
        UndoLog(connection).clear()
        old_keys.wipe()
        keys.wipe()
