"""What is loaded at start: no Qt for the command line, nothing heavy before it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT, files

# Each costs 20 to 150 ms to import; features load them when first used.
HEAVY = ("pypinyin", "phonenumbers", "openpyxl", "fpdf", "zxcvbn", "cedarpy", "PIL", "babel")


def modules_of(package: str) -> list[str]:
    """Every module of a package, by full name."""
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in files(package)
    ]


def loaded_by(*modules: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after importing these."""
    code = f"import sys, {', '.join(modules)}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.split())


def test_the_command_line_loads_no_qt() -> None:
    assert loaded_by(*modules_of("ui/console")) & {"PySide6", "shiboken6"} == set()


def test_the_features_load_no_qt() -> None:
    assert loaded_by(*modules_of("app")) & {"PySide6", "shiboken6"} == set()


@pytest.mark.skipif(not (ROOT / "ui/start.py").exists(), reason="ui/start.py is not written yet")
def test_the_start_loads_nothing_heavy() -> None:
    assert loaded_by("ui.start") & {"PySide6", "shiboken6", *HEAVY} == set()


def test_the_features_load_nothing_heavy() -> None:
    assert loaded_by("app.features") & set(HEAVY) == set()
