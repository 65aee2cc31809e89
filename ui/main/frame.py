"""The top-level window. It shows in turn: welcome or unlock, the open book, unlock again."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QWidget

from app import i18n, paths
from app.i18n import _
from ui import errors
from ui.jobs import Job, Jobs
from ui.main.single import Single
from ui.main.speech import qt_speaks
from ui.preferences import preferences
from ui.theme import icon, look, pixmap, plain
from ui.unlock import Opened, UnlockPage, profile_names, with_memory
from ui.widgets.button_keys import ButtonKeys
from ui.widgets.gate import Gates

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QPaintEvent

    from app.bootstrap import Open, Waiting
    from ui.desk import Desk
    from ui.main.idle import IdleWatch
    from ui.main.warming import WarmUp
    from ui.welcome import WelcomePage
    from ui.window import Workspace

USUAL_SIZE = (1280, 820)
"""Where nothing is remembered and the screen has room; the lists' usual columns fit into it."""
ICONS_AHEAD = (
    *(
        "arrow-left",
        "arrow-right",
        "undo",
        "redo",
        "search",
        "lock",
        "leave",
        "theme",
        "plus",
        "minus",
        "language",
    ),
    *(
        "customers",
        "contacts",
        "settings",
        "import",
        "export",
        "filter",
        "columns",
        "bookmark",
        "chevron-down",
    ),
    *("stop", "close", "trash", "pencil", "tag", "copy", "open", "contact", "building"),
)


class Frame(QMainWindow):
    """Nothing that touches keys or data is imported until the first paint is done."""

    def __init__(self, home: Path, profile: str | None = None) -> None:
        super().__init__()
        self.home = home
        self._asked = profile
        self._jobs = Jobs(errors.show, self)
        self._button_keys = ButtonKeys(self)
        self._single: Single | None = None
        self._opened: Opened | None = None
        self._waiting: Waiting | None = None
        self._desk: Desk | None = None
        self._idle: IdleWatch | None = None
        self._painted = False
        self._begun = False
        self._warm_up: WarmUp | None = None
        self._may_keyring = True
        self._shape = (i18n.language(), look().tokens.scale)
        self.setWindowTitle("Provender")
        self.setMinimumSize(640, 440)

    # Beginning and ending

    def begin(self) -> bool:
        """Show the first page. False if another window of ours holds the profile and came to the front."""
        names = profile_names(self.home)
        chosen = self._chosen(names)
        if chosen is not None and not self._take(chosen):
            return False
        self._gate(names, chosen)
        self._place()
        self.show()
        i18n.on_switched(self._dress_soon)
        look().changed.connect(self._relabel)
        return True

    def end(self) -> None:
        """The program is closing: finish what is being written and close the book."""
        self._close_book(forget=False)
        _stop(self.centralWidget())
        self._jobs.close()
        self._close_waiting(wait=True)
        if self._single is not None:
            self._single.release()

    @property
    def is_at_rest(self) -> bool:
        """Whether it is painted and all that was to be done in the background is done. For tests and pictures."""
        return self._begun and self._warm_up is not None and self._warm_up.is_over and self._jobs.idle

    def _after_first_paint(self) -> None:
        gc.freeze()
        gc.enable()
        sys.excepthook = self._our_mistake
        look().follow_system()
        from PySide6.QtGui import QIcon

        from ui.main.warming import WarmUp

        self.setWindowIcon(QIcon(pixmap("logo", "accent", 64)))
        if self._single is not None:
            self._single.listen(self, self._come_to_front)
        _begin(self.centralWidget())
        self._warm_up = WarmUp(self._jobs, self)
        self._draw_ahead(iter(ICONS_AHEAD))
        self._begun = True

    def _draw_ahead(self, names: Iterator[str]) -> None:
        """Draw the icons of the open book while the password is typed, a few at a time: each takes 0.2 ms."""
        some = tuple(islice(names, 4))
        for name in some:
            icon(name)
        if some:
            QTimer.singleShot(20, self, lambda: self._draw_ahead(names))

    def _chosen(self, names: list[str]) -> str | None:
        if self._asked is not None:
            return self._asked if self._asked in names else None
        last = preferences().settings.last_profile
        if len(names) == 1 or last in names:
            return last if last in names else names[0]
        return None

    def _take(self, name: str) -> bool:
        single = Single(paths.profile(self.home, name))
        if self._single is not None and self._single.folder == single.folder:
            return True
        if not single.take() and single.raise_other():
            return False
        if self._single is not None:
            self._single.release()
        self._single = single
        if self._painted:
            single.listen(self, self._come_to_front)
        return True

    # Pages

    def _gate(self, names: list[str], chosen: str | None) -> None:
        if names:
            page = UnlockPage(self.home, names, chosen, self._jobs, may_keyring=self._may_keyring)
            page.opened.connect(self._enter)
            page.waiting.connect(self._wait)
            page.join_wanted.connect(lambda: self._welcome(first=False).show_join())
            page.make_wanted.connect(partial(self._welcome, first=False))
            page.restore_wanted.connect(self._restore)
            page.last_deleted.connect(self._last_deleted)
            self._put(page)
        else:
            self._welcome(first=True)

    def _last_deleted(self, said: str) -> None:
        self._welcome(first=True)
        self._tell(said)

    def _tell(self, said: str) -> None:
        """Say on the page before a book what became of the last one."""
        page = self.centralWidget()
        if said and isinstance(page, Gates):
            page.tell(said)

    def _restore(self) -> None:
        """Ask for a backup upon the page in sight, which stays if none is chosen."""
        from ui.welcome import pick_backup

        def chosen(path: str) -> None:
            self._welcome(first=False).check(path)

        pick_backup(self.centralWidget() or self, chosen)

    def _welcome(self, *, first: bool) -> WelcomePage:
        from ui.welcome import WelcomePage

        page = WelcomePage(self.home, self._jobs, first=first)
        page.opened.connect(self._made)
        page.waiting.connect(self._wait)
        page.back_wanted.connect(self._back_to_unlock)
        page.demo_wanted.connect(self._open_demo)
        page.language_wanted.connect(_speak_soon)
        self._put(page)
        return page

    def _wait(self, waiting: Waiting) -> None:
        """A vault that waits to be let into its company."""
        from ui.welcome import WaitingPage

        self._take(waiting.profile.name)
        preferences().choose(last_profile=waiting.profile.name)
        self._waiting = waiting
        page = WaitingPage(waiting, self._jobs)
        page.entered.connect(self._let_in)
        page.left.connect(self._stop_waiting)
        self._put(page)

    def _let_in(self, book: Open) -> None:
        self._waiting = None
        self._enter(with_memory(book))

    def _stop_waiting(self) -> None:
        """Back to the other companies; this one goes on waiting when it is opened again."""
        _stop(self.centralWidget())
        self._may_keyring = False
        self._back_to_unlock()
        self._close_waiting(wait=False)

    def _close_waiting(self, *, wait: bool) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        if wait:
            waiting.close()
            return
        job: Job[None] = Job(self, lambda _job: waiting.close(forget=True), writes=True, talks=True)
        self._jobs.start(job)

    def _back_to_unlock(self) -> None:
        names = profile_names(self.home)
        self._gate(names, self._chosen(names))

    def _put(self, page: QWidget) -> None:
        old = self.takeCentralWidget()
        self.setCentralWidget(page)
        if old is not None:
            old.hide()
            old.deleteLater()
        # At once: Qt would show it a turn of the event loop later, and keys typed meanwhile would be lost.
        page.show()
        page.setFocus()
        if self._painted:
            _begin(page)

    def _made(self, book: Open) -> None:
        self._enter(with_memory(book))

    def _open_demo(self) -> None:
        page = self.centralWidget() or self

        def make(job: Job[Opened]) -> Opened:
            from app import demo
            from app.gateway import progress

            with progress.listening(job.step):
                return with_memory(demo.open_or_create(self.home))

        job: Job[Opened] = Job(page, make, writes=True)
        job.label, job.then = _("Making the demonstration company…"), self._enter
        self._jobs.start(job)

    # The open book

    def _enter(self, opened: Opened) -> None:
        from ui.desk import Desk
        from ui.link import Link
        from ui.main.idle import IdleWatch
        from ui.main.tidying import Tidying
        from ui.main.verdicts import judge

        name = opened.book.profile.name
        self._take(name)
        self._opened = opened
        desk = Desk(opened.book.session, opened.remembered, self)
        desk.book = opened.book
        desk.lock_wanted.connect(self.lock)
        desk.link = Link(opened.book, desk)
        desk.link.lock_wanted.connect(self.lock, Qt.ConnectionType.QueuedConnection)
        desk.link.learnt.connect(self._learnt, Qt.ConnectionType.QueuedConnection)
        Tidying(desk)
        self._desk = desk
        preferences().choose(last_profile=name)
        preferences().changed.connect(self._limits)
        self._idle = IdleWatch(self, preferences().settings.lock_minutes, self.lock)
        self._entitle()
        self._put(self._workspace(None))
        judge(desk, self.centralWidget(), opened.book, self._start_own)
        desk.link.begin()

    def _entitle(self) -> None:
        assert self._opened is not None
        name = self._opened.book.session.identity.company_name
        self.setWindowTitle(plain(_("{company} – Provender").format(company=name)) if name else "Provender")

    def _learnt(self) -> None:
        """Synchronisation has brought other names, or opened what was closed: show it everywhere."""
        if self._opened is None or self._desk is None:
            return
        self._entitle()
        carry = getattr(self.centralWidget(), "carry", None)
        self._put(self._workspace(carry() if carry else None))

    def _workspace(self, carried: Any) -> Workspace:
        from ui.palette import SearchPalette
        from ui.widgets.looks import look_actions
        from ui.window import Workspace

        assert self._desk is not None
        workspace = Workspace(self._desk, carried, palette=SearchPalette, more=look_actions())
        workspace.quit_wanted.connect(self.close)
        workspace.start()
        return workspace

    def _start_own(self) -> None:
        """Leave the demonstration for a company of one's own."""
        self._welcome(first=False)
        self._close_book(forget=False, wait=False)
        self.setWindowTitle("Provender")

    def lock(self, said: str = "") -> None:
        """Close the book, wipe its keys, ask for the password."""
        if self._opened is None:
            return
        name = self._opened.book.profile.name
        self._may_keyring = False
        self.setWindowTitle("Provender")
        self._gate(profile_names(self.home), name)
        self._tell(said)
        self._close_book(forget=True, wait=False)
        from PySide6.QtGui import QGuiApplication, QPixmapCache

        QPixmapCache.clear()
        if (clipboard := QGuiApplication.clipboard()).ownsClipboard():
            clipboard.clear()  # what was copied out of the book; what another program put there stays

    def _close_book(self, *, forget: bool, wait: bool = True) -> None:
        opened, desk, idle = self._opened, self._desk, self._idle
        self._opened = self._desk = self._idle = None
        if idle is not None:
            idle.deleteLater()
            preferences().changed.disconnect(self._limits)
        if opened is None or desk is None:
            return

        def close(_job: Job[None] | None = None) -> None:
            if desk.link is not None:
                desk.link.stop()
            desk.close()  # what is being written is finished first
            opened.book.close(forget=forget)

        if wait:
            close()
            return
        # The next try at the password waits behind this on the same thread.
        job: Job[None] = Job(self, close, writes=True)
        job.then = lambda _nothing: desk.deleteLater()
        self._jobs.start(job)

    def _limits(self) -> None:
        if self._idle is not None:
            self._idle.limit(preferences().settings.lock_minutes)

    # Language and look

    def _dress_soon(self) -> None:
        # Fonts differ by language. Mostly the look is dressed right after, and this finds nothing to do.
        if shiboken6.isValid(self):
            QTimer.singleShot(0, self, lambda: look().use() if self._is_stale else None)

    @property
    def _is_stale(self) -> bool:
        return self._shape != (i18n.language(), look().tokens.scale)

    def _relabel(self) -> None:
        """Build the page anew in another language or size; at once, or keys that wait would go to the old one."""
        if not shiboken6.isValid(self) or not self._is_stale:
            return
        before, self._shape = self._shape, (i18n.language(), look().tokens.scale)
        if self._shape[0] != before[0]:
            qt_speaks()
        page = self.centralWidget()
        if self._desk is not None:
            carry = getattr(page, "carry", None)
            self._put(self._workspace(carry() if carry else None))
        elif isinstance(page, UnlockPage):
            self._back_to_unlock()
        elif self._waiting is not None:
            return  # what it is asking just now must not be lost; it has few words
        elif page is not None:
            self._welcome(first=not profile_names(self.home))

    # Qt's events

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._after_first_paint)

    def closeEvent(self, event: QCloseEvent) -> None:
        from ui.widgets.screen import Screen

        shown = getattr(self.centralWidget(), "shown", None)
        if isinstance(shown, Screen) and not shown.leave():
            event.ignore()
            return
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        preferences().choose(window=geometry)
        super().closeEvent(event)

    def _place(self) -> None:
        saved = preferences().settings.window
        if not saved or not self.restoreGeometry(QByteArray.fromBase64(saved.encode())):
            area = self.screen().availableGeometry()
            width, height = USUAL_SIZE
            self.resize(min(width, area.width() - 40), min(height, area.height() - 60))

    def _come_to_front(self) -> None:
        self.setWindowState(self.windowState() & ~_minimized())
        self.show()
        self.raise_()
        self.activateWindow()

    def _our_mistake(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self.close()
            return
        errors.show(error.with_traceback(trace), self)


def _begin(page: QWidget | None) -> None:
    """Pages that have work to do after they are painted offer `begin`."""
    begin = getattr(page, "begin", None)
    if begin is not None:
        begin()


def _stop(page: QWidget | None) -> None:
    """Pages that wait for a network offer `stop`."""
    stop = getattr(page, "stop", None)
    if stop is not None:
        stop()


def _speak_soon(language: str) -> None:
    # Not at once: the button that was pressed lives on the page that goes.
    QTimer.singleShot(0, preferences(), lambda: preferences().choose(language=language))


def _minimized() -> Any:
    from PySide6.QtCore import Qt

    return Qt.WindowState.WindowMinimized
