"""Two computers and a real server, by the command line alone: connect, invite, join, approve, write, decide, revoke."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sync.protocol.codec import write_token
from tests.sync.server_process import ServerProcess, start_server

PASSWORD = "four lanterns over the quay"


@dataclass
class Computer:
    """A home folder of its own; each call is a program of its own."""

    home: Path

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        secret = self.home.parent / "password"
        secret.write_text(PASSWORD)
        return subprocess.Popen(
            [
                str(Path(sys.executable).with_name("provender")), "--home", str(self.home), "--password-file", str(secret),
                "--json", *arguments,
            ],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": "disabled:"},
        )  # fmt: skip

    def __call__(self, *arguments: str, fails: bool = False) -> Any:
        out, err = (process := self.begin(*arguments)).communicate(timeout=120)
        assert (process.returncode != 0) == fails, err
        return json.loads(out)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with start_server(tmp_path_factory.mktemp("server") / "server") as running:
        yield running


def test_a_company_on_two_computers(server: ServerProcess, tmp_path: Path) -> None:
    office, van = Computer(tmp_path / "office"), Computer(tmp_path / "van")
    token, pin, link = tmp_path / "token", tmp_path / "pin", tmp_path / "link"
    token.write_text(write_token(server.admission()))
    pin.write_text(server.pin.hex())

    office("company", "create", "Nordlicht", "--owner", "Mia")
    people = tmp_path / "people.csv"
    people.write_text("Name,Phone\nGolden Wok,+49 30 1234567\nBistro Ana,+49 30 7654321\n")
    office("import", str(people), "--as", "customers")
    assert office("server", "connect", server.url, "--token-file", str(token), "--pin", str(pin))["sent"] > 0
    # Safe to repeat: whoever does not know whether it was done does it again.
    office("server", "connect", server.url, "--token-file", str(token), "--pin", str(pin))

    office("invite", "--name", "Ana", "--role", "rep", "--books", "all", "--link-file", str(link))
    assert link.stat().st_mode & 0o077 == 0
    first = van("join", "--link-file", str(link), "--name", "Ana’s van", "--wait", "0")
    assert first["state"] == "waiting"

    (waiting,) = [one for one in office("devices", "list")["devices"] if one["state"] == "waiting"]
    assert waiting["words"] == first["words"] and waiting["name"] == "Ana’s van"
    wrong = " ".join(reversed(first["words"].split()))
    office("devices", "approve", waiting["id"], "--words", wrong, fails=True)
    office("devices", "approve", waiting["id"], "--words", first["words"])
    assert van("join", "--wait", "60")["state"] == "active"

    (wok,) = [hit["id"] for hit in van("find", "golden")["hits"] if hit["kind"] == "customer"]
    van("set", "customer", wok, "notes=seen by Ana")
    office("set", "customer", wok, "notes=seen by Mia")
    assert van("sync")["sent"] == 1
    met = office("sync")
    assert (met["sent"], met["received"]) == (1, 1)
    van("sync")
    shown = [computer("show", "customer", wok) for computer in (office, van)]
    assert shown[0]["fields"]["notes"] == shown[1]["fields"]["notes"]

    (conflict,) = office("conflicts", "list")["conflicts"]
    assert {value["value"] for value in conflict["values"]} == {"seen by Ana", "seen by Mia"}
    mine = next(one["number"] for one in conflict["values"] if one["value"] == "seen by Ana")
    office("conflicts", "keep", "customer", wok, "notes", "--number", str(mine))
    office("sync")
    van("sync")
    assert [computer("conflicts", "list")["conflicts"] for computer in (office, van)] == [[], []]
    assert van("show", "customer", wok)["fields"]["notes"] == "seen by Ana"

    book = office("books", "create", "South")["id"]
    moved = office("books", "move", wok, "--to", "South")["customers"]
    assert van("sync")["received"] >= 1
    assert van("show", "customer", moved[0], fails=True)["error"]["code"] == "not_found"
    office("books", "give", book, "Ana")
    van("sync")
    assert van("show", "customer", moved[0])["fields"]["name"] == "Golden Wok"

    office("devices", "revoke", waiting["id"])
    office("set", "customer", moved[0], "notes=after Ana left")
    office("sync")
    van("sync", fails=True)
    # What it had it keeps, but this program opens it no more, and none of what came later was ever there.
    assert van("show", "customer", moved[0], fails=True)["error"]["code"] == "refused"
