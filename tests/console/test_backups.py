"""`backup` and `restore`: whole or not at all, proved, and never two devices going on as one."""

from __future__ import annotations

import hashlib
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.crypto.keys import SecretKey
from app.errors import Damaged, DiskFull, Outdated, Unreadable
from app.features.trust import backup_file, backups
from app.vault import header as headers
from app.vault import profiles
from tests.console.conftest import COMPANY, PASSWORD, Home, Said

Call = Callable[..., Said]
OTHER = "eleven violins in the attic"


@pytest.fixture
def backup(call: Call, home: Home, tmp_path: Path) -> Path:
    """A backup of the company."""
    file = tmp_path / "book.backup"
    said = call("backup", str(file))
    assert said.status == 0, said.err
    return file


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


# ---- making


def test_a_backup_is_one_private_file_that_tells_nothing(call: Call, home: Home, tmp_path: Path) -> None:
    before = files(home.folder) | {"main/scratch"}
    said = call("backup", str(tmp_path / "b"), "--json")
    assert said.document["verified"] is True
    assert said.document["bytes"] == (tmp_path / "b").stat().st_size
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert files(home.folder) <= before
    content = (tmp_path / "b").read_bytes()
    for secret in (COMPANY, "Golden Wok", "Trujillo", "main", PASSWORD):
        assert secret.encode() not in content
    assert call("status", "--json").document["last_backup"] == said.document["made"]
    rows = call("audit", "list", "--json").document["rows"]
    assert next(row["command"] for row in rows if row["command"] != "vault.opened") == "vault.backup"
    assert call("audit", "verify").status == 0


def test_nothing_is_ever_written_over(call: Call, home: Home, backup: Path) -> None:
    before = backup.read_bytes()
    said = call("backup", str(backup), "--json")
    assert said.document["error"]["code"] == "conflict"
    assert str(backup) in said.err
    assert backup.read_bytes() == before


@pytest.mark.parametrize("place", ["missing/b", "."])
def test_a_place_that_cannot_be_is_named(call: Call, home: Home, tmp_path: Path, place: str) -> None:
    said = call("backup", str(tmp_path / place), "--json")
    assert said.status == 1
    assert str(tmp_path) in said.document["error"]["message"]
    assert call("status", "--json").document["last_backup"] is None


def test_a_full_disk_leaves_nothing_behind(
    call: Call, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit on a file's size makes the operating system itself refuse the bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    monkeypatch.setattr(backups, "_check_room", lambda *_anything: None)
    wrote = backup_file.write

    def on_a_full_disk(*arguments: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            wrote(*arguments)  # type: ignore[arg-type]
            arguments[0].flush()  # type: ignore[attr-defined]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    monkeypatch.setattr(backup_file, "write", on_a_full_disk)
    said = call("backup", str(tmp_path / "b"), "--json")
    assert said.document["error"]["code"] in ("unwritable", "disk_full")
    assert str(tmp_path / "b") in said.err
    assert list(tmp_path.iterdir()) == []
    assert not (home.folder / "main" / "scratch" / "backup").exists()
    assert call("status", "--json").document["last_backup"] is None


def test_too_little_room_is_said_before_anything_is_copied(
    call: Call, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "SPARE_BYTES", 1 << 60)
    said = call("backup", str(tmp_path / "b"), "--json")
    assert said.document["error"]["code"] == DiskFull.code
    assert str(home.folder) in said.err


def test_a_folder_without_permission_is_named(call: Call, home: Home, sealed: Path) -> None:
    said = call("backup", str(sealed / "b"), "--json")
    assert said.document["error"]["code"] == "unwritable"
    assert str(sealed / "b") in said.err


def test_a_backup_that_does_not_read_back_is_not_kept(
    call: Call, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.features.trust.backups.Database.integrity", lambda _self: ("page 3",))
    said = call("backup", str(tmp_path / "b"), "--json")
    assert said.document["error"]["code"] == "damaged"
    assert list(tmp_path.iterdir()) == []


def test_killed_in_the_middle_it_does_no_harm(secret_service: str, tmp_path: Path) -> None:
    """A half-written file never bears the name that was asked for, and the book goes on."""
    provender = str(Path(sys.executable).with_name("provender"))
    program = [provender, "--home", str(tmp_path / "h"), "--password-file", "-"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*program, *arguments], input=PASSWORD, capture_output=True, text=True, timeout=60
        )

    assert run("company", "create", "X", "--owner", "Y").returncode == 0
    code = (
        "import os, sys\n"
        "from app.features.trust import backups\n"
        "backups._prove = lambda *_: os.kill(os.getpid(), 9)\n"
        "from ui.console.running import run\n"
        f"run(['--home', {str(tmp_path / 'h')!r}, 'backup', {str(tmp_path / 'b')!r}, '--password-file', '-'])"
    )
    killed = subprocess.run([sys.executable, "-c", code], input=PASSWORD, text=True, timeout=60)
    assert killed.returncode == -9
    assert not (tmp_path / "b").exists()
    assert run("backup", str(tmp_path / "b")).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"h", "b"}
    assert not list((tmp_path / "h" / "main").rglob("data.db.new"))
    assert run("doctor").returncode == 0


# ---- restoring


def test_the_recovery_code_restores_on_another_computer(
    call: Call, home: Home, backup: Path, tmp_path: Path
) -> None:
    shown = call("show", "customer", home.ids["wok"], "--json").document
    home.keychain.items.clear()
    there = str(tmp_path / "there")
    said = call(
        "restore", str(backup), "--home", there, "--json", "--password-file", "-",
        stdin=f"{home.recovery_code}\n{OTHER}",
    )  # fmt: skip
    assert said.document == {"company": COMPANY, "profile": "main"}
    again = call(
        "show", "customer", home.ids["wok"], "--home", there, "--json", "--password-file", "-", stdin=OTHER
    )
    assert again.document == shown
    status = call("status", "--home", there, "--json", "--password-file", "-", stdin=OTHER).document
    assert status["rollback"] == "current"
    assert call("profiles", "--home", there, "--json").document["profiles"][0]["title"] == COMPANY
    verified = call("audit", "verify", "--home", there, "--json", "--password-file", "-", stdin=OTHER)
    assert verified.document["ok"] is True
    rows = call("audit", "list", "--home", there, "--json", "--password-file", "-", stdin=OTHER).document[
        "rows"
    ]
    assert "vault.restored" in [row["command"] for row in rows]


def test_beside_the_original_the_password_restores_and_both_go_on(
    call: Call, home: Home, backup: Path
) -> None:
    said = call("restore", str(backup), "--json", "--password-file", "-", stdin=PASSWORD)
    assert said.document["profile"] == "main-2"
    for profile in ("main", "main-2"):
        opened = call("status", "--json", "--profile", profile, "--password-file", "-", stdin=PASSWORD)
        assert opened.status == 0, opened.err
        changed = call(
            "set", "customer", home.ids["wok"], f"name={profile}", "--profile", profile,
            "--password-file", "-", stdin=PASSWORD,
        )  # fmt: skip
        assert changed.status == 0, changed.err
    devices = call("status", "--json", "--profile", "main-2", "--password-file", "-", stdin=PASSWORD)
    assert devices.document["rollback"] == "current"


def test_the_password_alone_is_not_enough_elsewhere(
    call: Call, home: Home, backup: Path, tmp_path: Path
) -> None:
    home.keychain.items.clear()
    there = tmp_path / "there"
    said = call(
        "restore", str(backup), "--home", str(there), "--json", "--password-file", "-", stdin=PASSWORD
    )
    assert said.document["error"]["code"] == "other_device"
    assert "recovery code" in said.err
    assert files(there) == set()


def test_a_wrong_password_or_code_leaves_nothing(
    call: Call, home: Home, backup: Path, tmp_path: Path
) -> None:
    items = dict(home.keychain.items)
    there = tmp_path / "there"
    for secret in ("not the password", "Z" * 26 + "00"):
        said = call(
            "restore", str(backup), "--home", str(there), "--password-file", "-", stdin=f"{secret}\n{OTHER}"
        )
        assert said.status == 1
        assert files(there) == set()
    assert home.keychain.items == items
    # The keyring items of the original are as they were: its password still opens it.
    assert call("status", "--password-file", "-", stdin=PASSWORD).status == 0


def test_a_profile_is_never_restored_over(call: Call, home: Home, backup: Path) -> None:
    said = call("restore", str(backup), "--profile", "main", "--json", "--password-file", "-", stdin=PASSWORD)
    assert said.document["error"]["code"] == "conflict"
    assert call("show", "customer", home.ids["wok"], "--json").document["title"] == "Golden Wok"


def test_after_the_password_changed_an_old_backup_needs_the_code(
    call: Call, home: Home, backup: Path
) -> None:
    call("password", "change", "--password-file", "-", stdin=f"{PASSWORD}\n{OTHER}")
    for secret in (PASSWORD, OTHER):
        said = call("restore", str(backup), "--json", "--password-file", "-", stdin=secret)
        assert said.document["error"]["code"] in ("other_device", "wrong_password")
    said = call("restore", str(backup), "--password-file", "-", stdin=f"{home.recovery_code}\n{OTHER}")
    assert said.status == 0, said.err


def test_deleting_a_copy_leaves_the_original_its_keyring_items(call: Call, home: Home) -> None:
    """A folder that was copied by hand bears the original's device name until it is opened."""
    shutil.copytree(home.folder / "main", home.folder / "copy")
    profiles.delete(profiles.named(home.folder, "copy"), home.keychain)
    assert call("status", "--password-file", "-", stdin=PASSWORD).status == 0
    profiles.delete(profiles.named(home.folder, "main"), home.keychain)
    assert home.keychain.items == {}


# ---- what is no backup


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"PK\x03\x04 a zip archive",
        b"ProvenderBackup",
        b"SQLite format 3\0" + bytes(5000),
        bytes(70_000),
    ],
)
def test_foreign_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(Damaged, match="not a backup that Provender made"):
        backup_file.check(tmp_path / "f")


def test_a_folder_a_missing_file_and_a_newer_format_are_told_apart(backup: Path, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is a folder"):
        backup_file.check(tmp_path)
    with pytest.raises(Unreadable, match="is not there"):
        backup_file.check(tmp_path / "none")
    backup.write_bytes(backup.read_bytes().replace(b"Backup\x01", b"Backup\x02", 1))
    with pytest.raises(Outdated):
        backup_file.check(backup)


def test_every_cut_and_every_flipped_byte_is_found(backup: Path, tmp_path: Path) -> None:
    """Each byte of what steers, and some of each few pages of the rest."""
    whole = backup.read_bytes()
    steering = len(backup_file.MAGIC) + 4 + 1500
    places = [*range(steering), *range(steering, len(whole), 1999), *range(len(whole) - 32, len(whole))]
    other = tmp_path / "other"
    other.write_bytes(whole)
    with other.open("r+b", buffering=0) as file:
        for at in places:
            for byte in (whole[at] ^ 1 << at % 8, whole[at]):
                file.seek(at)
                file.write(bytes((byte,)))
                if byte != whole[at]:
                    with pytest.raises((Damaged, Outdated)):
                        backup_file.check(other)
    for end in (*range(0, steering, 23), *range(steering, len(whole), 9999), len(whole) - 1):
        other.write_bytes(whole[:end])
        with pytest.raises(Damaged):
            backup_file.check(other)
    other.write_bytes(whole + b"\0")
    with pytest.raises(Damaged):
        backup_file.check(other)


def test_a_damaged_backup_makes_no_profile(call: Call, home: Home, backup: Path) -> None:
    raw = bytearray(backup.read_bytes())
    raw[len(raw) // 2] ^= 1
    backup.write_bytes(raw)
    said = call("restore", str(backup), "--json", "--password-file", "-", stdin=PASSWORD)
    assert said.document["error"]["code"] == "damaged"
    assert [one["name"] for one in call("profiles", "--json").document["profiles"]] == ["main"]


def test_parts_of_two_backups_are_no_backup(call: Call, home: Home, backup: Path, tmp_path: Path) -> None:
    """Whoever has no key can make the hashes right, but not the MAC."""
    first = backup_file.check(backup)
    call("set", "customer", home.ids["wok"], "name=Later")
    call("backup", str(tmp_path / "second"))
    second = backup_file.check(tmp_path / "second")
    (tmp_path / "parts").mkdir()
    first.unpack(tmp_path / "parts")
    forged = tmp_path / "forged"
    with forged.open("wb") as target:
        backup_file.write(
            target, second.header, tmp_path / "parts" / "data.db.new", SecretKey.fresh(), second.made_ms
        )
    backup_file.check(forged)
    said = call("restore", str(forged), "--json", "--password-file", "-", stdin=PASSWORD)
    assert said.document["error"]["code"] == "damaged"
    assert "somebody else" in said.err
    assert [one["name"] for one in call("profiles", "--json").document["profiles"]] == ["main"]
    assert call("status", "--password-file", "-", stdin=PASSWORD).status == 0


def test_a_manifest_cannot_lead_astray(backup: Path, tmp_path: Path) -> None:
    """Sizes that reach beyond the file, a manifest that is no object: refused, never believed."""
    whole = backup.read_bytes()
    at = len(backup_file.MAGIC)
    length = int.from_bytes(whole[at : at + 4], "big")
    manifest = whole[at + 4 : at + 4 + length]
    rest = whole[at + 4 + length : -32]
    for other in (
        b"[]",
        b"{}",
        b"1",
        manifest.replace(b'"size":', b'"size":9'),
        manifest.replace(b'"format":1', b'"format":true'),
    ):
        body = backup_file.MAGIC + len(other).to_bytes(4, "big") + other + rest
        (tmp_path / "f").write_bytes(body + hashlib.sha256(body).digest())
        with pytest.raises(Damaged):
            backup_file.check(tmp_path / "f")


def test_the_header_of_a_backup_belongs_nowhere(backup: Path, tmp_path: Path) -> None:
    checked = backup_file.check(backup)
    header, _mac = headers.decode(checked.header, tmp_path)
    assert (header.place, header.is_own) == ("", False)
    assert [slot["kind"] for slot in header.slots] == ["password", "recovery"]
