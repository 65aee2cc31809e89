"""`find`, `show`, `set`, `undo`, `redo` as a script uses them."""

from __future__ import annotations

from collections.abc import Callable

from tests.console.conftest import Home, Said

Call = Callable[..., Said]


def test_find_answers_in_the_promised_shape(call: Call, home: Home) -> None:
    hits = call("find", "wok", "--json").document["hits"]
    assert [(hit["kind"], hit["id"], hit["title"]) for hit in hits] == [
        ("customer", home.ids["wok"], "Golden Wok")
    ]
    assert "Wok" in hits[0]["match"]


def test_find_narrows_by_kind_and_number(call: Call, home: Home) -> None:
    assert call("find", "ana", "--kind", "customers", "--json").document == {"hits": []}
    assert len(call("find", "ana", "--kind", "contact", "--limit", "1", "--json").document["hits"]) == 1


def test_nothing_found_is_no_failure(call: Call, home: Home) -> None:
    said = call("find", "zzzzzz")
    assert (said.status, said.err) == (0, "")
    assert said.out == "Nothing was found.\n"


def test_an_unknown_kind_is_answered_with_those_that_exist(call: Call, home: Home) -> None:
    said = call("find", "x", "--kind", "invoice", "--json")
    assert said.status == 1
    assert said.document["error"]["code"] == "not_found"
    for kind in ("customer", "contact", "site", "activity"):
        assert kind in said.document["error"]["message"]
    assert said.err.count("\n") == 1


def test_show_prints_what_set_takes(call: Call, home: Home) -> None:
    call("set", "customer", home.ids["wok"], "tags=vip; bio", "credit_limit=1500 EUR", "address.city=Kiel")
    shown = call("show", "customer", home.ids["wok"], "--json").document
    assert shown["title"] == "Golden Wok"
    assert shown["fields"]["tags"] == "bio; vip"
    assert shown["fields"]["credit_limit"] == "1500.00 EUR"
    again = [f"{name}={text}" for name, text in shown["fields"].items()]
    assert call("set", "customer", home.ids["wok"], *again, "--json").document["changed"] == 0
    assert call("show", "customer", home.ids["wok"], "--json").document == shown


def test_looking_at_restricted_fields_is_audited(call: Call, home: Home) -> None:
    call("show", "customer", home.ids["wok"])
    rows = call("audit", "list", "--json").document["rows"]
    assert [(row["command"], row["outcome"]) for row in rows[:3]] == [
        ("vault.opened", "done"), ("record.restricted", "read"), ("vault.opened", "done"),
    ]  # fmt: skip


def test_people_see_labels_and_whom_a_contact_belongs_to(call: Call, home: Home) -> None:
    said = call("show", "contacts", home.ids["ana"])
    assert f"Golden Wok ({home.ids['wok']})" in said.out
    assert "Customer" in said.out


def test_an_unknown_field_is_answered_with_those_that_exist(call: Call, home: Home) -> None:
    said = call("set", "customer", home.ids["wok"], "colour=red")
    assert said.status == 1
    assert "legal_name" in said.err
    assert "payment_terms" in said.err


def test_a_value_that_does_not_fit_changes_nothing(call: Call, home: Home) -> None:
    said = call("set", "customer", home.ids["wok"], "name=Other", "stage=asleep", "--json")
    assert said.document["error"]["code"] == "invalid"
    assert call("show", "customer", home.ids["wok"], "--json").document["title"] == "Golden Wok"


def test_undo_and_redo_name_the_step(call: Call, home: Home) -> None:
    call("set", "customer", home.ids["wok"], "name=Silver Wok")
    undone = call("undo", "--json").document
    assert undone == {"step": "Edit Customer", "restored": 1, "kept": [], "kept_count": 0}
    assert call("show", "customer", home.ids["wok"], "--json").document["title"] == "Golden Wok"
    assert call("redo").out == "Done again: Edit Customer.\n"
    assert call("show", "customer", home.ids["wok"], "--json").document["title"] == "Silver Wok"


def test_undo_of_nothing_is_refused_plainly(call: Call, home: Home) -> None:
    while call("undo").status == 0:
        pass
    said = call("undo", "--json")
    assert said.document == {"error": {"code": "conflict", "message": "There is nothing to undo."}}
    assert said.err == "There is nothing to undo.\n"


def test_a_name_cannot_act_on_the_terminal(call: Call, home: Home) -> None:
    name = "Evil \u202e\u009b2J name"
    call("set", "customer", home.ids["wok"], f"name={name}")
    for arguments in (("show", "customer", home.ids["wok"]), ("find", "evil"), ("find", "evil", "--json")):
        said = call(*arguments)
        assert "Evil" in said.out
        assert "\u202e" not in said.out
        assert "\u009b" not in said.out
    assert call("show", "customer", home.ids["wok"], "--json").document["title"] == name


def test_choices_are_shown_by_their_labels_to_people_and_as_they_are_kept_to_scripts(
    call: Call, home: Home
) -> None:
    assert call("set", "customer", home.ids["wok"], "stage=at_risk", "kind=hotel").status == 0
    said = call("show", "customer", home.ids["wok"]).out
    assert "At risk" in said and "at_risk" not in said and "Hotel" in said
    fields = call("show", "customer", home.ids["wok"], "--json").document["fields"]
    assert (fields["stage"], fields["kind"]) == ("at_risk", "hotel")
