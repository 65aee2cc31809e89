"""A few hundred random histories; and that histories find what is broken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from app.features.trust import rotation
from app.gateway import receiving
from app.gateway.syncing import Syncing
from tests.session_bus import NotAvailable
from tests.sync.simulation import company
from tests.sync.simulation.history import History
from tests.sync.simulation.served import Served, house

SEEDS = 240
AT_ONCE = 20
BUDGET_S = 20.0
"""A slow computer tries as many of the histories as it gets through in this time, and at least one of each part."""
_began = time.monotonic()


@pytest.fixture(scope="module", autouse=True)
def _company() -> Iterator[None]:
    global _began
    _began = time.monotonic()
    yield
    company.forget()


@pytest.mark.parametrize("first", range(1, SEEDS, AT_ONCE))
def test_whatever_happens_all_agree_and_nothing_is_missing(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        if seed > first and time.monotonic() - _began > BUDGET_S:
            break
        try:
            History(seed).run()
        except Exception as error:
            error.add_note(f"again: python -m tests.sync.simulation --seed {seed} -v")
            raise


@pytest.mark.timeout(300)
def test_the_same_over_real_tls_and_postgresql_with_killed_processes() -> None:
    """A few; `make simulate` runs a tenth of its histories so."""
    try:
        with house() as real:
            for seed in (1, 2, 5):
                History(seed, make=partial(Served, of=real)).run()
    except NotAvailable as missing:
        pytest.skip(str(missing))


def no_rotation(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rotation, "pending", lambda _sync: ())


def sealed_again(patch: pytest.MonkeyPatch) -> None:
    """Bytes that were sealed are not repeated."""
    patch.setattr(Syncing, "sealed", lambda *_args: [])


def forgetful(patch: pytest.MonkeyPatch) -> None:
    """Every third received step is passed over."""
    real, count = receiving.Receiving._take, iter(range(10**9))

    def take(self: Any, item: Any) -> None:
        real(self, item if next(count) % 3 else item._replace(steps=item.steps[1:]))

    patch.setattr(receiving.Receiving, "_take", take)


BROKEN = [no_rotation, sealed_again, forgetful]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_histories_find_what_is_broken(broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    company.template()
    broken(monkeypatch)
    for seed in range(1, 60):
        try:
            History(seed).run()
        except Exception:
            return
    pytest.fail("sixty histories, and nothing was noticed")
