"""What a rehearsal shows, and rejected rows that are asked for afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import Unreadable
from app.features.crm.customers import add
from app.features.crm.importing import layout, outcome
from app.features.crm.importing.layout import REASON
from app.features.crm.importing.loading import Job, load, prepare, rehearse
from app.features.crm.importing.outcome import Alike, Difference, Rejections
from app.features.crm.importing.returning import save_rejected
from tests.builders import a_book, a_customer
from tests.features.importing.files import put

TABLE = "Customer Code,name,phone,contact person\n"


def test_each_row_is_shown_once_with_all_that_it_does(tmp_path: Path) -> None:
    with a_book() as session:
        session.do(load, Job(put(tmp_path, TABLE + "1,A,030 1,\n2,B,030 2,Ana\n")))
        path = put(tmp_path, TABLE + "1,A,030 9,Zoë\n2,B,030 2,Ana\n3,C,030 3,Bob\n")
        report = session.ask(rehearse, Job(path))
        assert (report.created, report.updated, report.unchanged) == (1, 1, 1)
        (made,), (changed,), (left,) = report.to_create, report.to_update, report.to_leave
        assert (made.row, made.title) == (4, "C") and (left.row, left.title) == (3, "B")
        assert Difference("contact.name", None, "Bob") in made.differences
        assert Difference("customer.phone", "030 1", "030 9") in changed.differences
        assert Difference("contact.name", None, "Zoë") in changed.differences
        assert not left.differences


def test_a_row_without_a_name_still_speaks_of_the_customer_with_its_code(tmp_path: Path) -> None:
    with a_book() as session:
        session.do(add, a_customer("A", code="1", phone="030 1"))
        report = session.ask(rehearse, Job(put(tmp_path, "code,name,phone\n1,,030 2\n2,,030 3\n")))
        assert (report.updated, report.rejected_count) == (1, 1)
        assert report.to_update[0].title == "A"
        assert (report.rejected[0].column, report.rejected[0].reason) == ("name", "The name is missing.")


def test_words_that_a_person_names_count_as_empty(tmp_path: Path) -> None:
    path = put(tmp_path, "code,name,phone\n1,A,will be handed in later\n")
    with a_book() as session:
        mapping = session.ask(prepare, Job(path)).mapping
        words = frozenset({"will be handed in later"})
        report = session.ask(rehearse, Job(path, mapping=replace(mapping, empty_words=words)))
        assert "customer.phone" not in {one.path for one in report.to_create[0].differences}


def test_a_shared_phone_is_shown_with_whom_it_is_shared(tmp_path: Path) -> None:
    with a_book() as session:
        session.do(add, a_customer("In the book", code="9", phone="030 1111111"))
        path = put(
            tmp_path, TABLE + "1,A,030 1111111,\n2,B,030 2222222,\n3,C,030 2222222,\n4,D,030 2222222,\n"
        )
        assert session.ask(rehearse, Job(path)).alike == [
            Alike(2, "A", "030 1111111", "In the book"),
            Alike(4, "C", "030 2222222", other_row=3),
            Alike(5, "D", "030 2222222"),
        ]


def test_rejected_rows_can_be_asked_for_afterwards(tmp_path: Path) -> None:
    path = put(tmp_path, "code,name,phone\n1,A,\n2,,\n3,C,\n4,,\n")
    target = tmp_path / "rejected.csv"
    with a_book() as session:
        job = Job(path)
        report = session.do(load, job)
        assert [row for row, _column, _reason in report.rejections] == [3, 5]
        assert save_rejected(path, session.ask(prepare, job).preview.layout, report, target) == 2
    lines = target.read_text("utf-8-sig").splitlines()
    assert lines[0] == f"{REASON},code,name,phone" and lines[2].endswith(",4,,")


def test_rows_of_another_file_are_not_given_back_as_rejected(tmp_path: Path) -> None:
    path = put(tmp_path, "code,name,phone\n1,A,\n2,,\n")
    with a_book() as session:
        report = session.do(load, Job(path))
        path.write_text("code,name,phone\n1,A,\n2,B,3\n")
        with pytest.raises(Unreadable, match="no longer the file"):
            save_rejected(path, layout.Layout(), report, tmp_path / "rejected.csv")
    assert not (tmp_path / "rejected.csv").exists()


def test_a_million_different_reasons_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "MOST_REASONS", 2)
    kept = Rejections()
    for row in range(4):
        kept.add(row, "code", f"There is no customer {row}.")
    kept.add(9, "code", "There is no customer 1.")
    assert [reason for _row, _column, reason in kept][:2] == [
        "There is no customer 0.",
        "There is no customer 1.",
    ]
    assert [row for row, _column, _reason in kept] == [0, 1, 2, 3, 9]
    assert [*kept][3][2].startswith("This row was not taken") and [*kept][4][2] == "There is no customer 1."
