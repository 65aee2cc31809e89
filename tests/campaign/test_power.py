"""A power cut at any moment leaves the last acknowledged state or the next, whole."""

from __future__ import annotations

import pytest

from tests.campaign import disk, power

needs_strace = pytest.mark.skipif(not disk.available(), reason="strace is not here or may not trace")


@needs_strace
@pytest.mark.timeout(300)
def test_every_moment_of_a_books_life_survives_a_power_cut() -> None:
    counted = power.run(seed=7, every=60, torn=2)
    assert counted["prefixes"] >= 20
    assert counted["torn"] == 2 * counted["dropped"]


@needs_strace
def test_the_campaign_catches_a_program_that_does_not_wait_for_the_disk() -> None:
    with pytest.raises(AssertionError, match="seed 7, prefix"):
        power.run(seed=7, every=25, torn=1, careless=True)
