"""Files that are written: whole or not at all, harmless in a spreadsheet, read back without a change."""

from __future__ import annotations

import csv
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Cancelled, Unwritable
from app.features.crm.exporting import vcards
from app.features.crm.exporting.writing import ENDINGS, FORMATS, format_of, write
from app.features.crm.importing.reading import rows

PATHS = ("customer.id", "customer.name", "customer.phone", "customer.notes")
LINES = [("a", "=HYPERLINK(1)", "+86 138-0013-8000", "x"), ("b", "Café “王”", "-1", "@cmd|' /C calc'!A0")]


def test_csv_is_neutral_for_spreadsheets_and_has_a_mark(tmp_path: Path) -> None:
    assert write(tmp_path / "x.csv", "csv", PATHS, LINES) == 2
    raw = (tmp_path / "x.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n")
    found = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert found[1][1] == "'=HYPERLINK(1)" and found[1][2] == "+86 138-0013-8000"
    assert found[2][2] == "-1" and found[2][3].startswith("'@")


def test_json_has_one_object_a_line(tmp_path: Path) -> None:
    write(tmp_path / "x.json", "json", PATHS, LINES)
    document = json.loads((tmp_path / "x.json").read_text("utf-8"))
    assert document["rows"][0]["customer.name"] == "=HYPERLINK(1)"
    write(tmp_path / "none.json", "json", PATHS, [])
    assert json.loads((tmp_path / "none.json").read_text("utf-8"))["rows"] == []


def test_the_ending_tells_the_format() -> None:
    assert {format_of("x" + ending.upper()) for ending in ENDINGS} == set(ENDINGS.values())
    with pytest.raises(Unwritable, match=r"\.csv"):
        format_of("x.pdf")


@pytest.mark.parametrize("format_", FORMATS)
def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path, format_: str) -> None:
    path = tmp_path / "out"
    path.write_text("old")

    def failing() -> Iterator[tuple[str, ...]]:
        yield LINES[0]
        raise Cancelled

    with pytest.raises(Cancelled):
        write(path, format_, PATHS, failing())
    assert path.read_text() == "old" and [child.name for child in tmp_path.iterdir()] == ["out"]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for format_ in FORMATS:
        write(tmp_path / "a", format_, PATHS, LINES)
        write(tmp_path / "b", format_, PATHS, LINES)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_exports_are_for_this_person_only(tmp_path: Path) -> None:
    write(tmp_path / "x.csv", "csv", PATHS, LINES)
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "x.csv").stat().st_mode) == 0o600


def test_places_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="is a folder"):
        write(tmp_path, "csv", PATHS, LINES)
    with pytest.raises(Unwritable, match="cannot be written"):
        write(tmp_path / "nowhere" / "x.csv", "csv", PATHS, LINES)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("format_", FORMATS)
def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str) -> None:
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode=0o777: real("/dev/full", os.O_WRONLY))
    many = [("a", "x" * 100, "y", "z")] * 20_000
    with pytest.raises(Unwritable, match="no space is left"):
        write(tmp_path / "x", format_, PATHS, many)


def test_lines_of_cards_are_folded_at_75_bytes() -> None:
    line = vcards.fold("NOTE:" + "王佳丽" * 40)
    assert all(len(piece.encode()) <= 75 for piece in line.split("\r\n"))
    assert line.replace("\r\n ", "").strip() == "NOTE:" + "王佳丽" * 40


CELL = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff"),
    max_size=90,
).map(lambda text: " ".join(text.split()))
ROW = st.tuples(st.just("agrar4cjoz6zbnwh4hzuoqswge"), CELL.filter(bool), CELL, CELL)


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=4), st.sampled_from(["csv", "xlsx", "vcard4", "vcard3", "json"]))
def test_whatever_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, ...]], format_: str
) -> None:
    path = tmp_path_factory.mktemp("out") / "file"
    write(path, format_, PATHS, lines)
    with rows(path) as reading:
        places = [reading.columns.index(name) for name in PATHS]
        found = [tuple(row.cells[place] for place in places) for row in reading]
    assert found == lines


def test_what_a_killed_export_has_left_goes_with_the_next_one_of_that_name(tmp_path: Path) -> None:
    left = tmp_path / ".out.csv.0123abcd.part"
    others = [
        tmp_path / name
        for name in (".out.csv.mine.part", ".other.csv.0123abcd.part", "out.csv.0123abcd.part")
    ]
    for file in (left, *others):
        file.write_text("Golden Gate Bakery")
    write(tmp_path / "out.csv", "csv", ["a"], [["1"]])
    assert not left.exists()
    assert all(file.exists() for file in others)
