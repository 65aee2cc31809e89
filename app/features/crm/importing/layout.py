"""How a file is laid out, what of it is shown before an import, and a row of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.i18n import N_

CSV, XLSX, VCARD, JSON = "csv", "xlsx", "vcard", "json"

FORMATS: dict[str, str] = {
    CSV: N_("Text table (CSV, TSV)"),
    XLSX: N_("Excel workbook (XLSX)"),
    VCARD: N_("Business cards (vCard)"),
    JSON: N_("JSON"),
}

SEPARATORS: dict[str, str] = {
    ",": N_("Comma"),
    ";": N_("Semicolon"),
    "\t": N_("Tab"),
    "|": N_("Vertical bar"),
}
QUOTES: dict[str, str] = {'"': N_("Double quotes"), "'": N_("Single quotes"), "": N_("None")}

MAX_FIELD = 1 << 20
"""Characters in one cell. Longer ones mean a wrong quote, or a file that does not belong here."""
MAX_COLUMNS = 2_000
SAMPLE_ROWS = 50

REASON = "provender:reason"
"""Heading of the column that explains a rejected row; ignored when the mended file is imported."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Each part None means: guess it. `header_row` counts as a spreadsheet does, 0 means no heading."""

    encoding: str | None = None
    separator: str | None = None
    quote: str | None = None
    header_row: int | None = None
    sheet: str | None = None


class Row(NamedTuple):
    """A row as it stands in the file.

    `number` is what a spreadsheet shows beside it (the first line of the file is 1), or the place of the
    card or object; `line` the line of the file in which it begins. Cells are as many as columns, or more
    if the row has too many.
    """

    number: int
    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file looks like, read in a moment. `layout` has every part filled in."""

    format: str
    layout: Layout
    columns: tuple[str, ...]
    samples: tuple[Row, ...]
    estimated_rows: int
    sheets: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_estimate: bool = False
    """Whether `estimated_rows` is less than sure."""


def unique(headings: list[str], unnamed: str) -> tuple[str, ...]:
    """Headings that are neither empty nor the same; `unnamed` has a gap `{number}`."""
    seen: set[str] = set()
    named: list[str] = []
    for number, heading in enumerate(headings, 1):
        name = base = " ".join(heading.split()) or unnamed.format(number=number)
        copy = 2
        while name in seen:
            name = f"{base} ({copy})"
            copy += 1
        seen.add(name)
        named.append(name)
    return tuple(named)
