"""Excel workbooks (XLSX), read as a stream behind limits that a hostile file cannot pass.

openpyxl parses (with defusedxml: no entities, no DTD); this module decides what it gets to see. Its own
read-only sheets are not used: they trust row and column numbers and dimensions written in the file.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from app.errors import Unreadable
from app.features.crm.importing.layout import MAX_FIELD, Row
from app.features.crm.importing.source import Source
from app.i18n import _, listed

MAX_ENTRIES = 5_000
MAX_UNPACKED = 2 << 30
MAX_SHEET = 2 << 30
MAX_STRINGS = 160 << 20  # the table of shared texts is the one part that must be held in memory
MAX_OTHER = 32 << 20
MAX_RATIO = 300  # real sheets pack 10 to 60 times; bombs, 1,000 times
RATIO_FROM = 8 << 20
MAX_ROW_XML = 16 << 20
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # Excel's own

_BROKEN = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, EOFError,
    NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, ParseError,
)  # fmt: skip


def _is_broken(error: BaseException) -> bool:
    """Whether it says that the file is no good: openpyxl also raises OSError, then without a number."""
    return isinstance(error, _BROKEN) or (isinstance(error, OSError) and error.errno is None)


class Workbook:
    """An open workbook. Raises Unreadable, naming sheet and row where it can, and the remedy."""

    def __init__(self, source: Source) -> None:
        self.source = source
        source.seek(0)
        self._row = 0
        self._sheet = ""
        self.unpacked = 0
        self.read = 0
        self._zip: zipfile.ZipFile | None = None
        self._buffer: io.BufferedReader | None = io.BufferedReader(source.file)
        try:
            self._open()
        except BaseException as error:
            self.close()
            if _is_broken(error) and not isinstance(error, Unreadable):
                raise self._broken(error) from error
            raise

    def _open(self) -> None:
        assert self._buffer is not None
        self._zip = archive = _Guarded(self._buffer, self)
        self._check(archive)
        # Remarks about charts and styles that openpyxl leaves out concern nobody here.
        warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\..*")
        from openpyxl.reader.excel import ExcelReader
        from openpyxl.styles.stylesheet import apply_stylesheet

        reader = ExcelReader(io.BytesIO(_EMPTY_ZIP), read_only=True, data_only=True, keep_links=False)
        reader.archive = archive
        reader.valid_files = archive.namelist()
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        apply_stylesheet(archive, reader.wb)
        self._strings: list[str] = reader.shared_strings
        self._book: Any = reader.wb
        self._paths: dict[str, str] = {
            sheet.name: relation.target
            for sheet, relation in reader.parser.find_sheets()
            if relation.target in reader.valid_files and "chartsheet" not in relation.Type
        }
        if not self._paths:
            raise Unreadable(
                _("“{name}” has no sheet with a table. Save the table as CSV.").format(name=self.source.name)
            )
        self.sheets = tuple(self._paths)

    def _check(self, archive: zipfile.ZipFile) -> None:
        """Refuse what is too large before anything is unpacked. zipfile stops at the declared sizes."""
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if "mimetype" in names and not any(name.startswith("xl/") for name in names):
            raise not_a_table(self.source.name)
        if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
            raise not_a_table(self.source.name)
        if len(names) != len(entries) or len(entries) > MAX_ENTRIES:
            raise self._bomb()
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise self._bomb()
        for entry in entries:
            name = entry.filename.casefold()
            if not name.endswith((".xml", ".rels")):
                continue  # pictures and macros are never unpacked
            limit = MAX_OTHER
            if name.startswith("xl/worksheets/"):
                limit = MAX_SHEET
            elif "sharedstrings" in name:
                limit = MAX_STRINGS
            ratio = entry.file_size / max(1, entry.compress_size)
            if entry.file_size > limit or (entry.file_size > RATIO_FROM and ratio > MAX_RATIO):
                raise self._bomb()

    def records(self, sheet: str) -> Iterator[Row]:
        """All rows of a sheet that have cells."""
        if sheet not in self._paths:
            raise Unreadable(
                _("“{name}” has no sheet “{sheet}”. It has: {sheets}.").format(
                    name=self.source.name, sheet=sheet[:60], sheets=listed(self.sheets)
                )
            )
        from openpyxl.worksheet._reader import WorkSheetParser

        self._sheet, self._row, self.read = sheet, 0, 0
        assert self._zip is not None
        self.unpacked = self._zip.getinfo(self._paths[sheet]).file_size
        try:
            with self._zip.open(self._paths[sheet]) as stream:
                parser = WorkSheetParser(
                    stream, self._strings, data_only=True, epoch=self._book.epoch,
                    date_formats=self._book._date_formats, timedelta_formats=self._book._timedelta_formats,
                )  # fmt: skip
                for number, cells in parser.parse():
                    if not self._row < number <= LAST_ROW:
                        raise ValueError("rows out of order")
                    self._row = number
                    if cells:
                        yield Row(number, number, self._texts(cells))
            self.source.check()
        except Unreadable:
            raise
        except Exception as error:
            if _is_broken(error):
                raise self._broken(error) from error
            raise

    def _texts(self, cells: list[dict[str, Any]]) -> tuple[str, ...]:
        texts: list[str] = []
        for cell in cells:
            column = cell["column"]
            if not len(texts) < column <= LAST_COLUMN:
                raise ValueError("cells out of order")
            texts.extend([""] * (column - 1 - len(texts)))
            value = cell["value"]
            text = value if type(value) is str else self._plain(value, cell["style_id"])
            if len(text) > MAX_FIELD:
                raise Unreadable(
                    _(
                        "“{name}”, sheet “{sheet}”, row {row}: a cell has more than {size} characters. "
                        "Shorten it, or remove the row, and import again."
                    ).format(name=self.source.name, sheet=self._sheet, row=self._row, size=MAX_FIELD)
                )
            texts.append(_unescaped(text) if "_x" in text else text)
        return tuple(texts)

    def _plain(self, value: object, style: int) -> str:  # noqa: PLR0911 - one case for each type
        """A number, day or truth value as text without loss."""
        match value:
            case None:
                return ""
            case bool():
                return "yes" if value else "no"
            case int():
                return str(value).zfill(self._width(style))
            case float():
                if value.is_integer() and abs(value) < 1e15:
                    return str(int(value)).zfill(self._width(style))
                return format(Decimal(repr(value)), "f")
            case datetime():
                return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
            case date() | time():
                return value.isoformat()
            case timedelta():
                return str(value)
            case _:
                return str(value)

    def _width(self, style: int) -> int:
        """Digits that a format such as 00000 shows: postal codes are often kept as numbers."""
        if not style:
            return 0
        format_id = self._book._cell_styles[style].numFmtId
        if format_id < 164:
            return 0
        shown = self._book._number_formats[format_id - 164]
        return len(shown) if re.fullmatch("0{2,20}", shown) else 0

    def close(self) -> None:
        """Let go of the archive; the file itself belongs to the source."""
        if self._zip is not None:
            self._zip.close()
            self._zip = None
        if self._buffer is not None:
            self._buffer.detach()
            self._buffer = None

    def _bomb(self) -> Unreadable:
        return Unreadable(
            _(
                "“{name}” would unpack to far more than a table needs, so it was not opened. If you trust "
                "it, open it in a spreadsheet program and save the table as CSV."
            ).format(name=self.source.name)
        )

    def row_too_large(self) -> Unreadable:
        return Unreadable(
            _(
                "“{name}”, sheet “{sheet}”, after row {row}: a row is too large. Remove it, or save the "
                "table as CSV."
            ).format(name=self.source.name, sheet=self._sheet, row=self._row)
        )

    def _broken(self, error: BaseException) -> Unreadable:
        self.source.check()
        if isinstance(error, RuntimeError) and "password" in str(error):
            return Unreadable(
                _("“{name}” is protected by a password. Save it without one.").format(name=self.source.name)
            )
        if self._row:
            return Unreadable(
                _(
                    "“{name}”, sheet “{sheet}” is damaged after row {row}. Open it in a spreadsheet program "
                    "and save it again as XLSX or CSV."
                ).format(name=self.source.name, sheet=self._sheet, row=self._row)
            )
        return Unreadable(
            _(
                "“{name}” is damaged or not an Excel workbook. Open it in a spreadsheet program and save it "
                "again as XLSX or CSV."
            ).format(name=self.source.name)
        )


_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def _unescaped(text: str) -> str:
    """A text without Excel's own escapes (`_x000D_` is a carriage return, which lines here do not have)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace("\r\n", "\n").replace("\r", "")


_ROW_ENDS = re.compile(rb"</(?:\w+:)?row>|<(?:\w+:)?row\b[^<>]*/>")
_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


class _Guarded(zipfile.ZipFile):
    """An archive whose sheets are read through a gauge."""

    def __init__(self, file: IO[bytes], book: Workbook) -> None:
        self._book = book
        super().__init__(file, "r")

    def open(self, name: Any, *args: Any, **options: Any) -> Any:
        stream = super().open(name, *args, **options)
        path = name.filename if isinstance(name, zipfile.ZipInfo) else str(name)
        return _Gauge(stream, self._book) if path.startswith("xl/worksheets/") else stream


class _Gauge(io.RawIOBase):
    """Sheet data on the way to the parser: no row may be endless, and what follows the rows is cut off."""

    _END = b"</sheetData>"

    def __init__(self, stream: IO[bytes], book: Workbook) -> None:
        self._stream, self._book = stream, book
        self._since_row = 0
        self._tail = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._ended:
            return b""
        block = self._stream.read(size)
        self._book.read += len(block)
        seam = self._tail + block
        if (end := seam.find(self._END)) >= 0:
            # Merged cells, links and the like may be larger than the table and are not needed.
            self._ended = True
            return seam[len(self._tail) : end + len(self._END)] + b"</worksheet>"
        self._since_row = 0 if _ROW_ENDS.search(seam) else self._since_row + len(block)
        if self._since_row > MAX_ROW_XML:
            raise self._book.row_too_large()
        self._tail = seam[-len(self._END) + 1 :]
        return block

    def close(self) -> None:
        self._stream.close()
        super().close()


def not_a_table(name: str) -> Unreadable:
    """The refusal of OpenDocument, old Excel and everything else that is not text."""
    return Unreadable(
        _(
            "“{name}” is of a kind that cannot be imported. Open it in the program that made it and save it "
            "as XLSX or CSV (without a password)."
        ).format(name=name)
    )
