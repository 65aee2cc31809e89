"""Which received steps have effect: a pure table over what the roster proves, the same on every device.

Only what everybody can check decides here: the device's standing at the roster index that the batch cites,
the stream, and what the step does to which kinds and fields. Place, time of day, training and amounts bind at
the author's door (app.access.policy), which is stricter. A step is judged whole. One that is not allowed keeps
its place in the order, has no effect anywhere, and waits for a manager; its dots are in no register, so that
naming one replaces nothing.

The table may change only under a new version number: the roster says which version is in force
(`schema.raised`), so that an older and a newer program judge alike. Never edit a table that was released.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

from app.errors import Outdated
from app.i18n import N_, _
from app.model.change import Edit, Step
from app.model.entity import FIELD_TIER, LIFE, OFFICE_TIER
from app.model.moving import MOVED
from app.model.standing import Standing
from app.model.statements import Stream

Action = Literal["create", "update", "delete", "restore", "take_back"]

CREATE: Action = "create"
UPDATE: Action = "update"
DELETE: Action = "delete"
RESTORE: Action = "restore"
TAKE_BACK: Action = "take_back"
"""Deleting what only this device has written, or restoring what only it has deleted: undo of one's own work."""

LABELS: Mapping[Action, str] = {
    CREATE: N_("make"),
    UPDATE: N_("change"),
    DELETE: N_("delete"),
    RESTORE: N_("restore"),
    TAKE_BACK: N_("take back one's own"),
}

Reason = Literal["device", "access", "role"]
REASONS: Mapping[Reason, str] = {
    "device": N_("The device no longer belonged to the company."),
    "access": N_("The author had no access to this book."),
    "role": N_("The author's role does not cover this change."),
}


class Quarantine(NamedTuple):
    """Why a step has no effect; of a role, the first change that it does not cover."""

    reason: Reason
    kind: str = ""
    field: str = ""
    action: Action | None = None

    @property
    def sentence(self) -> str:
        return _(REASONS[self.reason])


class Row(NamedTuple):
    """What one role may do in one sort of stream. `kinds` empty: all, also those that came later."""

    role: str
    company: bool
    """In the company book, which every member reads, or in the others."""
    tier: int
    kinds: frozenset[str]
    actions: frozenset[Action]
    but: frozenset[str] = frozenset()
    """Fields that these actions may not touch."""


ANY: frozenset[str] = frozenset()
ALL: frozenset[Action] = frozenset({CREATE, UPDATE, DELETE, RESTORE, TAKE_BACK})
WRITE: frozenset[Action] = frozenset({CREATE, UPDATE, TAKE_BACK})
COMPANY, BOOKS = True, False

TABLES: Mapping[int, tuple[Row, ...]] = {
    1: (
        # Owners and managers decide about everything in the books that they have, and in the company book.
        Row("owner", COMPANY, FIELD_TIER, ANY, ALL),
        Row("owner", COMPANY, OFFICE_TIER, ANY, ALL),
        Row("owner", BOOKS, FIELD_TIER, ANY, ALL),
        Row("owner", BOOKS, OFFICE_TIER, ANY, ALL),
        Row("manager", COMPANY, FIELD_TIER, ANY, ALL),
        Row("manager", COMPANY, OFFICE_TIER, ANY, ALL),
        Row("manager", BOOKS, FIELD_TIER, ANY, ALL),
        Row("manager", BOOKS, OFFICE_TIER, ANY, ALL),
        # Clerks keep the books, restricted fields too; what is deleted for good, a manager deletes.
        Row("clerk", BOOKS, FIELD_TIER, ANY, WRITE),
        Row("clerk", BOOKS, OFFICE_TIER, ANY, WRITE),
        Row("clerk", BOOKS, FIELD_TIER, frozenset({"activity", "contact", "site"}), ALL),
        Row("clerk", COMPANY, FIELD_TIER, frozenset({"saved_view"}), ALL),
        # Reps write down whatever they learn, except what the office settles, and never a restricted field.
        Row("rep", BOOKS, FIELD_TIER, ANY, frozenset({CREATE, TAKE_BACK})),
        Row(
            "rep",
            BOOKS,
            FIELD_TIER,
            ANY,
            frozenset({UPDATE}),
            but=frozenset({"assigned_to", "payment_terms", "price_list", "same_as"}),
        ),
        Row("rep", BOOKS, FIELD_TIER, frozenset({"activity", "contact", "site"}), ALL),
        Row("rep", COMPANY, FIELD_TIER, frozenset({"saved_view"}), ALL),
        # Auditors and IT write nothing.
    ),
}

NEWEST = max(TABLES)

COMPANY_KINDS: Mapping[int, frozenset[str]] = {
    1: frozenset({"company", "member", "book", "device", "invitation", "custom_field", "saved_view"}),
}
"""Kinds that live in the company book and nowhere else: in a book of his own, everybody could name the company."""


def judge(
    standing: Standing, stream: Stream, receipt_ms: int, step: Step, exists: Callable[[str, bytes], bool]
) -> Quarantine | None:
    """None where a step has effect, otherwise why it has none.

    `standing` is Roster.judged for the step's batch, `receipt_ms` the server's receipt (lent roles and access
    end by it), and `exists` says whether a record of that kind and id is in confirmed state, living or
    deleted, before the step: pretending to make what is there already is changing it. Raises Outdated where
    the roster cites a table that this program does not have.
    """
    place = place_of(standing, stream, receipt_ms)
    return place if isinstance(place, Quarantine) else judge_at(place, step, exists)


def place_of(standing: Standing, stream: Stream, receipt_ms: int) -> Place | Quarantine:
    """What is the same for all steps of a batch: by what they are judged, or why none has effect. Raises Outdated."""
    if standing.rules not in TABLES:
        raise Outdated(
            _("The company's members use a newer version of this program. Please update this one to go on.")
        )
    if not standing.active:
        return Quarantine("device")
    if not standing.holds(stream, receipt_ms):
        return Quarantine("access")
    return Place(
        standing.rules, standing.roles_at(receipt_ms), stream.book == standing.company_book, stream.tier
    )


def judge_at(place: Place, step: Step, exists: Callable[[str, bytes], bool]) -> Quarantine | None:
    """`judge` of one of those steps."""
    edits = step.edits
    made: set[tuple[str, bytes]] = set()
    for edit in edits:
        if not place.company and edit.kind in COMPANY_KINDS[place.version]:
            return Quarantine("role", edit.kind)
        record = (edit.kind, edit.row)
        known = record in made or exists(*record)
        if len(edits) > 1:
            made.add(record)
        if _creates(edit, known):
            forbidden = _not_covered(place, edit.kind, CREATE, edit.fields)
        elif LIFE not in edit.fields and MOVED not in edit.fields:
            forbidden = _not_covered(place, edit.kind, UPDATE, edit.fields)
        else:
            asked = actions(edit, step.device, known)
            found = (
                (action, field) for action, field in asked if not _is_covered(place, edit.kind, action, field)
            )
            forbidden = next(found, None)
        if forbidden is not None:
            action, field = forbidden
            return Quarantine("role", edit.kind, field, action)
    return None


class Place(NamedTuple):
    """By what a step's changes are looked up: the table's version, the author's roles, and where it writes."""

    version: int
    roles: frozenset[str]
    company: bool
    tier: int


@lru_cache(4096)
def _not_covered(
    place: Place, kind: str, action: Action, fields: tuple[str, ...]
) -> tuple[Action, str] | None:
    """The first of some fields that no role covers."""
    for name in fields:
        field = name.partition("/")[0]
        if not _is_covered(place, kind, action, field):
            return action, field
    return None


@lru_cache(4096)
def _is_covered(place: Place, kind: str, action: Action, field: str) -> bool:
    return any(
        row.role in place.roles
        and (row.company, row.tier) == (place.company, place.tier)
        and _covers(row, kind, action, field)
        for row in TABLES[place.version]
    )


def _creates(edit: Edit, known: bool) -> bool:
    return not known and edit.fields[:1] == (LIFE,) and edit.values[:1] == (True,) and not any(edit.seen)


def actions(edit: Edit, device: bytes, known: bool) -> Iterator[tuple[Action, str]]:
    """What an edit does to each of its fields; elements of a set count as the field that holds them."""
    creates = _creates(edit, known)
    for change in edit.changes():
        if creates:
            yield CREATE, change.field.partition("/")[0]
        elif change.field == MOVED:
            yield DELETE, MOVED
        elif change.field != LIFE:
            yield UPDATE, change.field.partition("/")[0]
        else:
            deletes = isinstance(change.value, list)
            concerned = {dot.device for dot in change.seen}
            if deletes:
                concerned.update(device_ for device_, *_rest in change.value)
            own = concerned == {device}
            yield TAKE_BACK if own else DELETE if deletes else RESTORE, LIFE


def rows_of(role: str, version: int = NEWEST) -> tuple[Row, ...]:
    """What a role may do, for the page that explains roles."""
    return tuple(row for row in TABLES[version] if row.role == role)


def _covers(row: Row, kind: str, action: Action, field: str) -> bool:
    return (not row.kinds or kind in row.kinds) and action in row.actions and field not in row.but
