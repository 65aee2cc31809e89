"""A failover to an asynchronous standby loses what was acknowledged last, and the devices give it back."""

from __future__ import annotations

from contextlib import ExitStack

from tests.sync.client.world import World
from tests.sync.postgres_server import Server
from tests.sync.storage.relay import PostgresRelay
from tests.sync.storage.test_crashes import pair, stopped

__all__ = ["pair"]


class OverPostgres(World):
    """A world whose server keeps its rows in PostgreSQL, and is not started anew when that fails over."""

    def __init__(self, stack: ExitStack, address: str) -> None:
        self.address = address
        super().__init__(stack)

    def begin(self) -> None:
        self.relay = self._stack.enter_context(
            PostgresRelay(self.folder / "server", self.address, self.clock)
        )


def test_what_an_asynchronous_standby_has_not_seen_the_devices_give_back(
    pair: tuple[Server, Server, str],
) -> None:
    primary, second, address = pair
    with ExitStack() as stack:
        world = OverPostgres(stack, address)
        one, other = world.owner, world.join()
        kept = one.adds("Seen by the standby")
        world.settle()
        primary.be_followed()
        with stopped(second):
            one.adds("Not seen by it")
            one.sync()
            other.edits(kept, name="Renamed")
            other.sync()
            world.settle()
            assert one.names() == other.names() == ["Not seen by it", "Renamed"]
            before = one.position()
            second.kill()
        primary.kill()
        second.start()
        second.promote()

        with world.relay.storage.reading() as tx:
            stream = tx.stream(one.session.sync.company, one.book)
            assert stream is not None and stream.position < before, "nothing was lost: the test shows nothing"
        world.settle()
        assert world.agree() and one.position() >= before
        late = world.join()
        late.sync()
        assert late.names() == ["Not seen by it", "Renamed"]


def test_so_do_they_where_the_roster_went_on_meanwhile(pair: tuple[Server, Server, str]) -> None:
    primary, second, address = pair
    with ExitStack() as stack:
        world = OverPostgres(stack, address)
        one = world.owner
        world.settle()
        primary.be_followed()
        with stopped(second):
            new = world.join()
            new.adds("By somebody new")
            world.settle()
            length = one.session.sync.roster.index
            second.kill()
        primary.kill()
        second.start()
        second.promote()

        with world.relay.storage.reading() as tx:
            row = tx.company(one.session.sync.company)
            assert row is not None and row.length <= length, "nothing was lost: the test shows nothing"
        world.settle()
        world.settle()
        assert world.agree()
        assert one.names() == new.names() == ["By somebody new"]
