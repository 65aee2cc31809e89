"""What other devices wrote: applied by the same function, judged by the roster, kept whatever it is."""

from __future__ import annotations

from app.features import records
from app.features.crm import customers, sites, views
from app.features.crm.sites import Site
from app.features.crm.views import SavedView
from app.gateway.session import Session
from app.model.change import Edit, Step
from app.model.encoding import encode
from app.model.entity import LIFE
from app.model.statements import Stream
from app.model.values import Address, Money, Position
from app.store.journal import QUARANTINED
from tests.builders import a_customer
from tests.gateway.devices import order_of, send, several_devices, two_devices
from tests.gateway.order import Order


def test_a_received_customer_is_there_sealed_values_included() -> None:
    with two_devices() as (here, there):
        made = here.do(customers.add, a_customer("Far Away", phone="+49 30 7", credit_limit=Money(7, "EUR")))
        result = send(here, there)
        assert (result.applied, result.quarantined) == (2, [])
        seen = there.ask(records.open_one, "customer", made.id).record
        assert seen == here.ask(records.open_one, "customer", made.id).record
        assert there.ask(records.restricted, "customer", made.id) == {"credit_limit": Money(7, "EUR")}
        assert send(here, there).applied == 0
        assert here.unsent() == 0


def test_a_step_of_an_auditor_has_no_effect_and_is_kept() -> None:
    with several_devices(2, "auditor") as (here, there):
        stream = Stream(here.identity.books[0], 0)
        edit = Edit("customer", bytes(16), (LIFE, "name"), (True, "Nobody's"))
        order_of(here).put_patched(there, stream, (Step(there.sync.device, 1, *stream, 1, (edit,)),))
        result = order_of(here).pull_all(here)
        assert [verdict.reason for _step, verdict in result.quarantined] == ["role"]
        assert here.ask(records.count, "customer") == 0
        kept = here.ground.journal.step(there.sync.device, 1)
        assert kept is not None and kept.state == QUARANTINED
        assert [entry.position for entry in here.ground.quarantine.of(stream)] == [1]


def test_accepted_steps_wait_no_more(book: Session) -> None:
    book.do(customers.add, a_customer())
    stream = Stream(book.identity.books[0], 0)
    order = Order()
    assert order.seal(book, stream)
    assert book.unsent() == sum(book.sync.waiting().values()) > 0
    order.send(book, stream)
    assert (book.sync.sealed(stream), stream in book.sync.waiting()) == ([], False)


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
