"""`import` and `export` as a script uses them; what they do with files is tested with the features."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.console.conftest import Home, Said

Call = Callable[..., Said]

ROWS = (
    "Name;Stadt;Telefon;Kundennummer\n"
    "Café Zoë;Kiel;+49 431 1;Z-1\n"
    "Bäckerei Grün;Bremen;+49 421 2;Z-2\n"
    ";Nowhere;;Z-3\n"
)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Three rows in Windows-1252, the last without a name."""
    file = tmp_path / "kunden.csv"
    file.write_bytes(ROWS.encode("cp1252"))
    return file


def test_an_import_reports_in_the_promised_shape(call: Call, home: Home, rows: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    said = call(
        "import", str(rows), "--as", "customers", "--map", "Stadt=address.city", "Telefon=phone",
        "--map", "Kundennummer=code", "--rejects", str(rejects), "--json",
    )  # fmt: skip
    assert said.status == 0, said.err
    document = said.document
    assert {name: document[name] for name in ("rows", "created", "updated", "unchanged", "encoding")} == {
        "rows": 3, "created": 2, "updated": 0, "unchanged": 0, "encoding": "windows-1252",
    }  # fmt: skip
    assert document["seconds"] >= 0
    (rejected,) = document["rejected"]
    assert set(rejected) == {"row", "column", "reason"}
    assert rejected["row"] == 4
    assert "Z-3" in rejects.read_text("utf-8-sig")
    assert call("find", "zoë", "--json").document["hits"][0]["title"] == "Café Zoë"


def test_a_second_import_changes_nothing_and_undo_takes_one_step(call: Call, home: Home, rows: Path) -> None:
    before = call("audit", "list", "--json").document["rows"][0]["number"]
    first = call("import", str(rows), "--as", "customers", "--json").document
    again = call("import", str(rows), "--as", "customers", "--json").document
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, first["created"])
    assert call("status", "--json").document["counts"]["customer"] == 1 + first["created"]
    while call("status", "--json").document["counts"]["customer"] > 1:
        assert "kunden.csv" in call("undo").out
    assert call("audit", "list", "--json").document["rows"][0]["number"] > before


def test_a_rehearsal_changes_nothing(call: Call, home: Home, rows: Path, tmp_path: Path) -> None:
    said = call(
        "import", str(rows), "--as", "customers", "--rehearse", "--rejects", str(tmp_path / "r"), "--json"
    )
    assert (said.document["created"], said.document["rehearsal"]) == (2, True)
    assert call("status", "--json").document["counts"]["customer"] == 1
    assert not (tmp_path / "r").exists()
    assert "Nothing was changed" in call("import", str(rows), "--as", "customers", "--rehearse").out


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (("--map", "Nix=name"), "Kundennummer"),
        (("--map", "Name=colour"), "customer.name"),
        (("--map", "Name"), "COLUMN=FIELD"),
    ],
)
def test_mappings_that_mean_nothing_name_what_there_is(
    call: Call, home: Home, rows: Path, more: tuple[str, ...], word: str
) -> None:
    said = call("import", str(rows), "--as", "customers", *more, "--json")
    assert said.document["error"]["code"] == "invalid"
    assert word in said.err


def test_a_missing_file_is_named(call: Call, home: Home, tmp_path: Path) -> None:
    said = call("import", str(tmp_path / "none.csv"), "--as", "customers", "--json")
    assert said.document["error"]["code"] == "unreadable"
    assert "none.csv" in said.err


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json", "vcf"])
def test_what_was_exported_imports_without_a_change(
    call: Call, home: Home, tmp_path: Path, ending: str
) -> None:
    for kind in ("customers", "contacts"):
        file = tmp_path / f"{kind}.{ending}"
        said = call("export", kind, str(file), "--json")
        assert said.status == 0, said.err
        assert (said.document["rows"], said.document["file"]) == (1, str(file))
        again = call("import", str(file), "--as", kind, "--json").document
        assert (again["created"], again["updated"], again["rejected"]) == (0, 0, [])
    rows = call("audit", "list", "--json").document["rows"]
    assert "customer.export" in [row["command"] for row in rows]


def test_an_ending_that_no_format_has_is_refused(call: Call, home: Home, tmp_path: Path) -> None:
    said = call("export", "customers", str(tmp_path / "book.doc"), "--json")
    assert said.document["error"]["code"] == "unwritable"
    assert ".csv" in said.err
    assert list(tmp_path.iterdir()) == []


def test_the_summary_for_people_shows_the_first_rejected_rows(call: Call, home: Home, rows: Path) -> None:
    said = call("import", str(rows), "--as", "customers")
    assert "3 rows: 2 new" in said.out
    assert "row 4" in said.out
    assert json.dumps(said.out)  # nothing in it that a terminal would act on


def test_a_quotation_mark_that_is_never_closed_can_be_read_as_text(
    call: Call, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "inches.csv"
    file.write_text('Name,Notes\nPan Shop,"12 pans\nPot Shop,x\n')
    said = call("import", str(file), "--as", "customers", "--rehearse")
    assert said.status == 1 and "line 2" in said.err and "--quotes none" in said.err
    said = call("import", str(file), "--as", "customers", "--rehearse", "--quotes", "none", "--json")
    assert (said.status, said.document["created"]) == (0, 2)
