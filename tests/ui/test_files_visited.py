"""A file dialog writes nowhere which folders somebody visited."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT

CHOOSE = """
import sys
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from ui.dialogs import pick_file

app, parent, chosen = QApplication([]), QWidget(), []
if sys.argv[2] == "ours":
    dialog = pick_file(parent, "Choose", ["All files (*)"], chosen.append)
else:
    dialog = QFileDialog(parent)
    dialog.fileSelected.connect(chosen.append)
    dialog.open()
dialog.setDirectory(sys.argv[1])
dialog.selectFile(sys.argv[1] + "/list.csv")
dialog.accept()
dialog.deleteLater()
QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
assert chosen
"""


def visited(whose: str, tmp_path: Path) -> str:
    """What lies in the settings of a person after a file was chosen."""
    folder, config = tmp_path / "Zwetschgenhof", tmp_path / f"config-{whose}"
    folder.mkdir(exist_ok=True)
    (folder / "list.csv").write_text("x")
    config.mkdir()
    subprocess.run(
        [sys.executable, "-c", CHOOSE, str(folder), whose],
        cwd=ROOT, env={**os.environ, "XDG_CONFIG_HOME": str(config), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    return "".join(path.read_text(errors="replace") for path in config.rglob("*") if path.is_file())


def test_no_visited_folder_is_written_down(tmp_path: Path) -> None:
    assert "Zwetschgenhof" not in visited("ours", tmp_path)
    assert "Zwetschgenhof" in visited("Qt's", tmp_path), "this test is blind"
