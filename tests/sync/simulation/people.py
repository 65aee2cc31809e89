"""What people do in a history."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from app.errors import AppError, Refused
from app.features.crm import activities, contacts
from app.features.crm.activities import Activity
from app.features.crm.contacts import Contact
from app.features.trust import books, moving, roles, rotation
from app.features.trust import devices as trusted
from app.model.statements import Stream
from app.model.values import Money
from sync.client import enrol, statements
from tests.sync.simulation.dice import Dice

FIELDS = ("notes", "phone", "legal_name", "price_list")
OFFICE_FIELDS = {"price_list"}
"""Which reps may not write."""


class People(Dice):
    """They add, edit, delete and think again, and owners decide who may."""

    def add(self) -> None:
        number, device = self.somebody(writes=True)
        if device is None:
            return
        text = self.text(number)
        made = device.adds(text)
        self.records.append(made)
        self.oracle.makes(number, made, "name", text)
        self.tell(f"{number} adds {text}")

    def edit(self) -> None:
        number, device = self.somebody(writes=True)
        if device is None or (record := self.record(device)) is None:
            return
        name = self.chance.choice(("name", *FIELDS))
        if name in OFFICE_FIELDS and self.roles(number) == {"rep"}:
            return
        seen, text = self.values(device, record, name), self.text(number)
        device.edits(record, **{name: text})
        self.oracle.writes(number, record, name, text, seen)
        self.tell(f"{number} writes {text} for {sorted(seen)} at {name}")

    def delete(self) -> None:
        number, device = self.somebody(writes=True)
        if device is None or not self.roles(number) & {"owner", "manager"}:
            return
        record = self.record(device)
        if record is not None:
            seen = {text for name in ("name", *FIELDS) for text in self.values(device, record, name)}
            device.deletes(record)
            self.oracle.deletes(number, record, seen)
            self.tell(f"{number} deletes {sorted(seen)}")

    # ---- what the oracle does not follow: it is to end alike everywhere, and to do no harm

    def undo(self) -> None:
        number, device = self.somebody(writes=True)
        if device is None or (record := self.record(device)) is None:
            return
        self.touched.add(record)
        device.edits(record, tags=(f"tag{self.chance.randint(0, 5)}",))
        if self.chance.random() < 0.7:
            device.session.undo()
        self.tell(f"{number} tags and thinks again")

    def note(self) -> None:
        """A contact or an entry of a customer."""
        number, device = self.somebody(writes=True)
        if device is None or (record := self.record(device)) is None:
            return
        self.touched.add(record)
        if self.chance.random() < 0.5:
            device.session.do(contacts.add, Contact(customer=record, name=self.text(number), phone="1"))
        else:
            device.session.do(
                activities.add, Activity(customer=record, kind="note", at=1, text=self.text(number))
            )
        self.tell(f"{number} notes something")

    def credit(self) -> None:
        """A restricted field, in a stream of its own."""
        number, device = self.somebody(writes=True)
        if device is None or not self.roles(number) & {"owner", "manager", "clerk"}:
            return
        record = self.record(device)
        if record is not None:
            self.touched.add(record)
            with suppress(Refused):  # of this book the member has the field tier alone
                device.edits(record, credit_limit=Money(self.chance.randint(1, 10**6), "EUR"))
            self.tell(f"{number} gives credit")

    def move(self) -> None:
        number, device = self.somebody(writes=True)
        if device is None or not self.roles(number) & {"owner", "manager"}:
            return
        books = device.session.identity.books
        record = self.record(device)
        if record is None or len(books) < 2:
            return
        with suppress(AppError):  # it is there already, or lacks a book
            made = device.session.do(moving.move, [record], self.chance.choice(books))
            self.records += made
            self.moved |= {record, *made}
            self.tell(f"{number} moves a customer")

    # ---- members

    def revoke(self) -> None:
        number = self.chance.randrange(1, len(self.world.devices))
        if len(self.world.devices) - len(self.gone) <= 3 or number in self.gone:
            return
        device = self.world.devices[number].session.sync.device
        self.say(trusted.revoke(device), number, f"{number} is revoked")
        self.gone.add(number)

    def take_role(self) -> None:
        """A rep becomes an auditor, who writes nothing."""
        number = self.chance.randrange(1, len(self.world.devices))
        facts = self.world.owner.session.sync.roster.facts
        member = facts.devices[self.world.devices[number].session.sync.device].member
        if number in self.gone or set(facts.members[member].roles) != {"rep"}:
            return
        self.say(roles.give(member, "auditor"), number, "")
        self.say(roles.take(member, "rep"), number, f"{number} is no rep any more")

    def join(self) -> None:
        """Somebody new, or a further device of a member, in the middle of everything."""
        world, owner = self.world, self.world.owner
        if len(world.devices) > 8:
            return
        number = self.chance.randrange(len(world.devices))
        role = self.chance.choice(("rep", "manager", "owner", ""))
        facts = owner.session.sync.roster.facts
        member = facts.devices[world.devices[number].session.sync.device].member
        if not role and not facts.members[member].active:
            return
        owner.wire.calm, before = True, owner.wire.offline
        owner.wire.offline = False
        try:
            made = world.join(role or "rep", member=None if role else member, clock=world.another_clock())
        finally:
            owner.wire.calm, owner.wire.offline = False, before
        made.wire.calm = False
        if number in self.oracle.ended and not role:
            self.oracle.ended.add(len(world.devices) - 1)
        self.tell(f"{len(world.devices) - 1} comes in as {role or f'a device of {number}'}")

    def give_or_take(self) -> None:
        """The second book, which the oracle does not follow."""
        owner = self.world.owner
        sync, facts = owner.session.sync, owner.session.sync.roster.facts
        book = owner.session.identity.books[-1]
        ours = facts.devices[sync.device].member
        others = sorted(one for one, member in facts.members.items() if member.active and one != ours)
        if len(owner.session.identity.books) < 2 or not others:
            return
        member = self.chance.choice(others)
        owner.wire.calm, before = True, owner.wire.offline
        owner.wire.offline = False
        try:
            if Stream(book, 0) in facts.access.get(member, {}):
                owner.says(enrol.say_all(owner.session, [books.take(member, book)]))
            else:
                owner.says(enrol.say_all(owner.session, books.give(sync, member, book)))
        except AppError as error:
            self.tell(f"a book is not given or taken: {error.code}")
        finally:
            owner.wire.calm, owner.wire.offline = False, before
        self.tell("a book is given or taken")

    def rotate(self) -> None:
        """A new key without need: the same as after a removal, for everybody who stays."""
        owner = self.world.owner
        stream = self.chance.choice(list(owner.session.sync.streams()))

        def again(roster: Any, _accepted: Any) -> Any:
            return rotation.begun(owner.session.sync, roster, stream)

        owner.wire.calm = True
        with suppress(AppError):
            owner.says(statements.say(owner.session.sync, again, rotation.COMMAND, again=True))
        owner.wire.calm = False
        self.tell("a new key")

    def say(self, saying: Any, number: int, told: str) -> None:
        owner = self.world.owner
        owner.wire.calm, owner.wire.offline = True, False
        try:
            owner.says(enrol.say_all(owner.session, [saying]))
        finally:
            owner.wire.calm = False
        self.oracle.ended.add(number)
        if told:
            self.tell(told)
