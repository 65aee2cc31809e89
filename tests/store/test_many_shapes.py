"""Claims about rows whose sets of fields are ever new ones."""

from __future__ import annotations

from app.features import records
from app.gateway.command import command
from app.gateway.session import Session
from app.gateway.tx import Tx
from tests.builders import a_customer


@command("customer.test_shapes", "Many shapes")
def many_shapes(tx: Tx, count: int) -> None:
    for number in range(count):
        tags = tuple(f"t{bit}" for bit in range(10) if number >> bit & 1)
        tx.save(a_customer(f"Customer {number}", tags=tags))


def test_no_row_is_lost_when_there_are_more_shapes_than_are_kept(book: Session) -> None:
    book.do(many_shapes, 1_500)  # 1,024 sets of tags, in one transaction, each more than once
    assert book.ask(records.count, "customer") == 1_500
