"""Two nodes of one server over one PostgreSQL: one order, one key, and word from one to the other."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest

from sync.protocol.messages import (
    Await,
    FetchHeads,
    GetChunk,
    News,
    Position,
    Pull,
    Push,
    PutChunk,
    R,
    Request,
)
from tests.sync.postgres_server import Server as Cluster
from tests.sync.server_process import ServerProcess, Wire, start_server
from tests.sync.shell.firm import Firm


@pytest.fixture
def address(tmp_path: Path, database: str) -> Path:
    """A file that holds the database's address."""
    file = tmp_path / "database"
    file.write_text(database + "\n")
    file.chmod(0o600)
    return file


def test_two_nodes_are_one_server(tmp_path: Path, address: Path) -> None:
    first_home, second_home = tmp_path / "first", tmp_path / "second"
    init = ["--database-file", str(address)]
    with start_server(first_home, init=init) as first:
        shutil.copytree(first_home, second_home, ignore=shutil.ignore_patterns("run"))
        with start_server(second_home) as second, Wire(first) as here, Wire(second) as there:
            firm = Firm(devices=2)
            firm.admitted(here, first.admission())
            writer, reader = firm.pens
            # A challenge of one node is answered at the other, a session of one is good at both.
            token = writer.signs_in(_Both(here, there))
            heads = there.ask(FetchHeads(), reader.signs_in(there))
            known = tuple(Position(head.book, head.tier, head.position) for head in heads.heads)
            heard: list[News] = []

            def wait() -> None:
                with Wire(second) as own:
                    asked = Await(known, heads.roster_length, heads.knocks, 20_000)
                    heard.append(own.ask(asked, reader.signs_in(own)))

            waiting = threading.Thread(target=wait)
            waiting.start()
            time.sleep(0.7)
            began = time.monotonic()
            here.ask(Push(*firm.stream, writer.batches(1)), token)
            waiting.join(15)
            assert heard[0].positions == (Position(*firm.stream, 1),)
            assert time.monotonic() - began < 3
            there.ask(Push(*firm.stream, writer.batches(1)), token)
            assert len(here.ask(Pull(*firm.stream, 0), reader.signs_in(here)).batches) == 2
            first.kill()
            assert len(there.ask(Pull(*firm.stream, 0), reader.signs_in(there)).batches) == 2


def test_a_backup_of_postgresql_comes_back_into_an_empty_one(
    tmp_path: Path, address: Path, postgres: Cluster
) -> None:
    firm = Firm()
    with start_server(tmp_path / "home", init=["--database-file", str(address)]) as server:
        with Wire(server) as wire:
            firm.admitted(wire, server.admission())
            wire.ask(Push(*firm.stream, firm.pens[0].batches(3)), firm.pens[0].signs_in(wire))
        server.command("backup", str(tmp_path / "backup"))
        with postgres.database() as empty:
            other = tmp_path / "other"
            other.write_text(empty)
            other.chmod(0o600)
            server.stop()
            server.command("restore", str(tmp_path / "backup"), "--database-file", str(other))
            # The tests' PostgreSQL does not wait for the disk, which `check` rightly names.
            faults = server.command("check", "--database-file", str(other), status=1)["faults"]
            assert [fault["detail"][:12] for fault in faults] == ["fsync is off"]
            (row,) = server.command("company", "list", "--database-file", str(other))["companies"]
            assert row["id"] == firm.roster.company.hex()


class _Both:
    """Asks two services by turns."""

    def __init__(self, *wires: Wire) -> None:
        self._wires = list(wires)

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        self._wires.reverse()
        return self._wires[0].ask(request, token)


def test_objects_may_lie_in_a_bucket(tmp_path: Path) -> None:
    import boto3
    from moto.server import ThreadedMotoServer

    storage = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    storage.start()
    try:
        host, port = storage.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        keys = tmp_path / "keys"
        keys.write_text("AKIATEST\nsecret\n")
        keys.chmod(0o600)
        place = f"s3://bucket/prefix?endpoint={endpoint}&keys={keys}"
        home = tmp_path / "home"
        refused = ServerProcess(home).command("init", "--name", "localhost", "--objects", place, status=1)
        assert refused["error"]["code"] == "not_found"  # there is no such bucket
        client = boto3.client(
            "s3", endpoint_url=endpoint, region_name="us-east-1",
            aws_access_key_id="AKIATEST", aws_secret_access_key="secret",
        )  # fmt: skip
        client.create_bucket(Bucket="bucket")
        with start_server(home, init=["--objects", place]) as server, Wire(server) as wire:
            firm = Firm()
            firm.admitted(wire, server.admission())
            token = firm.pens[0].signs_in(wire)
            wire.ask(PutChunk(b"o" * 16, *firm.stream, 0, 1, b"a sealed chunk"), token)
            assert wire.ask(GetChunk(b"o" * 16, 0), token).data == b"a sealed chunk"
            assert client.list_objects_v2(Bucket="bucket", Prefix="prefix/")["KeyCount"] == 1
            server.command("company", "delete", firm.roster.company.hex(), "--yes")
            assert client.list_objects_v2(Bucket="bucket", Prefix="prefix/")["KeyCount"] == 0
    finally:
        storage.stop()


def test_a_file_that_others_may_read_is_refused(tmp_path: Path, address: Path) -> None:
    address.chmod(0o644)
    server = ServerProcess(tmp_path / "home")
    refused = server.command("init", "--name", "localhost", "--database-file", str(address), status=1)
    assert refused["error"]["code"] == "unsafe"
