"""A few of the spoilt files that `make campaign` reads by the thousand."""

from __future__ import annotations

from tests.campaign import fuzz


def test_spoilt_files_are_read_or_refused_with_a_sentence() -> None:
    counted = fuzz.run(seed=5, files=150)
    assert counted["read"] + counted["refused"] == 150
    assert counted["refused"] > 20
