"""Personal values in steps: sealed under their record's own key in journal and on the wire, plain in rows."""

from __future__ import annotations

from collections.abc import Mapping

from app.crypto.seal import SubjectSealer, seal_values
from app.errors import Damaged
from app.i18n import _
from app.model.change import Edit, Step
from app.model.encoding import Sealed, decode, encode
from app.model.entity import CUSTOM, Entity, entity_named


def is_sealed(entity: Entity, field: str) -> bool:
    """Whether a field travels sealed: declared personal, or made by the users, who may write anything in it."""
    return field in entity.personal or field.startswith(CUSTOM) or field.partition("/")[0] in entity.personal


def context(kind: str, row: bytes, device: bytes, step: int) -> bytes:
    """What binds a sealed value to its place, but for the field and its place in the step."""
    return kind.encode() + b"\0" + row + device + step.to_bytes(8, "big")


_sealed_places: dict[tuple[str, tuple[str, ...]], tuple[tuple[int, bytes], ...]] = {}


def sealed_places(kind: str, fields: tuple[str, ...]) -> tuple[tuple[int, bytes], ...]:
    """Places and encoded names of those fields that travel sealed."""
    key = (kind, fields)
    found = _sealed_places.get(key)
    if found is None:
        if len(_sealed_places) > 2048:
            _sealed_places.clear()
        entity = entity_named(kind)
        found = tuple((place, name.encode()) for place, name in enumerate(fields) if is_sealed(entity, name))
        _sealed_places[key] = found
    return found


def seal_edit(edit: Edit, key: bytes, device: bytes, number: int, first: int) -> Edit:
    """The edit with its personal values sealed; `first` is the place of its first change in the step."""
    places = sealed_places(edit.kind, edit.fields)
    if not places:
        return edit
    start = context(edit.kind, edit.row, device, number)
    values = list(edit.values)
    blobs = seal_values(
        key,
        [
            (start + (first + place).to_bytes(2, "big") + name, encode(values[place]))
            for place, name in places
        ],
    )
    for (place, _name), blob in zip(places, blobs, strict=True):
        values[place] = Sealed(blob)
    return edit._replace(values=tuple(values))


def open_edit(edit: Edit, key: bytes | None, device: bytes, number: int, first: int) -> Edit:
    """The edit with its personal values readable. Raises Damaged without the right key."""
    if not any(isinstance(value, Sealed) for value in edit.values):
        return edit
    if key is None:
        raise Damaged(_("A personal value has lost its key; it was probably erased."))
    sealer = SubjectSealer(key)
    start = context(edit.kind, edit.row, device, number)
    values = [
        decode(sealer.open(start + (first + place).to_bytes(2, "big") + name.encode(), value.data))
        if isinstance(value, Sealed)
        else value
        for place, (name, value) in enumerate(zip(edit.fields, edit.values, strict=True))
    ]
    return edit._replace(values=tuple(values))


def open_step(step: Step, keys: Mapping[bytes, bytes]) -> Step:
    """A journal step with every value readable; `keys` are subject keys by record id."""
    edits, first = [], 0
    for edit in step.edits:
        edits.append(open_edit(edit, keys.get(edit.row), step.device, step.number, first))
        first += len(edit.fields)
    return step._replace(edits=tuple(edits))
