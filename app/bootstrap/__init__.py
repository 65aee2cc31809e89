"""Builds a session: the window, the command line and the tests all begin here."""

from __future__ import annotations

from app.bootstrap.doors import door, standing, unfinished
from app.bootstrap.going_on import (
    accept_rollback,
    begin_replacing,
    confirm_state,
    finish_replacing,
    learn_names,
)
from app.bootstrap.making import create_company, join_company
from app.bootstrap.opened import Open, Waiting
from app.bootstrap.opening import open_company, open_profile, restore_company
from app.vault import keychain as keychains
from app.vault.keychain import Keychain

__all__ = [
    "Open",
    "Waiting",
    "accept_rollback",
    "begin_replacing",
    "confirm_state",
    "create_company",
    "door",
    "finish_replacing",
    "join_company",
    "keychain",
    "learn_names",
    "open_company",
    "open_profile",
    "restore_company",
    "standing",
    "unfinished",
]


def keychain() -> Keychain:
    """This computer's keyring."""
    return keychains.system()
