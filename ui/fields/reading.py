"""Reads what people type into days, times and numbers, in the present language's way."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from PySide6.QtCore import QLocale

from app.i18n import _
from ui import formats

_TODAY = {"today": 0, "tomorrow": 1, "yesterday": -1, "今天": 0, "明天": 1, "后天": 2, "昨天": -1}
CENTURY = 100


def read_day(text: str, today: date) -> date | None:  # noqa: PLR0911 - one per way of writing
    """The day meant by `24 Dec 2026`, `24.12.`, `2026-12-24`, `12月24日`, `+7`, `tomorrow`; None for nothing.

    Raises ValueError.
    """
    text = " ".join(text.split()).casefold()
    if not text:
        return None
    for word, away in _TODAY.items():
        if text in (word, _(word).casefold()):
            return today + timedelta(days=away)
    if found := re.fullmatch(r"([+-])(\d{1,4})", text):
        days = int(found[2])
        return today + timedelta(days=days if found[1] == "+" else -days)
    if found := re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})月(\d{1,2})日?", text):
        return date(today.year, int(found[1]), int(found[2]))
    if found := re.fullmatch(r"(\d{1,2})[./\- ](\d{1,2})(?:[./\- ](\d{2}|\d{4})?)?", text):
        one, two = int(found[1]), int(found[2])
        month_first = formats.locale().territory() == QLocale.Country.UnitedStates and "/" in text
        return date(_year(found[3], today), *((one, two) if month_first else (two, one)))
    if found := re.fullmatch(r"(\d{1,2})\.? ?(\w{3,})\.?(?: (\d{2}|\d{4}))?", text):
        return date(_year(found[3], today), _month(found[2]), int(found[1]))
    if found := re.fullmatch(r"(\w{3,})\.? (\d{1,2})(?:,? (\d{2}|\d{4}))?", text):
        return date(_year(found[3], today), _month(found[1]), int(found[2]))
    raise ValueError(text)


def read_time(text: str) -> tuple[int, int]:
    """Hours and minutes meant by `14:30`, `1430`, `9`, `9.15`, `2:30 pm`. Raises ValueError."""
    found = re.fullmatch(
        r"(上午|下午)?(\d{1,2})(?:[:.：h点时]?(\d{2}))?[点时分]?(am|pm)?", text.casefold().replace(" ", "")
    )
    if not found:
        raise ValueError(text)
    half, hours, minutes = found[1] or found[4], int(found[2]), int(found[3] or 0)
    if half in ("pm", "下午") and hours < 12:
        hours += 12
    if half in ("am", "上午") and hours == 12:
        hours = 0
    if hours > 24 or minutes > 59 or (hours == 24 and minutes):
        raise ValueError(text)
    return hours, minutes


def read_decimal(text: str) -> Decimal | None:
    """The number meant, with the locale's point and groups; None for nothing. Raises ValueError.

    Where both signs stand, the last one is the point; a single comma before one or two digits is a point.
    """
    text = re.sub(r"[\s'’_\u00a0\u202f]", "", text).replace("−", "-")
    if not text:
        return None
    point = formats.locale().decimalPoint()
    comma, dot = text.rfind(","), text.rfind(".")
    if comma >= 0 and dot >= 0:
        point = "," if comma > dot else "."
    elif comma >= 0 and point == "." and re.fullmatch(r"[-+]?\d+,\d{1,2}", text):
        point = ","
    elif dot >= 0 and point == "," and not re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})+", text):
        point = "."
    group = "," if point == "." else "."
    plain = text.replace(group, "").replace(point, ".")
    # No exponents: nobody writes them, and 1e999999999 would fill the memory once it is written out.
    if not re.fullmatch(r"[-+]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})", plain):
        raise ValueError(text)
    return Decimal(plain)


def _year(text: str | None, today: date) -> int:
    if not text:
        return today.year
    year = int(text)
    if year >= CENTURY:
        return year
    # Two digits: this century unless that lies more than 20 years ahead, as birthdays do.
    century = today.year // CENTURY * CENTURY
    return century + year if century + year <= today.year + 20 else century - CENTURY + year


def _month(name: str) -> int:
    wanted = name.casefold().rstrip(".")
    for speaker in (formats.locale(), QLocale("en_GB")):
        for month in range(1, 13):
            for form in (QLocale.FormatType.LongFormat, QLocale.FormatType.ShortFormat):
                known = speaker.monthName(month, form).casefold().rstrip(".")
                if known == wanted or (len(wanted) >= 3 and known.startswith(wanted)):
                    return month
    raise ValueError(name)
