"""What somebody has to decide, in one place: fields with several values, deletions against edits, edits without effect.

Nothing here is lost and nothing hurries. What is settled falls out of the lists by itself: a field once it has one
value, a step without effect once the book says what it said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.access.ingest import REASONS
from app.features import alternatives, history
from app.features.alternatives import Value
from app.features.review_edits import HeldEdit, read_edits, title_of
from app.features.trust import books, synchronising
from app.features.trust import devices as trust_devices
from app.features.trust.synchronising import Line
from app.gateway.command import command, query
from app.gateway.session import Session
from app.gateway.tx import Tx
from app.gateway.view import View
from app.i18n import N_, _
from app.ids import Id, show
from app.model.change import Dot
from app.model.entity import LIFE, entities, entity_named
from app.model.fields import Field
from app.store.numbers import Numbers
from app.store.quarantine import VOID, Entry, QuarantineLog
from app.store.reader import Is, Query

MOST = 200
LEADERS = frozenset({"owner", "manager"})
FORBIDDEN = N_("The company's rules did not allow it.")
VOIDED = N_("The program on that computer wrote it wrongly. Update it, then enter it again.")


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field of a record with several values; without a name the record itself, deleted here and edited there."""

    kind: str
    id: Id
    title: str
    field: str
    declared: Field | None
    """What the field is; None for the record itself."""
    values: tuple[Value, ...]
    seen: tuple[Dot, ...]
    """Handed back when deciding, so that a value that comes meanwhile is not decided about unseen."""

    @property
    def at_ms(self) -> int:
        """When the last of them was written."""
        return max((value.at_ms for value in self.values), default=0)


@dataclass(frozen=True, slots=True)
class Held:
    """A step without effect, at its place in the order."""

    key: str
    book: str
    device: Id
    author: str
    is_own: bool
    step: int
    at_ms: int
    reason: str
    edits: tuple[HeldEdit, ...]
    is_void: bool

    @property
    def can_release(self) -> bool:
        """Whether there is anything in it that could be written anew."""
        return any(edit.can_release for edit in self.edits)


@query("review.conflict_list", N_("Values to decide between"))
def conflicts(view: View, most: int = MOST) -> list[Conflict]:
    """Newest first."""
    found: list[Conflict] = []
    for entity in entities():
        numbers = view.ids(Query(entity.name, Is("marks", "more", 0), limit=most))
        if not numbers:
            continue
        rows = view.windows(entity.name, numbers, ("id",))
        custom = {field.name: field for field in view.custom_fields(entity.name)}
        for (id_,) in rows.values():
            registers = view.registers(entity, id_)
            title = title_of(view, entity.name, id_)
            for name, values in alternatives.alternatives.run(view, entity.name, Id(id_)).items():
                declared = entity.by_name.get(name) or custom.get(name)
                seen = tuple(version.dot for version in registers.get(name or LIFE, ()))
                found.append(Conflict(entity.name, Id(id_), title, name, declared, values, seen))
    found.sort(key=lambda one: one.at_ms, reverse=True)
    return found[:most]


@query("review.restricted_list", N_("Restricted values to decide between"), audited=True)
def restricted_conflicts(view: View, most: int = MOST) -> list[Conflict]:
    """The same of restricted fields, for whom these exist; looking at them is audited."""
    found: list[Conflict] = []
    for entity in entities():
        for id_ in map(Id, view.undecided_office(entity)[:most]):
            registers = view.office_registers(entity, id_)
            title = title_of(view, entity.name, id_)
            for name, values in alternatives.restricted.run(view, entity.name, id_).items():
                seen = tuple(version.dot for version in registers[name])
                found.append(Conflict(entity.name, id_, title, name, entity.by_name.get(name), values, seen))
    return found


@query("review.restricted_count_list", N_("How much waits for a decision"))
def restricted_count(view: View) -> int:
    """How many records have restricted fields that wait; tells nothing of their values."""
    return sum(len(view.undecided_office(entity)) for entity in entities() if entity.has_office)


def waiting(session: Session) -> list[Conflict]:
    """All that waits between values, newest first. Restricted ones are looked at, and audited, only if there are any."""
    found = session.ask(conflicts)
    if session.ask(restricted_count):
        found = sorted((*found, *session.ask(restricted_conflicts)), key=lambda one: one.at_ms, reverse=True)
    return found


@query("review.held_list", N_("Edits without effect"))
def held(view: View, most: int = MOST) -> list[Held]:
    """Newest first: everybody sees their own, owners and managers all. What the book says already is left out."""
    devices, books_ = _numbers(view)
    entries = QuarantineLog(view.connection(), devices, books_).newest(most)
    leads = bool(LEADERS & view.person.roles)
    shown = [entry for entry in entries if leads or entry.device == view.device]
    authors = history.authors.run(view, tuple({Id(entry.device) for entry in shown}))
    titles = books.names.run(view)
    found = []
    for entry in shown:
        edits = () if entry.reason == VOID else _edits(view, entry)
        if edits is None:
            continue
        found.append(
            Held(
                f"{show(Id(entry.stream.book))}:{entry.stream.tier}:{entry.position}:{entry.step}",
                titles.get(Id(entry.stream.book), ""),
                Id(entry.device),
                authors.get(Id(entry.device), ""),
                entry.device == view.device,
                entry.step,
                entry.receipt_ms,
                _reason(entry),
                edits,
                entry.reason == VOID,
            )
        )
    return found


@query("review.count_list", N_("How much waits for a decision"))
def count(view: View, dismissed: Sequence[str] = ()) -> int:
    """For the mark beside the navigation."""
    away = frozenset(dismissed)
    return (
        len(conflicts.run(view))
        + restricted_count.run(view)
        + sum(one.key not in away for one in held.run(view))
    )


@dataclass(frozen=True, slots=True)
class Tray:
    """Everything that waits, and what people call the devices that wrote it."""

    conflicts: tuple[Conflict, ...]
    held: tuple[Held, ...]
    halts: tuple[Line, ...]
    """Books that were stopped; the page about synchronisation says more."""
    authors: Mapping[Id, str]
    may_release: bool


def look(session: Session) -> Tray:
    """All of it, without asking the server."""
    found, without = waiting(session), session.ask(held)
    names, members = session.ask(trust_devices.names)
    known = session.sync.roster.facts.devices
    writers = {value.device for one in found for value in one.values} | {one.device for one in without}
    return Tray(
        tuple(found),
        tuple(without),
        tuple(line for line in synchronising.look(session).lines if line.halt is not None)
        if session.sync.halts()
        else (),
        {id_: synchronising.called(id_, names, members, known) for id_ in writers},
        bool(LEADERS & session.person.roles),
    )


# ---- deciding


@command("review.decide", N_("Decide between values"))
def decide(tx: Tx, kind: str, id_: Id, field: str, value: Any, seen: tuple[Dot, ...]) -> None:
    """This value stays, in place of those that were shown; one that came meanwhile stays beside it."""
    entity = entity_named(kind)
    tx.label = _("Decide about {kind}").format(kind=_(entity.label))
    tx.edit(entity.cls, id_, {field: value}, {field: seen})


@command("review.keep", N_("Keep what was deleted"))
def keep(tx: Tx, kind: str, id_: Id) -> None:
    """The record stays, with what went with it."""
    entity = entity_named(kind)
    tx.label = _("Keep {kind}").format(kind=_(entity.label))
    tx.keep(entity.cls, id_)


@command("review.delete", N_("Delete after all"))
def delete(tx: Tx, kind: str, id_: Id) -> None:
    """The record goes, with everything that was written since."""
    entity = entity_named(kind)
    tx.label = _("Delete {kind}").format(kind=_(entity.label))
    tx.delete(entity.cls, id_)


@command("review.release", N_("Release an edit"))
def release(tx: Tx, one: Held) -> int:
    """Write anew what had no effect, by a person who may; the audit trail names who wrote it first.

    Returns how many records it touched. Raises what a person's own writing of it would raise.
    """
    tx.detail["author"], tx.detail["of_step"] = show(one.device), one.step
    touched = 0
    for edit in one.edits:
        if edit.can_release:
            edit.write(tx)
            touched += 1
    return touched


# ---- beneath


def _edits(view: View, entry: Entry) -> tuple[HeldEdit, ...] | None:
    """What a step wanted; None where the book says all of it already, or the step is not here."""
    kept = view.journal().step(entry.device, entry.step)
    if kept is None:
        return None
    edits = read_edits(view, kept.step)
    return None if all(edit.is_settled for edit in edits) else edits


def _reason(entry: Entry) -> str:
    if entry.reason == VOID:
        return _(VOIDED)
    known = {str(name): text for name, text in REASONS.items()}
    return _(known.get(entry.reason, FORBIDDEN))


def _numbers(view: View) -> tuple[Numbers, Numbers]:
    connection = view.connection()
    return Numbers(connection, "device_number"), Numbers(connection, "book_number")
