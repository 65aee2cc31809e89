"""Where the devices' chains end is vouched for as the records are: a snapshot's author alone cannot say it otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.errors import Damaged
from app.features.crm import customers
from app.model.chain import Chain
from app.model.statements import Stream
from tests.builders import a_customer
from tests.gateway.devices import send, several_devices
from tests.gateway.test_snapshots import a_fresh, give

Steps = dict[bytes, int]


def another_step(chain: Chain, steps: Steps) -> tuple[Chain, Steps]:
    device = min(chain.ends)
    return chain, {**steps, device: steps[device] - 1}


def another_end(chain: Chain, steps: Steps) -> tuple[Chain, Steps]:
    device = min(chain.ends)
    end = chain.ends[device]
    return replace(chain, ends={**chain.ends, device: end._replace(sequence=end.sequence + 7)}), steps


def no_end(chain: Chain, steps: Steps) -> tuple[Chain, Steps]:
    device = min(chain.ends)
    return replace(chain, ends={one: end for one, end in chain.ends.items() if one != device}), steps


def another_receipt(chain: Chain, steps: Steps) -> tuple[Chain, Steps]:
    return replace(chain, receipt_ms=chain.receipt_ms + 1), steps


@pytest.mark.parametrize("lie", [another_step, another_end, no_end, another_receipt])
def test_ends_that_nobody_vouched_for_are_not_believed(lie: Any) -> None:
    with several_devices(2, "manager") as (here, there):
        here.do(customers.add, a_customer("Honest"))
        send(here, there)
        stream = Stream(here.identity.books[0], 0)
        with here.sync.snapshot(stream) as snapshot:
            found = list(snapshot.records)
        state_hash = here.sync.state_hash(stream)
        chain, steps = lie(snapshot.chain, dict(snapshot.steps))
        with a_fresh(here) as fresh:
            before = fresh.state_hash()
            with pytest.raises(Damaged):
                fresh.sync.take_snapshot(stream, chain, None, steps, found, state_hash)
            assert fresh.state_hash() == before
            assert not fresh.sync.chain(stream).position
            give(here, fresh, stream)
            assert fresh.sync.chain(stream) == here.sync.chain(stream)
