"""Excel workbooks: values without loss, and everything that tries to be more than a table."""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.errors import Unreadable
from app.features.crm.exporting import workbook
from app.features.crm.importing import sheets
from app.features.crm.importing.layout import Layout
from app.features.crm.importing.reading import inspect, rows
from tests.features.importing.files import put, read


def book(tmp_path: Path, content: dict[str, list[list[Any]]], name: str = "list.xlsx") -> Path:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title, lines in content.items():
        sheet = made.create_sheet(title)
        for line in lines:
            sheet.append(line)
    made.save(tmp_path / name)
    return tmp_path / name


def test_values_of_every_type_become_text_without_loss(tmp_path: Path) -> None:
    path = book(
        tmp_path,
        {
            "Customers": [
                ["name", "phone", "since", "seen", "at", "active", "rate", "big"],
                [
                    "王佳丽",
                    8613800138000,
                    date(2020, 2, 29),
                    datetime.fromisoformat("2021-03-04T05:06"),
                    time(7, 8),
                    True,
                    0.1,
                    2**53,
                ],
                ["B", "+86 138", None, None, None, False, 1e-7, -0.5],
            ]
        },
    )
    assert read(path) == [
        (
            "王佳丽",
            "8613800138000",
            "2020-02-29",
            "2021-03-04 05:06:00",
            "07:08:00",
            "yes",
            "0.1",
            str(2**53),
        ),
        ("B", "+86 138", "", "", "", "no", "0.0000001", "-0.5"),
    ]


def test_numbers_shown_with_leading_zeros_keep_them(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.append(["name", "postcode"])
    sheet.append(["A", 1067])
    sheet["B2"].number_format = "00000"
    made.save(tmp_path / "list.xlsx")
    assert read(tmp_path / "list.xlsx") == [("A", "01067")]


def test_the_first_sheet_with_rows_is_taken_and_others_can_be_chosen(tmp_path: Path) -> None:
    path = book(tmp_path, {"Empty": [], "One": [["name"], ["A"]], "Two": [["name"], ["B"]]})
    preview = inspect(path)
    assert preview.sheets == ("Empty", "One", "Two") and preview.layout.sheet == "One"
    assert read(path, Layout(sheet="Two")) == [("B",)]
    with pytest.raises(Unreadable, match=r"has no sheet “Three”\. It has: Empty, One, Two"):
        inspect(path, Layout(sheet="Three"))


def test_rows_are_numbered_as_the_sheet_shows_them(tmp_path: Path) -> None:
    path = book(
        tmp_path,
        {"S": [["List of customers"], [], ["name", "phone", "city"], ["A", "1", "x"], [], ["B", "2", "y"]]},
    )
    with rows(path) as reading:
        assert reading.layout.header_row == 3
        assert [row.number for row in reading] == [4, 6]
        assert reading.position > 0


def test_wrong_dimensions_in_the_file_hide_nothing(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["name", "phone"], ["A", "1"]]})
    changed = rewritten(
        path, "xl/worksheets/sheet1.xml", lambda text: text.replace(b'ref="A1:B2"', b'ref="A1"')
    )
    assert read(changed) == [("A", "1")]


def rewritten(path: Path, entry: str, change: Any, **more: bytes) -> Path:
    out = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == entry else old.read(name))
        for name, content in more.items():
            new.writestr(name, content)
    return out


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["name"], ["A"]]})
    bomb = rewritten(path, "xl/worksheets/sheet1.xml", lambda _old: b"<worksheet>" + b" " * 60_000_000)
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(Unreadable, match="unpack to far more"):
        inspect(bomb)


def test_an_archive_of_too_many_entries_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["name"], ["A"]]})
    many = rewritten(path, "", bytes, **{f"xl/media/{n}.png": b"" for n in range(6000)})
    with pytest.raises(Unreadable, match="unpack to far more"):
        inspect(many)


def test_declared_sizes_that_lie_do_not_help(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["name"], ["A"]]})
    bomb = rewritten(path, "xl/worksheets/sheet1.xml", lambda _old: b"<worksheet>" + b" " * 60_000_000)
    content = bytearray(bomb.read_bytes())
    with zipfile.ZipFile(bomb) as archive:
        real = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    while (at := content.find(real)) >= 0:
        content[at : at + 4] = (500).to_bytes(4, "little")
    with pytest.raises(Unreadable, match="damaged"):
        read(put(tmp_path, bytes(content), "liar.xlsx"))


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["name"], ["A"]]})
    laughs = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    )
    with pytest.raises(Unreadable, match="damaged"):
        read(rewritten(path, "xl/worksheets/sheet1.xml", lambda _old: laughs))


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


@pytest.mark.parametrize(
    "body",
    [
        b'<row r="4000000000"><c r="A4000000000"><v>1</v></c></row></sheetData></worksheet>',
        b'<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row></sheetData></worksheet>',
        b'<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>',
        b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row></sheetData></worksheet>',
        b'<row r="1"><c r="A1"><v>1</v></c>',
    ],
    ids=["row number", "column number", "order", "shared text", "cut off"],
)
def test_nonsense_in_a_sheet_is_damage_and_no_crash(tmp_path: Path, body: bytes) -> None:
    path = book(tmp_path, {"S": [["name"], ["A"]]})
    with pytest.raises(Unreadable, match="damaged"):
        read(rewritten(path, "xl/worksheets/sheet1.xml", lambda _old: SHEET + body))


def test_an_endless_row_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROW_XML", 1 << 20)
    path = book(tmp_path, {"S": [["name"], ["A"]]})
    noise = b"".join(b"<c><v>%d</v></c>" % n for n in range(100_000))
    with pytest.raises(Unreadable, match="a row is too large"):
        read(rewritten(path, "xl/worksheets/sheet1.xml", lambda _old: SHEET + b'<row r="1">' + noise))


def test_a_cell_of_ten_megabytes_is_refused_with_its_place(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["name"], ["A"]]})
    cell = (
        b'<row r="2"><c r="A2" t="inlineStr"><is><t>'
        + os.urandom(5_000_000).hex().encode()
        + b"</t></is></c></row>"
    )
    with pytest.raises(Unreadable, match="row 2: a cell has more"):
        read(
            rewritten(
                path, "xl/worksheets/sheet1.xml", lambda _old: SHEET + cell + b"</sheetData></worksheet>"
            )
        )


@pytest.mark.parametrize("keep", [100, 2000, 4000])
def test_a_cut_off_workbook_is_damage(tmp_path: Path, keep: int) -> None:
    path = book(tmp_path, {"S": [["name"], ["A"]]})
    with pytest.raises(Unreadable, match="damaged"):
        inspect(put(tmp_path, path.read_bytes()[:keep], "cut.xlsx"))


def test_open_document_and_word_are_refused_with_the_way_out(tmp_path: Path) -> None:
    for name, entry in (("list.ods", "content.xml"), ("letter.docx", "word/document.xml")):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("mimetype" if name.endswith("ods") else "[Content_Types].xml", "x")
            archive.writestr(entry, "<x/>")
        with pytest.raises(Unreadable, match="save it as XLSX or CSV"):
            inspect(put(tmp_path, content.getvalue(), name))


def test_what_our_own_writer_wrote_is_read_back_and_opens_elsewhere(tmp_path: Path) -> None:
    lines = [("A", "=1+1", "+8613800138000"), ("王<&>", "a\nb", "_x000D_ literal"), ("", "'x", " kept ")]
    path = tmp_path / "own.xlsx"
    with path.open("wb") as file:
        workbook.write(file, "Cust/omers", ("name", "b", "c"), lines)
    assert read(path) == lines
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet = openpyxl.load_workbook(path).active
    assert sheet is not None and sheet.title == "Cust omers"
    assert sheet["B2"].value == "=1+1" and sheet["B2"].data_type == "s"
    assert sheet["A1"].font.b and sheet["C2"].number_format == "@"
