"""A patched program uses an id, or a number, in two streams: each stream's state is its own, in whatever order they come."""

from __future__ import annotations

from itertools import permutations

from app.features import records
from app.features.crm import customers
from app.model.change import Dot, Edit, Step
from app.model.entity import LIFE
from app.model.statements import Stream
from tests.builders import a_customer
from tests.gateway import expected
from tests.gateway.devices import order_of, send, two_devices
from tests.gateway.test_snapshots import a_fresh, give


def test_one_id_in_two_streams_comes_to_the_same_everywhere() -> None:
    with two_devices() as (here, there):
        home, common = Stream(here.identity.books[0], 0), Stream(here.identity.company_book, 0)
        order, device = order_of(here), there.sync.device
        made = here.do(customers.add, a_customer("Real", phone="1"))
        send(here, there)
        edits = [
            Edit("customer", made.id, (LIFE, "name"), (True, "Twin")),
            Edit("customer", made.id, ("name", "web"), ("Other", "w"), ((Dot(device, 701, 1),), ())),
            Edit("customer", made.id, (LIFE,), ([[device, 702, 0, 1]],), ((Dot(device, 701, 0),),)),
        ]
        for number, edit in enumerate(edits, 701):
            order.put_patched(there, common, (Step(device, number, *common, 1, (edit,)),))
        order.put_patched(there, home, (Step(device, 701, *home, 1, (edits[1],)),))
        order.pull_all(here)
        with a_fresh(here) as first, a_fresh(here) as second, a_fresh(here) as third:
            for book in (first, second, third):
                book.sync.take_statements([one for one, _statement in here.roster.statements()])
            for book, streams in zip((first, second), permutations((home, common)), strict=True):
                for stream in streams:
                    order.pull(book, stream)
                    said, _without = expected.confirmed(
                        order, here.roster, stream, book.sync.chain(stream).position
                    )
                    found = expected.confirmed_aside(book, stream)
                    assert found == expected.cleaned(said)
            for stream in (common, home):
                give(here, third, stream)
                assert len({book.sync.state_hash(stream) for book in (here, first, second, third)}) == 1
            # What is shown is what came first here; nothing of the other is lost.
            assert here.ask(records.open_one, "customer", made.id).record.name in ("Real", "Other")  # type: ignore[attr-defined]
            here.do(customers.edit, made.id, {"phone": "2"})
            order.push(here)
            for book in (here, first, third):
                order.pull(book, home)
            assert len({book.sync.state_hash(home) for book in (here, first, third)}) == 1
            kept = here.ground.journal.steps(device, home, [701])
            assert [one.step.book for one in kept] == [home.book]
