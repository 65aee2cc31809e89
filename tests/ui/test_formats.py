"""Claims about days, numbers and names as they are shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from app import i18n
from app.features.crm.customers import Customer
from app.model.entity import entity_of
from app.model.values import Address, Money, Position
from ui import formats


@pytest.fixture(autouse=True)
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A time zone without summer time, nine hours from nowhere else that is used here."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    formats.forget()
    yield
    monkeypatch.undo()
    time.tzset()
    formats.forget()


AT_MS = 1_795_424_887_006  # 2026-11-23 09:08:07 UTC


def test_days_cannot_be_mistaken() -> None:
    assert formats.day(date(2026, 4, 3)) == "3 Apr 2026"
    i18n.use("zh_CN")
    assert formats.day(date(2026, 4, 3)) == "2026年4月3日"


def test_moments_are_told_in_the_persons_own_time() -> None:
    assert formats.moment(AT_MS) == "23 Nov 2026, 17:08"
    assert formats.clock_time(AT_MS) == "17:08"
    assert formats.moment(None) == ""


@pytest.mark.parametrize(
    ("gone_s", "text"),
    [
        (5, "just now"),
        (60, "1 minute ago"),
        (150, "2 minutes ago"),
        (7200, "2 hours ago"),
        (20 * 3600, "yesterday, 17:08"),
        (3 * 86400, "3 days ago"),
        (30 * 86400, "23 Nov 2026"),
        (-3600, "23 Nov 2026, 17:08"),
    ],
)
def test_how_long_ago(gone_s: int, text: str) -> None:
    assert formats.relative(AT_MS, AT_MS + gone_s * 1000) == text


def test_money_is_exact_and_names_its_currency() -> None:
    assert formats.money(Money(123_456_789_012_345_67, "EUR")) == "123,456,789,012,345.67 EUR"
    assert formats.money(Money(-5, "EUR")) == "-0.05 EUR"
    assert formats.money(Money(1500, "JPY")) == "1,500 JPY"
    assert formats.money(Money(1500, "KWD")) == "1.500 KWD"


def test_numbers_keep_their_digits() -> None:
    assert formats.number(Decimal("1234.50"), "kg") == "1,234.50 kg"
    assert formats.count(6359) == "6,359"


def test_durations_have_two_units_at_most() -> None:
    assert [formats.duration(s) for s in (0.4, 45, 125, 120, 5400, 7200)] == [
        "0 s", "45 s", "2 min 5 s", "2 min", "1 h 30 min", "2 h",
    ]  # fmt: skip


def test_addresses_follow_their_country() -> None:
    assert formats.address(Address("Marienplatz 8", "80331", "München", "", "Germany")) == (
        "Marienplatz 8, 80331 München, Germany"
    )
    assert (
        formats.address(Address("人民南路四段1号", "610041", "成都市", "四川省", ""))
        == "四川省成都市人民南路四段1号 610041"
    )
    assert formats.address(Address()) == ""


def test_windows_come_in_the_order_of_the_week() -> None:
    assert formats.windows(("fr 05:00-07:00", "mo 06:00-10:30")) == "Mon 06:00-10:30, Fri 05:00-07:00"


def test_positions_and_sizes() -> None:
    assert formats.position(Position(48_137_154, -11_576_124)) == "48.13715, -11.57612"
    assert formats.size(1_500_000) == "1.5 MB"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Wang Jiali", "WJ"),
        ("王佳丽", "丽"),
        ("丁氏串串香（通惠店）", "香"),
        ("Café Nord (Altona)", "CN"),
        ("王记！", "记"),
        ("NRGIZE", "N"),
        ("", "?"),
        ("– –", "?"),
        ("jean-paul sartre", "JS"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert formats.initials(name) == letters


def test_international_numbers_are_grouped_and_others_left_alone() -> None:
    assert formats.phone("+8613800138000") == "+86 138 0013 8000"
    assert formats.phone("089 / 12 34") == "089 / 12 34"
    assert formats.phone("+0") == "+0"


def test_every_field_of_a_customer_can_be_shown() -> None:
    for field in entity_of(Customer).fields:
        assert formats.value(field, field.empty) == ""
    assert formats.value(entity_of(Customer).field("stage"), "at_risk") == "At risk"
    assert formats.value(entity_of(Customer).field("tags"), ("a", "b")) == "a, b"
