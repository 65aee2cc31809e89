"""`doctor` finds what is wrong, says what to do, and finds nothing where nothing is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.errors import Refused
from app.features.trust import doctor
from app.vault import keychain as keychains
from app.vault.keychain import NoKeychain
from tests.console.conftest import Home, Said
from tests.console.test_vault import tamper

Call = Callable[..., Said]


def outcomes(said: Said) -> dict[str, str]:
    return {check["name"]: check["outcome"] for check in said.document["checks"]}


def check(said: Said, name: str) -> Any:
    return next(check for check in said.document["checks"] if check["name"] == name)


def test_all_is_well_but_the_missing_backup(call: Call, home: Home, tmp_path: Path) -> None:
    said = call("doctor", "--json")
    assert said.status == 0
    assert said.document["ok"] is True
    found = outcomes(said)
    assert {name for name, outcome in found.items() if outcome != "ok"} <= {"backup", "space"}
    assert set(found) == set(doctor.LABELS)
    assert check(said, "backup")["remedy"]
    call("backup", str(tmp_path / "b"))
    assert outcomes(call("doctor", "--json"))["backup"] == "ok"
    assert "Audit trail" in call("doctor").out


def test_on_a_fresh_computer_it_checks_what_there_is(call: Call, home: Home, tmp_path: Path) -> None:
    said = call("doctor", "--json", "--home", str(tmp_path / "none"))
    assert said.status == 0
    assert {"engine", "keyring", "clock", "space", "opening"} == set(outcomes(said))
    assert outcomes(said)["opening"] == "warn"
    assert list(tmp_path.iterdir()) == []


def test_without_a_password_the_rest_is_checked(call: Call, home: Home) -> None:
    home.keychain.items = {key: it for key, it in home.keychain.items.items() if key[1] != "session-key"}
    said = call("doctor", "--json")
    assert said.status == 0
    assert outcomes(said)["opening"] == "warn"
    assert "permissions" in outcomes(said)


def test_a_flipped_byte_is_found_and_status_1_says_so(call: Call, home: Home) -> None:
    file = home.folder / "main" / "data.db"
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    said = call("doctor", "--json")
    assert said.status == 1
    assert said.document["ok"] is False
    assert said.document["error"]["code"] == "unwell"
    assert "fail" in (outcomes(said).get("integrity"), outcomes(said).get("opening"))
    assert said.err.count("\n") == 1


def test_a_broken_trail_is_found(call: Call, home: Home) -> None:
    tamper(home, "UPDATE audit SET member = x'00' WHERE number = 2")
    said = call("doctor", "--json")
    assert outcomes(said)["audit"] == "fail"
    assert "2" in check(said, "audit")["text"]


def test_a_missing_header_is_found(call: Call, home: Home) -> None:
    raw = (home.folder / "main" / "vault.json").read_bytes()
    (home.folder / "main" / "vault.json").write_bytes(raw[:-20])
    said = call("doctor", "--json")
    assert outcomes(said)["opening"] == "fail"
    assert said.status == 1


def test_an_older_copy_is_found(call: Call, home: Home) -> None:
    file = home.folder / "main" / "data.db"
    old = file.read_bytes()
    call("set", "customer", home.ids["wok"], "name=Later")
    file.write_bytes(old)
    said = call("doctor", "--json")
    assert outcomes(said)["rollback"] == "fail"
    assert check(said, "rollback")["remedy"]


@pytest.mark.skipif(os.name == "nt", reason="permission bits are Unix's")
@pytest.mark.parametrize(("mode", "outcome"), [(0o755, "warn"), (0o777, "fail"), (0o700, "ok")])
def test_a_profile_open_to_others_is_found(call: Call, home: Home, mode: int, outcome: str) -> None:
    (home.folder / "main").chmod(mode)
    assert outcomes(call("doctor", "--json"))["permissions"] == outcome


def test_leftovers_are_named(call: Call, home: Home) -> None:
    (home.folder / "main" / "old copy.db").write_bytes(b"x")
    said = call("doctor", "--json")
    assert outcomes(said)["leftovers"] == "warn"
    assert "old copy.db" in check(said, "leftovers")["text"]


def test_no_keyring_is_a_note_and_a_silent_one_a_fault(
    call: Call, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.keychain.fails = True
    assert outcomes(call("doctor", "--json"))["keyring"] == "fail"
    monkeypatch.setattr(keychains, "system", lambda: NoKeychain("keyring.backends.null.Keyring"))
    said = call("doctor", "--json")
    assert outcomes(said)["keyring"] == "warn"
    assert "keyring.backends.null.Keyring" in check(said, "keyring")["text"]


@pytest.mark.parametrize(("ahead_ms", "outcome"), [(0, "ok"), (3_600_000, "warn")])
def test_a_clock_that_was_turned_back_is_found(
    call: Call, home: Home, monkeypatch: pytest.MonkeyPatch, ahead_ms: int, outcome: str
) -> None:
    now_ms = SystemClock.now_ms
    with monkeypatch.context() as patch:
        patch.setattr(SystemClock, "now_ms", lambda self: now_ms(self) + ahead_ms)
        call("set", "customer", home.ids["wok"], "name=Later")
    assert outcomes(call("doctor", "--json"))["clock"] == outcome
    monkeypatch.setattr(SystemClock, "now_ms", lambda _self: 1_000_000_000_000)
    assert outcomes(call("doctor", "--json", "--home", str(home.folder / "none")))["clock"] == "fail"


def test_what_a_role_may_not_see_is_no_fault(call: Call, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_anything: object) -> None:
        raise Refused("not for you")

    monkeypatch.setattr(doctor, "_audit", refused)
    said = call("doctor", "--json")
    assert said.status == 0
    assert "audit" not in outcomes(said)
    assert outcomes(said)["backup"] == "warn"


def test_a_full_disk_is_foreseen(call: Call, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FULL_BYTES", 1 << 62)
    assert outcomes(call("doctor", "--json"))["space"] == "fail"
