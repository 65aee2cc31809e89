"""From a filter as people make it to a condition that the store understands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

from app.errors import Invalid
from app.features.filtering import Filter, Filterable, is_complete
from app.i18n import _
from app.model.entity import CUSTOM
from app.store.reader import All, AnyOf, Condition, Either, Is, Not

DAY_MS = 86_400_000
EVERYTHING = All(())
CONTRARY = {"none": "any", "lacks": "contains", "no": "yes"}


def condition(one: Filter, by: Filterable, now_ms: int) -> Condition:
    """The condition of one filter. `now_ms` is what “the last days” count from. Raises Invalid."""
    if one.test not in by.tests or not is_complete(one):
        return EVERYTHING
    if one.test in ("none", "lacks", "no"):
        return Not(
            condition(replace(one, test=CONTRARY[one.test]), replace(by, tests=("any", "contains", "yes")), 0)
        )
    match one.test:
        case "filled" | "empty":
            found: Condition = Is(one.field, one.test)
        case "yes":
            found = Is(one.field, "more", 0)
        case "any":
            found = _any(by, _values(one))
        case "all":
            found = All(tuple(Is(one.field, "has", value) for value in _values(one)))
        case "contains" | "starts" | "is":
            found = _worded(one.field, one.test, str(one.value))
        case "least" | "most":
            found = _compared(one.field, one.test, str(one.value), by)
        case _:
            found = _timed(one, by, now_ms)
    return found


def _values(one: Filter) -> tuple[str, ...]:
    return tuple(one.value) if isinstance(one.value, (tuple, list)) else (str(one.value),)


def _any(by: Filterable, values: tuple[str, ...]) -> Condition:
    if by.field.kind == "windows":
        return Either(tuple(Is(by.path, "contains", f"\n{day} ") for day in values))
    if by.field.elementwise:
        return Either(tuple(Is(by.path, "has", value) for value in values))
    return AnyOf(by.path, values)


def _worded(path: str, test: Literal["contains", "starts", "is"], text: str) -> Condition:
    """A text in a column. SQLite folds ASCII only, so that É and é are asked for one by one."""
    text = text.strip()
    ways = dict.fromkeys([text] if text.isascii() else [text, text.lower(), text.upper(), text.title()])
    return Either(tuple(Is(path, test, way) for way in ways))


def _compared(path: str, test: Literal["least", "most"], text: str, by: Filterable) -> Condition:
    is_custom = path.startswith(CUSTOM)
    if by.field.kind == "money":
        amount = by.field.parse(text)
        return All(
            (
                Is(f"{path}.amount" if is_custom else path, test, amount.minor),
                Is(f"{path}.currency", "is", amount.currency),
            )
        )
    try:
        number = float(Decimal(text))
    except InvalidOperation:
        raise Invalid(path, _("“{value}” is not a number.").format(value=text[:40])) from None
    return All((Is(path, "filled"), Is(f"{path}.number" if is_custom else path, test, number)))


def _timed(one: Filter, by: Filterable, now_ms: int) -> Condition:
    """Days are compared as texts, moments as milliseconds from midnight on this computer's clock."""
    today = datetime.fromtimestamp(now_ms / 1000).astimezone().date()
    is_day = by.field.kind == "day"
    try:
        if one.test == "since" and not is_day and "T" in str(one.value):  # a moment, not a whole day
            since_ms = int(datetime.fromisoformat(str(one.value)).timestamp() * 1000)
            return All((Is(by.path, "filled"), Is(by.path, "least", since_ms)))
        match one.test:
            case "last":
                first, last = today - timedelta(days=int(one.value)), today
            case "next":
                first, last = today, today + timedelta(days=int(one.value))
            case "since":
                first, last = date.fromisoformat(str(one.value)), date.max
            case _:
                first, last = date.min, date.fromisoformat(str(one.value))
    except (TypeError, ValueError, OverflowError):
        raise Invalid(by.path, _("“{value}” is not a day.").format(value=str(one.value)[:40])) from None
    parts: list[Condition] = [Is(by.path, "filled")]
    if first != date.min:
        parts.append(Is(by.path, "least", first.isoformat() if is_day else _midnight_ms(first)))
    if last != date.max:
        parts.append(
            Is(by.path, "most", last.isoformat())
            if is_day
            else Is(by.path, "less", _midnight_ms(last + timedelta(days=1)))
        )
    return All(tuple(parts))


def _midnight_ms(day: date) -> int:
    """When the day begins on this computer's clock."""
    return int(datetime(day.year, day.month, day.day).astimezone(UTC).timestamp() * 1000)
