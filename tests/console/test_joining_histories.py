"""A server that was restored, and written to before it was healed: an owner brings both histories together."""

from __future__ import annotations

from pathlib import Path

from sync.protocol.codec import write_token
from tests.console.test_synchronising import Computer
from tests.sync.server_process import start_server


def names(computer: Computer) -> set[str]:
    return {hit["title"] for hit in computer("find", "customer")["hits"] if hit["kind"] == "customer"}


def test_an_owner_joins_what_the_restored_server_parted(tmp_path: Path) -> None:
    office, van = Computer(tmp_path / "office"), Computer(tmp_path / "van")
    token, pin, link = tmp_path / "token", tmp_path / "pin", tmp_path / "link"
    backup = tmp_path / "server.backup"
    with start_server(tmp_path / "server") as server:
        token.write_text(write_token(server.admission()))
        pin.write_text(server.pin.hex())
        office("company", "create", "Nordlicht", "--owner", "Mia")
        office("server", "connect", server.url, "--token-file", str(token), "--pin", str(pin))
        office("invite", "--name", "Ana", "--role", "rep", "--books", "all", "--link-file", str(link))
        van("join", "--link-file", str(link), "--wait", "0")
        (waiting,) = [one for one in office("devices", "list")["devices"] if one["state"] == "waiting"]
        office("devices", "approve", waiting["id"], "--words", waiting["words"])
        van("join", "--wait", "60")
        office("sync")
        van("sync")
        server.command("backup", str(backup))

        written(office, tmp_path, "Customer that the server lost")
        office("sync")
        server.stop()
        server.command("restore", str(backup), "--replace")
        server.start()
        written(van, tmp_path, "Customer that it knows")
        assert van("sync")["sent"] == 1

        assert office("sync", fails=True)["stopped"]
        joined = office("sync", "--join")
        assert not joined["stopped"]
        assert van("sync")["received"] >= 1
        assert office("sync")["unsent"] == 0
        expected = {"Customer that the server lost", "Customer that it knows"}
        assert names(office) == names(van) == expected
        assert server.command("check")["fault_count"] == 0


def written(computer: Computer, folder: Path, name: str) -> None:
    people = folder / "people.csv"
    people.write_text(f"Name\n{name}\n")
    computer("import", str(people), "--as", "customers")
