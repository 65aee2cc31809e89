"""Synchronisation: changes pushed by one device and pulled by another over TLS, beside floors and beside Evolu.

A change is a record of about 300 bytes that a person has written, in a transaction of its own, as the peer writes its
messages: sealed late, in batches. The floors are what cannot be spared: packing and sealing the same rows, opening and
writing them to SQLCipher. The peer's figures are asked of its own benchmark where `../shared/bench` and its packages
are there: PROVENDER_PEERS names the folder that holds `evolu` and, in `evolu/node`, the Node that it needs.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from app.crypto.keys import SecretKey
from app.crypto.packing import pack, unpack
from app.crypto.seal import open_sealed, seal
from app.features.crm import customers
from app.features.crm.activities import Activity
from app.features.crm.customers import Customer
from app.gateway.command import Command
from app.gateway.tx import Tx
from app.model.encoding import canonical, decode
from app.store.database import Database
from app.store.index import Index
from app.store.migrate import migrate
from sync.client import status
from tests.bench import floors
from tests.bench.report import Line, seconds
from tests.sync.client.world import Device, RealWorld

CHANGES = 10_000
CUSTOMERS, ACTIVITIES = 20_000, 200_000
PER_BATCH = 100
PEER = Path(__file__).resolve().parents[3] / "shared" / "bench" / "bench_evolu.py"
_WORDS = "order delivery contract renewal invoice sample quote meeting follow price discount shipment pallet cold chain visit trial credit licence support budget review tender terms".split()  # noqa: SIM905 - shorter to read


def run(changes: int, repeats: int) -> list[Line]:
    """All figures; `repeats` worlds are made anew, since what was pushed once cannot be pushed again."""
    plain = [_world(changes, personal=False, indexed=True) for _ in range(repeats)]
    bare = [_world(changes, personal=False, indexed=False)["pull"] for _ in range(max(1, repeats // 2))]
    sealed = [_world(changes, personal=True, indexed=True) for _ in range(max(1, repeats // 2))]
    first = _first()
    single = [_singles() for _ in range(max(1, repeats // 2))]
    floor = [_floor(changes) for _ in range(repeats)]
    peer = [found for _ in range(repeats) if (found := _peer(changes))]
    one = [found for _ in range(repeats) if (found := _peer(1))]

    def ours(name: str, of: list[Mapping[str, float]] = plain) -> float:
        return statistics.median(measured[name] for measured in of)

    def theirs(name: str, of: list[Mapping[str, float]] | None = None) -> float | None:
        chosen = peer if of is None else of
        return statistics.median(measured[name] for measured in chosen) if chosen else None

    def beside(what: str, value: float, unit: str, name: str, goal: floors.Goal, limit: str = "") -> Line:
        return Line(f"{what}, beside Evolu", value, unit, theirs(name), goal, limit)

    opened = statistics.median(measured["open"] for measured in floor)
    return [
        beside("push", ours("push"), "changes/s", "push_changes_s", floors.PUSH, "sealing, TLS, one durable commit"),
        beside("pull, search index complete", ours("pull"), "changes/s", "pull_changes_s", floors.PULL_INDEXED,
               "the merge of each field, and the index"),
        beside("pull, without the index", statistics.median(bare), "changes/s", "pull_changes_s", floors.PULL,
               "the merge of each field, journal and versions"),
        Line("push, beside packing and sealing alone", ours("push"), "changes/s",
             statistics.median(measured["seal"] for measured in floor), None, "the server's commit and signature"),
        Line("pull, beside opening and writing alone", ours("pull"), "changes/s", opened, None, "merge and index"),
        beside("wire, pushed", ours("wire_push"), "bytes/change", "wire_push_B", floors.WIRE),
        beside("wire, pulled", ours("wire_pull"), "bytes/change", "wire_pull_B", floors.WIRE),
        beside("wire, pushed, with personal fields", ours("wire_push", sealed), "bytes/change", "wire_push_B",
               floors.WIRE, "values sealed under a key of each record cannot be compressed"),
        Line("wire, one change alone, beside Evolu", statistics.median(single), "bytes", theirs("wire_push_B", one),
             floors.WIRE_SINGLE, "signature, hashes of the chain, padding to 256"),
        beside("kept by the server", ours("server"), "bytes/change", "server_db_B", floors.SERVER_BYTES),
        beside("memory of the server at its peak", ours("memory"), "MiB", "server_hwm_mib", floors.SERVER_PEAK,
               "Python, TLS and the web server"),
        Line("first synchronisation by a snapshot, beside bare bulk insert", first["snapshot"], "rows/s", first["insert"],
             floors.FIRST, "one key and one seal per record, the index, a state hash over everything"),
    ]  # fmt: skip


# ---- ours


def _world(changes: int, *, personal: bool, indexed: bool) -> Mapping[str, float]:
    """One company on two devices and a server in a process of its own: what pushing and pulling cost."""
    with ExitStack() as stack:
        world = RealWorld(stack)
        reader = world.join()
        world.settle()
        before = _size(world)
        for record in _records(changes, personal):
            world.owner.session.do(customers.add, record)
        sent = _moved(world.owner)
        push = seconds(lambda: status.once(world.owner.session, world.owner.wire))
        sent = _moved(world.owner) - sent
        received = _moved(reader)
        with _without_index() if not indexed else _nothing():
            pull = seconds(lambda: status.once(reader.session, reader.wire))
        received = _moved(reader) - received
        assert len(reader.names()) == changes
        return {
            "push": changes / push, "pull": changes / pull, "wire_push": sent / changes,
            "wire_pull": received / changes, "server": (_size(world) - before) / changes, "memory": _peak(world),
        }  # fmt: skip


def _fill(tx: Tx) -> None:
    """Customers, and what was noted about them, as an import makes them."""
    made = [tx.save(record).id for record in _records(CUSTOMERS, personal=False)]
    for number in range(ACTIVITIES):
        of, at_ms = made[number % CUSTOMERS], tx.now - number * 60_000
        tx.save(Activity(customer=of, kind="call", at=at_ms, text=f"Ordered {number % 90} pallets again"))


def _first() -> Mapping[str, float]:
    """A further device of a large company comes to its whole state; and the same rows inserted with nothing else, into
    tables with the same indexes but without a search index."""
    with ExitStack() as stack:
        world = RealWorld(stack)
        world.settle()
        sync = world.owner.session.sync
        world.owner.session.do(Command("customer.import", "", _fill))
        status.once(world.owner.session, world.owner.wire)
        reader = world.join(member=sync.roster.facts.devices[sync.device].member)
        took = seconds(lambda: status.once(reader.session, reader.wire))
        assert len(reader.names()) == CUSTOMERS
        bare = Database.open(world.folder / "bare.db", SecretKey.fresh(), create=True)
        stack.callback(bare.close)
        migrate(bare)
        with reader.session.database.reader() as connection:
            rows = {
                name: connection.execute(f"SELECT * FROM {name}").fetchall()
                for name in ("customer", "activity")
            }

        def insert() -> None:
            with bare.transaction() as connection:
                for name, found in rows.items():
                    gaps = ", ".join("?" * len(found[0]))
                    connection.executemany(f"INSERT INTO {name} VALUES ({gaps})", found)

        count = CUSTOMERS + ACTIVITIES
        return {"snapshot": count / took, "insert": count / seconds(insert)}


def _singles(count: int = 50) -> float:
    """Bytes over the wire for one change that is sent alone, in a session that stands: only the push itself."""
    from sync.protocol.codec import write
    from sync.protocol.messages import Push

    with ExitStack() as stack:
        world = RealWorld(stack)
        world.settle()
        moved = []
        ask = world.owner.wire.ask
        for record in _records(count, personal=False):
            world.owner.session.do(customers.add, record)
            sizes: list[int] = []

            def counting(request: Any, token: Any = None, kept: list[int] = sizes) -> Any:
                reply = ask(request, token)
                if isinstance(request, Push):
                    kept.append(len(write(request)) + len(write(reply)))
                return reply

            with mock.patch.object(world.owner.wire, "ask", counting):
                world.owner.sync()
            moved.append(sum(sizes))
        return statistics.median(moved)


def _records(count: int, personal: bool) -> Iterator[Customer]:
    """Customers of about 300 bytes each as the peer writes them."""
    chance = random.Random(7)
    for number in range(count):
        name = f"{chance.choice(_WORDS).title()} {chance.choice(_WORDS).title()} {number}"
        text = " ".join(chance.choice(_WORDS) for _ in range(24))
        # Notes about a customer are personal, and so sealed under the record's own key; a legal name is not.
        more: dict[str, Any] = {"notes": text} if personal else {"legal_name": text}
        yield Customer(name=name, code=f"K{number:06d}", web=f"https://example.com/{number}", **more)


def _moved(device: Device) -> int:
    return status.moved_bytes(device.wire)


def _size(world: RealWorld) -> int:
    return sum(path.stat().st_size for path in (world.folder / "server").rglob("*") if path.is_file())


def _peak(world: RealWorld) -> float:
    assert world.server.process is not None
    text = Path(f"/proc/{world.server.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def _without_index() -> Iterator[None]:
    """As for kinds that nobody searches."""
    with (
        mock.patch.object(Index, "created", lambda *_given: None),
        mock.patch.object(Index, "changed", lambda *_given: None),
    ):
        yield


@contextmanager
def _nothing() -> Iterator[None]:
    yield


# ---- floors


def _floor(changes: int) -> Mapping[str, float]:
    """The same rows packed and sealed in batches, and opened and written to SQLCipher, with nothing else."""
    key = SecretKey.fresh()
    rows = [
        (record.id, record.name, record.legal_name, record.code, record.web)
        for record in _records(changes, personal=False)
    ]
    sealed: list[bytes] = []

    def sealing() -> None:
        for first in range(0, changes, PER_BATCH):
            sealed.append(seal(key, pack(canonical(rows[first : first + PER_BATCH])), b""))

    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "floor.db", SecretKey.fresh(), create=True)
        with database.transaction() as connection:
            connection.execute("CREATE TABLE customer (id BLOB PRIMARY KEY, name, legal_name, code, web)")
            connection.execute("CREATE TABLE log (number INTEGER PRIMARY KEY, body BLOB)")

        def opening() -> None:
            for first in range(0, len(sealed), 10):
                with database.transaction() as connection:
                    for body in sealed[first : first + 10]:
                        plain = unpack(open_sealed(key, body, b""))
                        found = decode(plain)
                        connection.executemany(
                            "INSERT OR REPLACE INTO customer VALUES (?, ?, ?, ?, ?)", found
                        )
                        connection.executemany(
                            "INSERT INTO log (body) VALUES (?)", [(canonical(row),) for row in found]
                        )

        took = {"seal": changes / seconds(sealing), "open": changes / seconds(opening)}
        database.close()
    return took


# ---- the peer


def _peer(changes: int) -> Mapping[str, float]:
    """Evolu's own figures from one run; empty, and said so, where it is not there."""
    root = Path(os.environ.get("PROVENDER_PEERS", "")) / "evolu"
    node = root / "node"
    if not (PEER.exists() and node.exists()):
        print("  Evolu is not there: its figures are left out.", file=sys.stderr, flush=True)
        return {}
    answer = subprocess.run(
        [sys.executable, str(PEER), "--root", str(root), "--node", str(node), "--changes", str(changes),
         "--repeat", "1", "--port", str(18_000 + int(time.time()) % 2000)],
        capture_output=True, text=True, timeout=600, check=True,
    )  # fmt: skip
    return {
        name: float(value) for name, value in re.findall(r"^(\w+)\s+([\d.]+)", answer.stdout, re.MULTILINE)
    }
