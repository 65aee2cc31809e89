"""XLSX, written as a stream. Every cell is text: what looks like a formula or a number stays what it is.

openpyxl's write-only mode keeps its rows in the system's temporary folder, where a kill would leave them
readable; so the few parts of the format that a plain table needs (ECMA-376) are written here.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

MAX_ROWS = 1_048_576
_MAX_CELL = 32_767  # Excel's own; longer texts make it call the file damaged

_HEADER, _TEXT = 1, 2

_PARTS = {
    "[Content_Types].xml": """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/xl/workbook.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>\
<Override PartName="/xl/worksheets/sheet1.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>\
<Override PartName="/xl/styles.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>""",
    "_rels/.rels": """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">\
<Relationship Id="rId1" Type=\
"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" \
Target="xl/workbook.xml"/></Relationships>""",
    "xl/_rels/workbook.xml.rels": """<Relationships \
xmlns="http://schemas.openxmlformats.org/package/2006/relationships">\
<Relationship Id="rId1" Type=\
"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" \
Target="worksheets/sheet1.xml"/>\
<Relationship Id="rId2" Type=\
"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" \
Target="styles.xml"/></Relationships>""",
    # Style 1: the heading, bold on grey. Style 2: text (format 49 is "@"), so that +86… and 00123 stay.
    "xl/styles.xml": """<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">\
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="3"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFE7EBEF"/></patternFill></fill></fills>\
<borders count="1"><border/></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>\
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>""",
}
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def write(file: BinaryIO, title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A workbook of one sheet called `title`. Raises ValueError beyond Excel's number of rows."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in _PARTS.items():
            archive.writestr(_entry(name), _DECLARATION + text)
        archive.writestr(
            _entry("xl/workbook.xml"),
            f"""{_DECLARATION}<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" \
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>\
<sheet name="{escape(_sheet_name(title), {'"': "&quot;"})}" sheetId="1" r:id="rId1"/></sheets></workbook>""",
        )
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            sheet.write(_top(headings).encode())
            sheet.write(_row(1, headings, _HEADER).encode())
            number = 1
            for number, cells in enumerate(rows, 2):
                if number > MAX_ROWS:
                    raise ValueError("too many rows for a sheet")
                sheet.write(_row(number, cells, _TEXT).encode("utf-8", "replace"))
            last = f"{_letters(len(headings))}{number}"
            sheet.write(f'</sheetData><autoFilter ref="A1:{last}"/></worksheet>'.encode())


def _entry(name: str) -> zipfile.ZipInfo:
    """Always the same time: two exports of the same data are the same bytes."""
    entry = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _top(headings: Sequence[str]) -> str:
    widths = "".join(
        f'<col min="{i}" max="{i}" width="{min(40, max(12, len(name) + 4))}" customWidth="1"/>'
        for i, name in enumerate(headings, 1)
    )
    return (
        _DECLARATION + '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>"
    )


def _row(number: int, cells: Sequence[str], style: int) -> str:
    parts = [f'<row r="{number}">']
    for column, cell in enumerate(cells, 1):
        if cell:
            parts.append(
                f'<c r="{_letters(column)}{number}" s="{style}" t="inlineStr"><is>'
                f'<t xml:space="preserve">{_safe(cell)}</t></is></c>'
            )
    parts.append("</row>")
    return "".join(parts)


def _safe(text: str) -> str:
    if not text.isprintable():
        text = _ILLEGAL.sub("", text)
    if "_x" in text:
        text = _ESCAPE_LIKE.sub("_x005F_", text)
    return escape(text[:_MAX_CELL])


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "Sheet1"
