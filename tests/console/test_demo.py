"""The demonstration company: made once, reopened with the password that was shown, never in the way of a real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app import demo
from app.errors import Conflict
from app.features.crm.demonstration import COMPANY as COMPANY_OF_DEMO
from app.gateway.tx import Tx
from app.vault import profiles
from app.vault.rollback import Verdict
from tests.console.conftest import COMPANY, Home, Said
from tests.keychains import MemoryKeychain
from ui.console.running import Window

Call = Callable[..., Said]
OTHER = "eleven violins in the attic"


def test_it_is_made_once_and_its_password_is_shown_each_time(call: Call, home: Home) -> None:
    made = call("demo", "--customers", "3", "--json")
    assert made.status == 0, made.err
    assert made.document["created"] is True
    again = call("demo", "--json").document
    assert again == {**made.document, "created": False}
    password = made.document["password"]
    assert password in call("demo").out
    status = call("status", "--json", "--profile", "demo", "--password-file", "-", stdin=password).document
    assert status["demo"] is True
    assert status["counts"]["customer"] == 3
    assert status["counts"]["activity"] > 0
    doctor = call("doctor", "--json", "--profile", "demo", "--password-file", "-", stdin=password).document
    assert {one["name"]: one["outcome"] for one in doctor["checks"]}["leftovers"] == "ok"


def test_open_leads_to_its_window(call: Call, home: Home) -> None:
    said = call("demo", "--customers", "2", "--open", "--language", "en")
    assert said.status == Window(home.folder, "demo", "en")
    assert "Its password: " in said.out


def test_the_same_seed_gives_the_same_company(call: Call, home: Home, tmp_path: Path) -> None:
    exports = []
    for name, seed in (("one", "7"), ("two", "7"), ("three", "8")):
        made = call("demo", "--customers", "5", "--seed", seed, "--profile", name, "--json").document
        file = tmp_path / f"{name}.csv"
        call(
            "export",
            "customers",
            str(file),
            "--profile",
            name,
            "--password-file",
            "-",
            stdin=made["password"],
        )
        exports.append(file.read_bytes())
    assert exports[0] == exports[1] != exports[2]


def test_a_company_of_ones_own_is_never_taken_for_it(call: Call, home: Home) -> None:
    said = call("demo", "--profile", "main", "--json")
    assert said.document["error"]["code"] == "conflict"
    assert call("status", "--json").document["company"] == COMPANY


@pytest.mark.parametrize("number", ["0", "-3", "100001"])
def test_numbers_out_of_bounds_make_nothing(call: Call, home: Home, number: str) -> None:
    assert call("demo", "--customers", number, "--json").document["error"]["code"] == "invalid"
    assert not (home.folder / "demo").exists()


def test_stopped_half_way_nothing_remains(call: Call, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_anything: object, **_more: object) -> None:
        raise KeyboardInterrupt

    items = set(home.keychain.items)
    with monkeypatch.context() as patch:
        patch.setattr(Tx, "add", pressed)
        assert call("demo", "--json").document["error"]["code"] == "cancelled"
    assert not (home.folder / "demo").exists()
    assert set(home.keychain.items) == items
    assert call("demo", "--customers", "2").status == 0


def test_what_a_killed_program_left_is_made_anew(
    call: Call, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("app.demo.profiles.delete", lambda *_anything: None)
        patch.setattr(Tx, "add", lambda *_anything: 1 / 0)
        call("demo")
    assert (home.folder / "demo" / "vault.json").exists()
    made = call("demo", "--customers", "2", "--json").document
    assert made["created"] is True
    assert call("status", "--profile", "demo", "--password-file", "-", stdin=made["password"]).status == 0


def test_a_password_of_ones_own_is_not_shown(call: Call, home: Home) -> None:
    password = call("demo", "--customers", "2", "--json").document["password"]
    changed = call(
        "password", "change", "--profile", "demo", "--password-file", "-", stdin=f"{password}\n{OTHER}"
    )
    assert changed.status == 0, changed.err
    assert call("demo", "--json").document["password"] is None
    assert "You have chosen its password." in call("demo").out


def test_one_click_makes_it_and_opens_it_again(home: Home) -> None:
    demo.create(home.folder, customers=2, keychain=home.keychain)
    for keychain in (home.keychain, MemoryKeychain()):  # the second as on a virtual desktop started anew
        opened = demo.open_or_create(home.folder, keychain=keychain)
        assert opened.session.identity.demo
        assert opened.verdict is Verdict.CURRENT
        opened.close()
    assert profiles.title(profiles.named(home.folder, "demo"), home.keychain) == COMPANY_OF_DEMO
    assert demo.existing(home.folder, "nowhere") is None
    with pytest.raises(Conflict):
        demo.existing(home.folder, "main")
