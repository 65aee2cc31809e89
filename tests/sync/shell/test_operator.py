"""The operator's command line: exit status, JSON, sentences; companies, backups, check."""

from __future__ import annotations

import json
import os
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from sync.protocol.codec import read_token
from sync.protocol.messages import FetchHeads, Pull, Push, PutChunk
from sync.protocol.problems import Problem
from sync.server import opening
from sync.server.auth import Signer
from sync.server.embedded import Embedded
from sync.server.home import Home
from sync.server.main import run
from sync.server.opening import KEY_VARIABLE, Places, settled
from sync.server.service import Server
from tests.sync.server_process import ServerProcess, Wire, start_server
from tests.sync.shell.firm import Firm


class Console:
    """Runs command lines in this process."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home, self._capture = home, capture

    def __call__(self, *arguments: str, status: int = 0) -> Any:
        self._capture.readouterr()
        assert run([*arguments, "--home", str(self.home), "--json"]) == status
        return json.loads(self._capture.readouterr().out)

    def fails(self, *arguments: str, status: int = 1) -> str:
        """The code of the failure."""
        code: str = self(*arguments, status=status)["error"]["code"]
        return code


@pytest.fixture
def console(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    console = Console(tmp_path / "home", capsys)
    console("init", "--name", "localhost", "--pin-file", str(tmp_path / "pin"))
    return console


def test_init_makes_a_home_once(console: Console, tmp_path: Path) -> None:
    assert len(bytes.fromhex((tmp_path / "pin").read_text())) == 32
    before = {path: path.read_bytes() for path in sorted(console.home.rglob("*")) if path.is_file()}
    assert console.fails("init", "--name", "localhost") == "conflict"
    assert {path: path.read_bytes() for path in sorted(console.home.rglob("*")) if path.is_file()} == before


@pytest.mark.parametrize("lost", ["settings.json", "server.db"])
def test_init_overwrites_no_key_of_a_home_that_is_damaged(console: Console, lost: str) -> None:
    (console.home / lost).unlink()
    (console.home / "settings.json").unlink(missing_ok=True)
    before = {path: path.read_bytes() for path in Home(console.home).secrets.iterdir()}
    assert console.fails("init", "--name", "localhost") == "conflict"
    assert {path: path.read_bytes() for path in Home(console.home).secrets.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--name", "not a name"], "invalid"),
        (["--name", "localhost", "--certificate", "nothing"], "invalid"),
        (["--name", "localhost", "--certificate", "nothing", "--certificate-key", "nothing"], "unreadable"),
        (["--name", "localhost", "--database-file", "nothing"], "unreadable"),
        (["--name", "localhost", "--objects", "s3://bucket?secret=x"], "invalid"),
    ],
)
def test_init_that_cannot_be_done_leaves_nothing_in_the_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    console = Console(tmp_path / "home", capsys)
    assert console.fails("init", *arguments) == code
    console("init", "--name", "localhost")


def test_init_hides_every_secret(console: Console) -> None:
    secrets = list(Home(console.home).secrets.iterdir())
    assert len(secrets) == 4
    for path in [*secrets, Home(console.home).database]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "arguments",
    [[], ["init"], ["nonsense"], ["run", "--workers", "many"], ["company"], ["--home", "x", "restore"]],
)
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*arguments, "--json"]) == 2
    shown = capsys.readouterr()
    assert json.loads(shown.out)["error"]["code"] == "usage"
    assert shown.err.strip()


def test_help_and_version_are_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"]
    for command in (["--help"], ["run", "--help"], ["company", "admit", "--help"]):
        assert run(command) == 0


def test_a_folder_that_is_no_home_is_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Console(tmp_path, capsys).fails("company", "list") == "not_found"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--listen", "nowhere"], "invalid"),
        (["--listen", "127.0.0.1:99999"], "invalid"),
        (["--listen", "192.0.2.1:1"], "conflict"),
        (["--workers", "0"], "invalid"),
        (["--rate", "device=0:1"], "invalid"),
        (["--rate", "people=1:1"], "invalid"),
        (["--trusted", "everybody"], "invalid"),
    ],
)
def test_what_run_cannot_do_is_said_before_it_serves(
    console: Console, arguments: list[str], code: str
) -> None:
    assert console.fails("run", *arguments) == code


# ---- the database's key


def test_a_key_that_others_may_read_is_refused_and_the_way_out_named(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    key = Home(console.home).database_key
    key.chmod(0o640)
    assert console.fails("company", "list") == "unsafe"
    run(["company", "list", "--home", str(console.home)])
    assert f"chmod 600 {key}" in capsys.readouterr().err
    key.chmod(0o600)
    assert console("company", "list") == {"companies": []}


def test_a_secret_manager_may_give_the_key(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Home(console.home).database_key
    monkeypatch.setenv(KEY_VARIABLE, key.read_text().strip())
    key.unlink()
    assert console("company", "list") == {"companies": []}
    monkeypatch.setenv(KEY_VARIABLE, "ab" * 32)
    assert console.fails("company", "list") == "damaged"
    monkeypatch.setenv(KEY_VARIABLE, "no key")
    assert console.fails("company", "list") == "damaged"
    monkeypatch.delenv(KEY_VARIABLE)
    assert console.fails("company", "list") == "not_found"


def test_init_writes_no_key_where_the_environment_has_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, os.urandom(32).hex())
    console = Console(tmp_path / "home", capsys)
    console("init", "--name", "localhost")
    assert not Home(console.home).database_key.exists()
    assert console("check")["faults"] == []


def test_no_secret_has_a_telling_repr() -> None:
    seed = b"\x11" * 32
    assert "11" not in repr(Signer(seed))
    assert seed.hex() not in str(Signer(seed).__class__.__dict__)


# ---- companies


@contextmanager
def ruled(console: Console) -> Iterator[Server]:
    """The server's rules in this process: quicker than a process of its own, where no network is needed."""
    home = Home(console.home)
    settings = home.load()
    server = opening.server(settled(Places(home.folder), settings), settings, SystemClock())
    yield server
    server.storage.close()


def admission(console: Console) -> bytes:
    return read_token(console("company", "admit")["token"])


@contextmanager
def served(console: Console) -> Iterator[ServerProcess]:
    with start_server(console.home) as server:
        yield server


def test_a_token_admits_one_company_once(console: Console, tmp_path: Path) -> None:
    shown = console("company", "admit", "--token-file", str(tmp_path / "token"))
    assert "token" not in shown
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    token = read_token((tmp_path / "token").read_text().strip())
    first, second = Firm(), Firm()
    with ruled(console) as server:
        first.admitted(server, token)
        with pytest.raises(Problem) as refused:
            second.admitted(server, token)
    assert refused.value.name == "token_used"
    (row,) = console("company", "list")["companies"]
    assert (row["id"], row["suspended"]) == (first.roster.company.hex(), False)


def test_a_company_can_be_suspended_resumed_and_deleted_while_the_server_runs(console: Console) -> None:
    firm = Firm()
    with served(console) as server, Wire(server) as wire:
        firm.admitted(wire, server.admission())
        token = firm.pens[0].signs_in(wire)
        wire.ask(Push(*firm.stream, firm.pens[0].batches(2)), token)
        wire.ask(PutChunk(b"o" * 16, *firm.stream, 0, 1, b"a chunk"), token)
        company = firm.roster.company.hex()

        console("company", "suspend", company[:8])
        assert _refused(wire, token) == "suspended"
        console("company", "suspend", company[:8], "--resume")
        assert wire.ask(FetchHeads(), token)

        console("company", "quota", company[:8], "0.000001")
        assert console("company", "list")["companies"][0]["quota_bytes"] == 1000

        assert console.fails("company", "delete", company) == "unsafe"
        assert console.fails("company", "delete", company[:8], "--yes") == "invalid"
        console("company", "delete", company, "--yes")
        assert _refused(wire, token) in {"no_session", "unknown_company"}
        assert console("company", "list") == {"companies": []}
        assert not any(path.is_file() for path in Home(console.home).objects.rglob("*"))


def test_a_company_that_is_not_there_is_not_found(console: Console) -> None:
    assert console.fails("company", "suspend", "abcd") == "not_found"
    assert console.fails("company", "suspend", "x") == "invalid"


# ---- backups and check


def test_a_backup_brings_back_what_it_held(console: Console, tmp_path: Path) -> None:
    firm = Firm()
    (pen,) = firm.pens
    with served(console) as server, Wire(server) as wire:
        firm.admitted(wire, server.admission())
        token = pen.signs_in(wire)
        sent = pen.batches(3)
        wire.ask(Push(*firm.stream, sent), token)
        wire.ask(PutChunk(b"o" * 16, *firm.stream, 0, 1, b"a chunk"), token)
        assert _head(wire, firm, token).kept == 0
        done = console("backup", str(tmp_path / "backup"))  # while it serves
        assert (done["companies"], done["bytes"] > 1000) == (1, True)
        assert _head(wire, firm, token).kept == 0
        console("backup", str(tmp_path / "another"))  # devices forget what two of them hold
        assert _head(wire, firm, token).kept == 3
        wire.ask(Push(*firm.stream, pen.batches(2)), token)
        assert (_head(wire, firm, token).position, _head(wire, firm, token).kept) == (5, 3)
        assert console.fails("restore", str(tmp_path / "backup")) == "locked"
    assert console.fails("restore", str(tmp_path / "backup")) == "conflict"
    console("restore", str(tmp_path / "backup"), "--replace")
    assert console("check")["faults"] == []
    with served(console) as server, Wire(server) as wire:
        token = pen.signs_in(wire)
        pulled = wire.ask(Pull(*firm.stream, 0, with_own=True), token)
        assert [batch.body for batch in pulled.batches] == [batch.body for batch in sent]
    assert list(console.home.glob("server.db.before-*"))  # nothing is ever deleted


def test_a_backup_is_for_the_service_alone_and_holds_no_secret(console: Console, tmp_path: Path) -> None:
    console("backup", str(tmp_path / "backup"))
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    held = (tmp_path / "backup").read_bytes()
    for path in Home(console.home).secrets.iterdir():
        secret = path.read_bytes()
        assert secret.strip() not in held
    assert bytes.fromhex(Home(console.home).database_key.read_text()) not in held
    assert console.fails("backup", str(tmp_path / "backup")) == "conflict"


def test_a_backup_that_was_altered_is_refused_and_changes_nothing(console: Console, tmp_path: Path) -> None:
    console("backup", str(tmp_path / "backup"))
    whole = (tmp_path / "backup").read_bytes()
    before = Home(console.home).database.read_bytes()
    with tarfile.open(tmp_path / "backup") as tar:
        database = tar.getmember("database")
    altered = bytearray(whole)
    altered[database.offset_data + 5000] ^= 1
    for spoilt in (bytes(altered), whole[: len(whole) // 2], b"", b"garbage" * 1000):
        (tmp_path / "spoilt").write_bytes(spoilt)
        assert console.fails("restore", str(tmp_path / "spoilt"), "--replace") == "damaged"
        assert Home(console.home).database.read_bytes() == before
    assert console.fails("restore", str(tmp_path / "nothing")) == "not_found"


def test_a_backup_of_another_server_does_not_open(
    console: Console, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Console(tmp_path / "other", capsys)
    other("init", "--name", "localhost")
    other("backup", str(tmp_path / "foreign"))
    assert console.fails("restore", str(tmp_path / "foreign"), "--replace") == "damaged"


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        ("UPDATE batch SET body = zeroblob(300) WHERE position = 2", "body"),
        ("UPDATE batch SET signature = zeroblob(64) WHERE position = 2", "signature"),
        ("UPDATE batch SET receipt_ms = receipt_ms + 1 WHERE position = 2", "fork"),
        ("DELETE FROM batch WHERE position = 2", "gap"),
        ("DELETE FROM batch WHERE position = 3", "missing"),
        ("UPDATE stream SET head = zeroblob(32) WHERE position = 3", "missing"),
        ("UPDATE statement SET signature = zeroblob(64) WHERE at = 1", "roster"),
        ("DELETE FROM statement WHERE at = 3", "roster"),
    ],
)
def test_check_finds_what_was_altered(console: Console, spoil: str, fault: str) -> None:
    firm = Firm()
    (pen,) = firm.pens
    with ruled(console) as server:
        firm.admitted(server, admission(console))
        server.ask(Push(*firm.stream, pen.batches(3)), pen.signs_in(server))
    assert console("check")["faults"] == []
    _alter(Home(console.home), spoil)
    found = console("check", status=1)["faults"]
    assert [one["fault"] for one in found][:1] == [fault], found


def test_check_misses_no_object(console: Console) -> None:
    firm = Firm()
    with ruled(console) as server:
        firm.admitted(server, admission(console))
        server.ask(PutChunk(b"o" * 16, *firm.stream, 0, 1, b"a chunk"), firm.pens[0].signs_in(server))
    assert console("check")["faults"] == []
    (chunk,) = (path for path in Home(console.home).objects.rglob("*") if path.is_file())
    chunk.write_bytes(b"another")
    assert console("check", status=1)["faults"][0]["fault"] == "object"
    chunk.unlink()
    assert console("check", status=1)["faults"][0]["fault"] == "object"


def _alter(home: Home, sql: str) -> None:
    storage = Embedded.open(home.database, bytes.fromhex(home.database_key.read_text()))
    try:
        assert storage._writer.execute(sql).rowcount >= 1
    finally:
        storage.close()


def _head(wire: Wire, firm: Firm, token: bytes) -> Any:
    heads = wire.ask(FetchHeads(), token).heads
    return next(head for head in heads if (head.book, head.tier) == firm.stream)


def _refused(wire: Wire, token: bytes) -> str:
    with pytest.raises(Problem) as caught:
        wire.ask(FetchHeads(), token)
    return caught.value.name
