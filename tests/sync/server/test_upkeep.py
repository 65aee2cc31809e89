"""Backups, the check of the whole store, and housekeeping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.errors import Damaged
from app.model import statements as say
from app.model.encoding import canonical
from sync.protocol.messages import KEPT_PURPOSE, HeadSaid, OfferSnapshot, PutChunk
from sync.protocol.signed import kept_message
from sync.server import auth
from sync.server.backups import keep, reached, restored
from sync.server.checking import check
from sync.server.embedded import Embedded
from sync.server.housekeeping import MOST_UNCOUNTED, UNFINISHED_MS, sweep
from tests.model.company import MANAGERS, OFFICE_PC, VAN
from tests.relay import KEY
from tests.sync.server.office import FIELD, Office, checked
from tests.sync.server.test_pushing import key
from tests.sync.server.test_shelves import OBJECT, counter, manifest, put, signed

# ---- backups


def said(office: Office) -> HeadSaid:
    head: HeadSaid = office[OFFICE_PC].pull(99).head
    return head


def test_what_is_in_two_backups_is_signed_as_kept_from_then_on(office: Office, tmp_path: Path) -> None:
    office[VAN].writes(1, 2)
    assert said(office).kept == 0
    held = reached(office.relay.storage)
    office[VAN].writes(3)
    keep(office.relay.storage, held)
    # The only backup may turn out to be unreadable when it is needed.
    assert said(office).kept == 0
    keep(office.relay.storage, reached(office.relay.storage))
    head = said(office)
    assert (head.position, head.kept) == (3, 2)
    message = kept_message(office.id, FIELD, 2)
    auth.verify(office.relay.signer.public, KEPT_PURPOSE, message, head.kept_signature)
    with pytest.raises(Damaged):
        auth.verify(
            office.relay.signer.public, KEPT_PURPOSE, kept_message(office.id, FIELD, 3), head.kept_signature
        )


def test_a_backup_is_a_database_of_its_own_that_checks(office: Office, tmp_path: Path) -> None:
    office[VAN].writes(1, 2)
    office.relay.storage.backup_to(tmp_path / "copy.db")
    office[VAN].writes(3)
    copy = Embedded.open(tmp_path / "copy.db", KEY)
    assert list(check(copy, None, checked)) == []
    assert reached(copy)[office.id][FIELD] == 2
    restored(copy, office.relay.clock)
    with copy.reading() as tx:
        company = tx.company(office.id)
        assert company is not None and company.restored_ms == office.relay.clock.now_ms()
    copy.close()


def test_a_backup_that_fails_leaves_what_was_there(office: Office, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"something")
    with pytest.raises(FileExistsError):
        office.relay.storage.backup_to(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == b"something"


# ---- check


def faults(office: Office) -> list[str]:
    return [one.fault for one in check(office.relay.storage, office.relay.objects, checked)]


def changed(office: Office, sql: str, *values: Any) -> None:
    """What no code of ours does."""
    with office.relay.storage.writing() as tx:
        tx._connection.execute(sql, values)  # type: ignore[attr-defined]


@pytest.fixture
def used(office: Office) -> Office:
    rep = office[VAN]
    rep.push(rep.batch(1, keys=(key(b"1" * 16),)), rep.batch(2))
    office[MANAGERS].writes(3)
    office[VAN].ask(put(0))
    return office


def test_a_sound_store_has_no_findings(used: Office) -> None:
    assert faults(used) == []
    used[OFFICE_PC].says(say.RecordErased((b"1" * 16,)))
    with used.relay.storage.writing() as tx:
        tx.remove_bodies(used.id, FIELD, 3)
    assert faults(used) == []


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE batch SET body = x'00' WHERE position = 2", "body"),
        ("UPDATE batch SET signature = zeroblob(64) WHERE position = 2", "signature"),
        ("UPDATE batch SET header = x'00' WHERE position = 2", "form"),
        ("UPDATE batch SET receipt_ms = receipt_ms - 1 WHERE position = 2", "time"),
        ("UPDATE batch SET receipt_ms = receipt_ms + 1 WHERE position = 3", "fork"),
        ("UPDATE batch SET head = zeroblob(32) WHERE position = 3", "fork"),
        ("DELETE FROM batch WHERE position = 1", "gap"),
        ("DELETE FROM batch WHERE position = 3", "missing"),
        ("UPDATE batch SET body = NULL WHERE position = 2", "size"),
        ("UPDATE stream SET position = 2 WHERE position = 3", "missing"),
        ("DELETE FROM stream WHERE position = 3", "missing"),
        ("UPDATE device_end SET sequence = 9", "end"),
        ("DELETE FROM subject_key", "keys"),
        ("UPDATE subject_key SET sealed = x'00'", "keys"),
        ("UPDATE subject_key SET sealed = x''", "keys"),
        ("UPDATE statement SET data = x'00' WHERE at = 3", "roster"),
        ("UPDATE statement SET signature = zeroblob(64) WHERE at = 3", "roster"),
        ("DELETE FROM statement WHERE at = 3", "roster"),
        ("UPDATE company SET head = zeroblob(32)", "roster"),
        ("UPDATE stream SET size_bytes = 1 WHERE position = 3", "size"),
    ],
)
def test_whatever_was_altered_is_found(used: Office, sql: str, fault: str) -> None:
    changed(used, sql)
    assert fault in faults(used)


def test_an_object_that_rotted_is_found(used: Office) -> None:
    used.relay.objects.put(used.id, OBJECT, 0, b"rotten")
    assert faults(used) == ["object"]


def test_bodies_that_are_awaited_are_no_damage(used: Office) -> None:
    changed(used, "UPDATE batch SET body = NULL WHERE position = 2")
    changed(used, "UPDATE stream SET size_bytes = size_bytes - 300 WHERE position = 3")
    assert [one.is_damage for one in check(used.relay.storage, None, checked)] == [False]


# ---- housekeeping

DAY_S = 24 * 3600


def swept(office: Office) -> Any:
    return sweep(office.relay.storage, office.relay.objects, office.relay.clock, checked)


def again(office: Office) -> Office:
    for device in office.devices.values():
        device.token = None
    return office


def counted(office: Office, *positions: int) -> None:
    """Snapshots that the manager agrees to, each its own object."""
    for position in positions:
        object_ = bytes((position,)) * 16
        for index in range(2):
            again(office)[VAN].ask(put(index, object=object_))
        made = manifest(office, position, object=object_)
        office[VAN].ask(signed(office[VAN], made))
        office[MANAGERS].ask(counter(office[MANAGERS], made))


def test_bodies_go_below_the_last_counted_snapshot_but_one_and_not_before_the_lease(office: Office) -> None:
    office[VAN].writes(1, 2, 3, 4, 5)
    counted(office, 2)
    office.relay.clock.forward(31 * DAY_S)
    assert swept(office).bytes == 0  # the last one alone: nothing stands behind it
    counted(office, 4)
    assert swept(office).bytes == 600
    pulled = again(office)[MANAGERS].pull()
    assert pulled.whole_from == 3
    assert [bool(one.body) for one in pulled.batches] == [False, False, True, True, True]
    assert faults(office) == []


def test_the_lease_is_the_companys_own(office: Office) -> None:
    office[OFFICE_PC].says(say.PolicySet("lease", "7"))
    office[VAN].writes(1, 2, 3)
    counted(office, 1, 2)
    office.relay.clock.forward(6 * DAY_S)
    assert swept(office).bytes == 0
    office.relay.clock.forward(1 * DAY_S)
    assert swept(office).bytes == 300


def test_a_snapshot_that_nobody_agreed_to_removes_nothing(office: Office) -> None:
    office[VAN].writes(1, 2, 3)
    counted(office, 3)
    for index in range(2):
        office[VAN].ask(put(index))
    office[VAN].ask(signed(office[VAN], manifest(office, 1)))
    office.relay.clock.forward(99 * DAY_S)
    assert swept(office).bytes == 0


def test_snapshots_before_those_are_removed_with_their_chunks(office: Office) -> None:
    office[VAN].writes(1, 2, 3)
    counted(office, 1, 2, 3)
    office.relay.clock.forward(31 * DAY_S)
    assert swept(office).snapshots == 1
    with office.relay.storage.reading() as tx:
        assert [one.position for one in tx.snapshots(office.id, FIELD)] == [3, 2]
        assert tx.object(office.id, b"\x01" * 16) is None
    assert office.relay.objects.get(office.id, b"\x01" * 16, 0) is None
    assert office.relay.objects.get(office.id, b"\x02" * 16, 0) is not None


def test_snapshots_that_nobody_agrees_to_give_way_to_newer_ones(office: Office) -> None:
    office[VAN].writes(*range(1, MOST_UNCOUNTED + 3))
    for position in range(1, MOST_UNCOUNTED + 2):
        object_ = bytes((position,)) * 16
        for index in range(2):
            office[VAN].ask(put(index, object=object_))
        made = manifest(office, position, object=object_)
        data = canonical(tuple(made))
        office[VAN].ask(OfferSnapshot(data, signed(office[VAN], made).signature))
    assert swept(office).snapshots == 1
    with office.relay.storage.reading() as tx:
        assert min(one.position for one in tx.snapshots(office.id, FIELD)) == 2


def test_objects_that_nobody_finishes_are_removed(office: Office) -> None:
    office[VAN].ask(put(0))
    whole = PutChunk(b"w" * 16, *FIELD, 0, 1, b"whole")
    office[VAN].ask(whole)
    assert swept(office).objects == 0
    office.relay.clock.forward(UNFINISHED_MS / 1000 + 1)
    assert swept(office).objects == 1
    with office.relay.storage.reading() as tx:
        assert [one.object for one in tx.objects(office.id)] == [b"w" * 16]


def test_a_company_whose_roster_is_damaged_is_left_alone(office: Office) -> None:
    office[VAN].writes(1, 2, 3)
    counted(office, 1, 2)
    office.relay.clock.forward(99 * DAY_S)
    changed(office, "UPDATE statement SET signature = zeroblob(64) WHERE at = 3")
    assert swept(office).bytes == 0
