"""The one door: rights, transaction, audit and undo for everything that is done or asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, NamedTuple, ParamSpec, TypeVar

from app.access.policy import Policy, Question
from app.access.scope import Scopes
from app.clock import Clock
from app.errors import AppError, Cancelled, Conflict, Locked, Refused
from app.gateway.book import Identity
from app.gateway.command import Command, Query
from app.gateway.ground import Ground
from app.gateway.syncing import Syncing
from app.gateway.tx import Tx
from app.gateway.undo import Undoing, Undone
from app.gateway.view import View
from app.gateway.writing import Writing
from app.i18n import N_, _
from app.ids import Id
from app.model.audit import Head, Outcome
from app.model.entity import entities
from app.model.roster import Roster
from app.model.statements import Stream
from app.store import learning, search
from app.store.database import Connection, Database
from app.store.facts import Facts
from app.store.journal import Journal
from app.store.numbers import Numbers
from app.store.state import state_hash
from app.store.undo_log import Entry, Mark, UndoLog

P = ParamSpec("P")
R = TypeVar("R")

UNDO: Command[[], Any] = Command("session.undo", N_("Undo"), lambda _tx: None)
REDO: Command[[], Any] = Command("session.redo", N_("Redo"), lambda _tx: None)


class Sight(NamedTuple):
    """What readers go by. Exchanged as a whole, so that no thread ever sees new rights with old scopes."""

    policy: Policy
    scopes: Scopes
    devices: Numbers
    books: Numbers
    device: Id
    may_ask: set[str]
    """Names of queries that the policy has let pass."""


class Session:
    """An open book. `do`, `undo` and `ingest` may be called from any one thread at a time; `ask` from any."""

    def __init__(
        self, database: Database, clock: Clock, identity: Identity, policy: Policy, roster: Roster
    ) -> None:
        self._database, self._clock = database, clock
        self.person, self.identity = policy.person, identity
        self._policy, self.roster = policy, roster
        self.ended = ""
        """Why nothing may be written any more, in a sentence; empty while this device belongs to the company."""
        self.barred = ""
        """Why nothing is shown or done for now: the company asks that this device synchronises first."""
        self._lock = threading.RLock()
        self._listeners: list[Callable[[frozenset[str]], None]] = []
        self._stand_on_writer()
        self._last_step = self._journal.newest(identity.device)
        self._closed = False
        self._is_stale = False
        self._views = threading.local()
        self.committed: Callable[[int, bytes], None] | None = None
        """Told of the audit head after each commit, so that a rollback of the file can be noticed."""
        self.closing: Callable[[], object] | None = None
        if not database.is_frozen and learning.is_due(database.writer):
            self._learn()

    # ---- doing

    def do(self, command: Command[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a command whole or not at all. Raises Refused where rights do not cover what it does."""
        with self._lock:
            self._allow(command)
            with self._transaction(command) as tx:
                result = command.run(tx, *args, **kwargs)
                self._settle(command, tx, undoable=command.undoable)
            self._told(tx)
            return result

    def undo(self, mark: Mark | None = None) -> Undone:
        """Take back the last command, or the one of this mark. Raises Conflict where there is none.

        What was changed after the command stays as it is and is reported.
        """

        def find() -> Entry | None:
            return self._undo.last_done() if mark is None else self._undo.done(mark)

        return self._turn(UNDO, find, _("There is nothing to undo."), 1)

    def redo(self) -> Undone:
        """Do again what the last undo took back. Raises Conflict where there is nothing."""
        return self._turn(REDO, self._undo.last_undone, _("There is nothing to redo."), 0)

    def undoable(self) -> str | None:
        """The label of what undo would take back."""
        with self._database.reader() as connection:
            entry = UndoLog(connection).last_done()
        return None if entry is None else _(entry.label)

    def undo_mark(self) -> Mark | None:
        """A name for the last command, by which `undo` takes it back even after others."""
        with self._database.reader() as connection:
            return UndoLog(connection).mark()

    def is_undoable(self, mark: Mark) -> bool:
        """Whether the command of this mark still stands and can be taken back."""
        with self._database.reader() as connection:
            return UndoLog(connection).done(mark) is not None

    def redoable(self) -> str | None:
        """The label of what redo would do again."""
        with self._database.reader() as connection:
            entry = UndoLog(connection).last_undone()
        return None if entry is None else _(entry.label)

    # ---- asking

    def ask(self, query: Query[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Answer a query on this thread's reading connection. Raises Refused.

        An audited query's row is written first; without it nothing is delivered.
        """
        if self._closed:
            raise Locked(_("The book is locked. Unlock it and try again."))
        if self.barred:
            raise Locked(self.barred)
        try:
            sight = self._sight
            if query.name not in sight.may_ask:
                sight.policy.require(Question("run", query.kind, query.name))
                sight.may_ask.add(query.name)
            if not query.audited:
                with self._database.reader() as connection:
                    return query.run(self._view(connection), *args, **kwargs)
            told: Mapping[str, str | int] = {}
            if query.detail:
                with self._database.reader() as connection, self._view(connection).revealing() as view:
                    told = query.detail(view, *args, **kwargs)
            # Not while reading: whoever closes the book waits for readers, and this may wait for him.
            self._note(query.name, "read", args, kwargs, told)
            with self._database.reader() as connection, self._view(connection).revealing() as view:
                return query.run(view, *args, **kwargs)
        except Refused:
            self._note(query.name, "refused", (), {}, {})
            raise

    # ---- other devices

    @cached_property
    def sync(self) -> Syncing:
        """What passes between this book and the company's others."""
        return Syncing(self)

    # ---- what screens remember on this device

    def remember(self, name: str, value: Any) -> None:
        """Keep a value of a screen (columns, a draft) in the vault; None forgets it. Never travels.

        A book that is open for reading only remembers nothing: nobody who looks at one is stopped for that.
        """
        if self._database.is_frozen:
            return
        with self._lock, self._database.transaction() as connection:
            Facts(connection, "memory").put(name, value, self._clock.now_ms())

    def recall(self, name: str, default: Any = None) -> Any:
        """What was remembered."""
        with self._database.reader() as connection:
            return Facts(connection, "memory").get(name, default)

    def recall_all(self, start: str) -> dict[str, Any]:
        """Everything remembered under names that begin so."""
        with self._database.reader() as connection:
            return Facts(connection, "memory").all(start)

    # ---- the vault

    @property
    def database(self) -> Database:
        """The file beneath, for backup and checks; never for reading records."""
        return self._database

    def head(self) -> Head:
        """The audit head: what rollback protection remembers."""
        with self._lock:
            return self._audit.head()

    def state_hash(self) -> bytes:
        """One hash of all that the book says; reads all of it."""
        with self._database.reader() as connection:
            return state_hash(connection, self._devices.ids)

    def tidy(self) -> bool:
        """Merge a little of what saves have left in the search index; whether there is more. For idle moments."""
        with self._lock:
            if self._closed or self._database.is_frozen:
                return False
            with self._database.transaction() as connection:
                return search.tidy(connection)

    def unsent(self) -> int:
        """Steps that no server has acknowledged."""
        with self._database.reader() as connection:
            return Journal(connection, self._devices, self._books).unsent()

    def on_changed(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Call with the kinds of record that changed, on the thread of the change."""
        self._listeners.append(listener)

    def note(self, name: str, outcome: Outcome, **detail: str | int) -> None:
        """Write an audit row for something that is no command: unlock, lock, backup, export."""
        with self._lock, self._database.transaction():
            head = self._audit.append(self._clock.now_ms(), self.person.member, name, outcome, [], detail)
        if self.committed:
            self.committed(*head)

    def close(self) -> None:
        """Close the book and wipe its key. Closing twice is harmless."""
        with self._lock:
            if not self._closed:
                self._closed = True
                if "sync" in self.__dict__:
                    self.sync.forget()
                try:
                    if self.closing:
                        self.closing()
                finally:
                    self._database.close()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nothing is written meanwhile. Re-keying, which gives the database another writer, happens in here."""
        with self._lock:
            try:
                yield
            finally:
                self._stand_on_writer()

    def go_on_as(self, identity: Identity, policy: Policy, roster: Roster) -> None:
        """From now on this is another device of the company: the old one's steps and numbers are its own no more."""
        with self._lock:
            self.identity, self.roster, self.ended = identity, roster, ""
            self._stand_on_writer()
            self._last_step = self._journal.newest(identity.device)
            self.take(policy)

    def renew(self, identity: Identity, policy: Policy, roster: Roster) -> None:
        """The roster has moved on: books, roles and rights are what it says now, also in what is on the screen."""
        with self._lock:
            before = (self.identity.books, self.person)
            self.identity, self.roster, self.ended = identity, roster, ""
            self.take(policy)
        if before != (identity.books, self.person):
            self._tell(frozenset(entity.name for entity in entities()))

    def end(self, roster: Roster, why: str) -> None:
        """This device belongs to the company no more: nothing is written from now on."""
        with self._lock:
            self.roster, self.ended = roster, why

    # ---- for what arrives

    @contextmanager
    def taking(self, command: Command[..., Any]) -> Iterator[Tx]:
        """One transaction for what other devices have written: no right of the person who sits here is asked."""
        with self._lock:
            if self._closed:
                raise Locked(_("The book is locked. Unlock it and try again."))
            with self._transaction(command) as tx:
                yield tx
                self._settle(command, tx, undoable=False)
            self._told(tx)

    @contextmanager
    def looking(self) -> Iterator[Ground]:
        """What the store says, from the writing connection; nobody writes meanwhile."""
        with self._lock:
            if self._closed:
                raise Locked(_("The book is locked. Unlock it and try again."))
            if self._is_stale:
                self._recover()
            yield self.ground

    @contextmanager
    def keeping(self) -> Iterator[Ground]:
        """One transaction for what concerns sending and keys: no row of a record changes."""
        with self.looking() as ground:
            try:
                with self._database.transaction():
                    yield ground
            except BaseException:
                self._is_stale = True
                raise

    def recount(self) -> None:
        """Steps may have other numbers than before."""
        with self.looking() as ground:
            self._last_step = ground.journal.newest(ground.device)

    def reached(self) -> None:
        """The server has something of ours: of that not even the last seconds may be rolled back unseen."""
        if self.committed:
            self.committed(*self.head())
        if self.closing:
            self.closing()

    @property
    def policy(self) -> Policy:
        """The rights that hold now."""
        return self._policy

    @property
    def clock(self) -> Clock:
        """The time."""
        return self._clock

    # ---- beneath

    def _stand_on_writer(self) -> None:
        """Everything that works on the writing connection, on the one that the database has now."""
        ground = self.ground = Ground(self._database, self.identity.device, self._clock.now_ms)
        self._devices, self._books = ground.devices, ground.books
        self._tables, self._journal, self._audit = ground.tables, ground.journal, ground.audit
        self._undo, self._facts, self._reader = ground.undo, ground.facts, ground.reader
        self._look_anew()

    def _learn(self) -> None:
        """After an update: what came before this program knew it takes its place."""
        with self.keeping() as ground:
            ground.tables.begin()
            for book, tier, kind in learning.unknown_kinds(ground.writer):
                ground.restoring(Stream(ground.books.ids[book], tier)).learn(kind)
            learning.Learning(ground.writer, ground.tables, ground.asides).run()

    def _look_anew(self) -> None:
        """Let every thread's next question go by what holds now."""
        identity = self.identity
        self._scopes = Scopes(self._policy, identity.books, identity.company_book, frozenset(self._books))
        self._books_seen = len(self._books)
        self._sight = Sight(
            self._policy, self._scopes, self._devices, self._books, self.identity.device, set()
        )

    def _view(self, connection: Connection) -> View:
        """This connection's view; made anew only after rights have changed."""
        kept: tuple[Sight, View] | None = getattr(self._views, "kept", None)
        sight = self._sight
        if kept is not None and kept[0] is sight and kept[1].connection() is connection:
            return kept[1]
        view = View(connection, sight.devices, sight.books, sight.scopes, sight.policy, sight.device)
        self._views.kept = (sight, view)
        return view

    def take(self, policy: Policy) -> None:
        """From now on these rights hold: what was remembered of the old ones is forgotten."""
        self._policy, self.person = policy, policy.person
        self._look_anew()

    def _allow(self, command: Command[..., Any]) -> None:
        if self._closed:
            raise Locked(_("The book is locked. Unlock it and try again."))
        try:
            if self.ended:
                raise Refused(self.ended)
            if self.barred:
                raise Locked(self.barred)
            self._policy.require(Question("run", command.kind, command.name))
        except Refused:
            self._note(command.name, "refused", (), {}, {})
            raise

    @contextmanager
    def _transaction(self, command: Command[..., Any]) -> Iterator[Tx]:
        if self._is_stale:
            self._recover()
        now = self._clock.now_ms()
        self._tables.begin()
        ground = self.ground
        asides = ground.asides if ground.is_connected else None
        writing = Writing(ground.tables, ground.journal, ground.device, self._last_step, now, asides)
        tx = Tx(
            writing, self._tables, self._reader, self._scopes, self.person, self._facts,
            self.identity.books, self.identity.company_book, now,
        )  # fmt: skip
        try:
            with self._database.transaction():
                yield tx
        except BaseException as error:
            self._tables.drop()
            self._is_stale = True
            with suppress(Exception):  # the first error is the one to tell, not what follows from it
                if not self._closed:
                    self._recover()
                    if not isinstance(error, Cancelled):
                        outcome: Outcome = "refused" if isinstance(error, Refused) else "failed"
                        code = error.code if isinstance(error, AppError) else type(error).__name__
                        self._note(command.name, outcome, (), {}, {"code": code})
            raise

    def _recover(self) -> None:
        """Forget what was remembered of a transaction that failed; it may even have been committed."""
        self._stand_on_writer()
        self._last_step = self._journal.newest(self.identity.device)
        self._is_stale = False

    def _settle(self, command: Command[..., Any], tx: Tx, *, undoable: bool) -> None:
        """The second question, then everything that belongs into the same transaction as the data."""
        writing = tx.writing
        writing.finish()
        for question in writing.questions():
            self._policy.require(question)
        if undoable and writing.last >= writing.first:
            self._undo.add(tx.label or command.label, tx.now, writing.first, writing.last)
        detail: dict[str, str | int] = {**tx.detail}
        if writing.last >= writing.first:
            detail |= {"first_step": writing.first, "last_step": writing.last}
            detail["fields"] = _field_names(writing)
        tx.head = self._audit.append(
            tx.now,
            self.person.member,
            command.name,
            "done",
            writing.touched,
            detail,
            tx.reason,
            writing.touched_count,
        )

    def _told(self, tx: Tx) -> None:
        """After the commit: only now do numbers and listeners move."""
        self._last_step = tx.writing.last
        if len(self._books) != self._books_seen:
            self._look_anew()
        if self.committed and tx.head:
            self.committed(*tx.head)
        if tx.writing.kinds:
            self._tell(frozenset(tx.writing.kinds))

    def _tell(self, kinds: frozenset[str]) -> None:
        for listener in tuple(self._listeners):
            listener(kinds)

    def _turn(self, command: Command[[], Any], find: Callable[[], Any], nothing: str, state: int) -> Undone:
        with self._lock:
            self._allow(command)
            with self._transaction(command) as tx:
                entry = find()
                if entry is None:
                    raise Conflict(nothing)
                undoing = Undoing(
                    tx.writing,
                    self._tables,
                    self._journal,
                    self._undo,
                    self.identity.device,
                    entry.first,
                    entry.last,
                )
                undoing.run()
                tx.detail["of_first_step"] = entry.first
                self._settle(command, tx, undoable=False)
                self._undo.turn(entry.number, tx.writing.first, tx.writing.last, state)
            self._told(tx)
            return Undone(_(entry.label), undoing.restored, tuple(undoing.kept), undoing.kept_count)

    def _note(
        self,
        name: str,
        outcome: Outcome,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        detail: Mapping[str, str | int],
    ) -> None:
        ids_ = [value for value in (*args, *kwargs.values()) if isinstance(value, bytes) and len(value) == 16]
        with self._lock, self._database.transaction():
            head = self._audit.append(self._clock.now_ms(), self.person.member, name, outcome, ids_, detail)
        if self.committed:
            self.committed(*head)


def _field_names(writing: Writing) -> str:
    """Names of the fields that were written, never a value: an element of a set counts as its field."""
    return ",".join(
        sorted(
            {
                f"{kind}.{name.partition('/')[0]}"
                for (_action, kind, _book, _restricted), done in writing.done.items()
                for name in done.fields
            }
        )
    )[:500]
