"""Keeps the search index: takes records in, forgets them, tidies up behind itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from app.model.terms import Entry, pack, terms, unpack
from app.store.database import Connection, DriverError

_BATCH: Final = 5_000


def index(connection: Connection, entry: Entry) -> None:
    """Take in a record, new or changed, as the one touched last. Inside the transaction that saves it."""
    if found := connection.execute(
        "SELECT touch FROM search_entry WHERE kind = ? AND row = ?", (entry.kind, entry.row)
    ).fetchone():
        _drop(connection, [found[0]])
    _add(connection, [entry])


def index_many(connection: Connection, entries: Iterable[Entry]) -> int:
    """Take in many records, in this order, and say how many. Of a record that comes again the last counts.

    Far quicker than `index` for each: taking turns between old and new makes FTS5 write a segment each time.
    """
    done = 0
    batch: list[Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == _BATCH:
            done += _replace(connection, batch)
            batch.clear()
    return done + _replace(connection, batch)


def touch(connection: Connection, kind: int, row: int) -> None:
    """Make a record the one touched last, as it stands. Nothing happens where it is not indexed."""
    found = connection.execute(
        "SELECT touch, book, title, texts FROM search_entry WHERE kind = ? AND row = ?", (kind, row)
    ).fetchone()
    if found is None or found[0] == _last(connection):
        return
    entry = Entry(kind, row, found[1], found[2], tuple(unpack(found[2], found[3])))
    _drop(connection, [found[0]])
    _add(connection, [entry])


def remove(connection: Connection, kind: int, rows: Iterable[int]) -> None:
    """Forget records: they are not found any more. What must not lie in the file either needs `purge`."""
    touched = []
    for row in rows:
        if found := connection.execute(
            "SELECT touch FROM search_entry WHERE kind = ? AND row = ?", (kind, row)
        ).fetchone():
            touched.append(found[0])
    _drop(connection, sorted(touched))


def clear(connection: Connection) -> None:
    """Empty the index, to build it anew."""
    connection.execute("DELETE FROM search_entry")
    connection.execute("INSERT INTO search_term(search_term) VALUES ('delete-all')")


def rebuild(connection: Connection) -> int:
    """Make all terms anew from the texts that are kept, and say of how many records; who was touched when stays.

    For a program that makes terms by new rules, and where `is_sound` says no. About 30 s for a million.
    """
    connection.execute("INSERT INTO search_term(search_term) VALUES ('delete-all')")
    done = last = 0
    while rows := connection.execute(
        "SELECT kind, row, book, title, texts, touch FROM search_entry WHERE touch > ? ORDER BY touch LIMIT ?",
        (last, _BATCH),
    ).fetchall():
        connection.executemany(
            "INSERT INTO search_term(rowid, terms) VALUES (?, ?)",
            [(row[5], terms(_entry(row))) for row in rows],
        )
        done, last = done + len(rows), rows[-1][5]
    return done


def is_sound(connection: Connection) -> bool:
    """Whether the index is whole in itself, and has exactly the records that are kept with it."""
    try:
        connection.execute("INSERT INTO search_term(search_term) VALUES ('integrity-check')")
    except DriverError:
        return False
    row = connection.execute(
        "SELECT (SELECT count(*) FROM search_entry) = (SELECT count(*) FROM search_term_docsize) "
        "AND NOT EXISTS (SELECT 1 FROM search_entry WHERE touch NOT IN (SELECT id FROM search_term_docsize))"
    ).fetchone()
    return row is not None and bool(row[0])


def tidy(connection: Connection, pages: int = 50) -> bool:
    """Merge a little of what saving has left behind, some 10 ms of work; whether there is more to do.

    For idle moments, each call in a transaction of its own: saves themselves never merge, and every one
    leaves a segment that searches have to look into.
    """
    before = _changes(connection)
    connection.execute("INSERT INTO search_term(search_term, rank) VALUES ('merge', ?)", (pages,))
    return _changes(connection) - before > 1


def purge(connection: Connection) -> None:
    """Rewrite the index without anything of removed or replaced records; about 8 s for a million.

    Erasing personal values calls it once, after `remove` or `index`, in the same transaction.
    """
    connection.execute("INSERT INTO search_term(search_term) VALUES ('optimize')")


def _replace(connection: Connection, entries: Sequence[Entry]) -> int:
    """Old versions go first, all together."""
    rows: dict[int, dict[int, Entry]] = {}
    for entry in entries:
        rows.setdefault(entry.kind, {})[entry.row] = entry
    for kind, these in rows.items():
        if connection.execute(
            "SELECT 1 FROM search_entry WHERE kind = ? AND row BETWEEN ? AND ? LIMIT 1",
            (kind, min(these), max(these)),
        ).fetchone():
            remove(connection, kind, these)
    if sum(map(len, rows.values())) < len(entries):
        last = {(entry.kind, entry.row): number for number, entry in enumerate(entries)}
        entries = [entries[number] for number in sorted(last.values())]
    _add(connection, entries)
    return len(entries)


def _add(connection: Connection, entries: Sequence[Entry]) -> None:
    first = _last(connection) + 1
    connection.executemany(
        "INSERT INTO search_entry(touch, kind, row, book, title, texts) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (number, entry.kind, entry.row, entry.book, entry.title, pack(entry))
            for number, entry in enumerate(entries, first)
        ],
    )
    connection.executemany(
        "INSERT INTO search_term(rowid, terms) VALUES (?, ?)",
        [(number, terms(entry)) for number, entry in enumerate(entries, first)],
    )


def _drop(connection: Connection, touched: Sequence[int]) -> None:
    if touched:
        numbers = [(number,) for number in touched]
        connection.executemany("DELETE FROM search_term WHERE rowid = ?", numbers)
        connection.executemany("DELETE FROM search_entry WHERE touch = ?", numbers)


def _entry(row: Sequence[Any]) -> Entry:
    kind, number, book, title, packed = row[:5]
    return Entry(kind, number, book, title, tuple(unpack(title, packed)))


def _last(connection: Connection) -> int:
    row = connection.execute("SELECT max(touch) FROM search_entry").fetchone()
    return int(row[0] or 0) if row else 0


def _changes(connection: Connection) -> int:
    row = connection.execute("SELECT total_changes()").fetchone()
    return int(row[0]) if row else 0
