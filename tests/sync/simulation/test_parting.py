"""Random histories with a server that was written to before it was healed: all agree in the end, nothing is missing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.sync.simulation import company
from tests.sync.simulation.parting import Parting

SEEDS = 21
OPEN = 22
"""A device on the lost side stops and does not go on by itself, though nothing of it is lost: to be mended."""
BUDGET_S = 8.0


@pytest.fixture(scope="module", autouse=True)
def _company() -> Iterator[None]:
    yield
    company.forget()


def test_both_branches_end_in_one_state_with_everything_in_it() -> None:
    began, parted = time.monotonic(), 0
    for seed in range(1, SEEDS + 1):
        history = Parting(seed)
        try:
            history.run()
        except Exception as error:
            error.add_note(f"again: Parting({seed}, print).run()")
            raise
        parted += history.parted
        if parted and time.monotonic() - began > BUDGET_S:
            break
    assert parted


@pytest.mark.xfail(reason="a device on the lost side of a parted book has to be enrolled anew", strict=False)
def test_every_device_goes_on_by_itself() -> None:
    Parting(OPEN).run()
