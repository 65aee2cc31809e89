"""What the children of tests/bench/window.py run: one probe a process, one JSON object at the end.

Imports stand inside, since the time from the start of the process is what is measured.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

BEGUN_NS = int(os.environ.get("BEGUN_NS", "0")) or time.monotonic_ns()
GIVEN: dict[str, Any] = json.loads(os.environ.get("PROBE", "{}"))
ROWS, COLUMNS = 20_000, 10
SIZE = (1280, 800)
REST_S = 3.0


def since_ms() -> float:
    """Milliseconds since the parent began this process."""
    return (time.monotonic_ns() - BEGUN_NS) / 1e6


def done(**found: float) -> None:
    """Tell the parent and end at once."""
    print(json.dumps(found), flush=True)
    os._exit(0)


def resident_mib() -> float:
    """Resident memory of this process."""
    with open("/proc/self/statm") as file:  # noqa: PTH123 - pathlib would be part of what is measured
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def minimal() -> None:
    """The floor: a window with a table of a million rows, as small as PySide6 allows."""
    from PySide6.QtCore import QAbstractTableModel, Qt, QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow, QTableView

    app = QApplication([])

    class Model(QAbstractTableModel):
        def rowCount(self, _parent: Any = None) -> int:
            return 1_000_000

        def columnCount(self, _parent: Any = None) -> int:
            return COLUMNS

        def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
            return f"customer {index.row()}/{index.column()}" if role == Qt.ItemDataRole.DisplayRole else None

    class View(QTableView):
        painted_ms = 0.0

        def paintEvent(self, event: Any) -> None:
            super().paintEvent(event)
            if not self.painted_ms:
                self.painted_ms = since_ms()
                QTimer.singleShot(1000, lambda: done(painted_ms=self.painted_ms, rest_mib=resident_mib()))

    window, view, model = QMainWindow(), View(), Model()
    view.setModel(model)
    window.setCentralWidget(view)
    window.resize(*SIZE)
    window.show()
    app.exec()


def unlock() -> None:
    """The program itself, from its start to the first paint and to rest."""
    from pathlib import Path

    from ui import main as program
    from ui.main.frame import Frame

    first = Frame._after_first_paint
    painted: list[float] = []

    def after(self: Frame) -> None:
        from PySide6.QtCore import QTimer

        painted.append(since_ms())
        first(self)
        QTimer.singleShot(int(REST_S * 1000), lambda: done(painted_ms=painted[0], rest_mib=resident_mib()))

    Frame._after_first_paint = after  # type: ignore[method-assign]
    program.main(Path(GIVEN["home"]), None, "en")


def cpp() -> None:
    """The floor of scrolling: a model in C++ and Qt's own delegate."""
    from PySide6.QtGui import QStandardItem, QStandardItemModel
    from PySide6.QtWidgets import QApplication, QTableView

    app = QApplication([])
    app.setStyle("fusion")
    model = QStandardItemModel()
    for row in range(ROWS):
        model.appendRow([QStandardItem(f"customer {row}/{column}") for column in range(COLUMNS)])
    view = QTableView()
    view.setModel(model)
    _scroll(app, view, lambda: None)


def list_() -> None:
    """Our list, its rows fetched through a desk while it scrolls, with chips in one column."""
    from array import array

    from PySide6.QtWidgets import QApplication

    from ui.desk import Desk
    from ui.table import Column, Order, Pill, RowsModel, Source, Table
    from ui.theme import look

    app = QApplication([])
    look().use("light")
    desk = Desk(_NoSession())

    def ids(_order: Order | None) -> Any:
        return desk.run(desk, lambda _job: array("q", range(ROWS)))

    def rows(wanted: array[int], _names: tuple[str, ...]) -> Any:
        return desk.run(
            desk,
            lambda _job: {row: (row, *(f"customer {row}/{n}" for n in range(COLUMNS))) for row in wanted},
        )

    columns = [
        Column(f"c{n}", f"C{n}", 100, (lambda text: Pill(text[:8], 3)) if n == 2 else str, strong=not n)
        for n in range(COLUMNS)
    ]
    model = RowsModel(Source(ids, rows), columns)
    table = Table(model)
    model.load()

    def wait() -> None:
        until = time.monotonic() + 2
        table.viewport().repaint()
        while time.monotonic() < until:
            app.processEvents()
            first, last = table.rowAt(1), table.rowAt(table.viewport().height() - 2)
            if model.loaded and first >= 0 and model.row(first) and model.row(max(first, last)):
                return

    _scroll(app, table, wait)


class _NoSession:
    """Nothing is asked of it."""

    def on_changed(self, _listener: Any) -> None:
        pass


def _scroll(app: Any, view: Any, wait: Any) -> None:
    from PySide6.QtWidgets import QMainWindow

    window = QMainWindow()
    window.setCentralWidget(view)
    window.resize(*SIZE)
    window.show()
    app.processEvents()
    wait()
    bar, viewport = view.verticalScrollBar(), view.viewport()
    # Ours scrolls by pixels, Qt's by rows: the same way in rows.
    row = view.verticalHeader().defaultSectionSize() if bar.maximum() > ROWS else 1
    found: dict[str, float] = {}
    position = 0
    for name, step in (("line", 3), ("page", 40), ("jump", 9973)):
        times = []
        for _turn in range(120):
            position = (position + step * row) % (bar.maximum() + 1)
            bar.setValue(position)
            wait()  # rows that were never seen have arrived: a frame with everything on it is measured
            begun = time.perf_counter()
            viewport.repaint()
            times.append((time.perf_counter() - begun) * 1e3)
        found[name] = sorted(times)[len(times) // 2]
    done(**found)


def make() -> None:
    """A company with so many customers."""
    from pathlib import Path

    from app import bootstrap
    from app.vault.keychain import NoKeychain
    from tests.bench.door import invented, load

    book = bootstrap.create_company(
        Path(GIVEN["home"]), "Bench Foods", "Wang Jiali", GIVEN["password"], keychain=NoKeychain()
    )
    book.session.do(load, invented(GIVEN["customers"]))
    book.close()
    done(made=1.0)


def open_() -> None:
    """From pressing Unlock to the list painted with its rows."""
    app, frame = _begun()
    argon2_ms = _argon2_ms()
    page = frame.centralWidget()
    begun = time.perf_counter()
    page.submit(GIVEN["password"])
    table = _table(app, frame)
    list_ms = (time.perf_counter() - begun) * 1e3
    _spin(app, lambda: frame._desk.jobs.idle)
    assert table.rows.rowCount() > 0
    done(list_ms=list_ms, argon2_ms=argon2_ms, rest_mib=resident_mib())


def keys() -> None:
    """From a key stroke in the search box to painted results."""
    from PySide6.QtTest import QTest

    app, frame = _begun()
    frame.centralWidget().submit(GIVEN["password"])
    _table(app, frame)
    workspace = frame.centralWidget()
    workspace._start_search()
    _spin(app, lambda: workspace._palette is not None and frame._desk.jobs.idle)
    palette, box, times = workspace._palette, workspace.search, []
    for word in ("golden", "silver", "bakery 77", "4155", "harbor kitchen", "st 94", "zzq", "94110") * 3:
        box.clear()
        _spin(app, lambda: frame._desk.jobs.idle)
        for letter in word:
            begun = time.perf_counter()
            QTest.keyClick(box, letter)
            wanted = box.text()
            while palette._shown != wanted or palette.isHidden():
                app.processEvents()
                if time.perf_counter() - begun > 5:
                    raise TimeoutError(wanted)
            app.processEvents()  # the paint that was asked for
            times.append((time.perf_counter() - begun) * 1e3)
    times.sort()
    done(p99_ms=times[int(len(times) * 0.99)], p50_ms=times[len(times) // 2])


def _begun() -> tuple[Any, Any]:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    app = QApplication([])
    from ui.main.frame import Frame
    from ui.preferences import preferences

    preferences().keep_in(Path(GIVEN["home"]), "en")
    frame = Frame(Path(GIVEN["home"]))
    frame.begin()
    _spin(app, lambda: frame.is_at_rest)  # what is imported while a person types
    return app, frame


def _argon2_ms() -> float:
    from pathlib import Path

    from app.crypto import passwords
    from app.vault import header, slots

    found, _mac = header.read(Path(GIVEN["home"]) / "main")
    slot = found.slot(slots.PASSWORD)
    assert slot is not None
    parameters, salt = slots.parameters_of(slot)
    times = []
    for _turn in range(3):
        begun = time.perf_counter()
        passwords.stretch(GIVEN["password"], salt, parameters)
        times.append((time.perf_counter() - begun) * 1e3)
    return sorted(times)[1]


def _table(app: Any, frame: Any) -> Any:
    from ui.table import Table

    found: list[Any] = []

    def painted() -> bool:
        if not found and frame._desk is not None:
            found.extend(table for table in frame.findChildren(Table) if table.isVisible())
        return bool(found) and found[0].rows.rowCount() > 0 and found[0].rows.row(0) is not None

    _spin(app, painted)
    found[0].viewport().repaint()
    return found[0]


def _spin(app: Any, until: Any, patience_s: float = 60) -> None:
    end = time.monotonic() + patience_s
    while not until():
        app.processEvents()
        if time.monotonic() > end:
            raise TimeoutError


PROBES = {
    "minimal": minimal, "unlock": unlock, "cpp": cpp, "list": list_, "make": make, "open": open_, "keys": keys
}  # fmt: skip

if __name__ == "__main__":
    PROBES[sys.argv[1]]()
