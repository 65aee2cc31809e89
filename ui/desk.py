"""The only way from a widget to the data: `desk.ask` and `desk.do`, and what follows when they are done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from app.errors import AppError, Locked
from app.gateway import progress
from app.gateway.command import Command, Query
from app.i18n import _, ngettext
from ui import errors
from ui.jobs import Job, Jobs

if TYPE_CHECKING:
    from app.bootstrap import Open
    from app.gateway.session import Session
    from sync.client.talk import Talk
    from ui.link import Link

P = ParamSpec("P")
R = TypeVar("R")
Kinds = frozenset[str]


class Door(Protocol):
    """What the desk needs of app.gateway's Session."""

    identity: Any

    def do(self, command: Any, /, *args: Any, **kw: Any) -> Any: ...
    def ask(self, query: Any, /, *args: Any, **kw: Any) -> Any: ...
    def undo(self, mark: Any = None, /) -> Any: ...
    def redo(self) -> Any: ...
    def undoable(self) -> str | None: ...
    def redoable(self) -> str | None: ...
    def on_changed(self, listener: Callable[[Kinds], None], /) -> None: ...
    def remember(self, name: str, value: Any, /) -> None: ...
    def recall_all(self, start: str, /) -> dict[str, Any]: ...
    def tidy(self) -> bool: ...


class Pending(Generic[R]):
    """Work that is described but not begun: say what follows, then `start`."""

    def __init__(
        self, jobs: Jobs, owner: QObject, work: Callable[[Job[R]], R], *, writes: bool, talks: bool = False
    ) -> None:
        self._jobs = jobs
        self._job: Job[R] = Job(owner, work, writes=writes, talks=talks)
        self._latest = ""

    def label(self, text: str) -> Pending[R]:
        """Show progress under this text, with a Stop, should it take longer than half a second."""
        self._job.label = text
        return self

    def then(self, follow: Callable[[R], object]) -> Pending[R]:
        """Call this with the result, on the GUI thread, if the owner still lives."""
        self._job.then = follow
        return self

    def failed(self, follow: Callable[[BaseException], object]) -> Pending[R]:
        """Call this with the error instead of showing it."""
        self._job.failed = follow
        return self

    def cancelled(self, follow: Callable[[], object]) -> Pending[R]:
        """Call this where the person stopped it, also before it had begun."""
        self._job.cancelled = follow
        return self

    def latest(self, key: str) -> Pending[R]:
        """Only the newest of this owner's work under `key` counts; older results are dropped."""
        self._latest = key
        return self

    def start(self) -> Job[R]:
        """Begin. The job returned can be stopped."""
        self._jobs.start(self._job, self._latest)
        return self._job


class Memory:
    """What screens remember on this device (columns, drafts), in the vault: they may name customers.

    Read once when the book opens; written by the store's thread, a moment after it was said.
    """

    def __init__(self, desk: Desk, kept: dict[str, Any]) -> None:
        self._desk, self._kept = desk, kept

    def get(self, key: str) -> Any:
        """What was remembered under this key, or None."""
        return self._kept.get(key)

    def set(self, key: str, value: Any) -> None:
        """Remember a value that JSON can hold; None forgets it."""
        if value is None:
            self._kept.pop(key, None)
        else:
            self._kept[key] = value
        self._desk.remember(key, value)

    def keys(self, start: str) -> list[str]:
        """The keys that begin so."""
        return [key for key in self._kept if key.startswith(start)]


class Desk(QObject):
    """One per unlocked session. Screens talk to the data and to the window through it, and to nothing else."""

    changed = Signal(frozenset)  # kinds of record that are no longer as they were
    opened = Signal(str, object, object)  # kind, id or None, dict of what else: show this record
    shown = Signal(str, object)  # name of a screen, dict of what else: go there
    said = Signal(str, bool)  # a sentence in passing; with True it carries an Undo button
    offered = Signal(
        str, str, object
    )  # a sentence in passing, with a button of this text that calls the object
    lock_wanted = Signal(str)  # what is then said; usually nothing
    _stirred = Signal(object)

    def __init__(
        self, session: Door, remembered: dict[str, Any] | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.memory = Memory(self, remembered or {})
        self.book: Open | None = None  # given by main; only work on the vault itself needs it
        self.link: Link | None = None  # given by main: what there is of a server
        self.jobs = Jobs(errors.show, self)
        self._stirred.connect(self.changed, Qt.ConnectionType.QueuedConnection)
        session.on_changed(self._on_changed)

    def do(self, owner: QObject, command: Command[P, R], *args: P.args, **kw: P.kwargs) -> Pending[R]:
        """A command, to be run on the store's thread."""

        def work(job: Job[R]) -> R:
            with progress.listening(job.step):
                result: R = self.session.do(command, *args, **kw)
            return result

        return Pending(self.jobs, owner, work, writes=True)

    def ask(self, owner: QObject, query: Query[P, R], *args: P.args, **kw: P.kwargs) -> Pending[R]:
        """A query, to be run by a reader; it never waits behind a writer."""

        def work(job: Job[R]) -> R:
            with progress.listening(job.step):
                result: R = self.session.ask(query, *args, **kw)
            return result

        return Pending(self.jobs, owner, work, writes=False)

    def vault(
        self, owner: QObject, work: Callable[Concatenate[Open, P], R], *args: P.args, **kw: P.kwargs
    ) -> Pending[R]:
        """Work on the vault itself (its password, its keys, a backup), on the store's thread.

        `work` gets what bootstrap opened, then the arguments. Argon2id alone takes half a second.
        """

        def worked(job: Job[R]) -> R:
            if self.book is None:
                raise Locked(_("The book is locked. Unlock it and try again."))
            with progress.listening(job.step):
                return work(self.book, *args, **kw)

        return Pending(self.jobs, owner, worked, writes=True)

    def talk(
        self,
        owner: QObject,
        make: Callable[Concatenate[Session, P], Talk[R]],
        *args: P.args,
        **kw: P.kwargs,
    ) -> Pending[R]:
        """A conversation with the company's server (`sync.client.enrol`), on a thread of its own."""

        def work(_job: Job[R]) -> R:
            if self.link is None:
                raise Locked(_("The book is locked. Unlock it and try again."))
            return self.link.hold(lambda session: make(session, *args, **kw))

        return Pending(self.jobs, owner, work, writes=True, talks=True)

    def speak(self, owner: QObject, work: Callable[[], R]) -> Pending[R]:
        """Other work that waits for a network."""
        return Pending(self.jobs, owner, lambda _job: work(), writes=True, talks=True)

    def run(self, owner: QObject, work: Callable[[Job[R]], R], *, writes: bool = False) -> Pending[R]:
        """Work that is no command or query (reading a file, a PDF, the vault): `work` gets the job to report to.

        `writes`: in its turn on the store's thread.
        """
        return Pending(self.jobs, owner, work, writes=writes)

    def undo(self, owner: QObject, mark: object = None) -> None:
        """Take back the last step, or the one of a session's mark, and say so."""
        self._turn(owner, lambda: self.session.undo(mark), _("Undone: {label}"))

    def redo(self, owner: QObject) -> None:
        """Do again what was taken back and say so."""
        self._turn(owner, self.session.redo, _("Done again: {label}"))

    def open(self, kind: str, id_: object = None, **where: object) -> None:
        """Show a record; without id, an empty form for a new one."""
        self.opened.emit(kind, id_, where)

    def show(self, screen: str, **where: object) -> None:
        """Go to a screen by its name in SCREENS."""
        self.shown.emit(screen, where)

    def say(self, text: str, *, undo: bool = False) -> None:
        """A sentence in passing, at the foot of the window; `undo` puts an Undo button beside it."""
        self.said.emit(text, undo)

    def offer(self, text: str, button: str, act: Callable[[], object]) -> None:
        """A sentence in passing, with a button beside it for what may be wanted next."""
        self.offered.emit(text, button, act)

    def remember(self, key: str, value: Any) -> None:
        """Write what a screen remembers; use `memory`."""

        def work(_job: Job[None]) -> None:
            self.session.remember(key, value)

        Pending(self.jobs, self, work, writes=True).start()

    def lock(self, said: str = "") -> None:
        """Ask the program to lock, and to say why if that needs to be said."""
        self.lock_wanted.emit(said)

    def close(self) -> None:
        """Stop all work and wait for what is being written. The session itself is closed by who opened it."""
        self.jobs.close()

    def _turn(self, owner: QObject, turn: Callable[[], Any], sentence: str) -> None:
        def landed(undone: Any) -> None:
            if undone.kept_count:
                text = ngettext(
                    "{sentence}. One newer change was left as it is.",
                    "{sentence}. {n} newer changes were left as they are.",
                    undone.kept_count,
                )
                self.say(text.format(sentence=sentence.format(label=_(undone.label)), n=undone.kept_count))
            else:
                self.say(sentence.format(label=_(undone.label)))

        def failed(error: BaseException) -> None:
            if isinstance(error, AppError):
                self.say(error.text)
            else:
                errors.show(error, owner)

        def work(job: Job[Any]) -> Any:
            with progress.listening(job.step):
                return turn()

        pending = Pending(self.jobs, owner, work, writes=True).label(_("Undoing…"))
        pending.then(landed).failed(failed).start()

    def _on_changed(self, kinds: Kinds) -> None:
        """Called on the thread that wrote; the signal carries it over."""
        self._stirred.emit(kinds)
