"""Opens a file of any kind that can be imported: `inspect` shows what it looks like, `rows` reads it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from types import TracebackType

from app.errors import Unreadable
from app.features.crm.importing import delimited, encodings, headings, objects, people
from app.features.crm.importing.layout import (
    CSV,
    JSON,
    MAX_COLUMNS,
    SAMPLE_ROWS,
    VCARD,
    XLSX,
    Layout,
    Preview,
    Row,
    unique,
)
from app.features.crm.importing.sheets import Workbook, not_a_table
from app.features.crm.importing.source import BLOCK, Source
from app.i18n import _

_FOREIGN = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",  # old Office, and password-protected XLSX
    b"%pdf", b"\x89png", b"\xff\xd8\xff", b"gif8", b"sqlite format 3", b"\x1f\x8b", b"7z\xbc\xaf", b"rar!",
    b"{\\rtf", b"<?xml", b"<html", b"<!doctype", b"<table",
)  # fmt: skip

_JSON = re.compile(r'\s*(?:\[\s*)?\{\s*["}]')

SHEETS_TRIED = 12


class Reading:
    """The rows of a file, once, in order. `position` of `size` says how far it is, in bytes.

    Use it in a `with`, or close it; iterating raises Unreadable, naming place and remedy.
    """

    def __init__(self, path: str | os.PathLike[str], layout: Layout | None = None) -> None:
        self._source = Source(path)
        self.format = ""
        self.sheets: tuple[str, ...] = ()
        self._book: Workbook | None = None
        try:
            self._prepare(layout or Layout())
        except BaseException:
            self.close()
            raise

    def _prepare(self, layout: Layout) -> None:
        head = self._source.read(BLOCK)
        self._source.seek(0)
        if head.startswith(b"PK"):
            self._prepare_workbook(layout)
            return
        if head.lstrip()[:16].lower().startswith(_FOREIGN):
            raise not_a_table(self._source.name)
        encoding = layout.encoding or encodings.guess(self._source)
        layout = replace(layout, encoding=encoding)
        text = next(iter(encodings.blocks(self._source, encoding)), "")
        start = text[:200].lstrip().upper()
        if start.startswith("BEGIN:VCARD"):
            self.format, self.layout = VCARD, Layout(encoding=encoding)
            self.columns = people.columns(self._source)
        elif layout.separator is None and _JSON.match(text):
            self.format, self.layout = JSON, Layout(encoding=encoding)
            self.columns = objects.columns(self._source, encoding)
        else:
            self.format = CSV
            self.layout = delimited.guess(text, layout)
            self._head(delimited.Table(self._source, self.layout).records())
        if len(self.columns) > MAX_COLUMNS:
            raise self._too_wide(len(self.columns))

    def _prepare_workbook(self, layout: Layout) -> None:
        self.format = XLSX
        self._book = book = Workbook(self._source)
        self.sheets = book.sheets
        sheet = layout.sheet or max(book.sheets[:SHEETS_TRIED], key=lambda name: _filled(book.records(name)))
        self.layout = Layout(header_row=layout.header_row, sheet=sheet)
        self._head(book.records(sheet))

    def _head(self, records: Iterator[Row]) -> None:
        """Find the heading row and from it the names of the columns."""
        first = list(islice(records, max(SAMPLE_ROWS, self.layout.header_row or 0)))
        header = self.layout.header_row
        if header is None:
            header = delimited.header_row(first, headings.is_known)
        self.layout = replace(self.layout, header_row=header)
        row = next((row for row in first if row.number == header), None)
        if header and row is None:
            raise Unreadable(
                _("“{name}” has no row {row} that could be the heading. Choose another row, or none.").format(
                    name=self._source.name, row=header
                )
            )
        widths = [len(row.cells) for row in first if row.number > header]
        if row is None:
            found = [""] * max(widths, default=0)
        else:
            found = list(row.cells)
            # Cells beyond the last heading get a column where the table really is that wide.
            usual = max(set(widths), key=widths.count) if widths else 0
            found += [""] * (usual - len(found))
            while len(found) > max(usual, 1) and not found[-1].strip():
                found.pop()
        if len(found) > MAX_COLUMNS:
            raise self._too_wide(len(found))
        self.columns = unique(found, _("Column {number}"))

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""
        return self._source.name

    @property
    def size(self) -> int:
        """Bytes in all; of a workbook, those of the unpacked sheet."""
        return self._book.unpacked if self._book else self._source.size

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._book.read if self._book else self._source.position

    def __iter__(self) -> Iterator[Row]:
        encoding = self.layout.encoding or "utf-8"
        if self.format == VCARD:
            return people.records(self._source, encoding, self.columns)
        if self.format == JSON:
            return objects.records(self._source, encoding, self.columns)
        if self._book:
            return self._below(self._book.records(self.layout.sheet or ""))
        return self._below(delimited.Table(self._source, self.layout).records())

    def _below(self, records: Iterator[Row]) -> Iterator[Row]:
        """Rows under the heading that are not blank, none shorter than the columns."""
        header = self.layout.header_row or 0
        width = len(self.columns)
        for row in records:
            if row.number <= header:
                continue
            cells = row.cells
            if not any(cells):
                continue  # spreadsheets leave rows of nothing but separators behind
            missing = width - len(cells)
            if missing == 0:
                yield row
            elif missing > 0:
                yield Row(row.number, row.line, cells + ("",) * missing)
            elif any(cells[width:]):
                yield row
            else:
                yield Row(row.number, row.line, cells[:width])

    def _too_wide(self, count: int) -> Unreadable:
        return Unreadable(
            _(
                "“{name}” has {count} columns; up to {limit} can be imported. Choose another separator, or "
                "remove columns."
            ).format(name=self._source.name, count=count, limit=MAX_COLUMNS)
        )

    def close(self) -> None:
        """Let go of the file."""
        if self._book:
            self._book.close()
        self._source.close()

    def __enter__(self) -> Reading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _filled(records: Iterator[Row]) -> int:
    """How many cells of the first rows hold something: a cover sheet has few, a list many."""
    return sum(bool(cell) for row in islice(records, SAMPLE_ROWS) for cell in row.cells)


def rows(path: str | os.PathLike[str], layout: Layout | None = None) -> Reading:
    """Open a file for reading row by row. Raises Unreadable."""
    return Reading(path, layout)


def inspect(path: str | os.PathLike[str], layout: Layout | None = None) -> Preview:
    """What the file looks like and its first rows. Raises Unreadable."""
    with Reading(path, layout) as reading:
        samples: list[Row] = []
        count = wide = before = 0
        estimate = None
        for row in reading:
            if count >= SAMPLE_ROWS and reading.position > before:
                # The next block of the file begins here: what came before tells how many rows it holds.
                estimate = round(count * reading.size / before)
                break
            before = reading.position
            count += 1
            wide += len(row.cells) > len(reading.columns)
            if count <= SAMPLE_ROWS:
                samples.append(row)
        warnings = []
        if not samples:
            warnings.append(_("There are no rows below the heading."))
        if wide:
            warnings.append(
                _("{count} of the first rows have more cells than the heading: check the separator.").format(
                    count=wide
                )
            )
        return Preview(
            reading.format,
            reading.layout,
            reading.columns,
            tuple(samples),
            count if estimate is None else estimate,
            reading.sheets,
            tuple(warnings),
            estimate is not None,
        )
