"""A clock that is wrong stops nothing."""

from __future__ import annotations

import time

import pytest

from app import ids
from app.clock import SystemClock


@pytest.mark.parametrize("year_ns", [-(10**18), 0, 4 * 10**20])
def test_ids_are_made_whatever_the_clock_says(monkeypatch: pytest.MonkeyPatch, year_ns: int) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: year_ns)
    assert len(ids.fresh()) == ids.SIZE
    assert ids.fresh() != ids.fresh()
    assert SystemClock().now_ms() >= 0
