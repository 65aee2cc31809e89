"""Days, times, money and numbers as people of the present language write them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QDate, QLocale, QTime

from app import i18n
from app.i18n import _, listed, ngettext
from app.model.fields import DAYS, Amount, Field
from app.model.values import Address, Money, Position
from ui.theme import plain

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400


@lru_cache(maxsize=1)
def locale() -> QLocale:
    """The system's locale where it speaks the chosen language, else a plain one of that language."""
    system = QLocale.system()
    wanted = QLocale(i18n.language())
    if system.language() == wanted.language() and system.language() != QLocale.Language.C:
        return system
    return QLocale("en_GB") if i18n.language() == "en" else wanted


def _kept(function: Callable[..., str]) -> Callable[..., str]:
    # Called for every row that arrives, so the last few thousand answers are kept until the language changes.
    kept = lru_cache(maxsize=4096)(function)
    _caches.append(kept.cache_clear)
    return kept


_caches: list[Callable[[], None]] = []


def forget() -> None:
    """Drop all that was formatted: the language or the locale is another one."""
    locale.cache_clear()
    for clear in _caches:
        clear()


i18n.on_switched(forget)


@_kept
def day(value: date | None) -> str:
    """`14 Mar 2026`, `2026年3月14日`; never 03/04, which two people read as two days."""
    if value is None:
        return ""
    return locale().toString(QDate(value.year, value.month, value.day), day_pattern())


def day_pattern() -> str:
    """The pattern of `day` for Qt's date fields."""
    if locale().language() == QLocale.Language.Chinese:
        return "yyyy年M月d日"
    return "MMM d, yyyy" if locale().territory() == QLocale.Country.UnitedStates else "d MMM yyyy"


@_kept
def moment(at_ms: int | None) -> str:
    """Day and time on this computer's clock."""
    if at_ms is None:
        return ""
    at = datetime.fromtimestamp(at_ms / 1000).astimezone()
    return _("{day}, {time}").format(day=day(at.date()), time=_hours(at))


@_kept
def clock_time(at_ms: int | None) -> str:
    """The time of day alone."""
    return "" if at_ms is None else _hours(datetime.fromtimestamp(at_ms / 1000).astimezone())


def relative(at_ms: int | None, now_ms: int | None = None) -> str:  # noqa: PLR0911 - one per distance
    """`5 minutes ago`, `yesterday`; beyond a week the day. Ask again when a minute has passed."""
    if at_ms is None:
        return ""
    now_ms = int(time.time() * 1000) if now_ms is None else now_ms
    gone_s = (now_ms - at_ms) // 1000
    if gone_s < 0:
        return moment(at_ms)
    if gone_s < MINUTE_S:
        return _("just now")
    if gone_s < HOUR_S:
        n = gone_s // MINUTE_S
        return ngettext("{n} minute ago", "{n} minutes ago", n).format(n=n)
    then = datetime.fromtimestamp(at_ms / 1000).astimezone()
    days = (datetime.fromtimestamp(now_ms / 1000).astimezone().date() - then.date()).days
    if days == 0:
        n = gone_s // HOUR_S
        return ngettext("{n} hour ago", "{n} hours ago", n).format(n=n)
    if days == 1:
        return _("yesterday, {time}").format(time=_hours(then))
    if days < 7:
        return ngettext("{n} day ago", "{n} days ago", days).format(n=days)
    return day(then.date())


@_kept
def duration(seconds: float) -> str:
    """A length of time in its two largest units: `45 s`, `2 min 5 s`, `1 h 30 min`."""
    whole = max(0, round(seconds))
    if whole < MINUTE_S:
        return _("{s} s").format(s=whole)
    if whole < HOUR_S:
        minutes, rest = divmod(whole, MINUTE_S)
        return _("{m} min {s} s").format(m=minutes, s=rest) if rest else _("{m} min").format(m=minutes)
    hours, rest = divmod(whole // MINUTE_S, 60)
    return _("{h} h {m} min").format(h=hours, m=rest) if rest else _("{h} h").format(h=hours)


@_kept
def count(number: int) -> str:
    """A whole number in groups: `6,359`."""
    return locale().toString(number)


@_kept
def number(value: Decimal | None, unit: str = "") -> str:
    """A number without loss, with its unit."""
    if value is None:
        return ""
    text = _decimal(value)
    return f"{text} {unit}" if unit else text


@_kept
def money(value: Money | None) -> str:
    """`1,500.00 EUR`: the code is never mistaken, as ¥ and $ are."""
    if value is None:
        return ""
    digits = Amount.DIGITS.get(value.currency, 2)
    return f"{_decimal(Decimal(value.minor).scaleb(-digits))} {value.currency}"


@_kept
def size(size_bytes: int) -> str:
    """A file's size."""
    return locale().formattedDataSize(size_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


@_kept
def address(value: Address | None) -> str:
    """An address on one line, in the order of the country it is in."""
    if not value:
        return ""
    if any("一" <= sign <= "鿿" for part in value for sign in part):
        return "".join((value.country, value.region, value.city, value.street)) + (
            f" {value.postcode}" if value.postcode else ""
        )
    town = " ".join(part for part in (value.postcode, value.city) if part)
    return ", ".join(part for part in (value.street, town, value.region, value.country) if part)


@_kept
def position(value: Position | None) -> str:
    """Latitude and longitude in degrees."""
    return "" if value is None else f"{value.lat_e6 / 1e6:.5f}, {value.lon_e6 / 1e6:.5f}"


@_kept
def windows(value: Sequence[str]) -> str:
    """Delivery windows: `Mon 06:00-10:30, Tue 06:00-10:30`, in the order of the week."""
    ordered = sorted(value, key=lambda window: (DAYS.index(window[:2]), window))
    return listed(f"{weekday(window[:2])} {window[3:]}" for window in ordered)


def weekday(name: str, *, full: bool = False) -> str:
    """The weekday of a delivery window (`mo` … `su`) in the present language."""
    form = QLocale.FormatType.LongFormat if full else QLocale.FormatType.ShortFormat
    return locale().dayName(DAYS.index(name) + 1, form)


@lru_cache(maxsize=1024)
def phone(text: str) -> str:
    """An international number in its country's groups; all others as they were written."""
    if not text.startswith("+") or not text[1:].replace(" ", "").isdigit():
        return text
    import phonenumbers

    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return text
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def initials(name: str) -> str:
    """One or two letters for a picture of a person: `WJ`; of a Chinese name its last character.

    What stands in brackets, such as the branch of a restaurant, is left aside.
    """
    plain = re.sub(r"[（(].*", "", name) or name
    words = [word for word in plain.replace("-", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    if "一" <= words[0][0] <= "鿿":
        return [sign for sign in words[0] if sign.isalnum()][-1]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def value(field: Field, it: Any) -> str:
    """The value of any field as one line, without signs that act on what stands beside it."""
    return plain(_value(field, it))


def _value(field: Field, it: Any) -> str:  # noqa: PLR0911 - one per kind
    if it is None or it in ((), ""):
        return ""
    show = _BY_KIND.get(field.kind)
    if show is not None:
        return show(it)
    if field.kind == "choice":
        return _(dict(getattr(field, "options", ())).get(it, it))
    if field.kind in ("choices", "tags", "elements"):
        labels = dict(getattr(field, "options", ()))
        return listed(_(labels.get(part, part)) for part in it)
    if field.kind == "number":
        return number(it, getattr(field, "unit", ""))
    if field.kind == "yes_no":
        return _("Yes") if it else _("No")
    return str(it)


_BY_KIND: dict[str, Callable[[Any], str]] = {
    "address": address,
    "day": day,
    "moment": moment,
    "money": money,
    "position": position,
    "windows": windows,
}


def _hours(at: datetime) -> str:
    return locale().toString(QTime(at.hour, at.minute), QLocale.FormatType.ShortFormat)


def _decimal(value: Decimal) -> str:
    # Qt would take a float; money and weights are exact, so only the groups and the point are the locale's.
    whole, _point, part = f"{abs(value):f}".partition(".")
    grouped = locale().toString(int(whole))
    sign = locale().negativeSign() if value < 0 else ""
    return sign + grouped + (locale().decimalPoint() + part if part else "")
