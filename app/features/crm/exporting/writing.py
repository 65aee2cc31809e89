"""Writes rows to a file of any kind that can be exported, as a stream, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from app.errors import Unwritable
from app.features.crm.exporting import vcards, workbook
from app.features.crm.exporting.files import Target
from app.features.crm.exporting.formulas import neutral
from app.i18n import N_, _, listed

FORMATS: dict[str, str] = {
    "csv": N_("Text table (CSV)"),
    "xlsx": N_("Excel workbook (XLSX)"),
    "vcard4": N_("Business cards (vCard 4.0)"),
    "vcard3": N_("Business cards (vCard 3.0)"),
    "json": N_("JSON"),
}
ENDINGS: dict[str, str] = {".csv": "csv", ".xlsx": "xlsx", ".vcf": "vcard4", ".json": "json"}


def format_of(path: str | os.PathLike[str]) -> str:
    """The format that a file name asks for. Raises Unwritable for endings that none has."""
    ending = Path(path).suffix.casefold()
    if ending not in ENDINGS:
        raise Unwritable(
            _("“{name}” should end in one of: {endings}.").format(
                name=Path(path).name, endings=listed(ENDINGS)
            )
        )
    return ENDINGS[ending]


def write(
    path: str | os.PathLike[str],
    format_: str,
    paths: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    headings: Sequence[str] = (),
    title: str = "",
    mark: bool = True,
) -> int:
    """Write all rows; returns how many. `paths` name the columns, `headings` what stands above them.

    `mark` puts a byte order mark in front of CSV, without which Excel takes it for Windows-1252. Whatever
    goes wrong (also in `rows`), no new file is left behind and an old one of that name stays.
    """
    counted = _Counted(rows)
    with Target(path) as target:
        if format_ == "xlsx":
            file = target.open()
            with target.failures():
                try:
                    workbook.write(file, title, headings or paths, counted)
                except ValueError as error:
                    raise Unwritable(
                        _("An Excel sheet has room for {count} rows. Export as CSV instead.").format(
                            count=workbook.MAX_ROWS
                        )
                    ) from error
        else:
            text = target.open_text("utf-8-sig" if format_ == "csv" and mark else "utf-8")
            with target.failures():
                match format_:
                    case "csv":
                        _write_csv(text, headings or paths, counted)
                    case "json":
                        _write_json(text, paths, counted)
                    case _:
                        vcards.write(text, "3.0" if format_ == "vcard3" else "4.0", paths, counted)
        target.commit()
    return counted.count


class _Counted:
    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[str]]:
        for row in self._rows:
            self.count += 1
            yield row


def _write_csv(file: IO[str], headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """RFC 4180."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([neutral(heading) for heading in headings])
    writer.writerows([neutral(cell) for cell in row] for row in rows)


def _write_json(file: IO[str], paths: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """One object a line, each with every name: a stream to write, and to read."""
    file.write('{"format": "provender", "version": 1, "rows": [')
    before = "\n"
    for row in rows:
        file.write(before + json.dumps(dict(zip(paths, row, strict=True)), ensure_ascii=False))
        before = ",\n"
    file.write("\n]}\n")
