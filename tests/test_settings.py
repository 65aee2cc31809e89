"""Claims about the small file of settings that is read before anything is unlocked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import settings
from app.settings import Settings


def test_what_was_saved_is_loaded_again(tmp_path: Path) -> None:
    wanted = settings.changed(Settings(), {"language": "zh_CN", "theme": "dark", "text_size": 125})
    settings.save(tmp_path / "home", wanted)
    assert settings.load(tmp_path / "home") == wanted
    assert (tmp_path / "home" / "settings.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{", b"null", b"[" * 50_000, b'{"theme": 7}'])
def test_a_damaged_file_means_the_usual_settings(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "settings.json").write_bytes(content)
    assert settings.load(tmp_path) == Settings()


def test_a_missing_folder_means_the_usual_settings(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "nowhere") == Settings()
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"text_size": 5}, 80),
        ({"text_size": 9_999}, 200),
        ({"text_size": float("nan")}, 100),
        ({"text_size": True}, 100),
        ({"text_size": "large"}, 100),
    ],
)
def test_numbers_are_brought_within_their_bounds(given: dict[str, object], kept: int) -> None:
    assert settings.changed(Settings(), given).text_size == kept


def test_an_unknown_choice_is_not_taken() -> None:
    assert (
        settings.changed(Settings(), {"theme": "pink", "language": "xx", "last_profile": "a" * 50})
        == Settings()
    )


def test_what_a_newer_version_wrote_stays(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"sounds": "off", "theme": "dark"}')
    settings.save(tmp_path, settings.changed(settings.load(tmp_path), {"keep_hours": 0}))
    kept = json.loads((tmp_path / "settings.json").read_text())
    assert kept["sounds"] == "off" and kept["theme"] == "dark" and kept["keep_hours"] == 0
