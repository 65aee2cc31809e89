"""`duplicates` as a script uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.console.conftest import Home, Said

Call = Callable[..., Said]


def test_duplicates_are_merged_parted_and_undone(call: Call, home: Home, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text("Name\nGolden Wock\n", encoding="utf-8")
    call("import", str(file), "--as", "customers")
    kept = home.ids["wok"]
    (twin,) = [hit["id"] for hit in call("find", "wock", "--json").document["hits"]]
    said = call("duplicates", "merge", kept, twin, "--json")
    assert said.document == {"kept": kept, "duplicates": [twin]}
    assert call("show", "customer", twin, "--json").document["fields"]["same_as"] == kept
    assert call("duplicates", "part", twin).status == 0
    assert not call("show", "customer", twin, "--json").document["fields"].get("same_as")
    assert call("duplicates", "merge", kept, kept, "--json").document["error"]["code"] == "conflict"
    call("duplicates", "merge", kept, twin)
    call("undo")
    assert not call("show", "customer", twin, "--json").document["fields"].get("same_as")
