"""Import and rehearsal through the door, on a real vault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import AppError, Cancelled, Invalid, Unreadable
from app.features.crm.contacts import Contact
from app.features.crm.custom_fields import CustomField
from app.features.crm.custom_fields import add as add_field
from app.features.crm.customers import Customer, edit
from app.features.crm.exporting.saving import Export, save
from app.features.crm.importing.layout import REASON
from app.features.crm.importing.loading import Job, chosen, load, prepare, rehearse
from app.features.crm.importing.outcome import Report
from app.gateway.command import query
from app.gateway.progress import listening
from app.gateway.session import Session
from app.gateway.view import View
from app.model.values import Address
from tests.builders import a_book
from tests.features.importing.files import put
from tests.lookalike import REAL, restaurants, restaurants_csv, suppliers_csv


@query("test.customers", "")
def all_customers(view: View) -> list[Customer]:
    return list(view.find(Customer))


@query("test.contacts", "")
def all_contacts(view: View) -> list[Contact]:
    return list(view.find(Contact))


def customers(session: Session) -> list[Customer]:
    return session.ask(all_customers)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.rejected_count


def exported(session: Session, folder: Path) -> bytes:
    session.ask(save, Export(folder / "state.csv"))
    session.ask(save, Export(folder / "people.csv", "contacts"))
    return (folder / "state.csv").read_bytes() + (folder / "people.csv").read_bytes()


def test_the_lookalike_is_created_once_and_never_again(tmp_path: Path) -> None:
    path = put(tmp_path, restaurants_csv())
    total = len(restaurants())
    with a_book() as session:
        rehearsed = session.ask(rehearse, Job(path))
        assert counts(rehearsed) == (total, 0, 0, 0) and not customers(session)
        assert rehearsed.to_create[0].title == restaurants()[0][1].strip()
        assert rehearsed.warnings["same_phone"].count > 10
        first = session.do(load, Job(path))
        assert counts(first) == (total, 0, 0, 0) and first.encoding == "windows-1252"
        assert "same_phone" not in first.warnings
        assert len(customers(session)) == total
        assert counts(session.do(load, Job(path))) == (0, 0, total, 0)
        assert counts(session.ask(rehearse, Job(path))) == (0, 0, total, 0)


def test_the_real_restaurants(tmp_path: Path) -> None:
    path = REAL / "sf-restaurants.csv"
    if not path.exists():
        pytest.skip("../shared/data is not here; the look-alike stands in")
    with a_book() as session:
        report = session.do(load, Job(path))
        assert counts(report) == (6359, 0, 0, 0) and report.encoding == "windows-1252"
        assert {kind: warned.count for kind, warned in report.warnings.items()} == {
            "odd_postcode": 3,
            "no_address": 1,
        }
        assert counts(session.do(load, Job(path))) == (0, 0, 6359, 0)
        names = {customer.name for customer in customers(session)}
        assert "CRÈME BRULEE TO GO" in names


def test_the_real_suppliers(tmp_path: Path) -> None:
    path = REAL / "northwind-customers.csv"
    if not path.exists():
        pytest.skip("../shared/data is not here; the look-alike stands in")
    with a_book() as session:
        before = exported(session, tmp_path)
        assert counts(session.do(load, Job(path))) == (91, 0, 0, 0)
        people = session.ask(all_contacts)
        assert len(people) == 91 and "Frédérique Citeaux" in {person.name for person in people}
        assert not [customer for customer in customers(session) if "NULL" in str(customer)]
        assert counts(session.do(load, Job(path))) == (0, 0, 91, 0)
        session.undo()
        assert exported(session, tmp_path) == before


def test_undo_gives_back_the_book_byte_for_byte(tmp_path: Path) -> None:
    with a_book() as session:
        session.do(load, Job(put(tmp_path, suppliers_csv())))
        before = exported(session, tmp_path)
        changed = suppliers_csv().decode().replace("Berlin", "Potsdam").replace("Owner", "Director")
        report = session.do(
            load, Job(put(tmp_path, changed + "NEW,New One,Someone Else,Owner,S,C,R,1,X,2,3\n"))
        )
        assert report.created == 1 and report.updated > 10
        assert exported(session, tmp_path) != before
        session.undo()
        assert exported(session, tmp_path) == before


def test_a_later_edit_survives_the_undo(tmp_path: Path) -> None:
    with a_book() as session:
        session.do(load, Job(put(tmp_path, "Customer Code,name,phone,city\n1,A,030 1,Rome\n")))
        session.do(load, Job(put(tmp_path, "Customer Code,name,phone,city\n1,A,030 2,Bonn\n")))
        (customer,) = customers(session)
        session.do(edit, customer.id, {"phone": "030 3"})
        session.undo()
        undone = session.undo()
        assert [c.address.city for c in customers(session)] == ["Rome"]
        assert undone is not None


def test_one_row_makes_a_customer_with_its_contact(tmp_path: Path) -> None:
    with a_book() as session:
        report = session.do(
            load, Job(put(tmp_path, "客户名称,联系人,手机,电话\n甲餐厅,王佳丽,13800138000,021-1234567\n"))
        )
        assert counts(report) == (1, 0, 0, 0)
        (customer,), (person,) = customers(session), session.ask(all_contacts)
        assert person.customer == customer.id and person.source == "import"
        assert (person.name, person.mobile, customer.phone) == ("王佳丽", "13800138000", "021-1234567")


def test_several_people_of_one_customer(tmp_path: Path) -> None:
    text = "Company,First Name,Last Name,Email\nAcme,Ana,One,a@x.com\nAcme,Bob,Two,b@x.com\nacme ,Ana,One,a@x.com\n"
    with a_book() as session:
        report = session.do(load, Job(put(tmp_path, text), "contacts"))
        assert counts(report) == (2, 0, 1, 0)
        assert len(customers(session)) == 1 and len(session.ask(all_contacts)) == 2
        assert counts(session.do(load, Job(put(tmp_path, text), "contacts"))) == (0, 0, 3, 0)


def test_a_row_that_repeats_another_only_fills_it_in(tmp_path: Path) -> None:
    text = "code,name,phone,email\n7,A,030 1,\n7,A,030 2,a@example.com\n"
    with a_book() as session:
        report = session.do(load, Job(put(tmp_path, text)))
        assert counts(report) == (1, 1, 0, 0) and report.warnings["repeated"].count == 1
        (customer,) = customers(session)
        assert (customer.phone, customer.email) == ("030 1", "a@example.com")
        assert counts(session.do(load, Job(put(tmp_path, text)))) == (0, 0, 2, 0)
        assert counts(session.ask(rehearse, Job(put(tmp_path, text)))) == (0, 0, 2, 0)


def test_a_row_without_code_that_fits_two_is_rejected(tmp_path: Path) -> None:
    with a_book() as session:
        session.do(load, Job(put(tmp_path, "code,name,city\n1,A,Rome\n2,A,Rome\n")))
        report = session.do(load, Job(put(tmp_path, "name,city\nA,Rome\nB,Rome\n")))
        assert counts(report) == (1, 0, 0, 1)
        assert "Add the customer's code" in report.rejected[0].reason


def test_empty_cells_erase_nothing_and_parts_of_an_address_stay(tmp_path: Path) -> None:
    with a_book() as session:
        session.do(load, Job(put(tmp_path, "code,name,phone,street,city,tags\n1,A,030 1,S 1,Rome,x\n")))
        session.do(load, Job(put(tmp_path, "code,name,phone,street,city,tags\n1,A,,S 2,,y\n")))
        (customer,) = customers(session)
        assert customer.phone == "030 1" and customer.tags == ("x", "y")
        assert customer.address == Address("S 2", "", "Rome")


def test_rejected_rows_come_back_as_a_file_that_can_be_mended(tmp_path: Path) -> None:
    text = "code,name,email,note\n1,A,a@example.com,=1+1\n2,,b@example.com,x\n3,C,not-an-address,-y\n"
    rejects = tmp_path / "rejected.csv"
    with a_book() as session:
        report = session.do(load, Job(put(tmp_path, text), rejects=rejects))
        assert counts(report) == (1, 0, 0, 2)
        assert [(r.row, r.column) for r in report.rejected] == [(3, "name"), (4, "email")]
        given = rejects.read_text("utf-8-sig")
        assert given.splitlines()[0] == f"{REASON},code,name,email,note"
        assert given.splitlines()[1].endswith(",2,,b@example.com,x")
        mended = given.replace("2,,b@", "2,B,b@").replace("not-an-address", "c@example.com")
        report = session.do(load, Job(put(tmp_path, mended, "mended.csv")))
        assert counts(report) == (2, 0, 0, 0)
        assert {c.name: c.notes for c in customers(session)} == {"A": "=1+1", "B": "x", "C": "-y"}


def test_rejects_do_not_overwrite_the_file_they_come_from(tmp_path: Path) -> None:
    path = put(tmp_path, "name\n\n")
    with a_book() as session, pytest.raises(Invalid):
        session.do(load, Job(path, rejects=path))


def test_no_rejection_leaves_no_file(tmp_path: Path) -> None:
    with a_book() as session:
        session.do(load, Job(put(tmp_path, "name\nA\n"), rejects=tmp_path / "rejected.csv"))
    assert not (tmp_path / "rejected.csv").exists()


BAD = {
    "broken UTF-8": b"name\n" + "Café\n".encode() * 3000 + b"\xff\n",
    "NUL": b"name\n" + b"Cafe\n" * 3000 + b"a\0b\n",
    "unmatched quote": b"name,phone\n" + b"A,1\n" * 3000 + b'"B,2\n',
    "ten megabytes": b"name\n" + b"A\n" * 10 + b"x" * 10_000_000 + b"\n",
    "nested cards": b"BEGIN:VCARD\n" * 100_000,
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_bad_input_changes_nothing(tmp_path: Path, content: bytes) -> None:
    with a_book() as session:
        session.do(load, Job(put(tmp_path, suppliers_csv())))
        before = exported(session, tmp_path)
        with pytest.raises(Unreadable) as caught:
            session.do(load, Job(put(tmp_path, content, "bad.csv"), rejects=tmp_path / "rejected.csv"))
        assert "line" in caught.value.text
        assert exported(session, tmp_path) == before
    assert not list(tmp_path.glob("*rejected*")) and not list(tmp_path.glob("*.part"))


def test_stopping_half_way_leaves_nothing(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        if done > total / 2:
            raise Cancelled

    path = put(tmp_path, "name\n" + "".join(f"Customer {n} {'x' * 80}\n" for n in range(10_000)))
    with a_book() as session:
        with pytest.raises(Cancelled), listening(stop):
            session.do(load, Job(path))
        assert not customers(session)
        assert seen[-1][1] == path.stat().st_size


def test_columns_and_matching_can_be_chosen(tmp_path: Path) -> None:
    path = put(tmp_path, "Wer,Mail\nAcme,a@example.com\n")
    job = Job(path, chosen=chosen(["Wer=name", "Mail=email"]), match="email")
    with a_book() as session:
        assert counts(session.do(load, job)) == (1, 0, 0, 0)
        assert counts(
            session.do(load, replace(job, path=put(tmp_path, "Wer,Mail\nAcme 2,a@example.com\n")))
        ) == (0, 1, 0, 0)
        assert [c.name for c in customers(session)] == ["Acme 2"]
        with pytest.raises(Invalid):
            session.do(load, replace(job, chosen=(("Nobody", "name"),)))
        with pytest.raises(Invalid):
            chosen(["nonsense"])


def test_custom_fields_are_imported_and_exported(tmp_path: Path) -> None:
    with a_book() as session:
        made = session.do(add_field, CustomField(label="Seats", of="customer", kind="number", unit="seats"))
        assert made is not None
        report = session.do(load, Job(put(tmp_path, "name,Seats\nA,40\n"), chosen=(("Seats", "Seats"),)))
        assert counts(report) == (1, 0, 0, 0)
        session.ask(save, Export(tmp_path / "out.csv"))
        assert ",40" in (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()[1]
        assert counts(session.do(load, Job(tmp_path / "out.csv"))) == (0, 0, 1, 0)


def test_an_assistant_can_look_before_it_leaps(tmp_path: Path) -> None:
    with a_book() as session:
        found = session.ask(prepare, Job(put(tmp_path, restaurants_csv())))
        assert found.preview.layout.encoding == "windows-1252" and len(found.preview.samples) == 50
        assert "customer.name" in found.mapping.targets


def test_reports_have_the_shape_that_scripts_expect(tmp_path: Path) -> None:
    with a_book() as session:
        document = session.do(load, Job(put(tmp_path, "code,name\n1,A\n2,\n"))).as_json()
    assert {"rows", "created", "updated", "unchanged", "rejected", "encoding", "seconds"} <= set(document)
    assert document["rows"] == 2 and document["rejected"] == [
        {"row": 3, "column": "name", "reason": "The name is missing."}
    ]


def test_a_contact_without_known_customer_is_rejected(tmp_path: Path) -> None:
    with a_book() as session:
        report = session.do(load, Job(put(tmp_path, "Customer Code,Contact Name\nX1,Ana\n"), "contacts"))
        assert counts(report) == (0, 0, 0, 1) and "no customer with the code X1" in report.rejected[0].reason


def test_refusals_of_every_kind_are_known_errors(tmp_path: Path) -> None:
    with a_book() as session:
        for job in (Job(tmp_path), Job(tmp_path / "x.csv"), Job(put(tmp_path, "name\nA\n"), "orders")):
            with pytest.raises(AppError):
                session.do(load, job)
