"""Nothing that was planted lies anywhere in the open, even after a kill; a careless build is caught."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.campaign.leak_child import plants
from tests.campaign.scan import Scanner

FOLDERS = ("home", "tmp", "cache", "config", "data", "state", "run")


@contextmanager
def handled(root: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The child when all is written, with every folder that a program might write to under `root`."""
    for name in FOLDERS:
        (root / name).mkdir()
    (root / "run").chmod(0o700)
    env = {
        **os.environ,
        "HOME": str(root / "home"),
        "TMPDIR": str(root / "tmp"),
        "XDG_CACHE_HOME": str(root / "cache"),
        "XDG_CONFIG_HOME": str(root / "config"),
        "XDG_DATA_HOME": str(root / "data"),
        "XDG_STATE_HOME": str(root / "state"),
        "XDG_RUNTIME_DIR": str(root / "run"),
    }
    command = [sys.executable, "-m", "tests.campaign.leak_child", str(root / "home" / "books"), *arguments]
    child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        yield child
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()


def test_a_book_in_use_and_after_a_kill_shows_nothing(tmp_path: Path) -> None:
    scanner = Scanner(plants())
    with handled(tmp_path) as child:
        found = scanner.folder(tmp_path)
        if sys.platform.startswith("linux"):
            found += scanner.process(child.pid)
    assert found + scanner.folder(tmp_path) == []
    assert sum(path.stat().st_size for path in tmp_path.rglob("data.db*")) > 100_000


def test_a_build_that_leaks_is_caught_in_every_form(tmp_path: Path) -> None:
    with handled(tmp_path, "leak"):
        found = Scanner(plants()).folder(tmp_path)
    places = {Path(find.place.split(" ")[0]).name: find.form for find in found}
    assert set(places) == {"careless.log", "thumbnail", "session"}


@pytest.mark.parametrize("text", ["Zwetschgenknödel 5,40 €", "王佳丽的餐厅"])
def test_the_scanner_sees_through_encodings_and_compression(text: str) -> None:
    import base64
    import gzip
    import io
    import zipfile

    import zstandard

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", text * 5)
    raw = text.encode()
    hidden = {
        "plain": raw,
        "utf-16": text.encode("utf-16"),
        "base64": base64.b64encode(b"ab" + raw + b"c"),
        "gzip": gzip.compress(raw),
        "zip": packed.getvalue(),
        "zstd": zstandard.compress(raw),
    }
    scanner = Scanner([text])
    for name, data in hidden.items():
        assert scanner.data(name, b"\x00junk" + data), name
    assert scanner.data("other", os.urandom(10_000)) == []
