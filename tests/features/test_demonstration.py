"""Claims about the demonstration company: the same every time, sound in every field, and believable."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

import pytest

from app.features.crm.activities import Activity
from app.features.crm.contacts import Contact
from app.features.crm.customers import STAGES, Customer
from app.features.crm.demonstration import REPS, records
from app.features.crm.demonstration.hamburg import HAMBURG
from app.features.crm.sites import Site
from app.model.entity import Record, entity_of
from app.model.values import Position

NOW_MS = 1_780_000_000_000
MANY = 600
HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def drawn() -> list[Record]:
    return list(records(MANY, now_ms=NOW_MS))


def of(drawn: list[Record], kind: type) -> list:  # type: ignore[type-arg]
    return [record for record in drawn if isinstance(record, kind)]


def test_the_same_seed_and_day_give_the_same_records(drawn: list[Record]) -> None:
    assert list(records(MANY, now_ms=NOW_MS + 3_600_000)) == drawn
    assert list(records(MANY, now_ms=NOW_MS, seed=2)) != drawn


def test_the_first_customers_do_not_depend_on_how_many_there_are(drawn: list[Record]) -> None:
    few = list(records(50, now_ms=NOW_MS))
    assert drawn[: len(few)] == few


def test_every_value_is_as_its_field_would_clean_it(drawn: list[Record]) -> None:
    for record in drawn:
        for field in entity_of(type(record)).fields:
            value = getattr(record, field.name)
            assert field.clean(value) == value, (field.name, value)
            assert field.parse(field.text(value)) == value, (field.name, value)


def test_ids_are_fresh_and_in_the_order_of_making(drawn: list[Record]) -> None:
    ids = [record.id for record in drawn]
    assert len(set(ids)) == len(ids)
    assert all(len(id_) == 16 and id_[6] >> 4 == 7 and id_[8] >> 6 == 2 for id_ in ids)
    customers = [record.id for record in of(drawn, Customer)]
    assert customers == sorted(customers)


def test_links_lead_to_records_that_came_before(drawn: list[Record]) -> None:
    customers: set[bytes] = set()
    contacts: dict[bytes, bytes] = {}
    for record in drawn:
        if isinstance(record, Customer):
            customers.add(record.id)
            continue
        assert record.customer in customers  # type: ignore[attr-defined]
        if isinstance(record, Contact):
            contacts[record.id] = record.customer
        if isinstance(record, Activity) and record.contact:
            assert contacts[record.contact] == record.customer


def test_both_cities_and_all_stages_and_kinds_occur(drawn: list[Record]) -> None:
    customers = of(drawn, Customer)
    cities = Counter(customer.address.city for customer in customers)
    assert set(cities) == {"成都", "Hamburg"}
    assert min(cities.values()) > MANY / 4
    assert {customer.stage for customer in customers} == {stage for stage, _ in STAGES}
    assert len({customer.kind for customer in customers}) == 8
    assert {customer.assigned_to for customer in customers} == set(REPS)
    assert len({customer.code for customer in customers}) == MANY
    assert len({customer.name for customer in customers}) > MANY * 0.8
    assert {"zh", "de", "it", "tr"} <= {contact.language for contact in of(drawn, Contact)}
    assert of(drawn, Site)


def test_positions_lie_in_the_city_and_along_the_street(drawn: list[Record]) -> None:
    centres = {"成都": Position(30_660_000, 104_063_000), "Hamburg": Position(53_550_000, 9_993_000)}
    for customer in of(drawn, Customer):
        centre = centres[customer.address.city]
        assert abs(customer.position.lat_e6 - centre.lat_e6) < 250_000
        assert abs(customer.position.lon_e6 - centre.lon_e6) < 350_000
    streets: dict[tuple[str, str], list[Position]] = {}
    for customer in of(drawn, Customer):
        street = re.sub(r"[\d号 ]", "", customer.address.street)
        streets.setdefault((customer.address.region, street), []).append(customer.position)
    for places in streets.values():
        assert (
            max(abs(a.lat_e6 - b.lat_e6) + abs(a.lon_e6 - b.lon_e6) for a in places for b in places) < 8_000
        )


def test_nobody_can_be_telephoned_or_written_to(drawn: list[Record]) -> None:
    numbers = [r.phone for r in drawn if isinstance(r, (Customer, Contact))]
    numbers += [contact.mobile for contact in of(drawn, Contact)]
    fictional = re.compile(
        r"\+86 28 0\d{3} \d{4}|\+86 109 \d{4} \d{4}|\+49 40 66969 \d{3}-\d\d|\+49 176 040690 \d\d"
    )
    assert all(fictional.fullmatch(number) for number in numbers if number)
    addresses = [r.email for r in drawn if isinstance(r, (Customer, Contact))]
    assert all(address.endswith(".example") for address in addresses if address)
    assert all(customer.web.endswith(".example") for customer in of(drawn, Customer) if customer.web)


def test_terms_and_limits_fit_the_stage(drawn: list[Record]) -> None:
    for customer in of(drawn, Customer):
        buys = customer.stage in ("trial", "active", "at_risk", "lapsed")
        assert bool(customer.payment_terms) == bool(customer.price_list) == buys
        assert bool(customer.windows) == buys
        on_account = customer.payment_terms.startswith("net")
        assert (customer.credit_limit is not None) == on_account
        if customer.credit_limit:
            assert customer.credit_limit.currency == ("CNY" if customer.address.city == "成都" else "EUR")
            assert customer.credit_limit.minor % 10_000 == 0


def test_activities_are_two_years_of_working_days_and_never_in_the_future(drawn: list[Record]) -> None:
    zones = {
        customer.id: "Asia/Shanghai" if customer.address.city == "成都" else "Europe/Berlin"
        for customer in of(drawn, Customer)
    }
    now = datetime.fromtimestamp(NOW_MS / 1000, UTC)
    months: Counter[tuple[int, int]] = Counter()
    for activity in of(drawn, Activity):
        at = datetime.fromtimestamp(activity.at / 1000, UTC)
        assert now - timedelta(days=737) < at <= now
        local = at.astimezone(ZoneInfo(zones[activity.customer]))
        assert local.weekday() < (6 if zones[activity.customer] == "Asia/Shanghai" else 5)
        assert 8 <= local.hour < 22
        assert local.hour < 19 or activity.kind == "message"
        months[local.year, local.month] += 1
    assert len(months) >= 23
    assert {activity.kind for activity in of(drawn, Activity)} == {"visit", "call", "message", "note"}


def test_each_customer_has_a_history_in_order_that_fits_its_stage(drawn: list[Record]) -> None:
    stages = {customer.id: customer.stage for customer in of(drawn, Customer)}
    today = NOW_MS // 86_400_000
    for id_, group in groupby(of(drawn, Activity), key=lambda activity: activity.customer):
        times = [activity.at for activity in group]
        assert times == sorted(set(times))
        silent_days = today - times[-1] // 86_400_000
        if stages[id_] == "lapsed":
            assert silent_days >= 89
        if stages[id_] == "trial":
            assert silent_days < 130


def test_notes_are_varied_and_in_the_language_of_who_wrote_them(drawn: list[Record]) -> None:
    in_hamburg = {rep.name for rep in HAMBURG.reps}
    activities = of(drawn, Activity)
    for activity in activities:
        assert "{" not in activity.text
        if activity.by in in_hamburg:
            assert len(HAN.findall(activity.text)) < 4
        else:
            assert len(HAN.findall(activity.text)) >= 5
    assert len({activity.text for activity in activities}) > len(activities) * 0.5
    for one, other in pairwise(activities):
        assert one.text != other.text or one.customer != other.customer
