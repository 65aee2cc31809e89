"""What a column can become, as a person chooses it: fields of customers and contacts with their labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.features.crm.exporting.columns import ADDRESS_PARTS, POSITION_PARTS
from app.features.crm.importing.paths import CONTACT, CUSTOMER, Fields
from app.i18n import N_
from app.model.fields import Field


@dataclass(frozen=True, slots=True)
class Choice:
    """One target. `label` is marked with N_ and translated where it is shown; `part` means a part of a field."""

    path: str
    label: str
    kind: str
    part: bool = False


GROUPS: dict[str, str] = {CUSTOMER: N_("Customer"), CONTACT: N_("Contact")}

NAME_LABELS: tuple[tuple[str, str], ...] = (
    ("given", N_("First name")),
    ("middle", N_("Middle name")),
    ("family", N_("Last name")),
    ("before", N_("Title before the name")),
    ("after", N_("Suffix after the name")),
)
_DISTRICT = ("district", N_("District"))
_ID = N_("Provender's own number")


def choices(kind: str, known: Fields) -> tuple[Choice, ...]:
    """Everything that a column can become, fields of `kind` first, each in the order of its declaration."""
    first, second = (CONTACT, CUSTOMER) if kind == CONTACT else (CUSTOMER, CONTACT)
    return (*_of(first, known), *_of(second, known))


def _of(kind: str, known: Fields) -> Iterator[Choice]:
    for path, field in known.items():
        if path.partition(".")[0] == kind:
            yield Choice(path, field.label, kind)
            for part, label in _parts(path, field):
                yield Choice(f"{path}.{part}", label, kind, part=True)
    yield Choice(f"{kind}.id", _ID, kind)


def _parts(path: str, field: Field) -> tuple[tuple[str, str], ...]:
    if path == f"{CONTACT}.name":
        return NAME_LABELS
    if path == f"{CUSTOMER}.address":
        return (*ADDRESS_PARTS, _DISTRICT)
    return POSITION_PARTS if field.kind == "position" else ()
