"""Exports of the book, and importing them again: no change in any format and language."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from app import i18n
from app.errors import Invalid
from app.features.crm.contacts import add as add_contact
from app.features.crm.customers import Customer
from app.features.crm.customers import add as add_customer
from app.features.crm.exporting.saving import Export, save
from app.features.crm.importing.loading import Job, load
from app.gateway.session import Session
from app.model.values import Address, Money, Position
from app.store.reader import Is, Order
from tests.builders import a_book, a_contact, a_customer


def filled(session: Session) -> None:
    """A book with every field filled, and with texts that are awkward in one format or another."""
    first = session.do(
        add_customer,
        Customer(
            name="=SUM(A1)", legal_name="Cafe; “Rose”, Ltd.", kind="cafe", stage="active", code="007",
            address=Address("1, Main St; back", "01067", "Dresden", "Sachsen", "DE"),
            position=Position(51050000, -13737262), windows=("mo 06:00-10:30", "tu 06:00-10:30"),
            access="ring\\twice", phone="+8613800138000", email="a@example.com", web="www.example.com",
            assigned_to="Olga Owner", payment_terms="net30", price_list="B", tags=("b, c", "d"),
            notes="'quoted' -- (null)", credit_limit=Money(150050, "EUR"),
        ),
    )  # fmt: skip
    session.do(
        add_contact,
        a_contact(
            first.id, "王佳丽", role="Chef; owner", phone="030 1", mobile="+49 151 1", email="w@example.com",
            wechat="jiali", language="zh", birthday=date(1985, 4, 12), source="fair", notes="NULL",
        ),
    )  # fmt: skip
    for _ in range(2):  # twins: nothing but the id tells them apart
        twin = session.do(add_customer, a_customer("NULL", phone="-"))
        session.do(add_contact, a_contact(twin.id, "NULL"))
        session.do(add_contact, a_contact(twin.id, twin.name))


@pytest.mark.parametrize("kind", ["customers", "contacts"])
@pytest.mark.parametrize("format_", ["csv", "xlsx", "vcard4", "vcard3", "json"])
def test_importing_an_export_changes_nothing(tmp_path: Path, format_: str, kind: str) -> None:
    path = tmp_path / "out"
    with a_book() as session:
        filled(session)
        count = session.ask(save, Export(path, kind, format=format_))
        report = session.do(load, Job(path, kind))
        assert (report.rows, report.unchanged, report.rejected) == (count, count, [])


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["customers", "contacts"])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_labels_of_any_language_are_understood_in_any_other(
    tmp_path: Path, language: str, kind: str, format_: str
) -> None:
    with a_book() as session:
        filled(session)
        i18n.use(language)
        try:
            count = session.ask(save, Export(tmp_path / "out", kind, format=format_, labelled=True))
        finally:
            i18n.use("en")
        report = session.do(load, Job(tmp_path / "out", kind))
        assert (report.unchanged, report.rejected) == (count, [])


@pytest.mark.parametrize("format_", ["csv", "xlsx", "vcard4", "vcard3", "json"])
def test_an_export_makes_the_same_book_elsewhere(tmp_path: Path, format_: str) -> None:
    with a_book() as session:
        session.do(add_customer, a_customer("A", code="1", tags=("x, y",), credit_limit=Money(5, "JPY")))
        customer = session.do(add_customer, a_customer("B", code="2", position=Position(-1, 1)))
        session.do(add_contact, a_contact(customer.id, "Ana"))
        session.ask(save, Export(tmp_path / "c", format=format_))
        session.ask(save, Export(tmp_path / "p", "contacts", format=format_))
        session.ask(save, Export(tmp_path / "c.json"))
    with a_book() as session:
        assert session.do(load, Job(tmp_path / "c")).created == 2
        assert session.do(load, Job(tmp_path / "p", "contacts")).created == 1
        session.ask(save, Export(tmp_path / "again.json"))
    strip = [line.split('", ', 1)[-1] for line in (tmp_path / "c.json").read_text("utf-8").splitlines()]
    assert strip == [
        line.split('", ', 1)[-1] for line in (tmp_path / "again.json").read_text("utf-8").splitlines()
    ]


def test_the_present_view_is_exported_in_its_order_and_columns(tmp_path: Path) -> None:
    with a_book() as session:
        for name, stage in (("B", "active"), ("A", "active"), ("C", "lead")):
            session.do(add_customer, a_customer(name, stage=stage))
        export = Export(
            tmp_path / "x.csv",
            where=Is("stage", "is", "active"),
            order=(Order("name"),),
            only=("name", "address"),
        )
        assert session.ask(save, export) == 2
        lines = (tmp_path / "x.csv").read_text("utf-8-sig").splitlines()
        assert lines[0].split(",")[:3] == ["customer.id", "customer.name", "customer.address.street"]
        assert [line.split(",")[1] for line in lines[1:]] == ["A", "B"]


def test_a_workbook_has_its_kind_as_title(tmp_path: Path) -> None:
    with a_book() as session:
        session.do(add_customer, a_customer("A"))
        session.ask(save, Export(tmp_path / "x.xlsx", labelled=True))
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert sheet is not None and sheet.title == "Customers" and sheet["B1"].value == "Name"


def test_other_kinds_are_refused(tmp_path: Path) -> None:
    with a_book() as session, pytest.raises(Invalid):
        session.ask(save, Export(tmp_path / "x.csv", "orders"))
