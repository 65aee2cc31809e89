"""The Secret Service that other tests lean on is a real one."""

from __future__ import annotations

import os


def test_an_item_is_kept_and_found_again(secret_service: str) -> None:
    from keyring.backends.SecretService import Keyring

    assert os.environ["DBUS_SESSION_BUS_ADDRESS"] == secret_service
    keyring = Keyring()
    keyring.set_password("provender-test", "somebody", "a secret")
    assert Keyring().get_password("provender-test", "somebody") == "a secret"
    keyring.delete_password("provender-test", "somebody")
    assert keyring.get_password("provender-test", "somebody") is None
