"""A vault's whole life on a real Secret Service."""

from __future__ import annotations

from pathlib import Path

import keyring
import pytest

from app.clock import FakeClock
from app.crypto import passwords
from app.errors import OtherDevice
from app.vault import keychain as keychains
from app.vault import profiles, rollback, unlock
from app.vault.keychain import OsKeychain
from app.vault.rollback import Verdict
from tests.vault.conftest import OTHER, PASSWORD, TITLE


def test_a_vault_lives_and_dies_with_its_keyring_items(secret_service: str, tmp_path: Path) -> None:
    keyring.core.init_backend()
    chain, clock = keychains.system(), FakeClock()
    assert isinstance(chain, OsKeychain)
    folder = profiles.fresh_folder(tmp_path)
    opened = unlock.create(
        folder, PASSWORD, title=TITLE, keychain=chain, clock=clock, parameters=passwords.minimum()
    )
    device = opened.header.device
    rollback.remember(opened, 1, bytes(32))
    unlock.keep_signed_in(opened)
    unlock.close(opened)
    again = unlock.with_keyring(folder, keychain=chain, clock=clock)
    assert again is not None
    assert rollback.verdict(again, 1, bytes(32)) is Verdict.CURRENT
    assert rollback.verdict(again, 0, bytes(32)) is Verdict.BEHIND
    unlock.change_password(again, PASSWORD, OTHER, parameters=passwords.minimum())
    unlock.forget(again)
    assert unlock.with_keyring(folder, keychain=chain, clock=clock) is None
    unlock.close(unlock.with_password(folder, OTHER, keychain=chain, clock=clock))
    profile = profiles.named(tmp_path, "main")
    assert profiles.title(profile, chain) == TITLE
    header = (folder / "vault.json").read_bytes()
    profiles.delete(profile, chain)
    for item in ("device-secret-a", "device-secret-b", "session-key", "rollback", "title"):
        assert chain.get(device, item) is None
    folder.mkdir()
    (folder / "vault.json").write_bytes(header)
    with pytest.raises(OtherDevice):
        unlock.with_password(folder, OTHER, keychain=chain, clock=clock)
