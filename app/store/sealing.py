"""Personal values in steps: sealed under their record's own key in journal and on the wire, plain in rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.crypto.seal import SubjectSealer, commitment_of, open_values, seal_values
from app.errors import Damaged
from app.i18n import _
from app.model.change import Edit, Step
from app.model.encoding import Sealed, decode, encode
from app.model.entity import CUSTOM, Entity, entity_named

KEY_BYTES = 32


def with_key(subject: bytes | None, other: bytes | None) -> bytes | None:
    """A record's keys, one behind the other, with another one. Nearly all records have one; two devices that wrote
    the first personal values at once have each made theirs. The first seals; every value names its own."""
    if not subject or not other:
        return subject or other
    known = _keys(subject)
    return subject + b"".join(key for key in _keys(other) if key not in known)


def needed_keys(edits: Iterable[Edit], subject: bytes) -> bytes:
    """Those of a record's keys under which values of these edits are sealed, in their order."""
    named = {
        commitment_of(value.data) for edit in edits for value in edit.values if isinstance(value, Sealed)
    }
    return b"".join(key for key in _keys(subject) if SubjectSealer(key).commitment in named)


def _keys(subject: bytes) -> list[bytes]:
    return [subject[at : at + KEY_BYTES] for at in range(0, len(subject) - KEY_BYTES + 1, KEY_BYTES)]


def is_sealed(entity: Entity, field: str) -> bool:
    """Whether a field travels sealed: declared personal, or made by the users, who may write anything in it."""
    return field in entity.personal or field.startswith(CUSTOM) or field.partition("/")[0] in entity.personal


def is_known(entity: Entity, field: str) -> bool:
    """Whether this program has a declaration of a field, or the users have made one."""
    return field.startswith(CUSTOM) or field.partition("/")[0] in entity.by_name


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
    """The edit with its personal values sealed; `key` are the record's keys, `first` the place of its first
    change in the step."""
    places = sealed_places(edit.kind, edit.fields)
    if not places:
        return edit
    start = context(edit.kind, edit.row, device, number)
    values = list(edit.values)
    blobs = seal_values(
        key[:KEY_BYTES],
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
    if Sealed not in map(type, edit.values):
        return edit
    if not key or len(key) % KEY_BYTES:
        raise Damaged(_("A personal value has lost its key; it was probably erased."))
    sealers = [SubjectSealer(one) for one in _keys(key)]
    start = context(edit.kind, edit.row, device, number)
    values = []
    for place, (name, value) in enumerate(zip(edit.fields, edit.values, strict=True)):
        if isinstance(value, Sealed):
            named = commitment_of(value.data)
            sealer = next((one for one in sealers if one.commitment == named), sealers[0])
            bound = start + (first + place).to_bytes(2, "big") + name.encode()
            values.append(decode(sealer.open(bound, value.data)))
        else:
            values.append(value)
    return edit._replace(values=tuple(values))


def open_readable(
    edit: Edit, key: bytes | None, device: bytes, number: int, first: int
) -> tuple[Edit, bytes]:
    """The edit with what can be read of its personal values, and those of the keys that were used.

    A value that does not open (its record was erased, or its author left out the key) stays sealed, and so does one of
    a field that only a newer program knows. It is read as no value, and whether it opens decides nothing else.
    """
    places = [place for place, value in enumerate(edit.values) if type(value) is Sealed]
    if places:
        entity = entity_named(edit.kind)
        places = [place for place in places if is_known(entity, edit.fields[place])]
    if not places or not key:
        return edit, b""
    start = context(edit.kind, edit.row, device, number)
    values = list(edit.values)
    bound = [
        (start + (first + place).to_bytes(2, "big") + edit.fields[place].encode(), values[place].data)
        for place in places
    ]
    used = b""
    for one in _keys(key):
        for place, plain in zip(places, open_values(one, bound), strict=True):
            if plain is not None:
                try:
                    values[place] = decode(plain)
                except Damaged:
                    continue  # sealed by a program that writes nonsense: it reads as no value
                used = with_key(used, one) or b""
    return Edit(edit.kind, edit.row, edit.fields, tuple(values), edit.seen), used


def open_step(step: Step, keys: Mapping[bytes, bytes]) -> Step:
    """A journal step with every value readable; `keys` are subject keys by record id."""
    edits, first = [], 0
    for edit in step.edits:
        edits.append(open_edit(edit, keys.get(edit.row), step.device, step.number, first))
        first += len(edit.fields)
    return step._replace(edits=tuple(edits))
