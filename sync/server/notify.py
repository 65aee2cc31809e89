"""News between nodes through PostgreSQL's LISTEN and NOTIFY.

One connection to listen and one to tell, both made anew where they break; what was said meanwhile is lost, which costs
whoever waits a while and nothing else. Needs connections of its own: a pooler between must work by session.
"""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Collection
from contextlib import suppress
from typing import Any, Final

import psycopg

from sync.server import logs
from sync.server.news import COMPANY_BYTES, Moved
from sync.server.postgres_connection import connect, connection_string

CHANNEL: Final = "provender_news"
LISTEN_S: Final = 1.0
"""How long the listener may be deaf to being closed."""
REST_S: Final = 1.0
"""Between two tries to connect."""
MOST_QUEUED: Final = 1_000
MOST_NAMED: Final = 7_900 // (2 * COMPANY_BYTES + 1)
"""Companies in one notice, which holds at most 8,000 bytes."""


class Notify:
    """Carries word between the nodes of a server. Neither `start` nor `publish` waits for PostgreSQL."""

    def __init__(self, address: str) -> None:
        self._address = connection_string(address)
        self._node = secrets.token_hex(8)
        self._outgoing: queue.Queue[bytes | None] = queue.Queue(MOST_QUEUED)
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, moved: Moved) -> None:
        """Listen and tell, on threads of their own."""
        for name, work in (("news-in", lambda: self._listen(moved)), ("news-out", self._tell)):
            thread = threading.Thread(target=work, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def publish(self, companies: Collection[bytes]) -> None:
        """Tell the other nodes soon."""
        with suppress(queue.Full):  # while PostgreSQL is away: what is queued wakes as well
            for company in companies:
                self._outgoing.put_nowait(company)

    def close(self) -> None:
        """Tell what is queued, and stop."""
        self._closing.set()
        with suppress(queue.Full):
            self._outgoing.put_nowait(None)
        for thread in self._threads:
            thread.join(timeout=LISTEN_S * 3)

    # ---- in

    def _listen(self, moved: Moved) -> None:
        while not self._closing.is_set():
            try:
                with connect(self._address) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._hear(connection, moved)
            except psycopg.Error as error:
                logs.event("news-away", error=type(error).__qualname__)
                self._closing.wait(REST_S)

    def _hear(self, connection: psycopg.Connection[Any], moved: Moved) -> None:
        while not self._closing.is_set():
            for notice in connection.notifies(timeout=LISTEN_S):
                if self._closing.is_set():
                    return
                node, _colon, companies = notice.payload.partition(":")
                if node != self._node:
                    for company in companies.split(","):
                        moved(bytes.fromhex(company))

    # ---- out

    def _tell(self) -> None:
        due: list[bytes] = []
        while True:
            try:
                with connect(self._address) as connection:
                    while not (self._closing.is_set() and self._outgoing.empty()):
                        due = due or self._due()
                        self._notify(connection, due)
                        due = []
                    self._notify(connection, ())  # wakes our own listener, to close
                    return
            except psycopg.Error as error:
                logs.event("news-away", error=type(error).__qualname__)
                if self._closing.wait(REST_S):
                    return

    def _due(self) -> list[bytes]:
        """Companies to tell of in one notice, waiting for the first; none of them where we are to close."""
        found = {self._outgoing.get()}
        with suppress(queue.Empty):
            while len(found) < MOST_NAMED:
                found.add(self._outgoing.get_nowait())
        return sorted(company for company in found if company)

    def _notify(self, connection: psycopg.Connection[Any], companies: Collection[bytes]) -> None:
        told = ",".join(company.hex() for company in companies)
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._node}:{told}"))
