"""Who may import whom: the contracts of pyproject.toml hold, and each of them can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

# File, offending line, name of the contract that must object.
BREACHES = {
    "app/ids.py": ("import app.model", "Floors inside app"),
    "app/i18n.py": ("import sync.protocol", "Floors of the house"),
    "app/model/__init__.py": ("import hmac", "Primitives stay in the crypto package"),
    "app/gateway/__init__.py": ("import sqlcipher3", "The database driver has one importer"),
    "app/reports/__init__.py": ("import sqlite3", "The standard library's SQLite"),
    "app/access/__init__.py": ("import msgspec", "Encoding has one importer"),
    "app/vault/__init__.py": ("import zstandard", "Packing has one importer"),
    "app/features/food/__init__.py": ("import keyring", "The keychain has one importer"),
    "app/features/trust/__init__.py": ("import cedarpy", "Policy has one importer"),
    "sync/client/__init__.py": ("import requests", "Transport has one importer"),
    "sync/server/main.py": (
        "import app.gateway",
        "Of app, the server and the protocol know the model and the small modules alone",
    ),
    "sync/protocol/__init__.py": ("import sync.server", "Floors inside sync"),
    "sync/server/home.py": ("import psycopg", "PostgreSQL stays in the server's storage"),
    "sync/server/rates.py": ("import boto3", "Object storage has one importer"),
    "ui/console/__init__.py": ("import PySide6", "No Qt below ui, none in the command line"),
    "ui/widgets/__init__.py": ("import ui.screens", "Floors inside ui"),
    "ui/screens/__init__.py": ("import app.store", "Screens and sync reach data through the door"),
    "ui/screens/one.py": ("import ui.screens.two", "Screens do not know each other"),
    "ui/screens/two.py": ("import ui.screens.three", "No circles"),
    "ui/screens/three.py": ("import ui.screens.two", "No circles"),
    "app/utils.py": ("import json", "Floors inside app"),
}


def test_the_contracts_hold() -> None:
    outcome = _lint(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy of the program with all BREACHES in it."""
    copy = tmp_path_factory.mktemp("breaches")
    for folder in ("app", "ui", "sync"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for file, (line, _contract) in BREACHES.items():
        with (copy / file).open("a", encoding="utf-8") as target:
            target.write(f"\n{line}\n")
    return _lint(copy).stdout


@pytest.mark.parametrize("file", BREACHES)
def test_a_breach_is_named(broken: str, file: str) -> None:
    _line, contract = BREACHES[file]
    objections = [line for line in broken.splitlines() if line.startswith(contract) and "BROKEN" in line]
    assert objections, broken


def test_a_module_without_a_floor_is_named(broken: str) -> None:
    assert "utils" in broken


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [linter, "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
