"""What the door costs: import, opening, saving and listing, beside the raw statements that they need.

python -m tests.bench.door [--customers 100000] [--repeats 5]
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.clock import SystemClock
from app.crypto.keys import SecretKey
from app.features import records
from app.features.crm import customers
from app.features.crm.customers import Customer
from app.gateway.command import command
from app.gateway.session import Session
from app.gateway.tx import Tx
from app.ids import Id
from app.model.folding import sort_key
from app.model.terms import CODE, NAME, PHONE, TEXT, Entry, TextKind, terms
from app.model.values import Address, Position
from app.store import search
from app.store.database import Database
from app.store.index import KINDS
from app.store.migrate import available, migrate, statements
from app.store.reader import Order
from tests.bench.floors import IMPORT, OPEN_RECORD, PAGE_OF_LIST, SAVE_FIELD
from tests.bench.report import Line, median, seconds, show
from tests.builders import a_book

WORDS = [
    "golden",
    "gate",
    "cafe",
    "pizza",
    "sushi",
    "noodle",
    "house",
    "star",
    "garden",
    "royal",
    "taqueria",
    "bakery",
    "deli",
    "grill",
    "bay",
    "union",
]
DISK = Path(tempfile.gettempdir())
"""Durable means on a disk: an fsync is part of what is measured, on both sides."""
SAMPLE = 300
"""Records opened, saved or listed in one measurement."""

Raw = tuple[str, Address, str, str, Position]


@command("customer.bench_load", "Load")
def load(tx: Tx, rows: Sequence[Raw]) -> None:
    for name, address, phone, code, position in rows:
        tx.save(
            Customer(name=name, address=address, phone=phone, code=code, position=position, stage="active")
        )


def invented(count: int, seed: int = 1) -> list[Raw]:
    """Names, addresses, phones, codes and positions as an import brings them; each name is its own."""
    draw = random.Random(seed)
    return [
        (
            f"{draw.choice(WORDS)} {draw.choice(WORDS)} {draw.choice(WORDS)} {number}".upper(),
            Address(
                f"{draw.randrange(9999)} {draw.choice(WORDS)} St",
                str(94100 + draw.randrange(40)),
                "San Francisco",
                "CA",
            ),
            f"+1415{draw.randrange(10**7):07d}",
            str(number),
            Position(37_700_000 + draw.randrange(10**5), -122_400_000),
        )
        for number in range(count)
    ]


def bare_import(rows: Sequence[Raw]) -> float:
    """Seconds for executemany of the same rows and the same search entries, tokenising included."""
    with tempfile.TemporaryDirectory(dir=DISK) as folder:
        database = Database.open(Path(folder) / "bare.db", SecretKey.fresh(), create=True)
        migrate(database)

        def work() -> None:
            with database.transaction() as connection:
                connection.executemany(
                    "INSERT INTO customer (row, id, book, touched, versions, name, name_sort, stage, code, "
                    "address_street, address_postcode, address_city, address_region, address_country, "
                    "position_lat, position_lon, phone) VALUES (?, ?, 1, 0, '', ?, ?, 'active', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (row, os.urandom(16), name, sort_key(name), code, *address, *position, phone)
                        for row, (name, address, phone, code, position) in enumerate(rows, 1)
                    ],
                )
                search.index_many(
                    connection,
                    [_entry(row, raw) for row, raw in enumerate(rows, 1)],
                )  # fmt: skip

        taken = seconds(work)
        database.close()
    return taken


def _entry(row: int, raw: Raw, notes: str = "") -> Entry:
    """The search entry of a customer."""
    name, address, phone, code, _position = raw
    texts: tuple[tuple[TextKind, str], ...] = (
        (NAME, name), (TEXT, " ".join(address)), (PHONE, phone), (CODE, code), *(((TEXT, notes),) if notes else ())
    )  # fmt: skip
    return Entry(KINDS["customer"], row, 1, name, texts)


class Beside:
    """The raw statements of one customer's life, on SQLCipher or on plain SQLite, over the same rows."""

    def __init__(self, execute: Callable[..., Any], rows: int) -> None:
        self.execute, self.rows = execute, rows

    def open(self, ids: Sequence[bytes]) -> None:
        """One SELECT of a whole row by its id."""
        for id_ in ids:
            self.execute("SELECT * FROM customer WHERE id = ?", (id_,)).fetchone()

    def page(self, first: Sequence[int]) -> None:
        """200 rows of five fields by their row numbers."""
        marks = ", ".join("?" * 200)
        for row in first:
            self.execute(
                f"SELECT row, id, name, stage, address_city, phone, code FROM customer WHERE gone = 0 AND row IN ({marks})",
                list(range(row, row + 200)),
            ).fetchall()

    def save(self, ids: Sequence[bytes], indexed: Sequence[str]) -> None:
        """A durable transaction with every statement that a saved field needs, values prepared beforehand."""
        body = os.urandom(160)
        for number, (id_, entry_terms) in enumerate(zip(ids, indexed, strict=True), 1_000_000):
            self.execute("BEGIN IMMEDIATE")
            row, *_house, subject, versions = self.execute(
                "SELECT * FROM customer WHERE id = ?", (id_,)
            ).fetchone()[:8]
            self.execute(
                "UPDATE customer SET notes = ?, gone = 0, marks = 0, touched = 1, subject = ?, versions = ? WHERE row = ?",
                ("called", subject, versions, row),
            )
            # The search entry: out under its old number, in under the newest.
            touch = self.execute(
                "SELECT touch FROM search_entry WHERE kind = 1 AND row = ?", (row,)
            ).fetchone()[0]
            newest = self.execute("SELECT max(touch) FROM search_entry").fetchone()[0] + 1
            self.execute("DELETE FROM search_term WHERE rowid = ?", (touch,))
            self.execute(
                "UPDATE search_entry SET touch = ?, texts = ? WHERE touch = ?", (newest, "called", touch)
            )
            self.execute("INSERT INTO search_term (rowid, terms) VALUES (?, ?)", (newest, entry_terms))
            self.execute(
                "INSERT INTO journal (device, step, book, tier, state, receipt, body) VALUES (1, ?, 1, 0, 0, NULL, ?)",
                (number, body),
            )
            self.execute("DELETE FROM undo WHERE state = 1")
            self.execute(
                "INSERT INTO undo (label, at, first, last, state) VALUES ('Edit', 1, ?, ?, 0)",
                (number, number),
            )
            self.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
            self.execute(
                "INSERT INTO audit (at, member, command, outcome, body, hash) VALUES (1, ?, 'customer.edit', 'done', ?, ?)",
                (body[:16], body, body[:32]),
            )
            self.execute("COMMIT")


def run(customers_count: int = 100_000, repeats: int = 5) -> list[Line]:
    """All figures of this file."""
    rows = invented(customers_count)
    ours, floors = [], []
    for _ in range(repeats):
        with a_book(SystemClock(), DISK) as book:
            ours.append(len(rows) / seconds(lambda book=book: book.do(load, rows)))  # type: ignore[misc]
        floors.append(len(rows) / bare_import(rows))
    lines = [
        Line(
            f"import of {len(rows):,} customers through the door", median(ours), "rows/s", median(floors), IMPORT,
            "Python per field; sealing personal values 20 %, the index the most of what is left",
        )
    ]  # fmt: skip
    with a_book(SystemClock(), DISK) as book:
        book.do(load, rows)
        lines += _single(book, rows, repeats)
    return lines


def _single(book: Session, rows: Sequence[Raw], repeats: int) -> list[Line]:
    count = len(rows)
    draw = random.Random(2)
    connection = book.database.writer
    picked = [draw.randrange(1, count + 1) for _ in range(SAMPLE)]
    ids = [_id_of(connection, row) for row in picked]
    first = [draw.randrange(1, max(2, count - 200)) for _ in range(SAMPLE // 10)]
    fields = ("id", "name", "stage", "address.city", "phone", "code")
    texts = iter(range(10**9))
    indexed = [terms(_entry(row, rows[row - 1], "called 123")) for row in picked]

    def door_save() -> None:
        for id_ in ids:
            book.do(customers.edit, id_, {"notes": f"called {next(texts)}"})

    def door_page() -> None:
        for row in first:
            book.ask(records.rows, "customer", range(row, row + 200), fields)

    def door_open() -> None:
        for id_ in ids:
            book.ask(records.open_one, "customer", id_)

    # After a bulk load the search index merges its parts within the next few commits: not ours to count.
    door_save()
    raw_warm = Beside(connection.execute, count)
    raw_warm.save(ids, indexed)
    _forget(connection)
    lines = []
    with plain_twin(count) as twin:
        plain_ids = [
            twin.execute("SELECT id FROM customer WHERE row = ?", (row,)).fetchone()[0] for row in picked
        ]
        plain, raw = Beside(twin.execute, count), Beside(connection.execute, count)
        for what, door, floor, beside, number, goal, limit in (
            ("opening a record", door_open, lambda: raw.open(ids), lambda: plain.open(plain_ids), SAMPLE, OPEN_RECORD,
             "making the record and its dots of a row"),
            ("a page of the list, 200 rows", door_page, lambda: raw.page(first), lambda: plain.page(first), len(first), PAGE_OF_LIST,
             "one tuple more per row"),
            ("saving a field, durable", door_save, lambda: raw.save(ids, indexed), lambda: plain.save(plain_ids, indexed), SAMPLE, SAVE_FIELD,
             "comparison, sealing and the audit hash in Python"),
        ):  # fmt: skip
            taken: list[tuple[float, float, float]] = []
            for _ in range(repeats):
                taken.append((seconds(door), seconds(floor), seconds(beside)))
                _forget(connection)
                _forget(twin)
            micro = [median(column) / number * 1e6 for column in zip(*taken, strict=True)]
            lines.append(Line(what, micro[0], "µs", micro[1], goal, limit))
            lines.append(
                Line(f"  the raw statements in plain SQLite {sqlite3.sqlite_version}", micro[2], "µs")
            )
    order = (Order("name"),)
    lines.append(
        Line("ids of the whole list, sorted by name", median([seconds(lambda: book.ask(records.ids, "customer", None, order)) for _ in range(repeats)]) * 1e3, "ms")
    )  # fmt: skip
    return lines


def _id_of(connection: Any, row: int) -> Id:
    id_: Id = connection.execute("SELECT id FROM customer WHERE row = ?", (row,)).fetchone()[0]
    return id_


def _forget(connection: Any) -> None:
    """Take out what the raw saving has put in, so that it can run again."""
    connection.execute("DELETE FROM journal WHERE step >= 1000000")
    connection.execute("DELETE FROM audit WHERE command = 'customer.edit' AND at = 1")


@contextmanager
def plain_twin(count: int) -> Iterator[sqlite3.Connection]:
    """The same tables in the standard library's SQLite, without encryption, equally durable."""
    with tempfile.TemporaryDirectory(dir=DISK) as folder:
        connection = sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY", "cache_size=-32768"):
            connection.execute(f"PRAGMA {pragma}")
        for _number, script in available():
            for statement in statements(script):
                connection.execute(_older(statement))
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO customer (row, id, book, touched, versions, name, name_sort) VALUES (?, ?, 1, 0, ?, ?, ?)",
            [
                (row, os.urandom(16), os.urandom(60), f"GOLDEN {row}", f"golden {row}")
                for row in range(1, count + 1)
            ],
        )
        connection.executemany(
            "INSERT INTO search_entry (touch, kind, row, book, title, texts) VALUES (?, 1, ?, 1, ?, '')",
            [(row, row, f"GOLDEN {row}") for row in range(1, count + 1)],
        )
        connection.executemany(
            "INSERT INTO search_term (rowid, terms) VALUES (?, ?)",
            [(row, f"golden {row}") for row in range(1, count + 1)],
        )
        connection.execute("COMMIT")
        try:
            yield connection
        finally:
            connection.close()


def _older(statement: str) -> str:
    """The standard library's SQLite may not know contentless_delete; a plain index costs it less, not more."""
    return (
        statement
        if sqlite3.sqlite_version_info >= (3, 43)
        else statement.replace("content='', contentless_delete=1, ", "")
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    print(show(run(chosen.customers, chosen.repeats)))
