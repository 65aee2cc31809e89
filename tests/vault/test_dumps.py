"""A process that holds keys leaves no dump of its memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.vault import dumps
from tests.vault.conftest import Vault

CHILD = """
import ctypes, resource
from app.vault import dumps
dumps.forbid()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="told by Linux only")
def test_a_process_that_forbids_dumps_is_not_dumpable() -> None:
    root = Path(__file__).resolve().parents[2]
    said = subprocess.run([sys.executable, "-c", CHILD], cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout.split("\n")[0] == "(0, 0) 0"


def test_every_way_in_forbids_dumps_before_it_touches_a_secret(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.vault import unlock

    class Forbidden(Exception):
        pass

    def tell() -> None:
        raise Forbidden

    monkeypatch.setattr(dumps, "forbid", tell)
    for way in (
        vault.open,
        vault.recover,
        vault.by_keyring,
        lambda: unlock.create(vault.folder, "x", title="", keychain=vault.keychain, clock=vault.clock),
    ):
        with pytest.raises(Forbidden):
            way()
