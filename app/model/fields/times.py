"""Fields of time: days and moments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from app.i18n import _
from app.model.fields.declared import Field, fill

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, init=False)
class Day(Field):
    """A day without a time."""

    kind: ClassVar[str] = "day"
    empty: ClassVar[Any] = None
    plain: ClassVar[bool] = False
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("", "TEXT"),)

    def __init__(self, label: str, **options: Any) -> None:
        fill(self, label, options)

    def clean(self, value: Any) -> date | None:
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            if value is None and self.required:
                raise self.invalid(_("Please fill this in."))
            return value
        raise self.invalid(_("“{value}” is not a day. Write it as 2026-11-23.").format(value=str(value)[:40]))

    def parse(self, text: str) -> date | None:
        text = text.strip()
        if not text:
            return self.clean(None)
        found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?", text)
        try:
            if found:
                return date(int(found[1]), int(found[2]), int(found[3]))
            return date.fromisoformat(text)
        except ValueError:
            pass
        raise self.invalid(_("“{value}” is not a day. Write it as 2026-11-23.").format(value=text[:40]))

    def text(self, value: Any) -> str:
        return value.isoformat() if value else ""

    def to_wire(self, value: Any) -> Any:
        return value.isoformat() if value else None

    def from_wire(self, wire: Any) -> Any:
        return date.fromisoformat(wire) if wire else None

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return (wire,)

    def from_row(self, *row: Any) -> Any:
        return date.fromisoformat(row[0]) if row[0] else None


@dataclass(frozen=True, kw_only=True, init=False)
class Moment(Field):
    """A point in time: milliseconds since 1970 UTC, or None."""

    kind: ClassVar[str] = "moment"
    empty: ClassVar[Any] = None
    sql: ClassVar[tuple[tuple[str, str], ...]] = (("", "INTEGER"),)

    def __init__(self, label: str, **options: Any) -> None:
        fill(self, label, options)

    def clean(self, value: Any) -> int | None:
        if value is None and self.required:
            raise self.invalid(_("Please fill this in."))
        if value is not None and not 0 <= int(value) < 253_402_300_800_000:
            raise self.invalid(_("Please give a time between the years 1970 and 9999."))
        return None if value is None else int(value)

    def parse(self, text: str) -> int | None:
        text = text.strip()
        if not text:
            return self.clean(None)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self.invalid(
                _("“{value}” is not a time. Write it as 2026-11-23T14:30:00+00:00.").format(value=text[:40])
            ) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return self.clean((moment - EPOCH) // timedelta(milliseconds=1))

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        return (
            datetime.fromtimestamp(value // 1000, UTC)
            .replace(microsecond=value % 1000 * 1000)
            .isoformat(timespec="milliseconds")
        )

    def to_row(self, wire: Any) -> tuple[Any, ...]:
        return (wire,)
