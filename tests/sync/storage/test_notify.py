"""Word crosses nodes through PostgreSQL, also after PostgreSQL was away."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sync.server.notify import MOST_NAMED, Notify
from tests.sync.postgres_server import Server
from tests.sync.storage.rows import COMPANY, OTHER


@contextmanager
def node(address: str) -> Iterator[tuple[Notify, queue.Queue[bytes]]]:
    heard: queue.Queue[bytes] = queue.Queue()
    with closing(Notify(address)) as news:
        news.start(heard.put)
        yield news, heard


def listening(server: Server, count: int) -> None:
    """Until so many nodes listen."""
    with server.connect() as connection:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND state = 'idle'"
            ).fetchone()
            if row and row[0] == count:
                return
            time.sleep(0.01)
    raise AssertionError("nobody listens")


def test_word_reaches_the_other_node_and_not_its_author(postgres: Server, database: str) -> None:
    with node(database) as (one, at_one), node(database) as (other, at_other):
        listening(postgres, 2)
        began = time.monotonic()
        one.publish([COMPANY])
        assert at_other.get(timeout=5) == COMPANY
        assert time.monotonic() - began < 1
        other.publish([OTHER])
        assert at_one.get(timeout=5) == OTHER
        assert at_one.empty() and at_other.empty()


def test_word_of_many_companies_fits(postgres: Server, database: str) -> None:
    companies = {number.to_bytes(32, "big") for number in range(1, 3 * MOST_NAMED)}
    with node(database) as (one, _at_one), node(database) as (_other, at_other):
        listening(postgres, 2)
        one.publish(companies)
        assert {at_other.get(timeout=5) for _ in companies} == companies


def test_what_is_queued_is_told_before_closing(postgres: Server, database: str) -> None:
    with node(database) as (_other, heard):
        listening(postgres, 1)
        with node(database) as (one, _at_one):
            one.publish([COMPANY])
        assert heard.get(timeout=5) == COMPANY


def test_nodes_listen_again_after_postgresql_was_away(postgres_of_our_own: Server) -> None:
    server = postgres_of_our_own
    address = server.address("postgres")
    with node(address) as (one, _at_one), node(address) as (_other, heard):
        listening(server, 2)
        server.kill()
        one.publish([COMPANY])  # nobody waits for it
        server.start()
        listening(server, 2)
        one.publish([OTHER])
        until = time.monotonic() + 10
        while heard.get(timeout=until - time.monotonic()) != OTHER:
            pass
