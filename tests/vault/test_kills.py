"""A small number of kills at every point; `make campaign` runs the large one."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.crypto import passwords
from tests.campaign import vault_child, vault_kills


@pytest.fixture(autouse=True)
def hashed(monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    monkeypatch.setattr(passwords, "stretch", vault_child.quick)


@pytest.mark.parametrize("work", vault_kills.WORKS)
def test_killed_before_any_file_operation_one_state_is_in_force(work: str, tmp_path: Path) -> None:
    ended = vault_kills.at_every_point(work, tmp_path)
    assert len(ended) == 2, ended
    assert sum(ended.values()) > 8


@pytest.mark.parametrize("work", vault_kills.WORKS)
def test_killed_at_random_moments_one_state_is_in_force(work: str, tmp_path: Path) -> None:
    ended = vault_kills.at_random_moments(work, tmp_path, kills=4, seed=20261123)
    assert sum(ended.values()) == 4
