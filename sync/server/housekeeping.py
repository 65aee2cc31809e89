"""What a server does by itself now and then: removes what a counted snapshot stands for, and what nobody finishes."""

from __future__ import annotations

from dataclasses import dataclass

from app.clock import Clock
from app.errors import AppError
from app.model.roster import Roster
from app.model.statements import Stream, Verify
from sync.server.asked import DAY_MS
from sync.server.rosters import Rosters
from sync.server.storage import Objects, SnapshotRow, Storage

LEASE_POLICY = "lease"
LEASE_DAYS = 30
"""How long a device may stay away and still find every body, where the company's policy does not say otherwise."""
UNFINISHED_MS = 30 * DAY_MS
MOST_UNCOUNTED = 4
"""Snapshots of a stream that may wait for somebody to agree; older ones give way."""
STEP = 2_000
"""Batches emptied in one transaction."""


@dataclass(slots=True)
class Swept:
    """What was removed."""

    bytes: int = 0
    snapshots: int = 0
    objects: int = 0


def sweep(storage: Storage, objects: Objects, clock: Clock, verify: Verify) -> Swept:
    """One round through all companies. Safe to run in several processes, and to be killed."""
    swept = Swept()
    rosters = Rosters(verify)
    with storage.reading() as tx:
        companies = tx.companies()
    for company in companies:
        with storage.writing() as tx:
            tx.tidy(company, clock.now_ms())
            row = tx.company(company)
            streams = [one.stream for one in tx.streams(company)]
        if row is None:
            continue
        with storage.reading() as tx:
            try:
                roster = rosters.get(tx, row)
            except AppError:
                continue  # `check` says what is wrong with it; nothing is removed meanwhile
        for stream in streams:
            _sweep_stream(storage, objects, company, stream, roster, clock.now_ms(), swept)
        _sweep_objects(storage, objects, company, clock.now_ms(), swept)
    return swept


def lease_ms(roster: Roster) -> int:
    """How long devices may stay away."""
    text = roster.facts.policies.get(LEASE_POLICY, "")
    return (int(text) if text.isascii() and text.isdigit() and len(text) < 5 else LEASE_DAYS) * DAY_MS


def _sweep_stream(
    storage: Storage,
    objects: Objects,
    company: bytes,
    stream: Stream,
    roster: Roster,
    now_ms: int,
    swept: Swept,
) -> None:
    with storage.reading() as tx:
        snapshots = tx.snapshots(company, stream)
    for old in [one for one in snapshots if not one.counted_ms][MOST_UNCOUNTED:]:
        _remove(storage, objects, company, stream, old)
        swept.snapshots += 1
        snapshots.remove(old)
    counted = [one for one in snapshots if one.counted_ms]
    if len(counted) < 2:
        return
    stands = counted[1]
    # Whoever was away when it came to count has had the lease's time to fetch what it stands for.
    if stands.counted_ms + lease_ms(roster) > now_ms:
        return
    while True:
        with storage.writing() as tx:
            row = tx.stream(company, stream, lock=True)
            if row is None or row.whole_from > stands.position:
                break
            below = min(stands.position + 1, row.whole_from + STEP)
            swept.bytes += tx.remove_bodies(company, stream, below)
    for old in snapshots:
        if old.position < stands.position:
            _remove(storage, objects, company, stream, old)
            swept.snapshots += 1


def _remove(storage: Storage, objects: Objects, company: bytes, stream: Stream, old: SnapshotRow) -> None:
    """Chunks first: who is killed in between does it again, and nothing is left that nobody knows of."""
    with storage.reading() as tx:
        others = [one for one in tx.snapshots(company, stream) if one.position != old.position]
        row = tx.object(company, old.object)
    if row is not None and all(one.object != old.object for one in others):
        objects.remove(company, row.object, row.chunk_count)
    else:
        row = None
    with storage.writing() as tx:
        tx.remove_snapshot(company, stream, old.position)
        if row is not None:
            tx.remove_object(company, row.object)


def _sweep_objects(storage: Storage, objects: Objects, company: bytes, now_ms: int, swept: Swept) -> None:
    with storage.reading() as tx:
        doomed = [
            row
            for row in tx.objects(company)
            if tx.fact(f"gone/{company.hex()}/{row.object.hex()}") is not None
            or (
                row.made_ms + UNFINISHED_MS < now_ms and len(tx.chunks(company, row.object)) < row.chunk_count
            )
        ]
    for row in doomed:
        objects.remove(company, row.object, row.chunk_count)
        with storage.writing() as tx:
            tx.remove_object(company, row.object)
        swept.objects += 1
