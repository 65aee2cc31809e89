"""Text tables: encodings, separators, headings, and faults that name their place."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Unreadable
from app.features.crm.exporting.formulas import neutral
from app.features.crm.importing.encodings import ENCODINGS
from app.features.crm.importing.layout import MAX_FIELD, SEPARATORS, Layout
from app.features.crm.importing.reading import inspect, rows
from tests.features.importing.files import put, read

CHINESE = (
    "客户名称,电话,地址\n王佳丽餐厅,13800138000,上海市浦东新区世纪大道1号\n老北京涮肉,010-65551234,朝阳区\n"
)
WESTERN = "name,phone,city\nCafé Ñandú – “Rose” €5,030 1,Köln\nL’Étoile,030 2,Orléans\n"


@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [CHINESE, WESTERN])
def test_unicode_is_known_with_and_without_its_mark(
    tmp_path: Path, text: str, encoding: str, mark: bool
) -> None:
    path = put(tmp_path, (("\ufeff" if mark else "") + text).encode(encoding))
    assert inspect(path).layout.encoding == encoding
    assert read(path) == [tuple(row) for row in csv.reader(io.StringIO(text))][1:]


def test_windows_1252_is_told_from_gb18030(tmp_path: Path) -> None:
    assert inspect(put(tmp_path, WESTERN.encode("windows-1252"))).layout.encoding == "windows-1252"
    assert inspect(put(tmp_path, CHINESE.encode("gb18030"))).layout.encoding == "gb18030"
    assert read(put(tmp_path, CHINESE.encode("gb18030")))[0][0] == "王佳丽餐厅"


def test_one_accent_far_behind_the_sample_decides(tmp_path: Path) -> None:
    body = "name,city\n" + "PLAIN CAFE,San Francisco\n" * 40_000
    path = put(tmp_path, body.encode() + "CAFÉ,Köln\n".encode("windows-1252"))
    assert inspect(path).layout.encoding == "windows-1252"
    assert read(path)[-1] == ("CAFÉ", "Köln")


def test_a_bad_byte_is_named_by_line_and_byte_with_the_remedy(tmp_path: Path) -> None:
    good = "name,city\n" + "".join(f"Café {n},Köln\n" for n in range(50_000))
    content = good.encode() + b"broken \xff,x\n" + b"after,y\n"
    path = put(tmp_path, content)
    with pytest.raises(Unreadable) as caught:
        read(path)
    assert "line 50002" in caught.value.text
    assert f"byte {content.index(0xFF) + 1} " in caught.value.text
    assert "another encoding" in caught.value.text
    assert read(path, Layout(encoding="windows-1252"))[-2][0] == "broken ÿ"


def test_a_cut_off_character_at_the_end_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="line 3"):
        read(put(tmp_path, "name\nCafé\nCafé é".encode()[:-1]), Layout(encoding="utf-8"))


def test_nul_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="line 3"):
        read(put(tmp_path, "name,city\na,b\nc\0,d\n"))


@pytest.mark.parametrize("separator", SEPARATORS)
def test_separators_are_guessed(tmp_path: Path, separator: str) -> None:
    lines = [["name", "notes", "city"], ["A", "likes, commas; a lot", "Rome"], ["B", "plain | odd", "Bonn"]]
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(lines)
    preview = inspect(put(tmp_path, text.getvalue()))
    assert preview.layout.separator == separator
    assert [row.cells for row in preview.samples] == [tuple(line) for line in lines[1:]]


def test_excels_own_separator_line_is_honoured_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    preview = inspect(put(tmp_path, "sep=;\nname;city\nA, B;Rome\n"))
    assert preview.layout.separator == ";" and preview.columns == ("name", "city")
    assert preview.samples[0].number == 3 and preview.samples[0].line == 3


def test_every_guess_can_be_overridden(tmp_path: Path) -> None:
    path = put(tmp_path, "a;b\n'x;y';z\n")
    layout = Layout(encoding="utf-8", separator=";", quote="'", header_row=0)
    assert read(path, layout) == [("a", "b"), ("x;y", "z")]
    assert inspect(path, layout).columns == ("Column 1", "Column 2")
    assert read(path, Layout(separator=",", quote="", header_row=0)) == [("a;b",), ("'x;y';z",)]


def test_titles_above_the_heading_are_skipped(tmp_path: Path) -> None:
    preview = inspect(put(tmp_path, "客户列表 2026,,\n,,\n客户名称,联系人,手机\n甲餐厅,王五,13800138000\n"))
    assert preview.layout.header_row == 3
    assert preview.columns == ("客户名称", "联系人", "手机")


def test_a_file_without_heading_is_seen_as_one(tmp_path: Path) -> None:
    preview = inspect(
        put(tmp_path, "Golden Bakery,+49 30 123456,a@example.com\nBlue Cafe,+49 30 55555,b@example.com\n")
    )
    assert preview.layout.header_row == 0 and len(preview.samples) == 2


def test_headings_are_made_unique_and_named(tmp_path: Path) -> None:
    preview = inspect(put(tmp_path, "Phone,Phone,,Name\n1,2,3,A\n"))
    assert preview.columns == ("Phone", "Phone (2)", "Column 3", "Name")


def test_line_ends_of_every_kind_and_inside_quotes(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        path = put(tmp_path, f'name,notes{end}A,"one{end}two"{end}{end}B,three{end}')
        assert read(path) == [("A", "one\ntwo"), ("B", "three")]


def test_rows_know_their_number_and_line(tmp_path: Path) -> None:
    with rows(put(tmp_path, 'name,notes\nA,"1\n2\n3"\n\nB,x\n')) as reading:
        assert [(row.number, row.line) for row in reading] == [(2, 2), (4, 6)]


def test_an_unclosed_quote_is_named_where_it_began(tmp_path: Path) -> None:
    body = "name,notes\nA,ok\n" + '"never closed,x\n' + "B,y\n" * 50
    with pytest.raises(Unreadable, match="line 3") as caught:
        read(put(tmp_path, body))
    assert "never closed" in caught.value.text and "Close it" in caught.value.text
    endless = "name,notes\nA,ok\n" + '"never closed,x\n' + "B,y\n" * 400_000
    with pytest.raises(Unreadable, match="begins in line 3 is never closed"):
        read(put(tmp_path, endless))


def test_text_after_a_closing_quote_is_named(tmp_path: Path) -> None:
    body = 'name,notes\nA,"ok"\n"Joe "The Man" Smith",x\n'
    with pytest.raises(Unreadable, match="line 3"):
        read(put(tmp_path, body), Layout(separator=","))
    assert read(put(tmp_path, body), Layout(quote="", separator=","))[1][0] == '"Joe "The Man" Smith"'


def test_a_field_of_ten_megabytes_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="line 3"):
        read(put(tmp_path, "name,notes\nA,b\nB," + "x" * 10_000_000 + "\n"))
    with pytest.raises(Unreadable, match="line of more than"):
        read(put(tmp_path, "name,notes\n" + "y" * 40_000_000))


def test_a_cell_just_within_the_limit_is_taken(tmp_path: Path) -> None:
    assert len(read(put(tmp_path, "name,notes\nA," + "x" * (MAX_FIELD - 1) + "\n"))[0][1]) == MAX_FIELD - 1


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="3000 columns"):
        inspect(put(tmp_path, ",".join(f"c{n}" for n in range(3000)) + "\n"))


def test_progress_is_in_bytes_and_estimates_are_close(tmp_path: Path) -> None:
    count = 30_000
    path = put(tmp_path, "name,city\n" + "".join(f"Customer number {n},Rome\n" for n in range(count)))
    assert abs(inspect(path).estimated_rows - count) < count * 0.05
    with rows(path) as reading:
        seen = [reading.position for _row in reading]
    assert seen == sorted(seen) and seen[-1] == path.stat().st_size


def test_neutralised_cells_come_back_as_they_were(tmp_path: Path) -> None:
    values = [
        "=1+1",
        "'=1+1",
        "''@x",
        "+86 138",
        "-122.4",
        "@home",
        "'plain'",
        "O'Neil",
        "\tx",
        "'",
        "-2+3",
        "+1;x",
    ]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["name"])
    writer.writerows([[neutral(value)] for value in values])
    assert [cells[0] for cells in read(put(tmp_path, text.getvalue()), Layout(separator=","))] == values


LETTERS = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff", max_codepoint=0xFFFF
)
CELL = st.text(LETTERS, max_size=12).map(str.strip)
TABLE = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8)
)


@settings(max_examples=60, deadline=None)
@given(
    table=TABLE,
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "gb18030"]),
    separator=st.sampled_from(list(SEPARATORS)),
    end=st.sampled_from(["\n", "\r\n"]),
    everything=st.booleans(),
)
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[list[str]],
    encoding: str,
    separator: str,
    end: str,
    everything: bool,
) -> None:
    text = io.StringIO()
    csv.writer(
        text,
        delimiter=separator,
        lineterminator=end,
        quoting=csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL,
    ).writerows([[neutral(cell) for cell in row] for row in table])
    path = put(tmp_path_factory.mktemp("csv"), text.getvalue().encode(encoding))
    found = read(path, Layout(encoding=encoding, separator=separator, quote='"', header_row=0))
    assert found == [tuple(row) for row in table if any(row)]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=20))
def test_neutral_has_an_inverse_and_leaves_no_formula(text: str) -> None:
    from app.features.crm.exporting.formulas import STARTS, original

    cell = neutral(text)
    assert original(cell) == text
    assert cell == text or cell == "'" + text
    if cell and cell[0] in STARTS:
        assert all(char in "+-0123456789 .()/" for char in cell)


def test_rubbish_never_crashes(tmp_path: Path) -> None:
    rng = random.Random(3)
    for size in (1, 2, 3, 50, 5000):
        for _ in range(20):
            path = put(tmp_path, rng.randbytes(size))
            try:
                read(path)
            except Unreadable as error:
                assert path.name in error.text


def test_every_offered_encoding_exists() -> None:
    for name in ENCODINGS:
        assert "a".encode(name)
