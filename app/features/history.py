"""The change history of one record, walked back from its present values through what each had replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.errors import Damaged
from app.features.trust.members import Device, Member
from app.gateway.command import query
from app.gateway.view import View
from app.i18n import N_
from app.ids import Id
from app.model.change import Change, Dot, Edit
from app.model.entity import CUSTOM, FIELD_TIER, LIFE, Entity, entity_named
from app.model.fields import Field
from app.model.fitting import LAST_MS, fits
from app.store.journal import QUARANTINED, Journal, Kept
from app.store.sealing import open_edit

MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One change. `field` is empty for making, deleting and restoring, which `what` tells apart.

    `before` and `after` are Python values of the field; for an element of a set its text, with None for absent.
    """

    at_ms: int
    device: Id
    what: str
    field: str
    before: Any
    after: Any
    first: bool


@query("record.history", N_("Change history"))
def history(view: View, kind: str, id_: Id) -> list[Line]:
    """Newest first; at most 500 lines. Restricted fields have a history of their own."""
    entity = entity_named(kind)
    row = view.row(entity, id_)
    journal, subject = view.journal(), row[6]
    custom = {field.name: field for field in view.custom_fields(kind)}
    waiting = [version.dot for register in view.registers_of(row).values() for version in register]
    known: set[Dot] = set(waiting)
    lines: list[Line] = []
    while waiting and len(lines) < MOST_LINES:
        dot = waiting.pop()
        found = journal.change(dot)
        if found is None or not _is_of(found, kind, id_):
            continue
        kept, change = found
        for earlier in change.seen:
            if earlier not in known:
                known.add(earlier)
                waiting.append(earlier)
        base, slash, element = change.field.partition("/")
        field = custom.get(base) if base.startswith(CUSTOM) else entity.by_name.get(base)
        if change.field == LIFE:
            what = "deleted" if isinstance(change.value, list) else ("restored" if change.seen else "made")
            lines.append(Line(_shown_ms(kept), Id(dot.device), what, "", None, None, True))
        elif field is not None:
            after = _value(field, change, dot, subject)
            before = [
                _value(field, item[1], earlier, subject)
                for earlier in change.seen
                if (item := journal.change(earlier))
                and _is_of(item, kind, id_)
                and item[1].field == change.field
            ]
            if slash:
                pair: tuple[Any, Any] = (None, element) if after else (element, None)
            else:
                pair = (field.from_wire(before[0]) if before else None, field.from_wire(after))
            made = not change.seen and _is_making(journal, dot, id_)
            lines.append(Line(_shown_ms(kept), Id(dot.device), "changed", base, *pair, made))
    lines.sort(key=lambda line: line.at_ms, reverse=True)
    return lines


@query("record.authors", N_("Who changed it"))
def authors(view: View, devices: tuple[Id, ...]) -> dict[Id, str]:
    """Names for the devices of history lines: the member's where there is one, else the device's."""
    names = {device.id: device.name for device in view.find(Device)}
    members = {member.id: member.name for member in view.find(Member)}
    found = {id_: names.get(id_, "") for id_ in devices}
    if view.device in found and view.person.member in members:
        found[Id(view.device)] = members[view.person.member]
    return found


def _is_of(found: tuple[Kept, Change], kind: str, id_: Id) -> bool:
    """Whether a named change belongs here: another device's program may name anything, a restricted value too."""
    kept, change = found
    return (
        kept.step.tier == FIELD_TIER
        and kept.state != QUARANTINED
        and (change.kind, change.row) == (kind, id_)
    )


def _value(field: Field, change: Change, dot: Dot, subject: bytes | None) -> Any:
    """The wire value, None where another device's program wrote what the field cannot hold."""
    edit = Edit(change.kind, change.row, (change.field,), (change.value,))
    try:
        wire = open_edit(edit, subject, dot.device, dot.step, dot.nth).values[0]
    except Damaged:  # its key was erased
        return None
    return wire if "/" in change.field or fits(field, wire) else None


def _shown_ms(kept: Kept) -> int:
    """The author's time, as far as a clock can show it."""
    return max(0, min(kept.step.time_ms, LAST_MS - 1))


def _is_making(journal: Journal, dot: Dot, id_: bytes) -> bool:
    """Whether the change belongs to the edit that made the record: the page folds those into one line."""
    kept = journal.step(dot.device, dot.step)
    return kept is not None and any(
        edit.row == id_ and edit.fields[:1] == (LIFE,) and edit.values[0] is True for edit in kept.step.edits
    )


def label_of(entity: Entity, name: str) -> str:
    """The untranslated label of a history line's field."""
    field = entity.by_name.get(name)
    return field.label if field is not None else name
