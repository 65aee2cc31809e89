"""A copied vault that is far behind begins at no snapshot of what its twin has written meanwhile."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from app import bootstrap
from app.crypto.keys import SecretKey
from app.errors import OtherDevice
from app.store.database import Database
from sync.client import snapshots
from tests.sync.client.test_snapshots import countersign, on_offer, works
from tests.sync.client.world import Device, a_world


@pytest.mark.parametrize("waits", [False, True], ids=["with nothing to send", "with something to send"])
def test_a_copy_far_behind_is_noticed(monkeypatch: pytest.MonkeyPatch, *, waits: bool) -> None:
    monkeypatch.setattr(snapshots, "INTERVAL", 5)
    monkeypatch.setattr(snapshots, "FAR_BEHIND", 4)
    with a_world("manager") as world:
        owner, manager = world.devices
        assert manager.place is not None
        copy = Path(f"{manager.place}.copy")
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{manager.place}{suffix}", f"{copy}{suffix}")
        works(manager, 5)
        owner.sync()
        countersign(owner)
        assert len(on_offer(owner).snapshots[0].counters) == 1
        session = bootstrap.door(Database.open(copy, SecretKey(manager.key)), world.clock)
        try:
            twin = Device(session, world.relay.wire(), world.clock)
            if waits:
                twin.adds("Written by the copy")
            with pytest.raises(OtherDevice):
                twin.sync()
            if waits:  # it is still there, and nobody says that it was sent
                assert twin.names() == ["Written by the copy"]
                assert session.unsent() == 1
        finally:
            session.close()
        world.settle()
        assert world.agree()
