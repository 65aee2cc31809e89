"""requirements.lock names everything, with hashes, and no place to fetch it from."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.sources import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_it_holds_no_address() -> None:
    assert re.findall(r"https?:|file:|@ |^--?[a-z-]*(?:index|find-links|host)", LOCK, re.MULTILINE) == []


def test_every_requirement_has_hashes() -> None:
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", LOCK)
    assert [entry for entry in entries if entry.strip() and "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("group", ["dependencies", *PROJECT["optional-dependencies"]])
def test_everything_asked_for_is_locked(group: str) -> None:
    wanted = PROJECT["dependencies"] if group == "dependencies" else PROJECT["optional-dependencies"][group]
    locked = {_plain(name) for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)==", LOCK)}
    assert {_plain(re.split(r"[\[=<>~! ;]", entry)[0]) for entry in wanted} - locked == set()


def test_the_window_toolkit_is_pinned() -> None:
    """6.12.0 aborts on Python below 3.12; see resources/docs/decisions/0001-pin-pyside.md."""
    assert "PySide6-Essentials==6.11.3" in PROJECT["dependencies"]
    assert re.search(r"(?m)^pyside6-essentials==6\.11\.3 ", LOCK)


def test_the_licence_of_everything_used_is_listed() -> None:
    listed = {_plain(word) for word in re.findall(r"[A-Za-z0-9._-]+", _read("resources/docs/third-party.md"))}
    used = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["server"]
    assert {_plain(re.split(r"[\[=<>~! ;]", entry)[0]) for entry in used} - listed == set()


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
