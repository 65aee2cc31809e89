"""What the children of tests/bench/window.py run: one probe a process, one JSON object at the end.

    PROBE='{"home": …, "password": …}' python -m tests.bench.window_probes NAME

The program is the real one, started as people start it; what is measured is seen by methods that are wrapped
here. Imports stand inside the functions, since the time from the start of the process counts.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

BEGUN_NS = int(os.environ.get("BEGUN_NS", "0")) or time.monotonic_ns()
GIVEN: dict[str, Any] = json.loads(os.environ.get("PROBE", "{}"))
SIZE = (1280, 820)
"""The window's, before a person changes it."""
REST_S = float(GIVEN.get("rest_s", 3))
FRAMES = 150
WORDS = ("golden", "royal bakery", "st 94", "4155", "harbor kitchen", "zzq", "94110", "cafe 77", "union deli")


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


# The floors


def minimal() -> None:
    """A window with a table of a million rows, as small as PySide6 allows: first paint and memory at rest."""
    from PySide6.QtCore import QAbstractTableModel, Qt, QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow, QTableView

    app = QApplication([])

    class Model(QAbstractTableModel):
        def rowCount(self, _parent: Any = None) -> int:
            return 1_000_000

        def columnCount(self, _parent: Any = None) -> int:
            return 10

        def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
            return f"customer {index.row()}/{index.column()}" if role == Qt.ItemDataRole.DisplayRole else None

    class View(QTableView):
        is_painted = False

        def paintEvent(self, event: Any) -> None:
            super().paintEvent(event)
            if not self.is_painted:
                self.is_painted = True
                QTimer.singleShot(0, painted)

    def painted() -> None:
        painted_ms = since_ms()
        QTimer.singleShot(int(REST_S * 1000), lambda: done(painted_ms=painted_ms, rest_mib=resident_mib()))

    window, view, model = QMainWindow(), View(), Model()
    view.setModel(model)
    window.setCentralWidget(view)
    window.resize(*SIZE)
    window.show()
    app.exec()


def cpp() -> None:
    """Qt's own table with a model in C++ and Qt's own delegate, showing the very cells that `open` has shown."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QStandardItem, QStandardItemModel
    from PySide6.QtWidgets import QAbstractItemView, QApplication, QMainWindow, QTableView

    with open(_cells_file(), encoding="utf-8") as file:  # noqa: PTH123
        shape = json.load(file)
    app = QApplication([])
    app.setStyle("fusion")
    font = app.font()
    font.setFamilies(shape["families"])
    font.setPixelSize(shape["font_px"])
    app.setFont(font)
    texts = shape["cells"]
    model = QStandardItemModel()
    for row in range(20_000):
        model.appendRow([QStandardItem(text) for text in texts[row % len(texts)]])
    view = QTableView()
    view.setModel(model)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setWordWrap(False)
    view.setShowGrid(False)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(shape["row_px"])
    for column, width in enumerate(shape["widths"]):
        view.setColumnWidth(column, width)
    view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    window = QMainWindow()
    window.setCentralWidget(view)
    window.show()
    _spin(app, lambda: window.windowHandle().isExposed())
    more = view.viewport().size()
    window.resize(
        window.width() + shape["width"] - more.width(), window.height() + shape["height"] - more.height()
    )
    _spin(app, lambda: view.viewport().size().width() == shape["width"])
    done(**_scroll(app, view, shape["row_px"], lambda: True))


# The program


def unlock() -> None:
    """From the start of the program to the first paint of the unlock screen, and its memory at rest."""
    from ui import start

    def painted(frame: Any) -> None:
        from PySide6.QtCore import QTimer

        painted_ms = since_ms()
        QTimer.singleShot(
            int(REST_S * 1000), frame, lambda: done(painted_ms=painted_ms, rest_mib=resident_mib())
        )

    _when_painted(painted)
    sys.argv = ["provender"]
    os.environ["PROVENDER_HOME"] = GIVEN["home"]
    start.main()


def open_() -> None:
    """From pressing Unlock to the list painted with its rows; then a frame while scrolling; then memory."""
    argon2_ms = _timed_argon2()
    app, frame = _at_unlock()
    painted_at: list[float] = []
    _when_list_painted(painted_at)
    begun = time.perf_counter()
    frame.centralWidget().submit(GIVEN["password"])
    _spin(app, lambda: bool(painted_at))
    list_ms = (painted_at[0] - begun) * 1e3
    table = _table(frame)
    _rest(app, frame, REST_S)
    rest_mib = resident_mib()
    found = _scroll(app, table, table.verticalHeader().defaultSectionSize(), lambda: _has_rows(table))
    _keep_cells(table)
    done(list_ms=list_ms, argon2_ms=argon2_ms[0], rest_mib=rest_mib, **found)


def keys() -> None:
    """From a key stroke in the search box to the results painted."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QWidget

    app, frame = _at_unlock()
    frame.centralWidget().submit(GIVEN["password"])
    _spin(app, lambda: frame._desk is not None and frame._desk.jobs.idle)
    workspace = frame.centralWidget()
    workspace._start_search()
    _spin(app, lambda: workspace._palette is not None and frame._desk.jobs.idle)
    palette, box = workspace._palette, workspace.search
    painted = [0]

    class Paints(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            painted[0] += event.type() == QEvent.Type.Paint
            return False

    paints = Paints()
    for widget in (palette, *palette.findChildren(QWidget)):
        widget.installEventFilter(paints)
    times: dict[str, list[float]] = {}
    for word in WORDS * 5:
        box.clear()
        _rest(app, frame, 0.1)
        for letter in word:
            before, begun = painted[0], time.perf_counter()
            QTest.keyClicks(box, letter)
            wanted = box.text()
            _spin(app, lambda: palette._shown == wanted and painted[0] > before)  # noqa: B023
            times.setdefault(wanted, []).append((time.perf_counter() - begun) * 1e3)
    # Each stroke's own median first: a computer shared with others would otherwise fill the last percent.
    each = sorted(sorted(taken)[len(taken) // 2] for taken in times.values())
    done(p99_ms=each[int(len(each) * 0.99)], p50_ms=each[len(each) // 2])


def make() -> None:
    """A company with so many customers, its password stretched as in earnest."""
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


# Beneath


def _when_painted(tell: Callable[[Any], None]) -> None:
    """Call with the frame once its first page is painted."""
    from ui.main.frame import Frame

    first = Frame._after_first_paint

    def after(self: Frame) -> None:
        tell(self)
        first(self)

    Frame._after_first_paint = after  # type: ignore[method-assign]


def _when_list_painted(at: list[float]) -> None:
    """Note when a list was painted with the text of its first rows."""
    from ui.table import Table

    paint = Table.paintEvent

    def painted(self: Table, event: Any) -> None:
        has_rows = _has_rows(self)
        paint(self, event)
        if has_rows:
            at.append(time.perf_counter())

    Table.paintEvent = painted  # type: ignore[method-assign]


def _timed_argon2() -> list[float]:
    """Where the milliseconds of Argon2 itself will stand, taken from the very run that is measured."""
    from app.crypto import passwords
    from app.vault import unlock as unlocking

    taken: list[float] = []
    stretch = passwords.stretch

    def timed(*given: Any) -> Any:
        begun = time.perf_counter()
        try:
            return stretch(*given)
        finally:
            taken.append((time.perf_counter() - begun) * 1e3)

    for module in (passwords, unlocking):
        if hasattr(module, "stretch"):
            setattr(module, "stretch", timed)  # noqa: B010
    return taken


def _at_unlock() -> tuple[Any, Any]:
    """The program as it waits for the password, everything done that it does meanwhile."""
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    app = QApplication([])
    from ui.main.frame import Frame
    from ui.preferences import preferences

    preferences().keep_in(Path(GIVEN["home"]), "en")
    frame = Frame(Path(GIVEN["home"]))
    frame.begin()
    _spin(app, lambda: frame._painted)
    _rest(app, frame, 1)
    return app, frame


def _table(frame: Any) -> Any:
    from ui.table import Table

    return next(table for table in frame.findChildren(Table) if table.isVisible())


def _has_rows(table: Any) -> bool:
    """Whether every row in sight has its text."""
    first, last = table.rowAt(1), table.rowAt(table.viewport().height() - 2)
    if first < 0:
        return False
    last = table.rows.rowCount() - 1 if last < 0 else last
    return all(table.rows.row(position) is not None for position in range(first, last + 1))


def _scroll(app: Any, view: Any, row_px: int, is_ready: Callable[[], bool]) -> dict[str, float]:
    """Milliseconds of a frame by three strides, and the slowest percent while scrolling without a pause.

    Strides are counted in the processor's time of this thread, which does not see what else the computer does.
    """
    bar, viewport = view.verticalScrollBar(), view.viewport()
    view.setFocus()
    found: dict[str, float] = {}
    position = 0
    for name, rows in (("line", 3), ("page", 20), ("jump", 9973)):
        times = []
        for _turn in range(FRAMES):
            position = (position + rows * row_px) % (bar.maximum() + 1)
            bar.setValue(position)
            viewport.repaint()
            _spin(app, is_ready)  # a frame with everything on it is what is measured
            begun = time.thread_time()
            viewport.repaint()
            times.append((time.thread_time() - begun) * 1e3)
        found[name] = sorted(times)[len(times) // 2]
    times = []
    for _turn in range(2 * FRAMES):  # as a wheel does it: whatever is there is painted, the rest comes later
        position = (position + 3 * row_px) % (bar.maximum() + 1)
        begun = time.perf_counter()
        bar.setValue(position)
        viewport.repaint()
        taken = time.perf_counter() - begun
        times.append(taken * 1e3)
        until = begun + 1 / 60
        app.processEvents()
        while time.perf_counter() < until:
            app.processEvents()
            time.sleep(0.001)
    found["flow_p99"] = sorted(times)[int(len(times) * 0.99)]
    return found


def _keep_cells(table: Any) -> None:
    """What the list shows, for the floor to show the same."""
    header, rows = table.header, table.rows
    sections = [header.logicalIndex(visual) for visual in range(header.count())]
    sections = [section for section in sections if header.sectionSize(section)]
    first = max(0, table.rowAt(1))
    cells = []
    for position in range(first, min(first + 100, rows.rowCount())):
        row = rows.row(position)
        if row is not None:
            cells.append([getattr(row.cells[section], "text", row.cells[section]) for section in sections])
    shape = {
        "cells": cells,
        "widths": [header.sectionSize(section) for section in sections],
        "row_px": table.verticalHeader().defaultSectionSize(),
        "font_px": table.font().pixelSize(),
        "families": table.font().families(),
        "width": table.viewport().width(),
        "height": table.viewport().height(),
    }
    with open(_cells_file(), "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(shape, file)


def _cells_file() -> str:
    return os.path.join(os.path.dirname(GIVEN["home"]), "cells.json")  # noqa: PTH118, PTH120


def _rest(app: Any, frame: Any, seconds: float) -> None:
    """Until nothing is under way, and so long more."""
    _spin(app, lambda: frame._jobs.idle and (frame._desk is None or frame._desk.jobs.idle))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        app.processEvents()
        time.sleep(0.005)


def _spin(app: Any, is_so: Callable[[], bool], patience_s: float = 60) -> None:
    end = time.monotonic() + patience_s
    while not is_so():
        app.processEvents()
        if time.monotonic() > end:
            raise TimeoutError


PROBES = {"minimal": minimal, "cpp": cpp, "unlock": unlock, "open": open_, "keys": keys, "make": make}

if __name__ == "__main__":
    try:
        PROBES[sys.argv[1]]()
    except BaseException:
        traceback.print_exc()  # the program has put its own hook in the place of Python's
        os._exit(1)
