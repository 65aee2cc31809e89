"""What came, or would come, of an import: counts, warnings with examples, and rejected rows as a file."""

from __future__ import annotations

import csv
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from app.features.crm.exporting.files import Target
from app.features.crm.exporting.formulas import neutral
from app.features.crm.importing.conversions import WARNINGS
from app.features.crm.importing.draft import Draft
from app.features.crm.importing.layout import REASON, Row
from app.i18n import _

EXAMPLES = 5
REJECTS_KEPT = 1_000
"""Rejections listed in a report; all of them are counted, and all are in the file."""
MOST_REASONS = 50_000
"""Different reasons that are kept. A million rows may be rejected, each with a code of its own in the reason."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken. `row` as a spreadsheet counts, `column` its heading or ""."""

    row: int
    column: str
    reason: str


@dataclass(slots=True)
class Warned:
    """How often a warning came up, and where first."""

    count: int = 0
    examples: list[tuple[int, str, str]] = field(default_factory=list)
    """(row, column, text)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a row that would be written. `path` as in a mapping; values as the field keeps them,
    `before` None where the record is new (of custom fields, the wire value)."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a rehearsal: what would become of it."""

    row: int
    title: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Alike:
    """A customer to be made that shares its phone number: with `other` of the book, or with the one that row
    `other_row` of this file makes, or with several (neither is given)."""

    row: int
    title: str
    phone: str
    other: str = ""
    other_row: int = 0


class Rejections:
    """Every rejected row and why, in the order of the file: twelve bytes a row, and each reason once."""

    def __init__(self) -> None:
        self._rows = array("q")
        self._whys = array("I")
        self._reasons: dict[tuple[str, str], int] = {}

    def add(self, row: int, column: str, reason: str) -> None:
        number = self._reasons.get((column, reason))
        if number is None:
            number = len(self._reasons)
            if number < MOST_REASONS:
                self._reasons[column, reason] = number
        self._rows.append(row)
        self._whys.append(number)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[tuple[int, str, str]]:
        """(row, column, reason)."""
        reasons = [*self._reasons]
        for row, why in zip(self._rows, self._whys, strict=True):
            if why < MOST_REASONS:
                yield row, *reasons[why]
            else:
                yield row, "", _("This row was not taken, for a reason like those above.")


@dataclass(slots=True)
class Report:
    """Counts are of rows: a row that makes or changes a customer or its contact counts once."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected_count: int = 0
    rejected: list[Reject] = field(default_factory=list)
    warnings: dict[str, Warned] = field(default_factory=dict)
    encoding: str = ""
    seconds: float = 0.0
    to_create: list[Example] = field(default_factory=list)
    to_update: list[Example] = field(default_factory=list)
    to_leave: list[Example] = field(default_factory=list)
    alike: list[Alike] = field(default_factory=list)
    rejections: Rejections = field(default_factory=Rejections)
    stamp: tuple[int, int] = (0, 0)
    """Of the file, see source.stamp."""

    def reject(self, row: Row, column: str, reason: str) -> None:
        self.rejected_count += 1
        self.rejections.add(row.number, column, reason)
        if len(self.rejected) < REJECTS_KEPT:
            self.rejected.append(Reject(row.number, column, reason))

    def warn(self, row: Row, kind: str, column: str, text: str) -> None:
        warned = self.warnings.setdefault(kind, Warned())
        warned.count += 1
        if len(warned.examples) < EXAMPLES:
            warned.examples.append((row.number, column, text))

    def warn_all(self, draft: Draft) -> None:
        """Take over the warnings of a draft."""
        for kind, column, text in draft.warnings:
            self.warn(draft.row, kind, column, text)

    def as_json(self) -> dict[str, Any]:
        """The document of `provender import --json`."""
        return {
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": [
                {"row": reject.row, "column": reject.column, "reason": reject.reason}
                for reject in self.rejected
            ],
            "rejected_count": self.rejected_count,
            "warnings": [
                {
                    "kind": kind,
                    "text": _(WARNINGS[kind]),
                    "count": warned.count,
                    "examples": [
                        {"row": row, "column": column, "text": text} for row, column, text in warned.examples
                    ],
                }
                for kind, warned in self.warnings.items()
            ],
            "encoding": self.encoding,
            "seconds": round(self.seconds, 3),
        }


class RejectsFile:
    """Rejected rows as they were, the reason in front, written as they come to where the person said.

    The file appears only when the first row is rejected. Mended, it can be imported again: the column
    with the reason is known by its heading and left out.
    """

    def __init__(self, path: str | os.PathLike[str] | None, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._reason_at = self._columns.index(REASON) if REASON in self._columns else -1
        self._target = Target(path) if path is not None else None
        self._write: Callable[[Sequence[str]], Any] | None = None

    def add(self, row: Row, column: str, reason: str) -> None:
        """One more rejected row. Raises AppError when it cannot be written."""
        if self._target is None:
            return
        if self._write is None:
            self._write = csv.writer(self._target.open_text("utf-8-sig"), lineterminator="\r\n").writerow
            self._write((REASON, *self._cells(self._columns)))
        where = _("{column}: {reason}").format(column=column, reason=reason) if column else reason
        with self._target.failures():
            self._write((neutral(where), *self._cells(row.cells)))

    def _cells(self, cells: Sequence[str]) -> list[str]:
        """The cells without the reason of the last time, safe in a spreadsheet."""
        return [neutral(cell) for index, cell in enumerate(cells) if index != self._reason_at]

    def done(self) -> bool:
        """Put the file in its place. Whether there is one."""
        if self._target is None or self._write is None:
            return False
        self._target.commit()
        return True

    def close(self) -> None:
        """Leave nothing behind unless `done` was called."""
        if self._target is not None:
            self._target.close()

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
