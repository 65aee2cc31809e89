"""Making a clone ready says exactly what it cannot do itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts of the Linux and macOS clone")


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing is installed, and whose user is nobody special."""
    stubs = {
        "dpkg-query": "exit 1",
        "id": "echo 1000",
        "sudo": "exit 1",
        "apt-get": "echo called; exit 1",
        "uname": "echo Linux",
    }
    for name, body in stubs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}


def call(script: str, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "installer" / script), *arguments]
    return subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Debian packages are for Linux")
@pytest.mark.parametrize(
    ("purpose", "needed"),
    [
        ("run", {"libgl1", "libegl1", "libxcb-cursor0"}),
        ("virtual", {"libgl1", "xvfb", "gnome-keyring"}),
        ("test", {"libgl1", "xvfb", "gnome-keyring", "xdotool", "python3-gi", "postgresql"}),
    ],
)
def test_an_ordinary_user_is_told_the_exact_packages(
    bare: dict[str, str], purpose: str, needed: set[str]
) -> None:
    answer = call("setup.sh", purpose, env=bare)
    assert answer.returncode == 1
    named = re.search(r"apt-get install --no-install-recommends (.*)", answer.stderr)
    assert named
    assert needed <= set(named[1].split())
    assert "called" not in answer.stdout + answer.stderr


def test_without_a_display_the_window_is_explained_not_tried(bare: dict[str, str], tmp_path: Path) -> None:
    if sys.platform == "darwin":
        pytest.skip("macOS always has a display")
    trace = tmp_path / "started"
    answer = call("run.sh", "touch", str(trace), env=bare)
    assert answer.returncode == 1
    assert "no display" in answer.stdout
    assert "make run VIRTUAL=1" in answer.stderr
    assert not trace.exists()
