"""Claims about importing ahead, in a process of its own: here everything is imported already."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app import bootstrap
from app.crypto import passwords
from app.vault.keychain import NoKeychain

PASSWORD = "seven uncommon words walk home"
ROOT = Path(__file__).resolve().parents[2]
OPEN_AND_LOCK = """
import sys
import threading
from pathlib import Path

ELSEWHERE = []

class Watch:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is not threading.main_thread():
            ELSEWHERE.append(name)

sys.meta_path.insert(0, Watch())

from PySide6.QtWidgets import QApplication

app = QApplication([])

from app import bootstrap
from app.vault.keychain import NoKeychain
from ui.main.frame import Frame
from ui.preferences import preferences

bootstrap.keychain = NoKeychain

def wait(seen):
    while not seen():
        app.processEvents()

preferences().keep_in(Path(sys.argv[1]), "en")
frame = Frame(Path(sys.argv[1]))
assert frame.begin()
wait(lambda: frame.is_at_rest)
ahead = set(sys.modules)
frame.centralWidget().submit(sys.argv[2])
wait(lambda: frame._opened is not None and frame.is_at_rest)
late = {name for name in set(sys.modules) - ahead if name.startswith(("ui.table", "ui.window"))}
frame.end()
print(*sorted(name for name in ELSEWHERE if name.split(".")[0] in ("PySide6", "shiboken6", "ui")))
print(*sorted(late))
print(len(ELSEWHERE))
"""


def test_classes_of_qt_are_defined_on_the_windows_thread_alone(tmp_path: Path) -> None:
    made = bootstrap.create_company(
        tmp_path / "home",
        "North Foods",
        "Wang Jiali",
        PASSWORD,
        keychain=NoKeychain(),
        parameters=passwords.minimum(),
    )
    made.close()
    said = subprocess.run(
        [sys.executable, "-c", OPEN_AND_LOCK, str(tmp_path / "home"), PASSWORD],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    elsewhere, late, count = said.stdout.split("\n")[:3]
    assert elsewhere == ""
    assert late == "", "these were to be there before the password"
    assert int(count) > 0, "nothing was imported on a worker: the watch does not see"
