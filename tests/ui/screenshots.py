"""Pictures of every screen, in both languages and all themes, with much and with no data.

    python -m tests.ui.screenshots DIR [--only NAME] [--scale PER_CENT]

writes DIR/{language}/{theme}/{screen}-{much|none}.png, and what one comes to inside the screens. Works without
a display.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QMessageLogContext, QPoint, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget

from app import bootstrap
from app.bootstrap import Open, Waiting
from app.clock import FakeClock
from app.crypto import passwords
from app.features.crm import demonstration
from app.gateway.command import command
from app.gateway.tx import Tx
from app.i18n import LANGUAGES, N_
from app.vault.keychain import NoKeychain
from tests.sync.client.world import World
from tests.ui import gallery
from tests.ui.company import RelayLink, WorldNow, a_company
from tests.ui.company_scenes import company_scenes
from tests.ui.scenes import Scene, scenes
from ui.desk import Desk
from ui.jobs import Jobs
from ui.link import Link
from ui.palette import SearchPalette
from ui.preferences import preferences
from ui.screens import SCREENS, ScreenOf
from ui.theme import NAMES, look
from ui.unlock import UnlockPage
from ui.welcome import WaitingPage, WelcomePage
from ui.widgets.looks import look_actions
from ui.widgets.screen import Screen
from ui.window import Workspace

SIZE = (1280, 820)
CUSTOMERS = 400
PASSWORD = "seven uncommon words walk home"


PAGES: dict[str, type[Screen]] = {
    "parts": gallery.PartsPage, "list": gallery.ListPage, "empty": gallery.EmptyPage, "form": gallery.FormPage
}  # fmt: skip


class _Made(ScreenOf):
    """A page of the gallery as a place."""

    def load(self) -> type[Screen]:
        return PAGES[self.name]


GALLERY = tuple(_Made(name, name.title(), "box", "", "") for name in PAGES)


@command("screenshots.fill", N_("Fill"))
def fill(tx: Tx, count: int) -> None:
    """The demonstration company's customers."""
    for record in demonstration.records(count, now_ms=tx.now):
        tx.save(record)


def main() -> int:
    """Write the pictures; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", help="screens whose name contains this")
    parser.add_argument("--scale", type=int, default=100)
    options = parser.parse_args()
    qInstallMessageHandler(_hear)
    app = QApplication(sys.argv[:1])
    count = 0
    with (
        tempfile.TemporaryDirectory(prefix="provender-pictures-") as scratch,
        _book(Path(scratch) / "much", CUSTOMERS) as much,
        _book(Path(scratch) / "none", 0) as none,
        a_company() as company,
    ):
        for language in LANGUAGES:
            for theme in NAMES:
                preferences().choose(language=language, theme=theme, text_size=options.scale)
                look().use()
                folder = options.folder / language / theme
                folder.mkdir(parents=True, exist_ok=True)
                for name, make in _pages(much, none, company, Path(scratch)):
                    if options.only and options.only not in name:
                        continue
                    widget, done = make()
                    picture(app, widget, folder / f"{name}.png")
                    done()
                    widget.deleteLater()
                    app.processEvents()
                    count += 1
    print(f"{count} pictures in {options.folder}")
    return 0


def _hear(_kind: QtMsgType, _where: QMessageLogContext, text: str) -> None:
    if not text.startswith("This plugin does not support"):  # of a screen that is not there
        sys.stderr.write(text + "\n")


Make = Callable[[], tuple[QWidget, Callable[[], None]]]


def _pages(much: Open, none: Open, company: WorldNow, scratch: Path) -> Iterator[tuple[str, Make]]:
    for amount, book in (("much", much), ("none", none)):
        for place in SCREENS:
            yield (
                f"{place.name}-{amount}",
                partial(_workspace, book, SCREENS, place.name),
            )
    for name, scene in scenes(scratch):
        yield name, partial(_scene, much, scene)
    for name, scene in company_scenes():
        yield name, partial(_company_scene, company, scene)
    for place in GALLERY:
        yield f"gallery-{place.name}", partial(_workspace, much, GALLERY, place.name)
    yield "welcome", lambda: _gate(lambda jobs: WelcomePage(scratch, jobs))
    yield "make-company", lambda: _gate(lambda jobs: WelcomePage(scratch, jobs, first=False))
    yield "join", lambda: _gate(partial(_joining, scratch))
    yield "join-waiting", lambda: _gate(partial(_waiting, company))
    yield "unlock", lambda: _gate(lambda jobs: UnlockPage(scratch, ["main"], "main", jobs))


def _workspace(book: Open, places: tuple[ScreenOf, ...], name: str) -> tuple[QWidget, Callable[[], None]]:
    desk = Desk(book.session, book.session.recall_all(""))
    desk.book = book
    desk.link = Link(book, desk)
    workspace = Workspace(desk, places=places)
    workspace.go(name, {})
    return workspace, desk.close


def _scene(book: Open, scene: Scene) -> tuple[QWidget, Callable[[], None]]:
    desk = Desk(book.session, book.session.recall_all(""))
    desk.book = book
    desk.link = Link(book, desk)
    return _played(desk, scene)


def _company_scene(world: World, scene: Scene) -> tuple[QWidget, Callable[[], None]]:
    desk = Desk(world.owner.session, world.owner.session.recall_all(""))
    desk.link = RelayLink(world.owner, desk)
    desk.link.begin()
    return _played(desk, scene)


def _played(desk: Desk, scene: Scene) -> tuple[QWidget, Callable[[], None]]:
    workspace = Workspace(desk, palette=SearchPalette, more=look_actions())
    workspace.resize(*SIZE)
    workspace.show()
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    settle(app, workspace)
    put_back = scene(workspace, partial(settle, app, workspace))

    def done() -> None:
        if put_back is not None:
            put_back()
            settle(app, workspace)
        if desk.link is not None:
            desk.link.stop()
        desk.close()

    return workspace, done


def _gate(make: Callable[[Jobs], QWidget]) -> tuple[QWidget, Callable[[], None]]:
    jobs = Jobs(lambda error, owner: None)
    return make(jobs), jobs.close


def _joining(scratch: Path, jobs: Jobs) -> QWidget:
    page = WelcomePage(scratch, jobs)
    page.show_join()
    return page


def _waiting(company: WorldNow, jobs: Jobs) -> QWidget:
    """As somebody sees it whose computer the owner finds under Members."""
    page = WaitingPage(cast("Waiting", SimpleNamespace(joining=company.guest)), jobs)
    page._answered(("waiting", None))
    return page


def picture(app: QApplication, widget: QWidget, file: Path, size: tuple[int, int] = SIZE) -> None:
    """Show, let the data come, and write what is seen."""
    widget.resize(*size)
    widget.show()
    settle(app, widget)
    seen = widget.grab()
    for above in (one for one in app.topLevelWidgets() if one.isVisible() and one is not widget):
        with QPainter(seen) as painter:  # sheets and questions, where they stand on the screen
            painter.drawPixmap(above.mapToGlobal(QPoint()) - widget.mapToGlobal(QPoint()), above.grab())
        above.close()
    seen.save(str(file))
    widget.hide()


def settle(app: QApplication, widget: QWidget, patience_s: float = 5.0) -> None:
    """Until nothing is asked any more, and a moment longer."""
    desk = getattr(widget, "desk", None)
    until = time.monotonic() + patience_s
    quiet = 0
    while time.monotonic() < until and quiet < 8:
        app.processEvents()
        quiet = quiet + 1 if desk is None or desk.jobs.idle else 0
        time.sleep(0.01)


@contextmanager
def _book(home: Path, customers: int) -> Iterator[Open]:
    book = bootstrap.create_company(
        home, demonstration.COMPANY, "Wang Jiali", PASSWORD,
        keychain=NoKeychain(), clock=FakeClock(), parameters=passwords.minimum(), demo=True,
    )  # fmt: skip
    try:
        if customers:
            book.session.do(fill, customers)
        yield book
    finally:
        book.close()


if __name__ == "__main__":
    raise SystemExit(main())
