"""`status`, `password change`, `recovery-code new`, `audit`, `profiles`, `company create`."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from app import bootstrap
from app.store.database import Database
from app.vault import profiles, waiting
from app.vault.keychain import NoKeychain
from tests.console.conftest import COMPANY, OWNER, PASSWORD, Home, Said

Call = Callable[..., Said]
OTHER = "eleven violins in the attic"


def test_status_tells_what_is_in_the_book_and_how_it_opens(call: Call, home: Home) -> None:
    document = call("status", "--json").document
    assert (document["company"], document["profile"], document["demo"]) == (COMPANY, "main", False)
    assert document["counts"]["customer"] == document["counts"]["contact"] == 1
    assert document["schema_version"] >= 2
    assert [slot["kind"] for slot in document["vault_slots"]] == ["password", "recovery"]
    assert document["vault_slots"][0]["keyring"] is True
    assert document["last_backup"] is None
    assert document["unsent_changes"] > 0
    assert document["rollback"] == "current"
    assert "never" in call("status").out


def test_making_a_company_gives_the_promised_document(call: Call, home: Home) -> None:
    made = call(
        "company", "create", "Zweite & Söhne", "--owner", OWNER, "--profile", "second", "--json",
        "--password-file", "-", stdin=OTHER,
    )  # fmt: skip
    assert made.status == 0, made.err
    assert {**made.document, "recovery_code": ""} == {
        "company": "Zweite & Söhne", "profile": "second", "recovery_code": "",
    }  # fmt: skip
    assert len(made.document["recovery_code"].replace("-", "")) == 28
    listed = call("profiles", "--json").document["profiles"]
    assert [(one["name"], one["title"]) for one in listed] == [
        ("main", COMPANY), ("second", "Zweite & Söhne"),
    ]  # fmt: skip
    said = call("status", "--json")
    assert said.document["error"]["code"] == "not_found"
    assert "main, second" in said.err


def test_a_bad_password_makes_no_company(call: Call, home: Home) -> None:
    for password in ("", "password123", COMPANY):
        said = call(
            "company", "create", COMPANY, "--owner", OWNER, "--profile", "bad", "--json",
            "--password-file", "-", stdin=f"{password}\n",
        )  # fmt: skip
        assert said.document["error"]["code"] == "invalid"
    assert [one["name"] for one in call("profiles", "--json").document["profiles"]] == ["main"]


def test_a_profile_is_never_made_over_another(call: Call, home: Home) -> None:
    said = call(
        "company", "create", "X", "--owner", "Y", "--profile", "main", "--json",
        "--password-file", "-", stdin=OTHER,
    )  # fmt: skip
    assert said.document["error"]["code"] == "conflict"
    assert call("status", "--json").document["company"] == COMPANY


def test_the_password_changes_and_the_old_one_opens_nothing(call: Call, home: Home) -> None:
    said = call("password", "change", "--password-file", "-", stdin=f"{PASSWORD}\n{OTHER}\n")
    assert said.status == 0, said.err
    assert call("status", "--password-file", "-", stdin=OTHER).status == 0
    assert call("status", "--password-file", "-", stdin=PASSWORD).status == 1
    waiting.succeeded(home.folder / "main")  # nobody waits in tests
    rows = call("audit", "list", "--json", "--password-file", "-", stdin=OTHER).document["rows"]
    changed = [row["command"] for row in rows].index("vault.password_changed")
    assert {row["command"] for row in rows[:changed]} == {"vault.opened"}
    assert rows[0]["detail"] == {"how": "password", "wrong_tries": 0}


def test_the_recovery_code_sets_a_new_password(call: Call, home: Home) -> None:
    home.keychain.items.clear()  # a new computer: not even the right password helps
    said = call("status", "--json", "--password-file", "-", stdin=PASSWORD)
    assert said.document["error"]["code"] == "other_device"
    code = home.recovery_code.lower().replace("-", " ")
    assert call("password", "change", "--password-file", "-", stdin=f"{code}\n{OTHER}").status == 0
    assert call("status", "--password-file", "-", stdin=OTHER).status == 0


def test_a_wrong_old_password_changes_nothing(call: Call, home: Home) -> None:
    said = call("password", "change", "--json", "--password-file", "-", stdin=f"wrong\n{OTHER}")
    assert said.document["error"]["code"] == "wrong_password"
    assert call("status").status == 0  # the keyring still holds what opens it


def test_a_missing_new_password_is_said_before_anything_changes(call: Call, home: Home) -> None:
    said = call("password", "change", "--json", "--password-file", "-", stdin=PASSWORD)
    assert said.document["error"]["code"] == "invalid"
    assert "2" in said.err
    assert call("status").status == 0


def test_a_new_recovery_code_withdraws_the_old_one(call: Call, home: Home) -> None:
    said = call("recovery-code", "new", "--json", "--password-file", "-", stdin=PASSWORD)
    assert said.status == 0, said.err
    code = said.document["recovery_code"]
    assert code != home.recovery_code
    old = call("password", "change", "--json", "--password-file", "-", stdin=f"{home.recovery_code}\n{OTHER}")
    assert old.document["error"]["code"] == "invalid"
    assert call("status", "--password-file", "-", stdin=PASSWORD).status == 0
    assert call("password", "change", "--password-file", "-", stdin=f"{code}\n{OTHER}").status == 0


def test_a_recovery_code_needs_the_password_even_where_the_keyring_opens(call: Call, home: Home) -> None:
    said = call("recovery-code", "new", "--json")
    assert said.document["error"]["code"] == "locked"


# ---- audit


def test_the_trail_lists_and_verifies(call: Call, home: Home) -> None:
    call("set", "customer", home.ids["wok"], "name=Silver Wok")
    rows = call("audit", "list", "--json").document["rows"]
    assert [row["command"] for row in rows[:2]] == ["vault.opened", "customer.edit"]
    assert rows[1]["who"] == OWNER
    assert rows[1]["detail"]["fields"] == "customer.name"
    assert "Silver" not in json.dumps(rows)
    assert len(call("audit", "list", "--limit", "1", "--json").document["rows"]) == 1
    verified = call("audit", "verify", "--json").document
    assert verified["ok"] is True
    assert verified["rows"] == rows[0]["number"] + 2  # each of the calls since has opened the book
    assert len(bytes.fromhex(verified["head"])) == 32


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE audit SET member = x'00' WHERE number = 2", 2),
        ("UPDATE audit SET body = x'00' WHERE number = 2", 2),
        ("UPDATE audit SET hash = zeroblob(32) WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = 2", 2),
    ],
)
def test_the_first_bad_row_is_named(call: Call, home: Home, statement: str, bad: int) -> None:
    tamper(home, statement)
    said = call("audit", "verify", "--json")
    assert said.status == 1
    assert (said.document["ok"], said.document["first_bad"]) == (False, bad)
    assert said.document["error"]["code"] == "audit_broken"
    assert str(bad) in said.err


def tamper(home: Home, statement: str) -> None:
    """What somebody with the key could do to the file."""
    opened = bootstrap.open_company(profiles.chosen(home.folder, None), keychain=home.keychain)
    assert opened is not None
    database: Database = opened.vault.database
    with database.transaction() as connection:
        connection.execute(statement)
    opened.close()


def test_the_status_names_the_company_once(call: Call, home: Home) -> None:
    said = call("status").out
    assert sum(line.startswith("Company") for line in said.splitlines()) == 1


def test_profiles_are_listed_with_the_companys_name_as_far_as_it_is_known(
    call: Call, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (known,) = call("profiles", "--json").document["profiles"]
    assert known["company"] == known["title"] != known["name"]
    assert known["company"] in call("profiles").out
    monkeypatch.setattr(bootstrap, "keychain", NoKeychain)
    (unknown,) = call("profiles", "--json").document["profiles"]
    assert (unknown["company"], unknown["title"]) == (None, known["name"])
    assert "its name is shown once it is open" in call("profiles").out
