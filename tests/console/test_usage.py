"""Options, exit statuses, errors: what every command has in common."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.clock import SystemClock
from tests.architecture.sources import ROOT
from tests.architecture.test_start import HEAVY, loaded_by
from tests.console.conftest import COMPANY, PASSWORD, Home, Said
from ui.console.grammar import parse
from ui.console.running import Window, handler

Call = Callable[..., Said]

COMMANDS = {
    "company create": ["N", "--owner", "O"],
    "demo": [],
    "profiles": [],
    "find": ["x"],
    "show": ["customer", "x"],
    "set": ["customer", "x", "name=y"],
    "undo": [],
    "redo": [],
    "import": ["f", "--as", "customers"],
    "export": ["customers", "f.csv"],
    "backup": ["f"],
    "restore": ["f"],
    "status": [],
    "password change": [],
    "recovery-code new": [],
    "audit list": [],
    "audit verify": [],
    "doctor": [],
    "server connect": ["https://x", "--token-file", "f"],
    "sync": [],
    "invite": ["--name", "N", "--role", "rep", "--link-file", "f"],
    "join": [],
    "devices list": [],
    "devices approve": ["x", "--words", "w"],
    "devices refuse": ["x"],
    "devices revoke": ["x"],
    "books list": [],
    "books create": ["N"],
    "books give": ["B", "M"],
    "books take": ["B", "M"],
    "books move": ["x", "--to", "B"],
    "conflicts list": [],
    "conflicts keep": ["customer", "x", "name"],
    "duplicates merge": ["x", "y"],
    "duplicates part": ["x"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_handler_and_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert callable(handler(command))
    assert parse([*command.split(), *COMMANDS[command]]).command == command
    with pytest.raises(SystemExit) as left:
        parse([*command.split(), "--help"])
    assert left.value.code == 0
    assert f"provender {command}" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_common_options_are_taken_before_and_after(command: str) -> None:
    common = ["--home", "H", "--profile", "p", "--password-file", "-", "--json", "--language", "zh_CN"]
    words = [*command.split(), *COMMANDS[command]]
    assert vars(parse([*common, *words])) == vars(parse([*words, *common]))


def test_no_command_loads_qt() -> None:
    code = f"import ui.console.running as r; [r.handler(c) for c in {tuple(COMMANDS)!r}]"
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    loaded = {name.partition(".")[0] for name in answer.stdout.split()}
    assert loaded & {"PySide6", "shiboken6"} == set()


def test_the_help_loads_next_to_nothing() -> None:
    loaded = loaded_by("ui.start", "ui.console.grammar", "ui.console.running")
    assert loaded & {"PySide6", "sqlcipher3", "cryptography", "keyring", "msgspec", *HEAVY} == set()


def test_without_a_command_the_window_is_meant(call: Call, tmp_path: Path) -> None:
    said = call("--home", str(tmp_path), "--profile", "north", "--language", "zh_CN")
    assert said.status == Window(tmp_path, "north", "zh_CN")
    assert said.out == said.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("find",),
        ("import", "x"),
        ("company",),
        ("find", "x", "--limit", "many"),
        ("find", "x", "--limit", "0"),
        ("audit", "list", "--limit", "0"),
        ("set", "customer", "agrasog2xn6tne2y55577pwv64", "stage"),
    ],
)
def test_wrong_usage_is_status_2_and_one_sentence(call: Call, arguments: tuple[str, ...]) -> None:
    said = call(*arguments)
    assert said.status == 2
    assert said.err.count("\n") == 1
    assert said.out == ""
    in_json = call(*arguments, "--json")
    assert in_json.status == 2
    assert in_json.document["error"]["code"] == "usage"


def test_bytes_that_are_no_text_are_refused_but_in_file_names(call: Call, home: Home, tmp_path: Path) -> None:
    for arguments in (("find", "\udcff"), ("set", "customer", home.ids["wok"], "name=\udcff")):
        said = call(*arguments, "--json")
        assert (said.status, said.document["error"]["code"]) == (2, "usage")
    file = tmp_path / "\udcff.csv"
    said = call("export", "customers", str(file), "--json")
    assert said.status == 0, said.err
    assert file.exists()
    assert "udcff" in said.out


def test_abbreviations_are_no_options(call: Call) -> None:
    assert call("profiles", "--js").status == 2


def test_a_failure_is_one_sentence_and_one_document(call: Call, tmp_path: Path) -> None:
    said = call("status", "--home", str(tmp_path), "--json")
    assert said.status == 1
    assert said.document["error"]["code"] == "not_found"
    assert said.err == said.document["error"]["message"] + "\n"


def test_our_own_mistakes_name_places_and_no_values(
    call: Call, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_anything: object) -> None:
        raise KeyError("Ana Trujillo")

    monkeypatch.setattr("ui.console.records.ids.parse", broken)
    said = call("show", "customer", "x", "--json")
    assert (said.status, said.document["error"]["code"]) == (1, "bug")
    assert "ui/console/records.py" in said.err
    assert "Ana" not in said.err + said.out


def test_texts_follow_the_language(call: Call, tmp_path: Path) -> None:
    assert call("--language", "klingon", "profiles").status == 2
    assert call("--language", "en", "profiles", "--home", str(tmp_path)).out.startswith("There is no company")


def test_ctrl_c_leaves_nothing(call: Call, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_anything: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ui.console.vault.overview.look", pressed)
    said = call("status", "--json")
    assert (said.status, said.document["error"]["code"]) == (1, "cancelled")
    assert call("audit", "verify").status == 0


def test_a_home_that_cannot_be_written_is_named(call: Call, home: Home, sealed: Path) -> None:
    said = call(
        "company", "create", "X", "--owner", "Y", "--home", str(sealed / "provender"), "--json",
        "--password-file", "-", stdin=PASSWORD,
    )  # fmt: skip
    assert said.document["error"]["code"] in ("unwritable", "unreadable")
    assert str(sealed / "provender") in said.err
    assert "--home" in said.err


def test_a_full_disk_is_named(call: Call, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_anything: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/there")

    monkeypatch.setattr("ui.console.companies.bootstrap.create_company", full)
    said = call("company", "create", "X", "--owner", "Y", "--json", "--password-file", "-", stdin=PASSWORD)
    assert said.document["error"]["code"] == "disk_full"
    assert "/there" in said.err


# ---- passwords


def test_the_password_comes_from_a_file_or_standard_input(call: Call, home: Home, tmp_path: Path) -> None:
    home.keychain.items = {key: it for key, it in home.keychain.items.items() if key[1] != "session-key"}
    (tmp_path / "pw").write_text(PASSWORD + "\r\n")
    assert call("status", "--password-file", str(tmp_path / "pw")).status == 0
    assert call("status", "--password-file", "-", stdin=PASSWORD).status == 0
    said = call("status", "--json")
    assert said.document["error"]["code"] == "locked"
    assert "--password-file" in said.err


def test_a_script_leaves_the_keyring_as_it_found_it(call: Call, home: Home) -> None:
    """Otherwise it would undo a Lock, or sign out whoever works in the window."""
    kept = {key: it for key, it in home.keychain.items.items() if key[1] == "session-key"}
    assert kept
    call("status", "--password-file", "-", stdin=PASSWORD)
    assert {key: it for key, it in home.keychain.items.items() if key[1] == "session-key"} == kept
    for key in kept:
        del home.keychain.items[key]
    call("status", "--password-file", "-", stdin=PASSWORD)
    assert [key for key in home.keychain.items if key[1] == "session-key"] == []


def test_what_the_keyring_kept_too_long_is_deleted_first(
    call: Call, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ms = SystemClock.now_ms
    monkeypatch.setattr(SystemClock, "now_ms", lambda self: now_ms(self) + 13 * 3_600_000)
    assert call("status", "--password-file", "-", stdin="wrong").status == 1
    assert [key for key in home.keychain.items if key[1] == "session-key"] == []


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "invalid"), (b"\xff\xfe\x00", "unreadable"), (b"x" * 70_000, "unreadable")]
)
def test_what_is_no_password_file_is_said(
    call: Call, home: Home, tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "pw").write_bytes(content)
    assert call("status", "--json", "--password-file", str(tmp_path / "pw")).document["error"]["code"] == code
    gone = call("status", "--json", "--password-file", str(tmp_path / "none"))
    assert str(tmp_path / "none") in gone.document["error"]["message"]


def test_a_wrong_password_tells_how_long_to_wait(call: Call, home: Home) -> None:
    said = call("status", "--json", "--password-file", "-", stdin="something else")
    assert said.document["error"]["code"] == "wrong_password"
    assert "1 second" in said.err


def test_a_person_at_a_terminal_is_asked(call: Call, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.keychain.items = {key: it for key, it in home.keychain.items.items() if key[1] != "session-key"}
    asked = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return PASSWORD

    monkeypatch.setattr("ui.console.passwords.getpass", ask)
    monkeypatch.setattr("ui.console.passwords.is_terminal", lambda _stream: True)
    assert call("status").status == 0
    assert asked == ["Password: "]
    # That was a person signing in: for a while the keyring reopens it.
    assert call("status").status == 0
    assert len(asked) == 1


# ---- the real program


def program(*arguments: str, home: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    env = {name: text for name, text in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env.pop("QT_QPA_PLATFORM", None)
    return subprocess.run(
        [Path(sys.executable).with_name("provender"), *arguments],
        env={**env, "PROVENDER_HOME": str(home), "LC_ALL": "C.UTF-8"},
        input=stdin, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_the_program_makes_and_opens_a_company_with_a_real_keyring(
    secret_service: str, tmp_path: Path
) -> None:
    made = program(
        "company", "create", COMPANY, "--owner", "Mia Chen", "--email", "mia@example.org",
        "--json", "--password-file", "-", home=tmp_path, stdin=PASSWORD,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    document = json.loads(made.stdout)
    assert set(document) == {"company", "profile", "recovery_code"}
    assert (document["company"], document["profile"]) == (COMPANY, "main")
    assert made.stderr == ""
    status = program("status", "--json", "--password-file", "-", home=tmp_path, stdin=PASSWORD)
    assert json.loads(status.stdout)["counts"]["member"] == 1
    assert json.loads(status.stdout)["rollback"] == "current"
    assert PASSWORD.encode() not in b"".join(
        file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()
    )
    assert json.loads(program("profiles", "--json", home=tmp_path).stdout)["profiles"][0]["title"] == COMPANY


def test_without_a_display_the_window_is_refused_in_a_sentence(tmp_path: Path) -> None:
    said = program(home=tmp_path)
    assert said.returncode == 1
    assert said.stderr.count("\n") == 1
    assert "display" in said.stderr
    assert program("--home", str(tmp_path), home=tmp_path).stderr == said.stderr


def test_whoever_stops_reading_is_not_complained_to(tmp_path: Path) -> None:
    command = f"{Path(sys.executable).with_name('provender')} --help | head -1"
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=30)
    assert said.stdout.startswith("usage: provender")
    assert said.stderr == ""


def test_a_home_of_somebody_unknown_is_a_name_like_any_other(call: Call, tmp_path: Path) -> None:
    said = call("profiles", "--home", "~nobody-of-that-name", "--json")
    assert said.status == 0, said.err
    assert said.document["profiles"] == []
    assert call("backup", "~nobody-of-that-name/b").status == 1
