"""What other devices wrote: applied by the same function, judged by the roster, kept whatever it is."""

from __future__ import annotations

from app import ids
from app.features import records
from app.features.crm import customers, sites, views
from app.features.crm.sites import Site
from app.features.crm.views import SavedView
from app.gateway.receiving import Received
from app.gateway.session import Session
from app.model.encoding import encode
from app.model.values import Address, Money, Position
from tests.builders import a_book, a_customer
from tests.gateway.devices import two_devices

RECEIPT_MS = 1_790_000_000_000


def sent_by(book: Session) -> list[Received]:
    """What `book` has to send, as another copy of the same company's book receives it."""
    # The first step is the company's founding, which both copies share.
    return [Received(step, keys, RECEIPT_MS, 0) for step, keys in book.outbox()[1:]]


def test_a_received_customer_is_there_sealed_values_included() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer("Far Away", phone="+49 30 7", credit_limit=Money(7, "EUR")))
        result = there.ingest(sent_by(here))
        assert (result.applied, result.quarantined) == (2, [])
        seen = there.ask(records.open_one, "customer", made.id).record
        assert seen == here.ask(records.open_one, "customer", made.id).record
        assert there.state_hash() == here.state_hash()
        assert there.ask(records.restricted, "customer", made.id) == {"credit_limit": Money(7, "EUR")}
        assert there.ingest(sent_by(here)).known == 2


def test_a_step_of_an_unknown_device_has_no_effect_and_is_kept() -> None:
    with a_book() as here, a_book() as there:
        here.do(customers.add, a_customer("Nobody's", notes=""))
        stranger = ids.fresh()
        received = [one._replace(step=one.step._replace(device=stranger)) for one in sent_by(here)]
        before = there.state_hash()
        result = there.ingest(received)
        assert [verdict.reason for _step, verdict in result.quarantined] == ["device"]
        assert there.state_hash() == before


def test_acknowledged_steps_leave_the_outbox(book: Session) -> None:
    book.do(customers.add, a_customer())
    waiting = [step.number for step, _keys in book.outbox()]
    assert book.unsent() == len(waiting) > 0
    book.acknowledged(dict.fromkeys(waiting, 5))
    assert book.outbox() == []
    assert book.unsent() == 0


def test_journal_holds_no_personal_value_in_the_open(book: Session) -> None:
    made = book.do(
        customers.add,
        a_customer(
            "Open Name", phone="+49 30 5551234", email="zoe@example.com", access="bell of Zoe, code 4711",
            address=Address("Backstreet 5"), position=Position(52_520_008, 13_404_954), notes="likes Zoe",
        ),
    )  # fmt: skip
    book.do(
        sites.add, Site(name="Kitchen", customer=made.id, access="code 4711", address=Address("Backstreet 5"))
    )
    book.do(views.add, SavedView(name="Mine", of="customer", definition='{"text": "Zoe"}'))
    bodies = b"".join(row[0] for row in book.database.writer.execute("SELECT body FROM journal").fetchall())
    assert b"Open Name" in bodies
    for personal in (b"5551234", b"zoe@", b"Zoe", b"4711", b"Backstreet", encode(52_520_008)):
        assert personal not in bodies
