"""A few of the kills that `make campaign` does by the thousand."""

from __future__ import annotations

import os

import pytest

from tests.campaign import kills


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked, which this system does not do")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_kills_in_every_work_lose_nothing_that_was_acknowledged() -> None:
    counted = kills.run(seed=11, kills=24)
    assert [counted[work] for work in kills.WORKS] == [6, 6, 6, 6]
    assert sum(count for name, count in counted.items() if name.endswith("inside")) >= 8
