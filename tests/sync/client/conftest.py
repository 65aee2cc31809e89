"""What the tests of the client share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sync.client.world import World, a_world


@pytest.fixture
def world() -> Iterator[World]:
    """An owner with two devices… of two owners, connected and settled."""
    with a_world("owner") as made:
        yield made
