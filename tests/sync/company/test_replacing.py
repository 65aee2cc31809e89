"""Copies and backups of a connected company's vault become devices of their own, and lose and repeat nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import bootstrap
from app.bootstrap import Open
from app.clock import FakeClock
from app.crypto import passwords
from app.crypto.recovery import RecoveryCode
from app.errors import AppError, Offline, OtherDevice, Refused
from app.features import records
from app.features.crm import customers
from app.features.trust import backup_file, backups, vault
from app.ids import Id
from app.vault.profiles import Profile
from sync.client import enrol
from sync.client.engine import Engine, Report
from sync.client.line import Line
from sync.client.talk import drive
from sync.protocol.messages import Append, FetchRoster
from tests.builders import PASSWORD, a_customer
from tests.keychains import MemoryKeychain
from tests.relay import HOST, Relay, Wire

OTHER = "another road to the southern market"


class Laptop:
    """One computer with its keyring, and the vault that is open on it."""

    def __init__(self, relay: Relay, home: Path, clock: FakeClock) -> None:
        self.relay, self.home, self.clock = relay, home, clock
        self.keychain = MemoryKeychain()
        self.wire: Wire = relay.wire()
        self.opened: Open | None = None

    @property
    def open(self) -> Open:
        assert self.opened is not None
        return self.opened

    def founds(self) -> RecoveryCode:
        self.opened = bootstrap.create_company(
            self.home, "Acme Foods", "Olga Owner", PASSWORD,
            keychain=self.keychain, clock=self.clock, parameters=passwords.minimum(),
        )  # fmt: skip
        code = self.open.recovery_code
        assert code is not None
        session = self.open.session
        drive(
            enrol.connect(session, f"https://{HOST}", b"", self.relay.admission()),
            Line(self.wire, session.sync, HOST, self.clock),
        )
        return code

    def restores(self, path: Path, code: RecoveryCode) -> Open:
        self.opened = bootstrap.restore_company(
            backup_file.check(path), self.home, recovery=code, new_password=OTHER,
            keychain=self.keychain, clock=self.clock, parameters=passwords.minimum(),
        )  # fmt: skip
        return self.open

    def comes_back(self, password: str = OTHER) -> Open:
        profile = self.open.profile
        self.open.close()
        opened = bootstrap.open_company(
            Profile(profile.name, profile.folder), password, keychain=self.keychain, clock=self.clock
        )
        assert opened is not None
        self.opened = opened
        return opened

    def replaces(self) -> None:
        successor = bootstrap.begin_replacing(self.open)
        drive(enrol.replace(successor), Line(self.wire, successor, HOST, self.clock))
        bootstrap.finish_replacing(self.open, successor)

    def sync(self) -> Report:
        session = self.open.session
        engine = Engine(session.sync, self.clock)
        return drive(engine.round(), Line(self.wire, session.sync, HOST, self.clock))

    def adds(self, name: str, **values: object) -> Id:
        return self.open.session.do(customers.add, a_customer(name, **values)).id

    def names(self) -> list[str]:
        session = self.open.session
        rows = session.ask(records.ids, "customer")
        return sorted(one for (one,) in session.ask(records.rows, "customer", list(rows), ["name"]).values())

    def phone(self, id_: Id) -> str:
        phone: str = getattr(self.open.session.ask(records.open_one, "customer", id_).record, "phone", "")
        return phone

    @property
    def device(self) -> Id:
        return self.open.session.identity.device


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def relay(tmp_path: Path, clock: FakeClock) -> Iterator[Relay]:
    with Relay(tmp_path / "server", clock) as made:
        yield made


@pytest.fixture
def lost(relay: Relay, tmp_path: Path, clock: FakeClock) -> Iterator[tuple[Laptop, RecoveryCode]]:
    laptop = Laptop(relay, tmp_path / "lost", clock)
    code = laptop.founds()
    yield laptop, code
    if laptop.opened is not None:
        laptop.open.close()


@pytest.fixture
def fresh(relay: Relay, tmp_path: Path, clock: FakeClock) -> Iterator[Laptop]:
    laptop = Laptop(relay, tmp_path / "fresh", clock)
    yield laptop
    if laptop.opened is not None:
        laptop.open.close()


def backup(laptop: Laptop, tmp_path: Path) -> Path:
    path = tmp_path / "acme.backup"
    backups.make(laptop.open, path)
    return path


def test_the_only_owner_comes_back_with_a_lost_laptop(
    lost: tuple[Laptop, RecoveryCode], fresh: Laptop, tmp_path: Path
) -> None:
    laptop, code = lost
    first = laptop.adds("Known to the server", phone="1")
    laptop.sync()
    unsent = laptop.adds("Only in the backup", phone="1")
    laptop.open.session.do(customers.edit, unsent, {"phone": "2"})
    laptop.open.session.do(customers.edit, first, {"phone": "3"})
    path = backup(laptop, tmp_path)
    later = laptop.adds("After the backup", phone="1")
    laptop.open.session.do(customers.edit, later, {"phone": "4"})
    laptop.sync()  # which sends what the backup does not know to be sent, too
    old = laptop.device
    fresh.restores(path, code)
    assert fresh.open.must_replace and fresh.open.vault.database.is_frozen
    with pytest.raises(AppError):
        fresh.adds("Not yet")
    fresh.replaces()
    assert fresh.device != old and not fresh.open.must_replace
    roster = fresh.open.session.sync.roster
    assert not roster.standing(old).active and roster.standing(fresh.device).active
    # The server has more of the old device than the backup knows: nothing is issued anew before that was followed.
    assert all(fresh.open.session.sync.adopt(stream) == 0 for stream in fresh.open.session.sync.streams())
    fresh.sync()
    assert fresh.names() == ["After the backup", "Known to the server", "Only in the backup"]
    assert (fresh.phone(first), fresh.phone(unsent), fresh.phone(later)) == ("3", "2", "4")
    assert fresh.open.session.unsent() == 0
    fresh.adds("Goes on")
    fresh.sync()
    assert fresh.open.session.unsent() == 0
    fresh.comes_back()
    assert fresh.names()[-1] == "Only in the backup" and not fresh.open.must_replace
    with pytest.raises(AppError):  # the old one has ended
        laptop.adds("Too late")
        laptop.sync()


def test_only_what_the_server_does_not_hold_is_issued_anew(
    lost: tuple[Laptop, RecoveryCode], fresh: Laptop, tmp_path: Path
) -> None:
    laptop, code = lost
    sent = laptop.adds("Sent", phone="1")
    laptop.sync()
    never = laptop.adds("Never sent", phone="1", tags=("vip",))
    laptop.open.session.do(customers.edit, never, {"phone": "2"})
    laptop.open.session.do(customers.edit, sent, {"phone": "3"})
    laptop.open.session.do(customers.delete, [laptop.adds("Made and deleted", phone="9")])
    path = backup(laptop, tmp_path)
    fresh.restores(path, code)
    fresh.replaces()
    # Written over what is still under the old device's name.
    fresh.open.session.do(customers.edit, never, {"email": "a@example.org"})
    fresh.open.session.do(customers.edit, sent, {"phone": "4"})
    fresh.sync()
    assert fresh.open.session.unsent() == 0
    assert fresh.names() == ["Never sent", "Sent"]
    assert (fresh.phone(never), fresh.phone(sent)) == ("2", "4")
    for id_ in (never, sent):
        assert not fresh.open.session.ask(records.open_one, "customer", id_).seen.get("phone", ())[1:]
    # Somebody who comes later sees the same: what was renamed is in the log, and opens.
    second = Laptop(fresh.relay, tmp_path / "second", fresh.clock)
    path.unlink()
    again = vault.new_recovery_code(fresh.open, OTHER)
    backups.make(fresh.open, path)
    roster_before = fresh.open.session.sync.roster.index
    hashes = {one: fresh.open.session.sync.state_hash(one) for one in fresh.open.session.sync.streams()}
    second.restores(path, again)
    second.replaces()
    second.sync()
    assert second.names() == fresh.names() and second.phone(sent) == "4"
    assert second.open.session.sync.roster.index > roster_before
    assert {one: second.open.session.sync.state_hash(one) for one in hashes} == hashes
    second.open.close()


def test_a_replacement_that_was_broken_off_goes_on(
    lost: tuple[Laptop, RecoveryCode], fresh: Laptop, tmp_path: Path
) -> None:
    laptop, code = lost
    laptop.adds("Never sent", phone="1")
    fresh.restores(backup(laptop, tmp_path), code)
    for fault in (FetchRoster, Append):
        fresh.wire.lose(fault)
        with pytest.raises(Offline):
            fresh.replaces()
        fresh.comes_back()
        assert fresh.open.must_replace
    successor = bootstrap.begin_replacing(fresh.open)
    drive(enrol.replace(successor), Line(fresh.wire, successor, HOST, fresh.clock))
    fresh.comes_back()  # killed before the vault says who it is
    fresh.replaces()
    active = [one for one in fresh.open.session.sync.roster.facts.devices.values() if one.active]
    assert len(active) == 1
    fresh.sync()
    assert fresh.names() == ["Never sent"] and fresh.open.session.unsent() == 0


def test_a_copy_of_a_device_that_was_revoked_needs_an_invitation(
    lost: tuple[Laptop, RecoveryCode], fresh: Laptop, tmp_path: Path
) -> None:
    laptop, code = lost
    path = backup(laptop, tmp_path)
    fresh.restores(path, code)
    fresh.replaces()  # this ends the lost laptop
    third = Laptop(fresh.relay, tmp_path / "third", fresh.clock)
    third.restores(path, code)
    with pytest.raises((Refused, AppError)):
        third.replaces()
    assert third.open.must_replace and third.names() == []
    third.open.close()


def test_a_copied_folder_is_noticed_by_the_server_at_the_latest(
    lost: tuple[Laptop, RecoveryCode], fresh: Laptop, tmp_path: Path
) -> None:
    """A whole machine was copied, keyring and all: nothing on it can tell."""
    laptop, _code = lost
    laptop.adds("First")
    laptop.sync()
    laptop.open.close()
    fresh.keychain.items = dict(laptop.keychain.items)
    profile = laptop.open.profile
    kept = tmp_path / "image"
    shutil.copytree(profile.folder, kept)
    reopened = bootstrap.open_company(
        Profile(profile.name, profile.folder), PASSWORD, keychain=laptop.keychain, clock=laptop.clock
    )
    laptop.opened = reopened
    laptop.adds("By the one")
    laptop.sync()
    laptop.open.close()
    shutil.rmtree(profile.folder)
    shutil.copytree(kept, profile.folder)
    laptop.keychain.items = fresh.keychain.items
    laptop.opened = bootstrap.open_company(
        Profile(profile.name, profile.folder), PASSWORD, keychain=laptop.keychain, clock=laptop.clock
    )
    laptop.adds("By the other")
    with pytest.raises(OtherDevice):
        laptop.sync()
    laptop.replaces()
    laptop.sync()
    assert laptop.names() == ["By the one", "By the other", "First"]
    assert laptop.open.session.unsent() == 0


def test_an_older_state_that_an_owner_accepts_waits_for_the_server(
    lost: tuple[Laptop, RecoveryCode], tmp_path: Path
) -> None:
    laptop, _code = lost
    laptop.adds("First")
    laptop.sync()
    profile = laptop.open.profile
    laptop.open.close()
    kept = tmp_path / "older"
    shutil.copytree(profile.folder, kept)
    laptop.opened = bootstrap.open_company(
        Profile(profile.name, profile.folder), PASSWORD, keychain=laptop.keychain, clock=laptop.clock
    )
    laptop.adds("Second")
    laptop.sync()
    laptop.open.close()
    shutil.rmtree(profile.folder)
    shutil.copytree(kept, profile.folder)
    laptop.opened = bootstrap.open_company(
        Profile(profile.name, profile.folder), PASSWORD, keychain=laptop.keychain, clock=laptop.clock
    )
    before = laptop.device
    bootstrap.accept_rollback(laptop.open)
    assert laptop.open.must_replace and laptop.device == before
    laptop.replaces()
    laptop.sync()
    assert laptop.names() == ["First", "Second"] and laptop.device != before
